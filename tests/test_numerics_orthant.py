"""Moments of real powers over a quadrant, and powers themselves, against mpmath: every correlation, both dtypes.

Most cases run one operation at a time, which compiles nothing; the test of the modes ties the compiled results to that.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numerics_points import DIGITS, DTYPES, FLOAT32, FLOAT64, mpf_of, one_by_one, ulps, with_low_words, worst_error, x64
from orthant_reference import by_angle, diagonal, difference, quadrant, total

from symkern.numerics import (
    DoubleWord,
    double_word,
    double_words,
    gap,
    orthant,
    orthant_difference,
    orthant_sum,
    power,
)

KINDS = {orthant: quadrant, orthant_difference: difference, orthant_sum: total}
BASES = ["-1/3", "-1/4", "1/5", "1/3", "1/2", "0.5000001", "2/3", "1", "3/2", "2", "9/4", "5/2", "7", "10.3"]
EQUAL = sorted({Fraction(p) - k for p in BASES for k in (0, 1, 2)})
UNEQUAL = [("3/2", "1"), ("1/2", "0"), ("5/2", "-1/2"), ("1/2", "5/2"), ("-3/2", "1/2"), ("2", "-1"), ("32", "-1/2")]
PAIRS = [*((p, p) for p in EQUAL), *((Fraction(p), Fraction(q)) for p, q in UNEQUAL), (Fraction(32), Fraction(32))]
SOON = ["-7/3", "-1.4999999", "-1/2", "1/3", "0.5000001", "3/2"]
FIRST = [*((Fraction(p), Fraction(p)) for p in SOON), *PAIRS[-7:-4:2], PAIRS[-2]]
"""Run always; the other pairs take a minute more."""
RHO = [0, 1e-12, 1e-5, 0.02, 0.3, 0.6, 0.8, 0.97, 1 - 1e-4, 1 - 1e-7, 1 - 1e-10, 1 - 1e-15]
BOUND = {FLOAT32: 2.0**-40, FLOAT64: 2.0**-80}
"""Measured: 2^-41.6 (p = q = 32; 2^-43 for p < 11) and 2^-84."""


@pytest.fixture(autouse=True)
def _x64():
    with x64(), mpmath.workdps(DIGITS):
        yield


def moment(kind: Any, p: Any, q: Any, *covariance: Any) -> DoubleWord:
    return kind(p, q, *double_words(*covariance), gap(*covariance))


def sampled(dtype: Any) -> tuple[np.ndarray, ...]:
    """Both signs of every correlation, at equal and unequal variances from 1e-8 to 1e4."""
    random = np.random.default_rng(1)
    rho = np.array([s * r for r in RHO for s in (-1, 1)])
    v1, v2 = 10.0 ** random.uniform(-8, 4, (2, rho.size))
    v1, v2 = v1.astype(dtype), np.where(np.arange(rho.size) % 4 < 2, v1, v2).astype(dtype)
    return (rho * np.sqrt(v1.astype(float) * v2)).astype(dtype), v1, v2


def checked(found: DoubleWord, exact: list[Any], sizes: list[Any], dtype: Any) -> None:
    """Right to the bound where all words are normal, to one float's accuracy down to the smallest normal number."""
    form = np.finfo(dtype)
    least, most = mpmath.mpf(float(form.tiny)) / float(form.epsneg) ** 2, mpmath.mpf(float(form.max))
    normal = np.array([least < abs(x) < most for x in exact])
    errors = [abs(f - e) / s for f, e, s, fine in zip(mpf_of(found), exact, sizes, normal, strict=True) if fine]
    assert max(errors) <= BOUND[dtype]
    small = np.array([form.tiny < abs(x) <= least for x in exact])
    if small.any():
        assert ulps(found.value[small], [x for x, low in zip(exact, small, strict=True) if low]).max() <= 1.5


def inside(covariance: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """The points, with half the covariance where that is ρ = ±1 in this dtype: one shape, so that little is compiled."""
    c, v1, v2 = covariance
    return np.where(np.asarray(gap(c, v1, v2).hi) > 0, c, c / 2), v1, v2


def repeated(*numbers: Any, dtype: Any) -> tuple[np.ndarray, ...]:
    """The shape of the other tests."""
    return tuple(np.full(2 * len(RHO), x, dtype) for x in numbers)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("p", "q"), [pytest.param(*pair, marks=() if pair in FIRST else pytest.mark.slow) for pair in PAIRS], ids=str
)
def test_moments_are_right_at_every_correlation(p, q, dtype):
    covariance = inside(sampled(dtype))
    exact = [quadrant(p, q, *at) for at in zip(*map(mpf_of, covariance), strict=True)]
    found = one_by_one(moment)(orthant, p, q, *covariance)
    checked(found, exact, [abs(x) for x in exact], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", [orthant_difference, orthant_sum], ids=["difference", "sum"])
@pytest.mark.parametrize(("p", "q"), [("-1/3", "-1/3"), ("5/2", "-1/2")], ids=str)
def test_even_and_odd_parts(p, q, kind, dtype):
    p, q = Fraction(p), Fraction(q)
    covariance = inside(sampled(dtype))
    exact = [KINDS[kind](p, q, *at) for at in zip(*map(mpf_of, covariance), strict=True)]
    found = one_by_one(moment)(kind, p, q, *covariance)
    checked(found, exact, [abs(x) or mpmath.mpf(1) for x in exact], dtype)
    mirrored = one_by_one(moment)(kind, p, q, -covariance[0], *covariance[1:])
    sign = -1 if kind is orthant_difference else 1
    np.testing.assert_array_equal(mirrored.hi, sign * found.hi)
    np.testing.assert_array_equal(mirrored.lo, sign * found.lo)


@pytest.mark.parametrize(("p", "q"), [("1/2", "1/2"), ("3/2", "1"), ("-1/4", "1/5"), ("5/2", "-1/2")])
def test_reference_agrees_with_the_integral_over_the_angle(p, q):
    p, q = Fraction(p), Fraction(q)
    for rho in (-0.9, 0.2, 0.95):
        at = mpmath.mpf(rho) * mpmath.sqrt(mpmath.mpf(3) / 2), mpmath.mpf(3), mpmath.mpf(1) / 2
        with mpmath.workdps(20):
            assert abs(by_angle(p, q, *at) / quadrant(p, q, *at) - 1) < 1e-9


HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", ["-2/5", "0.5000001"])
def test_at_full_correlation(p, dtype):
    p = Fraction(p)
    (v,) = repeated(1.7, dtype=dtype)
    q = p + HALF
    above, below = (one_by_one(moment)(orthant, p, q, c, v, v) for c in (v, -v))
    exact = [diagonal(p, q, x, x) for x in mpf_of(v)]
    assert worst_error(above, exact) <= BOUND[dtype]
    np.testing.assert_array_equal(below.value, 0)
    assert worst_error(one_by_one(moment)(orthant_difference, p, q, -v, v, v), [-x for x in exact]) <= BOUND[dtype]


def infinite(sign: int) -> float:
    return sign * float("inf")


@pytest.mark.parametrize(
    ("p", "q", "at", "value"),
    [
        (-HALF, -HALF, (-2, 2, 2), mpmath.sqrt(2 / mpmath.pi) / 8 * mpmath.sqrt(2)),  # m = 0: 2^(-3/2) / √(π v)
        (-HALF, -HALF, (2, 2, 2), infinite(1)),
        (-1, -1, (2, 2, 2), infinite(1)),
        (-1, -1, (-2, 2, 2), infinite(1)),
        (Fraction(-5, 3), Fraction(-5, 3), (-2, 2, 2), infinite(-1)),
        (Fraction(-5, 3), Fraction(-5, 3), (2, 2, 2), infinite(1)),
        (Fraction(-3, 2), HALF, (2, 2, 2), infinite(-1)),
        (-1, 5, (2, 2, 2), 0),
        (0, 0, (0, 2, 3), Fraction(1, 4)),
        (0, 0, (2, 2, 2), Fraction(1, 2)),
        (0, 0, (0, 0, 3), Fraction(1, 4)),
        (0, 0, (0, 0, 0), Fraction(1, 4)),
        (0, 1, (0, 0, 8 * mpmath.pi), 1),
        (HALF, HALF, (0, 0, 3), 0),
        (HALF, HALF, (0, 3, 0), 0),
        (-HALF, 1, (0, 0, 3), infinite(1)),
        (Fraction(-9, 4), 1, (0, 0, 3), infinite(-1)),
        (-2, 1, (0, 0, 3), 0),
        (1, -1, (0, 0, 0), 1 / (2 * mpmath.pi)),
        (THIRD, THIRD, (0, 0, 0), 0),
        (-THIRD, -THIRD, (0, 0, 0), infinite(1)),
        (-1, -2, (0.3, 1, 2), 0),
        (HALF, HALF, (float("nan"), 1, 1), float("nan")),
        (HALF, HALF, (0, float("nan"), 0), float("nan")),
        (HALF, HALF, (0, 1, -1), float("nan")),
    ],
)
def test_special_values(p, q, at, value):
    found = one_by_one(moment)(orthant, p, q, *repeated(*at, dtype=FLOAT32)).value
    np.testing.assert_allclose(found, FLOAT32(value), rtol=2.0**-23)


def test_parts_that_vanish_identically():
    """A density at 0 is even in the covariance, its derivative odd."""
    for kind, p in ((orthant_difference, -1), (orthant_sum, -2)):
        np.testing.assert_array_equal(one_by_one(moment)(kind, p, HALF, *repeated(0.3, 1, 1, dtype=FLOAT32)).value, 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_variables_may_change_places(dtype):
    c, v1, v2 = sampled(dtype)
    for p, q in ((THIRD, THIRD), (Fraction(5, 2), HALF)):
        one, other = one_by_one(moment)(orthant, p, q, c, v1, v2), one_by_one(moment)(orthant, q, p, c, v2, v1)
        np.testing.assert_array_equal(one.hi, other.hi)
        np.testing.assert_array_equal(one.lo, other.lo)


def slopes(function: Any, *arguments: int) -> Any:
    """The derivatives of an elementwise function, without a batch of scalars."""
    return one_by_one(jax.grad(lambda *at: function(*at).sum(), arguments))


@pytest.mark.parametrize(
    ("p", "dtype"),
    [(THIRD, FLOAT32), *(pytest.param(p, FLOAT64, marks=pytest.mark.slow) for p in (THIRD, HALF, Fraction(3, 2)))],
)
def test_derivatives(p, dtype):
    """By the three arguments, first and (by cov12) second: those stated, and finite at ρ = ±1."""
    covariance = inside(sampled(dtype))

    def value(*at: Any) -> Any:
        return moment(orthant, p, p, *at).value

    first = slopes(value, 0, 1, 2)(*covariance)
    (second,) = slopes(lambda *at: jax.grad(lambda *x: value(*x).sum())(*at), 0)(*covariance)
    points = list(zip(*map(mpf_of, covariance), strict=True))
    shifts = [(1, 1, 1), (2, 0, 2), (0, 2, 2)]
    for found, (i, j, n) in zip([*first, second], [*shifts, (2, 2, 1)], strict=True):
        exact = [quadrant(p - i, p - j, *at) / n for at in points]
        fine = np.array([np.finfo(dtype).tiny < abs(x) < np.finfo(dtype).max for x in exact])
        assert fine.sum() > 4
        assert ulps(found[fine], [x for x, good in zip(exact, fine, strict=True) if good]).max() <= 2
    (v,) = repeated(1, dtype=dtype)
    ends = slopes(value, 0, 1, 2)(np.where(np.arange(v.size) % 2, v, -v), v, v)
    assert all(np.isfinite(x).all() for x in ends)


@pytest.mark.slow
def test_derivatives_of_the_parts():
    at = repeated(0.3, 1, 2, dtype=FLOAT64)
    for kind in (orthant_difference, orthant_sum):
        found = slopes(lambda *x, k=kind: moment(k, HALF, HALF, *x).value, 0, 1)(*at)
        other = {orthant_difference: total, orthant_sum: difference}[kind]
        words = [mpmath.mpf(float(x[0])) for x in at]
        exact = other(-HALF, -HALF, *words), KINDS[kind](Fraction(-3, 2), HALF, *words) / 2
        np.testing.assert_allclose([float(x[0]) for x in found], [float(x) for x in exact], rtol=1e-15)


@pytest.mark.parametrize(
    ("dtype", "kind"), [(FLOAT32, orthant), pytest.param(FLOAT64, orthant_difference, marks=pytest.mark.slow)]
)
def test_modes_agree(dtype, kind):
    """Compiled, mapped and one operation at a time: the same floats."""
    covariance = sampled(dtype)
    slowly = one_by_one(moment)(kind, HALF, HALF, *covariance)
    compiled = jax.jit(lambda *at: moment(kind, HALF, HALF, *at))
    quickly = compiled(*covariance)
    np.testing.assert_array_max_ulp(np.asarray(quickly.value), np.asarray(slowly.value), 1)
    mapped = one_by_one(jax.vmap(lambda c, v1: moment(kind, HALF, HALF, c, v1, dtype(2))))(*covariance[:2])
    whole = one_by_one(moment)(kind, HALF, HALF, *covariance[:2], dtype(2))
    np.testing.assert_array_equal(np.asarray(mapped.value), np.asarray(whole.value))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    st.fractions(-2, 12, max_denominator=40),
    st.fractions(-2, 12, max_denominator=40),
    st.floats(-0.999999, 0.999999),
    st.floats(1e-6, 1e3),
)
def test_any_powers(p, q, rho, v):
    """Symmetry, sign and the reference, for whatever powers; beside a zero the error counts against the neighbours."""
    with x64(), mpmath.workdps(DIGITS):
        at = repeated(rho * np.sqrt(v), v, 1.0, dtype=FLOAT64)
        found = one_by_one(moment)(orthant, p, q, *at)
        words = [mpmath.mpf(float(x[0])) for x in at]
        exact = quadrant(p, q, *words)
        size = abs(exact)
        if min(p, q) < -1:
            beside = words[0] * (1 - mpmath.mpf(2) ** -10) or mpmath.sqrt(words[1]) * mpmath.mpf(2) ** -20
            size += abs(quadrant(p, q, beside, *words[1:]) - exact)
        assert abs(mpf_of(found)[0] - exact) <= size * 2.0**-72
        if min(p, q) > -1:
            assert found.hi[0] > 0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("r", ["-5/2", "1e-9", "1/3", "1", "8"])
def test_powers(r, dtype):
    r = Fraction(r)
    size = min(30.0, 30 / max(1.0, abs(float(r))))
    x = with_low_words(np.random.default_rng(2), 10.0 ** np.linspace(-size, size, 2 * len(RHO)), dtype)
    found = one_by_one(power)(x, r)
    exact = [a ** (mpmath.mpf(r.numerator) / r.denominator) for a in mpf_of(x)]
    checked(found, exact, exact, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_special_powers(dtype):
    x = double_word(jnp.asarray([0, np.inf, -1, np.nan], dtype), dtype)
    for r, at_zero, at_infinity in ((HALF, 0, np.inf), (Fraction(0), 1, 1), (-HALF, np.inf, 0)):
        np.testing.assert_array_equal(one_by_one(power)(x, r).value, [at_zero, at_infinity, np.nan, np.nan])


def test_derivatives_of_powers():
    def value(x: Any) -> Any:
        return power(double_word(x, FLOAT64), Fraction(3, 2)).value

    assert one_by_one(jax.grad(value))(2.0) == pytest.approx(1.5 * 2**0.5, rel=1e-15)
    assert one_by_one(jax.grad(jax.grad(value)))(2.0) == pytest.approx(0.75 / 2**0.5, rel=1e-15)
    assert one_by_one(jax.grad(jax.grad(value)))(0.0) == 0  # infinite
