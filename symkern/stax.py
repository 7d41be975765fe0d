"""Kernel functions as layers of ``neural_tangents.stax``.

With ``symkern.compat`` the only module that imports neural_tangents, and only when a layer is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from symkern import compat

Layer = tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]


def layer(
    name: str,
    fn: Callable[..., Any] | None,
    nngp_fn: Callable[..., Any],
    d_nngp_fn: Callable[..., Any],
    /,
    **parameters: Any,
) -> Layer:
    """A layer of ``neural_tangents.stax``, built on its public ``Elementwise``.

    Masking, full and diagonal covariances, one input batch or two, convolutions: all are neural-tangents' own.

    Args:
        name: the name of the layer and of its three functions.
        fn: the activation ``fn(x, **parameters)``, elementwise; None where only the kernel is known.
        nngp_fn: ``nngp_fn(cov12, var1, var2, **parameters) = E[fn(X) fn(Y)]``; shapes broadcast.
        d_nngp_fn: its derivative by ``cov12``, with the same arguments.
        **parameters: numbers or arrays, passed on to each.

    Returns:
        ``(init_fn, apply_fn, kernel_fn)``.

    Raises:
        ImportError: neural-tangents is not installed; one line says how to.
    """
    elementwise = compat.neural_tangents().stax.Elementwise

    def activation(x: Any) -> Any:
        if fn is None:
            raise NotImplementedError(f"{name} is known by its kernel only: it has no finite-width network.")
        return fn(x, **parameters)

    nngp, d_nngp = _compiled(nngp_fn), _compiled(d_nngp_fn)
    functions: Layer = elementwise(
        activation,
        lambda cov12, var1, var2: nngp(cov12, var1, var2, parameters),
        lambda cov12, var1, var2: d_nngp(cov12, var1, var2, parameters),
    )
    for function in functions:  # Elementwise calls every layer "Elementwise"
        function.__name__ = function.__qualname__ = name
    return functions


@lru_cache(maxsize=256)
def _compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """``kernel(cov12, var1, var2, **parameters)`` as one XLA computation, compiled once for all layers that share it.

    A kernel in double words is a hundred operations: called one by one from Python they take five times as long.
    """
    import jax

    def value(cov12: Any, var1: Any, var2: Any, parameters: dict[str, Any]) -> Any:
        return kernel(cov12, var1, var2, **parameters)

    return jax.jit(value)


__all__ = ["Layer", "layer"]
