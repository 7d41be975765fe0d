"""Long formulas of double words, whose sums, products and quotients become the steps of a few loops.

XLA compiles each operation of two words anew, some thirty instructions, and repeats it in every loop that needs its result;
formulas with thresholds and polynomials as weights have hundreds.  So what a formula asks for is written down first.  When its
words are needed, and a function is among it that takes longer than all the operations, these are computed row by row in one
array, by loops that each do one operation (`steps`).  The bits are those of the operations one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from math import prod
from numbers import Real
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from symkern.numerics import arithmetic
from symkern.numerics.blocks import Place, Shape, as_rows, grouped, joined
from symkern.numerics.double_word import DoubleWord, Operand, applied, double_word, is_power_of_two, rational
from symkern.numerics.exact import Pair, format_of
from symkern.numerics.fence import is_staged
from symkern.numerics.nodes import Group, Node
from symkern.numerics.steps import Number, Program, Row, Step, in_order
from symkern.numerics.words import arithmetic as arithmetic_now
from symkern.numerics.words import to_every_digit

MANY = 6
"""Operations from which on they are steps of loops."""

SHORT = {arithmetic.add: arithmetic.add_short, arithmetic.multiply: arithmetic.multiply_short}
"""What an operation is with a whole number of half a word."""


def written_down(numbers: Sequence[DoubleWord]) -> tuple[DoubleWord, ...]:
    """The same numbers, the first of a formula, in kernels to every digit; unchanged elsewhere, and without `jit`.

    Rows take memory: the kernel of ELU, of many regimes and not to every digit, took ten times as much.
    """
    if not to_every_digit() or not any(is_staged(number.hi) for number in numbers):
        return tuple(numbers)
    formula = Formula()
    return tuple(formula.entered(number) for number in numbers)


def stacked(numbers: Sequence[DoubleWord], shape: Shape) -> Pair | None:
    """The numbers along a new first axis, where all are rows of what loops have made, or constants."""
    places = [number.place if isinstance(number, Listed) else None for number in numbers]
    if not any(places) or not all(place or n.constant for place, n in zip(places, numbers, strict=True)):
        return None
    high, low = joined([place or number.pair for place, number in zip(places, numbers, strict=True)], shape)
    factors = np.array([number.factor if isinstance(number, Listed) else 1 for number in numbers], high.dtype)
    if np.any(factors != 1):
        high, low = (words * factors.reshape(-1, *[1] * len(shape)) for words in (high, low))
    return high, low


@jax.tree_util.register_pytree_node_class
class Listed(DoubleWord):
    """A number of a formula times a power of two with a sign, computed when its words are asked for."""

    formula: Formula  # type: ignore[misc]
    index: int
    factor: float

    def __init__(self, formula: Formula, index: int, factor: float = 1.0) -> None:
        fields = {"formula": formula, "index": index, "factor": factor, "constant": False, "short": False}
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @cached_property
    def plain(self) -> DoubleWord:
        """The double word."""
        return _times(self.formula.number(self.index), self.factor)

    @property
    def place(self) -> Place | None:
        """Where loops have put it, without the factor."""
        return self.formula.nodes[self.index].place

    @property
    def hi(self) -> Array:
        """Its high word."""
        return self.plain.hi

    @property
    def lo(self) -> Array:
        """Its low word."""
        return self.plain.lo

    @property
    def history(self) -> Any:
        """What went into it since it was last fenced."""
        return self.plain.history

    @cached_property
    def apart(self) -> DoubleWord:
        """The same number, not to be computed again by those who use it."""
        return self.plain.apart

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of both words."""
        return self.formula.nodes[self.index].dtype

    @property
    def shape(self) -> Shape:
        """The shape of both words."""
        return self.formula.nodes[self.index].shape

    def __neg__(self) -> DoubleWord:
        return Listed(self.formula, self.index, -self.factor)

    def __add__(self, other: Operand) -> DoubleWord:
        return self.formula.asked(arithmetic.add, self, other)

    __radd__ = __add__

    def __rsub__(self, other: Operand) -> DoubleWord:
        return -self + other

    def __mul__(self, other: Operand) -> DoubleWord:
        if isinstance(other, Real) and is_power_of_two(other):
            return Listed(self.formula, self.index, self.factor * float(other))
        return self.formula.asked(arithmetic.multiply, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> DoubleWord:
        if isinstance(other, Real) and other and (number := rational(other)):
            return self * (1 / number)
        return self.formula.asked(arithmetic.divide, self, other)

    def __rtruediv__(self, other: Operand) -> DoubleWord:
        return self.formula.asked(arithmetic.divide, other, self)


class Formula:
    """What has been asked for, in that order."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.long = False

    def entered(self, number: DoubleWord) -> Listed:
        """A number that is known."""
        return self._listed(Node(number.shape, number.dtype, alone=number))

    def asked(self, operation: Callable[..., Pair], *operands: Operand) -> DoubleWord:
        """The result of an operation, one of whose operands is a number of this formula."""
        like = next(x for x in operands if isinstance(x, Listed))
        known = tuple(self._operand(x, like) for x in operands)
        shape = jnp.broadcast_shapes(*(self.nodes[x.index].shape for x in known if isinstance(x, Row)))
        return self._listed(Node(shape, like.dtype, operation=operation, operands=known))

    def asked_together(
        self, compute: Callable[[], Pair], numbers: Sequence[DoubleWord], shape: Shape, count: int, *, long: bool
    ) -> list[DoubleWord]:
        """So many results of this shape of a function of ``numbers``."""
        operands = tuple(Row(n.index, n.factor) for n in numbers if isinstance(n, Listed) and n.formula is self)
        self.long |= long
        group, dtype = Group(operands, compute, long), numbers[0].dtype
        members = [self._listed(Node(shape, dtype, group=group)) for _ in range(count)]
        group.members = [member.index for member in members]
        return list(members)

    def _listed(self, node: Node) -> Listed:
        self.nodes.append(node)
        return Listed(self, len(self.nodes) - 1)

    def _operand(self, number: Operand, like: DoubleWord) -> Row | Fraction:
        if isinstance(number, Real) and (exact := rational(number)) is not None:
            return exact
        if not isinstance(number, Listed) or number.formula is not self:
            number = self.entered(double_word(number, like))
        return Row(number.index, number.factor)

    def number(self, index: int) -> DoubleWord:
        """The number, computed now if it has not been."""
        node = self.nodes[index]
        if node.pending:
            self.compute(index)
        if node.alone is None:
            assert node.place is not None
            return DoubleWord(*node.place.words)
        return node.alone

    def compute(self, index: int) -> None:
        """This number: with all that has been asked for, in loops, where a function among it takes long; else alone."""
        if not self.long:
            for k in self._needed(index):
                self._one(self.nodes[k])
            return
        while pending := [k for k, node in enumerate(self.nodes) if node.pending]:
            ready: dict[int, None] = {}
            for k in pending:
                node = self.nodes[k]
                if not node.group and all(not self.nodes[row].pending or row in ready for row in node.rows):
                    ready[k] = None
            self._in_loops(list(ready))
            for node in (self.nodes[k] for k in pending):
                if node.pending and node.group and not any(self.nodes[row].pending for row in node.rows):
                    self._grouped(node.group)

    def _needed(self, index: int) -> list[int]:
        """What is pending of this number and of what it is made of, in order."""
        found: set[int] = set()
        left = [index]
        while left:
            k = left.pop()
            if self.nodes[k].pending and k not in found:
                found.add(k)
                left += self.nodes[k].rows
        return sorted(found)

    def _one(self, node: Node) -> None:
        """This number, whose operands are known."""
        if node.group and node.pending:
            self._grouped(node.group)
        elif node.operation:
            like = self.number(node.rows[0])
            left, right = (
                _times(self.number(x.index), x.factor) if isinstance(x, Row) else double_word(x, like)
                for x in node.operands
            )
            operation = SHORT.get(node.operation, node.operation) if right.short else node.operation
            node.alone = applied(operation, left, right)

    def _grouped(self, group: Group) -> None:
        """The results of a function whose arguments are known."""
        high, low = group.compute()
        if group.long:
            for k, place in zip(group.members, as_rows(lax.complex(high, low)), strict=True):
                self.nodes[k].place = place
        else:
            for row, k in enumerate(group.members):
                self.nodes[k].alone = DoubleWord(high[row], low[row])

    def _in_loops(self, ready: Sequence[int]) -> None:
        """Operations on what is known, and on one another, shape by shape."""
        for shape in sorted({self.nodes[k].shape for k in ready}, key=prod):
            here = [k for k in ready if self.nodes[k].shape == shape]
            if len(here) < MANY:
                for k in here:
                    self._one(self.nodes[k])
            else:
                self._together(here)

    def _together(self, pending: Sequence[int]) -> None:
        """These numbers, of one shape, as steps of loops; what else is known of that shape moves to their rows."""
        shape = self.nodes[pending[0]].shape
        needed = {row for k in pending for row in self.nodes[k].rows} - set(pending)
        known = [k for k, node in enumerate(self.nodes) if k in needed or (node.alone and node.shape == shape)]
        parts, which = grouped([self.nodes[k].place or self.number(k).pair for k in known], shape)
        given = [known[n] for n in which]
        row = {k: n for n, k in enumerate([*given, *pending])}
        order = [pending[n] for n in in_order([self._step(self.nodes[k], row) for k in pending], len(given))]
        row |= {k: n for n, k in enumerate(order, len(given))}
        program = Program([self._step(self.nodes[k], row) for k in order], len(given), arithmetic_now())
        for k, place in zip([*given, *order], as_rows(program(*parts)), strict=True):
            if self.nodes[k].shape == shape:
                self.nodes[k].alone, self.nodes[k].place = None, place

    def _step(self, node: Node, row: dict[int, int]) -> Step:
        assert node.operation is not None
        form = format_of(node.dtype)
        left, right = (
            Row(row[x.index], x.factor) if isinstance(x, Row) else Number(*form.constant(x)) for x in node.operands
        )
        last = node.operands[1]
        is_short = isinstance(last, Fraction) and form.is_short(last)
        return Step(SHORT.get(node.operation, node.operation) if is_short else node.operation, (left, right))


def _times(number: DoubleWord, factor: float) -> DoubleWord:
    """Times a power of two with a sign."""
    signed = -number if factor < 0 else number
    return signed if abs(factor) == 1 else signed * abs(factor)


__all__ = ["Listed", "stacked", "written_down"]
