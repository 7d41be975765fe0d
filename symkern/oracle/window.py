"""Where the mass is: a box outside which an integrand is negligible, found from the integrand itself.

The integrand is ``f f exp(-|z|**2 / 2)`` in coordinates of unit deviation.  Its mass need not be near 0 (``exp(x)`` at
variance 1e4 has it at ``z = 100``) nor of width 1 (``exp(-x**2)`` at variance 1e4 has width 0.007), so a ladder of
coarse grids up to ``z = 2**37`` first tells which size of box holds everything that counts, and a zoom then shrinks or
grows the box until its sides are where the magnitude falls below the threshold.  A sampled maximum is never above the
true one, so the threshold is never too high and a coarse grid errs on the side of a larger box.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import exp, floor, inf, log

from mpmath import workdps

from symkern.oracle.magnitudes import Magnitudes, UndecidedError

Interval = tuple[float, float]
Box = tuple[Interval, Interval]
Place = tuple[float, float]

LADDER = tuple(2.0**k for k in range(5, 38, 4))
OFFSETS = (0.3819660112501051, 0.5698402909980532)  # golden and plastic ratios: never on a zero that means something
SCAN_DPS = 40
BELOW = 100
"""Of what lies so many nats below everything that counts, a bound is enough."""


class DivergenceError(Exception):
    """The integrand does not decay."""


@dataclass(frozen=True)
class Window:
    """A box, the logarithms of the integrand's largest sample and of its absolute mass, and where it peaks."""

    box: Box
    log_peak: float
    log_mass: float
    peak: tuple[float, float]


@dataclass(frozen=True)
class _Scan:
    """Log-magnitudes on a grid of cells."""

    box: Box
    shape: tuple[int, int]
    cells: dict[tuple[int, int], float]
    peaks: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)

    def at(self, cell: tuple[int, int]) -> tuple[float, float]:
        lo, step = zip(*((a, (b - a) / n) for (a, b), n in zip(self.box, self.shape, strict=True)), strict=True)
        return (lo[0] + (cell[0] + OFFSETS[0]) * step[0], lo[1] + (cell[1] + OFFSETS[1]) * step[1])

    def look(self, rows: Magnitudes, place: Place) -> None:
        """Raise the cell that has the place."""
        if not all(lo <= z < hi for z, (lo, hi) in zip(place, self.box, strict=True)):
            return
        cell = self._cell(place, 0), self._cell(place, 1)
        if cell in self.cells and (value := rows(place[0])(place[1])) > self.cells[cell]:
            self.cells[cell], self.peaks[cell] = value, place

    def _cell(self, place: Place, axis: int) -> int:
        lo, hi = self.box[axis]
        return floor((place[axis] - lo) / (hi - lo) * self.shape[axis])


def find_window(
    integrand: Callable[[], Magnitudes], dimension: int, drop: float, places: Sequence[Place] = ()
) -> Window:
    """The box outside which ``|integrand| < exp(-drop) max |integrand|``.

    Args:
        integrand: makes the integrand at the precision that is current when it is called.
        dimension: 1 or 2.
        drop: in nats.
        places: points that the search should not miss.

    Raises:
        DivergenceError: where there is no such box.
        UndecidedError: where none was found.
    """
    with workdps(SCAN_DPS):
        rows = integrand()
        size, top = _ladder(rows, dimension, drop)
        box: Box = ((-size, size), (-size, size) if dimension == 2 else (-0.5, 0.5))
        shape = (20, 20) if dimension == 2 else (96, 1)
        for attempt in range(100):
            scan = _scan(rows, box, shape)
            for place in places:
                scan.look(rows, place)
            _climb(rows, scan, top, drop)
            best = max(scan.cells.values())
            top = max(top, best)
            if top == -inf:
                raise UndecidedError
            if best < top - drop and rows.floor > -inf:
                rows.floor = -inf
                continue
            level = (top if best >= top - drop else best) - drop  # a grid may miss a peak that the ladder met
            hits = [cell for cell, value in scan.cells.items() if value >= level]
            new = [_side(box[k], shape[k], [h[k] for h in hits]) if shape[k] > 1 else box[k] for k in (0, 1)]
            if max(abs(end) for side in new for end in side) > 4 * LADDER[-1]:
                raise UndecidedError
            ends = [(hi - lo, p - lo, hi - q) for (lo, hi), (p, q) in zip(box, new, strict=True)]
            grows = any(inward < -0.15 * width for width, *inwards in ends for inward in inwards)
            shrinks = any(inward > 0.15 * width for width, *inwards in ends for inward in inwards)
            if not grows and (not shrinks or attempt > 40):  # grids may take turns to grow and shrink: take the larger
                return _window(scan, top)
            box = (new[0], new[1])
    raise UndecidedError


def _ladder(rows: Magnitudes, dimension: int, drop: float) -> tuple[float, float]:
    """The smallest rung whose box holds every sample above the threshold, and the largest magnitude met."""
    tops: list[float] = []
    for size in LADDER:
        rows.floor = max(tops, default=-inf) - drop - BELOW
        box: Box = ((-size, size), (-size, size) if dimension == 2 else (-0.5, 0.5))
        tops.append(max(_scan(rows, box, (12, 12) if dimension == 2 else (32, 1)).cells.values()))
        if tops[-1] == inf or (len(tops) > 1 and tops[-1] > 1e4 * size * size):  # faster than any Gaussian decays
            raise DivergenceError
    threshold = max(tops) - drop
    rung = max((k for k, top in enumerate(tops) if top >= threshold), default=0)
    if rung == len(LADDER) - 1 and max(tops) > -inf:
        raise DivergenceError if tops[-1] >= max(tops) - 1 else UndecidedError  # a power of z may be integrable
    return LADDER[rung], max(tops)


def _scan(rows: Magnitudes, box: Box, shape: tuple[int, int]) -> _Scan:
    scan = _Scan(box, shape, {})
    heights = [scan.at((0, k))[1] for k in range(shape[1])]
    for i in range(shape[0]):
        row = rows(scan.at((i, 0))[0])
        scan.cells.update({(i, k): row(z) for k, z in enumerate(heights)})
    return scan


def _climb(rows: Magnitudes, scan: _Scan, top: float, drop: float) -> None:
    """Raise the cells that hide a peak which counts and which the grid misses: two narrow bumps far from each other.

    A parabola through a local maximum of the grid and its lower neighbour tops the sample by less than their distance.
    The highest maximum is climbed first, since the threshold depends on it, and the others where they may reach it.
    """
    maxima: dict[tuple[int, int], float] = {}
    for cell, value in scan.cells.items():
        around = [scan.cells[c] for c in _neighbours(cell) if c in scan.cells]
        if value > -inf and value >= max(around):
            maxima[cell] = value - min(around)
    for cell in sorted(maxima, key=lambda cell: -scan.cells[cell]):
        top = max(top, *scan.cells.values())
        hit = scan.cells[cell] >= top - drop
        if maxima[cell] > 80 if hit else scan.cells[cell] + maxima[cell] >= top - drop:
            scan.cells[cell], scan.peaks[cell] = _peak(rows, scan, cell)


def _peak(rows: Magnitudes, scan: _Scan, cell: tuple[int, int]) -> tuple[float, tuple[float, float]]:
    """Where a climb from a cell ends; in sheared coordinates a peak's directions correlate by ``sqrt(1/2)`` at most."""
    value, place = scan.cells[cell], list(scan.peaks.get(cell) or scan.at(cell))
    steps = [(b - a) / n for (a, b), n in zip(scan.box, scan.shape, strict=True)]
    for turn in range(24):
        axis = turn % 2
        if scan.shape[axis] == 1:
            continue
        before, fixed = value, place[1 - axis]
        line = rows(fixed) if axis else partial(_column, rows, fixed)
        t, found = _ascent(line, place[axis] - 1.5 * steps[axis], place[axis] + 1.5 * steps[axis])
        if found > value:
            place[axis], value = t, found
        if turn and value - before < 1:
            break
    return value, (place[0], place[1])


def _neighbours(cell: tuple[int, int]) -> list[tuple[int, int]]:
    return [(cell[0] + i, cell[1] + k) for i in (-1, 0, 1) for k in (-1, 0, 1) if i or k]


def _column(rows: Magnitudes, z2: float, z1: float) -> float:
    return rows(z1)(z2)


def _ascent(line: Callable[[float], float], lo: float, hi: float) -> tuple[float, float]:
    """The top of a hump and the logarithm of its height, by golden sections."""
    golden = OFFSETS[0]
    p, q = lo + golden * (hi - lo), hi - golden * (hi - lo)
    left, right = line(p), line(q)
    for _ in range(70):
        if left > right:
            hi, q, right = q, p, left
            p = lo + golden * (hi - lo)
            left = line(p)
        else:
            lo, p, left = p, q, right
            q = hi - golden * (hi - lo)
            right = line(q)
    return (p, left) if left > right else (q, right)


def _side(side: Interval, cells: int, hits: list[int]) -> Interval:
    """One side of the box: grown where its end still counts, else shrunk to a cell beyond the last that counts."""
    lo, hi = side
    step = (hi - lo) / cells
    first, last = min(hits), max(hits)
    return (
        lo + (first - 1) * step if first else lo - (hi - lo),
        lo + (last + 2) * step if last < cells - 1 else hi + (hi - lo),
    )


def _window(scan: _Scan, top: float) -> Window:
    """The window that a last scan shows; its absolute mass is a Riemann sum over the cells."""
    (a, b), (c, d) = scan.box
    area = (b - a) * (d - c) / len(scan.cells)
    mass = sum(exp(value - top) for value in scan.cells.values())
    peak = max(scan.cells, key=lambda cell: scan.cells[cell])
    return Window(scan.box, top, top + log(max(mass, 1e-3) * area), scan.peaks.get(peak) or scan.at(peak))


__all__ = [
    "Box",
    "DivergenceError",
    "Interval",
    "Place",
    "Window",
    "find_window",
]
