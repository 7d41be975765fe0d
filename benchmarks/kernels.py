"""Cost of the generated kernels, as ratios in one run: ``python benchmarks/kernels.py [side]``.

The unit is one pass of ``c * v1 * v2`` over the same side × side float32 matrix, jitted; K and K' together, median of 15.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import jax
import jax.numpy as jnp

from symkern import compat

NAMES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sin", {}),
    ("cos", {}),
    ("exp", {}),
    ("gaussian", {}),
    ("gabor", {}),
    ("rbf", {}),
    ("monomial", {"degree": 3}),
    ("monomial", {"degree": 5}),
    ("hermite", {"degree": 3}),
    ("polynomial", {"coef": (0.5, 1.0, -0.25, 0.125)}),
)


def median(function: Callable[..., Any], *arguments: Any) -> float:
    """Median seconds of a compiled function."""
    jax.block_until_ready(function(*arguments))
    times = []
    for _ in range(15):
        start = time.perf_counter()
        jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def layer_cost(layer: Any, x: jax.Array) -> float:
    """Seconds of the NNGP and NTK of a network with one activation."""
    stax = compat.neural_tangents().stax
    kernel_fn = stax.serial(stax.Dense(1, 0.5), layer, stax.Dense(1))[2]
    return median(jax.jit(lambda z: kernel_fn(z, None, ("nngp", "ntk"))), x)


def main(side: int) -> None:
    """Print the table."""
    stax = compat.neural_tangents().stax
    key = jax.random.PRNGKey(0)
    x = jax.random.normal(key, (side, 64)) / 8
    cov = x @ x.T
    v = jnp.diag(cov)
    floor = median(jax.jit(lambda c, a, b: c * a * b), cov, v[:, None], v[None, :])
    print(f"side {side}; floor {1e9 * floor / side**2:.2f} ns an entry")
    print(f"{'kernel':28} {'K, K′ / floor':>14} {'network, ours / theirs':>24}")
    for name, arguments in NAMES:
        module = import_module(f"symkern.generated.{name}")
        both = jax.jit(lambda c, a, b, m=module, k=arguments: m.nngp_and_d_nngp_fn(c, a, b, **k))
        cost = median(both, cov, v[:, None], v[None, :]) / floor
        layer_name = name.capitalize()
        ratio = layer_cost(getattr(module, layer_name)(**arguments), x) / layer_cost(
            getattr(stax, layer_name)(**arguments), x
        )
        print(f"{name + str(tuple(arguments.values()) or ''):28} {cost:14.1f} {ratio:24.1f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1024)
