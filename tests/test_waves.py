"""Functions that repeat themselves: their periods, kernels as sums of waves, beside the oracle and beside derived closed forms."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from resolved import largest_error

import symkern
from symkern.approximation import committed
from symkern.derivation import Approximation, NotDerived
from symkern.domain import Point
from symkern.elementwise import numerical_kernels
from symkern.errors import UsageError
from symkern.evaluation import DTYPES, derivatives, values, x64
from symkern.numerics import AngularKernels, WaveTable
from symkern.oracle.ranges import has_zeros, is_positive
from symkern.packed import Floats
from symkern.parse import parse_activation
from symkern.references import Reference, references
from symkern.series.angular import NotConvergedError
from symkern.series.period import period
from symkern.series.polar import reach
from symkern.series.regimes import fields_of
from symkern.series.waves import WaveFields, waves, worst_of
from symkern.symbols import x

LARGEST = 100.0
CLOSED = "x/3 + 1/7 - cos(3*x/2)/2 + sin(3*x) + sin(9*x/2)/5 + cos(9*x/2)/4"
SUM = WaveFields(
    largest=LARGEST,
    frequency=1.5,
    slope=1 / 3,
    start=(1 / 7 - 0.25, 1 / 3 + 3 + 0.9),
    waves=((2, 0.0, 1.0), (1, -0.5, 0.0), (3, 0.25, 0.2), (0, 1 / 7, 0.0)),
    near=0.3,
    terms=60,
    bound=0.0,
    few=(4, 40),
)
"""The same as waves."""
PLACES = (
    (1e-8, 1e-8, 0.9),
    (1e-6, 90.0, -0.4),
    (0.2, 0.2, 1.0),
    (0.2, 0.2, -1.0),
    (0.25, 0.35, 0.99),
    (0.3, 40.0, 0.9),
    (0.7, 40.0, -0.999),
    (2.0, 2.0, 1 - 1e-9),
    (50.0, 2.0, 0.0),
    (99.0, 99.0, -0.4),
    (100.0, 100.0, 1.0),
)
"""Two variances and a correlation, on both sides of where pairs of waves begin."""
HERE = [Point(rho * (v if v == w else (v * w) ** 0.5), v, w, "interior") for v, w, rho in PLACES]


@cache
def true(formula: str) -> list[Reference]:
    return references(parse_activation(formula, []), HERE, digits=16)


def off(found: Floats, formula: str, *, slope: bool = False) -> float:
    return largest_error(found, true(formula), slope=slope)


def table(fields: WaveFields) -> AngularKernels:
    one = WaveTable(**fields.as_dict())
    return AngularKernels(nngp=one, d_nngp=one)


@pytest.mark.parametrize("far", [21.0, 105.0, 1050.0])
@pytest.mark.parametrize(
    ("f", "length", "slope"),
    [
        (lambda x: np.exp(np.sin(x)), 2 * np.pi, 0.0),
        (lambda x: 3 * x + np.log(2 + np.sin(3 * x)), 2 * np.pi / 3, 3.0),
        (lambda x: np.tanh(np.cos(2 * x) + np.cos(3 * x)), 2 * np.pi, 0.0),
        (lambda x: np.sqrt(1 + np.sin(np.pi * x) ** 2), 1.0, 0.0),
        (lambda x: 1e6 + np.sin(np.sin(x)), 2 * np.pi, 0.0),
        (lambda x: np.tanh(np.sin(x) ** 3), 2 * np.pi, 0.0),
        (lambda x: np.cos(x) / np.cosh(2 * np.sin(x)) ** 2, 2 * np.pi, 0.0),
        (lambda x: 2e6 + 1e-4 * np.exp(np.sin(3.3 * x)), 2 * np.pi / 3.3, 0.0),
    ],
)
def test_periods(f: Any, length: float, slope: float, far: float) -> None:
    found = period(f, far)
    assert found is not None
    assert found.length == pytest.approx(length, rel=1e-9 if f(0.0) > 1e5 else 1e-13)
    assert found.slope == pytest.approx(slope, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    "f",
    [
        np.tanh,
        np.arctan,
        lambda x: np.logaddexp(0, x),
        lambda x: x * x,
        lambda x: 0 * x,
        lambda x: x,
        lambda x: x * np.sin(x),
        lambda x: np.tanh(x) * np.sin(x),
        lambda x: np.sin(x) + np.sin(2**0.5 * x),
        lambda x: np.sin(x * x),
        lambda x: np.sin(np.sin(x)) + 1e-6 * np.tanh(x),
        lambda x: np.exp(np.sin(x / 1000)),
        lambda x: np.where(x > -50, np.exp(np.sin(x)), 1),
        lambda x: 1e-12 * x * x,
    ],
)
def test_what_does_not_repeat_itself(f: Any) -> None:
    assert period(f, 105.0) is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_beside_the_oracle(dtype: str) -> None:
    """Both ways to sum, a straight line included; symmetric to the bit."""
    kernels = table(SUM)
    mirrored = [Point(p.cov12, p.var2, p.var1, p.region) for p in HERE]
    for mode in ("eager", "jit"):
        found = values(kernels.nngp_fn, HERE, dtype, {}, mode)
        assert off(found, CLOSED) <= 16 * np.finfo(dtype).eps
        assert np.array_equal(found, values(kernels.nngp_fn, mirrored, dtype, {}, mode))


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.slow)])
def test_derivatives_beside_the_closed_form(dtype: str) -> None:
    derived: Any = symkern.derive(CLOSED, name="f").compile()
    slope = symkern.derive(str(parse_activation(CLOSED, []).diff(x)), name="g").compile()
    waved = [(n, SUM.frequency * n * b + (SUM.slope if n == 0 else 0), -SUM.frequency * n * a) for n, a, b in SUM.waves]
    start = (SUM.start[1], sum(SUM.frequency * n * b for n, _, b in waved))
    of_slope = replace(SUM, slope=0.0, start=start, waves=tuple(waved))
    kernels = AngularKernels(WaveTable(**SUM.as_dict()), WaveTable(**of_slope.as_dict()))
    at = [Point(0.4, 0.5, 0.9, "interior"), Point(-3.0, 0.2, 60.0, "interior"), Point(0.01, 0.1, 0.1, "interior")]
    tolerance = 2e-9 if dtype == "float64" else 2e-3
    assert np.allclose(values(kernels.d_nngp_fn, at, dtype, {}), values(slope.nngp_fn, at, "float64", {}), tolerance)
    first, *_ = derivatives(kernels.nngp_fn, at, dtype, {})
    expected, *_ = derivatives(derived.nngp_fn, at, "float64", {})
    assert np.allclose(first, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("slope", [False, True], ids=["nngp", "d_nngp"])
@pytest.mark.parametrize("formula", ["exp(sin(x))", "1 - cos(sin(x))", "x + tanh(2*sin(x))", "sin(sin(x)) - x"])
def test_the_bound_holds(formula: str, slope: bool) -> None:
    """Whatever power the function begins with; and the bound is no idle one."""
    g = parse_activation(formula, [])
    f = sympy.lambdify(x, g.diff(x) if slope else g, "numpy")
    found = period(f, reach(LARGEST))
    assert found is not None
    fields = waves(f, found, LARGEST, 1e-6, 1e-6, reach(LARGEST))
    assert fields_of(json.loads(json.dumps(fields.as_dict()))) == fields
    assert worst_of(fields, f, reach(LARGEST)) <= fields.bound <= 1e-6
    kernels = table(fields)
    for dtype in DTYPES:
        error = off(values(kernels.nngp_fn, HERE, dtype, {}), formula, slope=slope)
        assert error <= fields.bound + (16 * np.finfo(dtype).eps + fields.short if dtype == "float32" else 0)
    assert error >= 1e-4 * fields.bound
    with x64(True):
        c, v, w = (jnp.asarray([getattr(p, k) for p in HERE]) for k in ("cov12", "var1", "var2"))
        bound = kernels.error_bound_fn(c, v, w) / jnp.sqrt(kernels.variance_fn(v) * kernels.variance_fn(w))
        assert np.all((fields.bound <= bound) & (bound <= fields.bound + 1e-13))


def test_code() -> None:
    """An activation without a formula, its derivative by JAX; beyond the largest variance there is nothing."""

    def f(x: jax.Array) -> jax.Array:
        return jnp.exp(jnp.sin(x))

    kernels = numerical_kernels(f, None, 1e-8, LARGEST)
    for fn, fields, slope in ((kernels.nngp_fn, kernels.nngp, False), (kernels.d_nngp_fn, kernels.d_nngp, True)):
        assert isinstance(fields, WaveTable) and fields.bound <= 1e-8
        assert off(values(fn, HERE, "float64", {}, "jit"), "exp(sin(x))", slope=slope) <= fields.bound
        assert np.isnan(fn(1.0, 2.0, 100.1))
    with x64(True):
        v = jnp.asarray([0.0, 1e-9, 0.4, 0.6, 3.0, 100.0])
        assert np.array_equal(kernels.variance_fn(v), kernels.nngp_fn(v, v, v))
        assert np.allclose(kernels.nngp_fn(0.0, v, 0.0), jnp.sqrt(kernels.nngp_fn(0.0, v, v)), rtol=1e-8)


def test_however_fast() -> None:
    """Beside the closed form."""
    kernels = numerical_kernels(lambda x: 1 + jnp.sin(300 * x), None, 1e-10, LARGEST)
    derived: Any = symkern.derive("1 + sin(300*x)", name="f").compile()
    at = [*HERE, Point(9e-6, 1e-5, 1e-5, "interior"), Point(1e-5, 1e-5, 40.0, "interior")]
    for fn, other in ((kernels.nngp_fn, derived.nngp_fn), (kernels.d_nngp_fn, derived.d_nngp_fn)):
        scale = np.sqrt(
            np.prod([values(other, [Point(v, v, v, "") for v in p.values[1:]], "float64", {}) for p in at], 1)
        )
        found, expected = (values(f, at, "float64", {}) for f in (fn, other))
        assert np.all(np.abs(found - expected) <= 1e-10 * scale)


def test_a_gram_matrix_on_both_sides() -> None:
    """Under two ``vmap``, as neural-tangents calls a kernel."""
    kernels = table(SUM)
    with x64(True):
        inputs = jnp.asarray(np.random.default_rng(0).normal(size=(12, 3)) * np.geomspace(0.05, 4, 12)[:, None])
        v = (inputs**2).sum(1)
        whole = jax.jit(jax.vmap(jax.vmap(kernels.nngp_fn, (0, None, 0)), (0, 0, None)))(inputs @ inputs.T, v, v)
        assert np.allclose(whole, kernels.nngp_fn(inputs @ inputs.T, v[:, None], v[None]), rtol=1e-12, atol=0)
        assert np.linalg.eigvalsh(whole).min() > -1e-13 * float(jnp.trace(whole))


def test_a_formula_with_a_parameter() -> None:
    d = symkern.derive("exp(sin(b*x))", parameters={"b": 0.5}, name="f", tolerance=1e-6)
    assert isinstance(d, Approximation) and d.rule == "sums_of_waves"
    compiled: Any = d.compile()
    assert compiled.largest_variance() == 400.0
    with x64(True):
        found = compiled.nngp_fn(*(np.array([getattr(p, k) for p in HERE]) * 4 for k in ("cov12", "var1", "var2")))
    assert off(np.asarray(found), "exp(sin(x))") <= 1e-6
    nngp, d_nngp = d.tables
    assert isinstance(nngp, WaveFields) and isinstance(d_nngp, WaveFields)
    committed(d.activation, nngp, d_nngp)
    (n, a, b), *others = nngp.waves
    with pytest.raises(UsageError, match="above its bound"):
        committed(d.activation, replace(nngp, waves=((n, a + 1e-4, b), *others)), d_nngp)


def test_rounding_is_in_the_bound() -> None:
    """That of angles near ``ρ = -1`` grows with the frequency; the reference is the same table in float64."""
    kernels = numerical_kernels(lambda x: jnp.exp(jnp.sin(50 * x)), None, 1e-9, LARGEST)
    rng = np.random.default_rng(0)
    at = [
        Point(float(-np.sqrt(v * w) * (1 - 10.0**-e)), float(v), float(w), "")
        for v, w, e in zip(rng.uniform(1, 100, 300), rng.uniform(1, 100, 300), rng.uniform(1, 8, 300), strict=True)
    ]
    at = [Point(*(float(np.float32(k)) for k in p.values), "") for p in at]
    error = np.abs(values(kernels.nngp_fn, at, "float32", {}) - values(kernels.nngp_fn, at, "float64", {}))
    bound = values(kernels.error_bound_fn, at, "float32", {})
    assert np.all(error <= bound) and np.any(error >= bound / 20)


def test_second_derivatives_are_finite() -> None:
    """Powers of many radians in Mehler's series were infinite in float32, their cotangents 0 times that."""
    kernels = table(replace(SUM, frequency=4.0, start=(SUM.start[0], 1 / 3 + 4 * 2.6), near=0.04))
    second = jax.jit(jax.grad(jax.grad(kernels.nngp_fn, 1), 1))
    for v in (0.3, 0.7, 1.0, 5.0, 30.0, 100.0):
        assert np.isfinite(second(0.03, v, 0.03))


@pytest.mark.parametrize(
    ("fn", "reason"),
    [
        (lambda x: jnp.abs(jnp.sin(x)), "more kinks than are looked for"),
        (lambda x: x - jnp.floor(x), "it jumps at x = 1"),
        (lambda x: jnp.where(x > -70, jnp.exp(jnp.sin(x)), 1), "it jumps at x = -70"),
        (lambda x: jnp.where(jnp.abs(x) > 104, jnp.nan, jnp.exp(jnp.sin(x))), "no finite value"),
        (lambda x: (1 - jnp.cos(jnp.sin(x))) ** 2, "begins with the fourth power"),
    ],
)
def test_the_reason_is_the_functions_own(fn: Any, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        numerical_kernels(fn, None, 1e-6, LARGEST)


def test_too_many_waves_is_an_answer() -> None:
    d = symkern.derive("tanh(20*sin(x))", name="f")
    assert isinstance(d, NotDerived) and "waves has an error of" in str(d.reasons[-1])
    with pytest.raises(NotConvergedError, match=r"at most 64 are summed; a looser tolerance takes fewer"):
        f = sympy.lambdify(x, parse_activation("1/(1.05 + cos(x))", []), "numpy")
        found = period(f, reach(LARGEST))
        assert found is not None
        waves(f, found, LARGEST, 1e-10, 2e-7, reach(LARGEST))
    kinks = symkern.derive("abs(sin(x)) + tanh(sin(x))", name="f")
    assert isinstance(kinks, NotDerived) and "kinks" in str(kinks.reasons[-1])


@pytest.mark.parametrize(
    ("formula", "positive", "zeros"),
    [
        ("2 + cos(x)", True, False),
        ("1 + cos(x)", False, True),
        ("-2 - 1/cosh(x)", False, False),
        ("exp(x) + cos(x)", False, True),
        ("exp(x) + cos(x) + 1.5", True, False),
        ("2 + tanh(x)*cos(x)", True, False),
        ("x**4 - 3", False, True),
        ("sqrt(1 + sin(x)**2) - 1/2", True, False),
        ("log(2 + cos(x)) + 1", True, False),
        ("x**3 + 1", False, True),
        ("1/(2 + sin(x)) - 1/4", True, False),
        ("1/(1 + x**2) - 2", False, False),
        ("1 - exp(-1000 - cos(x))*cosh(x)", False, True),
        ("cos(sqrt(-1 - x**2)) - 2", False, True),
        ("10**17 + 9 + 7*cos(x) - 10**17*tanh(x)", False, True),
        ("x**5 + 100", False, True),
    ],
)
def test_ranges(formula: str, positive: bool, zeros: bool) -> None:
    """A denominator or the argument of a logarithm that has no zero is no breakpoint for the oracle."""
    f = sympy.sympify(formula, {"x": x})
    assert (is_positive(f), has_zeros(f)) == (positive, zeros)
