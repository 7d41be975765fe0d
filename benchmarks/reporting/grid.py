"""The grid of the pictures, and the kernels' true values on it: the derived formulas in many digits.

Every point has equal variances and is exact in float64, and in float32 too but for those next to ±1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mpmath import mp, mpf

from symkern.derivation import Derivation
from symkern.domain import Point
from symkern.formula_values import FormulaReference, formula_kernels
from symkern.references import Reference

NEAR_BOTH = tuple(10.0 ** (-k / 2) for k in range(12, 1, -1))
NEAR_DOUBLE = (1e-14, 1e-12, 1e-10, 1e-8)
MIDDLE = (0.7, 0.5, 0.3, 0.1)
SMALL = (1e-2, 1e-4, 1e-6, 1e-9)


@dataclass(frozen=True)
class Grid:
    """Columns of nominal correlations, rows of variances; ``single``: which columns are exact in float32."""

    correlations: tuple[float, ...]
    single: tuple[bool, ...]
    variances: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.variances), len(self.correlations)


def grid(every: int = 1) -> Grid:
    """From ``ρ = -1`` to ``1``, closer to both and to 0; variances from 1e-8 to 1e4, half a decade apart; all, or every few."""
    inner = [1 - e for e in NEAR_BOTH[::every]] + list((MIDDLE + SMALL)[:: min(every, 2)])
    right = [(1.0, True), *((1 - e, False) for e in NEAR_DOUBLE[::every]), *((r, True) for r in inner)]
    columns = [(-r, s) for r, s in right] + [(0.0, True)] + right[::-1]
    rows = tuple(float(np.float32(10.0 ** (k / 2))) for k in range(-16, 9, every))
    return Grid(tuple(r for r, _ in columns), tuple(s for _, s in columns), rows)


def point(g: Grid, row: int, column: int) -> Point:
    """The exact floats of one cell."""
    v, rho, single = g.variances[row], g.correlations[column], g.single[column]
    return Point(
        float(np.float32(rho * v)) if single else rho * v, v, v, "exact" if abs(rho) == 1 else "interior", single
    )


def answers(d: Derivation, values: dict[str, float], every: int) -> tuple[Grid, list[Reference], int]:
    """The grid, its references row by row, and how many values do not settle (those are NaN, and not drawn)."""
    g = grid(every)
    kernels = formula_kernels(d, values)
    found: list[Reference] = []
    unknown = 0
    for row in range(len(g.variances)):
        points = [point(g, row, column) for column in range(len(g.correlations))]
        columns = [[mp.nan if (v := of(*p.values)) is None else v for p in points] for of in kernels]
        scales = [abs(c[-1]) if mp.isfinite(c[-1]) else mpf(0) for c in columns]
        unknown += sum(mp.isnan(v) for c in columns for v in c)
        for p, k, s in zip(points, *columns, strict=True):
            found.append(FormulaReference(p, k, s, mpf(0), mpf(0), scales[0], scales[1], 99.0, kernels=kernels))
    return g, found, unknown
