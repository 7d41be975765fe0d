"""Real powers of pairs, to nearly both words: products of powers as 2^n e^y, where 2^n takes whole exponents exactly."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from symkern.numerics.constants import ln2
from symkern.numerics.double_word import DoubleWord, applied, double_word
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Format, Pair, format_of, scaled, two_sum
from symkern.numerics.gaussian import REDUCED, chosen, lifted, stacked, unstacked
from symkern.numerics.polynomial import Table, full_digits, horner, table


class Growth(NamedTuple):
    """e^y = 2^turns (1 + part), with part = rest · quotient and |rest| <= REDUCED."""

    turns: Array
    rest: DoubleWord
    quotient: DoubleWord

    @property
    def part(self) -> DoubleWord:
        """e^rest - 1, relatively right."""
        return self.rest * self.quotient


@cache
def _logarithm_table(form: Format) -> Table:
    """2 artanh(t)/t by t² <= 0.0295."""
    numbers = [Fraction(2, 2 * n + 1) for n in range(32)]
    return table(numbers, [0.0295**n for n in range(32)], form, full_digits(form))


@cache
def _quotient_table(form: Format) -> Table:
    """(e^r - 1)/r for |r| <= REDUCED."""
    numbers = [Fraction(1, factorial(n + 1)) for n in range(32)]
    return table(numbers, [REDUCED**n * float(x) for n, x in enumerate(numbers)], form, full_digits(form))


def binary_exponent(x: Array) -> Array:
    """k with 2^k <= x < 2^(k+1), for a normal positive x, as a float."""
    form = format_of(x.dtype)
    field = lax.bitcast_convert_type(x, form.bits) >> form.bits.type(form.precision - 1)
    exponent: Array = field.astype(x.dtype) - form.dtype.type(form.bias)
    return exponent


def logarithm(x: DoubleWord) -> tuple[Array, DoubleWord]:
    """k and ln m with x = 2^k m, m from 1/√2 to √2, both relatively right; x is positive and normal."""
    k = binary_exponent(x.hi * x.dtype.type(2**0.5))
    m = DoubleWord(*scaled(*x.pair, -k)).fenced
    t = ((m - 1) / (m + 1)).fenced
    return k, t * DoubleWord(*horner(_logarithm_table(format_of(x.dtype)), (t * t).fenced.pair))


def growth(y: DoubleWord) -> Growth:
    """The parts of e^y for |y| < 170 (1400)."""
    form = format_of(y.dtype)
    k = jnp.round(y.hi * form.dtype.type(1 / ln2))
    first, second, third, fourth = form.parts(ln2, form.precision - (8 if form.precision == 24 else 11), 4)
    rest = DoubleWord(*two_sum(y.hi - k * first, -k * second)) + DoubleWord(*two_sum(y.lo, -k * third))
    rest = (rest + DoubleWord(-k * fourth, jnp.zeros_like(k))).fenced
    return Growth(k, rest, DoubleWord(*horner(_quotient_table(form), rest.pair)))


def growths(*exponents: DoubleWord) -> list[Growth]:
    """The parts of several, computed together."""
    turns, rest, quotient = growth(stacked(*exponents).fenced)
    return [Growth(turns[i], *both) for i, both in enumerate(zip(unstacked(rest), unstacked(quotient), strict=True))]


def split(exponent: Fraction) -> tuple[int, Fraction]:
    """The nearest whole number and the rest."""
    return round(exponent), exponent - round(exponent)


def powers(x: tuple[Array, DoubleWord], whole: Array, rest: DoubleWord) -> tuple[Array, DoubleWord]:
    """n and y with x^(whole + rest) = 2^n e^y, for x = 2^k m given by `logarithm` and |rest| <= 1/2.

    y is right to 2^-46 |whole + rest| + 2^-49 |k| (2^-104, 2^-107).
    """
    k, log_m = x
    turns = (DoubleWord(k, jnp.zeros_like(k)) * rest).fenced
    n = jnp.round(turns.hi)
    part = DoubleWord(*two_sum(turns.hi - n, turns.lo))
    return k * whole + n, (log_m * (rest + whole) + part * ln2).fenced


@cache
def _power(exponent: Fraction) -> Any:
    """The operation x -> x^exponent on pairs; an infinite derivative counts as 0."""

    def slope(z: Pair, x: Pair) -> Array:
        steep = value(_power(exponent - 1)(x)) * float(exponent)
        return jnp.where(jnp.isinf(steep), 0, steep)

    @operation(slope if exponent else None)
    def raised(x: Pair) -> Pair:
        usual = (x[0] > 0) & jnp.isfinite(x[0])
        base = DoubleWord(jnp.where(usual, x[0], 1), jnp.where(usual, x[1], 0))
        whole, rest = split(exponent)
        number = double_word(rest, base)
        n, y = powers(logarithm(base), jnp.full_like(base.hi, whole), number.broadcast_to(base.shape))
        e = growth(y)
        result = lifted(n + e.turns, e.part + 1)
        at_zero, at_infinity = (0.0, jnp.inf) if exponent > 0 else (jnp.inf, 0.0) if exponent else (1.0, 1.0)
        edge = jnp.where(x[0] == 0, at_zero, jnp.where(x[0] == jnp.inf, at_infinity, jnp.nan)).astype(x[0].dtype)
        return chosen(usual, result, double_word(edge, base)).pair

    return raised


def power(x: DoubleWord, exponent: Fraction) -> DoubleWord:
    """x^r for x >= 0 (NaN below), right to 2^-43 (2^-100) of itself for |r| <= 10; 0^0 = 1, and 0^r is infinite for r < 0.

    The derivative is r x^(r-1), but 0 where that is infinite.
    """
    return applied(_power(Fraction(exponent)), x)


__all__ = ["Growth", "binary_exponent", "growth", "growths", "logarithm", "power", "powers", "split"]
