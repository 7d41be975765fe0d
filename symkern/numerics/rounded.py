"""float32 kernels are computed in float64 and rounded once, whether or not JAX is allowed float64 elsewhere.

Two words of float32 (48 digits) need twenty operations for one, and their low words are lost below 1e-30. One float64 has 53
digits, the range for every intermediate, and is a single operation. So a kernel of float32 arguments becomes one primitive of JAX,
inside of which float64 is allowed: neither its caller nor a derivative ever sees a float64. It is elementwise; its derivatives are
primitives of the same kind, times tangents.

float64 arguments keep their two words. On a device without float64 set the environment variable ``SYMKERN_WITHOUT_FLOAT64``:
float32 is then computed in two words of its own.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import ShapedArray
from jax.interpreters import ad, mlir

from symkern.numerics.fence import computed_once
from symkern.numerics.inputs import common_dtype
from symkern.numerics.primitives import elementwise_primitive, with_partials
from symkern.numerics.words import Arithmetic, computing_in

Kernel = Callable[..., Any]

WITHOUT_FLOAT64 = bool(os.environ.get("SYMKERN_WITHOUT_FLOAT64"))
"""Whether float32 is to be computed in two words of float32."""


def x64(enabled: bool) -> Any:
    """A context in which JAX computes in float64 or not, under whichever name this JAX has it."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(enabled)
    experimental: Any = importlib.import_module("jax.experimental")
    return experimental.enable_x64() if enabled else experimental.disable_x64()


def rounded_once(kernel: Kernel) -> Kernel:
    """A kernel whose float32 values are those of one word of float64; the dtype is that of its positional arguments.

    It is elementwise, and returns an array or a tuple of arrays.
    """
    return _decorated(kernel, 1)


def rounded_from_two(kernel: Kernel) -> Kernel:
    """The same with two words of float64, for kernels that cancel beyond one."""
    return _decorated(kernel, 2)


def _decorated(kernel: Kernel, words: int) -> Kernel:
    @wraps(kernel)
    def call(*arguments: Any, **parameters: Any) -> Any:
        dtype = common_dtype(*arguments)
        if dtype != np.float32 or WITHOUT_FLOAT64:
            return jax.tree_util.tree_map(computed_once, kernel(*arguments, **parameters))
        return _inside(kernel, words, len(arguments), tuple(parameters))(
            *(jnp.asarray(a, dtype) for a in (*arguments, *parameters.values()))
        )

    return call


@dataclass(frozen=True)
class _Inside:
    """A kernel as a function of float32 arrays, computed in float64.

    ``moving`` are the arguments by which it is differentiated, once for each order.
    """

    kernel: Kernel
    words: int
    positional: int
    keywords: tuple[str, ...]
    moving: tuple[tuple[int, ...], ...] = ()

    def __call__(self, *arguments: Array) -> Any:
        """The value: an array, or a tuple of them."""
        results = _primitive.bind(*arguments, inside=self)
        return tuple(results) if len(results) > 1 else results[0]

    @cached_property
    def outputs(self) -> int:
        """How many arrays come back."""
        scalars = [np.float32(1)] * (self.positional + len(self.keywords))
        with x64(True):
            return len(jax.eval_shape(self.narrow, *scalars))

    @cached_property
    def compiled(self) -> Callable[..., Any]:
        """Traced once for each combination of shapes, and once in a program however often that calls it."""
        return jax.jit(self.narrow)

    def differentiated(self, moving: tuple[int, ...]) -> _Inside:
        """The outputs, and the derivatives of all of them by each of these arguments, argument by argument."""
        return _inside(self.kernel, self.words, self.positional, self.keywords, (*self.moving, moving))

    def narrow(self, *arguments: Array) -> list[Array]:
        """What the primitive means, where float64 is allowed."""
        shape = jnp.broadcast_shapes(*(a.shape for a in arguments))
        with computing_in(Arithmetic.ONE_WORD if self.words == 1 else Arithmetic.TWO_WORDS):
            results = self._wide(len(self.moving))(*(a.astype(np.float64) for a in arguments))
        return [computed_once(jnp.broadcast_to(r, shape).astype(np.float32)) for r in results]

    def _wide(self, order: int) -> Callable[..., Sequence[Array]]:
        if order == 0:
            return self._value
        lower = self._wide(order - 1)

        def with_slopes(*arguments: Array) -> list[Array]:
            values, slopes = with_partials(lower, arguments, self.moving[order - 1])
            return [*values, *slopes]

        return with_slopes

    def _value(self, *arguments: Array) -> Sequence[Array]:
        given = dict(zip(self.keywords, arguments[self.positional :], strict=True))
        result = self.kernel(*arguments[: self.positional], **given)
        return result if isinstance(result, tuple) else (result,)


@lru_cache(maxsize=1024)
def _inside(
    kernel: Kernel, words: int, positional: int, keywords: tuple[str, ...], moving: tuple[tuple[int, ...], ...] = ()
) -> _Inside:
    """The same object for the same kernel: what it has found out about itself is not found out at every call."""
    return _Inside(kernel, words, positional, keywords, moving)


def _abstract(*arguments: Any, inside: _Inside) -> list[Any]:
    shape = np.broadcast_shapes(*(a.shape for a in arguments))
    return [ShapedArray(shape, np.dtype(np.float32))] * inside.outputs


def _evaluated(*arguments: Any, inside: _Inside) -> Any:
    with x64(True):
        return inside.narrow(*arguments)


def _lowered(context: Any, *arguments: Any, inside: _Inside) -> Any:
    with x64(True):
        return mlir.lower_fun(inside.compiled, multiple_results=True)(context, *arguments)


def _tangents(primals: Any, tangents: Any, *, inside: _Inside) -> Any:
    moving = tuple(i for i, t in enumerate(tangents) if not isinstance(t, ad.Zero))
    count, found = inside.outputs, _primitive.bind(*primals, inside=inside.differentiated(moving))
    results, *slopes = (found[k : k + count] for k in range(0, len(found), count))
    moved = [sum(slope[k] * tangents[i] for slope, i in zip(slopes, moving, strict=True)) for k in range(count)]
    return results, moved


_primitive = elementwise_primitive(
    "float32_kernel", abstract=_abstract, evaluated=_evaluated, lowered=_lowered, tangents=_tangents
)

__all__ = ["rounded_from_two", "rounded_once", "x64"]
