"""``E[f(X) f(Y)]`` at many deviations and angles at once, by quadrature in polar coordinates.

``X = s r cos φ`` and ``Y = t r cos(φ - θ)`` with ``P(r) = r exp(-r²/2)`` and a uniform angle: a kink at zero is at the ends of
four sectors, whose widths are ``π - θ`` and ``θ``, twice each.  Double exponential rules (Takahasi and Mori 1974) do not mind
what happens at the ends, however large a deviation is, and nothing cancels at ``ρ = ±1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from symkern.packed import Floats
from symkern.series.cells import Cells

ANGLES, RADII = 96, 112
"""Nodes of a sector and of the radius, for functions that do not oscillate; ``fineness`` multiplies them."""
EDGE = 3.4
"""Where the rule for a sector ends: its ends count 1e-40."""
SMALL = -4.2
"""Where the rule for the radius begins, at 1e-18 or so."""
FAR = 2.35
"""Where it ends, at 10: beyond is 1e-21 of a bounded function's mean square."""


def reach(largest: float) -> float:
    """How far out a function is asked, for variances up to ``largest``."""
    result: float = 10.5 * np.sqrt(largest)
    return result


class Rule(NamedTuple):
    """Nodes and weights."""

    nodes: Floats
    weights: Floats


@cache
def _sector(count: int) -> Rule:
    """On the unit interval; node ``i`` is as far from 0 as node ``-1 - i`` from 1."""
    u = np.linspace(-EDGE, EDGE, count)
    steep = np.pi / 2 * np.sinh(u)
    return Rule(1 / (1 + np.exp(-2 * steep)), np.pi / 4 * np.cosh(u) / np.cosh(steep) ** 2 * (u[1] - u[0]))


@cache
def _radius(count: int) -> Rule:
    """For ``∫ r exp(-r²/2) …``."""
    u = np.linspace(SMALL, FAR, count)
    r = np.exp(u - 0.6 * np.exp(-u))
    return Rule(r, r * np.exp(-r * r / 2) * r * (1 + 0.6 * np.exp(-u)) * (u[1] - u[0]))


@dataclass(frozen=True)
class Plane:
    """The means of ``f(X) f(Y)`` for all pairs of these deviations."""

    f: Cells
    deviations: Floats
    fineness: float = 1.0

    @property
    def sector(self) -> Rule:
        """For the angle."""
        return _sector(round(ANGLES * self.fineness))

    @property
    def radius(self) -> Rule:
        """For the radius."""
        return _radius(round(RADII * self.fineness))

    def kernel(self, angle: float) -> Floats:
        """At one angle between 0 and π; the matrix is symmetric to rounding."""
        total = np.zeros((len(self.deviations),) * 2)
        for width, sign in ((np.pi - angle, 1), (angle, -1)):
            if width:
                sides = self._values(width)
                total += sum(self._mean(sides[side], sides[sign * side]) for side in (1, -1)) * width
        return total / (2 * np.pi)

    def squares(self) -> Floats:
        """``E[f(X)²]``."""
        return np.array([Plane(self.f, np.array([s]), self.fineness).kernel(0.0)[0, 0] for s in self.deviations])

    def _values(self, width: float) -> dict[int, Floats]:
        """``f(±s r sin(d))`` by deviation, distance from one end of a sector of that width, and radius."""
        unit = np.outer(np.sin(width * self.sector.nodes), self.radius.nodes)
        right = np.stack([self.f(s * unit) for s in self.deviations])
        parity = self.f.parity
        return {1: right, -1: parity * right if parity else np.stack([self.f(-s * unit) for s in self.deviations])}

    def _mean(self, first: Floats, second: Floats) -> Floats:
        """Of the product, where the other one's distance is from the other end."""
        weighted = first * self.sector.weights[:, None] * self.radius.weights
        count = len(first)
        result: Floats = weighted.reshape(count, -1) @ second[:, ::-1].reshape(count, -1).T
        return result


__all__ = ["Plane", "reach"]
