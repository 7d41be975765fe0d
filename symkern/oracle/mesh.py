"""Panels on which each piece of a function is resolved by a Gauss-Legendre or, at a rough knot, a tanh-sinh rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import asinh, ceil, exp, inf, log, pi, sqrt
from operator import mul
from typing import Any

from flint import arb, ctx
from mpmath import mp, mpf, workprec

from symkern.oracle.balls import BALLS
from symkern.oracle.integrand import MPMATH, Arithmetic, Function
from symkern.oracle.magnitudes import UndecidedError
from symkern.oracle.measure import Measure
from symkern.oracle.panels import ball_legendre, gauss_legendre, tabulated
from symkern.oracle.settle import TooDearError

Nodes = Sequence[tuple[Any, Any]]
DEEPEST = 60
"""A panel is halved so many times at most."""
LN10 = log(10)
UNKNOWN = mpf(0)


@dataclass(frozen=True)
class Panel:
    """A stretch of one piece.

    Attributes:
        lo: the left end.
        hi: the right end.
        f: the piece.
        rough: -1 or 1 where the left or right end is a rough knot, else 0.
        power: how ``f`` grows there.
        knot: the rough knot that the panel was cut from, also where it no longer ends there.
    """

    lo: mpf
    hi: mpf
    f: Function
    rough: int = 0
    power: float = 0.0
    knot: mpf | None = None

    def cut(self, lo: mpf, hi: mpf) -> Panel | None:
        """What is left of it between two places."""
        a, b = max(lo, self.lo), min(hi, self.hi)
        if a >= b:
            return None
        rough = self.rough if (a if self.rough < 0 else b) == (self.lo if self.rough < 0 else self.hi) else 0
        return Panel(a, b, self.f, rough, self.power, self.knot)

    def window(self, lo: mpf, hi: mpf) -> Panel | None:
        """As ``cut``, but reaching a little further where a rough knot is just outside."""
        if self.rough and self.knot is not None:
            slack = (hi - lo) / 8
            lo = self.lo if self.rough < 0 and lo - self.lo < slack else lo
            hi = self.hi if self.rough > 0 and self.hi - hi < slack else hi
        return self.cut(lo, hi)

    def parts(self, longest: mpf) -> list[Panel]:
        """Ones that are no longer; towards a rough knot shorter ones.

        A tanh-sinh rule sees less of a Gaussian than Gauss-Legendre, which needs the knot at a distance.
        """
        ends = [self.lo, self.hi]
        if self.knot is not None:
            side = 1 if self.knot <= self.lo else -1
            near, far = sorted(abs(end - self.knot) for end in ends)
            away = longest / 6 if self.rough else 4 * near
            while away < min(far, longest):
                ends.append(self.knot + side * away)
                away *= 4
        found = []
        for lo, hi in pairwise(sorted(ends)):
            count = max(1, ceil((hi - lo) / longest))
            cuts = [lo + k * ((hi - lo) / count) for k in range(count)] + [hi]
            found += [part for a, b in pairwise(cuts) if (part := self.cut(a, b))]
        return found


@dataclass(frozen=True)
class Rule:
    """Orders for an accuracy in decimal digits.

    Attributes:
        accuracy: digits below the largest value on a panel, or below ``mean`` where that is more.
        order: of Gauss-Legendre.
        reach: the longest panel, in deviations, over which ``order`` nodes resolve a normal density.
        arithmetic: of nodes and weights.
        mean: what the function is on the whole; 0 where that is not known.
    """

    accuracy: float
    order: int
    reach: float
    arithmetic: Arithmetic = MPMATH
    mean: mpf = UNKNOWN

    @classmethod
    def of(cls, accuracy: float, arithmetic: Arithmetic = MPMATH, mean: mpf = UNKNOWN) -> Rule:
        """``n (1 - log(8 n / h**2)) = -accuracy log(10)``: a Gaussian over half a panel, ``h``."""
        order = int(12 + 1.6 * accuracy)
        nats = accuracy * LN10
        return cls(accuracy, order, 2 * sqrt(8 * order * exp(-1 - nats / order)), arithmetic, mean)

    def nodes(self, panel: Panel) -> Nodes:
        """Nodes and weights of one panel."""
        lo, hi = map(self.arithmetic.exact, (panel.lo, panel.hi))
        if not panel.rough:
            middle, half = (lo + hi) / 2, (hi - lo) / 2
            return [(middle + half * z, half * w) for z, w in legendre(self.order, self.arithmetic)]
        length, end = hi - lo, lo if panel.rough < 0 else hi
        move = -panel.rough * length
        rule = tanh_sinh(self.accuracy, max(panel.power, -0.999), self.arithmetic)
        return [(end + move * u, length * w) for u, w in rule]


def legendre(order: int, arithmetic: Arithmetic = MPMATH) -> Nodes:
    """Nodes and weights on [-1, 1]."""
    return ball_legendre(order) if arithmetic is BALLS else gauss_legendre(order)


def tanh_sinh(accuracy: float, power: float, arithmetic: Arithmetic = MPMATH) -> Nodes:
    """Nodes and weights on (0, 1) for functions with a singularity ``u**power`` at 0."""
    return _tanh_sinh_numbers(accuracy, round(power, 6), tabulated(mp.prec), arithmetic)


@lru_cache(maxsize=64)
def _tanh_sinh_numbers(accuracy: float, power: float, prec: int, arithmetic: Arithmetic) -> Nodes:
    with workprec(prec):
        return [(arithmetic.number(u), arithmetic.number(w)) for u, w in _tanh_sinh(accuracy, power, prec)]


@lru_cache(maxsize=64)
def _tanh_sinh(accuracy: float, power: float, prec: int) -> Nodes:
    nats = (accuracy + 3) * LN10
    first, last = asinh(nats / (1 + power) / pi), asinh(nats / pi)
    with workprec(prec + 20):
        step = mpf(0.5 * pi**2 / nats)
        rule = []
        for k in range(-ceil(first / step), ceil(last / step) + 1):
            tau = k * step
            u = 1 / (1 + mp.exp(-mp.pi * mp.sinh(tau)))
            rest = 1 / (1 + mp.exp(mp.pi * mp.sinh(tau)))
            rule.append((u, step * mp.pi * mp.cosh(tau) * u * rest))
        return rule


def mesh(measure: Measure, lo: mpf, hi: mpf, rule: Rule, most: float = inf) -> list[Panel]:
    """Panels from ``lo`` to ``hi``; those where the function is 0 are left out.

    Raises:
        TooDearError: where they have more than ``most`` nodes.
    """
    found: list[Panel] = []
    infinite = (None, *measure.ends, None)
    powers = (None, *measure.powers, None)
    for k, function in enumerate(measure.functions):
        a = lo if infinite[k] is None else max(lo, infinite[k])
        b = hi if infinite[k + 1] is None else min(hi, infinite[k + 1])
        if function is None or a >= b:
            continue
        left = powers[k] if a == infinite[k] else None
        right = powers[k + 1] if b == infinite[k + 1] else None
        inside = [p for at, size in measure.sharp for p in (at - 4 * size, at, at + 4 * size) if a < p < b]
        if left is not None and right is not None and not inside:
            inside = [(a + b) / 2]
        ends = [a, *sorted(set(map(mpf, inside))), b]
        for m, (p, q) in enumerate(pairwise(ends)):
            if m == 0 and left is not None:
                panel = Panel(p, q, function, -1, left, p)
            elif m == len(ends) - 2 and right is not None:
                panel = Panel(p, q, function, 1, right, q)
            else:
                panel = Panel(p, q, function)
            for part in _resolved(panel, rule, 0):
                found.append(part)
                if len(found) * rule.order > most:
                    raise TooDearError
    return found


def _resolved(panel: Panel, rule: Rule, depth: int) -> Iterator[Panel]:
    """Halve until a panel's rule sees the function."""
    if depth >= DEEPEST or (_rough_agrees(panel, rule) if panel.rough else _smooth_agrees(panel, rule)):
        yield panel
        return
    middle = (panel.lo + panel.hi) / 2
    for half in (panel.cut(panel.lo, middle), panel.cut(middle, panel.hi)):
        if half is not None:
            yield from _resolved(half, rule, depth + 1)


def _smooth_agrees(panel: Panel, rule: Rule) -> bool:
    """The last Legendre coefficients are small: half the digits, since the rule is exact to twice the degree.

    What the balls do not know of them is no reason to halve: it is part of the sum's radius.
    """
    total, size = rule.arithmetic.total, rule.arithmetic.size
    values = [panel.f(z) for z, _ in rule.nodes(panel)]
    if rule.arithmetic is BALLS and not total(values).is_finite():
        raise UndecidedError
    largest, exact = max(map(size, values)), rule.arithmetic.exact
    square = exact(mpf(10) ** (-1.1 * rule.accuracy)) * largest * max(largest, exact(rule.mean))
    rows = _last_rows(rule.order, tabulated(mp.prec), rule.arithmetic)
    return all(size(total(map(mul, row, values))) ** 2 <= square for row in rows)


@lru_cache(maxsize=32)
def _last_rows(order: int, prec: int, arithmetic: Arithmetic) -> list[list[Any]]:
    """Functionals that give the last four Legendre coefficients from values at the nodes."""
    with workprec(prec):
        if arithmetic is not BALLS:
            return [list(map(arithmetic.middle, row)) for row in _last_rows(order, prec, BALLS)]
        with ctx.workprec(prec):
            return [_functional(order, k) for k in range(max(0, order - 4), order)]


def _functional(order: int, degree: int) -> list[arb]:
    nodes = [(z.mid(), w.mid()) for z, w in ball_legendre(order)]
    return [((2 * degree + 1) * w * z.legendre_p(degree) / 2).mid() for z, w in nodes]


def _rough_agrees(panel: Panel, rule: Rule) -> bool:
    """Two tanh-sinh rules agree."""
    sums, total = [], rule.arithmetic.total
    for accuracy in (rule.accuracy, rule.accuracy * 1.3):
        nodes = replace(rule, accuracy=accuracy).nodes(panel)
        values = [w * panel.f(z) for z, w in nodes]
        sums.append((total(values), total(map(abs, values))))
    return bool(abs(sums[0][0] - sums[1][0]) <= sums[1][1] * rule.arithmetic.exact(mpf(10) ** -rule.accuracy))


__all__ = ["Nodes", "Panel", "Rule", "mesh", "tanh_sinh"]
