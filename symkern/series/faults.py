"""Poles, jumps and steep places of a formula away from zero, where an expectation of its square is infinite.

Looked for where what it divides by, takes a logarithm or a sign of, is zero: nothing else in the grammar is singular.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import sympy
from mpmath import mp, mpf, workdps
from sympy import Expr
from sympy.core.relational import Relational

from symkern.series.beyond import compiled
from symkern.series.cells import Number
from symkern.symbols import x

CLOSEST, FARTHEST, PLACES = 1e-6, 1e9, 3000
"""Zeros are looked for so far out beyond the reach, at so many places on either side."""
NEAREST = 8
"""Zeros that are looked at, on either side."""
DIGITS = 60
FINE = mpf(10) ** -45
NEAR, NEARER = mpf(10) ** -12, mpf(10) ** -18
"""Distances, relative to the place."""
SQUARE_INTEGRABLE = 0.49
"""A slope that grows like a larger power of the inverse distance is not."""
NOTHING = mpf(10) ** -25


def fault(f: Expr, reach: float) -> str | None:
    """Why an expectation of its square, or of its derivative's, is infinite, whatever the variance; or None.

    Args:
        f: a formula of ``x`` alone.
        reach: how far out its table goes; faults are looked for much further out too.
    """
    parts = {part.args[0] if isinstance(part, sympy.Abs) else part for part in _parts(f)}
    if not parts:
        return None
    function, slope = compiled(f), compiled(f.diff(x))
    for place in sorted(
        {place for part in parts for place in _zeros(part, reach)}, key=lambda at: (float(abs(at)), at < 0)
    ):
        with workdps(DIGITS):
            if why := _fault(function, slope, place):
                return f"{why} at x = {float(place):.6g}"
    return None


def _parts(f: Expr) -> Iterator[Expr]:
    """What may be singular, or jump, where it is zero."""
    for node in sympy.preorder_traversal(f):
        if not node.has(x):
            continue
        if isinstance(node, sympy.Pow) and not (node.exp.is_integer and node.exp.is_positive):
            yield node.base
        elif isinstance(node, sympy.log | sympy.sign | sympy.Heaviside | sympy.atan2):
            yield node.args[0]
        elif isinstance(node, sympy.tan):
            yield sympy.cos(node.args[0])
        elif isinstance(node, sympy.asin | sympy.acos):
            yield from (1 - node.args[0], 1 + node.args[0])
        elif isinstance(node, Relational):
            yield node.lhs - node.rhs


def _zeros(part: Expr, reach: float) -> Iterator[mpf]:
    """The nearest ones, on either side."""
    function = compiled(part)
    ladder = np.geomspace(CLOSEST, FARTHEST * reach, PLACES)
    for side in (1, -1):
        yield from filter(None, islice(_on(function, [mpf(side * at) for at in ladder]), NEAREST))


def _on(function: Number, places: list[mpf]) -> Iterator[mpf | None]:
    """Between places, where the function changes its sign or touches zero; None where it only comes nearer to it."""
    sizes = [function(at) for at in places]
    for i in range(1, len(places) - 1):
        low, here, high = sizes[i - 1 : i + 2]
        with workdps(DIGITS):
            if low and low * here <= 0:
                yield _change(function, places[i - 1], places[i])
            elif low * here > 0 and abs(here) < abs(low) and abs(here) < abs(high) and here * high > 0:
                place = _least(function, places[i - 1], places[i + 1])
                yield place if abs(function(place)) <= NOTHING * abs(low) else None


def _change(function: Number, low: mpf, high: mpf) -> mpf:
    """Where it has no longer the sign that it has at ``low``."""
    sign = mp.sign(function(low))
    while abs(high - low) > FINE * abs(low):
        middle = (low + high) / 2
        low, high = (middle, high) if mp.sign(function(middle)) == sign else (low, middle)
    return high


def _least(function: Number, low: mpf, high: mpf) -> mpf:
    """Where its magnitude is least."""
    while abs(high - low) > FINE * abs(low):
        third = (high - low) / 3
        nearer = abs(function(low + third)) <= abs(function(high - third))
        low, high = (low, high - third) if nearer else (low + third, high)
    return (low + high) / 2


def _fault(function: Number, slope: Number, place: mpf) -> str | None:
    steps = [abs(place) * step for step in (NEAR, NEARER)]
    for side in (1, -1):
        sizes = [abs(slope(place + side * step)) for step in steps]
        if all(sizes) and mp.log(sizes[1] / sizes[0]) > SQUARE_INTEGRABLE * mp.log(NEAR / NEARER):
            return "E[f'(X)^2] is infinite: it has a pole, or is too steep,"
    right, left = ([function(place + side * step) for step in steps] for side in (1, -1))
    apart = [abs(a - b) for a, b in zip(right, left, strict=True)]
    if apart[1] > apart[0] / 2 and apart[1] > NOTHING * max(abs(right[1]), abs(left[1])):
        return "E[f'(X) f'(Y)] has a point mass: it jumps"
    return None


__all__ = ["fault"]
