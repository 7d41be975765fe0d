"""Wide numbers: a head of half the digits plus a rest of one word, 36 bits in float32 and 79 in float64.

One exact product and three plain ones multiply them, a third of the cost of a product of pairs, and that is enough for
series whose result is to be right to 2^-34 (2^-63).
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from jax import Array

from symkern.numerics.exact import Pair, fast_two_sum, format_of, head


class Wide(NamedTuple):
    """head + rest, where head has half the digits; `near` is their rounded sum."""

    near: Array
    head: Array
    rest: Array


def widen(high: Array, low: Array) -> Wide:
    """high + low, where |low| is at most |high| / 64."""
    near = high + low
    short = head(near)
    return Wide(near, short, (high - short) + low)


def product(x: Wide, y: Wide) -> Pair:
    """x y as an exact product and a correction of at most 2^-11 (2^-25) of it."""
    return x.head * y.head, x.head * y.rest + x.rest * y.near


def series(x: Wide, leading: Sequence[Fraction], tail: Sequence[Fraction]) -> Pair:
    """The power series with these coefficients, the leading ones in wide arithmetic, the tail in plain floats.

    Each leading coefficient must exceed x times the sum of what follows it.
    """
    form = format_of(x.near.dtype)
    number = form.dtype.type
    rest = number(tail[-1])
    for coefficient in reversed(tail[:-1]):
        rest = number(coefficient) + x.near * rest
    (short,) = form.parts(leading[-1], form.precision // 2, 1)
    low = (number(leading[-1] - Fraction(float(short))) + x.near * rest) * x.near + x.rest * short
    high = x.head * short
    for coefficient in reversed(leading[1:-1]):
        high, low = product(x, widen(*_added(coefficient, high, low)))
    return _added(leading[0], high, low)


def _added(coefficient: Fraction, high: Array, low: Array) -> Pair:
    one, two = format_of(high.dtype).constant(coefficient)
    high, carry = fast_two_sum(one, high)
    return high, carry + (low + two)
