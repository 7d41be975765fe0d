"""The oracle on kinks and jumps against closed forms typed by hand: is it accurate, and never too sure of itself?"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.oracle import Value, d_nngp, nngp, variance
from symkern.oracle.inputs import Covariance
from symkern.oracle.mehler import mehler
from symkern.oracle.pieces import pieces_of
from symkern.symbols import x

Kernel = Callable[[mpf, mpf, mpf], mpf]
HALF = sp.Rational(1, 2)
E16 = Fraction(1, 10**16)
relu, clip = sp.Max(0, x), sp.Max(-1, sp.Min(1, x))
elu = sp.Piecewise((x, x > 0), (sp.exp(x) - 1, True))
leaky = sp.Max(x, x / 10)
step = sp.Heaviside(x - 1)
gelu_kink = sp.Abs(x) * sp.erf(x) / 2 + sp.Max(0, x)


def angle(c: mpf, v: mpf, w: mpf) -> tuple[mpf, mpf, mpf]:
    """``(r, sqrt(1 - r**2), acos(-r))``."""
    r = c / mp.sqrt(v * w) if v * w else mpf(0)
    return r, mp.sqrt(max(v * w - c * c, 0) / (v * w)) if v * w else mpf(1), mp.acos(-r)


def arc0(c: mpf, v: mpf, w: mpf) -> mpf:
    return angle(c, v, w)[2] / (2 * mp.pi)


def arc1(c: mpf, v: mpf, w: mpf) -> mpf:
    r, s, t = angle(c, v, w)
    return mp.sqrt(v * w) * (s + r * t) / (2 * mp.pi)


def arc2(c: mpf, v: mpf, w: mpf) -> mpf:
    r, s, t = angle(c, v, w)
    return v * w * (3 * s * r + t * (1 + 2 * r * r)) / (2 * mp.pi)


def sign_kernel(c: mpf, v: mpf, w: mpf) -> mpf:
    return 2 / mp.pi * mp.asin(angle(c, v, w)[0])


def sign_slope(c: mpf, v: mpf, w: mpf) -> mpf:
    return 2 / mp.pi / mp.sqrt(v * w - c * c) if v * w > c * c else mp.inf


def abs_kernel(c: mpf, v: mpf, w: mpf) -> mpf:
    r, s, _ = angle(c, v, w)
    return 2 / mp.pi * mp.sqrt(v * w) * (s + r * mp.asin(r))


def leaky_kernel(c: mpf, v: mpf, w: mpf) -> mpf:
    """``relu(x) - relu(-x) / 10``."""
    return (1 + mpf(1) / 100) * arc1(c, v, w) - arc1(-c, v, w) / 5


def leaky_slope(c: mpf, v: mpf, w: mpf) -> mpf:
    return (1 + mpf(1) / 100) * arc0(c, v, w) + arc0(-c, v, w) / 5


def power(p: Fraction) -> Kernel:
    def kernel(c: mpf, v: mpf, w: mpf) -> mpf:
        q, r = mpf(p.numerator) / p.denominator, angle(c, v, w)[0]
        front = (v * w) ** (q / 2) * 2**q * mp.gamma((q + 1) / 2) ** 2 / mp.pi
        return front * mp.hyp2f1(-q / 2, -q / 2, mpf(1) / 2, r * r)

    return kernel


def step_slope(c: mpf, v: mpf, w: mpf) -> mpf:
    """The density at (1, 1)."""
    gap = v * w - c * c
    return mp.exp(-(v + w - 2 * c) / (2 * gap)) / (2 * mp.pi * mp.sqrt(gap)) if gap > 0 else mp.inf


KINKS: dict[str, tuple[Expr, Kernel, Kernel | None]] = {
    "heaviside": (sp.Heaviside(x), arc0, lambda c, v, w: sign_slope(c, v, w) / 4),
    "relu": (relu, arc1, arc0),
    "relu squared": (relu**2, arc2, lambda c, v, w: 4 * arc1(c, v, w)),
    "leaky relu": (leaky, leaky_kernel, leaky_slope),
    "sign": (sp.sign(x), sign_kernel, sign_slope),
    "abs": (sp.Abs(x), abs_kernel, sign_kernel),
}
POWERS = {
    str(p): (sp.Abs(x) ** sp.Rational(p.numerator, p.denominator), power(p), None)
    for p in (Fraction(1, 2), Fraction(3, 10), Fraction(-1, 4), Fraction(5, 3), Fraction(3))
}
POINTS = (
    (Fraction(1, 2), Fraction(1), Fraction(1)),
    (Fraction(-3, 10), Fraction(9, 4), Fraction(1, 100)),
    (Fraction(1, 10**12), Fraction(1), Fraction(1, 4)),
    (1 - E16, Fraction(1), Fraction(1)),
    (-1 + E16, Fraction(1), Fraction(1)),
    (Fraction(1), Fraction(4), Fraction(1, 4)),
    (Fraction(-1), Fraction(1, 9), Fraction(1)),
    (Fraction(9, 10), Fraction(10**4), Fraction(10**4)),
    (Fraction(-99, 100), Fraction(1, 10**8), Fraction(1, 10**8)),
    (Fraction(1, 2), Fraction(10**4), Fraction(1, 10**8)),
    (Fraction(-1, 10**12), Fraction(10**4), Fraction(1, 10**4)),
    (1 - Fraction(1, 10**6), Fraction(10**4), Fraction(1, 10**4)),
)


def numbers(point: tuple[Fraction, Fraction, Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    rho, v, w = point
    return rho * Fraction(math.isqrt(v.numerator * w.numerator), math.isqrt(v.denominator * w.denominator)), v, w


def judge(value: Value, exact: mpf | Kernel, at: tuple[Any, ...] = (), least: float = 0, what: str = "") -> None:
    """The error covers the distance, the digits are there."""
    with workdps(200):
        want = exact(*(mpf(Fraction(q).numerator) / Fraction(q).denominator for q in at)) if callable(exact) else exact
        if mp.isinf(want):
            assert value.method == "divergent", what
            return
        assert abs(value.value - want) <= value.error + abs(want) * mpf(10) ** -150, f"{what}: {value}, {want}"
        if value.value:
            assert value.digits >= least, f"{what}: {value.digits}"
            assert abs(value.value - want) <= abs(want) * mpf(10) ** -least
        else:
            assert value.error < mpf(10) ** -60 or not least, what


@pytest.mark.parametrize("name", KINKS)
def test_ordinary_points(name: str) -> None:
    f, kernel, slope = KINKS[name]
    for point in POINTS[:1]:
        at = numbers(point)
        judge(nngp(f, *at), kernel, at, 30, f"{name}, {point}")
        judge(d_nngp(f, *at), slope, at, 30, f"{name}', {point}")


@pytest.mark.parametrize("name", ["relu", "sign", "abs"])
def test_everywhere(name: str) -> None:
    f, kernel, slope = KINKS[name]
    for point in POINTS[2:]:
        at = numbers(point)
        judge(nngp(f, *at, digits=12), kernel, at, 12, f"{name}, {point}")
        judge(d_nngp(f, *at, digits=12), slope, at, 12, f"{name}', {point}")


@pytest.mark.slow
@pytest.mark.parametrize("name", KINKS)
def test_everywhere_to_30_digits(name: str) -> None:
    f, kernel, slope = KINKS[name]
    for point in POINTS:
        at = numbers(point)
        judge(nngp(f, *at), kernel, at, 30, f"{name}, {point}")
        judge(d_nngp(f, *at), slope, at, 30, f"{name}', {point}")


@pytest.mark.parametrize("name", ["-1/4"])
def test_powers(name: str) -> None:
    f, kernel, _ = POWERS[name]
    for point in POINTS[:7:3]:
        at = numbers(point)
        judge(nngp(f, *at, digits=12), kernel, at, 12, f"|x|**{name}, {point}")


@pytest.mark.slow
@pytest.mark.parametrize("name", POWERS)
def test_powers_everywhere(name: str) -> None:
    f, kernel, _ = POWERS[name]
    for point in POINTS:
        at = numbers(point)
        judge(nngp(f, *at, digits=25), kernel, at, 25, f"|x|**{name}, {point}")


def below(t: mpf) -> mpf:
    return mp.erfc(-t / mp.sqrt(2)) / 2


def clip_square(v: mpf) -> mpf:
    a = 1 / mp.sqrt(v)
    return v * (mp.erf(a / mp.sqrt(2)) - 2 * a * mp.npdf(a)) + mp.erfc(a / mp.sqrt(2))


def elu_square(v: mpf) -> mpf:
    d = mp.sqrt(v)
    return v / 2 + mp.exp(2 * v) * below(-2 * d) - 2 * mp.exp(v / 2) * below(-d) + mpf(1) / 2


def elu_mean(v: mpf) -> mpf:
    d = mp.sqrt(v)
    return d * mp.npdf(0) + mp.exp(v / 2) * below(-d) - mpf(1) / 2


@pytest.mark.parametrize("v", [Fraction(1, 10**8), Fraction(1, 4), Fraction(3), Fraction(10**4)], ids=str)
def test_one_dimension(v: Fraction) -> None:
    with workdps(200):
        s = mpf(v.numerator) / v.denominator
        d = mp.sqrt(s)
        judge(variance(clip, v), clip_square(s), least=30, what="clip, 1")
        judge(nngp(clip, -v, v, v), -clip_square(s), least=30, what="clip, -1")
        judge(d_nngp(clip, -v, v, v), mp.erf(1 / d / mp.sqrt(2)), least=30, what="clip', -1")
        judge(variance(elu, v), elu_square(s), least=30, what="elu, 1")
        judge(nngp(elu, -v, v, v), -2 * s * mp.exp(s / 2) * below(-d), least=30, what="elu, -1")
        judge(nngp(elu, 0, v, 2), elu_mean(s) * elu_mean(mpf(2)), least=30, what="elu, 0")
        slope = (mpf(1) / 2 + mp.exp(s / 2) * below(-d)) / 2
        judge(d_nngp(elu, 0, v, 0), 2 * slope, least=30, what="elu', var2 = 0")
        judge(d_nngp(relu, 0, v, 0), mpf(1) / 4, least=30, what="relu', var2 = 0: the mean of both sides")


def test_point_masses() -> None:
    for at in ((Fraction(1, 2), 1, 2), (-1 + Fraction(1, 10**6), 1, 1), (1 - E16, 1, 1), (0, 1, Fraction(1, 4))):
        judge(d_nngp(step, *at), step_slope, at, 30, f"step', {at}")
    with workdps(60):
        mean = mp.npdf(1) + below(mpf(-1))  # of (x H(x - 1))': the jump and the part beyond
        judge(d_nngp(x * step, 0, 1, 1), mean**2, least=30, what="a jump and a slope, 0")
        crossed = 2 * mp.npdf(1) * below(mpf(-1)) * 0
        judge(d_nngp(x * step, -1, 1, 1), crossed, what="a jump and a slope, -1: neither meets the other")
        judge(variance(step, 1), below(mpf(-1)), least=30)
    assert d_nngp(x * step, 1, 1, 1).method == "divergent", "two point masses meet"
    assert d_nngp(x * step, 2, 1, 4).digits >= 30, "they do not: the variances differ"
    assert d_nngp(sp.sign(x), 0, 0, 1).method == "divergent"
    for f in (sp.Abs(x) ** HALF, sp.Abs(x) ** (HALF / 2)):
        assert d_nngp(f, 1, 1, 1).method == "divergent", "an infinite slope is not square integrable"
    assert nngp(sp.Abs(x) ** -HALF, 1, 1, 1).method == "divergent"
    assert nngp(1 / sp.Abs(x), Fraction(1, 2), 1, 1).method == "divergent"


@pytest.mark.parametrize("f", [gelu_kink, x * step], ids=["gelu", "jump"])
def test_mehlers_series_agrees(f: Expr) -> None:
    at = Fraction(-7, 10), Fraction(3, 2), Fraction(1, 2)
    covariance = Covariance.of(*at)
    for value, pieces in (
        (nngp(f, *at, digits=12), pieces_of(f)),
        (d_nngp(f, *at, digits=12), pieces_of(f).derivative()),
    ):
        other = mehler(pieces, covariance, 1e7, 18)
        assert other is not None
        assert value.digits >= 12
        with workdps(60):
            assert abs(value.value - other) <= value.error + mpf(10) ** -17


def test_far_knots() -> None:
    """What lies beyond a hundred deviations is not answered, or only as far as it is seen."""
    tiny = Fraction(1, 10**8)
    for f, at in ((step, (tiny / 2, tiny, tiny)), (step, (Fraction(1, 200), 10**4, tiny)), (x * step, (0, tiny, 1))):
        for value in (nngp(f, *at), d_nngp(f, *at)):
            assert value.method == "unresolved" or value.digits > 10 or not value.value
    assert nngp(step, Fraction(1, 200), 10**4, tiny).method == "unresolved"
    with workdps(30):
        far = variance(sp.Heaviside(x - 50), 1)
        assert abs(far.value - below(mpf(-50))) <= far.error


STARVED = ({"max_dps": 24}, {"max_terms": 3000}, {"digits": 3}, {"max_dps": 12}, {"max_dps": 0})


@pytest.mark.parametrize("settings", STARVED, ids=str)
def test_honesty_when_starved(settings: dict[str, Any]) -> None:
    cases = {**KINKS, "power": POWERS["3/10"]}
    for name in ("relu", "sign", "power"):
        f, kernel, slope = cases[name]
        for point in POINTS[::4]:
            at = numbers(point)
            judge(nngp(f, *at, **settings), kernel, at, what=f"{name}, {point}")
            if slope is not None and abs(point[0]) < 1:
                judge(d_nngp(f, *at, **settings), slope, at, what=f"{name}', {point}")


PIECES = (
    (sp.Max(0, sp.Min(6, x)), [0, 6]),
    (sp.Abs(sp.Abs(x) - 1), [-1, 0, 1]),
    (sp.Abs(x**2 - 2), [-math.sqrt(2), math.sqrt(2)]),
    (sp.Max(sp.exp(x) - 2, x), [-1.8414056604369606, 1.1461932206205825]),
    (sp.Piecewise((1, (x > 0) & (x < 1)), (0, True)), [0, 1]),
    (sp.Piecewise((x, x > 0), (x, True)), []),
    (sp.sqrt(sp.Abs(x)) + sp.sqrt(sp.Abs(x - sp.Float(0.1))), [0, 0.1]),
    (sp.Max(0, x) * sp.Abs(x + 1), [0]),
)


@pytest.mark.parametrize(("f", "knots"), PIECES, ids=lambda p: str(p))
def test_knots(f: Expr, knots: list[float]) -> None:
    found = pieces_of(f)
    assert [float(knot.at()) for knot in found.knots] == pytest.approx(knots, rel=1e-15)
    with workdps(30):
        for place in (-7.3, -1.2, -0.4, 0.05, 0.7, 1.3, 8.1):
            piece = found.formulas[sum(1 for knot in knots if knot < place)]
            assert float(piece.subs(x, place)) == pytest.approx(float(f.subs(x, place)), rel=1e-12)
