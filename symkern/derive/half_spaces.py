"""Gaussian expectations of monomials on half-spaces, by integration by parts.

For jointly Gaussian ``X, Y, U, W`` and ``G = x^k y^l 1(U > 0) 1(W > 0)`` Stein's identity

    E[x G'] = E[x] E[G'] + Σ_ξ Cov(x, ξ) E[∂G'/∂ξ],        G = x G',

lowers the power, or turns a half-space into a point: there the expectation is the density of ``U`` at zero times one under
the conditional law, with one half-space less.  What is left at the end is a probability: 1, ``Phi`` or ``Phi2``.
"""

from __future__ import annotations

from typing import NamedTuple

from symkern.derive.field import Field, Root
from symkern.derive.terms import Algebra, Terms
from symkern.fractions import Fraction


class Gaussian(NamedTuple):
    """The law of ``(X, Y, U, W)``: means, and covariances as a symmetric tuple of rows (elements of a field)."""

    mean: tuple[Fraction, ...]
    cov: tuple[tuple[Fraction, ...], ...]

    def at_zero(self, i: int) -> Gaussian:
        """The conditional law where component ``i`` is zero."""
        variance, mean = self.cov[i][i], self.mean[i]
        ratio = [row[i] / variance for row in self.cov]
        return Gaussian(
            tuple(m - r * mean for m, r in zip(self.mean, ratio, strict=True)),
            tuple(tuple(e - ratio[j] * self.cov[i][k] for k, e in enumerate(row)) for j, row in enumerate(self.cov)),
        )


class HalfSpaces:
    """Expectations under one Gaussian law."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._known: dict[tuple[int, int, Gaussian, tuple[int, ...]], Terms] = {}

    def expectation(self, k: int, l: int, law: Gaussian, above: tuple[int, ...]) -> Terms:
        """``E[X^k Y^l]`` where the components in ``above`` (2 or 3: U, W) are positive."""
        key = (k, l, law, above)
        if key not in self._known:
            self._known[key] = self._probability(law, above) if k == l == 0 else self._lowered(k, l, law, above)
        return self._known[key]

    def at_points(self, k: int, l: int, law: Gaussian, above: tuple[int, ...], points: tuple[int, ...]) -> Terms:
        """``E[X^k Y^l Π δ(component)]`` over the components in ``points``, where those in ``above`` are positive."""
        if not points:
            return self.expectation(k, l, law, above)
        f, (i, *rest) = self.algebra.field, points
        density = f.sqrt(1 / (2 * law.cov[i][i]))
        exponent = -(law.mean[i] ** 2) / (2 * law.cov[i][i])
        return self.algebra.times(self.at_points(k, l, law.at_zero(i), above, tuple(rest)), density, 1, exponent)

    def _lowered(self, k: int, l: int, law: Gaussian, above: tuple[int, ...]) -> Terms:
        first = 0 if k else 1
        if first == 0:
            k -= 1
        else:
            l -= 1
        parts = [self._scaled(law.mean[first], k, l, law, above)]
        if k:
            parts.append(self._scaled(k * law.cov[first][0], k - 1, l, law, above))
        if l:
            parts.append(self._scaled(l * law.cov[first][1], k, l - 1, law, above))
        for i in above:
            rest = tuple(j for j in above if j != i)
            if law.cov[first][i]:
                parts.append(self.algebra.scale(self.at_points(k, l, law, rest, (i,)), law.cov[first][i]))
        return self.algebra.add(*parts)

    def _scaled(self, factor: Fraction, k: int, l: int, law: Gaussian, above: tuple[int, ...]) -> Terms:
        return self.algebra.scale(self.expectation(k, l, law, above), factor) if factor else {}

    def _probability(self, law: Gaussian, above: tuple[int, ...]) -> Terms:
        f, a = self.algebra.field, self.algebra
        if not above:
            return a.constant(f.one)
        if len(above) == 1:
            return a.normal(limit(f, law, above[0]))
        i, j = above
        return a.normal2(limit(f, law, i), limit(f, law, j), correlation(f, law, i, j))


def limit(f: Field, law: Gaussian, i: int) -> Root:
    """The mean of a component over its deviation."""
    unit = f.sqrt(1 / law.cov[i][i])
    return unit._replace(coefficient=unit.coefficient * law.mean[i])


def correlation(f: Field, law: Gaussian, i: int, j: int) -> Root:
    """The correlation of two components."""
    unit = f.sqrt(1 / (law.cov[i][i] * law.cov[j][j]))
    return unit._replace(coefficient=unit.coefficient * law.cov[i][j])


__all__ = ["Gaussian", "HalfSpaces", "correlation", "limit"]
