"""How fine a rule must be: judged on a few lines through the integrand, before the whole sum is paid for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import ceil, floor

from mpmath import mp, mpf

from symkern.oracle.window import magnitude

Line = Callable[[mpf], mpf]
#: ``rule(line, lo, hi, h)``: sums that agree once ``h`` is fine enough.
Rule = Callable[[Line, float, float, float], Sequence[mpf]]


def three_offsets(line: Line, lo: float, hi: float, h: float) -> Sequence[mpf]:
    """Trapezoidal sums with nodes at three thirds of a step.

    The leading error is ``a cos(phase + 2 pi offset / h)``: three thirds cannot all be equal unless ``a = 0``, whatever
    the phase, while two halves agree by symmetry on an odd integrand that is not resolved at all.
    """
    ks, third = range(3 * ceil(lo / h), 3 * floor(hi / h) + 1, 3), mpf(h) / 3
    return [mpf(h) * mp.fsum(line((k + offset) * third) for k in ks) for offset in range(3)]


def longest(
    rule: Rule, lines: Sequence[Line], span: tuple[float, float], *, start: float, tolerance: mpf, most: int
) -> float:
    """The longest step, to within a half, at which every line's sums agree.

    Returns 0 where that needs more than ``most`` nodes on a line.  Steps are halved, and then taken half as long again, so that
    nodes recur: half of those of :func:`three_offsets` are known from the step before.
    """
    lo, hi = span
    lines = [cache(line) for line in lines]

    def agrees(h: float) -> bool:
        return all(max(sums) - min(sums) <= tolerance for sums in (rule(line, lo, hi, h) for line in lines))

    h = coarse = start
    while (hi - lo) / h <= most and not agrees(h):
        h /= 2
    if (hi - lo) / h > most:
        return 0.0
    return 1.5 * h if h < coarse and agrees(1.5 * h) else h


def hump(line: Line, peak: float, span: tuple[float, float]) -> float:
    """A distance over which the line's magnitude bends by a few nats at its peak: nodes this close do not miss the mass.

    The mass may be a small part of its window: ``cosh`` at variance 1e4 has humps of width 1 at ``z = +-190``.
    """
    distance = (span[1] - span[0]) / 12
    middle = magnitude(line(mpf(peak)))

    def beside(away: float) -> float:
        """The magnitude at that distance; of three points, since one may be next to a zero of an oscillation."""
        return max(magnitude(line(mpf(peak + part * away))) for part in (0.83, 0.91, 1.0))

    for _ in range(60):
        if 2 * middle - beside(distance) - beside(-distance) <= 8:
            break
        distance /= 2
    return distance


def positions(span: tuple[float, float], peak: float) -> list[mpf]:
    """Where to draw lines across a side of the box: through the peak and at two other places."""
    lo, hi = span
    return [mpf(peak), *(mpf(lo + part * (hi - lo)) for part in (0.273, 0.641))]


__all__ = ["Line", "Rule", "hump", "longest", "positions", "three_offsets"]
