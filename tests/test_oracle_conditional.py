"""The closed conditional expectation: against quadrature, against closed forms of the whole, and honest when starved."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import pytest
import sympy as sp
from flint import arb
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.oracle import Value, d_nngp, nngp
from symkern.oracle.balls import certain
from symkern.oracle.conditional import Closed
from symkern.oracle.inner import Conditional, Geometry
from symkern.oracle.inputs import Covariance
from symkern.oracle.measure import Measure
from symkern.oracle.mesh import Rule, mesh
from symkern.oracle.nested import nested
from symkern.oracle.pieces import Pieces, pieces_of
from symkern.oracle.settle import TooDearError
from symkern.oracle.terms import closed_terms, terms_of
from symkern.symbols import x

E12 = Fraction(1, 10**12)
HALF = Fraction(1, 2)
clip, triangle = sp.Max(-1, sp.Min(1, x)), sp.Max(0, 1 - sp.Abs(x))
elu = sp.Piecewise((x, x > 0), (sp.exp(x) - 1, True))
spline = sp.Piecewise(
    (sp.Rational(2, 3) - x**2 + sp.Abs(x) ** 3 / 2, sp.Abs(x) < 1), ((2 - sp.Abs(x)) ** 3 / 6, sp.Abs(x) < 2), (0, True)
)
hard_swish = x * sp.Max(0, sp.Min(1, x / 6 + sp.Rational(1, 2)))
step = sp.Heaviside(x - 1)
INNER = {
    "clip": clip,
    "triangle": triangle,
    "elu": elu,
    "spline": spline,
    "hard swish": hard_swish,
    "step": step,
    "jump and slope": x * step,
    "soft shrink": sp.Max(x - sp.sqrt(3), 0) + sp.Min(x + sp.sqrt(3), 0),
    "hump": triangle * sp.exp(-((x - 1) ** 2)),
    "growing": sp.Heaviside(x - 1) * sp.exp(x**2 / 20),
    "two sides": sp.Abs(x) * sp.exp(-2 * sp.Abs(x)),
    "high power": sp.Max(0, 1 - x**2) ** 6 * (1 + x),
    "sinh": sp.Max(x, 0) ** 5 - sp.sinh(sp.Abs(x) / 3) * 2**x,
}
PLACES = ((0, 1), ("0.3", "0.01"), ("1e-7", "1e-6"), (-12, 1), (7, "0.8"), (15, "1.2"), ("0.9999999", "1e-8"))


def quadrature(pieces: Pieces, mu: mpf, s: mpf) -> mpf:
    """By the numerical rule, far below the size of a tail."""
    rule, width = Rule.of(90), 24 * s
    measure, geometry = Measure.of(pieces), Geometry(mpf(1), mpf(1), s, 1.0, 24.0, mpf(1))
    return Conditional(measure, mesh(measure, mu - width, mu + width, rule), geometry, rule)(mu)


def conditional(pieces: Pieces, mu: mpf, s: mpf, scale: mpf) -> tuple[arb, mpf]:
    """In closed form, and the scale that counts."""
    closed = Closed.of(pieces, s, scale, 30)
    assert closed is not None
    return closed(arb(mu)), scale


@pytest.mark.parametrize("name", INNER)
def test_against_quadrature(name: str) -> None:
    function = pieces_of(INNER[name])
    with workdps(110):
        for k, (mu, s) in enumerate((mpf(mu), mpf(s)) for mu, s in PLACES):
            pieces = function.derivative() if k % 2 else function
            want = quadrature(pieces, mu, s)
            if abs(want) < mpf(10) ** -55:
                continue
            with workdps(40):
                found, _, _ = certain(partial(conditional, pieces, mu, s, abs(want)), 30)
            assert abs(found - want) <= mpf(10) ** -30 * abs(want), f"{mu}, {s}: {mp.nstr(found)}, {mp.nstr(want)}"


def test_what_cancels_is_computed_with_more_digits() -> None:
    rest = sp.Heaviside(x) * (sp.exp(x) - 1 - x - x**2 / 2)
    with workdps(110):
        mu, s = mpf("1e-9"), mpf("1e-10")
        want = quadrature(pieces_of(rest), mu, s)
    bits = []

    def counted(scale: mpf) -> tuple[arb, mpf]:
        bits.append(mp.prec)
        return conditional(pieces_of(rest), mu, s, scale)

    with workdps(40):
        found, _, radius = certain(partial(counted, want), 30)
        assert abs(found / want - 1) < mpf(10) ** -30
        assert abs(found - want) <= radius
        assert bits[-1] > bits[0] + 60
        bits.clear()
        certain(partial(counted, mpf(1)), 30)
        assert len(bits) == 1, "of a small value few digits count"


def test_sums_are_recognised() -> None:
    half, third = sp.Rational(1, 2), sp.Rational(1, 3)
    assert terms_of(x * (x / 6 + half)) == {(0, 0): {2: sp.Rational(1, 6), 1: half}}
    assert terms_of(sp.exp(-((x - 1) ** 2)) * x) == {(-1, 2): {1: sp.exp(-1)}}
    assert terms_of((sp.exp(x) - 1) ** 2) == {(0, 2): {0: 1}, (0, 1): {0: -2}, (0, 0): {0: 1}}
    assert terms_of(sp.sinh(x) + 2 ** (x * third)) == {
        (0, 1): {0: half},
        (0, -1): {0: -half},
        (0, sp.log(2) * third): {0: 1},
    }
    others = (sp.sin(x), sp.tanh(x), 1 / x, sp.sqrt(x), sp.exp(x**3), sp.exp(sp.exp(x)), x**sp.pi, x**99, (-2) ** x)
    assert [terms_of(f) for f in others] == [None] * len(others)
    assert closed_terms(pieces_of(sp.Max(x, sp.atan(x)))) is None
    assert Closed.of(pieces_of(step * sp.exp(x**2 / 2)), mpf(1), mpf(1), 12) is None, "no expectation, or none this way"


@pytest.mark.parametrize("f", [clip, triangle, elu, spline, hard_swish, x * step], ids=str)
def test_the_numerical_rule_agrees(f: Expr) -> None:
    """Beyond the correlations of Mehler's series, so that the second value is by quadrature inside."""
    for question, at in ((nngp, (Fraction(-99, 100), 1, 1)), (d_nngp, (Fraction(49, 50), 2, HALF))):
        value = question(f, *at, digits=12, check=True)
        assert value.digits >= 12
        assert value.cross is not None
        assert value.cross != value.value
        assert abs(value.value - value.cross) <= value.error


def beyond(c: mpf, v: mpf, w: mpf) -> mpf:
    """``P(X > 1, Y > 1)`` by Plackett's identity."""
    h, k, rho = 1 / mp.sqrt(v), 1 / mp.sqrt(w), c / mp.sqrt(v * w)
    tail = mp.erfc(h / mp.sqrt(2)) * mp.erfc(k / mp.sqrt(2)) / 4
    top = mp.atan2(rho, mp.sqrt((v * w - c * c) / (v * w)))
    density = lambda t: mp.exp(-(h * h - 2 * h * k * mp.sin(t) + k * k) / (2 * mp.cos(t) ** 2)) / (2 * mp.pi)  # noqa: E731
    return tail + mp.quad(density, mp.linspace(0, top, 9))


def judge(value: Value, want: mpf, least: float = 0) -> None:
    """The error covers the distance, the digits are there."""
    assert abs(value.value - want) <= value.error + abs(want) * mpf(10) ** -50
    assert value.digits >= least


SETTINGS: tuple[tuple[dict[str, Any], float], ...] = (
    ({"digits": 30}, 30),
    ({"digits": 20, "max_dps": 24}, 0),
    ({"max_terms": 3000}, 0),
    ({"digits": 3}, 3),
    ({"max_dps": 16}, 0),
)


@pytest.mark.parametrize(("settings", "least"), SETTINGS, ids=str)
def test_the_step(settings: dict[str, Any], least: float) -> None:
    for c, v, w in ((HALF, 1, 1), (Fraction(-9, 10), 1, 2), (1 - E12, 1, 1), (E12, 4, 1), (Fraction(10), 10**4, HALF)):
        with workdps(60):
            numbers = [mpf(Fraction(q).numerator) / Fraction(q).denominator for q in (c, v, w)]
            judge(nngp(step, c, v, w, **settings), beyond(*numbers), least)


def below(t: mpf) -> mpf:
    return mp.erfc(-t / mp.sqrt(2)) / 2


def squares(f: Expr, v: mpf) -> tuple[mpf, mpf]:
    """``E[f**2]`` and ``E[f'**2]`` of clip and elu."""
    d = mp.sqrt(v)
    if f is clip:
        inside, a = mp.erf(1 / d / mp.sqrt(2)), 1 / d
        return v * (inside - 2 * a * mp.npdf(a)) + mp.erfc(a / mp.sqrt(2)), inside
    once, twice = mp.exp(v / 2) * below(-d), mp.exp(2 * v) * below(-2 * d)
    return v / 2 + twice - 2 * once + mpf(1) / 2, mpf(1) / 2 + twice


@pytest.mark.parametrize("f", [clip, elu], ids=str)
@pytest.mark.parametrize("v", [Fraction(1, 10**8), Fraction(1), Fraction(10**4)], ids=str)
def test_next_to_a_correlation_of_one(f: Expr, v: Fraction) -> None:
    """The kernel is convex and rising for positive correlations: its slope there brackets the distance to its end."""
    value, slope = (question(f, v * (1 - E12), v, v) for question in (nngp, d_nngp))
    with workdps(60):
        whole, steepest = squares(f, mpf(v.numerator) / v.denominator)
        fall, step_ = whole - value.value, mpf(v.numerator) / v.denominator / 10**12
        assert min(value.digits, slope.digits) >= 30
        assert slope.value * step_ - value.error <= fall <= steepest * step_ + value.error
        assert slope.value > steepest * (1 - mpf(10) ** -3)


@pytest.mark.parametrize("v", [Fraction(1, 10**8), Fraction(1), Fraction(10**4)], ids=str)
def test_next_to_independence(v: Fraction) -> None:
    """Two terms of Mehler's series; the rest is below ``rho**2`` of the whole, and below ``rho**3`` if it is odd."""
    with workdps(60):
        s, rho = mpf(v.numerator) / v.denominator, mpf(10) ** -12
        d, once = mp.sqrt(s), mp.exp(s / 2) * below(-mp.sqrt(s))
        mean, slope = d * mp.npdf(0) + once - mpf(1) / 2, mpf(1) / 2 + once
        value = nngp(elu, v * E12, v, v)
        assert value.digits >= 30
        assert abs(value.value - mean**2 - rho * s * slope**2) <= rho**2 * squares(elu, s)[0] + value.error
        value = nngp(clip, -v * E12, v, v)
        square, slope = squares(clip, s)
        assert value.digits >= 30
        assert abs(value.value + rho * s * slope**2) <= rho**3 * square + value.error


def test_what_was_dear_is_cheap() -> None:
    pieces, covariance = pieces_of(triangle), Covariance.of(Fraction(3, 10), 1, 2)
    value = nested(pieces, True, covariance, 2000, 24).value
    with pytest.raises(TooDearError):
        nested(pieces, True, covariance, 2000, 24, numerical=True)
    numerical = nested(pieces, True, covariance, 1e6, 24, numerical=True).value
    assert 0 < abs(value - numerical) < mpf(10) ** -24
