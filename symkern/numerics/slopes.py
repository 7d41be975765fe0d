"""Kernels whose derivatives are known, where automatic differentiation of their formula would divide by zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike

from symkern.numerics.inputs import common_dtype, gap, promote
from symkern.numerics.rounded import Kernel

Slopes = Callable[..., tuple[Array, Array, Array]]
Names = tuple[str, ...]
"""Of a kernel's parameters."""
Arrays = tuple[Array, ...]
Tangents = tuple[Any, ...]
"""Of the arguments; some are SymbolicZero."""


def with_slopes(kernel: Kernel, slopes: Slopes, *arguments: ArrayLike, edge: Kernel | None = None) -> Array:
    """``kernel(cov12, var1, var2, *parameters)``, whose derivatives by the covariance are ``slopes`` of the same arguments.

    Parameters are differentiated automatically.  An infinite slope (that of the ReLU's ``d_nngp`` at ``ρ = ±1``) counts as
    0, as it is along the diagonal: infinities of both signs would make every gradient of an NTK NaN.  Away from there it is
    infinite where the kernel overflows too.  A slope of 0/0 (at a
    variance of zero) or ∞ − ∞ (at ``ρ = ±1``) counts as 0 too: an input that is zero has no direction in which its variance
    grows to first order.
    ``edge(var, *parameters)`` is the kernel where one variance is zero, in the other; without it the kernel itself is
    right there.
    """
    whole = kernel if edge is None else _with_edge(kernel, edge)
    result: Array = _differentiable(whole, slopes)(*_arrays(*arguments))
    return result


@cache
def _with_edge(kernel: Kernel, edge: Kernel) -> Kernel:
    def whole(cov12: Array, var1: Array, var2: Array, *parameters: Array) -> Array:
        empty = (var1 == 0) | (var2 == 0)
        # a covariance of one where the formula is not asked for, so that its derivatives by parameters are finite
        inside = kernel(
            jnp.where(empty, 0, cov12), jnp.where(var1 == 0, 1, var1), jnp.where(var2 == 0, 1, var2), *parameters
        )
        beyond = jnp.isnan(cov12) | (var1 < 0) | (var2 < 0)
        return jnp.where(empty & ~beyond, edge(jnp.where(empty, var1 + var2, 1), *parameters), inside)

    return whole


@cache
def _differentiable(kernel: Kernel, slopes: Slopes) -> Callable[..., Array]:
    function = jax.custom_jvp(kernel)

    def jvp(primals: tuple[Array, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
        result = function(*primals)
        tangent = jnp.zeros_like(result)
        if any(map(_moves, tangents[:3])):
            edge = gap(*primals[:3]).hi == 0
            for slope, t in zip(slopes(*primals), tangents[:3], strict=True):
                if _moves(t):
                    tangent = tangent + jnp.where(edge & ~jnp.isfinite(slope), 0, slope) * t
        if any(map(_moves, tangents[3:])):
            tangent = tangent + _automatic(kernel, primals, tangents, slice(3, None))
        return result, tangent

    function.defjvp(jvp, symbolic_zeros=True)
    return function


def with_slope(slope: Kernel) -> Callable[[Kernel], Kernel]:
    """Decorates a kernel ``(cov12, var1, var2, **parameters)`` whose derivative by ``cov12`` is ``slope`` (Price 1958).

    Where terms of a formula cancel, automatic differentiation of it loses the digits that ``slope`` has.  By the variances and
    parameters the kernel is differentiated automatically.  At ``ρ = ±1`` an infinite slope of a finite kernel counts as 0, as
    for :func:`with_slopes`.
    """

    def decorated(kernel: Kernel) -> Kernel:
        def by_cov12(names: Names, primals: Arrays, tangents: Tangents, result: Array) -> Array:
            moved: Array = _silenced(_positional(slope, names)(*primals), result, primals) * tangents[0]
            return moved

        return _with(by_cov12, kernel)

    return decorated


def with_slope_beside(kernel: Kernel) -> Kernel:
    """The same for a kernel that comes with its derivative by ``cov12``: ``(nngp, d_nngp)``."""

    def by_cov12(names: Names, primals: Arrays, tangents: Tangents, result: Any) -> tuple[Array, Array]:
        _, bend = _automatic(_positional(kernel, names), primals, tangents, slice(1))
        return _silenced(result[1], result[0], primals) * tangents[0], bend

    return _with(by_cov12, kernel)


def _with(by_cov12: Callable[[Names, Arrays, Tangents, Any], Any], kernel: Kernel) -> Kernel:
    """The kernel, of whose result ``by_cov12`` is the tangent where ``cov12`` moves."""

    @wraps(kernel)
    def call(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, **parameters: ArrayLike) -> Any:
        return differentiable(tuple(parameters))(*_arrays(cov12, var1, var2, *parameters.values()))

    @cache
    def differentiable(names: Names) -> Callable[..., Any]:
        positional = _positional(kernel, names)
        function = jax.custom_jvp(positional)

        def jvp(primals: Arrays, tangents: Tangents) -> tuple[Any, Any]:
            result, parts = function(*primals), []
            if _moves(tangents[0]):
                parts.append(by_cov12(names, primals, tangents, result))
            if any(map(_moves, tangents[1:])):
                parts.append(_automatic(positional, primals, tangents, slice(1, None)))
            return result, jax.tree_util.tree_map(lambda r, *p: sum(p, jnp.zeros_like(r)), result, *parts)

        function.defjvp(jvp, symbolic_zeros=True)
        return function

    return call


def _silenced(slope: Array, value: Array, primals: Arrays) -> Array:
    """The slope, 0 where it is infinite at the edge although the kernel is not."""
    return jnp.where(jnp.isinf(slope) & jnp.isfinite(value) & (gap(*primals[:3]).hi == 0), 0, slope)


def _positional(kernel: Kernel, names: Names) -> Kernel:
    """The kernel with its parameters by position."""
    return lambda *arguments: kernel(*arguments[:3], **dict(zip(names, arguments[3:], strict=True)))


def _arrays(*arguments: ArrayLike) -> list[Array]:
    """The covariance in its common dtype, and the parameters in the same."""
    dtype = common_dtype(*arguments[:3])
    return [*(jnp.asarray(a, dtype) for a in arguments[:3]), *(promote(p, dtype) for p in arguments[3:])]


def _moves(tangent: Any) -> bool:
    return not isinstance(tangent, SymbolicZero)


def _automatic(kernel: Kernel, primals: Sequence[Array], tangents: Sequence[Any], which: slice) -> Any:
    """What tangents of these arguments make of the kernel, by automatic differentiation.

    The others have none, not zeros: 0 times an infinite derivative would be NaN.
    """
    chosen = [i for i in range(len(primals))[which] if _moves(tangents[i])]

    def moved(*some: Array) -> Any:
        at = dict(zip(chosen, some, strict=True))
        return kernel(*(at.get(i, a) for i, a in enumerate(primals)))

    return jax.jvp(moved, tuple(primals[i] for i in chosen), tuple(tangents[i] for i in chosen))[1]


__all__ = ["with_slope", "with_slope_beside", "with_slopes"]
