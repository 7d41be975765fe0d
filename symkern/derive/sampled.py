"""Admissible covariances at which formulas given by hand are tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache

import mpmath
import sympy
from mpmath import mp, mpf
from sympy import Expr, Rational, Symbol

from symkern.symbols import cov12, var, var1, var2

COVARIANCE = (cov12, var1, var2, var)
DIGITS = 50
"""To which two formulas must agree; they are computed with 30 more."""

_DEVIATIONS = tuple(Rational(n, d) for n, d in ((1, 1), (7, 5), (1, 3), (13, 2), (1, 900), (71, 1)))
_CORRELATIONS = tuple(Rational(n, 60) for n in (0, 17, -17, 43, -43, 59, -59))
_PARAMETERS = (Rational(8, 7), Rational(-13, 9), Rational(3, 11), Rational(-40, 7))

Point = dict[Symbol, Rational]


@lru_cache(maxsize=64)
def sample(parameters: tuple[Symbol, ...]) -> tuple[Point, ...]:
    """Interior covariances, with variances from 1e-6 to 5,000, and values of these parameters that their sign admits."""
    pairs = [(s, t) for i, s in enumerate(_DEVIATIONS) for t in _DEVIATIONS[i % 2 :: 2]]
    found = []
    for n, ((s, t), rho) in enumerate(itertools.product(pairs, _CORRELATIONS)):
        point = {cov12: rho * s * t, var1: s**2, var2: t**2, var: s**2}
        for k, p in enumerate(parameters):
            value = _PARAMETERS[(n + k) % len(_PARAMETERS)]
            point[p] = abs(value) if p.is_nonnegative else value
        found.append(point)
    return tuple(found)


@lru_cache(maxsize=4096)
def sampled_sign(e: Expr) -> int:
    """1 or -1 where the expression has that sign at every sample, else 0."""
    signs = {mp.sign(value) for _, value in _values(e, _parameters(e))}
    return int(signs.pop()) if len(signs) == 1 else 0


def disagreement(first: Expr, second: Expr) -> tuple[Point, mpf, mpf] | None:
    """A sample at which the two have different values, with these, or None; where either is not finite none is seen."""
    parameters = _parameters(first + second)
    for (point, one), (_, two) in zip(_values(first, parameters), _values(second, parameters), strict=True):
        with mpmath.workdps(DIGITS + 30):
            if mp.isfinite(one) and mp.isfinite(two) and abs(one - two) > mpf(10) ** -DIGITS * (abs(one) + abs(two)):
                return point, one, two
    return None


def not_real(e: Expr) -> Point | None:
    """A sample at which the expression has an imaginary part, or None."""
    return next((point for point, value in _values(e, _parameters(e)) if mp.im(value)), None)


def place(point: Point) -> str:
    """A sample, for a message."""
    return ", ".join(f"{s} = {float(value):g}" for s, value in point.items() if s != var)


def _parameters(e: Expr) -> tuple[Symbol, ...]:
    return tuple(sorted(e.free_symbols - set(COVARIANCE), key=str))


def _values(e: Expr, parameters: tuple[Symbol, ...]) -> Iterator[tuple[Point, mpf]]:
    """The expression at the samples."""
    function = sympy.lambdify((*COVARIANCE, *parameters), e, "mpmath")
    for point in sample(parameters):
        with mpmath.workdps(DIGITS + 30):
            numbers = (mpf(point[s].p) / point[s].q for s in (*COVARIANCE, *parameters))
            try:
                value = mp.mpmathify(function(*numbers))
            except (ZeroDivisionError, ValueError):
                value = mp.nan
        yield point, value


__all__ = ["COVARIANCE", "DIGITS", "disagreement", "not_real", "place", "sampled_sign"]
