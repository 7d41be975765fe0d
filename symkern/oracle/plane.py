"""Two-dimensional expectations by the trapezoidal rule in sheared coordinates ``X = d z1``, ``Y = m X + s z2``.

Against a Gaussian the rule converges like ``exp(-c / h**2)`` for an entire ``f``.  Any offset will do, so the nodes of
``y`` are taken from *one* lattice for all ``x``: with ``m hx : hy = p : q`` in small integers, ``f`` is evaluated once
per lattice point, the weights come in ``q`` tables, and a row costs one scalar product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, log
from typing import Any

from flint import arb, ctx
from mpmath import mp, mpf, workprec
from sympy import Expr

from symkern.oracle.balls import MORE, ball_evaluator, bells, middle, tilts, values
from symkern.oracle.formula import feature_length, feature_places, parity
from symkern.oracle.hermite import gauss_hermite
from symkern.oracle.inputs import Covariance
from symkern.oracle.integrand import MPMATH, Arithmetic, Function, evaluator
from symkern.oracle.lattice import Lattice, RowProducts, gaussian_table
from symkern.oracle.magnitudes import Rows, magnitude
from symkern.oracle.plan import Plan
from symkern.oracle.window import Place

ORDERS = (3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32)
"""Nodes of the Gauss-Hermite rules."""
SAMPLE = 8
"""Rows that are asked first whether a rule is good enough."""


@dataclass(frozen=True)
class PlaneProblem:
    """``E[f(X) f(Y)]`` for a correlation other than 0 and +-1."""

    formula: Expr
    covariance: Covariance

    dimension = 2
    name = "trapezoid 2d"
    even = False

    def lengths(self) -> tuple[float, float]:
        """The shortest feature of ``f`` in ``z1`` and ``z2``."""
        d, _, s = self.covariance.sheared()
        length = feature_length(self.formula, 40 * float(d))
        return float(length / d), float(length / s)

    def places(self) -> list[Place]:
        """Where the features of ``f`` are in ``z1`` and ``z2``."""
        d, m, s = self.covariance.sheared()
        places = feature_places(self.formula, 40 * float(d))
        return [(float(x / d), float((y - m * x) / s)) for x in places for y in places]

    def integrand(self, arithmetic: Arithmetic = MPMATH) -> Rows:
        """``f(x) exp(-z1**2 / 2) f(y) exp(-z2**2 / 2)``."""
        f, exp, (d, m, s) = (
            arithmetic.evaluator(self.formula),
            arithmetic.exp,
            map(arithmetic.number, self.covariance.sheared()),
        )

        def row(z1: Any) -> Function:
            x = d * z1
            weight, middle = f(x) * exp(-z1 * z1 / 2), m * x
            return lambda z2: weight * f(middle + s * z2) * exp(-z2 * z2 / 2)

        return row

    def cost(self, plan: Plan) -> float:
        """Terms of the double sum, half for an odd or even ``f``; dearer where rows share no values."""
        (a, b), (c, e) = plan.box
        rows, columns = (b - a) / plan.steps[0], (e - c) / plan.steps[1]
        d, m, s = self.covariance.sheared()
        shared = abs(m) * d * plan.steps[0] < 0.6 * columns * s * plan.steps[1]
        return rows * (columns if shared else 20 * min(columns, 32)) / (2 if parity(self.formula) else 1)

    def total(self, plan: Plan) -> mpf:
        """The double sum at the current precision."""
        return _Sum(self.formula, self.covariance, plan).value()


class _Sum:
    """One double sum: rows ``x_i = i hx``, and in each row the lattice points ``y_j = j hy`` around ``m x_i``."""

    def __init__(self, formula: Expr, covariance: Covariance, plan: Plan) -> None:
        self.formula = formula
        self.d, self.m, self.s = covariance.sheared()
        self.lattice = Lattice.fit(plan.steps[0] * self.d, plan.steps[1] * self.s, self.m)
        self.h1, self.h2 = self.lattice.hx / self.d, self.lattice.hy / self.s
        (a, b), (c, e) = plan.box
        self.mirror = bool(parity(formula))
        if self.mirror:
            a, b, c, e = 0.0, max(-a, b), min(c, -e), max(-c, e)
        self.rows = range(ceil(a / float(self.h1)), floor(b / float(self.h1)) + 1)
        self.columns = range(ceil(c / float(self.h2)) - 1, floor(e / float(self.h2)) + 2)
        self.plan = plan

    def value(self) -> mpf:
        """The expectation."""
        outer = values(self.formula, (i * self.lattice.hx for i in self.rows))
        outer = [u * bell for u, bell in zip(outer, bells(self.h1, self.rows), strict=True)]
        if self.mirror:
            outer = [2 * u if i else u for i, u in zip(self.rows, outer, strict=True)]
        inner = self._few_nodes(outer) or (self._shared(outer) if self._overlap else self._separate(outer))
        return mp.fdot(outer, inner) * self.h1 * self.h2 / (2 * mp.pi)

    @property
    def _overlap(self) -> bool:
        """Do enough rows share their lattice points?"""
        return abs(self.lattice.shift) < 0.6 * len(self.columns)

    def _separate(self, outer: list[mpf]) -> list[mpf]:
        """Row sums where every row has its own points (``rho`` near +-1)."""
        offsets = [k * self.lattice.hy for k in self.columns]
        weights = gaussian_table(self.h2, self.columns, Fraction(0))
        with ctx.workprec(mp.prec + MORE):
            sums = _Rows(self.formula, self._middles()).sums(offsets, weights)
            if sum((abs(arb(u)) * row.rad() for u, row in zip(outer, sums, strict=True)), arb(0)) <= self._noise():
                return list(map(middle, sums))
        f, step = evaluator(self.formula), self.m * self.lattice.hx
        return [mp.fdot([f(i * step + t) for t in offsets], weights) for i in self.rows]

    def _few_nodes(self, outer: list[mpf]) -> list[mpf]:
        """Row sums by the first Gauss-Hermite rule that agrees with the next one; empty where none does that is worth it.

        All rows count, to eight of the working digits below the mass: ``erf`` at variance 1e4 varies in few of them.  The
        largest rows are asked first.
        """
        most, middles = 0.4 * min(len(self.columns), float(abs(self.lattice.shift))), self._middles()
        if most < ORDERS[1]:
            return []
        sizes = [arb(abs(u)) for u in outer]
        large = sorted(range(len(outer)), key=lambda k: -abs(outer[k]))[:: max(1, len(outer) // SAMPLE)]
        with ctx.workprec(mp.prec + MORE):
            last = 0
            few, full = (_Rows(self.formula, found) for found in ([middles[k] for k in large], middles))
            for order in ORDERS:
                if order > most:
                    break
                if last:
                    orders = last, order
                    if self._agree(few, orders, [sizes[k] for k in large]) and self._agree(full, orders, sizes):
                        return list(map(middle, full.kept[last]))
                last = order
        return []

    def _middles(self) -> list[mpf]:
        step = self.m * self.lattice.hx
        return [i * step for i in self.rows]

    def _agree(self, rows: _Rows, orders: tuple[int, int], sizes: list[arb]) -> bool:
        """Do sums by two Gauss-Hermite rules?"""
        for order in orders:
            if order not in rows.kept:
                rows.kept[order] = rows.sums(*self._hermite(order))
        first, second = (rows.kept[order] for order in orders)
        moved = sum((u * abs(p - q) for u, p, q in zip(sizes, first, second, strict=True)), arb(0))
        return bool(moved <= self._noise())

    def _noise(self) -> arb:
        """What the row sums, times the outer values, may be wrong by."""
        return arb(self.plan.noise() / (self.h1 * self.h2))

    def _hermite(self, order: int) -> tuple[list[mpf], list[mpf]]:
        """Offsets and weights that stand for a row's trapezoidal sum."""
        nodes, weights = gauss_hermite(order)
        scale = mp.sqrt(2 * mp.pi) / self.h2
        return [self.s * z for z in nodes], [scale * w for w in weights]

    def _shared(self, outer: list[mpf]) -> list[mpf]:
        """Row sums from one table of ``f(y_j)`` and a table of weights for each offset between rows and lattice."""
        lattice, width = self.lattice, len(self.columns)
        middles = [lattice.middle(i) for i in self.rows]
        first = min(middles) + self.columns[0]
        places = (j * lattice.hy for j in range(first, max(middles) + self.columns[-1] + 1))
        scale = self.plan.log_mass - max(map(magnitude, outer)) - log(len(outer) * width * self.h1 * self.h2)
        products = RowProducts(values(self.formula, places), scale)
        starts = [middle + self.columns[0] - first for middle in middles]
        if products.fixed and lattice.shift.denominator > len(outer) / 8:
            return self._unlike(products, starts)
        tables: dict[Fraction, Sequence[object]] = {}
        for rest in {lattice.rest(i) for i in self.rows}:
            tables[rest] = products.table(gaussian_table(self.h2, self.columns, rest))
        return [products.row(start, tables[lattice.rest(i)]) for i, start in zip(self.rows, starts, strict=True)]

    def _unlike(self, products: RowProducts, starts: list[int]) -> list[mpf]:
        """Row sums where every row has its own weights (``rho`` near 0): those of the middle row times ``ratio**k``."""
        base = products.base(gaussian_table(self.h2, self.columns, Fraction(0)))
        pairs = tilts(self.h2, self.columns[0], map(self.lattice.rest, self.rows))
        return [
            scale * products.shifted(start, base, ratio) for start, (ratio, scale) in zip(starts, pairs, strict=True)
        ]


class _Rows:
    """Sums ``w f(middle + offset)`` in balls, for many middles; made and used at one precision of Arb.

    Attributes:
        kept: sums by the order of a Gauss-Hermite rule.
    """

    def __init__(self, formula: Expr, middles: list[mpf]) -> None:
        with workprec(ctx.prec):
            self.f, self.middles = ball_evaluator(formula), list(map(arb, middles))
        self.kept: dict[int, list[arb]] = {}

    def sums(self, offsets: list[mpf], weights: list[mpf]) -> list[arb]:
        """One for each middle."""
        f, rule = self.f, [(arb(t), arb(w)) for t, w in zip(offsets, weights, strict=True)]
        return [sum((w * f(middle + t) for t, w in rule), arb(0)) for middle in self.middles]


__all__ = ["PlaneProblem"]
