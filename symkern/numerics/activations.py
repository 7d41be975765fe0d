"""Functions that activations are made of, finite with their derivatives wherever they are, and right also where formulas cancel."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import Array


def softplus(x: Array) -> Array:
    """``log(1 + e^x)``."""
    return jax.nn.softplus(x)


def sigmoid(x: Array) -> Array:
    """``1/(1 + e^-x)``."""
    return jax.nn.sigmoid(x)


def sinc(x: Array) -> Array:
    """``sin(x)/x``, 1 at zero."""
    return jnp.sinc(x / math.pi)


def log_cosh(x: Array) -> Array:
    """``log(cosh(x))``."""
    size = jnp.abs(x)
    near = size < 1
    half = jnp.sinh(jnp.where(near, x, 0) / 2)
    far = jnp.where(near, 1, size)
    return jnp.where(near, jnp.log1p(2 * half * half), far + jnp.log1p(jnp.exp(-2 * far)) - math.log(2))


def sech(x: Array) -> Array:
    """``1/cosh(x)``."""
    return jnp.where(jnp.abs(x) < 80, 1 / jnp.cosh(jnp.clip(x, -80, 80)), 0)


__all__ = ["log_cosh", "sech", "sigmoid", "sinc", "softplus"]
