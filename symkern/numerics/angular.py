"""Kernels as short sums of products: polynomials of the angle between two inputs, times functions of one variance each.

    K = √(E[f(X)²] E[f(Y)²]) S(θ, v1, v2) / √(S(0, v1, v1) S(0, v2, v2))
    S = Σ_m T_m(x) Σ_q ± u_mq(v1) u_mq(v2),    x the place 2θ/π - 1, or that variable stretched at its ends (symkern.stretch)

The tables are made by ``symkern.series.angular``, which states where the sum holds and how well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from symkern.numerics.arguments import up_to
from symkern.numerics.pairs import EXACT, UNROLLED, Powers, sum_of_products
from symkern.numerics.rounded import rounded_once
from symkern.packed import unpack
from symkern.stretch import stretched

ROUNDING = 16.0
"""Units in the last place of ``√(K11 K22)`` that a sum in float32 may be off; four times as many in float64, which sums more."""


_Parts = tuple[np.ndarray, np.ndarray, Powers]
"""Of the products that are summed: the coefficients of their functions, a row each, their signs, and their orders."""


@dataclass(frozen=True, eq=False)
class AngularTable:
    """A kernel for variances from 0 to ``largest``; NaN beyond.

    Attributes:
        largest: the largest variance.
        order: the power with which ``f`` begins at zero.
        squares: ``E[f(X)²] = v^order exp(Σ_a squares[a] T_a)``, Chebyshev coefficients in ``√v/(1 + √v)``.
        products: for each ``m``: its number, the signs of its products as ``"+"`` and ``"-"``, and how many of them count in
            float32 (the first ones).
        functions: the Chebyshev coefficients of each ``u``, one after the other (:func:`symkern.packed.pack`).
        bound: of the error relative to ``√(K11 K22)``, rounding apart.
        short: what the products that do not count in float32 are together, at most.
        ends: how far beyond its ends the places are that are stretched away, 0 where none are.
    """

    largest: float
    order: int
    squares: Sequence[float]
    products: Sequence[tuple[int, str, int]]
    functions: str
    bound: float
    short: float
    ends: float = 0.0

    def at_angle(self, angle: Array, var1: Array, var2: Array) -> Array:
        """``E[f(X) f(Y)]``; shapes broadcast, and what depends on one variance is computed in its own shape."""
        chosen = self._short if angle.dtype == np.float32 else self._whole
        first, second = (self._features(v, *chosen) for v in (var1, var2))
        _, signs, powers = chosen
        shape = jnp.broadcast_shapes(angle.shape, var1.shape, var2.shape)
        x = jnp.broadcast_to(stretched(angle * (2 / math.pi) - 1, self.ends), shape)
        return sum_of_products(x, first * jnp.asarray(signs, angle.dtype), second, powers)

    def error_bound(self, angle: Array, var1: Array, var2: Array) -> Array:
        """The largest error of :meth:`at_angle` there, rounding included."""
        few = angle.dtype == np.float32
        relative = self.bound + (self.short + ROUNDING * 2.0**-24 if few else 4 * ROUNDING * 2.0**-53)
        return relative * self.root(var1) * self.root(var2) + jnp.zeros_like(angle)

    @cached_property
    def root(self) -> Callable[[Array], Array]:
        """``√E[f(X)²]``, in float32 computed in float64: its logarithm has no more digits than a float32 itself."""
        return rounded_once(self._root)

    def _root(self, var: Array) -> Array:
        places = tuple(range(len(self.squares)))
        halves = jnp.asarray(self.squares, var.dtype) / 2
        smooth = Powers(places, tuple(1 for _ in places)).sum(
            self._place(var), jnp.broadcast_to(halves, (*var.shape, len(places)))
        )
        return jnp.sqrt(var) ** self.order * jnp.exp(smooth)

    @cached_property
    def _whole(self) -> _Parts:
        return self._parts([len(signs) for _, signs, _ in self.products])

    @cached_property
    def _short(self) -> _Parts:
        return self._parts([few for _, _, few in self.products])

    def _parts(self, counts: Sequence[int]) -> _Parts:
        """With so many products of each order."""
        lengths = [len(signs) for _, signs, _ in self.products]
        coefficients = unpack(self.functions).reshape(sum(lengths), -1)
        starts = np.cumsum([0, *lengths])
        kept = [i for i, count in enumerate(counts) if count]
        rows = np.concatenate([coefficients[starts[i] : starts[i] + counts[i]] for i in kept])
        signs = np.array([1.0 if s == "+" else -1.0 for i in kept for s in self.products[i][1][: counts[i]]])
        return rows, signs, Powers(tuple(self.products[i][0] for i in kept), tuple(counts[i] for i in kept))

    def _place(self, var: Array) -> Array:
        """Of a variance, between -1 and 1."""
        s, most = jnp.sqrt(up_to(self.largest, var)), math.sqrt(self.largest)
        return 2 * s / (1 + s) * ((1 + most) / most) - 1

    def _features(self, var: Array, rows: np.ndarray, signs: np.ndarray, powers: Powers) -> Array:
        """``u`` of every product on a last axis, scaled so that their sum at angle 0 is ``E[f(X)²]``."""
        found = jnp.tensordot(
            _chebyshev(self._place(var), rows.shape[1]), jnp.asarray(rows, var.dtype), (0, 1), precision=EXACT
        )
        ends = (found * found * jnp.asarray(signs * powers.ends, var.dtype)).sum(-1)
        return found * (self.root(var) / jnp.sqrt(ends))[..., None]


def _chebyshev(x: Array, count: int) -> Array:
    """So many Chebyshev polynomials, on a first axis."""

    def step(state: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], Array]:
        now, later = state
        return (later, 2 * x * later - now), now

    return lax.scan(step, (jnp.ones_like(x), x), None, length=count, unroll=UNROLLED)[1]


__all__ = ["AngularTable"]
