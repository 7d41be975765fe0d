"""Ulps of elementary kernels with thresholds and error functions, against closed forms of the literature at 80 digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import jax
import mpmath
import numpy as np
import pytest
import sympy
from mpmath import mp, mpf
from panels import bivariate_expectation

import symkern
from symkern.evaluation import x64
from symkern.symbols import x

Kernel = Callable[[mpf, mpf, mpf], mpf]


def angle(c: mpf, v: mpf, w: mpf) -> mpf:
    return mp.atan2(mp.sqrt(v * w - c * c), c)


def arc_cosine(order: int) -> Kernel:
    """Cho & Saul 2009: E[X₊^n Y₊^n] = (v w)^{n/2} J_n(θ)/(2π)."""

    def kernel(c: mpf, v: mpf, w: mpf) -> mpf:
        t = angle(c, v, w)
        s, k = mp.sqrt(v * w - c * c) / mp.sqrt(v * w), c / mp.sqrt(v * w)
        j = (
            mp.pi - t,
            s + (mp.pi - t) * k,
            3 * s * k + (mp.pi - t) * (1 + 2 * k**2),
            (mp.pi - t) * (9 * s**2 * k + 15 * k**3) + 4 * s**3 + 15 * s * k**2,
        )[order]
        return mp.sqrt(v * w) ** order * j / (2 * mp.pi)

    return kernel


def leaky(slope: str) -> Kernel:
    a, one = mpf(float(slope)), arc_cosine(1)
    return lambda c, v, w: (1 + a * a) * one(c, v, w) - 2 * a * one(-c, v, w)


def erf(c: mpf, v: mpf, w: mpf) -> mpf:
    """Williams 1996."""
    return 2 / mp.pi * mp.asin(2 * c / mp.sqrt((1 + 2 * v) * (1 + 2 * w)))


def gelu(c: mpf, v: mpf, w: mpf) -> mpf:
    """Tsuchida et al. 2021."""
    d = (1 + v) * (1 + w) - c * c
    return c / 4 + (
        c * mp.asin(c / mp.sqrt((1 + v) * (1 + w))) + (c * c + v * w * d) / ((1 + v) * (1 + w) * mp.sqrt(d))
    ) / (2 * mp.pi)


KERNELS: tuple[tuple[str, Kernel], ...] = (
    ("Heaviside(x)", arc_cosine(0)),
    ("relu(x)", arc_cosine(1)),
    ("relu(x)**2", arc_cosine(2)),
    ("relu(x)**3", arc_cosine(3)),
    ("sign(x)", lambda c, v, w: 2 / mp.pi * mp.asin(c / mp.sqrt(v * w))),
    ("Abs(x)", lambda c, v, w: 2 * (arc_cosine(1)(c, v, w) + arc_cosine(1)(-c, v, w))),
    ("relu(x) - 0.0625*relu(-x)", leaky("0.0625")),
    ("Max(x, x/4)", leaky("0.25")),
    ("x*Abs(x)", lambda c, v, w: 2 * (arc_cosine(2)(c, v, w) - arc_cosine(2)(-c, v, w))),
    ("erf(x)", erf),
    ("erf(x)/2 + 1/8", lambda c, v, w: erf(c, v, w) / 4 + mpf(1) / 64),
    ("x*Phi(x)", gelu),
)
SLOW = ("relu(x)**2", "relu(x) - 0.0625*relu(-x)", "x*Abs(x)", "erf(x)/2 + 1/8")
by_formula = pytest.mark.parametrize(
    ("formula", "exact"),
    [pytest.param(f, k, id=f, marks=pytest.mark.slow if f in SLOW else ()) for f, k in KERNELS],
)


@cache
def module(formula: str) -> ModuleType:
    return symkern.derive(formula, name="f").compile()


def points(dtype: str, n: int = 240) -> list[np.ndarray]:
    """Variances 1e-8 … 1e4, equal and unequal; every correlation, many near ±1 and 0; never beyond the bound."""
    rng = np.random.default_rng(11)
    v = 10 ** rng.uniform(-8, 4, n)
    w = np.where(rng.random(n) < 0.5, v, 10 ** rng.uniform(-8, 4, n))
    quarter = n // 4
    small = 10 ** rng.uniform(-16, -1, (3, quarter))
    rho = np.concatenate(
        [rng.uniform(-1, 1, quarter), 1 - small[0], small[1] - 1, small[2] * rng.choice([-1, 1], quarter)]
    )
    v, w = v.astype(dtype), w.astype(dtype)
    c = (rho * np.sqrt(v.astype("float64") * w)).astype(dtype)
    inside = [mpf(float(a)) ** 2 <= mpf(float(b)) * mpf(float(d)) for a, b, d in zip(c, v, w, strict=True)]
    return [a[inside] for a in (c, v, w)]


def ulps(got: np.ndarray, true: list[mpf], scale: list[mpf], dtype: str) -> float:
    """The worst error; below the smallest normal number everything so small is right."""
    tiny, digits, worst = mpf(float(np.finfo(dtype).tiny)), np.finfo(dtype).nmant, 0.0
    for g, t, s in zip(got.tolist(), true, scale, strict=True):
        assert not np.isnan(g)
        size = max(abs(t), s)
        if size < tiny:
            assert abs(g) < 2 * tiny
            continue
        unit = mpf(2) ** (mp.floor(mp.log(size, 2)) - digits)
        worst = max(worst, float(abs(mpf(g) - t) / unit))
    return worst


@by_formula
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values(formula: str, exact: Kernel, dtype: str) -> None:
    m = module(formula)
    with x64(dtype == "float64"), mpmath.workdps(80):
        c, v, w = points(dtype)
        numbers = [tuple(mpf(float(a)) for a in p) for p in zip(c, v, w, strict=True)]
        true = [exact(*p) for p in numbers]
        # near a zero that parity does not force, in ulps of a sixty-fourth of sqrt(K11 K22)
        parity = formula in ("sign(x)", "x*Abs(x)", "erf(x)") or formula.startswith(("relu(x)*", "Heav"))
        one_sided = formula in ("relu(x)",)
        scale = [
            mpf(0) if parity or one_sided else mp.sqrt(exact(b, b, b) * exact(d, d, d)) / 64 for _, b, d in numbers
        ]
        eager, jitted = np.asarray(m.nngp_fn(c, v, w)), np.asarray(jax.jit(m.nngp_fn)(c, v, w))
        assert ulps(eager, true, scale, dtype) <= 1
        np.testing.assert_array_equal(eager, jitted)
        slope = [
            mp.diff(lambda t, p=p: exact(t, p[1], p[2]), p[0], h=mpf(10) ** -40 * mp.sqrt(p[1] * p[2]))
            for p in numbers[:60]
        ]
        assert ulps(np.asarray(m.d_nngp_fn(c[:60], v[:60], w[:60])), slope, [mpf(0)] * 60, dtype) <= 4


@by_formula
def test_edges(formula: str, exact: Kernel) -> None:
    m = module(formula)
    for dtype in ("float32", "float64"):
        with x64(dtype == "float64"), mpmath.workdps(40):
            v = np.asarray([1e-8, 1e-3, 0.7, 1.0, 30.0, 1e4], dtype)
            eps = np.finfo(dtype).eps
            equal = [exact(*[mpf(float(a))] * 3) for a in v]
            np.testing.assert_allclose(m.nngp_fn(v, v, v), [float(e) for e in equal], rtol=2 * eps)
            np.testing.assert_allclose(m.variance_fn(v), [float(e) for e in equal], rtol=2 * eps)
            opposite = np.asarray([float(exact(-mpf(float(a)), mpf(float(a)), mpf(float(a)))) for a in v])
            np.testing.assert_allclose(m.nngp_fn(-v, v, v), opposite, rtol=2 * eps, atol=1e-300)
            np.testing.assert_array_equal(m.nngp_fn(v / 2, v, 2 * v), m.nngp_fn(v / 2, 2 * v, v))
            assert np.isnan(m.nngp_fn(np.asarray(0.1, dtype), np.asarray(-1.0, dtype), np.asarray(1.0, dtype)))
            zero = np.zeros((), dtype)
            if formula not in ("sign(x)", "Heaviside(x)"):
                assert m.nngp_fn(zero, zero, zero) == m.fn(zero) ** 2
                assert m.variance_fn(zero) == m.fn(zero) ** 2


@by_formula
def test_gradients(formula: str, exact: Kernel) -> None:
    """By cov12, var1, var2; on the diagonal and at a correlation of -1 too, where automatic differentiation gives NaN."""
    m = module(formula)
    jumps = formula in ("sign(x)", "Heaviside(x)")
    with x64(True), mpmath.workdps(60):
        inside = [(0.3, 0.7, 0.5), (-0.4, 1.25, 0.75), (0.0, 0.5, 2.0), (0.4999, 0.5, 0.5), (-0.4999, 0.5, 0.5)]
        gradient = jax.jit(jax.vmap(jax.grad(m.nngp_fn, argnums=(0, 1, 2))))
        got = np.asarray(gradient(*map(np.asarray, zip(*inside, strict=True)))).T
        for point, row in zip(inside, got, strict=True):
            numbers = [mpf(a) for a in point]
            for i, g in enumerate(row):
                h = mpf(10) ** -25
                sides = [exact(*(n + s * h * (j == i) for j, n in enumerate(numbers))) for s in (1, -1)]
                true = (sides[0] - sides[1]) / (2 * h)
                assert float(g) == pytest.approx(float(true), rel=64 * 2.0**-52, abs=1e-15)
        if not jumps:
            edge = np.asarray([0.25, 0.5, 1.0, 3.0])
            for c in (edge, -edge):
                for row in np.asarray(gradient(c, edge, edge)):
                    assert np.all(np.isfinite(row))
            direct = np.asarray(m.d_nngp_fn(edge, edge, edge))
            np.testing.assert_allclose(gradient(edge, edge, edge)[0], direct, rtol=1e-13)
            zero = np.zeros(1)
            assert all(np.all(np.isfinite(np.asarray(g))) for g in gradient(zero, zero, zero))


def test_gradients_by_inputs_and_parameters() -> None:
    m = symkern.derive("a*relu(x) - b*relu(-x)", name="abrelu", parameters={"a": 1.5, "b": 0.25}).compile()

    def total(x: Any, a: Any, b: Any) -> Any:
        k = x @ x.T
        d = k.diagonal()
        return (m.nngp_fn(k, d[:, None], d[None, :], a=a, b=b) * (1 + np.arange(16).reshape(4, 4))).sum()

    with x64(True):
        x = np.random.default_rng(0).normal(size=(4, 3))
        x[3] = 2 * x[2]  # a correlation of one, beside the diagonal
        slopes = jax.grad(total, (0, 1, 2))(x, 1.5, 0.25)
        assert np.all(np.isfinite(np.asarray(slopes[0])))
        for i, step in ((1, (0, 0.125, 0)), (2, (0, 0, 0.125))):  # quadratic in both: any step is exact
            up, down = (total(x, 1.5 + s * step[1], 0.25 + s * step[2]) for s in (1, -1))
            assert float(slopes[i]) == pytest.approx(float((up - down) / 0.25), rel=1e-12)
        direction = np.random.default_rng(1).normal(size=(4, 3))
        direction[3] = 2 * direction[2]
        up, down = (total(x + s * 1e-6 * direction, 1.5, 0.25) for s in (1, -1))
        assert float((slopes[0] * direction).sum()) == pytest.approx(float((up - down) / 2e-6), rel=1e-7)


NORMALS = (
    ("relu(x - 1)", (1.0,), {}, ()),
    ("Piecewise((x, x > 0), (a*(exp(x) - 1), True))", (0.0,), {"a": 1.25}, pytest.mark.slow),
    ("clip(x, -1, 1)", (-1.0, 1.0), {}, pytest.mark.slow),
    ("erf(b*x + c)", (), {"b": 0.7, "c": -0.25}, pytest.mark.slow),
)


@pytest.mark.parametrize(
    ("formula", "knots", "parameters"),
    [pytest.param(f, k, p, marks=m) for f, k, p, m in NORMALS],
    ids=[n[0] for n in NORMALS],
)
def test_kernels_with_normal_distributions(
    formula: str, knots: tuple[float, ...], parameters: dict[str, float]
) -> None:
    """Both precisions against a quadrature; the limits at ρ = ±1 and at a variance of zero; gradients."""
    d = symkern.derive(formula, name="f", parameters=parameters)
    m = d.compile()
    special = {n: np.vectorize(getattr(mpmath, n), otypes=[float]) for n in ("erf", "erfc")}
    f = sympy.lambdify(x, d.activation.at(), [special, "numpy"])
    inside = [(0.3, 0.8, 0.6), (-0.5, 0.7, 1.2), (0.0, 0.5, 0.9), (0.9, 1.1, 1.3), (0.02, 0.09, 0.05), (9.0, 30.0, 4.0)]
    with x64(True):
        arrays = [np.asarray(a) for a in zip(*inside, strict=True)]
        exact = [bivariate_expectation(f, knots, *p) for p in inside]
        np.testing.assert_allclose(jax.jit(m.nngp_fn)(*arrays), exact, rtol=1e-11, atol=1e-14)
        step = 1e-4
        sides = [np.asarray(m.nngp_fn(arrays[0] + s * step, *arrays[1:])) for s in (-2, -1, 1, 2)]
        slope = (sides[0] - 8 * sides[1] + 8 * sides[2] - sides[3]) / (12 * step)
        np.testing.assert_allclose(m.d_nngp_fn(*arrays), slope, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(jax.vmap(jax.grad(m.nngp_fn))(*arrays), m.d_nngp_fn(*arrays), rtol=1e-12)
        v = np.asarray([1e-8, 1e-3, 0.3, 2.0, 50.0, 1e4])
        np.testing.assert_allclose(m.nngp_fn(v, v, v), m.variance_fn(v), rtol=1e-10, atol=1e-300)
        for edge in (v, -v):
            assert np.all(np.isfinite(m.nngp_fn(edge, v, v)))
            assert np.all(np.isfinite(jax.vmap(jax.grad(m.nngp_fn, (0, 1, 2)))(edge, v, v)))
        zero = np.zeros_like(v)
        near = np.asarray(m.nngp_fn(zero, np.full_like(v, 1e-60), v))
        np.testing.assert_allclose(m.nngp_fn(zero, zero, v), near, rtol=1e-9, atol=1e-25)
        assert np.isfinite(m.nngp_fn(0.0, 0.0, 0.0))
    single = [a.astype("float32") for a in arrays]
    np.testing.assert_allclose(jax.jit(m.nngp_fn)(*single), exact, rtol=1e-5, atol=1e-14)
    assert np.isnan(m.nngp_fn(0.1, -1.0, 1.0))
