"""Sums, products, quotients and square roots of pairs.

Sums and products follow Joldes, Muller and Popescu, "Tight and rigorous error bounds for basic building blocks of
double-word arithmetic" (ACM TOMS 2017), algorithms 6 and 12, with products that no compiler can contract.
"""

import jax.numpy as jnp

from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair, fast_two_sum, format_of, normalised, two_product, two_sum, uncontracted


def negative(x: Pair) -> Pair:
    """-x, exactly."""
    return -x[0], -x[1]


def times_power_of_two(x: Pair, factor: float) -> Pair:
    """x times a power of two, exactly."""
    return x[0] * factor, x[1] * factor


@operation(lambda z, x, y: 1, lambda z, x, y: 1)
def add(x: Pair, y: Pair) -> Pair:
    """x + y, to a few units of the last place of the *result*, also where it cancels."""
    high, carry = two_sum(x[0], y[0])
    low, rest = two_sum(x[1], y[1])
    plain = high
    high, carry = fast_two_sum(high, carry + low)
    return normalised(high, carry + rest, plain)


@operation(lambda z, x, y: value(y), lambda z, x, y: value(x))
def multiply(x: Pair, y: Pair) -> Pair:
    """x y."""
    high, low = two_product(x[0], y[0])
    cross = uncontracted(x[0] * y[1]) + uncontracted(x[1] * y[0])
    return normalised(high, low + cross, x[0] * y[0])


@operation(lambda z, x, y: 1 / value(y), lambda z, x, y: -value(z) / value(y))
def divide(x: Pair, y: Pair) -> Pair:
    """x / y: the rounded quotient of the high words, and the exact remainder over y."""
    quotient = x[0] / y[0]
    high, low = two_product(quotient, y[0])
    remainder = (x[0] - high) - low + (x[1] - uncontracted(quotient * y[1]))
    return normalised(quotient, remainder / y[0], quotient)


@operation(lambda z, x: 0.5 / value(z))
def sqrt(x: Pair) -> Pair:
    """The square root, NaN below zero; sqrt(0) = 0 with an infinite derivative (and 0 times infinity is NaN).

    Very small arguments are scaled up so that their remainder does not underflow.
    """
    form = format_of(x[0].dtype)
    tiny, half_way, one = (form.dtype.type(2.0**k) for k in (-(form.bias + 1) // 2, -(form.bias + 1) // 4, 0))
    small = x[0] < tiny
    up, down = jnp.where(small, 1 / tiny, one), jnp.where(small, half_way, one)
    radicand, rest = x[0] * up, x[1] * up
    root = jnp.sqrt(radicand)
    high, low = two_product(root, root)
    remainder = (radicand - high) - low + rest
    correction = jnp.where(root > 0, remainder / (root + root), 0)
    high, low = normalised(root, correction, root)
    return high * down, low * down
