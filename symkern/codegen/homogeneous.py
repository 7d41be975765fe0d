"""Kernels of homogeneous activations: ``K(λμ c, λ² v1, μ² v2) = λ^a μ^b K(c, v1, v2)``.

They are computed at variances between 1 and 4 and scaled by a power of two, which is exact: nothing underflows on the way.
"""

from __future__ import annotations

import sympy
from sympy import Expr, Rational

from symkern.functions import Phi, Phi2
from symkern.symbols import cov12, var1, var2

DIGITS = 40
POINTS = tuple(
    tuple(Rational(n, 97) for n in numbers) for numbers in ((31, 83, 59), (-23, 41, 71), (-61, 67, 64), (5, 7, 89))
)
SCALES = ((Rational(3, 2), Rational(1)), (Rational(1), Rational(5, 4)), (Rational(7, 5), Rational(6, 7)))
MAX_DEGREE = 160


def degrees(e: Expr) -> tuple[int, int] | None:
    """The degrees in the deviations of X and Y, or None where the expression is not homogeneous in them.

    Decided at 40 digits, at four points and three scalings: an expression in the covariance that passes is homogeneous.
    """
    if e.has(sympy.exp, Phi, Phi2):
        return None
    others = sorted(e.free_symbols - {cov12, var1, var2}, key=str)
    letters = {s: Rational(2 * n + 5, 7) for n, s in enumerate(others)}
    found: list[int] = []
    for l, m in SCALES:
        ratios = set()
        for c, v, w in POINTS:
            here = _at(e, letters | {cov12: c, var1: v, var2: w})
            there = _at(e, letters | {cov12: l * m * c, var1: l**2 * v, var2: m**2 * w})
            if here == 0 or not here.is_Float:
                return None
            ratios.add(there / here)
        if max(ratios) - min(ratios) > sympy.Float(10) ** (8 - DIGITS) * max(map(abs, ratios)):
            return None
        if len(found) < 2:
            ratio = max(ratios)
            degree = _whole((sympy.log(ratio) / sympy.log(l * m)).evalf(DIGITS)) if ratio > 0 else None
            if degree is None:
                return None
            found.append(degree)
        elif abs(max(ratios) / (l ** found[0] * m ** found[1]) - 1) > sympy.Float(10) ** (8 - DIGITS):
            return None
    return found[0], found[1]


def _at(e: Expr, values: dict[Expr, Rational]) -> Expr:
    return e.subs(values).evalf(DIGITS)


def _whole(number: Expr) -> int | None:
    nearest = round(number)
    return int(nearest) if abs(number - nearest) < 1e-20 and abs(nearest) <= MAX_DEGREE else None


__all__ = ["degrees"]
