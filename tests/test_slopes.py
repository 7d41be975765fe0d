"""A kernel's derivative by ``cov12`` is another kernel (Price 1958): JAX need not differentiate code that cancels."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symkern
from symkern.domain import Point
from symkern.evaluation import gradients, x64
from symkern.formula_values import formula_slopes

COVARIANCES = (np.array([0.3, -0.7, 0.0]), np.array([0.5, 1.0, 2.0]), np.array([0.8, 0.6, 0.1]))


def module(formula: str, **parameters: float) -> Any:
    return symkern.derive(formula, parameters=parameters).compile()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("formula", ["gelu", "x**2*erf(x)", "sin(x) + x"])
def test_by_cov12_it_is_d_nngp_to_the_bit(formula: str, dtype: Any) -> None:
    m = module(formula)
    with x64(dtype is np.float64):
        c, v, w = (a.astype(dtype) for a in COVARIANCES)
        direct = np.asarray(jax.jit(m.d_nngp_fn)(c, v, w))
        slope = jax.jit(jax.vmap(jax.grad(m.nngp_fn)))(c, v, w)
        beside = jax.jit(jax.vmap(jax.grad(lambda *a: m.nngp_and_d_nngp_fn(*a)[0])))(c, v, w)
        np.testing.assert_array_equal(np.asarray(slope), direct)
        np.testing.assert_allclose(np.asarray(beside), direct, rtol=4 * np.finfo(dtype).eps)


def test_where_the_code_cancels() -> None:
    """By automatic differentiation 3e7 ulp off."""
    m = module("quadratic_gelu")
    with x64(True):
        slope = jax.jit(jax.grad(m.nngp_fn))(-300.0, 300.0, 300.0)
        np.testing.assert_allclose(slope, float(m.d_nngp_fn(-300.0, 300.0, 300.0)), rtol=1e-15)


def test_by_all_else_it_is_differentiated() -> None:
    m = module("x*Phi(b*x)", b=1.0)
    with x64(True):
        at = {"cov12": 0.3, "var1": 0.5, "var2": 0.8, "b": 1.2}
        for pair in (lambda **a: m.nngp_fn(**a), lambda **a: m.nngp_and_d_nngp_fn(**a)[1]):
            found = jax.grad(lambda a, pair=pair: pair(**a))(at)
            for name in at:
                up, down = (pair(**{**at, name: at[name] + step}) for step in (1e-6, -1e-6))
                assert float(found[name]) == pytest.approx(float(up - down) / 2e-6, rel=1e-7), name


def test_second_derivatives_and_broadcasting() -> None:
    m = module("sin(x) + x")
    with x64(True):
        c, v, w = jnp.asarray(0.25), jnp.array([[0.5], [1.0]]), jnp.array([1.0, 2.0, 3.0])
        total = lambda *a: jnp.sum(m.nngp_fn(*a))  # noqa: E731
        slopes = jax.grad(total, argnums=(0, 1, 2))(c, v, w)
        assert [s.shape for s in slopes] == [(), (2, 1), (3,)]
        np.testing.assert_allclose(slopes[0], jnp.sum(m.d_nngp_fn(c, v, w)), rtol=1e-14)
        bend = jax.grad(jax.grad(m.nngp_fn))(0.25, 0.5, 1.0)
        np.testing.assert_allclose(bend, jax.grad(m.d_nngp_fn)(0.25, 0.5, 1.0), rtol=1e-14)


@pytest.mark.parametrize("both", [pytest.param(False, marks=pytest.mark.slow), True])
@pytest.mark.parametrize("formula", [pytest.param("Abs(x)**(1/2)", marks=pytest.mark.slow), "relu(x)**(1/4)"])
def test_an_infinite_slope_of_a_finite_kernel_counts_as_nothing(formula: str, both: bool) -> None:
    """At ``ρ = ±1``, where infinities of both signs would make the gradient of a Gram matrix NaN."""
    m = module(formula)
    kernel = (lambda *a: m.nngp_and_d_nngp_fn(*a)[0]) if both else m.nngp_fn
    with x64(True):
        c, v = jnp.array([1.0, -1.0, 0.5]), jnp.ones(3)
        assert np.isinf(np.asarray(m.d_nngp_fn(c, v, v))[0])
        gradient = jax.vmap(jax.grad(kernel, argnums=(0, 1, 2)))(c, v, v)
        assert np.all(np.isfinite(np.asarray(gradient)))
        assert gradient[0][0] == 0 and gradient[0][2] > 0


def test_what_overflows_has_an_infinite_slope() -> None:
    m = module("exp(x)")
    slope = jax.grad(m.nngp_fn)(np.float32(100), np.float32(100), np.float32(100))
    assert np.isinf(slope)


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_derivatives_of_odd_kernels_by_a_variance_at_small_correlation(dtype: str) -> None:
    """They are odd too: 0 at 0, where distribution functions left 1e-17, and their leading term beside it."""
    d = symkern.derive("Max(-1, Min(1, x))")
    at = [Point(c, 1.0, 2.5, "small", True) for c in (0.0, float(np.float32(1e-12)), -float(np.float32(3e-6)))]
    _, *by_variances = gradients(d.compile().nngp_fn, at, dtype, {})
    assert by_variances[0][0] == by_variances[1][0] == 0
    for i, s in enumerate(formula_slopes(d, at[1:], {}), 1):
        assert all(s.ulps(k, float(column[i]), dtype) < 2 for k, column in enumerate(by_variances))


@pytest.mark.parametrize("function", [pytest.param("nngp_fn", marks=pytest.mark.slow), "d_nngp_fn"])
def test_gradients_of_kernels_with_three_regimes_end(function: str) -> None:
    """Fused with one another, their loops were cut into functions that call one another: a gradient took seconds an entry."""
    d = symkern.derive("x*exp(x) - x")
    at = [Point(0.25, 1.0, 2.0, "interior", True), Point(1e-5, 1e-4, 3.0, "interior", True)] * 200
    slopes = formula_slopes(d, at[:2], {}, of=function.removesuffix("_fn"))
    by_cov12, *by_variances = gradients(getattr(d.compile(), function), at, "float64", {})
    for s, column in zip(slopes, np.stack([*by_variances, by_cov12], axis=1), strict=False):
        assert all(s.ulps(k, float(column[k]), "float64") < 64 for k in range(len(s.values)))
