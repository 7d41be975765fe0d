"""What must hold for every kernel: symmetry, Cauchy–Schwarz, positive Gram matrices, gradients, edges of the domain."""

from __future__ import annotations

from functools import cache
from types import ModuleType

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from problems import PROBLEMS, Problem

import symkern
from symkern.evaluation import x64
from symkern.symbols import cov12, var1, var2

GRADIENT_SHORTFALLS = {
    "two_gaussians": (
        220,
        "its two Gaussians cancel in the derivative by a variance, which automatic differentiation "
        "computes in plain floats",
    ),
}
"""Problem → (ulp, reason) where ``jax.grad`` misses the 64 ulp of the contract.  Strict: measured again below."""

SLOW = ("chirp", "odd_chirp", "bump", "growing_wave", "morlet", "shifted_sine", "x_sin")
"""Kernels that XLA compiles for long; others of their kind remain."""

by_name = pytest.mark.parametrize(
    "problem", [pytest.param(p, id=p.name, marks=pytest.mark.slow if p.name in SLOW else ()) for p in PROBLEMS]
)
DTYPES = ("float32", "float64")


@cache
def derivation(problem: Problem) -> symkern.Derivation:
    d = symkern.derive(problem.formula, name=problem.name, parameters=problem.parameters)
    assert isinstance(d, symkern.Derivation)
    return d


@cache
def compiled(problem: Problem) -> ModuleType:
    return derivation(problem).compile()


def covariances(problem: Problem, dtype: str, n: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random admissible covariances: log-uniform variances below the problem's largest, every correlation."""
    rng = np.random.default_rng(7)
    top = np.log10(problem.largest_variance)
    v, w = 10 ** rng.uniform(-6, top, (2, n))
    rho = np.concatenate(
        [rng.uniform(-1, 1, n - 20), np.sign(rng.uniform(-1, 1, 20)) * (1 - 10 ** rng.uniform(-7, -2, 20))]
    )
    return tuple(a.astype(dtype) for a in (0.999 * rho * np.sqrt(v * w), v, w))


@by_name
@pytest.mark.parametrize("dtype", DTYPES)
def test_symmetric_to_the_bit(problem: Problem, dtype: str) -> None:
    if "chirp" in problem.name:
        pytest.skip("a shortfall: sums of sines of different phases are not printed symmetrically")
    m = compiled(problem)
    with x64(dtype == "float64"):
        c, v, w = covariances(problem, dtype)
        for f in (m.nngp_fn, m.d_nngp_fn):
            np.testing.assert_array_equal(np.asarray(f(c, v, w)), np.asarray(f(c, w, v)))


@by_name
def test_parity(problem: Problem) -> None:
    m = compiled(problem)
    sign = {"odd": -1, "even": 1}.get(next(iter(problem.tags), ""))
    if sign is None:
        pytest.skip("neither odd nor even")
    c, v, w = covariances(problem, "float32")
    np.testing.assert_array_equal(np.asarray(m.nngp_fn(-c, v, w)), sign * np.asarray(m.nngp_fn(c, v, w)))


@by_name
def test_cauchy_schwarz(problem: Problem) -> None:
    m = compiled(problem)
    c, v, w = covariances(problem, "float32")
    bound = np.sqrt(np.asarray(m.variance_fn(v), "float64") * np.asarray(m.variance_fn(w), "float64"))
    assert np.all(np.abs(np.asarray(m.nngp_fn(c, v, w), "float64")) <= bound * (1 + 1e-6) + 1e-37)


@by_name
def test_gram_matrices_are_positive(problem: Problem) -> None:
    m = compiled(problem)
    rng = np.random.default_rng(3)
    points = rng.normal(size=(25, 4)) * rng.uniform(0.05, 0.5, (25, 1))
    points = np.concatenate([points, points[:3] * (1 + 1e-12), -points[:2]])
    with x64(True):
        k = points @ points.T
        d = np.diag(k)
        gram = np.asarray(m.nngp_fn(k, d[:, None], d[None, :]))
    assert gram.dtype == np.float64
    lowest = np.linalg.eigvalsh(gram)[0]
    assert lowest >= -1e-13 * np.trace(gram)


@by_name
def test_diagonal_is_the_variance(problem: Problem) -> None:
    m = compiled(problem)
    for dtype in DTYPES:
        with x64(dtype == "float64"):
            v = np.logspace(-8, np.log10(problem.largest_variance), 60).astype(dtype)
            left, right = np.asarray(m.variance_fn(v)), np.asarray(m.nngp_fn(v, v, v))
            np.testing.assert_allclose(left, right, rtol=3 * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny)


@by_name
def test_both_functions_at_once(problem: Problem) -> None:
    m = compiled(problem)
    c, v, w = covariances(problem, "float32")
    nngp, d_nngp = jax.jit(m.nngp_and_d_nngp_fn)(c, v, w)
    for both, alone in ((nngp, m.nngp_fn(c, v, w)), (d_nngp, m.d_nngp_fn(c, v, w))):
        scale = np.max(np.abs(np.asarray(alone))) * 1e-6
        np.testing.assert_allclose(np.asarray(both), np.asarray(alone), rtol=5e-7, atol=scale * 1e-3)


@by_name
def test_gradients(problem: Problem) -> None:
    """``jax.grad`` by cov12, var1 and var2 against SymPy's derivative at 40 digits; second derivatives finite."""
    d, m = derivation(problem), compiled(problem)
    values = {p.symbol: sympy.Rational(p.default) for p in d.activation.parameters}
    symbols = (cov12, var1, var2)
    top = sympy.Rational(problem.largest_variance) / 4
    points = [
        ("3/10", "7/10", "1/2"),
        ("0", "1/2", "3/4"),
        ("1/4", "1/4", "1/4"),
        ("-1/4", "1/4", "1/4"),
        ("1/2", "1", "5/8"),
    ]
    with x64(True):
        first = jax.jit(jax.grad(m.nngp_fn, argnums=(0, 1, 2)))
        second = jax.jit(jax.hessian(m.nngp_fn, argnums=(0, 1, 2)))
        worst = 0.0
        for text in points:
            exact = [sympy.Rational(t) * min(1, top) for t in text]
            point = dict(zip(symbols, exact, strict=True)) | values
            args = [jnp.asarray(float(t)) for t in exact]
            computed = first(*args)
            with mpmath.workdps(40):
                scale = max(abs(mpf(sympy.N(d.nngp.diff(s).subs(point), 40))) for s in symbols)
                for s, got in zip(symbols, computed, strict=True):
                    true = mpf(sympy.N(d.nngp.diff(s).subs(point), 40))
                    # in ulps, or of a sixty-fourth of the largest component where this one happens to be small
                    worst = max(
                        worst, float(abs(mpf(float(got)) - true) / (mpf(2) ** -52 * max(abs(true), scale / 64)))
                    )
            assert all(np.all(np.isfinite(np.asarray(e))) for row in second(*args) for e in row)
    allowed, _ = GRADIENT_SHORTFALLS.get(problem.name, (64, ""))
    assert worst <= allowed
    assert allowed == 64 or worst > 64, "better than its row in GRADIENT_SHORTFALLS"


@by_name
def test_gradient_is_d_nngp(problem: Problem) -> None:
    m = compiled(problem)
    with x64(True):
        c, v, w = covariances(problem, "float64", 60)
        slope = jax.jit(jax.vmap(jax.grad(m.nngp_fn)))(c, v, w)
        direct = np.asarray(m.d_nngp_fn(c, v, w))
        np.testing.assert_allclose(np.asarray(slope), direct, rtol=1e-12, atol=1e-13 * np.max(np.abs(direct)))


@by_name
def test_edges_of_the_domain(problem: Problem) -> None:
    m = compiled(problem)
    f = np.float32
    for function in (m.nngp_fn, m.d_nngp_fn):
        assert np.isnan(function(f(0.1), f(-1.0), f(1.0)))
        assert np.isnan(function(f(0.1), f(1.0), f(-1e-3)))
        assert np.isnan(function(f("nan"), f(1.0), f(1.0)))
        assert np.isfinite(function(f(0), f(0), f(0)))
        # beyond the bound by rounding counts as a correlation of one
        v, w = f(0.3), f(0.7)
        bound = np.sqrt(np.float64(v) * np.float64(w))
        up, down = np.nextafter(f(bound), f(2)), f(bound)
        np.testing.assert_allclose(function(up, v, w), function(down, v, w), rtol=2e-6)
    assert np.isnan(m.variance_fn(f(-1.0)))
    if "quotient" in problem.tags:
        return  # f itself is 0/0 at zero
    zero = np.asarray(m.nngp_fn(f(0), f(0), f(0)), "float64")
    np.testing.assert_allclose(zero, np.asarray(m.fn(f(0)), "float64") ** 2, rtol=1e-6, atol=1e-12)


@by_name
def test_shapes_dtypes_and_transformations(problem: Problem) -> None:
    m = compiled(problem)
    c, v, w = (a[:6] for a in covariances(problem, "float32"))
    grid = m.nngp_fn(0.0, v[:, None], w[None, :])
    assert grid.shape == (6, 6) and grid.dtype == jnp.float32
    assert m.nngp_fn(c, v, w).dtype == jnp.float32
    assert m.nngp_fn(0.25, 0.5, 0.5).shape == ()
    np.testing.assert_allclose(jax.vmap(m.nngp_fn)(c, v, w), m.nngp_fn(c, v, w), rtol=3e-7, atol=1e-30)
    with x64(True):
        assert m.nngp_fn(c.astype("float64"), v, w).dtype == jnp.float64
        assert m.nngp_fn(c, v, w).dtype == jnp.float32
        assert m.fn(c).dtype == jnp.float32


def test_divergent_expectation_is_inf() -> None:
    m = symkern.derive("exp(x**2/4)", name="growing").compile()
    assert np.isfinite(m.nngp_fn(0.2, 0.5, 0.6))
    for c, v, w in ((0.0, 2.5, 0.5), (0.0, 3.0, 3.0), (1.6, 1.7, 1.7)):
        assert m.nngp_fn(c, v, w) == np.inf
    assert m.variance_fn(1.0) == np.inf


def test_parameters_are_differentiable() -> None:
    m = symkern.derive("sin").compile()
    slope = jax.grad(lambda b: m.nngp_fn(0.3, 0.7, 0.5, b=b))(1.25)
    with x64(True):
        step = 1e-6
        numeric = (m.nngp_fn(0.3, 0.7, 0.5, b=1.25 + step) - m.nngp_fn(0.3, 0.7, 0.5, b=1.25 - step)) / (2 * step)
    np.testing.assert_allclose(slope, numeric, rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(float(np.float32(1e-8)), 1e4, width=32),
    st.floats(float(np.float32(1e-8)), 1e4, width=32),
    st.floats(-1, 1, width=32),
    st.sampled_from(["sin", "cos", "gaussian", "gabor", "rbf"]),
)
def test_bounded_everywhere(v: float, w: float, rho: float, name: str) -> None:
    """Bounded activations: never NaN, never beyond the supremum of |f|², on the whole domain."""
    m = symkern.derive(name).compile()
    c = np.float32(rho * np.sqrt(v * w))
    value = float(m.nngp_fn(c, np.float32(v), np.float32(w)))
    assert abs(value) <= (2.0 if name == "rbf" else 1.0) + 1e-6
