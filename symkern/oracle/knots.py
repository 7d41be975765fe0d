"""Knots: real zeros of a formula, at any precision, exact where SymPy has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import asinh, sinh
from typing import Any

import sympy
from mpmath import mp, mpf, workdps, workprec
from sympy import Expr, Rational

from symkern.oracle.integrand import Function, evaluator
from symkern.oracle.value import OracleError
from symkern.symbols import x

REACH = 1e7
"""Zeros of what is not a polynomial are sought this far from 0."""
CELLS = 1500
SAME = 60
"""Knots that agree to so many decimals are one."""


@dataclass(frozen=True)
class Knot:
    """A zero: an exact number, or the one between two floats."""

    exact: Expr | None = None
    formula: Expr | None = None
    lo: float = 0.0
    hi: float = 0.0

    def at(self) -> mpf:
        """The knot at the working precision."""
        return _at(self, mp.prec)


@lru_cache(maxsize=1024)
def _at(knot: Knot, prec: int) -> mpf:
    if knot.exact is not None:
        if isinstance(knot.exact, Rational):
            with workprec(prec):
                return mpf(knot.exact.p) / knot.exact.q
        with workprec(prec):
            digits = mp.dps + 10
        return mp.make_mpf(knot.exact.evalf(digits)._mpf_)
    with workprec(prec + 20):
        assert knot.formula is not None
        return _refined(evaluator(knot.formula), evaluator(knot.formula.diff(x)), mpf(knot.lo), mpf(knot.hi))


def _refined(function: Function, slope: Function, lo: mpf, hi: mpf) -> mpf:
    """Newton's method, kept inside a bracket that every step shrinks."""
    rising, t = function(hi) > 0, (lo + hi) / 2
    smallest = mp.ldexp(1, 8 - mp.prec)
    for _ in range(4 * mp.prec):
        value = function(t)
        if not value:
            return t
        lo, hi = (lo, t) if (value > 0) == rising else (t, hi)
        steep = slope(t)
        move = -value / steep if steep else mpf(0)
        new = t + move if steep and lo < t + move < hi else (lo + hi) / 2
        if abs(new - t) <= smallest * abs(t) or hi - lo <= smallest * abs(t):
            return new
        t = new
    return t


def real_zeros(formula: Expr) -> list[Knot]:
    """Where a formula without sharp functions vanishes.

    Raises:
        OracleError: where the zeros cannot be told, or never end.
    """
    formula = sympy.expand(formula)
    if not formula.has(x):
        return []
    if formula.is_polynomial(x):
        return _polynomial_zeros(formula)
    if formula.has(sympy.sin, sympy.cos, sympy.tan):
        raise OracleError(f"{formula} may change its sign without end: the oracle needs finitely many breakpoints")
    return _sign_changes(formula)


def _polynomial_zeros(formula: Expr) -> list[Knot]:
    polynomial = sympy.Poly(formula, x)
    if all(c.is_Rational for c in polynomial.all_coeffs()):
        return [Knot(exact=root) for root in dict.fromkeys(sympy.Poly(polynomial, x, domain="QQ").real_roots())]
    if polynomial.degree() == 1:
        a, b = polynomial.all_coeffs()
        return [Knot(exact=sympy.radsimp(-b / a))]
    return _sign_changes(formula)


def _sign_changes(formula: Expr) -> list[Knot]:
    """Changes of sign on a grid that is denser near 0; a zero on the grid itself is moved off it by an odd offset."""
    top = asinh(REACH)
    places = [sinh(top * (k + 0.3819) / CELLS) for k in range(-CELLS, CELLS)]
    with workdps(40):
        function = evaluator(formula)
        signs = [_sign(function, place) for place in places]
    found = []
    for (lo, a), (hi, b) in pairwise(zip(places, signs, strict=True)):
        if a * b < 0:
            found.append(Knot(formula=formula, lo=lo, hi=hi))
    return found


def _sign(function: Function, place: float) -> int:
    try:
        value: Any = function(mpf(place))
        return int(mp.sign(value)) if isinstance(value, mpf) else 0
    except (ArithmeticError, ValueError):
        return 0


def ordered(knots: Sequence[Knot], lo: Knot | None = None, hi: Knot | None = None) -> list[Knot]:
    """Sorted, each once, strictly between two others (None: no bound)."""
    with workdps(SAME + 20):
        slack = mpf(10) ** -SAME
        found: list[tuple[mpf, Knot]] = []
        for at, knot in sorted(((k.at(), k) for k in knots), key=lambda pair: pair[0]):
            room = slack * (1 + abs(at))
            inside = (lo is None or at > lo.at() + room) and (hi is None or at < hi.at() - room)
            if inside and (not found or at > found[-1][0] + room):
                found.append((at, knot))
        return [knot for _, knot in found]


def same(first: Knot, second: Knot | None) -> bool:
    """Are they one number?"""
    if second is None:
        return False
    with workdps(SAME + 20):
        return bool(abs(first.at() - second.at()) <= mpf(10) ** -SAME * (1 + abs(first.at())))


__all__ = ["Knot", "ordered", "real_zeros", "same"]
