"""Exponentials of pairs, right to 2^-34 (2^-63) also where their sums cancel by a factor of 64; to every digit where that is asked.

exp, expm1, e^E sinh U, e^E cosh U and e^E (cosh U - 1), each over the whole range of its result.
"""

from fractions import Fraction
from math import factorial
from typing import Any

import jax.numpy as jnp
from jax import Array

from symkern.numerics.arithmetic import negative, times_power_of_two
from symkern.numerics.constants import ln2
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair, fast_two_sum, format_of, power_of_two, scaled, two_sum
from symkern.numerics.wide import Wide, product, series, widen


def _limits(dtype: Any) -> tuple[float, float, float]:
    """Where e^x y is 0, where e^x - 1 is -1 to two words, where e^x y is infinite, for any normal y <= 1."""
    return (-174.0, -40.0, 176.0) if format_of(dtype).precision == 24 else (-1416.0, -90.0, 1418.0)


def _clamped(x: Pair, least: float, most: float) -> Pair:
    number = x[0].dtype.type
    high = jnp.clip(x[0], number(least), number(most))
    return high, jnp.where(high == x[0], x[1], 0)


def _inverse_factorial(n: int) -> Fraction:
    return Fraction(1, factorial(n))


def _reduced(x: Pair) -> tuple[Array, Array, Array]:
    """k, p and its low word with e^x = 2^k (1 + p), |p| < 0.42, for a clamped x.

    Cody-Waite: r = x - k ln 2, ln 2 in three parts whose products with k are exact; then p = r + r² (1/2 + r/6 + ...).
    """
    form = format_of(x[0].dtype)
    k = jnp.round(x[0] * form.dtype.type(1 / ln2))
    first, second, third = form.parts(ln2, form.precision - (8 if form.precision == 24 else 11), 3)
    rh, rl = two_sum(x[0] - k * first, -k * second)
    rl = rl + (x[1] - k * third)
    r = widen(rh, rl)
    linear = widen(*product(r, widen(*series(r, _inverse_factorial, 2, (11, 16)))))
    high, low = product(r, linear)
    p, carry = fast_two_sum(rh, high)
    return k, p, carry + (low + rl)


def _growth(exponent: Pair, size: Pair) -> tuple[Array, Wide]:
    """k and m with e^(exponent + size) = 2^k m; where the high words cancel, the low words make a new pair."""
    least, _, most = _limits(exponent[0].dtype)
    high, low = two_sum(exponent[0], size[0])
    k, p, p_low = _reduced(fast_two_sum(*_clamped((high, low + (exponent[1] + size[1])), least, most)))
    high, low = fast_two_sum(jnp.ones_like(p), p)
    return k, widen(high, low + p_low)


def _beside(unit: float, x: Pair) -> Pair:
    """e^x + unit for x <= 0 and unit = 1 or -1, relatively right."""
    k, p, p_low = _reduced(_clamped(x, _limits(x[0].dtype)[1], 0.0))
    weight = power_of_two(k)
    high, low = fast_two_sum(jnp.full_like(weight, unit), weight)
    high, carry = two_sum(high, weight * p)
    return high, carry + (low + weight * p_low)


def _loss(x: Pair) -> tuple[Array, Wide]:
    """k and m with e^x - 1 = 2^k m for x <= 0: k = 0, but where x is so small that the rest of m could underflow."""
    form = format_of(x[0].dtype)
    number, shift = form.dtype.type, (form.bias + 1) // 2
    linear = x[0] > -number(2.0 ** (-3 * form.precision // 2))
    high, low = _beside(-1.0, x)
    up = number(2.0**shift)
    m = widen(jnp.where(linear, x[0] * up, high), jnp.where(linear, x[1] * up, low))
    return jnp.where(linear, number(-shift), number(0)), m


def _scaled(high: Array, low: Array, k: Array) -> Pair:
    form = format_of(high.dtype)
    return scaled(*fast_two_sum(high, low), jnp.maximum(k, form.dtype.type(3 - 2 * form.bias)))


def _absolute(x: Pair) -> Pair:
    return jnp.abs(x[0]), jnp.where(x[0] < 0, -x[1], x[1])


@operation(lambda z, x: value(z), refined=True)
def exp(x: Pair) -> Pair:
    """e^x."""
    zero = jnp.zeros_like(x[0])
    k, m = _growth(x, (zero, zero))
    return _scaled(m.head, m.rest, k)


@operation(lambda z, x: value(exp(x)), refined=True)
def expm1(x: Pair) -> Pair:
    """e^x - 1 = 2^k (p + (1 - 2^-k))."""
    _, least, most = _limits(x[0].dtype)
    k, p, p_low = _reduced(_clamped(x, least, most))
    bound = k.dtype.type(1 - format_of(k.dtype).bias)
    high, low = two_sum(jnp.ones_like(k), -power_of_two(jnp.maximum(-k, bound)))
    high, carry = two_sum(high, p)
    return _scaled(high, carry + (low + p_low), k)


def _result(z: Pair, e: Pair, u: Pair) -> Array:
    return value(z)


def _sinh(z: Pair, e: Pair, u: Pair) -> Array:
    return value(exp_sinh(e, u))


def _cosh(z: Pair, e: Pair, u: Pair) -> Array:
    return value(exp_cosh(e, u))


@operation(_result, _cosh, refined=True)
def exp_sinh(e: Pair, u: Pair) -> Pair:
    """e^E sinh U = -sign U e^(E + |U|) (e^(-2|U|) - 1) / 2."""
    size = _absolute(u)
    k, growth = _growth(e, size)
    s, loss = _loss(times_power_of_two(size, -2.0))
    high, low = product(growth, loss)
    half = jnp.where(u[0] < 0, high.dtype.type(0.5), high.dtype.type(-0.5))
    return _scaled(high * half, low * half, k + s)


@operation(_result, _sinh, refined=True)
def exp_cosh(e: Pair, u: Pair) -> Pair:
    """e^E cosh U = e^(E + |U|) (e^(-2|U|) + 1) / 2."""
    size = _absolute(u)
    k, growth = _growth(e, size)
    high, low = product(growth, widen(*_beside(1.0, times_power_of_two(size, -2.0))))
    return _scaled(high * 0.5, low * 0.5, k)


@operation(_result, _sinh, refined=True)
def exp_coshm1(e: Pair, u: Pair) -> Pair:
    """e^E (cosh U - 1) = e^(E + |U|) (e^(-|U|) - 1)² / 2."""
    size = _absolute(u)
    k, growth = _growth(e, size)
    s, loss = _loss(negative(size))
    high, low = product(growth, widen(*product(loss, loss)))
    return _scaled(high * 0.5, low * 0.5, k + 2 * s)
