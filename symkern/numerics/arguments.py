"""The first line of every generated function: its arguments, made fit to compute with.

The covariance decides the dtype; parameters are rounded to it, as JAX does with Python numbers, so that a kernel and its
activation mean the same number by ``b = 0.1``.
"""

from __future__ import annotations

from fractions import Fraction
from numbers import Real

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from symkern.numerics.double_word import DoubleWord, Like, double_word
from symkern.numerics.inputs import admissible, common_dtype, double_words, promote
from symkern.numerics.straight import written_down

ROUNDED = 2.0**-20
"""By so much of itself a variance, or the limit that is told for a scaled one, may be off: eight units of rounding in float32."""


def activation_inputs(x: ArrayLike, *parameters: ArrayLike) -> tuple[Array, ...]:
    """``x`` and the parameters as arrays of the dtype of ``x`` (integers become the default float)."""
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        x = x.astype(common_dtype(x))
    return x, *(promote(p, x) for p in parameters)


def plain_inputs(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, *parameters: ArrayLike) -> tuple[Array, ...]:
    """The covariance (see :func:`admissible`) and the parameters, as arrays of one dtype."""
    covariance = admissible(cov12, var1, var2)
    return *covariance, *(promote(p, covariance[0]) for p in parameters)


def double_inputs(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, *parameters: ArrayLike) -> tuple[DoubleWord, ...]:
    """The covariance (see :func:`double_words`) and the parameters, as double words of one dtype."""
    c, v1, v2 = double_words(cov12, var1, var2)
    return written_down([c, v1, v2, *(_parameter(p, c) for p in parameters)])


def beside(parameter: ArrayLike, *covariance: ArrayLike) -> Array:
    """A parameter as an array of the covariance's dtype."""
    return jnp.asarray(parameter, common_dtype(*covariance))


def away_from_zero(parameter: Array) -> Array:
    """The parameter, at least 9e-12 (float32 6e-6) in size: ``g(r x)/r`` has a limit as ``r`` vanishes, but no value.

    A kernel is ``1 + O(r² v)`` times its limit; its derivative by ``r`` has rounding errors divided by ``r``, and is 0 below.
    """
    least = float(np.finfo(parameter.dtype).eps) ** (2 / 3) / 4
    return jnp.where(jnp.abs(parameter) < least, jnp.copysign(least, parameter), parameter)


def plain_variance(var: ArrayLike, *parameters: ArrayLike) -> tuple[Array, ...]:
    """A variance, NaN where it is negative, and the parameters, as arrays of one dtype."""
    v = jnp.asarray(var, common_dtype(var))
    v = jnp.where(v >= 0, v, jnp.nan)
    return v, *(promote(p, v) for p in parameters)


def up_to(largest: float, var: Array) -> Array:
    """A variance, NaN beyond the largest; what rounding adds to it does not count, for tables are as good there."""
    return jnp.where(var <= largest * (1 + ROUNDED), var, jnp.nan)


def double_variance(var: ArrayLike, *parameters: ArrayLike) -> tuple[DoubleWord, ...]:
    """A variance, NaN where it is negative, and the parameters, as double words of one dtype."""
    (v,) = plain_variance(var)
    return written_down([double_word(v, v), *(_parameter(p, v) for p in parameters)])


def _parameter(number: ArrayLike, like: Like) -> DoubleWord:
    """The number rounded to the dtype of `like`; the compiler knows what a Python number is."""
    exact = double_word(promote(number, like), like)
    return DoubleWord(*exact.pair, constant=isinstance(number, Real))


def constant(high: float, low: float) -> Fraction:
    """A constant of a formula that is no rational number: the double nearest to it, and the double nearest to the rest."""
    return Fraction(high) + Fraction(low)
