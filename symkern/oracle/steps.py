"""How fine a rule must be: judged on a few lines through the integrand, before the whole sum is paid for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil, floor, frexp, ldexp
from typing import Protocol, TypeVar

from mpmath import mpf

L = TypeVar("L")
#: ``rule(line, lo, hi, h)``: sums that agree once ``h`` is fine enough.
Rule = Callable[[L, float, float, float], Iterable[mpf]]
BITS = 16
"""Of a third of a step, so that its multiples are exact in floats."""


class Summed(Protocol):
    """A line along which an integrand is summed."""

    def total(self, nodes: Iterable[float], weight: float) -> mpf:
        """``weight`` times the sum over the nodes."""


def short(step: float) -> float:
    """A step next to this one for ``three_offsets``."""
    mantissa, exponent = frexp(step / 3)
    return 3 * ldexp(round(ldexp(mantissa, BITS)), exponent - BITS)


def three_offsets(line: Summed, lo: float, hi: float, h: float) -> Iterator[mpf]:
    """Trapezoidal sums with nodes at three thirds of a step.

    The leading error is ``a cos(phase + 2 pi offset / h)``: three thirds cannot all be equal unless ``a = 0``, whatever
    the phase, while two halves agree by symmetry on an odd integrand that is not resolved at all.
    """
    ks, third = range(3 * ceil(lo / h), 3 * floor(hi / h) + 1, 3), h / 3
    return (line.total([(k + offset) * third for k in ks], h) for offset in range(3))


def longest(
    rule: Rule[L], lines: Sequence[L], span: tuple[float, float], *, start: float, tolerance: mpf, most: int
) -> float:
    """The longest step, to within a quarter, at which every line's sums agree.

    Returns 0 where that needs more than ``most`` nodes on a line.  Steps are halved, and then taken half as long again, so that
    nodes recur: half of those of :func:`three_offsets` are known from the step before.
    """
    lo, hi = span

    def agrees(h: float) -> bool:
        return all(_close(rule(line, lo, hi, h), tolerance) for line in lines)

    h = coarse = start
    while (hi - lo) / h <= most and not agrees(h):
        h /= 2
    if (hi - lo) / h > most:
        return 0.0
    if h == coarse:
        return h
    less, more = (1.5, 1.75) if agrees(1.5 * h) else (1.0, 1.25)
    return (more if agrees(more * h) else less) * h


def _close(sums: Iterable[mpf], tolerance: mpf) -> bool:
    """Do they agree?  Nothing is computed after one that does not."""
    low = high = None
    for value in sums:
        low, high = (value, value) if low is None else (min(low, value), max(high, value))
        if not high - low <= tolerance:
            return False
    return True


def hump(line: Callable[[float], float], peak: float, span: tuple[float, float]) -> float:
    """A distance over which the line's magnitude bends by a few nats at its peak: nodes this close do not miss the mass.

    ``line`` gives logarithms of magnitudes.
    The mass may be a small part of its window: ``cosh`` at variance 1e4 has humps of width 1 at ``z = +-190``.
    """
    distance = (span[1] - span[0]) / 12
    middle = line(peak)

    def beside(away: float) -> float:
        """The magnitude at that distance; of three points, since one may be next to a zero of an oscillation."""
        return max(line(peak + part * away) for part in (0.83, 0.91, 1.0))

    for _ in range(60):
        if 2 * middle - beside(distance) - beside(-distance) <= 8:
            break
        distance /= 2
    return distance


def positions(span: tuple[float, float], peak: float) -> list[float]:
    """Where to draw lines across a side of the box: through the peak and at two other places."""
    lo, hi = span
    return [peak, *(lo + part * (hi - lo) for part in (0.273, 0.641))]


__all__ = ["Rule", "hump", "longest", "positions", "short", "three_offsets"]
