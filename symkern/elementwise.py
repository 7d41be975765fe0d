"""Kernels of an activation that is given as code: the same tables as for a formula, made from its values in float64."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from symkern.errors import UsageError
from symkern.evaluation import x64
from symkern.numerics import AngularKernels, AngularTable, HermiteTable, MixtureTable, Regimes, WaveTable
from symkern.packed import Floats
from symkern.series.angular import NotConvergedError
from symkern.series.beyond import refuse_beyond, size_of_values
from symkern.series.hermite import HermiteFields
from symkern.series.making import NoTableError, check, made, with_kinks
from symkern.series.regimes import RegimeFields, Tables
from symkern.series.sampled import sampled
from symkern.series.waves import WaveFields

Fn = Callable[[Any], Any]


@lru_cache(maxsize=64)
def numerical_kernels(fn: Fn, df: Fn | None, tolerance: float, max_variance: float) -> AngularKernels:
    """Both kernels of ``fn``, within ``tolerance`` of ``√(K11 K22)`` where it is smooth but for zero; with bounds of their errors.

    Raises:
        UsageError: ``fn`` jumps elsewhere than at zero, has a pole or no value, oscillates or grows too fast for the variance, or
            its values have not the digits that the tolerance needs; the message says where, or from which variance on.  Or the
            tolerance or the variance is out of range.

    Warns:
        UserWarning: ``fn`` has kinks elsewhere than at zero, and the tolerance is not met at every correlation; how far it is.
    """
    check(tolerance, max_variance)
    both = [_values(f) for f in (fn, df or derivative_of(fn))]
    found, why_not = [], None
    for of, values in zip(("", "its derivative: "), both, strict=True):
        try:
            refuse_beyond(size_of_values(values), max_variance)
            found.append(made(values, partial(sampled, values), max_variance, tolerance))
        except NotConvergedError as error:
            raise UsageError(f"{_name(fn)}: {of}{error}") from None
        except NoTableError as error:
            if not error.rough:
                raise UsageError(f"{_name(fn)}: {of}{error}") from None
            why_not = why_not or error
    if why_not is None:
        return AngularKernels(*map(_smooth, found))
    try:
        nngp, d_nngp = with_kinks(both[0], both[1], max_variance, tolerance, why_not)
    except NoTableError as error:
        raise UsageError(f"{_name(fn)}: {error}") from None
    if max(nngp.bound, d_nngp.bound) > tolerance:
        warnings.warn(f"{_name(fn)}: {nngp}; its derivative: {d_nngp}", stacklevel=3)
    return AngularKernels(_table(fn, nngp), _table(fn, d_nngp, derivative=True) if df is None else _table(df, d_nngp))


def _smooth(fields: Tables) -> AngularTable | Regimes | WaveTable:
    if isinstance(fields, RegimeFields):
        return Regimes(AngularTable(**fields.near.as_dict()), MixtureTable(**fields.beyond.as_dict()))
    if isinstance(fields, WaveFields):
        return WaveTable(**fields.as_dict())
    return AngularTable(**fields.as_dict())


def _table(fn: Fn, fields: HermiteFields, *, derivative: bool = False) -> HermiteTable:
    return HermiteTable(
        fn, fields.kinks, fields.terms, fields.count, fields.slack, fields.floor, fields.largest, derivative
    )


def derivative_of(fn: Fn) -> Fn:
    """By automatic differentiation, elementwise."""
    return lambda x: jax.jvp(fn, (x,), (jnp.ones_like(x),))[1]


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
