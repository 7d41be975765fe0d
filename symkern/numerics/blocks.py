"""Pairs as the rows of arrays, and arrays put together from such rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from symkern.numerics.exact import Pair
from symkern.numerics.loops import parts

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Place:
    """A row of an array of pairs, which are the parts of complex numbers (see `loops`)."""

    pairs: Array
    row: int

    @property
    def words(self) -> Pair:
        """The pair."""
        return parts(self.pairs[self.row])


def as_rows(pairs: Array) -> list[Place]:
    """The places of pairs along the first axis."""
    return [Place(pairs, k) for k in range(len(pairs))]


def grouped(numbers: Sequence[Place | Pair], shape: Shape) -> tuple[list[Array], list[int]]:
    """Few arrays of pairs, broadcast to a shape, whose rows are all the numbers; and which number each row is."""
    arrays = {id(x.pairs): x.pairs for x in numbers if isinstance(x, Place)}
    groups = [[k for k, x in enumerate(numbers) if isinstance(x, Place) and x.pairs is a] for a in arrays.values()]
    found = [_chosen(a, [_row(numbers[k]) for k in some]) for a, some in zip(arrays.values(), groups, strict=True)]
    for k, x in enumerate(numbers):
        if not isinstance(x, Place):
            groups.append([k])
            found.append(lax.complex(*x)[None])
    return [_wide(rows, shape) for rows in found], list(chain.from_iterable(groups))


def joined(numbers: Sequence[Place | Pair], shape: Shape) -> Pair:
    """The numbers along a new first axis."""
    arrays, order = grouped(numbers, shape)
    rows = jnp.concatenate(arrays)
    return parts(rows if order == sorted(order) else rows[np.argsort(order)])


def _chosen(rows: Array, which: Sequence[int]) -> Array:
    return rows if list(which) == list(range(len(rows))) else rows[np.array(which)]


def _row(number: Place | Pair) -> int:
    assert isinstance(number, Place)
    return number.row


def _wide(rows: Array, shape: Shape) -> Array:
    """Rows at a larger shape."""
    aligned = rows.reshape(len(rows), *[1] * (len(shape) + 1 - rows.ndim), *rows.shape[1:])
    return jnp.broadcast_to(aligned, (len(rows), *shape))


__all__ = ["Place", "Shape", "as_rows", "grouped", "joined"]
