"""What a formula asks for, before it is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symkern.numerics.blocks import Place, Shape
from symkern.numerics.double_word import DoubleWord
from symkern.numerics.exact import Pair
from symkern.numerics.steps import Row


@dataclass(eq=False)
class Group:
    """Results of one function at several arguments, known together: ``compute()`` gives the words, along a first axis.

    Beside a function that takes ``long``, microseconds, passes through memory are nothing; beside a normal distribution function
    loops of single operations made gradients ten times as slow.
    """

    operands: tuple[Row, ...]
    compute: Callable[[], Pair]
    long: bool
    members: Sequence[int] = ()


@dataclass
class Node:
    """A number that is known, on its own or as a row of what loops have made; or the operation or function that makes it."""

    shape: Shape
    dtype: np.dtype[Any]
    alone: DoubleWord | None = None
    place: Place | None = None
    operation: Callable[..., Pair] | None = None
    operands: tuple[Row | Fraction, ...] = ()
    group: Group | None = None

    @property
    def pending(self) -> bool:
        """Whether it is yet to be computed."""
        return self.alone is None and self.place is None

    @property
    def rows(self) -> list[int]:
        """The numbers that it is made of."""
        operands = self.group.operands if self.group else self.operands
        return [x.index for x in operands if isinstance(x, Row)]


__all__ = ["Group", "Node"]
