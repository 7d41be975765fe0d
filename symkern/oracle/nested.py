"""``E[f(X) f(Y)]`` for ``f`` with knots: ``X`` outside, ``Y`` given ``X`` inside, panels that end at every knot.

Outside, ``f(x)`` has the knots and ``g(x) = E[f(Y) | X = x]`` is smooth, but at the images of the knots only over the
conditional deviation ``s``: the panels there are as short as that.  Inside, a closed form where there is one, else quadrature.
A point mass (of the derivative of a jump) is one more node outside, and one more term inside.

A smooth ``f`` is one without knots: variances that differ, or a correlation near one, make it cheap.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from math import log10
from typing import Any

from mpmath import mp, mpf, workdps

from symkern.oracle.balls import BALLS, certain
from symkern.oracle.conditional import Closed
from symkern.oracle.inner import Conditional, Geometry
from symkern.oracle.inputs import Covariance, to_mpf
from symkern.oracle.integrand import MPMATH, Arithmetic
from symkern.oracle.magnitudes import Magnitudes, Rows, UndecidedError
from symkern.oracle.measure import Measure, powers_of, room
from symkern.oracle.mesh import LN10, Panel, Rule, mesh
from symkern.oracle.pieces import Pieces
from symkern.oracle.scan import inner_reach, outer_reach, scanned
from symkern.oracle.settle import DIGITS, Estimate, TooDearError
from symkern.oracle.window import DivergenceError, Window, find_window

SLACK = 5
"""Digits below the accuracy of what is left out."""


class Nested:
    """The double integral at the current precision; of an odd or even (``symmetric``) function only its half.

    ``most`` values of the integrand are allowed.
    """

    def __init__(
        self,
        measure: Measure,
        geometry: Geometry,
        rule: Rule,
        symmetric: bool,
        most: float,
        closed: Closed | None = None,
    ) -> None:
        self.most = most
        self.measure, self.geometry, self.rule, self.symmetric = measure, geometry, rule, symmetric
        width = geometry.half_width()
        self.panels = mesh(measure, -width, width, rule, most)
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

    def total(self) -> Any:
        """The expectation.

        Raises:
            TooDearError: where it takes more than ``most`` values of the integrand.
        """
        if self.cost() > self.most:
            raise TooDearError
        arithmetic, inner, terms = self.rule.arithmetic, self.inner, []
        exp, (d, m) = arithmetic.exp, map(arithmetic.number, (self.geometry.d, self.geometry.m))
        inverse, scale = 1 / d, arithmetic.number(1 / (self.geometry.d * mp.sqrt(2 * mp.pi)))
        least = arithmetic.exact(self.geometry.d * self.rule.mean * mpf(10) ** -(self.rule.accuracy + SLACK))
        for panel in self.outer:
            f = panel.f
            for x, w in self.rule.nodes(panel):
                weight = w * f(x)
                if not abs(weight) <= least:
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
            rule = Rule.of(accuracy, arithmetic, min(first.mean, second.mean))
            return Nested(Measure.of(pieces, arithmetic), geometry, rule, symmetric, most, closed).total()

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


__all__ = ["Nested", "nested"]
