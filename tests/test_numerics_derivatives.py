"""Derivatives of double-word code, first and higher, forward and reverse, against mpmath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from numerics_points import DTYPES, FLOAT32, x64

from symkern.numerics import (
    DoubleWord,
    admissible,
    cos,
    double_word,
    double_words,
    exp,
    exp_cosh,
    exp_coshm1,
    exp_Density2,
    exp_sinh,
    expm1,
    gap,
    sin,
    sqrt,
)


@pytest.fixture(autouse=True)
def _x64():
    with x64(), mpmath.workdps(40):
        yield


@dataclass(frozen=True)
class Case:
    name: str
    function: Callable[[DoubleWord], DoubleWord]
    exact: Callable[[Any], Any]
    points: tuple[float, ...] = (0.3, -1.7, 2.5)

    def __str__(self) -> str:
        return self.name


CASES = [
    Case("rational", lambda x: (x**3 - 2 * x) / (1 + x * x) - x**-2, lambda x: (x**3 - 2 * x) / (1 + x * x) - x**-2),
    Case("sqrt", lambda x: sqrt(1 + x * x) * 3, lambda x: mpmath.sqrt(1 + x * x) * 3),
    Case("trigonometric", lambda x: sin(x) * cos(2 * x), lambda x: mpmath.sin(x) * mpmath.cos(2 * x), (0.0, 0.3, -1.7)),
    Case("exponential", lambda x: exp(-x) * expm1(x), lambda x: mpmath.exp(-x) * mpmath.expm1(x), (0.0, 0.3, 2.5)),
    Case("sinh", lambda x: exp_sinh(-1 - x, x), lambda x: mpmath.exp(-1 - x) * mpmath.sinh(x), (0.0, 1e-4, -1.7)),
    Case("cosh", lambda x: exp_cosh(x / 2, 3 * x), lambda x: mpmath.exp(x / 2) * mpmath.cosh(3 * x), (0.0, 0.3, -1.7)),
    Case("coshm1", lambda x: exp_coshm1(x, x), lambda x: mpmath.exp(x) * (mpmath.cosh(x) - 1), (0.0, 1e-4, 2.5)),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_first_and_second_derivatives(case, dtype):
    def function(x: jax.Array) -> jax.Array:
        return case.function(double_word(x, x)).value

    def derivatives(x: jax.Array) -> tuple[jax.Array, ...]:
        slope, second = jax.jvp(jax.grad(function), (x,), (jnp.ones_like(x),))
        return function(x), slope, second

    x = jnp.asarray(case.points, dtype)
    for order, found in enumerate(jax.jit(jax.vmap(derivatives))(x)):
        exact = np.array([float(mpmath.diff(case.exact, mpmath.mpf(float(p)), order)) for p in x])
        scale = max(1, np.abs(exact).max())
        np.testing.assert_allclose(found, exact, rtol=0, atol=30 * np.finfo(dtype).eps * scale)


def test_a_third_derivative_through_nested_transformations():
    third = jax.jacrev(jax.grad(jax.jacfwd(lambda x: exp_coshm1(double_word(x, x), 2 * double_word(x, x)).value)))
    for x in (0.0, 0.3):
        exact = mpmath.diff(lambda x: mpmath.exp(x) * (mpmath.cosh(2 * x) - 1), mpmath.mpf(x), 3)
        assert third(jnp.float64(x)) == pytest.approx(float(exact), rel=1e-13)


def sine_kernel(c: Any, v1: Any, v2: Any, b: Any = 0.75) -> jax.Array:
    """E[sin(b X) sin(b Y)]."""
    cov12, var1, var2 = double_words(c, v1, v2)
    width = double_word(b, cov12)
    return exp_sinh(-(width**2) * (var1 + var2) / 2, width**2 * cov12).value


def exact_kernel(c: Any, v1: Any, v2: Any, b: Any = 0.75) -> Any:
    return mpmath.exp(-b * b * (v1 + v2) / 2) * mpmath.sinh(b * b * c)


COVARIANCES = [
    (0.0, 0.0, 0.0),
    (0.0, 1e-8, 1e4),
    (0.0, 2.0, 3.0),
    (0.25, 0.5, 1.0),
    (-0.25, 0.5, 0.5),
    (1.0, 1.0, 1.0),
    (-3.0, 3.0, 3.0),
    (1e4, 1e4, 1e4),
    (1e-8, 1e-8, 1e-8),
    (1e-30, 1.0, 1.0),
]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_kernel_has_a_gradient_and_a_hessian(dtype):
    rows = [jnp.asarray(row, dtype) for row in zip(*COVARIANCES, strict=True)]
    both = jax.jit(jax.vmap(lambda *a: (jax.grad(sine_kernel, (0, 1, 2))(*a), jax.hessian(sine_kernel, (0, 1, 2))(*a))))
    gradients, hessian = both(*rows)
    for k in range(len(COVARIANCES)):
        at = [mpmath.mpf(float(row[k])) for row in rows]
        for i in range(3):
            exact = mpmath.diff(exact_kernel, at, tuple(int(i == n) for n in range(3)))
            assert close(gradients[i][k], exact, dtype)
            for j in range(3):
                order = tuple(int(i == n) + int(j == n) for n in range(3))
                assert close(hessian[i][j][k], mpmath.diff(exact_kernel, at, order), dtype)


def close(found: Any, exact: Any, dtype: Any) -> bool:
    """Within 3 ulp (measured: 1.2); below the normal numbers, or where mpmath's own difference is 0, almost 0."""
    if abs(exact) < 1e-36:
        return abs(float(found)) < 1e-36
    return abs(float((mpmath.mpf(float(found)) - exact) / exact)) <= 3 * np.finfo(dtype).eps


def test_parameters_have_gradients():
    c, v1, v2, b = (np.float64(x) for x in (0.25, 0.5, 1.0, 0.6))
    found = jax.grad(sine_kernel, 3)(c, v1, v2, b)
    exact = mpmath.diff(lambda b: exact_kernel(*(mpmath.mpf(float(x)) for x in (c, v1, v2)), b), mpmath.mpf(float(b)))
    assert found == pytest.approx(float(exact), rel=1e-14)


def test_gradients_keep_shapes_and_dtypes():
    c, v1, v2 = jnp.full((3, 4), 0.25, FLOAT32), jnp.ones((3, 1), FLOAT32), jnp.ones(4, FLOAT32)
    gradients = jax.jit(jax.grad(lambda *a: sine_kernel(*a).sum(), (0, 1, 2, 3)))(c, v1, v2, jnp.float64(0.75))
    assert [g.shape for g in gradients] == [(3, 4), (3, 1), (4,), ()]
    assert [g.dtype for g in gradients] == [FLOAT32, FLOAT32, FLOAT32, np.float64]
    pairwise = jax.vmap(jax.vmap(jax.grad(sine_kernel), (0, None, 0)), (0, 0, None))(c, v1[:, 0], v2)
    np.testing.assert_allclose(gradients[0], pairwise, rtol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_clamps_do_not_stop_gradients(dtype):
    for at in ((2.0, 2.0, 2.0), (2.5, 2.0, 2.0), (-2.0, 2.0, 2.0), (0.0, 0.0, 0.0), (1.0, 2.0, 3.0)):
        c, v1, v2 = (jnp.asarray(x, dtype) for x in at)
        within = np.clip(float(c), -((float(v1) * float(v2)) ** 0.5), (float(v1) * float(v2)) ** 0.5)
        assert [float(g) for g in jax.grad(lambda *a: gap(*a).value, (0, 1, 2))(c, v1, v2)] == [-2 * within, v2, v1]
        assert jax.hessian(lambda *a: gap(*a).value)(c, v1, v2) == -2
        for clamp in (lambda *a: double_words(*a)[0].value, lambda *a: admissible(*a)[0]):
            assert [float(g) for g in jax.grad(clamp, (0, 1, 2))(c, v1, v2)] == [1, 0, 0]
        assert jax.grad(lambda *a: double_words(*a)[1].value, 1)(c, v1, v2) == 1


def test_no_nan_where_the_value_underflows():
    c, v = jnp.float32(0), jnp.float32(1e4)
    for derivative in (jax.grad(sine_kernel, (0, 1, 2)), jax.jacfwd(sine_kernel, (0, 1, 2))):
        assert [float(g) for g in derivative(c, v, v)] == [0, 0, 0]


def test_the_square_root_has_an_infinite_slope_at_zero():
    x = jnp.asarray(0.0, FLOAT32)
    value, slope = jax.value_and_grad(lambda x: sqrt(double_word(x, x)).value)(x)
    assert value == 0
    assert slope == np.inf


def test_constants_do_not_meet_infinite_slopes():
    """The tangent of an argument that does not move is left out, not multiplied by infinity."""
    x = jnp.asarray(2.0, FLOAT32)
    assert jax.grad(lambda x: (sqrt(double_word(0, x)) + double_word(x, x)).value)(x) == 1
    assert jax.grad(lambda x: (exp(double_word(1000, x)) * 0 + double_word(x, x)).value)(x) != np.inf


def _density(h: Any, k: Any, c: Any, s: Any) -> Any:
    r = c / mpmath.sqrt(c * c + s * s)
    return mpmath.exp(-(h * h - 2 * r * h * k + k * k) / (2 * (1 - r * r)))


@pytest.mark.parametrize(
    "at",
    [(0.3, -0.7, 0.5, 0.9), (1.2, 1.1, -2.0, 0.3), (-0.4, 0.0, 0.0, 1.0), (2.0, 2.0, 1.0, 1e-2), (0.0, 0.0, 1.0, 0.5)],
)
def test_density_of_two_normals(at: tuple[float, ...]) -> None:
    """First and second derivatives by the limits and the correlation: kernels of thresholds have it in their slopes."""

    def value(*given: Any) -> Any:
        wide = [double_word(a, np.float64) for a in given]
        return exp_Density2(double_word(0.0, np.float64), *wide).value

    arrays = [jnp.asarray(a, jnp.float64) for a in at]
    found, second = jax.grad(value, (0, 1, 2, 3))(*arrays), jax.hessian(value, (0, 1, 2, 3))(*arrays)
    for i in range(4):
        order = tuple(int(i == j) for j in range(4))
        assert float(found[i]) == pytest.approx(float(mpmath.diff(_density, at, order)), rel=1e-11, abs=1e-13)
        for j in range(4):
            both = tuple(int(i == n) + int(j == n) for n in range(4))
            assert float(second[i][j]) == pytest.approx(float(mpmath.diff(_density, at, both)), rel=1e-8, abs=1e-8)


def test_density_where_it_has_no_derivative() -> None:
    """At ``ρ = ±1``, and where it is zero: no NaN."""

    def value(*given: Any) -> Any:
        return exp_Density2(double_word(0.0, np.float64), *(double_word(a, np.float64) for a in given)).value

    for at in ((0.3, 0.3, 1.0, 0.0), (0.3, 0.4, 1.0, 0.0), (60.0, -60.0, 1.0, 1e-3), (0.0, 0.0, 0.0, 0.0)):
        found = jax.grad(value, (0, 1, 2, 3))(*(jnp.asarray(a, jnp.float64) for a in at))
        assert np.all(np.isfinite(np.array(found)))
