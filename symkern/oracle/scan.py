"""A coarse look at a function under a normal density: how large it is, and how far out it counts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from math import exp, fsum, inf, sqrt
from typing import Any

from mpmath import mp, mpf, workdps

from symkern.oracle.balls import BALLS, known
from symkern.oracle.growth import refuse_growth
from symkern.oracle.inputs import to_mpf
from symkern.oracle.magnitudes import Magnitudes, Rows, UndecidedError, magnitude
from symkern.oracle.measure import ONE, Measure
from symkern.oracle.pieces import Pieces

STEP = 0.25
EDGE = 400
DPS = 40
NEAR = 10
"""A search for a window beyond the scan is trusted where the function is not 0 on all of this."""


@dataclass(frozen=True, eq=False)
class Scan:
    """Of ``f(d Z)``.

    Attributes:
        places: in ``z``, rising.
        logs: ``log|f(d z)|`` there.
        mean: ``E|f(d Z)|`` and the point masses, roughly.
    """

    places: tuple[float, ...]
    logs: tuple[float, ...]
    mean: mpf

    @classmethod
    def of(cls, measure: Measure, d: mpf, sizes: Magnitudes) -> Scan:
        """Places a quarter apart, denser at 0 and beside the knots; ``sizes`` are those of ``f(d z)``."""
        spread = [s * 2.0**-k for k in range(0, 60, 2) for s in (-1, 1)]
        places = {k * STEP + 0.0381966 for k in range(-EDGE, EDGE)} | {s * 0.2361 for s in spread}
        ends = [float(end / d) for end in measure.ends] + [p / float(d) for p, _ in measure.sharp]
        places |= {z + s * 0.2361 for z in ends if abs(z) < EDGE * STEP for s in spread}
        ordered = sorted(places)
        logs = [-inf if size == inf else size for size in (sizes(z)(0.0) for z in ordered)]
        heights = [size - z * z / 2 for z, size in zip(ordered, logs, strict=True)]
        top = max(heights)
        mean = mpf(0)
        if top > -inf:
            terms = (
                (b - a) * (exp(p - top) + exp(q - top))
                for (a, p), (b, q) in pairwise(zip(ordered, heights, strict=True))
            )
            mean = mp.exp(top) * fsum(terms) / mp.sqrt(8 * mp.pi)
        mean += mp.fsum(abs(size) * mp.npdf(t / d) / abs(d) for t, size in measure.masses)
        return cls(tuple(ordered), tuple(logs), mean)

    @cached_property
    def mirrored(self) -> Scan:
        """Of ``f(-d Z)``."""
        return Scan(tuple(-z for z in reversed(self.places)), self.logs[::-1], self.mean)

    def near(self) -> bool:
        """Is anything of the function within a few deviations?"""
        return any(here > -inf for z, here in zip(self.places, self.logs, strict=True) if abs(z) < NEAR)


@lru_cache(maxsize=256)
def scanned(pieces: Pieces, variance: Fraction) -> Scan:
    """Of a function under a centred normal density.

    Raises:
        DivergenceError: it outgrows every such density.
        UndecidedError: it grows beyond the scan.
    """
    refuse_growth(pieces, variance)
    with workdps(DPS):
        measure, d = Measure.of(pieces), mp.sqrt(to_mpf(variance))
        balls = ((int(mp.prec), _rows(Measure.of(pieces, BALLS), known(d))),)
        return Scan.of(measure, d, Magnitudes(_rows(measure, d), balls))


def _rows(measure: Measure, d: Any) -> Rows:
    return lambda z: lambda _: measure.at(d * z)


@cache
def level() -> Scan:
    """Of the constant function."""
    return Scan.of(ONE, mpf(1), Magnitudes(_rows(ONE, mpf(1))))


def far_reach(scan: Scan, nats: float) -> float | None:
    """How far out in ``z`` the function times a Hermite polynomial may count; None where that is beyond the scan."""
    level = magnitude(scan.mean) - nats
    far = (abs(z) for z, here in zip(scan.places, scan.logs, strict=True) if here - z * z / 4 > level)
    reach = max(far, default=0.0) + STEP
    return max(reach, 2 * sqrt(nats)) if reach < EDGE * STEP - 2 else None


def outer_reach(first: Scan, second: Scan, nats: float) -> float:
    """How far out in ``z`` the product of two functions counts.

    Raises:
        UndecidedError: where that is beyond the scan.
    """
    found = next((far for far, excess in _excesses(first, second) if excess > -nats - 3), 1.0)
    if found > EDGE * STEP - 2:
        raise UndecidedError
    return found + STEP


@lru_cache(maxsize=256)
def _excesses(first: Scan, second: Scan) -> list[tuple[float, float]]:
    """Distances in ``z``, falling, and how far the product is above its mean there."""
    if not all(any(here > -inf for here in scan.logs) for scan in (first, second)):
        raise UndecidedError
    mean = float(mp.log(first.mean)), float(mp.log(second.mean))
    found = [
        (abs(z), here + max(there, level) - z * z / 2 - sum(mean))
        for scan, other, level in ((first, second, mean[1]), (second, first, mean[0]))
        for z, here, there in zip(scan.places, scan.logs, _at(other, scan.places), strict=True)
    ]
    return sorted(found, reverse=True)


def _at(scan: Scan, places: tuple[float, ...]) -> list[float]:
    """Its logarithms at the nearest of its places at the left."""
    found, k = [], 0
    for z in places:
        while k + 1 < len(scan.places) and scan.places[k + 1] <= z:
            k += 1
        found.append(scan.logs[k])
    return found


def inner_reach(scan: Scan, nats: float, outer: float) -> float:
    """How many conditional deviations count: the function may grow over the window."""
    growth = [
        here for z, here in zip(scan.places, scan.logs, strict=True) if abs(z) < max(outer, (2 * nats) ** 0.5 + 4)
    ]
    above = max(0.0, max(growth, default=0.0) - float(mp.log(scan.mean))) if scan.mean else 0.0
    return float((2 * (nats + above + 3)) ** 0.5)


__all__ = ["Scan", "far_reach", "inner_reach", "level", "outer_reach", "scanned"]
