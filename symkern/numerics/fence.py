"""Keeps what XLA compiles into one loop small.

XLA fuses elementwise operations into one loop, and on CPU splits a loop of more than 2,000 instructions into functions
that call one another, each as often as its result is used: the time to run then grows exponentially (a kernel of 1,500
operations on double words did not return within minutes, JAX 0.10.2). So a double word knows the operations that went
into it, and where they become too many its operands are computed on their own first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import numpy as np
from jax import Array, lax

from symkern.numerics.exact import Pair
from symkern.numerics.words import Arithmetic, arithmetic

LIMIT = 1600
"""Instructions fused into one loop, as counted here: XLA's own count is at most this, for it folds constants.

Loops of a gradient hold up to 1.8 times as many, so that some are cut in two; that repeats little. A limit of 1,000
made the kernel of sin three times as slow.
"""

History = dict[Any, int]
"""Each operation that went into a number since it was last fenced (by the identity of its result), and its size."""


def fence(words: Pair) -> Pair:
    """The same words, in memory: a loop that swaps them twice, which no pass of XLA looks through.

    They are the parts of a complex number there (see `loops`).  Linear, so that derivatives of any order and mode, and
    batching, are those of the identity. (XLA drops ``optimization_barrier`` before it fuses, and fuses divisions that have a
    single use.)
    """
    both = lax.fori_loop(0, 2, lambda _, z: lax.complex(lax.imag(z), lax.real(z)), lax.complex(*words))
    return lax.real(both), lax.imag(both)


def computed_once(array: Array) -> Array:
    """The array, in memory under `jit`: XLA would compute it again in every loop and for every shape that it is broadcast to."""
    return fence((array, array))[0] if is_staged(array) else array


def is_staged(x: Any) -> bool:
    """Whether a `jit` is under way, and not derivatives or `vmap` alone, whose tracers hold numbers.

    Without one each operation is a program of its own: there is nothing to keep apart, and every loop would be compiled anew.
    """
    while isinstance(x, jax.core.Tracer):
        inside = getattr(x, "primal", None)
        x = getattr(x, "val", None) if inside is None else inside
    return not isinstance(x, (jax.Array, np.ndarray, np.generic))


def size(operation: Callable[..., Pair], dtype: np.dtype[Any], words: tuple[int, ...]) -> int:
    """The number of instructions of an operation on arrays (one word) or pairs (two)."""
    return _size(operation, dtype, words, arithmetic())


@cache
def _size(operation: Callable[..., Pair], dtype: np.dtype[Any], words: tuple[int, ...], _: Arithmetic) -> int:
    number = dtype.type(1)
    # a function of its own, for JAX remembers what it traced, in whatever arithmetic
    return _count(
        jax.make_jaxpr(lambda *arguments: operation(*arguments))(
            *(number if n == 1 else (number, number) for n in words)
        ).jaxpr
    )


def _count(jaxpr: Any) -> int:
    total = 0
    for equation in jaxpr.eqns:
        inner = [getattr(p, "jaxpr", p) for p in equation.params.values() if hasattr(getattr(p, "jaxpr", p), "eqns")]
        literals = sum(hasattr(v, "val") for v in equation.invars)
        total += sum(map(_count, inner)) if inner else 1 + literals
    return total
