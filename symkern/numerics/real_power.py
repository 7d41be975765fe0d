"""Real powers in activations: defined, with their gradients, also where the base is zero or negative zero."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array


def real_power(base: Array, exponent: float) -> Array:
    """``base**exponent`` of a base that is not negative; at zero 0, or infinity for a negative exponent.

    The gradient at zero counts as 0 where it is infinite, and a base that is constant there passes none on.
    """
    inside = base > 0
    power = jnp.power(jnp.where(inside, base, 1), exponent)
    return jnp.where(inside, power, jnp.where(jnp.isnan(base), base, 0.0 if exponent > 0 else jnp.inf))
