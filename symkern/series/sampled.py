"""A function that is known by its values in float64 only, as polynomials on cells: for activations without a formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from symkern.packed import Floats
from symkern.series.cells import DEGREE, FEW, FINEST, SMOOTH, UNIT, Cells, NotSmoothError

Values = Callable[[Floats], Floats]

NOISE = 2.0**-41
"""The last coefficients, relative to the largest value so far out, where a polynomial has converged."""
SEEN = 2.0**-24
"""Values of at least this part of those on the unit interval have enough digits; below, the function is its leading power."""
DEEPEST = -30
"""The octave below which it always is."""

_NODES = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
_TRANSFORM = np.cos(np.outer(np.arange(DEGREE + 1), np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1)))
_TRANSFORM *= np.where(np.arange(DEGREE + 1) == 0, 1, 2)[:, None] / (DEGREE + 1)


def sampled(f: Values, reach: float) -> Cells:
    """The function as far as ``reach``; ``f`` takes and gives arrays.

    Raises:
        NotSmoothError: it is not smooth away from zero, or has no finite value somewhere.
    """
    highest = max(int(np.ceil(np.log2(reach))), 1)
    scale = float(np.abs(_finite(f, np.linspace(-1, 1, 201))).max())
    order, lowest = _beginning(f, scale)
    octaves = range(lowest, highest)
    cuts, first = (np.zeros((2, len(octaves)), dtype=np.intp) for _ in range(2))
    rows: list[Floats] = []
    for side, sign in enumerate((1.0, -1.0)):
        largest = 0.0
        for place, k in enumerate(octaves):
            found, largest = _octave(f, sign * UNIT * 2.0**k, largest, scale)
            cuts[side, place], first[side, place] = len(found), len(rows)
            rows += list(found)
    return Cells(highest, cuts, first, np.array(rows), order, lowest)


def _octave(f: Values, start: float, largest: float, scale: float) -> tuple[Floats, float]:
    """The coefficients of its cells, and the largest value up to its end."""
    tails = np.zeros(1)
    for power in range(FINEST + 1):
        before = tails.max()
        count = 2**power
        lows = start * (1 + np.arange(count) / count)
        values = _finite(f, (lows[:, None] + start / count * (1 + _NODES) / 2).ravel()).reshape(count, -1)
        found: Floats = values @ _TRANSFORM.T
        top = max(largest, float(np.abs(values).max()))
        tails = np.abs(found[:, -2:]).max(1)
        allowed = NOISE * top + 2.0**-50 * scale
        if tails.max() <= allowed:
            return found, top
    rough = int((tails > allowed).sum())
    why = "it is not smooth" if rough <= FEW and tails.max() > before / SMOOTH else "it varies too fast"
    raise NotSmoothError(float(lows[np.argmax(tails)] + start / count / 2), why)


def _finite(f: Values, at: Floats) -> Floats:
    with np.errstate(all="ignore"):
        values = f(at)
    wrong = ~(np.abs(values) < 1e150)
    if wrong.any():
        place = float(at[wrong][np.argmin(np.abs(at[wrong]))])
        raise NotSmoothError(place, "it has no finite value, or one beyond 1e150,")
    return values


def _beginning(f: Values, scale: float) -> tuple[int, int]:
    """The power with which it begins at zero, and the octave from which on it is more than that."""
    if float(np.abs(_finite(f, np.zeros(1))).max()) > SEEN * scale:
        return 0, DEEPEST
    sizes = [float(np.abs(_finite(f, np.array([t, -t]))).max()) for t in 2.0 ** np.arange(DEEPEST, 1.0)]
    lowest = next((i for i, size in enumerate(sizes) if size > SEEN * scale), len(sizes) - 2)
    growth = np.log2(sizes[lowest + 1] / sizes[lowest]) if sizes[lowest] else 0.0
    return max(0, int(np.rint(growth))), DEEPEST + lowest


__all__ = ["sampled"]
