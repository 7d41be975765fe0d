"""Long sums of pairs with tables of coefficients, as loops: a straight-line sum would be too much for XLA's fusion.

In one word it is not, and saves the memory's time.
The leading terms are summed in pairs and the rest in plain floats, which is enough where they are small.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from symkern.numerics.arithmetic import negative
from symkern.numerics.exact import Format, Pair, fast_two_sum, two_product, two_sum
from symkern.numerics.loops import folded
from symkern.numerics.words import one_word


class Table(NamedTuple):
    """Coefficients from the last to the first: plain ones, then those of two words."""

    plain: np.ndarray[Any, Any]
    high: np.ndarray[Any, Any]
    low: np.ndarray[Any, Any]


def table(numbers: Sequence[Fraction], sizes: Sequence[float], form: Format, digits: int) -> Table:
    """Cut where what follows, the sum of `sizes`, is below 2^-digits; one word is enough a word's digits before that."""
    rest = np.cumsum(np.asarray(sizes)[::-1])[::-1] / max(sizes)
    pairs, every = (int(np.sum(rest > 2.0**-bits)) for bits in (digits - form.precision, digits))
    words = [form.constant(number) for number in numbers[:every]]
    high, low = (np.array([w[i] for w in words[:pairs]], form.dtype)[::-1] for i in (0, 1))
    return Table(np.array([w[0] for w in words[pairs:]], form.dtype)[::-1], high, low)


@cache
def chebyshev_table(numbers: tuple[str, ...], form: Format, digits: int) -> Table:
    """The table of a Chebyshev series given as decimal strings."""
    return table([Fraction(x) for x in numbers], [abs(float(x)) for x in numbers], form, digits)


@cache
def exponential_table(form: Format, bound: float) -> Table:
    """The table of e^x for |x| <= bound."""
    numbers = [Fraction(1, factorial(n)) for n in range(32)]
    sizes = [bound**n / factorial(n) for n in range(32)]
    return table(numbers, sizes, form, full_digits(form))


def full_digits(form: Format) -> int:
    """The digits of a number and a few more."""
    return form.words * form.precision + 3


def _summed(
    coefficients: Table, like: Array, plain: Callable[[Any, Array], Any], paired: Callable[[Any, Pair], Any], words: int
) -> Any:
    zero = jnp.zeros_like(like)
    if one_word():
        state = (zero,) * words
        for coefficient in (*coefficients.plain, *coefficients.high):
            state = plain(state, coefficient)
        return tuple((x, zero) for x in state)
    state = lax.scan(lambda s, c: (plain(s, c), None), (zero,) * words, jnp.asarray(coefficients.plain))[0]
    pairs = tuple((x, zero) for x in state)
    rows = (jnp.asarray(coefficients.high), jnp.asarray(coefficients.low))
    return folded(paired, pairs, rows)


def filled(coefficient: Pair, like: Array) -> Pair:
    """A number at the shape of an array."""
    return jnp.broadcast_to(coefficient[0], like.shape), jnp.broadcast_to(coefficient[1], like.shape)


def product(x: Pair, y: Pair) -> Pair:
    """x y for numbers near 1: nothing is to be guarded against, for what underflows is too small to matter."""
    high, low = two_product(x[0], y[0])
    if one_word():
        return high, low
    return fast_two_sum(high, low + (x[0] * y[1] + x[1] * y[0]))


def _sum(x: Pair, y: Pair) -> Pair:
    """x + y to the last place of the larger of them."""
    high, low = two_sum(x[0], y[0])
    if one_word():
        return high, low
    return fast_two_sum(high, low + (x[1] + y[1]))


def horner(coefficients: Table, x: Pair) -> Pair:
    """The sum of c_n x^n, |x| < 1, to the last place of c_0."""

    def plain(state: Any, c: Array) -> Any:
        return (c + x[0] * state[0],)

    def paired(state: Any, c: Pair) -> Any:
        return (_sum(filled(c, x[0]), product(x, state[0])),)

    (result,) = _summed(coefficients, x[0], plain, paired, 1)
    return (result[0], result[1])


def clenshaw(coefficients: Table, t: Pair) -> Pair:
    """The sum of c_n T_n(t), by Clenshaw's recurrence, to the last places of the largest term."""
    twice = (t[0] * 2, t[1] * 2)

    def plain(state: Any, c: Array) -> Any:
        return (c - state[1]) + twice[0] * state[0], state[0]

    def paired(state: Any, c: Pair) -> Any:
        rest = _sum(filled(c, t[0]), negative(state[1]))
        return _sum(rest, product(twice, state[0])), state[0]

    first, second = _summed(coefficients, t[0], plain, paired, 2)
    return _sum(first, negative(product(t, second)))
