"""Exponentials of pairs that stay right when their sums cancel: exp, expm1, and e^E sinh U, e^E cosh U, e^E (cosh U - 1).

Inside, numbers are *wide*: a head of half the digits plus a rest of one word, 36 bits in float32 and 79 in float64. One
exact product and three plain ones multiply them, a third of the cost of a product of pairs.
"""

from fractions import Fraction
from math import factorial
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from symkern.numerics.arithmetic import negative, times_power_of_two
from symkern.numerics.constants import ln2
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair, fast_two_sum, format_of, head, power_of_two, scaled, two_sum


class Wide(NamedTuple):
    """head + rest, where head has half the digits; `near` is their rounded sum."""

    near: Array
    head: Array
    rest: Array


def widen(high: Array, low: Array) -> Wide:
    """high + low, |low| < |high| / 64."""
    near = high + low
    short = head(near)
    return Wide(near, short, (high - short) + low)


def product(x: Wide, y: Wide) -> Pair:
    """x y as an exact product and a correction below 2^-11 (2^-25) of it."""
    return x.head * y.head, x.head * y.rest + x.rest * y.near


def core(high: Array, low: Array, least: float, most: float) -> tuple[Array, Array, Array]:
    """k and p with exp(high + low) = 2^k (1 + p), |p| < 0.42; p is right to 2^-33 (2^-62) of itself.

    Cody-Waite reduction to r = x - k ln 2 with three-part ln 2, then p = r + r² (1/2 + r (1/6 + r (1/24 + ...))) in wide
    arithmetic but for the dots. The argument is clamped to [least, most], where the caller's result is 0 or infinite.
    """
    form = format_of(high.dtype)
    number = form.dtype.type
    x = jnp.clip(high, number(least), number(most))
    low = jnp.where(x == high, low, 0)
    k = jnp.round(x * number(1 / float(ln2)))
    one, two, three = form.parts(ln2, form.precision - 8 if form.precision == 24 else form.precision - 11, 3)
    rh, rl = two_sum(x - k * one, -k * two)
    rl = rl + (low - k * three)
    r = widen(rh, rl)

    terms = 10 if form.precision == 24 else 15
    tail = number(1 / factorial(terms))
    for n in range(terms - 1, 4, -1):
        tail = number(1 / factorial(n)) + r.near * tail
    (short,) = form.parts(Fraction(1, 24), form.precision // 2, 1)
    rest = (number(Fraction(1, 24) - Fraction(float(short))) + r.near * tail) * r.near + r.rest * short
    sixth, sixth_low = form.constant(Fraction(1, 6))
    q, carry = fast_two_sum(sixth, r.head * short)
    q, cross = product(r, widen(q, carry + (rest + sixth_low)))
    q, carry = fast_two_sum(number(0.5), q)
    w = widen(*product(r, widen(q, carry + cross)))
    q, cross = product(r, w)
    p, carry = fast_two_sum(rh, q)
    return k, p, carry + (cross + rl)


def _limits(dtype: object) -> tuple[float, float, float]:
    """Arguments below which exp(x) y is 0, below which expm1(x) is -1, above which exp(x) y is infinite, 1 >= y > tiny."""
    return (-174.0, -40.0, 176.0) if format_of(dtype).precision == 24 else (-1416.0, -90.0, 1418.0)


def _growth(exponent: Pair, size: Pair) -> tuple[Array, Wide]:
    """k and m with exp(exponent + size) = 2^k m."""
    least, _, most = _limits(exponent[0].dtype)
    high, low = two_sum(exponent[0], size[0])
    k, p, pl = core(high, low + (exponent[1] + size[1]), least, most)
    one, carry = fast_two_sum(jnp.ones_like(p), p)
    return k, widen(one, carry + pl)


def _plus(unit: float, x: Pair) -> Pair:
    """exp(x) + unit for x <= 0 and unit = 1 or -1, right to 2^-33 (2^-62) of the result."""
    k, p, pl = core(x[0], x[1], _limits(x[0].dtype)[1], 0.0)
    weight = power_of_two(k)
    high, low = fast_two_sum(jnp.full_like(weight, unit), weight)
    high, carry = two_sum(high, weight * p)
    return high, carry + (low + weight * pl)


def _loss(x: Pair) -> tuple[Array, Wide]:
    """k and m with exp(x) - 1 = 2^k m for x <= 0: k = 0, unless x is so small that the rest of m would underflow."""
    form = format_of(x[0].dtype)
    tiny, shift = form.dtype.type(2.0 ** (-1.5 * form.precision)), (form.bias + 1) // 2
    linear = x[0] > -tiny
    high, low = _plus(-1.0, x)
    up = form.dtype.type(2.0**shift)
    wide = widen(jnp.where(linear, x[0] * up, high), jnp.where(linear, x[1] * up, low))
    return jnp.where(linear, form.dtype.type(-shift), form.dtype.type(0)), wide


def _scaled(high: Array, low: Array, k: Array) -> Pair:
    form = format_of(high.dtype)
    return scaled(*fast_two_sum(high, low), jnp.maximum(k, form.dtype.type(3 - 2 * form.bias)))


def _absolute(x: Pair) -> Pair:
    below = x[0] < 0
    return jnp.abs(x[0]), jnp.where(below, -x[1], x[1])


@operation(lambda z, x: value(z))
def exp(x: Pair) -> Pair:
    """e^x."""
    zero = jnp.zeros_like(x[0])
    k, m = _growth(x, (zero, zero))
    return _scaled(m.head, m.rest, k)


@operation(lambda z, x: value(exp(x)))
def expm1(x: Pair) -> Pair:
    """e^x - 1."""
    _, least, most = _limits(x[0].dtype)
    k, p, pl = core(x[0], x[1], least, most)
    bound = format_of(k.dtype).bias - 1
    high, low = two_sum(jnp.ones_like(k), -power_of_two(jnp.maximum(-k, -bound)))
    high, carry = two_sum(high, p)
    return _scaled(high, carry + (low + pl), k)


@operation(lambda z, e, u: value(z), lambda z, e, u: value(exp_cosh(e, u)))
def exp_sinh(e: Pair, u: Pair) -> Pair:
    """e^E sinh U = e^(E + |U|) (1 - e^(-2|U|)) / 2 · sign U: finite wherever the result is, exact to the last bit of a tiny U."""
    size = _absolute(u)
    k, growth = _growth(e, size)
    s, loss = _loss(times_power_of_two(size, -2.0))
    high, low = product(growth, loss)
    half = jnp.where(u[0] < 0, high.dtype.type(0.5), high.dtype.type(-0.5))
    return _scaled(high * half, low * half, k + s)


@operation(lambda z, e, u: value(z), lambda z, e, u: value(exp_sinh(e, u)))
def exp_cosh(e: Pair, u: Pair) -> Pair:
    """e^E cosh U = e^(E + |U|) (1 + e^(-2|U|)) / 2."""
    size = _absolute(u)
    k, growth = _growth(e, size)
    high, low = product(growth, widen(*_plus(1.0, times_power_of_two(size, -2.0))))
    return _scaled(high * 0.5, low * 0.5, k)


@operation(lambda z, e, u: value(z), lambda z, e, u: value(exp_sinh(e, u)))
def exp_coshm1(e: Pair, u: Pair) -> Pair:
    """e^E (cosh U - 1) = e^(E + |U|) (1 - e^(-|U|))² / 2."""
    size = _absolute(u)
    k, growth = _growth(e, size)
    s, loss = _loss(negative(size))
    high, low = product(growth, widen(*product(loss, loss)))
    return _scaled(high * 0.5, low * 0.5, k + 2 * s)
