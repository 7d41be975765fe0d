"""Sums over pairs of samples of products that each has computed by itself: matrix products, a block of rows at a time.

Where ``first`` varies along some axes and ``second`` along others, as for a Gram matrix, the products of a power of ``x`` are one
matrix product.  Blocks of rows stay in the processor's cache through all powers; an accelerator takes blocks as large as memory
allows, for a block is a dozen launches whatever its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

ROWS = 32
"""Of a block on a processor."""
ENTRIES = 2**24
"""Of a block on an accelerator."""
UNROLLED = 8
"""Steps of a recurrence that are one pass of its loop."""
EXACT = lax.Precision.HIGHEST
"""Matrix products keep all digits on accelerators too."""


@dataclass(frozen=True)
class Powers:
    """The orders ``m`` of ``Σ_m T_m(x) Σ_q …``, ascending, and how many products each has.

    Where the orders are all even or all odd, Clenshaw's recurrence runs in steps of two.
    """

    orders: tuple[int, ...]
    counts: tuple[int, ...]

    def split(self, products: Array) -> list[Array]:
        """The products of each order, from all of them on a last axis."""
        return jnp.split(products, np.cumsum(self.counts)[:-1], axis=-1)

    def sum(self, x: Array, products: Array) -> Array:
        """The whole sum, with all products on a last axis: a loop, whose code is short however many orders there are."""
        return self._evaluated(x, jnp.matmul(products, jnp.asarray(self._steps, x.dtype), precision=EXACT))

    @property
    def ends(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """``T_m(-1)`` for every product."""
        return np.repeat([-1.0 if m % 2 else 1.0 for m in self.orders], self.counts)

    def of_coefficients(self, x: Array, coefficients: Sequence[Array]) -> Array:
        """The sum with one coefficient for each order: straight code."""
        given = dict(zip(self.orders, coefficients, strict=True))
        y = self._argument(x)
        later = now = jnp.zeros_like(x)
        for m in range(max(self.orders), self._start, -self._step):
            now, later = given.get(m, 0) + 2 * y * now - later, now
        return self._last(x, y, now, later, given.get(self._start, 0))

    def _evaluated(self, x: Array, coefficients: Array) -> Array:
        y = self._argument(x)

        def step(state: tuple[Array, Array], c: Array) -> tuple[tuple[Array, Array], None]:
            now, later = state
            return (c + 2 * y * now - later, now), None

        falling = jnp.moveaxis(coefficients, -1, 0)[:0:-1]
        zero = jnp.zeros(jnp.broadcast_shapes(x.shape, falling.shape[1:]), x.dtype)
        (now, later), _ = lax.scan(step, (zero, zero), falling, unroll=UNROLLED)
        return self._last(x, y, now, later, coefficients[..., 0])

    @property
    def _step(self) -> int:
        return 2 if len({m % 2 for m in self.orders}) == 1 else 1

    @property
    def _start(self) -> int:
        return min(self.orders) % 2 if self._step == 2 else 0

    @property
    def _steps(self) -> Any:
        """Which step of the recurrence each product belongs to, as a matrix of zeros and ones."""
        places = np.repeat((np.array(self.orders) - self._start) // self._step, self.counts)
        return np.equal.outer(places, np.arange(places.max() + 1)).astype(float)

    def _argument(self, x: Array) -> Array:
        return x if self._step == 1 else 2 * x * x - 1

    def _last(self, x: Array, y: Array, now: Array, later: Array, c: Array | float) -> Array:
        result: Array = x * (c + (2 * y - 1) * now - later) if self._start else c + y * now - later
        return result


def sum_of_products(x: Array, first: Array, second: Array, powers: Powers) -> Array:
    """``Σ_m T_m(x) Σ_q first[m, q] second[m, q]``; all products are on a last axis, the others broadcast with ``x``."""
    shapes = [(1,) * (x.ndim - u.ndim + 1) + u.shape[:-1] for u in (first, second)]
    rows = [i for i in range(x.ndim) if shapes[1][i] == 1 < shapes[0][i]]
    columns = [i for i in range(x.ndim) if shapes[0][i] == 1 < shapes[1][i]]
    if not rows or not columns:
        return powers.sum(x, first * second)
    common = [i for i in range(x.ndim) if i not in (*rows, *columns)]
    order = [*common, *rows, *columns]
    sizes = [math.prod(x.shape[i] for i in axes) for axes in (common, rows, columns)]
    left, right = (
        powers.split(_arranged(u, shape, x, common, axes))
        for u, shape, axes in ((first, shapes[0], rows), (second, shapes[1], columns))
    )
    blocks = {
        name: partial(_by_blocks, powers, max(ROWS, e // sizes[2])) for name, e in (("cpu", 0), ("default", ENTRIES))
    }
    found: Array = lax.platform_dependent(x.transpose(order).reshape(sizes), left, right, **blocks)
    moved: Array = found.reshape([x.shape[i] for i in order])
    return moved.transpose([order.index(i) for i in range(x.ndim)])


def _arranged(u: Array, shape: Sequence[int], x: Array, common: list[int], axes: list[int]) -> Array:
    """``u`` as an array over (common axes, its own axes, q)."""
    whole = u.reshape(*shape, u.shape[-1])
    own = [x.shape[i] if i in common or i in axes else 1 for i in range(x.ndim)]
    wide = jnp.broadcast_to(whole, (*own, u.shape[-1]))
    rest = [i for i in range(x.ndim) if i not in (*common, *axes)]
    count = math.prod(x.shape[i] for i in common)
    return wide.transpose(*common, *axes, *rest, x.ndim).reshape(count, -1, u.shape[-1])


def _by_blocks(powers: Powers, most: int, x: Array, left: list[Array], right: list[Array]) -> Array:
    """Over (common, rows, columns), at most so many rows at a time."""
    count, rows, columns = x.shape
    block = min(most, rows)
    number = -(-rows // block)
    turned = [b.swapaxes(1, 2) for b in right]
    padding = ((0, 0), (0, number * block - rows), (0, 0))
    blocks = [jnp.pad(a, padding).reshape(count * number, block, a.shape[-1]) for a in (x, *left)]

    def of(arguments: tuple[Array, list[Array]]) -> Array:
        index, (here, *mine) = arguments[0], arguments[1]
        others = [b[0] if count == 1 else lax.dynamic_index_in_dim(b, index // number, keepdims=False) for b in turned]
        return powers.of_coefficients(
            here, [jnp.matmul(a, b, precision=EXACT) for a, b in zip(mine, others, strict=True)]
        )

    found: Array = lax.map(of, (jnp.arange(count * number), blocks))
    return found.reshape(count, number * block, columns)[:, :rows]


__all__ = ["Powers", "sum_of_products"]
