"""``E[f(X) f(Y)]`` for ``f`` with knots: ``X`` outside, ``Y`` given ``X`` inside, panels that end at every knot.

Outside, ``f(x)`` has the knots and ``g(x) = E[f(Y) | X = x]`` is smooth, but at the images of the knots only over the
conditional deviation ``s``: the panels there are as short as that.  Inside, a closed form where there is one, else panels
that end at the knots; where none is near and ``f`` is smooth on the scale of ``s``, trapezoidal sums do, the best rule for a
Gaussian.  A point mass (of the derivative of a jump) is one more node outside, and one more term inside.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, log10, pi, sqrt
from typing import Any

from mpmath import mp, mpf, workdps

from symkern.oracle.balls import BALLS, certain
from symkern.oracle.conditional import Closed
from symkern.oracle.inputs import Covariance, to_mpf
from symkern.oracle.integrand import MPMATH, Arithmetic
from symkern.oracle.magnitudes import Magnitudes, Rows, UndecidedError
from symkern.oracle.measure import Measure, powers_of, room
from symkern.oracle.mesh import LN10, Panel, Rule, mesh
from symkern.oracle.pieces import Pieces
from symkern.oracle.scan import inner_reach, outer_reach, scanned
from symkern.oracle.settle import DIGITS, Estimate, TooDearError
from symkern.oracle.window import DivergenceError, Window, find_window

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
        self.starts = [panel.lo for panel in panels]
        self.longest = geometry.s * rule.reach
        self.s, step = self.arithmetic.number(geometry.s), mpf(pi * sqrt(2 / ((rule.accuracy + 3) * LN10)))
        self.scale = self.arithmetic.number(1 / (geometry.s * mp.sqrt(2 * mp.pi)))
        count = ceil(geometry.inner / step)
        unit, exp = self.arithmetic.exact(step), self.arithmetic.exp
        front = self.arithmetic.number(step / mp.sqrt(2 * mp.pi))
        self.steps = [(self.s * (k * unit), front * exp((k * unit) ** 2 / -2)) for k in range(-count, count + 1)]

    def near(self, mu: mpf) -> list[Panel]:
        """The panels in the window."""
        width = self.geometry.inner * self.geometry.s
        first = max(0, bisect_right(self.starts, mu - width) - 1)
        last = bisect_right(self.starts, mu + width)
        return [panel for panel in self.panels[first:last] if panel.hi > mu - width]

    def smooth(self, mu: mpf, near: list[Panel]) -> bool:
        """May the trapezoidal rule be used?"""
        width = self.geometry.inner * self.geometry.s
        return (
            len({id(panel.f) for panel in near}) == 1
            and all(panel.hi - panel.lo >= 4 * width for panel in near)
            and not any(abs(end - mu) < 2 * width for end in self.measure.ends)
        )

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
        near = self.near(mu)
        if self.smooth(mu, near):
            return len(self.steps)
        width = self.geometry.inner * self.geometry.s
        cuts = [cut for panel in near if (cut := panel.window(mu - width, mu + width))]
        return sum(self.rule.order * ceil((cut.hi - cut.lo) / self.longest) for cut in cuts)

    def __call__(self, mu: Any) -> Any:
        """The expectation at one ``mu``."""
        arithmetic, middle = self.arithmetic, self.arithmetic.middle(mu)
        near, exp, inverse = self.near(middle), arithmetic.exp, 1 / self.s
        terms = [size * exp(((arithmetic.exact(t) - mu) * inverse) ** 2 / -2) for t, size in self.measure.masses]
        if self.smooth(middle, near):
            f = near[0].f
            return arithmetic.total(w * f(mu + move) for move, w in self.steps) + self.scale * arithmetic.total(terms)
        width = self.geometry.inner * self.geometry.s
        lo, hi = middle - width, middle + width
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


class Nested:
    """The double integral at the current precision; of an odd or even (``symmetric``) function only its half."""

    def __init__(
        self, measure: Measure, geometry: Geometry, rule: Rule, symmetric: bool, closed: Closed | None = None
    ) -> None:
        self.measure, self.geometry, self.rule, self.symmetric = measure, geometry, rule, symmetric
        width = geometry.half_width()
        self.panels = mesh(measure, -width, width, rule)
        self.inner = closed or Conditional(measure, self.panels, geometry, rule)
        self.outer = self._outer_panels()

    def _outer_panels(self) -> list[Panel]:
        """Short ones about the images of the knots and of the features."""
        g = self.geometry
        width, reach = g.outer * g.d, g.inner * g.s / abs(g.m)
        near, far = g.narrow * g.d * self.rule.reach, g.d * self.rule.reach
        short = [panel for panel in self.panels if panel.hi - panel.lo < 4 * g.inner * g.s]
        rough = sorted({t / g.m for t in self.measure.ends} | {end / g.m for p in short for end in (p.lo, p.hi)})
        spans: list[tuple[mpf, mpf]] = []
        for t in rough:
            lo, hi = max(-width, t - reach), min(width, t + reach)
            if spans and lo <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(hi, spans[-1][1]))
            elif lo < hi:
                spans.append((lo, hi))
        ends = [-width, *(end for span in spans for end in span), width]
        found = []
        for k, (lo, hi) in enumerate(pairwise(ends)):
            lo = max(lo, mpf(0)) if self.symmetric else lo
            cuts = (panel.cut(lo, hi) for panel in self.panels)
            found += [part for cut in cuts if cut for part in cut.parts(near if k % 2 else far)]
        return found

    def cost(self) -> float:
        """Values of the integrand, from a sample of the outer nodes."""
        total = 0.0
        for panel in self.outer:
            middles = [panel.lo + (panel.hi - panel.lo) * part for part in (mpf(1) / 4, mpf(3) / 4)]
            total += self.rule.order * sum(self.inner.cost(self.geometry.m * x) for x in middles) / 2
        return total

    def total(self, most: float) -> Any:
        """The expectation.

        Raises:
            TooDearError: where it takes more than ``most`` values of the integrand.
        """
        if self.cost() > most:
            raise TooDearError
        arithmetic, inner, terms = self.rule.arithmetic, self.inner, []
        exp, (d, m) = arithmetic.exp, map(arithmetic.number, (self.geometry.d, self.geometry.m))
        inverse, scale = 1 / d, arithmetic.number(1 / (self.geometry.d * mp.sqrt(2 * mp.pi)))
        for panel in self.outer:
            f = panel.f
            for x, w in self.rule.nodes(panel):
                weight = w * f(x)
                if weight:
                    terms.append(weight * exp((x * inverse) ** 2 / -2) * inner(m * x))
        terms = [2 * term for term in terms] if self.symmetric else terms
        for t, size in self.measure.masses:
            x = arithmetic.exact(t)
            terms.append(size * exp((x * inverse) ** 2 / -2) * inner(m * x))
        return scale * arithmetic.total(terms)


def nested(
    pieces: Pieces, symmetric: bool, covariance: Covariance, most: float, accuracy: float, *, numerical: bool = False
) -> Estimate:
    """The expectation for ``|rho| < 1``.

    ``most`` values of the integrand are allowed; ``numerical``: in mpmath, and by quadrature inside even where there is a
    closed form.

    Raises:
        TooDearError: where it takes more than ``most`` values of the integrand.
        DivergenceError: where it is infinite.
        UndecidedError: where no window is found.
    """
    if min((p for p in powers_of(pieces) if p is not None), default=0.0) <= -1:
        raise DivergenceError
    ratio = covariance.gap / (covariance.var1 * covariance.var2)
    with workdps(int(accuracy + 14 - 0.5 * min(0.0, _log10(ratio)) + room(pieces, accuracy))):
        measure, nats = Measure.of(pieces), accuracy * LN10
        d, m, s = covariance.sheared()
        first, second = scanned(pieces, covariance.var1), scanned(pieces, covariance.var2)
        scale, level = first.mean * second.mean, second.mean
        try:
            outer = outer_reach(first, second, nats) if any(measure.functions) else 1.0
            reach = outer, inner_reach(second, nats, outer)
        except UndecidedError:
            if not (first.near() and second.near()):
                raise
            window = find_window(lambda: Magnitudes(_rows(measure, d, m, s)), 2, nats + 10)
            reach, scale = _reach(window), mp.exp(window.log_mass)
            level = min(level, scale / first.mean)

        def summed(arithmetic: Arithmetic) -> Any:
            d, m, s = covariance.sheared()
            geometry = Geometry(d, m, s, *reach, s / mp.sqrt(to_mpf(covariance.var2)))
            closed = Closed.of(pieces, s, level, accuracy) if arithmetic is BALLS else None
            rule = Rule.of(accuracy, arithmetic)
            return Nested(Measure.of(pieces, arithmetic), geometry, rule, symmetric, closed).total(most)

        if numerical:
            return Estimate(summed(MPMATH), scale)
        return Estimate(*certain(lambda: (summed(BALLS), scale), accuracy + DIGITS))


def _log10(ratio: Fraction) -> float:
    return log10(ratio.numerator) - log10(ratio.denominator)


def _rows(measure: Measure, d: mpf, m: mpf, s: mpf) -> Rows:
    """The integrand in unit deviations, for the search of a window."""

    def row(z: mpf) -> Callable[[mpf], mpf]:
        x = d * z
        weight = measure.at(x) * mp.exp(-z * z / 2)
        return lambda w: weight * measure.at(m * x + s * w) * mp.exp(-w * w / 2) if weight else weight

    return row


def _reach(window: Window) -> tuple[float, float]:
    outer, inner = (max(map(abs, side)) for side in window.box)
    return outer, inner


__all__ = ["Conditional", "Geometry", "Nested", "nested"]
