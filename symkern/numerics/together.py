"""A function of double words at several arguments: compiled once, however often a kernel needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from symkern.numerics.double_word import DoubleWord, Operand, double_word, limited
from symkern.numerics.fence import History


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
    if not any(_is_staged(a.hi) for a in wide):
        return [function(*row) for row in rows]  # each operation is compiled already, for all kernels
    columns = [_stacked([a.broadcast_to(shape) for a in column]) for column in zip(*rows, strict=True)]
    results = lax.map(lambda row: function(*row), tuple(columns))
    return [DoubleWord(results.hi[i], results.lo[i]) for i in range(len(calls))]


def _is_staged(x: Any) -> bool:
    """Whether a `jit` is under way, and not derivatives or `vmap` alone, whose tracers hold numbers."""
    while isinstance(x, jax.core.Tracer):
        inside = getattr(x, "primal", None)
        x = getattr(x, "val", None) if inside is None else inside
    return not isinstance(x, (jax.Array, np.ndarray, np.generic))


def _stacked(parts: list[DoubleWord]) -> DoubleWord:
    """Numbers of one shape along a new first axis; no more goes into it than XLA may fuse."""
    few = limited(tuple(parts))
    history: History = {key: n for part in few for key, n in part.history.items()}
    return DoubleWord(jnp.stack([p.hi for p in few]), jnp.stack([p.lo for p in few]), history)


__all__ = ["each"]
