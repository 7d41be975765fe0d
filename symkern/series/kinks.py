"""Where a function is not smooth: found by bisection from its values."""

from __future__ import annotations

import numpy as np

from symkern.series.cells import UNIT, NotSmoothError, missed
from symkern.series.sampled import NODES, NOISE, TRANSFORM, Values, finite

LOWEST = -20
"""Kinks nearer to zero than this power of two are not looked for."""
DEEP = 9
"""Smooth functions have converged on a 512th of an octave."""
MOST = 12
"""Kinks."""
NARROW = 2.0**-46
"""Where a jump still is one."""

_PLACES = np.array([*NODES, -1.0, 1.0])


def kinks(f: Values, reach: float, *, jumps: bool = False) -> tuple[float, ...]:
    """The places other than zero where ``f`` is not smooth, ascending; ``jumps`` says whether it may jump there.

    Raises:
        NotSmoothError: it jumps and may not, has a pole, oscillates too fast, or has no finite value somewhere.
    """
    found: list[float] = []
    for sign in (1.0, -1.0):
        largest = 0.0
        for power in range(LOWEST, max(int(np.ceil(np.log2(reach))), 1)):
            start = sign * UNIT * 2.0**power
            largest = max(largest, _size(f, start, 2 * start))
            found += _within(f, start, start, NOISE * largest, jumps)
            if len(found) > MOST:
                raise NotSmoothError(found[-1], "it varies too fast, or has more kinks than are looked for,")
    return tuple(sorted(found))


def _within(f: Values, low: float, width: float, allowed: float, jumps: bool) -> list[float]:
    """Those of an octave."""
    cells = [(low, width)]
    for _ in range(DEEP):
        rough = [cell for cell in cells if _tail(f, *cell) > allowed]
        cells = [half for at, size in rough for half in ((at, size / 2), (at + size / 2, size / 2))]
    rough = [cell for cell in cells if _tail(f, *cell) > allowed]
    if len(rough) > 2 * MOST:
        raise NotSmoothError(rough[0][0], "it varies too fast")
    places = [_place(f, *cell, allowed, jumps) for cell in rough]
    apart: list[float] = []
    for place in places:
        if not apart or abs(place - apart[-1]) > 1e-9 * abs(place):
            apart.append(place)
    return apart


def _place(f: Values, low: float, width: float, allowed: float, jumps: bool) -> float:
    """The one in a cell: where both halves are smooth it is between them."""
    first = _tail(f, low, width)
    tail = first
    while abs(width) > NARROW * abs(low):
        halves = [(low, width / 2), (low + width / 2, width / 2)]
        tails = [_tail(f, *half) for half in halves]
        if max(tails) <= allowed:
            return _rounded(low + width / 2, width)
        (low, width), tail = halves[int(np.argmax(tails))], max(tails)
    if tail > 4 * first:
        raise NotSmoothError(low, "it has a pole")
    if not jumps:
        raise NotSmoothError(low, "it jumps" if tail > first / 4 else "it has an infinite slope")
    return _rounded(low, 2 * width)


def _rounded(place: float, width: float) -> float:
    """A number of few digits, where one is as near as the place is known."""
    shorter = (float(f"{place:.{digits}g}") for digits in range(1, 13))
    return next((short for short in shorter if abs(short - place) <= abs(width)), place)


def _tail(f: Values, low: float, width: float) -> float:
    values = finite(f, low + width * (1 + _PLACES) / 2)
    coefficients = TRANSFORM @ values[:-2]
    return float(max(np.abs(coefficients[-2:]).max(), missed(coefficients, values[-2:])))


def _size(f: Values, low: float, high: float) -> float:
    return float(np.abs(finite(f, np.linspace(low, high, 33))).max())


__all__ = ["kinks"]
