"""Whether a function outgrows every normal density, far beyond where it is looked at closely."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from flint import arb, ctx
from mpmath import mp, workdps

from symkern.oracle.balls import BALLS, known
from symkern.oracle.inputs import to_mpf
from symkern.oracle.magnitudes import UndecidedError, bound
from symkern.oracle.measure import Measure
from symkern.oracle.pieces import Pieces
from symkern.oracle.window import DivergenceError

RUNGS = tuple(2.0**k for k in range(7, 100, 4))
"""In deviations."""
DPS = 40
OUTGROWN = 0.25
"""``log|f| / z**2`` from which on a function is not square-integrable."""
HOPELESS = 0.75
"""The same from which on it is not integrable, whatever the correlation."""


def refuse_growth(pieces: Pieces, variance: Fraction) -> None:
    """Look at the function at ever more deviations; where its magnitude cannot be told nothing is concluded.

    Raises:
        DivergenceError: ``log|f|`` grows faster than ``z**2``, as far as one sees: no expectation of ``|f(X) f(Y)|`` is finite.
        UndecidedError: mass may lie out there, and end.
    """
    for slopes in _slopes(pieces, variance):
        if max(slopes, default=0.0) <= OUTGROWN:
            continue
        if slopes[-1] > HOPELESS and all(before <= after for before, after in pairwise(slopes[-3:])):
            raise DivergenceError
        raise UndecidedError


@lru_cache(maxsize=256)
def _slopes(pieces: Pieces, variance: Fraction) -> tuple[list[float], ...]:
    """``log|f| / z**2`` at least, on either side, where it can be told."""
    with workdps(DPS), ctx.workprec(mp.prec):
        function, d = Measure.of(pieces, BALLS), known(mp.sqrt(to_mpf(variance)))
        both = ([_least(function.at(d * (side * z)), z) for z in RUNGS] for side in (1, -1))
        return tuple([slope for slope in slopes if slope is not None] for slopes in both)


def _least(value: arb, z: float) -> float | None:
    """``log|f| / z**2`` at least; None where nothing is known but that it may be large."""
    if not value.is_finite():
        return None
    low = value.abs_lower()
    if not low.is_zero():
        return float(low.log() / (z * z))
    top = bound(value) / (z * z)
    return top if top <= OUTGROWN else None


__all__ = ["refuse_growth"]
