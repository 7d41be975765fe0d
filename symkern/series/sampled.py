"""A function that is known by its values in float64 only, as polynomials on cells: for activations without a formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from symkern.packed import Floats
from symkern.series.cells import DEGREE, UNIT, Cells, NotSmoothError, on_octaves, refined

Values = Callable[[Floats], Floats]

NOISE = 2.0**-41
"""The last coefficients, relative to the largest value so far out, where a polynomial has converged."""
SEEN = 2.0**-24
"""Values of at least this part of those on the unit interval have enough digits; below, the function is its leading power."""
DEEPEST = -30
"""The octave below which it always is."""

NODES = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
TRANSFORM = np.cos(np.outer(np.arange(DEGREE + 1), np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1)))
TRANSFORM *= np.where(np.arange(DEGREE + 1) == 0, 1, 2)[:, None] / (DEGREE + 1)


def sampled(f: Values, reach: float) -> Cells:
    """The function as far as ``reach``; ``f`` takes and gives arrays.

    Raises:
        NotSmoothError: it is not smooth away from zero, or has no finite value somewhere.
    """
    scale = float(np.abs(finite(f, np.linspace(-1, 1, 201))).max())
    order, lowest = _beginning(f, scale)

    def octave(sign: int, power: int, largest: float) -> tuple[Floats, float]:
        start = sign * UNIT * 2.0**power

        def rows(count: int, asked: int) -> tuple[Floats, Floats, float]:
            lows = start * (1 + np.arange(asked + 1) / count)
            at = (lows[:-1, None] + start / count * (1 + NODES) / 2).ravel()
            values, ends = finite(f, at).reshape(asked, -1), finite(f, lows)
            return values @ TRANSFORM.T, ends, float(np.abs(values).max())

        return refined(rows, start, reach, largest, lambda top: NOISE * top + 2.0**-50 * scale)

    return on_octaves(octave, lowest, reach, order)


def finite(f: Values, at: Floats) -> Floats:
    """Its values, each small enough to be squared; NotSmoothError where one is not."""
    with np.errstate(all="ignore"):
        values = f(at)
    wrong = ~(np.abs(values) < 1e150)
    if wrong.any():
        place = float(at[wrong][np.argmin(np.abs(at[wrong]))])
        raise NotSmoothError(place, "it has no finite value, or one beyond 1e150,")
    return values


def _beginning(f: Values, scale: float) -> tuple[int, int]:
    """The power with which it begins at zero, and the octave from which on it is more than that."""
    if float(np.abs(finite(f, np.zeros(1))).max()) > SEEN * scale:
        return 0, DEEPEST
    at = 2.0 ** np.arange(DEEPEST, 1.0)
    sizes = np.maximum(*(np.abs(finite(f, side * at)) for side in (1, -1)))
    lowest = min(int(np.argmax(sizes > SEEN * scale)), len(sizes) - 2)
    if not sizes[lowest]:
        return 0, DEEPEST
    order = max(0, int(np.rint(np.log2(sizes[lowest + 1] / sizes[lowest]))))
    power = sizes[lowest] * (at[:lowest] / at[lowest]) ** order
    if np.any(np.abs(sizes[:lowest] - power) > power / 8 + NOISE * scale):  # it is no power: zero as far as 1/2, say
        return 0, DEEPEST
    return order, DEEPEST + lowest


__all__ = ["NODES", "NOISE", "TRANSFORM", "Values", "finite", "sampled"]
