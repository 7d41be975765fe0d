"""``E[f(mu + s W)]`` in closed form, for ``f`` whose pieces are sums of ``w x**k exp(a x**2 + b x)``.

With ``r = 1 - 2 a s**2`` the exponential times the density of ``N(mu, s**2)`` is ``C`` times that of ``N(nu, s**2/r)``,

    nu = (mu + b s**2)/r,    C = exp((a mu**2 + b mu + b**2 s**2/2)/r)/sqrt(r),

so each piece is a moment of a truncated normal variable: two tails, taken on the side where they are small, and the recursion
``m_k = nu m_{k-1} + (k - 1) s**2/r m_{k-2} + s**2/r [x**(k-1) density]``.  What cancels is measured: beside every sum runs
the one of sizes, and where that leaves too few digits the working precision is raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sympy
from mpmath import mp, mpf, workprec
from sympy import Expr

from symkern.oracle.integrand import evaluator
from symkern.oracle.magnitudes import LN2, UndecidedError, magnitude
from symkern.oracle.measure import Measure
from symkern.oracle.mesh import LN10
from symkern.oracle.pieces import Pieces
from symkern.oracle.terms import Terms, Tilt, closed_terms

SLACK = 4.0
"""Decimal digits below the accuracy asked for of what is left out, and of rounding errors."""
DEAR = 5
"""Values of an integrand that a tail costs as much as."""
RAISED = 6
"""The working precision is raised so many times at most."""


class Edge(NamedTuple):
    """An end of a piece: the place, is it right of ``nu``, and times ``C`` the tail (away from ``nu``) and the density."""

    place: mpf
    right: bool
    tail: mpf
    density: mpf


LEFT, RIGHT = (Edge(mpf(0), right, mpf(0), mpf(0)) for right in (False, True))
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
        wide: the deviation ``s/sqrt(r)``.
        loss: by how much ``r`` cancels.
        steep: the sizes of what exponents at the knots, and that of ``C`` at ``mu = 0``, are sums of.
        heights: the tilted density at the knots, but for ``exp(-((t - mu)/s)**2/2)``.
        logs: bounds of how much lies beyond each knot, but for the same factor.
        pieces: indices, with weights of ``1, x, x**2, ...``.
    """

    a: mpf
    b: mpf
    inverse: mpf
    shift: mpf
    half: mpf
    wide: mpf
    loss: mpf
    steep: mpf
    heights: tuple[mpf, ...]
    logs: tuple[float, ...]
    pieces: tuple[tuple[int, tuple[mpf, ...]], ...]

    @classmethod
    def of(cls, tilt: Tilt, terms: Sequence[Terms], ends: Sequence[mpf], s: mpf) -> Tilted:
        """At the current precision."""
        a, b = map(_number, tilt)
        pieces = tuple(
            (k, tuple(_number(found.get(power, sympy.Integer(0))) for power in range(max(found) + 1)))
            for k, found in enumerate(piece.get(tilt) for piece in terms)
            if found
        )
        rate, loss = 1 - 2 * a * s * s, 1 + 2 * abs(a) * s * s
        wide, shift, half = s / mp.sqrt(rate), b * s * s / rate, (b * s) ** 2 / (2 * rate)
        steep = max(((abs(a * t) + abs(b)) * abs(t) for t in ends), default=mpf(0)) + half
        weights = [(abs(w), power) for _, row in pieces for power, w in enumerate(row)]
        factors = [mp.exp((a * t + b) * t) for t in ends]
        sizes = [mp.fsum(w * (abs(t) + 4 * (power + 1) * wide) ** power for w, power in weights) for t in ends]
        logs = tuple(magnitude(e * size * wide / s) for e, size in zip(factors, sizes, strict=True))
        heights = tuple(e / (s * mp.sqrt(2 * mp.pi)) for e in factors)
        return cls(a, b, 1 / rate, shift, half, wide, loss / rate, steep, heights, logs, pieces)

    def sums(self, mu: mpf, s: mpf, ends: Sequence[mpf], bells: Sequence[mpf | None]) -> tuple[mpf, mpf]:
        """The terms' expectation, and a bound of its rounding error in units of the last place.

        Args:
            mu: the mean.
            s: the deviation.
            ends: the knots.
            bells: ``exp(-((t - mu)/s)**2/2)`` at them; None where that is too small to count.
        """
        nu, spread = mu * self.inverse + self.shift, abs(mu) * self.inverse + abs(self.shift)
        whole = mp.exp((self.a * mu + self.b) * mu * self.inverse + self.half) * self.wide / s
        rough = 4 + (abs(self.a * mu) + abs(self.b)) * abs(mu) * self.inverse + self.steep
        edges, square, root = [LEFT], self.wide**2, 1 / (self.wide * mp.sqrt(2))
        for t, bell, height in zip(ends, bells, self.heights, strict=True):
            if bell is None:
                edges.append(RIGHT if t > nu else LEFT)
                continue
            z = (t - nu) * root
            edges.append(Edge(t, z > 0, whole * mp.erfc(abs(z)) / 2, height * bell))
            rough = max(rough, 2 * (1 + abs(z)) * (1 + (abs(t) + spread) * root))
        edges.append(RIGHT)
        value = size = mpf(0)
        for k, weights in self.pieces:
            lo, hi = edges[k], edges[k + 1]
            if lo.right != hi.right:
                m, most = whole - lo.tail - hi.tail, whole
            elif not lo.tail and not hi.tail:
                continue
            else:
                m, most = (lo.tail - hi.tail if lo.right else hi.tail - lo.tail), lo.tail + hi.tail
            before = above = mpf(0)
            left, right = square * lo.density, square * hi.density
            for power, weight in enumerate(weights):
                value, size = value + weight * m, size + abs(weight) * most
                m, before = nu * m + power * square * before + left - right, m
                most, above = spread * most + power * square * above + abs(left) + abs(right), most
                left, right = left * lo.place, right * hi.place
        return value, size * rough * self.loss


class Closed:
    """``mu -> E[f(mu + s W)]``, point masses included.

    Args:
        pieces: of ``f``.
        terms: of each piece.
        s: the conditional deviation.
        mean: the size below which the digits of an expectation do not count.
        accuracy: digits below ``mean`` that do.
    """

    def __init__(self, pieces: Pieces, terms: Sequence[Terms], s: mpf, mean: mpf, accuracy: float) -> None:
        self.pieces, self.terms, self.s = pieces, terms, s
        self.mean, self.lost = magnitude(mean), (accuracy + SLACK) * LN10
        self.extra = 0
        self._prepare()

    @classmethod
    def of(cls, pieces: Pieces, s: mpf, mean: mpf, accuracy: float) -> Closed | None:
        """None where a piece is no such sum, or one that grows faster than the density of deviation ``s`` falls."""
        terms = closed_terms(pieces)
        if terms is None or not mean or any(2 * _number(a) * s * s >= 1 for piece in terms for a, _ in piece):
            return None
        return cls(pieces, terms, s, mean, accuracy)

    def _prepare(self) -> None:
        """Every constant at the current precision."""
        measure, s = Measure.of(self.pieces), self.s
        self.ends, self.masses = measure.ends, [(measure.ends.index(t), size) for t, size in measure.masses]
        self.scale = 1 / (s * mp.sqrt(2 * mp.pi))
        tilts = dict.fromkeys(tilt for piece in self.terms for tilt in piece)
        self.tilts = [Tilted.of(tilt, self.terms, self.ends, s) for tilt in tilts]
        masses = dict(self.masses)
        self.logs = [
            max([tilted.logs[k] for tilted in self.tilts] + [magnitude(masses.get(k, mpf(0)) * self.scale)])
            for k in range(len(self.ends))
        ]

    def cost(self, _: mpf) -> int:
        """In values of an integrand."""
        return 1 + DEAR * len(self.tilts) * len(self.ends)

    def __call__(self, mu: mpf) -> mpf:
        """The expectation at one ``mu``.

        Raises:
            UndecidedError: where no working precision is enough.
        """
        for _ in range(RAISED):
            with workprec(mp.prec + self.extra):
                value, size = self._sums(mu)
                noise = magnitude(size) - mp.prec * LN2
            short = noise + self.lost - max(magnitude(value), self.mean)
            if short <= 0:
                return value
            self.extra += int(short / LN2) + 10
            with workprec(mp.prec + self.extra):
                self._prepare()
        raise UndecidedError

    def _sums(self, mu: mpf) -> tuple[mpf, mpf]:
        """The expectation, and a bound of its rounding error in units of the last place."""
        bells = []
        for t, most in zip(self.ends, self.logs, strict=True):
            exponent = -(((t - mu) / self.s) ** 2) / 2
            bells.append(mp.exp(exponent) if most + float(exponent) > self.mean - self.lost else None)
        found = [tilted.sums(mu, self.s, self.ends, bells) for tilted in self.tilts]
        found += [
            (term, abs(term)) for k, size in self.masses if (bell := bells[k]) for term in [self.scale * size * bell]
        ]
        return mp.fsum(value for value, _ in found), mp.fsum(size for _, size in found)


def _number(constant: Expr) -> mpf:
    return mpf(evaluator(constant)(mpf(0)))


__all__ = ["Closed"]
