"""Kernels whose derivatives are known, where automatic differentiation of their formula would divide by zero."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero
from jax.typing import ArrayLike

from symkern.numerics.inputs import common_dtype, gap, promote
from symkern.numerics.rounded import Kernel

Slopes = Callable[..., tuple[Array, Array, Array]]


def with_slopes(kernel: Kernel, slopes: Slopes, *arguments: ArrayLike, edge: Kernel | None = None) -> Array:
    """``kernel(cov12, var1, var2, *parameters)``, whose derivatives by the covariance are ``slopes`` of the same arguments.

    Parameters are differentiated automatically.  An infinite slope (that of the ReLU's ``d_nngp`` at ``ρ = ±1``) counts as
    0, as it is along the diagonal: infinities of both signs would make every gradient of an NTK NaN.  A slope of 0/0 (at a
    variance of zero) or ∞ − ∞ (at ``ρ = ±1``) counts as 0 too: an input that is zero has no direction in which its variance
    grows to first order.
    ``edge(var, *parameters)`` is the kernel where one variance is zero, in the other; without it the kernel itself is
    right there.
    """
    dtype = common_dtype(*arguments[:3])
    covariance = (jnp.asarray(a, dtype) for a in arguments[:3])
    whole = kernel if edge is None else _with_edge(kernel, edge)
    result: Array = _differentiable(whole, slopes)(*covariance, *(promote(p, dtype) for p in arguments[3:]))
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
        moving = [not isinstance(t, SymbolicZero) for t in tangents]
        if any(moving[:3]):
            edge = gap(*primals[:3]).hi == 0
            for slope, t, moves in zip(slopes(*primals), tangents[:3], moving[:3], strict=True):
                if moves:
                    silent = jnp.isinf(slope) | (jnp.isnan(slope) & edge)
                    tangent = tangent + jnp.where(silent, 0, slope) * t
        if any(moving[3:]):
            parameters = tuple(
                t if moves else jnp.zeros_like(p)
                for p, t, moves in zip(primals[3:], tangents[3:], moving[3:], strict=True)
            )
            tangent = tangent + jax.jvp(lambda *p: kernel(*primals[:3], *p), primals[3:], parameters)[1]
        return result, tangent

    function.defjvp(jvp, symbolic_zeros=True)
    return function


__all__ = ["with_slopes"]
