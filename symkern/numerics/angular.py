"""Kernels as short sums of products: polynomials of the angle between two inputs, times functions of one variance each.

    K = √(E[f(X)²] E[f(Y)²]) S(θ, v1, v2) / √(S(0, v1, v1) S(0, v2, v2))
    S = Σ_m T_m(2θ/π - 1) Σ_q ± u_mq(v1) u_mq(v2)

The tables are made by ``symkern.series.angular``, which states where the sum holds and how well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from symkern.numerics.arguments import plain_inputs, plain_variance
from symkern.numerics.inputs import gap
from symkern.packed import unpack


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
    """

    largest: float
    order: int
    squares: Sequence[float]
    products: Sequence[tuple[int, str, int]]
    functions: str

    def kernel(self, cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> Array:
        """``E[f(X) f(Y)]``; shapes broadcast, and what depends on one variance is computed in its own shape."""
        angle = _angle(cov12, var1, var2)
        cov12, var1, var2 = plain_inputs(cov12, var1, var2)
        powers = [self._powers(v) for v in (var1, var2)]
        first, second = map(self._functions, powers)
        ends = [self._sum(jnp.full_like(v, -1), u, u) for v, u in ((var1, first), (var2, second))]
        total = self._sum(angle * (2 / math.pi) - 1, first, second)
        roots = [self._root(v, p) for v, p in zip((var1, var2), powers, strict=True)]
        return total / jnp.sqrt(ends[0] * ends[1]) * (roots[0] * roots[1])

    def variance(self, var: ArrayLike) -> Array:
        """``E[f(X)²]``."""
        (var,) = plain_variance(var)
        root = self._root(var, self._powers(var))
        return root * root

    @cached_property
    def _coefficients(self) -> np.ndarray:
        """Of every product's function, a row each."""
        return unpack(self.functions).reshape(sum(len(signs) for _, signs, _ in self.products), -1)

    def _powers(self, var: Array) -> list[Array]:
        """The Chebyshev polynomials of a variance's place between -1 and 1."""
        s, most = jnp.sqrt(var), math.sqrt(self.largest)
        inside = 2 * s / (1 + s) * ((1 + most) / most) - 1
        count = max(self._coefficients.shape[1], len(self.squares))
        return _chebyshev(jnp.where(var <= self.largest, inside, jnp.nan), count)

    def _functions(self, powers: list[Array]) -> Array:
        """``u`` of every product, on a leading axis."""
        stacked = jnp.stack(powers[: self._coefficients.shape[1]])
        return jnp.tensordot(jnp.asarray(self._coefficients, stacked.dtype), stacked, 1)

    def _root(self, var: Array, powers: list[Array]) -> Array:
        """``√E[f(X)²]``."""
        smooth = sum(c / 2 * p for c, p in zip(self.squares, powers, strict=False))
        return jnp.sqrt(var) ** self.order * jnp.exp(smooth)

    def _sum(self, x: Array, first: Array, second: Array) -> Array:
        """``S``: Clenshaw's recurrence, whose coefficients are sums of products."""
        coefficients = self._by_power(first, second)
        later = now = jnp.zeros_like(x)
        for m in range(max(coefficients), 0, -1):
            now, later = coefficients.get(m, 0) + 2 * x * now - later, now
        result: Array = coefficients.get(0, 0) + x * now - later
        return result

    def _by_power(self, first: Array, second: Array) -> dict[int, Array]:
        found: dict[int, Array] = {}
        start = 0
        for m, signs, few in self.products:
            for k in range(few if first.dtype == np.float32 else len(signs)):
                product = first[start + k] * second[start + k]
                signed = product if signs[k] == "+" else -product
                found[m] = found[m] + signed if m in found else signed
            start += len(signs)
        return found


def _angle(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> Array:
    root = jnp.sqrt(gap(cov12, var1, var2).value)
    return jnp.arctan2(root, jnp.asarray(cov12, root.dtype))


def _chebyshev(x: Array, count: int) -> list[Array]:
    powers = [jnp.ones_like(x), x]
    while len(powers) < count:
        powers.append(2 * x * powers[-1] - powers[-2])
    return powers[:count]


__all__ = ["AngularTable"]
