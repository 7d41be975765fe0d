"""``E[f(mu + s W)]`` in closed form, for ``f`` whose pieces are sums of ``w x**k exp(a x**2 + b x)``.

With ``r = 1 - 2 a s**2`` the exponential times the density of ``N(mu, s**2)`` is ``C`` times that of ``N(nu, s**2/r)``,

    nu = (mu + b s**2)/r,    C = exp((a mu**2 + b mu + b**2 s**2/2)/r)/sqrt(r),

so each piece is a moment of a truncated normal variable: two tails, taken on the side where they are small, and the recursion
``m_k = nu m_{k-1} + (k - 1) s**2/r m_{k-2} + s**2/r [x**(k-1) density]``.  All of it in balls: what cancels shows in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sympy
from flint import arb
from mpmath import mpf

from symkern.oracle.balls import BALLS, ball_constant, known
from symkern.oracle.error_function import erfc
from symkern.oracle.magnitudes import bound, magnitude
from symkern.oracle.measure import Measure
from symkern.oracle.mesh import LN10
from symkern.oracle.pieces import Pieces
from symkern.oracle.terms import Terms, Tilt, closed_terms

SLACK = 4.0
"""Decimal digits below the accuracy asked for of what is left out."""
DEAR = 5
"""Values of an integrand that a tail costs as much as."""


class Edge(NamedTuple):
    """An end of a piece: the place, is it right of ``nu``, and times ``C`` the tail (away from ``nu``) and the density."""

    place: arb
    right: bool
    tail: arb
    density: arb


LEFT, RIGHT = (Edge(arb(0), right, arb(0), arb(0)) for right in (False, True))
"""The infinities."""


@dataclass(frozen=True)
class Tilted:
    """The terms of one tilt, given ``s``.

    Attributes:
        a: of ``exp(a x**2 + b x)``.
        b: of the same.
        inverse: ``1/r``.
        shift: ``nu`` at ``mu = 0``.
        half: the exponent of ``C`` there.
        square: the variance ``s**2/r``.
        root: ``1/sqrt(2 s**2/r)``.
        front: ``1/sqrt(r)``.
        heights: the tilted density at the knots, but for ``exp(-((t - mu)/s)**2/2)``.
        logs: bounds of how much lies beyond each knot, but for the same factor.
        pieces: indices, with weights of ``1, x, x**2, ...``.
    """

    a: arb
    b: arb
    inverse: arb
    shift: arb
    half: arb
    square: arb
    root: arb
    front: arb
    heights: tuple[arb, ...]
    logs: tuple[float, ...]
    pieces: tuple[tuple[int, tuple[arb, ...]], ...]

    @classmethod
    def of(cls, tilt: Tilt, terms: Sequence[Terms], ends: Sequence[arb], s: arb) -> Tilted:
        """At the current precision."""
        a, b = map(ball_constant, tilt)
        pieces = tuple(
            (k, tuple(ball_constant(found.get(power, sympy.Integer(0))) for power in range(max(found) + 1)))
            for k, found in enumerate(piece.get(tilt) for piece in terms)
            if found
        )
        rate = 1 - 2 * a * s * s
        front, wide = rate.rsqrt(), s * rate.rsqrt()
        weights = [(abs(w), power) for _, row in pieces for power, w in enumerate(row)]
        factors = [((a * t + b) * t).exp() for t in ends]
        sizes = [sum((w * (abs(t) + 4 * (power + 1) * wide) ** power for w, power in weights), arb(0)) for t in ends]
        return cls(
            a,
            b,
            1 / rate,
            b * s * s / rate,
            (b * s) ** 2 / (2 * rate),
            wide**2,
            1 / (wide * arb(2).sqrt()),
            front,
            tuple(e / (s * (2 * arb.pi()).sqrt()) for e in factors),
            tuple(bound(e * size * front) for e, size in zip(factors, sizes, strict=True)),
            pieces,
        )

    def sum(self, mu: arb, ends: Sequence[arb], bells: Sequence[arb | None]) -> arb:
        """The terms' expectation.

        Args:
            mu: the mean.
            ends: the knots.
            bells: ``exp(-((t - mu)/s)**2/2)`` at them; None where that is too small to count.
        """
        nu, square = mu * self.inverse + self.shift, self.square
        whole = ((self.a * mu + self.b) * mu * self.inverse + self.half).exp() * self.front
        edges = [LEFT]
        for t, bell, height in zip(ends, bells, self.heights, strict=True):
            z = (t - nu) * self.root
            right = bool(z.mid() > 0)
            if bell is None:
                edges.append(RIGHT if right else LEFT)
            else:
                edges.append(Edge(t, right, whole * erfc(z if right else -z) / 2, height * bell))
        edges.append(RIGHT)
        value = arb(0)
        for k, weights in self.pieces:
            lo, hi = edges[k], edges[k + 1]
            if lo.right != hi.right:
                m = whole - lo.tail - hi.tail
            elif lo.tail.is_zero() and hi.tail.is_zero():
                continue
            else:
                m = lo.tail - hi.tail if lo.right else hi.tail - lo.tail
            value += weights[0] * m
            before, left, right_ = arb(0), square * lo.density, square * hi.density
            for power, weight in enumerate(weights[1:]):
                m, before = nu * m + power * square * before + left - right_, m
                left, right_ = left * lo.place, right_ * hi.place
                value += weight * m
        return value


class Closed:
    """``mu -> E[f(mu + s W)]``, point masses included, at the current precision.

    Args:
        pieces: of ``f``.
        terms: of each piece.
        s: the conditional deviation.
        mean: the size below which the digits of an expectation do not count.
        accuracy: digits below ``mean`` that do.
    """

    def __init__(self, pieces: Pieces, terms: Sequence[Terms], s: mpf, mean: mpf, accuracy: float) -> None:
        self.least = magnitude(mean) - (accuracy + SLACK) * LN10
        measure, deviation = Measure.of(pieces, BALLS), known(s)
        self.ends = list(map(known, measure.ends))
        self.inverse = 1 / deviation
        scale = self.inverse / (2 * arb.pi()).sqrt()
        self.masses = [(measure.ends.index(t), scale * size) for t, size in measure.masses]
        tilts = dict.fromkeys(tilt for piece in terms for tilt in piece)
        self.tilts = [Tilted.of(tilt, terms, self.ends, deviation) for tilt in tilts]
        masses = dict(self.masses)
        self.logs = [
            max([tilted.logs[k] for tilted in self.tilts] + [bound(masses.get(k, arb(0)))])
            for k in range(len(self.ends))
        ]

    @classmethod
    def of(cls, pieces: Pieces, s: mpf, mean: mpf, accuracy: float) -> Closed | None:
        """None where a piece is no such sum, or one that grows faster than the density of deviation ``s`` falls."""
        terms = closed_terms(pieces)
        if terms is None or not mean:
            return None
        square = known(s) ** 2
        if not all(2 * ball_constant(a) * square < 1 for piece in terms for a, _ in piece):
            return None
        return cls(pieces, terms, s, mean, accuracy)

    def cost(self, _: mpf) -> int:
        """In values of an integrand."""
        return 1 + DEAR * len(self.tilts) * len(self.ends)

    def __call__(self, mu: arb) -> arb:
        """The expectation at one ``mu``."""
        bells: list[arb | None] = []
        for t, most in zip(self.ends, self.logs, strict=True):
            exponent = ((t - mu) * self.inverse) ** 2 / -2
            bells.append(exponent.exp() if most + float(exponent.mid()) > self.least else None)
        value = arb(0)
        for tilted in self.tilts:
            value += tilted.sum(mu, self.ends, bells)
        for k, size in self.masses:
            if (bell := bells[k]) is not None:
                value += size * bell
        return value


__all__ = ["Closed"]
