"""The notebook of neural-tangents on elementwise kernels, with the generated sine in place of ``stax.Sin``.

Prints the largest difference between our kernels and neural-tangents' own, in float64, relative to the largest entry.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import random

jax.config.update("jax_enable_x64", True)

from symkern.compat import neural_tangents  # noqa: E402
from symkern.generated.sin import Sin  # noqa: E402

stax = neural_tangents().stax

key1, key2, key_init = random.split(random.PRNGKey(1), 3)
x1 = random.normal(key1, (3, 2))
x2 = random.normal(key2, (4, 2))


def nngp_fn(cov12, var1, var2):
    """The NNGP function of the sine, as the notebook types it in."""
    sum_ = var1 + var2
    s1 = jnp.exp(-0.5 * sum_ + cov12)
    s2 = jnp.exp(-0.5 * sum_ - cov12)
    return (s1 - s2) / 2


def largest_difference(left, right) -> float:
    """Relative to the largest entry."""
    return float(jnp.max(jnp.abs(left - right)) / jnp.max(jnp.abs(right)))


def main() -> None:
    """Print kernels and differences."""
    _, _, kernel_fn_manual = stax.serial(stax.Dense(1), stax.Sin())
    _, _, kernel_fn_auto = stax.serial(stax.Dense(1), stax.Elementwise(nngp_fn=nngp_fn))
    _, _, kernel_fn = stax.serial(stax.Dense(1), Sin())
    for get in ("nngp", "ntk"):
        ours = kernel_fn(x1, x2, get)
        print(f"{get} of symkern.generated.sin.Sin:\n{ours}")
        print(f"  from stax.Sin:         {largest_difference(ours, kernel_fn_manual(x1, x2, get)):.1e}")
        print(f"  from stax.Elementwise: {largest_difference(ours, kernel_fn_auto(x1, x2, get)):.1e}")


if __name__ == "__main__":
    main()
