"""Kernels by Mehler's series: coefficients for each sample, a polynomial of the correlation for each pair.

    K = Σ_{n<N} c_n(v1) c_n(v2) ρ^n + rest,    c_n(v) = E[f(√v Z) h_n(Z)]    (Mehler 1866)

For functions with kinks elsewhere than at zero.  What the terms leave out of ``E[f²]``, even and odd degrees apart, is put at one
degree of each kind, so that the diagonal is exact and the matrix stays positive semi-definite; a bound of the error that is left
comes with every value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from symkern.numerics.arguments import up_to
from symkern.panels import TINY, rule

ROUNDING = 64.0
"""Units in the last place of ``√(K11 K22)`` that sums may be off, beside what rounding ``ρ`` does."""

UNROLLED = 8
"""Terms of the polynomial that are one pass over all pairs."""

Moments = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class HermiteTable:
    """A kernel for variances from 0 to ``largest``; NaN beyond.

    Attributes:
        fn: the function, elementwise.
        kinks: where it is not smooth, zero apart.
        terms: of the series.
        count: nodes of a panel of the quadrature (:mod:`symkern.panels`).
        slack: the error of the quadrature, relative to ``√(K11 K22)``.
        floor: the same where ``√(K11 K22)`` is smaller than what the quadrature sees.
        largest: the largest variance.
        derivative: whether the kernel is that of ``fn``'s derivative, almost everywhere, by automatic differentiation.
    """

    fn: Callable[[Any], Any]
    kinks: tuple[float, ...]
    terms: int
    count: int
    slack: float
    floor: float
    largest: float
    derivative: bool = False

    def at_angle(self, angle: Array, var1: Array, var2: Array) -> Array:
        """``E[f(X) f(Y)]``; shapes broadcast, and what depends on one variance is computed in its own shape."""
        (first, rest1), (second, rest2) = (self._features(v) for v in (var1, var2))
        rho = jnp.cos(angle)
        total, _ = lax.scan(
            lambda total, c: (total * rho + c[0] * c[1], None),
            jnp.zeros(jnp.broadcast_shapes(rho.shape, var1.shape, var2.shape), rho.dtype),
            (first, second),
            reverse=True,
            unroll=UNROLLED,
        )
        return total + sum(rest1[p] * rest2[p] * rho ** self._degree(p, 2 * self.terms) for p in (0, 1))

    def error_bound(self, angle: Array, var1: Array, var2: Array) -> Array:
        """The largest error of :meth:`at_angle` there."""
        (first, rest1), (second, rest2) = (self._features(v) for v in (var1, var2))
        rho, unit = jnp.abs(jnp.cos(angle)), float(np.finfo(angle.dtype).eps)
        left = [
            rest1[p] * rest2[p] * sum(rho ** self._degree(p, n) for n in (self.terms, 2 * self.terms)) for p in (0, 1)
        ]
        root = self.root(var1) * self.root(var2)
        counted = jnp.arange(self.terms, dtype=angle.dtype)
        slopes = [jnp.sqrt(jnp.tensordot(counted, c * c, 1)) for c in (first, second)]
        rounding = ROUNDING * unit * root + 4 * unit * slopes[0] * slopes[1]
        return left[0] + left[1] + self.slack * root + self.floor + rounding

    @property
    def order(self) -> int:
        """The power with which ``f`` begins at zero; it is not asked, and may be zero."""
        return 0

    def root(self, var: Array) -> Array:
        """``√E[f(X)²]``."""
        return jnp.sqrt(self._moments("square", 1)(self._inside(var))[0])

    def _degree(self, parity: int, least: int) -> int:
        """The first degree of that parity from ``least`` on."""
        return least + (least + parity) % 2

    def _features(self, var: Array) -> tuple[Array, list[Array]]:
        """``c_n`` on a first axis, and the roots of what even and odd degrees leave out."""
        var = self._inside(var)
        c = self._moments("value", self.terms)(var)
        square, mirrored = (self._moments(which, 1)(var)[0] for which in ("square", "mirrored"))
        small = ROUNDING * float(np.finfo(var.dtype).eps) * square
        left = [(square + mirrored) / 2 - (c[0::2] ** 2).sum(0), (square - mirrored) / 2 - (c[1::2] ** 2).sum(0)]
        return c, [jnp.where(r > small, jnp.sqrt(jnp.where(r > small, r, 1)), 0) for r in left]

    def _inside(self, var: Array) -> Array:
        """A variance where the table holds; of a derivative, that of a kink at zero has a limit as it vanishes."""
        return up_to(self.largest, jnp.maximum(var, TINY**2) if self.derivative else var)

    @cached_property
    def _parts(self) -> dict[str, Callable[[Array], Array]]:
        """The functions whose moments are asked for."""

        def value(x: Array) -> Array:
            found: Array = jax.jvp(self.fn, (x,), (jnp.ones_like(x),))[1] if self.derivative else self.fn(x)
            return found

        return {"value": value, "square": lambda x: value(x) ** 2, "mirrored": lambda x: value(x) * value(-x)}

    def _moments(self, which: str, terms: int) -> Moments:
        """``E[g(√v Z) h_n(Z)]`` on a first axis; by the heat equation ``2 v ∂c_n/∂v = n c_n + √((n+1)(n+2)) c_{n+2}``."""

        @jax.custom_jvp
        def moments(var: Array) -> Array:
            return self._quadrature(which, terms, var)

        @moments.defjvp
        def tangents(primals: Any, tangents: Any) -> Any:
            ((var,), (moved,)) = primals, tangents
            found = self._moments(which, terms + 2)(var)
            n = jnp.arange(terms, dtype=var.dtype).reshape(-1, *[1] * var.ndim)
            slope = (n * found[:terms] + jnp.sqrt((n + 1) * (n + 2)) * found[2:]) / (2 * var)
            return found[:terms], slope * moved

        result: Moments = moments
        return result

    def _quadrature(self, which: str, terms: int, var: Array) -> Array:
        deviation = jnp.sqrt(var)
        z, weights = rule(jnp, deviation, self.kinks, self.count)
        root = jnp.exp(-z * z / 4)
        weighted = self._parts[which](deviation[..., None] * z) * weights * root / np.sqrt(2 * np.pi)

        def step(state: tuple[Array, Array], n: Array) -> tuple[tuple[Array, Array], Array]:
            now, before = state
            return ((z * now - jnp.sqrt(n) * before) / jnp.sqrt(n + 1), now), (weighted * now).sum(-1)

        found: Array = lax.scan(step, (root, jnp.zeros_like(root)), jnp.arange(terms, dtype=var.dtype))[1]
        return found


__all__ = ["HermiteTable"]
