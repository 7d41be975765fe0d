"""Kernels with thresholds where they are singular: a correlation of one or minus one, variances of zero, jumps."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symkern
from symkern.derivation import Derivation
from symkern.evaluation import x64
from symkern.numerics import DoubleWord, double_inputs, each, exp_Density2, exp_Density2_over, exp_Phi

DTYPES = ("float32", "float64")


@cache
def module(formula: str, **parameters: float) -> ModuleType:
    d = symkern.derive(formula, name="edge", parameters=parameters or None)
    assert isinstance(d, Derivation), d
    return d.compile()


def number(value: float, dtype: str) -> np.ndarray:
    return np.asarray(value, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_kernel_that_vanishes_is_zero(dtype: str) -> None:
    """The activation and its mirror image share no point: nothing is left at a correlation of -1."""
    with x64(True):
        f = module("Min(relu(x), 6)")
        for v in (1e-8, 0.25, 1e4):
            at = number(-v, dtype), number(v, dtype), number(v, dtype)
            assert f.nngp_fn(*at) == 0 and f.d_nngp_fn(*at) == 0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("variance", [1e-8, 0.25, 1e4])
def test_jumps_that_meet_are_infinite(dtype: str, variance: float) -> None:
    """f' has a point mass at ±1/2: they meet on the diagonal, and on the other one since there are two."""
    with x64(True):
        f = module("Piecewise((x, Abs(x) > 1/2), (0, True))")
        v = number(variance, dtype)
        for sign in (1, -1):
            assert f.d_nngp_fn(sign * v, v, v) == np.inf
            assert np.isfinite(f.d_nngp_ae_fn(sign * v, v, v))
        assert np.isfinite(f.d_nngp_fn(number(0.999, dtype) * v, v, v))
        one_sided = module("Heaviside(x - 1/2)*x")
        assert one_sided.d_nngp_fn(-v, v, v) == 0
        assert one_sided.d_nngp_fn(v, v, v) == np.inf


@pytest.mark.slow
@pytest.mark.parametrize("formula", ["clip(x, -1, 1)", "Max(0, 1 - Abs(x))"])
def test_gradients_of_an_ntk_are_finite_on_the_diagonal(formula: str) -> None:
    """f' jumps, so the slope of its kernel is infinite there, which counts as 0; neighbours are large."""
    f = module(formula)
    with x64(True):
        v = jnp.asarray([1e-8, 0.25, 1.0, 1e4])
        for sign in (1, -1):
            slopes = jax.vmap(jax.grad(f.d_nngp_fn, (0, 1, 2)))(sign * v, v, v)
            assert all(np.all(np.asarray(s) == 0) for s in slopes)
        beside = jax.grad(f.d_nngp_fn)(1 - 1e-10, 1.0, 1.0)
        assert np.isfinite(beside) and abs(beside) > 1e3


def test_both_variances_zero() -> None:
    """There f' is the number f'(0), wherever f jumps."""
    with x64(True):
        f = module("Piecewise((2*x + 1, x > 1), (x, True))")
        assert f.d_nngp_fn(0.0, 0.0, 0.0) == 1 and f.nngp_fn(0.0, 0.0, 0.0) == 0
        g = module("Heaviside(x - t)*x", t=1.0)
        assert g.d_nngp_fn(0.0, 0.0, 0.0) == 0 and g.d_nngp_fn(0.0, 0.0, 0.0, t=-1.0) == 1
        assert g.d_nngp_fn(0.0, 0.0, 1.0) == 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_decimals_of_many_digits(dtype: str) -> None:
    """Their products are quotients of integers that no float holds."""
    long = "1.0507009873554805*Piecewise((x, x > 0), (1.6732632423543772*(exp(x) - 1), True))"
    short = "1.0507*Piecewise((x, x > 0), (1.67326*(exp(x) - 1), True))"
    with x64(True):
        for at in ((0.5, 1.0, 2.0), (-0.3, 0.2, 0.9)):
            numbers = [number(a, dtype) for a in at]
            a, b = (module(f).nngp_fn(*numbers) for f in (long, short))
            assert np.isfinite(a) and float(a) == pytest.approx(float(b), rel=2e-5)


@pytest.mark.parametrize("twice", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_together_is_one_by_one(twice: bool) -> None:
    """Eager, jitted, mapped and differentiated."""
    with x64(True):
        c, v = jnp.linspace(-0.9, 0.9, 7), jnp.linspace(1, 2, 7)

        def together(c: jax.Array, v: jax.Array) -> jax.Array:
            x, y, _ = double_inputs(c, v, v)
            parts = each(exp_Phi, (0, x), (x * y, -y), (y / 3, x + y))
            return (parts[0] * 2 - parts[1] + parts[2] * parts[2]).value

        def apart(c: jax.Array, v: jax.Array) -> jax.Array:
            x, y, _ = double_inputs(c, v, v)
            a, b, d = exp_Phi(DoubleWord(0 * x.hi, 0 * x.lo), x), exp_Phi(x * y, -y), exp_Phi(y / 3, x + y)
            return (a * 2 - b + d * d).value

        for f in (together, jax.jit(together), jax.vmap(together), jax.jit(jax.vmap(together))):
            np.testing.assert_array_equal(f(c, v), apart(c, v))
        left, right = (derivative(f, twice)(c, v) for f in (together, apart))
        np.testing.assert_allclose(left, right, rtol=1e-14)


def test_loops_keep_the_derivatives_of_functions() -> None:
    """Of any order and mode, where the body of a function has none: Phi takes the absolute value of its argument, which is 0."""
    with x64(True):

        def together(c: jax.Array) -> jax.Array:
            x, v, _ = double_inputs(c, c + 1, c + 1)
            parts = each(exp_Phi, (-2 / v, 2 * x - 1), (x - 1, -x))
            return (parts[0] + 0 * parts[1]).value

        def forward(f: Callable[[jax.Array], jax.Array]) -> Callable[[jax.Array], jax.Array]:
            return lambda c: jax.jvp(f, (c,), (jnp.ones_like(c),))[1]

        def of_scipy(c: jax.Array) -> jax.Array:
            return jnp.exp(-2 / (c + 1)) * jax.scipy.stats.norm.cdf(2 * c - 1)

        at = jnp.asarray(0.5)
        for modes in itertools.product((jax.grad, forward), repeat=2):
            f, exact = together, of_scipy
            for mode in modes:
                f, exact = mode(f), mode(exact)
            np.testing.assert_allclose(jax.jit(f)(at), exact(at), rtol=1e-12)
        third, exact = forward(jax.grad(jax.grad(together))), forward(jax.grad(jax.grad(of_scipy)))
        np.testing.assert_allclose(jax.jit(third)(at), exact(at), rtol=1e-12)


def derivative(f: Callable[..., jax.Array], twice: bool) -> Callable[..., jax.Array]:
    once = jax.grad(lambda *a: f(*a).sum())
    return jax.grad(lambda *a: once(*a).sum()) if twice else once


def test_a_density_over_the_root_of_the_gap() -> None:
    with x64(True):
        one = jnp.asarray([1.0, 1.0, 1.0, 0.3])

        def word(*numbers: float) -> DoubleWord:
            return DoubleWord(jnp.asarray(numbers), jnp.zeros(len(numbers)))

        h, k, c = word(1.0, 1.0, 1.0, 0.4), word(1.0, 2.0, -1.0, -0.2), word(1.0, 1.0, -1.0, 0.5)
        s = word(0.0, 0.0, 0.0, 0.7)
        zero = DoubleWord(0 * one, 0 * one)
        ratio = exp_Density2_over(zero, h, k, c, s, s).value
        assert ratio[0] == np.inf and ratio[1] == 0 and ratio[2] == np.inf
        plain = exp_Density2(zero, h, k, c, s).value
        assert float(ratio[3]) == pytest.approx(float(plain[3]) / 0.7, rel=1e-15)
