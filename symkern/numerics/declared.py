"""Parameters of which a sign is taken for granted: NaN where they have another, instead of a wrong kernel."""

from __future__ import annotations

import operator
from collections.abc import Callable
from numbers import Real
from typing import Any

import jax.numpy as jnp
from jax.typing import ArrayLike


def positive(parameter: ArrayLike) -> ArrayLike:
    """The parameter where it is above zero; a Python number stays one."""
    return _where(operator.gt, parameter)


def negative(parameter: ArrayLike) -> ArrayLike:
    """The parameter where it is below zero."""
    return _where(operator.lt, parameter)


def nonnegative(parameter: ArrayLike) -> ArrayLike:
    """The parameter where it is not below zero."""
    return _where(operator.ge, parameter)


def _where(holds: Callable[[Any, Any], Any], parameter: ArrayLike) -> ArrayLike:
    if isinstance(parameter, Real):
        return parameter if holds(parameter, 0) else float("nan")
    return jnp.where(holds(jnp.asarray(parameter), 0), parameter, jnp.nan)
