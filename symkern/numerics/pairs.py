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

import jax.numpy as jnp
from jax import Array, lax

ROWS = 32
"""Of a block on a processor."""
ENTRIES = 2**24
"""Of a block on an accelerator."""
EXACT = lax.Precision.HIGHEST
"""Matrix products keep all digits on accelerators too."""


@dataclass(frozen=True)
class Clenshaw:
    """``Σ_m c_m T_m(x)`` over some orders ``m``, by Clenshaw's recurrence; with a step of 2 where they are all even or all odd."""

    orders: tuple[int, ...]

    def __call__(self, x: Array, coefficients: Sequence[Array]) -> Array:
        """The sum."""
        given = dict(zip(self.orders, coefficients, strict=True))
        start, step = min(self.orders) % 2, 2 if len({m % 2 for m in self.orders}) == 1 else 1
        if step == 1:
            start = 0
        y = x if step == 1 else 2 * x * x - 1
        later = now = jnp.zeros_like(x)
        for m in range(max(self.orders), start, -step):
            now, later = given.get(m, 0) + 2 * y * now - later, now
        last = given.get(start, 0)
        result: Array = x * (last + (2 * y - 1) * now - later) if start else last + y * now - later
        return result


def sum_of_products(x: Array, first: Sequence[Array], second: Sequence[Array], clenshaw: Clenshaw) -> Array:
    """``Σ_m T_m(x) Σ_q first[m][q] second[m][q]``; ``q`` is the last axis, the others broadcast with ``x``."""
    shapes = [(1,) * (x.ndim - u[0].ndim + 1) + u[0].shape[:-1] for u in (first, second)]
    rows = [i for i in range(x.ndim) if shapes[1][i] == 1 < shapes[0][i]]
    columns = [i for i in range(x.ndim) if shapes[0][i] == 1 < shapes[1][i]]
    if not rows or not columns:
        return clenshaw(x, [(a * b).sum(-1) for a, b in zip(first, second, strict=True)])
    common = [i for i in range(x.ndim) if i not in (*rows, *columns)]
    order = [*common, *rows, *columns]
    sizes = [math.prod(x.shape[i] for i in axes) for axes in (common, rows, columns)]
    left, right = (
        [_arranged(u, shape, x, common, axes) for u in us]
        for us, shape, axes in ((first, shapes[0], rows), (second, shapes[1], columns))
    )
    blocks = {
        name: partial(_by_blocks, clenshaw, max(ROWS, e // sizes[2])) for name, e in (("cpu", 0), ("default", ENTRIES))
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


def _by_blocks(clenshaw: Clenshaw, most: int, x: Array, left: list[Array], right: list[Array]) -> Array:
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
        return clenshaw(here, [jnp.matmul(a, b, precision=EXACT) for a, b in zip(mine, others, strict=True)])

    found: Array = lax.map(of, (jnp.arange(count * number), blocks))
    return found.reshape(count, number * block, columns)[:, :rows]


__all__ = ["Clenshaw", "sum_of_products"]
