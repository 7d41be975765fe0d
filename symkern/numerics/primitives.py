"""Primitives of JAX for kernels: elementwise, on arguments that broadcast, also under ``vmap``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

Rule = Callable[..., Any]


def elementwise_primitive(name: str, *, abstract: Rule, evaluated: Rule, lowered: Rule, tangents: Rule) -> Any:
    """A primitive with several results and these rules; under ``vmap`` its arguments keep the shapes of what they depend on."""
    primitive: Any = Primitive(name)

    def batched(arguments: Any, axes: Any, **parameters: Any) -> Any:
        results = primitive.bind(*_batch_first(arguments, axes), **parameters)
        return results, [0] * len(results)

    primitive.multiple_results = True
    primitive.def_abstract_eval(abstract)
    primitive.def_impl(evaluated)
    mlir.register_lowering(primitive, lowered)
    ad.primitive_jvps[primitive] = tangents
    batching.primitive_batchers[primitive] = batched
    return primitive


def _batch_first(arguments: Any, axes: Any) -> list[Any]:
    """The batch first, and ones between it and what broadcasts."""
    dimensions = max(a.ndim - (axis is not None) for a, axis in zip(arguments, axes, strict=True))
    shaped = []
    for a, axis in zip(arguments, axes, strict=True):
        if axis is not None:
            a = jnp.moveaxis(a, axis, 0)
            a = a.reshape(a.shape[0], *[1] * (dimensions + 1 - a.ndim), *a.shape[1:])
        shaped.append(a)
    return shaped


def with_partials(
    function: Callable[..., Sequence[Array]], arguments: Sequence[Array], moving: Sequence[int]
) -> tuple[Sequence[Array], list[Array]]:
    """The values of an elementwise function, and its derivatives by these arguments, argument by argument.

    Nothing else has a tangent: zero times an infinite derivative is NaN.
    """
    primals = tuple(arguments[j] for j in moving)

    def along(*some: Array) -> list[Array]:
        at = dict(zip(moving, some, strict=True))
        return list(function(*(at.get(j, a) for j, a in enumerate(arguments))))

    units = [jnp.stack([jnp.full_like(a, i == j) for i in moving]) for j, a in zip(moving, primals, strict=True)]
    values, moved = jax.vmap(lambda *tangents: jax.jvp(along, primals, tangents), out_axes=(None, 0))(*units)
    return values, [part[k] for k in range(len(moving)) for part in moved]


__all__ = ["elementwise_primitive", "with_partials"]
