"""The decorator that makes a differentiable, compiled-once operation out of arithmetic on pairs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, cast

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero

from symkern.numerics.exact import Pair

P = ParamSpec("P")
Coefficient = Callable[..., Any]


def value(pair: Pair) -> Array:
    """High + low, rounded once."""
    return pair[0] + pair[1]


def operation(*partials: Coefficient | None) -> Callable[[Callable[P, Pair]], Callable[P, Pair]]:
    """Differentiate a function of pairs (or of arrays) by its partial derivatives, one for each argument.

    Each partial maps (result, *arguments) to a plain array; None stands for 0. The tangent of a pair is that of its
    value, and the high word carries it. The rule is linear in the tangents (so reverse mode works), calls the operation
    itself (so derivatives of any order are right), and skips arguments that do not depend on the variable. `jit` keeps
    tracing cheap: a body is traced once for each combination of shapes.
    """

    def decorate(compute: Callable[P, Pair]) -> Callable[P, Pair]:
        differentiable = jax.custom_jvp(compute)

        def jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Pair, Pair]:
            result = differentiable(*primals)
            tangent = jnp.zeros_like(result[0])
            for partial, argument in zip(partials, tangents, strict=True):
                if partial is None:
                    continue
                words = argument if isinstance(argument, tuple) else (argument,)
                moving = [word for word in words if not isinstance(word, SymbolicZero)]
                if moving:
                    tangent = tangent + partial(result, *primals) * sum(moving[1:], moving[0])
            return result, (tangent, jnp.zeros_like(result[1]))

        differentiable.defjvp(jvp, symbolic_zeros=True)
        return cast(Callable[P, Pair], wraps(compute)(jax.jit(differentiable)))

    return decorate
