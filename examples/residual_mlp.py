"""NNGP and NTK of the residual MLP, three ways: stax layers, a recursion over generated kernels, neural-tangents' own layers.

    h_0 = Dense(x),   h_i = h_{i-1} + Dense(relu(Dense(h_{i-1}))),   y = Dense(relu(h_L)) without a bias

in the infinite-width limit (the weights of the backward pass taken as independent of the forward pass's: Yang 2020, Tensor
Programs II).  Run ``python examples/residual_mlp.py``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from symkern import neural_tangents, stax
from symkern.generated import relu

Kernels = tuple[Array, Array]


def composed(library: Any, xs: Array, blocks: int, w_std: float, b_std: float) -> Kernels:
    """NNGP and NTK by ``stax`` (symkern's, or neural-tangents')."""
    dense = partial(library.Dense, 1, W_std=w_std, b_std=b_std)
    branch = library.parallel(library.Identity(), library.serial(dense(), library.Relu(), dense()))
    block = library.serial(library.FanOut(2), branch, library.FanInSum())
    last = library.Dense(1, W_std=w_std, b_std=0)
    _, _, kernel_fn = library.serial(dense(), *[block] * blocks, library.Relu(), last)
    found = kernel_fn(xs, xs, ("nngp", "ntk"))
    return found.nngp, found.ntk


def over_gram(kernel: Callable[..., Array], k: Array) -> Array:
    """A kernel function on a Gram matrix: the variances are its diagonal."""
    var = jnp.diag(k)
    return kernel(k, var[:, None], var[None, :])


def by_recursion(xs: Array, blocks: int, w_std: float, b_std: float) -> Kernels:
    """The same from ``relu.nngp_fn`` and ``relu.d_nngp_fn`` alone: covariances forward, gradients backward."""
    value, slope = (partial(over_gram, f) for f in (relu.nngp_fn, relu.d_nngp_fn))
    w, b = w_std**2, b_std**2
    k = [w * xs @ xs.T / xs.shape[1] + b]
    for _ in range(blocks):
        k.append(k[-1] + w * value(w * k[-1] + b) + b)
    nngp = w * value(k[-1])

    # Each dense layer adds the covariance of its input (1 for its bias) times that of the gradients of its output.
    ntk, gradient = nngp, w * slope(k[-1])
    for below in reversed(k[:-1]):
        hidden = w * below + b
        inner = w * gradient * slope(hidden)
        ntk = ntk + gradient * (w * value(hidden) + b) + inner * hidden
        gradient = gradient + w * inner
    return nngp, ntk + gradient * k[0]


def inputs(seed: int, number: int, dimension: int) -> Array:
    """The numbers of the notebook this example is after (threefry as it was before JAX 0.5)."""
    with jax.threefry_partitionable(False):
        key, _ = jax.random.split(jax.random.PRNGKey(seed))
        return jax.random.normal(key, (number, dimension))


CASES = (
    ("three blocks, W_std=1, b_std=1", (1, 3, 10), (3, 1.0, 1.0)),
    ("three blocks, W_std=1.1, b_std=0.9", (1, 3, 5), (3, 1.1, 0.9)),
    ("one block, W_std=1, b_std=0", (1, 3, 5), (1, 1.0, 0.0)),
    ("twenty blocks, W_std=1.1, b_std=0.9", (20, 10, 5), (20, 1.1, 0.9)),
)


def main() -> None:
    """Prints both kernels of each case, and how far the three ways are apart."""
    jax.config.update("jax_enable_x64", True)
    warnings.filterwarnings("ignore", message="`FanIn` layers assume independent inputs")
    for title, seeds, network in CASES:
        xs = inputs(*seeds)
        ours = composed(stax, xs, *network)
        ways = {
            "recursion": by_recursion(xs, *network),
            "neural-tangents": composed(neural_tangents.stax, xs, *network),
        }
        print(f"\n{title}")
        if len(xs) == 3:
            for name, kernel in zip(("NNGP", "NTK"), ours, strict=True):
                print(f"{name}:\n", np.array2string(np.asarray(kernel), precision=8))
        for name, other in ways.items():
            apart = max(float(jnp.max(jnp.abs(a / b - 1))) for a, b in zip(other, ours, strict=True))
            print(f"{name}: relative difference from symkern.stax at most {apart:.1e}")


if __name__ == "__main__":
    main()
