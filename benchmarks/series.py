"""Approximated layers beside ``stax.ElementwiseNumerical(deg=25)``: time of a Gram matrix, as a ratio in one run, and errors.

Errors are the largest of the NTK of 64 inputs with variances from 1e-6 to 100, relative to the root of the product of both diagonal
entries, against our layer in float64 (whose own error is at most 1e-10: docs/precision.md).

python benchmarks/series.py [NAME or FILE.py …] [--inputs 1024]
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.errors import JaxRuntimeError

from symkern.catalogue import SERIES
from symkern.compat import neural_tangents
from symkern.evaluation import DTYPES, x64
from symkern.workflow import module_of

ROUNDS, EACH = 3, 8


def kernel_of(stax: Any, layer: Any) -> Callable[[Any], Any]:
    """NNGP and NTK of one hidden layer, jitted."""
    kernel_fn = stax.serial(stax.Dense(1), layer)[2]

    def both(inputs: Any) -> tuple[Any, Any]:
        found = kernel_fn(inputs, None, ("nngp", "ntk"))
        return found.nngp, found.ntk

    return jax.jit(both)


def seconds(kernel: Callable[[Any], Any], inputs: Any) -> float:
    """Of one call."""
    start = time.perf_counter()
    jax.block_until_ready(kernel(inputs))
    return time.perf_counter() - start


def of_all_variances(inputs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The inputs, scaled."""
    roots = np.sqrt(np.mean(inputs**2, axis=1))
    return inputs * (np.geomspace(1e-3, 10, len(inputs)) / roots)[:, None]


def relative_error(kernel: Callable[[Any], Any], inputs: Any, exact: np.ndarray[Any, Any]) -> float:
    """The largest of an NTK."""
    roots = np.sqrt(np.diag(exact))
    return float((np.abs(np.asarray(kernel(inputs)[1]) - exact) / np.outer(roots, roots)).max())


def row_of(name: str, dtype: str, number: int) -> str:
    """A row of the table; with half the inputs, as often as it takes, where memory does not suffice."""
    try:
        return f"| {name} | {number} | {compared(name, dtype, number)}"
    except JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
    return row_of(name, dtype, number // 2)


def compared(name: str, dtype: str, number: int) -> str:
    """The figures of a row.

    Raises:
        JaxRuntimeError: there is not enough memory for so many inputs.
    """
    stax = neural_tangents().stax
    module = module_of(name)
    layer = getattr(module, module.__all__[-1])()
    random = np.random.default_rng(0).normal(size=(number, 32))
    few = of_all_variances(random[:64])
    with x64(True):
        exact = np.asarray(kernel_of(stax, layer)(jnp.asarray(few))[1])
    with x64(dtype == "float64"):
        inputs = jnp.asarray(random, dtype)
        ours, theirs = (kernel_of(stax, each) for each in (layer, stax.ElementwiseNumerical(module.fn, deg=25)))
        times: tuple[list[float], list[float]] = ([], [])
        seconds(theirs, inputs), seconds(ours, inputs)
        for _ in range(ROUNDS):
            times[0].extend(seconds(ours, inputs) for _ in range(EACH))
            times[1].append(seconds(theirs, inputs))
        errors = [relative_error(k, jnp.asarray(few, dtype), exact) for k in (ours, theirs)]
    best, median = (float(f(times[1]) / f(times[0])) for f in (np.min, np.median))
    own = f"{errors[0]:.1e}" if dtype == "float32" else "–"
    entry = min(times[0]) / number**2 * 1e9
    return f"{dtype} | {entry:.0f} | {best:.0f} | {median:.0f} | {own} | {errors[1]:.1e} |"


def main() -> None:
    """Prints a row for each layer and dtype."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[e.name for e in SERIES])
    parser.add_argument("--inputs", type=int, default=1024)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| layer | inputs | dtype | ours, ns an entry | ratio, best | ratio, median | NTK error, ours | theirs |")
    print("|---|---|---|---|---|---|---|---|")
    for name, dtype in itertools.product(given.names, DTYPES):
        print(row_of(name, dtype, given.inputs), flush=True)


if __name__ == "__main__":
    main()
