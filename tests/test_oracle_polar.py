"""The oracle's rule for homogeneous activations, against hypergeometric functions and against its nested rule."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.oracle import d_nngp, nngp
from symkern.oracle.pieces import pieces_of
from symkern.oracle.polar import homogeneous
from symkern.symbols import x

TINY = Fraction(1, 10**16)
POINTS = (
    (Fraction(3, 10), Fraction(1), Fraction(2)),
    (Fraction(-999, 1000), Fraction(1), Fraction(1)),
    (1 - TINY, Fraction(1), Fraction(1)),
    (TINY - 1, Fraction(1), Fraction(1)),
    (Fraction(1, 10**12), Fraction(1, 10**8), Fraction(10**4)),
)
POWERS = (Fraction(-1, 4), Fraction(1, 3), Fraction(1, 2), Fraction(1), Fraction(5, 2), Fraction(7))


def even(p: mpf, rho: mpf) -> mpf:
    """``E|X|^p|Y|^p`` at unit variances."""
    return 2**p * mp.gamma((p + 1) / 2) ** 2 / mp.pi * mp.hyp2f1(-p / 2, -p / 2, mpf(1) / 2, rho**2)


def odd(p: mpf, rho: mpf) -> mpf:
    """The same with the signs of X and Y."""
    return 2 ** (p + 1) * mp.gamma(p / 2 + 1) ** 2 / mp.pi * rho * mp.hyp2f1((1 - p) / 2, (1 - p) / 2, 1.5, rho**2)


@pytest.mark.parametrize("p", POWERS, ids=str)
@pytest.mark.parametrize("right", [0, 1, -3])
def test_powers(p: Fraction, right: int) -> None:
    """``f = |x|^p (1 + b sign(x))/2 + ...``: the kernel is ``u² even + w² odd``."""
    power = sp.Abs(x) ** sp.Rational(p.numerator, p.denominator)
    f = sp.Piecewise((right * power, x > 0), (power, True))
    u, w = mpf(right + 1) / 2, mpf(right - 1) / 2
    for c, v1, v2 in POINTS:
        with workdps(320):
            scale = mp.sqrt(mpf(v1.numerator) / v1.denominator * v2.numerator / v2.denominator)
            rho, q = mpf(c.numerator) / c.denominator / scale, mpf(p.numerator) / p.denominator

            def kernel(r: mpf) -> mpf:
                return scale**q * (u**2 * even(q, r) + w**2 * odd(q, r))  # noqa: B023

            want = kernel(rho)
            step = mpf(10) ** -70
            slope = (kernel(rho + step) - kernel(rho - step)) / (2 * step) / scale
            found, d_found = nngp(f, c, v1, v2), d_nngp(f, c, v1, v2)
            assert abs(found.value - want) <= min(found.error, abs(want) * mpf(10) ** -30)
            assert abs(d_found.value - slope) <= d_found.error + abs(slope) * mpf(10) ** -60
            assert d_found.digits >= 30


@pytest.mark.parametrize("f", [sp.Max(0, x), sp.sqrt(sp.Abs(x)), 2 * x - sp.Abs(x)], ids=str)
def test_the_nested_rule_agrees(f: Expr) -> None:
    for question in (nngp, d_nngp):
        value = question(f, Fraction(-3, 4), Fraction(2), Fraction(1, 3), digits=15, check=True)
        assert value.method == "polar"
        assert value.cross is not None
        assert abs(value.value - value.cross) <= value.error
        assert value.digits >= 14


def test_what_is_homogeneous() -> None:
    for f in (sp.Max(0, x - 1), sp.Max(0, x) + 1, sp.Max(0, x) * sp.exp(x), sp.Abs(x) + x * sp.Abs(x)):
        assert homogeneous(pieces_of(f)) is None
    found = homogeneous(pieces_of(x * sp.sqrt(sp.Abs(x))))
    assert found is not None
    assert found.power == sp.Rational(3, 2)


def test_a_derivative_that_is_not_integrable() -> None:
    """Only at ``|rho| = 1`` is the slope of ``|x|^(-1/4)`` infinite; what no rule finds is not called so."""
    rough = sp.Abs(x) ** sp.Rational(-1, 4)
    assert d_nngp(rough, 1, 1, 1).method == "divergent"
    assert d_nngp(rough, Fraction(1, 2), 1, 1).digits > 30
    assert d_nngp(rough * sp.exp(-(x**2)), Fraction(1, 2), 1, 1).method == "unresolved"
