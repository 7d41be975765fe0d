"""Points of the contract's domain: exact floats, stratified by variance and correlation.

Every point is exact in float32, so that both precisions are judged against the same reference; points that only float64
can tell from ``ρ = ±1`` or from zero come on top.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

NEAR_ZERO = 64
"""Near an interior zero of a kernel, errors count in ulps of ``√(K11 K22) / NEAR_ZERO``."""

Region = Literal["interior", "small", "near", "exact", "zero"]
REGIONS: tuple[Region, ...] = ("interior", "small", "near", "exact", "zero")


@dataclass(frozen=True)
class Point:
    """A covariance; ``region`` says what is special about it.

    ``interior``: ordinary correlations; ``small``: ``|ρ| <= 1e-3`` and zero; ``near``: ``1 - |ρ| <= 1e-2``; ``exact``:
    ``ρ = ±1`` (to rounding) and the diagonal; ``zero``: a variance is zero.  ``single``: exact in float32.
    """

    cov12: float
    var1: float
    var2: float
    region: Region
    single: bool = True

    @property
    def values(self) -> tuple[float, float, float]:
        """(cov12, var1, var2)."""
        return self.cov12, self.var1, self.var2


_INTERIOR = (0.5, -0.5, 0.9, -0.9, 0.1, -0.25, 0.75, -0.97)
_SMALL = (0.0, 1e-12, -1e-12, 1e-6, -1e-4)
_NEAR = (1 - 1e-2, -(1 - 1e-2), 1 - 1e-4, -(1 - 1e-5), 1 - 2.0**-20, -(1 - 2.0**-22))
_EXACT = (1.0, -1.0)
_NEAR_DOUBLE = (1 - 1e-9, -(1 - 1e-9), 1 - 2.0**-50, -(1 - 2.0**-52))
_VARIANCES = tuple(float(np.float32(v)) for v in (1.0, 0.25, 3.7, 1e-2, 40.0, 1e-4, 300.0, 1e-8, 1e4, 2e-6))
_UNEQUAL = tuple(
    (float(np.float32(a)), float(np.float32(b)))
    for a, b in (
        (1.0, 2.5),
        (0.3, 0.05),
        (7.0, 1e-3),
        (1e-8, 1e4),
        (60.0, 50.0),
        (1e-5, 3e-5),
        (900.0, 0.7),
        (2.0, 1e4),
    )
)


def points(number: int) -> tuple[Point, ...]:
    """About ``number`` points, the same for every call: each region gets its share, variances in turn.

    The share of ``ρ = ±1`` comes on top, for these cost little, and kernels may be wrong at some variances only.
    """
    pairs = [
        p
        for couple in zip([(v, v) for v in _VARIANCES], _cycled(_UNEQUAL, len(_VARIANCES)), strict=True)
        for p in couple
    ]
    chosen = list(_zeros())
    strata: list[tuple[Region, tuple[float, ...], bool]] = [
        ("interior", _INTERIOR, True),
        ("small", _SMALL, True),
        ("near", _NEAR, True),
        ("exact", _EXACT, True),
        ("near", _NEAR_DOUBLE, False),
    ]
    grids = [
        [
            _point(rho, *pairs[(i + j) % len(pairs)], region, single)
            for i in range(len(pairs))
            for j, rho in enumerate(rhos)
        ]
        for region, rhos, single in strata
    ]
    shares = (0.34, 0.2, 0.22, 0.6, 0.08)
    for grid, share in zip(grids, shares, strict=True):
        unique = list(dict.fromkeys(grid))
        chosen += unique[: max(2, round(share * number))]
    return tuple(dict.fromkeys(chosen))


def _cycled(values: tuple[tuple[float, float], ...], n: int) -> list[tuple[float, float]]:
    return [values[i % len(values)] for i in range(n)]


def _point(rho: float, v1: float, v2: float, region: Region, single: bool) -> Point:
    bound = math.sqrt(v1 * v2)
    cov12 = rho * bound
    return Point(float(np.float32(cov12)) if single else cov12, v1, v2, region, single)


def _zeros() -> tuple[Point, ...]:
    return tuple(Point(0.0, v1, v2, "zero") for v1, v2 in ((0.0, 0.0), (0.0, 1.0), (2.5, 0.0)))
