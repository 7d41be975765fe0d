"""Wide numbers: a head of half the digits plus a rest of one word, 36 bits in float32 and 79 in float64.

One exact product and three plain ones multiply them, a third of the cost of a product of pairs, and that is enough for
series whose result is to be right to 2^-34 (2^-63).  Where every digit counts they are pairs.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from jax import Array

from symkern.numerics import polynomial
from symkern.numerics.exact import Format, Pair, fast_two_sum, format_of, head
from symkern.numerics.words import to_every_digit


class Wide(NamedTuple):
    """head + rest, where head has half the digits; `near` is their rounded sum."""

    near: Array
    head: Array
    rest: Array


def widen(high: Array, low: Array) -> Wide:
    """high + low, where |low| is at most |high| / 64."""
    if to_every_digit():
        high, low = fast_two_sum(high, low)
        return Wide(high, high, low)
    near = high + low
    short = head(near)
    return Wide(near, short, (high - short) + low)


def product(x: Wide, y: Wide) -> Pair:
    """x y as an exact product and a correction of at most 2^-11 (2^-25) of it."""
    if to_every_digit():
        return polynomial.product((x.head, x.rest), (y.head, y.rest))
    return x.head * y.head, x.head * y.rest + x.rest * y.near


def series(x: Wide, coefficient: Callable[[int], Fraction], first: int, terms: tuple[int, int]) -> Pair:
    """``coefficient(first) + coefficient(first + 1) x + ...``: three terms in wide arithmetic, the rest in plain floats.

    Args:
        x: the variable.
        coefficient: of the series, which is rounded here; it falls like 1/n at least.
        first: the first one that is used.
        terms: after which are left out, in a word of float64 (two of float32) and in two of float64.
    """
    form = format_of(x.near.dtype)
    if to_every_digit():
        return polynomial.horner(_table(coefficient, first, form), (x.head, x.rest))
    numbers = [coefficient(n) for n in range(first, terms[0] if form.short else terms[1])]
    leading, tail = numbers[:3], numbers[3:]
    number = form.dtype.type
    rest = number(tail[-1])
    for c in reversed(tail[:-1]):
        rest = number(c) + x.near * rest
    (short,) = form.parts(leading[-1], form.precision // 2, 1)
    low = (number(leading[-1] - Fraction(float(short))) + x.near * rest) * x.near + x.rest * short
    high = x.head * short
    for c in reversed(leading[1:-1]):
        high, low = product(x, widen(*_added(c, high, low)))
    return _added(leading[0], high, low)


@cache
def _table(coefficient: Callable[[int], Fraction], first: int, form: Format) -> polynomial.Table:
    """All that counts where |x| < 1."""
    numbers = [coefficient(n) for n in range(first, first + 36)]
    return polynomial.table(numbers, [abs(float(c)) for c in numbers], form, polynomial.full_digits(form))


def _added(coefficient: Fraction, high: Array, low: Array) -> Pair:
    one, two = format_of(high.dtype).constant(coefficient)
    high, carry = fast_two_sum(one, high)
    return high, carry + (low + two)
