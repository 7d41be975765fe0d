"""The double word: the unevaluated sum of two floats, of 48 bits in float32 and 106 in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from numbers import Rational, Real
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from symkern.numerics import arithmetic
from symkern.numerics.exact import Pair, format_of, settled
from symkern.numerics.fence import LIMIT, History, fence, is_staged, size
from symkern.numerics.words import one_word


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True, eq=False)
class DoubleWord:
    """hi + lo, |lo| <= ulp(hi)/2, of one dtype (float32 or float64) and one shape; operators broadcast.

    The other operand is a double word, an array (taken as exact), or a Python number, which enters with both words:
    2**40, 0.1 and Fraction(1, 3) are right to 48 or 106 bits. Infinities and NaN behave as in one float; a low word
    below the smallest normal float is flushed, so results under 2^-78 (2^-916) lose digits gradually, to one float's.
    Derivatives of any order are those of the value, in plain floats.
    """

    hi: Array
    lo: Array
    history: History = field(default_factory=dict, repr=False)
    constant: bool = field(default=False, repr=False)
    short: bool = field(default=False, repr=False)
    """Whether it is a constant of one word with half of its digits, such as 3: literals, and cheaper operations."""
    formula: ClassVar[Any] = None
    """What it is a number of, where that is written down before it is computed (`straight`)."""

    @property
    def value(self) -> Array:
        """hi + lo as one float, correctly rounded."""
        return self.hi + self.lo

    @property
    def pair(self) -> Pair:
        """(hi, lo), the form in which the functions of this package compute."""
        return self.hi, self.lo

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of both words."""
        return np.dtype(self.hi.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of both words."""
        return self.hi.shape

    def broadcast_to(self, shape: tuple[int, ...]) -> DoubleWord:
        """The number at a larger shape."""
        return self._with((jnp.broadcast_to(self.hi, shape), jnp.broadcast_to(self.lo, shape)))

    @cached_property
    def apart(self) -> DoubleWord:
        """The same number, not to be computed again by those who use it."""
        return DoubleWord(*fence(self.pair)) if is_staged(self.hi) else self

    @property
    def fenced(self) -> DoubleWord:
        """The same where that pays: operations in one word are short."""
        return self if one_word() else self.apart

    def tree_flatten(self) -> tuple[Pair, None]:
        """The words, for JAX."""
        return self.pair, None

    @classmethod
    def tree_unflatten(cls, _: None, words: Pair) -> DoubleWord:
        """The double word of these words, for JAX."""
        return cls(*words)

    __array_ufunc__ = None  # a NumPy array or scalar on the left leaves the operation to this class

    def __neg__(self) -> DoubleWord:
        return self._with(arithmetic.negative(self.pair))

    def _with(self, pair: Pair) -> DoubleWord:
        """Other words at no cost."""
        return DoubleWord(*pair, self.history, self.constant, self.short)

    def __add__(self, other: Operand) -> DoubleWord:
        term = double_word(other, self)
        return applied(arithmetic.add_short if term.short else arithmetic.add, self, term)

    def __sub__(self, other: Operand) -> DoubleWord:
        return self + -double_word(other, self)

    def __rsub__(self, other: Operand) -> DoubleWord:
        return -self + other

    def __mul__(self, other: Operand) -> DoubleWord:
        if isinstance(other, Real) and is_power_of_two(other):
            return self._with(arithmetic.times_power_of_two(self.pair, float(other)))
        factor = double_word(other, self)
        return applied(arithmetic.multiply_short if factor.short else arithmetic.multiply, self, factor)

    def __truediv__(self, other: Operand) -> DoubleWord:
        if isinstance(other, Real) and other and (number := rational(other)):
            return self * (1 / number)
        return applied(arithmetic.divide, self, double_word(other, self))

    def __rtruediv__(self, other: Operand) -> DoubleWord:
        return double_word(other, self) / self

    def __pow__(self, exponent: int) -> DoubleWord:
        """Repeated squaring; an error of about exponent - 1 products."""
        if not isinstance(exponent, int):
            return NotImplemented
        if exponent < 0:
            return 1 / self**-exponent
        if exponent < 2:
            return self if exponent else double_word(jnp.ones_like(self.hi), self)
        square = (self * self) ** (exponent // 2)
        return square * self if exponent % 2 else square

    __radd__ = __add__
    __rmul__ = __mul__


Operand = DoubleWord | ArrayLike | Fraction
Like = DoubleWord | Array | np.dtype[Any] | type


def double_word(number: Operand, like: Like) -> DoubleWord:
    """A parameter or constant as a double word in the dtype of `like`.

    A Python number gives both words, and so does an array of a wider dtype; any other array is exact.
    """
    form = format_of(dtype_of(like))
    if isinstance(number, DoubleWord):
        if number.dtype != form.dtype:
            raise TypeError(f"a double word of {number.dtype} does not mix with {form.dtype}: give both one dtype")
        return number
    if isinstance(number, Real):
        exact = rational(number)
        if exact is not None and form.is_short(exact):
            return DoubleWord(*form.constant(exact), constant=True, short=True)
        words = form.constant(exact) if exact is not None else (form.dtype.type(number), form.dtype.type(0))
        high, low = map(settled, words)
        return DoubleWord(high, low, constant=True)
    array = jnp.asarray(number)
    if jnp.issubdtype(array.dtype, jnp.complexfloating):
        raise TypeError("double words are real: pass the real part of a complex array")
    high = array.astype(form.dtype)
    low = jnp.zeros_like(high)
    if jnp.issubdtype(array.dtype, jnp.floating) and array.dtype.itemsize > form.dtype.itemsize:
        rest = (array - high.astype(array.dtype)).astype(form.dtype)
        return DoubleWord(high, jnp.where(jnp.isfinite(high), rest, low))
    return DoubleWord(settled(high), low)


def dtype_of(like: Like) -> np.dtype[Any]:
    """The dtype that `like` is or has."""
    return np.dtype(like) if isinstance(like, (type, np.dtype)) else np.dtype(like.dtype)


def applied(operation: Callable[..., Pair], *operands: DoubleWord) -> DoubleWord:
    """The operation on pairs, applied to double words: fenced off where too much would be fused into one loop."""
    formula = next((x.formula for x in operands if x.formula), None)
    result = _applied(operation, *operands)
    return formula.entered(result) if formula else result


def _applied(operation: Callable[..., Pair], *operands: DoubleWord) -> DoubleWord:
    operands = tuple(x.__dict__.get("apart", x) for x in operands)
    if all(x.constant for x in operands):
        # settled: XLA 0.10 folds (b + (a - s)) into ((b + a) - s) for literals
        words = [(settled(x.hi), settled(x.lo)) if x.short else x.pair for x in operands]
        return DoubleWord(*operation(*words), constant=True)
    if not any(is_staged(x.hi) for x in operands):
        return DoubleWord(*operation(*(x.pair for x in operands)))
    own = size(operation, operands[0].dtype, tuple(2 for _ in operands))
    operands = limited(operands, own)
    history = {key: n for x in operands for key, n in x.history.items()}
    return DoubleWord(*operation(*(x.pair for x in operands)), history | {object(): own})


def limited(operands: tuple[DoubleWord, ...], own: int = 0) -> tuple[DoubleWord, ...]:
    """The operands, the longest fenced off until no more goes into an operation of ``own`` instructions than may be fused."""
    while True:
        history = {key: n for x in operands for key, n in x.history.items()}
        if not history or own + sum(history.values()) <= LIMIT:
            return operands
        longest = max(operands, key=lambda x: sum(x.history.values()))
        operands = tuple(x.apart if x is longest else x for x in operands)


def opened(operation: Callable[..., Pair], *arrays: Array) -> DoubleWord:
    """An operation on arrays, with which a double word begins."""
    pair = operation(*arrays)
    if not is_staged(pair[0]):
        return DoubleWord(*pair)
    return DoubleWord(*pair, {object(): size(operation, dtype_of(pair[0]), tuple(1 for _ in arrays))})


def rational(number: Real) -> Fraction | None:
    """The number as an exact rational, None if it is infinite or NaN."""
    if isinstance(number, Rational):
        return Fraction(int(number.numerator), int(number.denominator))
    return Fraction(float(number)) if math.isfinite(number) else None


def is_power_of_two(number: Real) -> bool:
    """Whether it is, with either sign."""
    exact = abs(rational(number) or Fraction(0))
    return exact.numerator.bit_count() == 1 == exact.denominator.bit_count()
