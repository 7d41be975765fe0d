"""``E[f(Y) | X = x]`` by quadrature: panels that end at every knot.

Where none is near and ``f`` is smooth on the scale of the conditional deviation, trapezoidal sums do, the best rule for a Gaussian,
and where ``f`` is nearly a polynomial there a few Gauss-Hermite nodes.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil, lgamma, pi, sqrt
from typing import Any

from mpmath import mp, mpf

from symkern.oracle.hermite import gauss_hermite
from symkern.oracle.measure import Measure
from symkern.oracle.mesh import LN10, Panel, Rule

REACH = 8
"""A panel is so many times as long as the distance within which its function is analytic, at most."""
SHARED = 4
"""Windows share the parts of a panel that are so many times the longest one's length from its ends."""


@dataclass(frozen=True)
class Geometry:
    """``X = d z``, ``Y = m X + s w``; the windows in ``z`` and ``w``; ``narrow``: ``sqrt(1 - rho**2)``."""

    d: mpf
    m: mpf
    s: mpf
    outer: float
    inner: float
    narrow: mpf

    def half_width(self) -> mpf:
        """Everything of ``x`` and ``y`` that is met."""
        return max(self.outer * self.d, abs(self.m) * self.outer * self.d + self.inner * self.s)


class Conditional:
    """``mu -> E[f(mu + s W)]``."""

    def __init__(self, measure: Measure, panels: list[Panel], geometry: Geometry, rule: Rule) -> None:
        self.measure, self.panels, self.geometry, self.rule = measure, panels, geometry, rule
        self.fixed: dict[mpf, tuple[list[Panel], Panel | None]] = {}
        self.shared: dict[tuple[mpf, int], list[tuple[Any, Any]]] = {}
        self.arithmetic = rule.arithmetic
        self.starts, self.stops = [float(panel.lo) for panel in panels], [float(panel.hi) for panel in panels]
        self.ends, self.width = list(map(float, measure.ends)), geometry.inner * geometry.s
        self.float_width = float(self.width)
        self.seen: dict[tuple[int, int], tuple[list[Panel], list[tuple[Any, Any]]]] = {}
        self.longest = geometry.s * rule.reach
        self.s, step = self.arithmetic.number(geometry.s), mpf(pi * sqrt(2 / ((rule.accuracy + 3) * LN10)))
        self.scale = self.arithmetic.number(1 / (geometry.s * mp.sqrt(2 * mp.pi)))
        count = ceil(geometry.inner / step)
        unit, exp = self.arithmetic.exact(step), self.arithmetic.exp
        front = self.arithmetic.number(step / mp.sqrt(2 * mp.pi))
        self.steps = [(self.s * (k * unit), front * exp((k * unit) ** 2 / -2)) for k in range(-count, count + 1)]
        self.few: dict[mpf, list[tuple[Any, Any]]] = {}

    def near(self, mu: float) -> tuple[list[Panel], list[tuple[Any, Any]]]:
        """The panels in the window; where ``f`` is smooth there also nodes about a mean and weights."""
        width = self.float_width
        first = max(0, bisect_right(self.starts, mu - width) - 1)
        first += bool(self.stops) and self.stops[first] < mu - width
        last = bisect_right(self.starts, mu + width)
        if (first, last) not in self.seen:
            panels = self.panels[first:last]
            self.seen[first, last] = panels, self.moves(panels) if self.smooth(panels) else []
        panels, moves = self.seen[first, last]
        return panels, [] if any(abs(end - mu) < 2 * width for end in self.ends) else moves

    def smooth(self, near: list[Panel]) -> bool:
        """May the trapezoidal rule be used?"""
        return len({id(panel.f) for panel in near}) == 1 and all(p.hi - p.lo >= 4 * self.width for p in near)

    def moves(self, near: list[Panel]) -> list[tuple[Any, Any]]:
        """Nodes about a mean and weights for where ``f`` is smooth: the shortest rule that does.

        A panel of length ``L`` resolves ``f``, which is then analytic within ``L/8`` at least of all its points: ``n``
        Gauss-Hermite nodes are wrong by ``n! (8 s/L)**(2 n)`` of it.
        """
        length = min(panel.hi - panel.lo for panel in near)
        if length not in self.few:
            ratio, least = float(mp.log(REACH * self.geometry.s / length)), -(self.rule.accuracy + 3) * LN10
            orders = range(1, len(self.steps) // 2)
            order = next((n for n in orders if lgamma(n + 1) + 2 * n * ratio <= least), None)
            self.few[length] = self.hermite(order) if order else self.steps
        return self.few[length]

    def hermite(self, order: int) -> list[tuple[Any, Any]]:
        """So many nodes and weights."""
        number, rule = self.arithmetic.number, zip(*gauss_hermite(order), strict=True)
        return [(self.s * number(z), number(w)) for z, w in rule]

    def split(self, panel: Panel) -> tuple[list[Panel], Panel | None]:
        """Parts at its ends that every window shares, so that ``f`` is computed there once, and the rest."""
        if panel.lo not in self.fixed:
            edge = SHARED * self.longest
            if panel.hi - panel.lo < 3 * edge:
                self.fixed[panel.lo] = panel.parts(self.longest), None
            else:
                a, b = panel.lo + edge, panel.hi - edge
                ends = [part for cut in (panel.cut(panel.lo, a), panel.cut(b, panel.hi)) if cut
                        for part in cut.parts(self.longest)]  # fmt: skip
                self.fixed[panel.lo] = ends, panel.cut(a, b)
        return self.fixed[panel.lo]

    def values(self, panel: Panel, k: int, part: Panel) -> list[tuple[Any, Any]]:
        """Nodes of a shared part, with weights that have ``f`` in them."""
        if (panel.lo, k) not in self.shared:
            self.shared[panel.lo, k] = [(y, w * part.f(y)) for y, w in self.rule.nodes(part)]
        return self.shared[panel.lo, k]

    def cost(self, mu: mpf) -> int:
        """Values of the integrand."""
        near, moves = self.near(float(mu))
        if moves:
            return len(moves)
        cuts = [cut for panel in near if (cut := panel.window(mu - self.width, mu + self.width))]
        return sum(self.rule.order * ceil((cut.hi - cut.lo) / self.longest) for cut in cuts)

    def __call__(self, mu: Any) -> Any:
        """The expectation at one ``mu``."""
        arithmetic, exp, inverse = self.arithmetic, self.arithmetic.exp, 1 / self.s
        near, moves = self.near(float(mu))
        terms = [size * exp(((arithmetic.exact(t) - mu) * inverse) ** 2 / -2) for t, size in self.measure.masses]
        if moves:
            f = near[0].f
            mean = arithmetic.total([w * f(mu + move) for move, w in moves])
            return mean + self.scale * arithmetic.total(terms) if terms else mean
        middle = arithmetic.middle(mu)
        lo, hi = middle - self.width, middle + self.width
        for panel in near:
            fixed, rest = self.split(panel)
            for k, part in enumerate(fixed):
                if part.lo < hi and part.hi > lo:
                    terms += [weight * exp(((y - mu) * inverse) ** 2 / -2) for y, weight in self.values(panel, k, part)]
            cut = rest.window(lo, hi) if rest else None
            for part in cut.parts(self.longest) if cut else ():
                f = part.f
                terms += [w * f(y) * exp(((y - mu) * inverse) ** 2 / -2) for y, w in self.rule.nodes(part)]
        return self.scale * arithmetic.total(terms)


__all__ = ["Conditional", "Geometry"]
