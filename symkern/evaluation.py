"""A module's functions and their derivatives at many points; each is compiled once for every list of points."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from symkern.domain import Point

DTYPES = ("float32", "float64")
MODES = ("eager", "jit")
FUNCTIONS = ("nngp_fn", "d_nngp_fn")

TOGETHER = 512
"""Points that are evaluated at once."""
ORDINARY = Point(0.25, 1.0, 2.0, "interior", True)
"""What functions are compiled with."""

Call = Callable[..., Any]


def x64(enabled: bool) -> Any:
    """A context in which JAX computes in float64 or not."""
    from symkern.numerics.rounded import x64 as allowed

    return allowed(enabled)


def values(
    function: Call, points: Sequence[Point], dtype: str, parameters: Mapping[str, float], mode: str = "jit"
) -> np.ndarray:
    """A kernel at all points, eagerly or jitted."""
    import jax

    return _in_parts(jax.jit(function) if mode == "jit" else function, points, dtype, parameters)


def derivatives(nngp_fn: Call, points: Sequence[Point], dtype: str, parameters: Mapping[str, float]) -> np.ndarray:
    """By cov12, var1, var2, jitted: of first order, and a row for each of their derivatives; shape (4, 3, points)."""
    parts = _in_parts(_derivatives(nngp_fn), points, dtype, parameters)
    return parts.reshape(4, 3, -1)


def gradients(nngp_fn: Call, points: Sequence[Point], dtype: str, parameters: Mapping[str, float]) -> np.ndarray:
    """By cov12, var1, var2, jitted; shape (3, points)."""
    import jax

    def at(covariance: tuple[Any, Any, Any], given: Mapping[str, Any]) -> Any:
        return jax.grad(lambda *c: nngp_fn(*c, **given), argnums=(0, 1, 2))(*covariance)

    return _in_parts(_mapped(at), points, dtype, parameters)


def _in_parts(call: Call, points: Sequence[Point], dtype: str, parameters: Mapping[str, float]) -> np.ndarray:
    found = []
    with x64(dtype == "float64"):
        for start in range(0, len(points), TOGETHER):
            part = points[start : start + TOGETHER]
            columns, given = arguments([*part, *[part[0]] * (TOGETHER - len(part))], dtype, parameters)
            found.append(np.asarray(call(*columns, **given))[..., : len(part)])
    return np.concatenate(found, axis=-1) if found else np.zeros(0)


@lru_cache(maxsize=64)
def _derivatives(nngp_fn: Call) -> Call:
    """Both orders in one program: the first is what the second is differentiated from.

    Every derivative is an array of its own: put together under ``jit``, they would be computed in one loop that is cut into
    functions calling one another (:mod:`symkern.numerics.fence`), and take 5,000 times as long.
    """
    import jax
    import jax.numpy as jnp

    def at(covariance: tuple[Any, Any, Any], given: Mapping[str, Any]) -> Any:
        gradient = jax.grad(lambda *c: nngp_fn(*c, **given), argnums=(0, 1, 2))
        basis = tuple(jnp.eye(3, dtype=covariance[0].dtype))
        first, second = jax.vmap(lambda *t: jax.jvp(gradient, covariance, t), out_axes=(None, 0))(*basis)
        return [*first, *(part[k] for k in range(3) for part in second)]

    return _mapped(at)


def _mapped(at: Call) -> Call:
    """``at(covariance, parameters)`` of many covariances, jitted."""
    import jax

    mapped = jax.vmap(at, in_axes=(0, None))
    return jax.jit(lambda *covariance, **given: mapped(covariance, given))


def arguments(points: Sequence[Point], dtype: str, parameters: Mapping[str, float]) -> tuple[list[Any], dict[str, Any]]:
    """cov12, var1, var2 at all points, and the parameters, as arrays of one dtype."""
    import jax.numpy as jnp

    columns = [jnp.asarray(np.array(column, dtype)) for column in zip(*(p.values for p in points), strict=True)]
    return columns, {k: jnp.asarray(v, dtype) for k, v in parameters.items()}


@contextmanager
def compiling(module: ModuleType, parameters: Mapping[str, float], *, contract: bool) -> Iterator[None]:
    """What a report will need is compiled beside the work inside (with ``contract`` derivatives too), the slowest first."""

    def compiled(dtype: str) -> None:
        if contract:
            derivatives(module.nngp_fn, [ORDINARY], dtype, parameters)
        for function in FUNCTIONS:
            values(getattr(module, function), [ORDINARY], dtype, parameters)

    def eager() -> None:  # what one dtype compiled serves the other
        for dtype in reversed(DTYPES):
            for function in FUNCTIONS:
                values(getattr(module, function), [ORDINARY], dtype, parameters, "eager")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(compiled, dtype) for dtype in reversed(DTYPES)] + [pool.submit(eager)]
        yield
        for job in jobs:
            job.result()


__all__ = ["DTYPES", "FUNCTIONS", "MODES", "arguments", "compiling", "derivatives", "gradients", "values", "x64"]
