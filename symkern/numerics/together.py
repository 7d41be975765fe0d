"""A function of double words at several arguments: compiled once, however often a kernel needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from typing import Any, ParamSpec, cast

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.custom_derivatives import SymbolicZero

from symkern.numerics.double_word import DoubleWord, Operand, double_word, limited
from symkern.numerics.exact import Pair
from symkern.numerics.fence import is_staged
from symkern.numerics.primitives import with_partials
from symkern.numerics.straight import stacked
from symkern.numerics.words import Arithmetic, arithmetic, computing_in

P = ParamSpec("P")
Words = tuple[Array, ...]

_LONG: set[Callable[..., DoubleWord]] = set()


def takes_long(function: Callable[P, DoubleWord]) -> Callable[P, DoubleWord]:
    """Decorates functions that take microseconds."""
    _LONG.add(function)
    return function


def each(function: Callable[..., DoubleWord], *calls: tuple[Operand, ...]) -> list[DoubleWord]:
    """``[function(*call) for call in calls]``, all of one shape.

    Under `jit` they are the steps of one loop, for XLA compiles each copy of a function anew: for the distribution function of
    two normals that is 3.5 s a copy, and kernels need up to thirty.  In one loop their memory is reused as well.
    """
    operands = [a for call in calls for a in call]
    like = next(a for a in operands if isinstance(a, DoubleWord))
    wide = [double_word(a, like) for a in operands]
    shape = jnp.broadcast_shapes(*(a.shape for a in wide))
    rows = [wide[i : i + len(calls[0])] for i in range(0, len(wide), len(calls[0]))]
    formula = next((a.formula for a in wide if a.formula), None)
    if not formula and not any(is_staged(a.hi) for a in wide):
        return [function(*row) for row in rows]  # each operation is compiled already, for all kernels
    loop = _mapped(function, arithmetic())

    def compute() -> Words:
        return loop(*(stacked(column, shape) or _stacked(column, shape) for column in zip(*rows, strict=True)))

    if formula:
        results: list[DoubleWord] = formula.asked_together(compute, wide, shape, len(calls), long=function in _LONG)
        return results
    high, low = compute()
    return [DoubleWord(high[i], low[i]) for i in range(len(calls))]


Row = Callable[..., Words]
"""A function of pairs of one element each; the result's words."""


@lru_cache(maxsize=256)
def _mapped(function: Callable[..., DoubleWord], chosen: Arithmetic) -> Row:
    """The function along the first axis of its arguments, in an arithmetic that is still known when JAX differentiates."""

    def row(*pairs: Pair) -> Words:
        with computing_in(chosen):
            return function(*(DoubleWord(*pair) for pair in pairs)).pair

    return _loop(row, 1)


def _loop(row: Row, moved: int) -> Row:
    """``row`` along the first axis of its arguments; the first ``moved`` words have derivatives, which high words carry.

    They are loops of their own, for JAX forgets the rules of what stands in a loop: `jvp` of `grad` of a `scan` differentiates
    the bodies of functions with a derivative of their own (JAX 0.10.2), which have none where they take, say, an absolute value.
    """

    @jax.custom_jvp
    def loop(*columns: Pair) -> Words:
        return cast(Words, lax.map(lambda pairs: row(*pairs), columns))

    @cache
    def slopes(moving: tuple[int, ...]) -> Row:
        return _loop(partial(_slopes, row, moved, moving), moved * len(moving))

    def jvp(columns: tuple[Pair, ...], tangents: tuple[Any, ...]) -> tuple[Words, Words]:
        results = loop(*columns)
        moves = {
            i: words for i, t in enumerate(tangents) if (words := [w for w in t if not isinstance(w, SymbolicZero)])
        }
        sums = [jnp.zeros_like(r) for r in results]
        found = slopes(tuple(moves))(*columns) if moves else ()
        for k, slope in enumerate(found):
            words = moves[list(moves)[k // moved]]
            sums[k % moved] = sums[k % moved] + slope * sum(words[1:], words[0])
        return results, tuple(sums)

    loop.defjvp(jvp, symbolic_zeros=True)
    return loop


def _slopes(row: Row, moved: int, moving: tuple[int, ...], *pairs: Pair) -> Words:
    """The derivatives of the first words of a row by these arguments, argument by argument."""

    high, low = zip(*pairs, strict=True)
    return tuple(with_partials(lambda *words: row(*zip(words, low, strict=True))[:moved], high, moving)[1])


def _stacked(parts: Sequence[DoubleWord], shape: tuple[int, ...]) -> Pair:
    """The numbers along a new first axis; no more goes into it than XLA may fuse."""
    few = limited(tuple(part.broadcast_to(shape) for part in parts))
    return jnp.stack([p.hi for p in few]), jnp.stack([p.lo for p in few])


__all__ = ["each", "takes_long"]
