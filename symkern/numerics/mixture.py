"""Kernels of mixtures of Gaussians and error functions: elementary, and right at every variance and correlation.

With ``A = 1 + 2k²v1``, ``B = 1 + 2l²v2``, ``G = v1 v2 - c²`` and ``q² = A + B - 1 + 4k²l²G`` (by Gaussian integrals, and parts)

    E[e^(-k²X²) e^(-l²Y²)]             = 1/q
    E[X e^(-k²X²) Y e^(-l²Y²)]         = c/q³
    E[erf(kX) erf(lY)]                 = (2/π) atan2(2klc, q)                      (Williams 1997)
    E[erf(kX) Y e^(-l²Y²)]             = 2kc/(√π B q)
    E[X erf(kX) e^(-l²Y²)]             = 2k (v1 + 2l²G)/(√π B q)
    E[X erf(kX) Y erf(lY)]             = (2/π) c atan2(2klc, q) + (4kl/(π q)) (G + c²/A + c²/B)

The mixtures are made by ``symkern.series.mixture``, which states where they hold and how well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from symkern.numerics.angular import AngularTable
from symkern.numerics.arguments import up_to

ROUNDING = 64.0
"""Units in the last place of ``√(K11 K22)`` that a sum may be off."""
UNROLLED = 8
"""Pairs of terms that are one pass over all entries."""

Terms = Sequence[tuple[float, float]]


class _At(NamedTuple):
    """The covariance, with ``gap = var1 var2 - cov12²``."""

    cov12: Array
    gap: Array
    var1: Array
    var2: Array

    def turned(self) -> _At:
        """With the two inputs exchanged."""
        return _At(self.cov12, self.gap, self.var2, self.var1)

    def root(self, k: Array, l: Array) -> Array:
        """``q``."""
        kk, ll = k * k, l * l
        return jnp.sqrt(1 + (2 * kk * self.var1 + 2 * ll * self.var2) + 4 * kk * ll * self.gap)


Kernel = Callable[[_At, Array, Array], Array]


def _bumps(at: _At, k: Array, l: Array) -> Array:
    return 1 / at.root(k, l)


def _x_bumps(at: _At, k: Array, l: Array) -> Array:
    return at.cov12 / at.root(k, l) ** 3


def _erfs(at: _At, k: Array, l: Array) -> Array:
    return (2 / math.pi) * jnp.arctan2(2 * k * l * at.cov12, at.root(k, l))


def _erf_x_bump(at: _At, k: Array, l: Array) -> Array:
    return 2 / math.sqrt(math.pi) * k * at.cov12 / ((1 + 2 * l * l * at.var2) * at.root(k, l))


def _x_erf_bump(at: _At, k: Array, l: Array) -> Array:
    above = at.var1 + 2 * l * l * at.gap
    return 2 / math.sqrt(math.pi) * k * above / ((1 + 2 * l * l * at.var2) * at.root(k, l))


def _x_erfs(at: _At, k: Array, l: Array) -> Array:
    square = at.cov12 * at.cov12
    rest = at.gap + (square / (1 + 2 * k * k * at.var1) + square / (1 + 2 * l * l * at.var2))
    return at.cov12 * _erfs(at, k, l) + (4 / math.pi) * k * l * rest / at.root(k, l)


@dataclass(frozen=True, eq=False)
class MixtureTable:
    """The kernel of ``Σ w e^(-k²x²) + Σ w x e^(-k²x²) + Σ w erf(kx) + Σ w x erf(kx)`` for variances up to ``largest``.

    Attributes:
        largest: the largest variance at which the mixture is what it stands for.
        order: the power with which ``f`` begins at zero.
        bumps, x_bumps, erfs, x_erfs: ``(k, w)`` of each term.
        bound: of the error relative to ``√(K11 K22)``, rounding apart.
    """

    largest: float
    order: int
    bumps: Terms
    x_bumps: Terms
    erfs: Terms
    x_erfs: Terms
    bound: float

    def at_angle(self, angle: Array, var1: Array, var2: Array) -> Array:
        """``E[f(X) f(Y)]``; shapes broadcast.  The smaller variance comes first: symmetric to the bit, however it is contracted."""
        later = var1 > var2
        least, most = jnp.where(later, var2, var1), jnp.where(later, var1, var2)
        root, sine = jnp.sqrt(least) * jnp.sqrt(most), jnp.sin(angle)
        return self._sum(_At(root * jnp.cos(angle), least * most * (sine * sine), least, most))

    def root(self, var: Array) -> Array:
        """``√E[f(X)²]``."""
        return jnp.sqrt(self._sum(_At(var, jnp.zeros_like(var), var, var)))

    def error_bound(self, angle: Array, var1: Array, var2: Array) -> Array:
        """The largest error of :meth:`at_angle` there, rounding included."""
        relative = self.bound + ROUNDING * float(np.finfo(angle.dtype).eps)
        return relative * self.root(var1) * self.root(var2) + jnp.zeros_like(angle)

    def _sum(self, at: _At) -> Array:
        total = jnp.zeros(jnp.broadcast_shapes(*(x.shape for x in at)), at.cov12.dtype)
        for kernel, first, second in (
            (_bumps, self.bumps, self.bumps),
            (_x_erfs, self.x_erfs, self.x_erfs),
            (_x_erf_bump, self.x_erfs, self.bumps),
            (_x_bumps, self.x_bumps, self.x_bumps),
            (_erfs, self.erfs, self.erfs),
            (_erf_x_bump, self.erfs, self.x_bumps),
        ):
            total = _summed(kernel, first, second, at, total)
        return total


def _summed(kernel: Kernel, first: Terms, second: Terms, at: _At, total: Array) -> Array:
    """The sum over all pairs of terms, each with its mirror image."""
    same = first is second
    pairs = [
        (k, l, v * w / (2 if same and i == j else 1))
        for i, (k, v) in enumerate(first)
        for j, (l, w) in enumerate(second)
        if not same or i <= j
    ]
    if not pairs:
        return total
    turned = at.turned()

    def step(total: Array, row: Array) -> tuple[Array, None]:
        k, l, weight = row
        return total + weight * (kernel(at, k, l) + kernel(turned, k, l)), None

    return lax.scan(step, total, jnp.asarray(np.array(pairs), total.dtype), unroll=min(UNROLLED, len(pairs)))[0]


@dataclass(frozen=True, eq=False)
class Regimes:
    """A table for variances up to its largest, a mixture where one is beyond: what that costs is paid where it is needed.

    Attributes:
        near: the table.
        beyond: the mixture.
    """

    near: AngularTable
    beyond: MixtureTable

    @property
    def largest(self) -> float:
        """The largest variance."""
        return self.beyond.largest

    @property
    def order(self) -> int:
        """The power with which ``f`` begins at zero."""
        return self.near.order

    def at_angle(self, angle: Array, var1: Array, var2: Array) -> Array:
        """``E[f(X) f(Y)]``; shapes broadcast."""
        return self._chosen(lambda table, *at: table.at_angle(*at), angle, var1, var2)

    def error_bound(self, angle: Array, var1: Array, var2: Array) -> Array:
        """The largest error of :meth:`at_angle` there, rounding included."""
        return self._chosen(lambda table, *at: table.error_bound(*at), angle, var1, var2)

    def root(self, var: Array) -> Array:
        """``√E[f(X)²]``."""
        return self._chosen(lambda table, _, v, __: table.root(v), var, var, var)

    def _chosen(self, of: Callable[..., Array], angle: Array, var1: Array, var2: Array) -> Array:
        far = jnp.maximum(var1, var2) > self.near.largest
        close = of(self.near, angle, *(jnp.minimum(v, self.near.largest) for v in (var1, var2)))

        def both() -> Array:
            inside = (up_to(self.largest, v) for v in (var1, var2))
            return jnp.where(far, of(self.beyond, angle, *inside), close)

        result: Array = lax.cond(jnp.any(far), both, lambda: close + jnp.zeros(far.shape, close.dtype))
        return result


__all__ = ["MixtureTable", "Regimes"]
