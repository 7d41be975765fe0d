"""Takes the place of ``neural_tangents.stax``: the catalogue's layers under its names, and all else that it has.

    from symkern import stax
    init_fn, apply_fn, kernel_fn = stax.serial(stax.Dense(512), stax.Relu(), stax.Dense(1))

``Relu`` and every other activation are symkern's, ``serial`` and ``Dense`` neural-tangents' own.  Names are looked up when they
are asked for, and neural_tangents is imported (with ``symkern.compat`` nowhere else) when a layer or a name of its is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from symkern import compat

Layer = tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]


def __getattr__(name: str) -> Any:
    """A layer of the catalogue, or what ``neural_tangents.stax`` calls so."""
    from symkern.layers import find

    return find(name)


def __dir__() -> list[str]:
    from symkern.layers import names

    return sorted({*__all__, *names()})


def layer(
    name: str | Callable[..., Any],
    fn: Callable[..., Any] | None = None,
    nngp_fn: Callable[..., Any] | None = None,
    d_nngp_fn: Callable[..., Any] | None = None,
    /,
    **parameters: Any,
) -> Any:
    """A layer of ``neural_tangents.stax``, built on its public ``Elementwise``.

    Masking, full and diagonal covariances, one input batch or two, convolutions: all are neural-tangents' own.  With a single
    function instead of a name it is neural-tangents' decorator ``layer``.

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
        TypeError: a name without kernels.
    """
    theirs = compat.neural_tangents().stax
    if callable(name):
        return theirs.layer(name)
    if nngp_fn is None or d_nngp_fn is None:
        raise TypeError("layer takes a name, an activation (or None) and both of its kernels")

    def activation(x: Any) -> Any:
        if fn is None:
            raise NotImplementedError(f"{name} is known by its kernel only: it has no finite-width network.")
        return fn(x, **parameters)

    nngp, d_nngp = _compiled(nngp_fn), _compiled(d_nngp_fn)
    functions: Layer = theirs.Elementwise(
        activation,
        lambda cov12, var1, var2: nngp(cov12, var1, var2, parameters),
        lambda cov12, var1, var2: d_nngp(cov12, var1, var2, parameters),
    )
    for function in functions:  # Elementwise calls every layer "Elementwise"
        function.__name__ = function.__qualname__ = name
    return functions


def ElementwiseNumerical(  # noqa: N802
    fn: Callable[..., Any],
    deg: int | None = None,
    df: Callable[..., Any] | None = None,
    *,
    tolerance: float = 1e-8,
    max_variance: float = 100.0,
) -> Layer:
    """neural-tangents' layer of that name for an activation given as code, with a bound in place of a degree.

    Args:
        fn: elementwise, traceable by JAX in float64, smooth but for a kink or a jump at zero; with kinks elsewhere the tolerance
            is not met near ``ρ = ±1``, and a warning says how far it is.
        deg: accepted as by neural-tangents, and not needed: the tolerance decides.
        df: its derivative, elementwise; by automatic differentiation where it is not given.
        tolerance: of both kernels' errors, relative to ``√(K11 K22)``; in float32 1.2e-6 is added.
        max_variance: of the inputs; beyond, the kernels are NaN.

    Raises:
        UsageError: nothing has that accuracy; the message says at which place or variance ``fn`` is the reason.
    """
    from symkern.elementwise import numerical_kernels

    del deg
    kernels = numerical_kernels(fn, df, tolerance, max_variance)
    functions: Layer = layer("ElementwiseNumerical", fn, kernels.nngp_fn, kernels.d_nngp_fn)
    return functions


def Elementwise(  # noqa: N802
    fn: Callable[..., Any] | None = None,
    nngp_fn: Callable[..., Any] | None = None,
    d_nngp_fn: Callable[..., Any] | None = None,
) -> Layer:
    """neural-tangents' layer of that name: kernels given as code.

    Args:
        fn: the activation, elementwise; None where only the kernel is known.
        nngp_fn: ``nngp_fn(cov12, var1, var2) = E[fn(X) fn(Y)]``, elementwise; from ``fn`` where it is not given, as by
            :func:`ElementwiseNumerical`.
        d_nngp_fn: its derivative by ``cov12``; by automatic differentiation where it is not given.

    Raises:
        UsageError: neither an activation nor a kernel was given.
    """
    if nngp_fn is None:
        if fn is None:
            from symkern.errors import UsageError  # no part of what a standalone module copies

            raise UsageError("Elementwise takes an activation fn, its kernel nngp_fn, or both")
        return ElementwiseNumerical(fn)
    functions: Layer = layer("Elementwise", fn, nngp_fn, d_nngp_fn or _derivative(nngp_fn))
    return functions


@lru_cache(maxsize=256)
def _derivative(nngp_fn: Callable[..., Any]) -> Callable[..., Any]:
    def d_nngp_fn(cov12: Any, var1: Any, var2: Any) -> Any:
        import jax
        import jax.numpy as jnp

        return jax.jvp(lambda c: nngp_fn(c, var1, var2), (cov12,), (jnp.ones_like(cov12),))[1]

    return d_nngp_fn


@lru_cache(maxsize=256)
def _compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """``kernel(cov12, var1, var2, **parameters)`` as one XLA computation, compiled once for all layers that share it.

    A kernel in double words is a hundred operations: called one by one from Python they take five times as long.
    """
    import jax

    def value(cov12: Any, var1: Any, var2: Any, parameters: dict[str, Any]) -> Any:
        return kernel(cov12, var1, var2, **parameters)

    return jax.jit(value)


__all__ = ["Elementwise", "ElementwiseNumerical", "Layer", "layer"]
