"""Angles less the start of their series: what is left of an arc-cosine kernel near a correlation of -1.

``atan2(y, x) - Σ_{k<n} (-1)^k (y/x)^(2k+1)/(2k+1)``, whose leading terms would cancel: summed from its own leading term on.
Right to 2^-44 (2^-100) of itself for 0 <= y <= x/2; beyond that the value at y = x/2 stands in (nobody should use it).
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from symkern.numerics.arithmetic import add, divide, multiply
from symkern.numerics.double_word import DoubleWord
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Format, Pair, format_of
from symkern.numerics.loops import Pairs, counted


def near(y: Array, x: Array) -> Array:
    """Where the series is used."""
    return (x > 0) & (y < x * 0.5)


def _ratio(y: Pair, x: Pair) -> Pair:
    """y/x where it is below 1/2, else 1/2."""
    small = near(y[0], x[0])
    half, one = jnp.full_like(y[0], 0.5), jnp.ones_like(x[0])
    top = jnp.where(small, y[0], half), jnp.where(small, y[1], 0)
    bottom = jnp.where(small, x[0], one), jnp.where(small, x[1], 0)
    return divide(top, bottom)


@cache
def _table(form: Format, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Both words of ``1/(2k+1)`` with alternating sign, from the last term to the first."""
    count = 24 if form.short else 52
    words = [form.constant(Fraction((-1) ** k, 2 * k + 1)) for k in range(order + count, order - 1, -1)]
    return np.array([w[0] for w in words], form.dtype), np.array([w[1] for w in words], form.dtype)


@cache
def arc_rest(order: int) -> Any:
    """The operation ``(y, x) → atan2(y, x) - Σ_{k<order} ...`` on pairs."""

    def slope(z: Pair, y: Pair, x: Pair) -> Array:
        t = value(_ratio(y, x))
        safe = jnp.where(near(value(y), value(x)), value(x), jnp.inf)
        return (-1.0) ** order * t ** (2 * order) / (1 + t * t) / safe

    @operation(slope, lambda z, y, x: -value(_ratio(y, x)) * slope(z, y, x))
    def rest(y: Pair, x: Pair) -> Pair:
        t = _ratio(y, x)
        square = multiply(t, t)
        high, low = _table(format_of(t[0].dtype), order)

        def step(k: Array, total: Pairs) -> Pairs:
            return (add(multiply(total[0], square), (jnp.asarray(high)[k], jnp.asarray(low)[k])),)

        start = jnp.full_like(t[0], high[0]), jnp.full_like(t[0], low[0])
        (total,) = counted(1, len(high), step, (start,))
        return multiply(total, (DoubleWord(*t) ** (2 * order + 1)).pair)

    return rest


__all__ = ["arc_rest", "near"]
