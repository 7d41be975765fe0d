"""Kernels of an activation that is given as code: the same tables as for a formula, made from its values in float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from symkern.errors import UsageError
from symkern.evaluation import x64
from symkern.numerics import AngularKernels, AngularTable
from symkern.packed import Floats
from symkern.series.fields import Fields
from symkern.series.making import NoTableError, check, made
from symkern.series.sampled import sampled

Fn = Callable[[Any], Any]


@lru_cache(maxsize=64)
def numerical_kernels(fn: Fn, df: Fn | None, tolerance: float, max_variance: float) -> AngularKernels:
    """Both kernels of ``fn``, within ``tolerance`` of ``√(K11 K22)``.

    Raises:
        UsageError: ``fn`` has a kink elsewhere than at zero, a pole or no value, oscillates or grows too fast for the variance, or
            its values have not the digits that the tolerance needs; the message says where, or from which variance on.  Or the
            tolerance or the variance is out of range.
    """
    check(tolerance, max_variance)
    found = [_fields(f, tolerance, max_variance) for f in (fn, df or derivative_of(fn))]
    return AngularKernels(*(AngularTable(**fields.as_dict()) for fields in found))


def derivative_of(fn: Fn) -> Fn:
    """By automatic differentiation, elementwise."""
    return lambda x: jax.jvp(fn, (x,), (jnp.ones_like(x),))[1]


def _fields(fn: Fn, tolerance: float, max_variance: float) -> Fields:
    try:
        return made(partial(sampled, _values(fn)), max_variance, tolerance)
    except NoTableError as error:
        raise UsageError(f"{_name(fn)}: {error}") from None


def _values(fn: Fn) -> Callable[[Floats], Floats]:
    jitted = jax.jit(lambda x: jnp.asarray(fn(x)))

    def values(at: Floats) -> Floats:
        with x64(True):
            found = np.asarray(jitted(jnp.asarray(at, jnp.float64)), np.float64)
        if found.shape != at.shape:
            raise UsageError(f"{_name(fn)} is not elementwise: it gives the shape {found.shape} for {at.shape}")
        return found

    return values


def _name(fn: Fn) -> str:
    return getattr(fn, "__name__", type(fn).__name__)


__all__ = ["derivative_of", "numerical_kernels"]
