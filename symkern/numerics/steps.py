"""Straight-line programs of sums, products and quotients of double words: rows of one array, loops of one operation each.

A loop goes through tables of rows, so that XLA compiles its operation once, and a sum of many terms is as good as independent
products.  Pairs are the parts of complex numbers (see `loops`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.custom_derivatives import SymbolicZero

from symkern.numerics import arithmetic
from symkern.numerics.elementary import value
from symkern.numerics.exact import Pair, settled
from symkern.numerics.loops import parts
from symkern.numerics.words import Arithmetic, computing_in

FEW = 3
"""Steps that are no loop."""

Operation = Callable[..., Pair]
Table = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Row:
    """A row of the array, times a power of two (with a sign)."""

    index: int
    factor: float


@dataclass(frozen=True)
class Number:
    """A constant, in two words."""

    high: Any
    low: Any


@dataclass(frozen=True)
class Step:
    """An operation on two operands, of which one is a row."""

    operation: Operation
    operands: tuple[Row | Number, Row | Number]

    @property
    def kind(self) -> tuple[Any, ...]:
        """What steps of one loop have in common."""
        return self.operation, *(isinstance(x, Number) for x in self.operands)

    @property
    def rows(self) -> Iterator[int]:
        """Of the operands."""
        return (x.index for x in self.operands if isinstance(x, Row))


def in_order(steps: Sequence[Step], given: int) -> list[int]:
    """The steps, each after those that it needs, in runs of one kind that are as long as can be.

    Rows below ``given`` are there; step k is row ``given + k``.
    """
    found: list[int] = []
    ready, left = set(range(given)), list(range(len(steps)))
    while left:
        runs: dict[Any, tuple[list[int], set[int]]] = {}
        for k in left:
            run, there = runs.setdefault(steps[k].kind, ([], set(ready)))
            if there.issuperset(steps[k].rows):
                run.append(k)
                there.add(given + k)
        run, ready = max(runs.values(), key=lambda found: len(found[0]))
        found += run
        left = [k for k in left if given + k not in ready]
    return found


class Program:
    """Steps on given rows; every step makes the next row."""

    def __init__(self, steps: Sequence[Step], given: int, chosen: Arithmetic) -> None:
        self.steps, self.given, self.chosen = steps, given, chosen
        self.loops: list[_Loop] = []
        for _, some in groupby(steps, key=lambda step: step.kind):
            run = list(some)
            self.loops.append(_Loop(run, given + sum(len(loop.steps) for loop in self.loops)))
        self._differentiable = jax.custom_jvp(self._rows)
        self._differentiable.defjvp(self._moved, symbolic_zeros=True)

    def __call__(self, *given: Array) -> Array:
        """All rows, of which the given ones are the first; these are in several arrays."""
        result: Array = self._differentiable(*given)
        return result

    def _rows(self, *given: Array) -> Array:
        rows = jnp.concatenate([*given, jnp.zeros((len(self.steps), *given[0].shape[1:]), given[0].dtype)])
        with computing_in(self.chosen):
            for loop in self.loops:
                rows = loop.over(loop.value, rows)
        return rows

    def _moved(self, given: Any, tangents: Any) -> tuple[Array, Array]:
        """Derivatives are those of the values, in plain floats; what does not move has none (0 times infinity is NaN)."""
        pairs = self._differentiable(*given)
        values = value(parts(pairs))
        moves, slopes = [], []
        for array, tangent in zip(given, tangents, strict=True):
            still = isinstance(tangent, SymbolicZero)
            moves += [not still] * len(array)
            slopes.append(jnp.zeros(array.shape, values.dtype) if still else value(parts(tangent)))
        for step in self.steps:
            moves.append(any(moves[row] for row in step.rows))
        rows = jnp.concatenate([*slopes, jnp.zeros_like(values[self.given :])])
        for loop in self.loops:
            rows = loop.over(loop.tangent(loop.slopes(values, np.array(moves))), rows)
        return pairs, lax.complex(rows, jnp.zeros_like(rows))


Slope = tuple[Table, Callable[[Any], Array]]
"""Of the steps by one of their operands: where that moves, and the derivative in step i."""


class _Loop:
    """Steps of one kind, which make the rows from ``first`` on."""

    def __init__(self, steps: Sequence[Step], first: int) -> None:
        self.steps, self.first, self.operation = steps, first, steps[0].operation
        self.sides = [_Side([step.operands[k] for step in steps]) for k in range(2)]

    def over(self, step: Callable[[Any, Array], Array], rows: Array) -> Array:
        """The rows with those made by ``step(i, rows)``."""

        def made(i: Any, rows: Array) -> Array:
            changed: Array = lax.dynamic_update_index_in_dim(rows, step(i, rows), self.first + i, 0)
            return changed

        if len(self.steps) <= FEW:
            for i in range(len(self.steps)):
                rows = made(i, rows)
            return rows
        result: Array = lax.fori_loop(0, len(self.steps), made, rows)
        return result

    def value(self, i: Any, rows: Array) -> Array:
        """The pair that step i makes, as a complex number."""
        high, low = self.operation(*(side.pair(i, rows) for side in self.sides))
        return lax.complex(high, low)

    def slopes(self, values: Array, moves: Table) -> list[Slope]:
        """The derivatives by the operands."""
        left, right = self.sides
        if self.operation is arithmetic.divide:
            by = [
                lambda i: 1 / right.value(i, values),
                lambda i: -_at(values, self.first + i) / right.value(i, values),
            ]
        elif self.operation in (arithmetic.multiply, arithmetic.multiply_short):
            by = [lambda i: right.value(i, values), lambda i: left.value(i, values)]
        else:
            by = [lambda i: jnp.ones((), values.dtype)] * 2
        return [(side.moves(moves), slope) for side, slope in zip(self.sides, by, strict=True)]

    def tangent(self, slopes: Sequence[Slope]) -> Callable[[Any, Array], Array]:
        """What step i adds to the rows of tangents."""

        def step(i: Any, rows: Array) -> Array:
            total = jnp.zeros_like(rows[0])
            for side, (active, slope) in zip(self.sides, slopes, strict=True):
                if active.any():
                    by = slope(i) if active.all() else jnp.where(_at(active, i), slope(i), 0)
                    total = total + by * side.tangent(i, rows)
            return total

        return step


class _Side:
    """One operand of every step of a loop."""

    def __init__(self, operands: Sequence[Row | Number]) -> None:
        self.numbers = [x for x in operands if isinstance(x, Number)]
        rows = [x for x in operands if isinstance(x, Row)]
        self.rows = np.array([x.index for x in rows], np.int32)
        self.factors = np.array([x.factor for x in rows])

    @cached_property
    def words(self) -> tuple[Table, Table]:
        """Of the constants."""
        return np.array([x.high for x in self.numbers]), np.array([x.low for x in self.numbers])

    def pair(self, i: Any, rows: Array) -> Pair:
        """In step i, from rows of pairs."""
        if self.numbers:
            high, low = (jnp.broadcast_to(settled(_at(words, i)), rows.shape[1:]) for words in self.words)
            return high, low
        row = _at(rows, _at(self.rows, i))
        high, low = parts(row)
        return self._scaled(i, high), self._scaled(i, low)

    def value(self, i: Any, values: Array) -> Any:
        """In step i, from rows of plain floats."""
        return _at(sum(self.words), i) if self.numbers else self.tangent(i, values)

    def tangent(self, i: Any, rows: Array) -> Array:
        """Of a row, in step i."""
        return self._scaled(i, _at(rows, _at(self.rows, i)))

    def _scaled(self, i: Any, word: Array) -> Array:
        return word if np.all(self.factors == 1) else word * _at(self.factors.astype(word.dtype), i)

    def moves(self, rows: Table) -> Table:
        """In which steps it does."""
        return np.zeros(len(self.numbers), bool) if self.numbers else rows[self.rows]


def _at(rows: Any, i: Any) -> Any:
    """A row of an array, or an entry of a table, by a number or what is one in a loop."""
    if isinstance(rows, np.ndarray):
        if isinstance(i, int):
            return rows[i]
        rows = jnp.asarray(rows)
    return lax.dynamic_index_in_dim(rows, i, 0, keepdims=False)


__all__ = ["Number", "Program", "Row", "Step", "in_order"]
