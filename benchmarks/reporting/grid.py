"""The grid of the pictures, and the kernels' true values on it: the derived formulas in many digits.

Every point has equal variances and is exact in float64, and in float32 too but for those next to ±1.  A value counts where two
evaluations agree, the second with twice the digits of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy
from mpmath import mp, mpf
from sympy import Expr

from reporting.bivariate import phi2
from symkern.derivation import Derivation
from symkern.domain import Point
from symkern.functions import Density2, Orthant
from symkern.references import Reference
from symkern.symbols import cov12, var1, var2

NEAR_BOTH = tuple(10.0 ** (-k / 2) for k in range(12, 1, -1))
NEAR_DOUBLE = (1e-14, 1e-12, 1e-10, 1e-8)
MIDDLE = (0.7, 0.5, 0.3, 0.1)
SMALL = (1e-2, 1e-4, 1e-6, 1e-9)
DIGITS = 60
STEPS = (50, 70)
"""Values at ``ρ = ±1`` are limits: those at ``ρ = ±(1 - 10^-step)``, where formulas are not 0/0."""
AGREEMENT = mpf("1e-20")
FAR, NEAR = 250, 45
"""Deviations beyond which the normal distribution counts as nothing: beside factors ``exp(var1 + var2)``, and without them."""
NOTHING = mpf("1e-330")
FEW = 1e4
"""What changes by more than this factor from one step to the next is infinite at ``ρ = ±1``, or zero."""


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
    """The grid, its references row by row, and how many values two evaluations do not agree on (those are NaN, and not drawn)."""
    g = grid(every)
    parameters = {p.symbol: sympy.Rational(values[p.name]) for p in d.activation.parameters}
    nngp, slope = (_function(e.subs(parameters)) for e in (d.nngp, d.d_nngp))
    found: list[Reference] = []
    unknown = 0
    for row in range(len(g.variances)):
        points = [point(g, row, column) for column in range(len(g.correlations))]
        columns = [[_true(f, p) for p in points] for f in (nngp, slope)]
        scales = [abs(c[-1]) if mp.isfinite(c[-1]) else mpf(0) for c in columns]
        unknown += sum(mp.isnan(v) for c in columns for v in c)
        for p, k, s in zip(points, *columns, strict=True):
            found.append(Reference(p, k, s, mpf(0), mpf(0), scales[0], scales[1], 99.0))
    return g, found, unknown


def _true(f: Callable[..., mpf], p: Point) -> mpf:
    """The value at a point; NaN where evaluations disagree."""
    if p.region == "exact":
        return _limit(*(_beside(f, p, step) for step in STEPS))
    values = [f(*p.values, DIGITS), f(*p.values, 2 * DIGITS)]
    if mp.isnan(_agreed(*values)):
        values = [values[1], f(*p.values, 4 * DIGITS)]
        if abs(values[1]) < AGREEMENT * abs(values[0]):
            return mpf(0)
    return _agreed(*values)


def _limit(far: mpf, near: mpf) -> mpf:
    if abs(near) > FEW * abs(far) > 0:
        return mp.sign(near) * mp.inf
    return mpf(0) if abs(far) > FEW * abs(near) else _agreed(far, near)


def _beside(f: Callable[..., mpf], p: Point, step: int) -> mpf:
    digits = 6 * max(STEPS)
    with mp.workdps(digits):
        return f(mpf(p.cov12) * (1 - mpf(10) ** -step), p.var1, p.var2, digits)


def _agreed(a: mpf, b: mpf) -> mpf:
    with mp.workdps(30):
        return b if abs(a - b) <= AGREEMENT * abs(b) + NOTHING else mp.nan


def _function(e: Expr) -> Callable[..., mpf]:
    """``f(cov12, var1, var2, digits)`` in mpmath."""
    somewhere = {cov12: sympy.Rational(1, 2), var1: 1, var2: 1}
    far = FAR if any(a.exp.subs(somewhere) > 0 for a in e.atoms(sympy.exp)) else NEAR
    e = e.replace(Density2, lambda *a: Density2(*a).definition()).replace(
        Orthant, lambda *a: Orthant(*a).rewrite("hyper")
    )
    special = {"Phi": mpmath.ncdf, "Phi2": lambda h, k, r: phi2(h, k, r, far)}
    compiled = sympy.lambdify((cov12, var1, var2), e, [special, "mpmath"], cse=True)

    def function(c: Any, v: Any, w: Any, digits: int) -> mpf:
        with mp.workdps(digits):
            try:
                return mpf(mp.re(compiled(mpf(c), mpf(v), mpf(w))))
            except (ZeroDivisionError, ValueError, OverflowError):
                return mp.nan

    return function
