# %% [markdown]
# # Kernels of elementwise layers, automatically
#
# After neural-tangents' notebook of that name, with symkern's layers beside its own (Han et al. 2022, arXiv 2209.04121).
# A script with cells: run it as it is, or open it as a notebook.

# %%
import warnings

import jax
import jax.numpy as jnp
from jax import random

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")  # neural-tangents' about its own automatic differentiation

from symkern import neural_tangents, stax  # noqa: E402

theirs = neural_tangents.stax
key1, key2 = random.split(random.PRNGKey(1), 3)[:2]
x1, x2 = random.normal(key1, (3, 2)), random.normal(key2, (4, 2))


def largest_difference(left, right) -> float:
    """Relative to the largest entry."""
    return float(jnp.max(jnp.abs(left - right)) / jnp.max(jnp.abs(right)))


# %% [markdown]
# ## 1. The NTK from the NNGP kernel
#
# The notebook types in the NNGP function of the sine, and `stax.Elementwise` differentiates it.  `stax.Sin` of symkern has both
# kernels derived from the formula `a*sin(b*x + c)`.


# %%
def nngp_fn(cov12, var1, var2):
    """E[sin(X) sin(Y)], as the notebook types it in."""
    sum_ = var1 + var2
    return (jnp.exp(-0.5 * sum_ + cov12) - jnp.exp(-0.5 * sum_ - cov12)) / 2


ways = {
    "stax.Elementwise of neural-tangents": theirs.Elementwise(nngp_fn=nngp_fn),
    "stax.Elementwise of symkern": stax.Elementwise(nngp_fn=nngp_fn),
    "stax.Sin of neural-tangents": theirs.Sin(),
}
for get in ("nngp", "ntk"):
    kernel = stax.serial(stax.Dense(1), stax.Sin())[2](x1, x2, get)
    print(f"{get} of symkern's Sin:\n{kernel}")
    for name, layer in ways.items():
        print(f"  from {name}: {largest_difference(stax.serial(stax.Dense(1), layer)[2](x1, x2, get), kernel):.1e}")

# %% [markdown]
# ## 2. Both kernels from the activation alone
#
# GELU, whose closed form is known, from nothing but the function.  (`jax.nn.gelu` is by default an approximation by tanh, another
# function: hence `approximate=False`.)


# %%
def gelu(x):
    """x Phi(x)."""
    return jax.nn.gelu(x, approximate=False)


def network(layer):
    """NNGP and NTK with the layer between two dense ones."""
    return stax.serial(stax.Dense(1), layer, stax.Dense(1))[2](x1, x2, ("nngp", "ntk"))


exact = network(stax.Gelu())
for name, layer in {
    "symkern's ElementwiseNumerical(gelu)": stax.ElementwiseNumerical(gelu),
    "neural-tangents' ElementwiseNumerical(gelu, deg=25)": theirs.ElementwiseNumerical(gelu, deg=25),
}.items():
    for get, found, kernel in zip(("nngp", "ntk"), network(layer), exact, strict=True):
        print(f"{get} of {name}: largest error {jnp.max(jnp.abs(found - kernel)):.1e}")
