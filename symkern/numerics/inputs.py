"""A covariance made fit to compute with: one dtype, NaN for negative variances, |cov12| <= sqrt(var1 var2)."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from symkern.numerics.angle import upper_angle
from symkern.numerics.arithmetic import add, multiply, negative, sqrt
from symkern.numerics.double_word import DoubleWord, Like, dtype_of, opened
from symkern.numerics.elementary import operation
from symkern.numerics.exact import Pair, format_of, pair_if, settled, two_product
from symkern.numerics.fence import computed_once
from symkern.numerics.words import one_word


def promote(number: ArrayLike, like: Like) -> Array:
    """A parameter as a plain array in the dtype of `like`: what the inputs are decides, not what the parameters are."""
    return jnp.asarray(number, dtype_of(like))


def common_dtype(*arrays: ArrayLike) -> np.dtype[Any]:
    """float32 or float64: the arrays' common dtype, the default float for integers, float32 for half precision."""
    dtype = jnp.result_type(*arrays)
    if jnp.issubdtype(dtype, jnp.complexfloating):
        raise TypeError(f"covariances are real, not {dtype}: pass the real part")
    if not jnp.issubdtype(dtype, jnp.floating):
        dtype = jnp.result_type(float)
    return np.dtype(dtype if dtype.itemsize >= 4 else np.float32)


@operation(lambda z, c, v1, v2: 1, None, None)
def bounded(c: Array, v1: Array, v2: Array) -> Pair:
    """c, or sign(c) sqrt(v1 v2) where |c| is beyond it; NaN where a variance is. The tangent is that of c.

    What is at the bound stays as it is: kernels divide differences like c - v1, zero there, by the root of the gap.
    """
    zero1, zero2 = jnp.zeros_like(v1), jnp.zeros_like(v2)
    if one_word():  # numbers of float32, whose products are exact
        bound, rest = jnp.sqrt(v1 * v2), jnp.zeros_like(c)
        beyond = (c * c > v1 * v2) | jnp.isnan(bound)
    else:
        high, low = multiply(sqrt((v1, zero1)), sqrt((v2, zero2)))
        bound, rest = jnp.where(v1 == v2, v1, high), jnp.where(v1 == v2, 0, low)
        beyond = (_scaled_gap(c, v1, v2)[0] < 0) | jnp.isnan(bound)
    sign = jnp.where(c < 0, -1, 1).astype(c.dtype)
    return jnp.where(beyond, sign * bound, c), jnp.where(beyond, sign * rest, 0)


def double_words(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> tuple[DoubleWord, DoubleWord, DoubleWord]:
    """cov12, var1, var2 as double words of their common dtype, each of its own shape but for cov12, which is broadcast.

    A negative variance is NaN, in cov12 too. A cov12 beyond the bound (by rounding) counts as rho = ±1: it becomes
    ±sqrt(var1 var2) to both words, since an exponential of a large argument feels the last bit of it.
    """
    c, v1, v2 = _prepared(cov12, var1, var2)
    return opened(bounded, c, v1, v2), _exactly(v1), _exactly(v2)


def admissible(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> tuple[Array, Array, Array]:
    """The same in plain floats: the clamped cov12 is ±sqrt(var1 var2) correctly rounded."""
    c, v1, v2 = _prepared(cov12, var1, var2)
    return bounded(c, v1, v2)[0], v1, v2


def _square_scale(v: Array) -> tuple[Array, Array]:
    """2^-f and 2^f with v = 4^f m, 1 <= m < 4, from the exponent's bits."""
    form = format_of(v.dtype)
    half, shift = (form.bias + 1) // 2, form.bits.type(form.precision - 1)
    exponent = lax.bitcast_convert_type(v, form.bits) >> shift
    f = (exponent + form.bits.type(1)) >> form.bits.type(1)
    up, down = form.bits.type(form.bias + half) - f, f + form.bits.type(form.bias - half)
    return lax.bitcast_convert_type(up << shift, v.dtype), lax.bitcast_convert_type(down << shift, v.dtype)


def interior_gap(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> DoubleWord:
    """The gap, at least 2^-90 (2^-200) var1 var2 and never zero: for formulas that divide by it, with a limit at ``ρ = ±1``.

    They feel its root, so the limit is met to 2^-45 (2^-100) but for variances whose product is below 1e-10 in float32.
    """
    c, v1, v2 = _prepared(cov12, var1, var2)
    exact = opened(_gap, c, v1, v2)
    number, single = exact.dtype.type, exact.dtype == np.float32
    least = jnp.maximum(v1 * v2 * number(2.0 ** (-90 if single else -200)), number(1e-37 if single else 1e-300))
    low = exact.hi < least
    return DoubleWord(jnp.where(low, least, exact.hi), jnp.where(low, 0, exact.lo), exact.history)


def unit_variances(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> tuple[Array, Array, Array, Array, Array]:
    """The covariance with variances in [1, 4), and the powers of two by which the deviations were divided.

    Exact, but where cov12 underflows; a variance of zero stays.
    """
    c, v1, v2 = _prepared(cov12, var1, var2)
    (up1, down1), (up2, down2) = _square_scale(v1), _square_scale(v2)
    return c * up1 * up2, v1 * up1 * up1, v2 * up2 * up2, down1, down2


def _exact_product(x: Array, y: Array) -> Pair:
    high, low = two_product(x, y)
    return pair_if(jnp.isfinite(low), high, low, x * y)


def _scaled_gap(c: Array, v1: Array, v2: Array) -> Pair:
    """v1 v2 - c² for variances scaled to [1, 4)."""
    up1, up2 = _square_scale(v1)[0], _square_scale(v2)[0]
    c = c * up1 * up2
    return add(_exact_product(v1 * up1 * up1, v2 * up2 * up2), negative(_exact_product(c, c)))


@operation(lambda z, c, v1, v2: -2 * bounded(c, v1, v2)[0], lambda z, c, v1, v2: v2, lambda z, c, v1, v2: v1)
def _gap(c: Array, v1: Array, v2: Array) -> Pair:
    high, low = _scaled_gap(c, v1, v2)
    negative_gap = high < 0
    down = _square_scale(v1)[1] * _square_scale(v2)[1]
    high, low = (jnp.where(negative_gap, 0, word) * down * down for word in (high, low))
    return high, low


def gap(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> DoubleWord:
    """var1 var2 - cov12², at least 0, however much of it cancels; its derivative is that at the bound where cov12 is beyond it.

    The variances are scaled to [1, 4) by powers of four (at their own shapes), so that the low words survive for
    arguments from 1e-30 to 1e30 in float32.
    """
    return opened(_gap, *_prepared(cov12, var1, var2))


def plain_angle(cov12: Array, var1: Array, var2: Array) -> Array:
    """The angle between two inputs, of cosine ρ, to plain accuracy everywhere; 0 or π where cov12 is beyond its bound.

    Nothing is fenced, so that kernels of one covariance share it.
    """
    c, v1, v2 = map(settled, (cov12, var1, var2))
    up1, up2 = _square_scale(v1)[0], _square_scale(v2)[0]
    c = c * up1 * up2
    (p, p_rest), (q, q_rest) = two_product(v1 * up1 * up1, v2 * up2 * up2), two_product(c, c)
    return upper_angle(jnp.sqrt(jnp.maximum((p - q) + (p_rest - q_rest), 0)), c)


def _prepared(*arrays: ArrayLike) -> tuple[Array, ...]:
    dtype = common_dtype(*arrays)
    c, v1, v2 = (settled(computed_once(jnp.asarray(array, dtype))) for array in arrays)
    return c, jnp.where(v1 >= 0, v1, jnp.nan), jnp.where(v2 >= 0, v2, jnp.nan)


def _exactly(x: Array) -> DoubleWord:
    return DoubleWord(x, jnp.zeros_like(x))
