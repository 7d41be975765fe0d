"""What a function does further out than a table asks it: its mean square may be infinite though ten deviations do not tell.

The mass out there is below any tolerance where it is finite. So all that is asked is whether the logarithm of ``f`` stays
below that of a normal density, on a ladder of deviations up to 2^100.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log, nan, sqrt
from typing import Any

import numpy as np
import sympy
from mpmath import mp, mpc, mpf, workdps
from sympy import Expr

from symkern.packed import Floats
from symkern.series.angular import CUT, FLOOR, HALVINGS, NotConvergedError, endless
from symkern.series.cells import Number, pulse
from symkern.symbols import x

RUNGS = (*CUT * 2.0 ** np.arange(0.25, 5, 0.25), *2.0 ** np.arange(9.0, 101.0))
"""In deviations."""
OUT = 1000.0
"""Deviations: what outweighs a density there, and at ever smaller variances further out, outgrows them all."""
DIGITS = (40, 120)
"""Both must agree on a size."""
VAST = 3000
"""Powers of two beyond which nobody computes an exponential or the phase of a wave."""
TINY, HALVED = 1e-9, 52
STEP = 0.05
"""Part of the place of an overflow."""
FLAT = 0.02
"""A curvature that grows with a smaller power than this is constant."""

Size = Callable[[float], float]
"""``log|f(x)|``; not a number where it is not known."""


def refuse_beyond(size: Size, largest: float) -> None:
    """Raises NotConvergedError where the mean square at the largest variance is infinite, or lies beyond ten deviations.

    The smallest variance of which that is so, in steps of two, is named.
    """
    first = _not_over(size, largest)
    if not first:
        return
    smaller = largest * 2.0 ** -np.arange(1, HALVINGS)
    refused = [(largest, first), *((v, z) for v in smaller if (z := _not_over(size, v)))]
    variance, z = refused[-1]
    if len(refused) == HALVINGS and z > OUT:
        raise NotConvergedError("f grows too fast: E[f(X)^2] is infinite at every variance")
    raise endless(variance, z)


def _not_over(size: Size, variance: float) -> float:
    """How many deviations out the mean square has not ended; 0 where it has."""
    s = sqrt(variance)

    def density(z: float) -> float:
        return 2 * size(s * z) - z * z / 2

    near = [d for z in np.linspace(0.05, CUT, 40) for side in (1, -1) if (d := density(side * z)) == d]
    level = max(near, default=-inf) + log(FLOOR)
    return next((z for z in RUNGS if any(density(side * z) > level > -inf for side in (1, -1))), 0.0)


def size_of_values(f: Callable[[Floats], Floats]) -> Size:
    """That of a function that is known in float64 only: where it overflows, its logarithm grows on as it did before."""

    def seen(at: float) -> float:
        with np.errstate(all="ignore"):
            return float(np.log(np.abs(f(np.array([at]))))[0])

    def size(at: float) -> float:
        found = seen(at)
        return found if found != inf else _continued(seen, at)

    return size


def _continued(seen: Size, overflow: float) -> float:
    """A parabola from the last place before an overflow; its curvature grows on like a power, if it does."""
    outside = overflow
    while abs(outside) > TINY and not seen(outside / 2) < inf:
        outside /= 2
    inside = outside / 2
    for _ in range(HALVED):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if seen(middle) < inf else (inside, middle)
    last, *before = (seen(inside * (1 - k * STEP)) for k in range(5))
    slope = (3 * last - 4 * before[0] + before[1]) / 2
    bends = last - 2 * before[0] + before[1], before[1] - 2 * before[2] + before[3]
    power = log(bends[0] / bends[1]) / log((1 - STEP) / (1 - 3 * STEP)) if min(bends) > 0 else 0.0
    steps, growth = (overflow / inside - 1) / STEP, power if power > FLAT else 0.0
    with np.errstate(over="ignore"):
        return float(last + slope * steps + max(bends[0], 0.0) * steps**2 / 2 * np.float64(overflow / inside) ** growth)


def size_of_formula(f: Expr) -> Size:
    """In mpmath, whose exponents have no end."""
    function = compiled(f)

    def size(at: float) -> float:
        found = [_logarithm(function, at, digits) for digits in DIGITS]
        return found[1] if found[0] == found[1] or abs(found[1] - found[0]) <= 1 else nan

    return size


def compiled(f: Expr) -> Number:
    """A formula in mpmath at its current precision; not a number where it has no value, or that would take too long."""
    functions: dict[str, Any] = {
        name: _sane(getattr(mp, name)) for name in ("sin", "cos", "tan", "exp", "sinh", "cosh")
    }
    function = sympy.lambdify(x, f, [functions | {"DiracDelta": pulse}, "mpmath"])

    def at(place: mpf) -> mpf:
        try:
            value = function(place)
        except (ArithmeticError, ValueError, TypeError):
            return mp.nan
        return mp.nan if isinstance(value, mpc) else mpf(value)

    return at


def _sane(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call(at: Any) -> Any:
        return mp.nan if mp.mag(at) > VAST else function(at)

    return call


def _logarithm(function: Number, at: float, digits: int) -> float:
    with workdps(digits):
        value = abs(function(mpf(at)))
        return float(mp.log(value)) if value else -inf


__all__ = ["compiled", "refuse_beyond", "size_of_formula", "size_of_values"]
