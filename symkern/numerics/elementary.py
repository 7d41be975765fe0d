"""The decorator that makes a differentiable, compiled-once operation out of arithmetic on pairs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, cast

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.custom_derivatives import SymbolicZero

from symkern.numerics.exact import Pair
from symkern.numerics.words import Arithmetic, arithmetic, computing_in

P = ParamSpec("P")
Coefficient = Callable[..., Any]


def value(pair: Pair) -> Array:
    """High + low, rounded once."""
    return pair[0] + pair[1]


def operation(
    *partials: Coefficient | None, shared: Callable[..., Any] | None = None, refined: bool = False
) -> Callable[[Callable[P, Pair]], Callable[P, Pair]]:
    """Differentiate a function of pairs (or of arrays) by its partial derivatives, one for each argument.

    Each partial maps (result, *arguments) to a plain array; None stands for 0, and where no other argument moves there is no
    tangent at all: one of zeros, times an infinite derivative, would be NaN.  What several partials need ``shared`` makes
    of the arguments once: it comes to them in place of the arguments. The tangent of a pair is that of its
    value, and the high word carries it. The rule is linear in the tangents (so reverse mode works), calls the operation
    itself (so derivatives of any order are right), and skips arguments that do not depend on the variable. `jit` keeps
    tracing cheap: a body is traced once for each combination of shapes and each arithmetic.  Only what is ``refined``, an
    exponential, a sine or an angle, is another function where every digit counts.
    """

    def decorate(compute: Callable[P, Pair]) -> Callable[P, Pair]:
        alternatives = {chosen: jax.jit(_differentiable(compute, partials, shared, chosen)) for chosen in Arithmetic}

        @wraps(compute)
        def call(*arguments: P.args, **_: P.kwargs) -> Pair:
            chosen = arithmetic()
            if chosen is Arithmetic.EVERY_DIGIT and not refined:
                chosen = Arithmetic.TWO_WORDS
            moving = (a if p is not None else lax.stop_gradient(a) for p, a in zip(partials, arguments, strict=True))
            return cast(Pair, alternatives[chosen](*moving))

        return call

    return decorate


def _differentiable(
    compute: Callable[..., Pair],
    partials: tuple[Coefficient | None, ...],
    shared: Callable[..., Any] | None,
    chosen: Arithmetic,
) -> Callable[..., Pair]:
    """A function of its own for every call, so that `jit` does not mix up what was traced in different arithmetics.

    JAX may trace it, or its derivative, when the arithmetic is no longer what it was at the call.
    """

    @wraps(compute)
    def body(*arguments: Any) -> Pair:
        with computing_in(chosen):
            return compute(*arguments)

    function = jax.custom_jvp(body)

    def jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Pair, Pair]:
        with computing_in(chosen):
            return moved(primals, tangents)

    def moved(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Pair, Pair]:
        result = function(*primals)
        given = primals if shared is None else (shared(*primals),)
        tangent = jnp.zeros_like(result[0])
        for slope, argument in zip(partials, tangents, strict=True):
            if slope is None:
                continue
            words = argument if isinstance(argument, tuple) else (argument,)
            moving = [word for word in words if not isinstance(word, SymbolicZero)]
            if moving:
                tangent = tangent + slope(result, *given) * sum(moving[1:], moving[0])
        return result, (tangent, jnp.zeros_like(result[1]))

    function.defjvp(jvp, symbolic_zeros=True)
    return cast(Callable[..., Pair], function)
