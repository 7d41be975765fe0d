"""NNGP and NTK of a dense network between two inputs, from a generated module's functions alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


def covariance(
    module: ModuleType,
    x1: ArrayLike,
    x2: ArrayLike,
    *,
    w_std: ArrayLike = 1.0,
    b_std: ArrayLike = 0.0,
    depth: int = 1,
    parameters: Mapping[str, ArrayLike] | None = None,
    ntk: bool = False,
) -> Array:
    """Of ``stax.serial(Dense(w_std, b_std), act, …, Dense(w_std, b_std))`` with so many hidden layers (Neal 1996, Lee et al. 2018).

    Args:
        module: a generated module, or what ``Derivation.compile()`` gives.
        x1: one input, of shape ``(d,)`` or a number; for many, ``jax.vmap``.
        x2: the other.
        w_std: of weights, each divided by the square root of its layer's inputs.
        b_std: of biases.
        depth: how many hidden layers.
        parameters: of the activation, as keyword arguments of the module's functions.
        ntk: the neural tangent kernel in the NTK parameterisation (Jacot et al. 2018) instead of the NNGP kernel; where the
            activation jumps, with its derivative almost everywhere.

    Returns:
        A number, an array of shape ``()``.

    Raises:
        ValueError: the inputs have different shapes or more than one axis, or ``depth`` is below one.
    """
    a, b = jnp.atleast_1d(jnp.asarray(x1)), jnp.atleast_1d(jnp.asarray(x2))
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"two inputs of one shape (d,) are needed, not {jnp.shape(x1)} and {jnp.shape(x2)}")
    if depth < 1:
        raise ValueError(f"depth must be at least 1, not {depth}")
    given = dict(parameters or {})
    w, c = jnp.square(jnp.asarray(w_std)), jnp.square(jnp.asarray(b_std))
    cov12, var1, var2 = (w * jnp.dot(u, v) / a.size + c for u, v in ((a, b), (a, a), (b, b)))
    found = cov12
    slope = getattr(module, "d_nngp_ae_fn", module.d_nngp_fn)
    for _ in range(depth):
        carried = w * found * slope(cov12, var1, var2, **given) if ntk else 0.0
        cov12, var1, var2 = (
            w * module.nngp_fn(cov12, var1, var2, **given) + c,
            *(w * module.variance_fn(v, **given) + c for v in (var1, var2)),
        )
        found = cov12 + carried
    return found


__all__ = ["covariance"]
