"""Error-free transformations: sums and products of floats whose rounding error is itself a float.

Two habits of XLA decide how they are written (measured on JAX 0.4.38, 0.10 and 0.12):

* Under `jit` it contracts `a*b + c` into one rounding. So only *exact* products are added here: a factor is first cut
  into a head and a tail of half the digits, and a contracted sum of exact products has the same bits.
* It rewrites `(x + k) - k` into `x` where `k` is a constant, which turns Knuth's two-sum into nonsense (on 952 of
  1,000 random points with k = 1). `k - (x + k)` is left alone, so differences are taken that way round.

`reduce_precision` would cut factors too, but costs ten times as much as the integer arithmetic used here.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from symkern.numerics.words import one_word

Pair = tuple[Array, Array]
"""A high and a low word, |low| <= ulp(high)/2 when normalised; their sum is the number that is meant."""


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: `precision` counts the leading bit, `bits` is the integer type of equal width.

    `words` is how many of them make a number.
    """

    dtype: np.dtype[Any]
    bits: np.dtype[Any]
    precision: int
    bias: int
    words: int = 2

    @property
    def short(self) -> bool:
        """Whether a number has 53 digits or fewer: float32's two words, or one of float64."""
        return self.words * self.precision <= 53

    def is_short(self, number: Fraction) -> bool:
        """Whether it is a whole number of half a word, as the heads of factors are."""
        return number.denominator == 1 and number.numerator.bit_length() <= self.precision // 2

    def constant(self, number: Fraction) -> tuple[Any, Any]:
        """The two words nearest to a rational number."""
        high = self.dtype.type(_nearest(number))
        if self.words == 1 or not np.isfinite(high):
            return high, self.dtype.type(0)
        return high, self.dtype.type(_nearest(number - Fraction(float(high))))

    def parts(self, number: Fraction, digits: int, count: int) -> list[Any]:
        """The number cut into summands of at most `digits` bits, whose products with short factors are exact."""
        summands = []
        for _ in range(count):
            unit = Fraction(2) ** (number.numerator.bit_length() - number.denominator.bit_length() - digits)
            if abs(number) >= unit * 2**digits:
                unit *= 2
            summands.append(self.dtype.type(float(round(number / unit) * unit)))
            number -= Fraction(float(summands[-1]))
        return summands


def format_of(dtype: Any) -> Format:
    """The format of float32 or float64 in the words of today; the others have no double words here."""
    return _format(np.dtype(dtype), 1 if one_word() else 2)


@cache
def _format(dtype: np.dtype[Any], words: int) -> Format:
    if dtype == np.float32 and words == 2:
        return Format(dtype, np.dtype(np.uint32), 24, 127)
    if dtype == np.float64:
        return Format(dtype, np.dtype(np.uint64), 53, 1023, words)
    raise TypeError(f"double words are made of float32 or float64, not of {dtype}: convert the array first")


def _nearest(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _round_to(x: Array, digits: int) -> Array:
    form = format_of(x.dtype)
    dropped = form.precision - digits
    half, mask = form.bits.type(1 << (dropped - 1)), form.bits.type((1 << 8 * form.dtype.itemsize) - (1 << dropped))
    return lax.bitcast_convert_type((lax.bitcast_convert_type(x, form.bits) + half) & mask, form.dtype)


def head(x: Array) -> Array:
    """`x` to 12 of 24 or 26 of 53 bits, ties away from zero; `x - head(x)` is exact and has 11 or 26 bits.

    In one word, x.
    """
    return x if one_word() else _round_to(x, format_of(x.dtype).precision // 2)


def uncontracted(product: Array) -> Array:
    """A rounded product with its last bit rounded away, which no compiler can merge into the addition that follows."""
    return product if one_word() else _round_to(product, format_of(product.dtype).precision - 1)


def splittable(x: Array) -> Array:
    """Whether the tail of x is a normal number: where the processor flushes it, 12 or 26 bits would be left of x."""
    form = format_of(x.dtype)
    return jnp.greater_equal(jnp.abs(x), form.dtype.type(2.0 ** (2 + form.precision - form.bias)))


def two_sum(a: Array, b: Array) -> Pair:
    """a + b = s + e exactly; in one word, s."""
    s = a + b
    if one_word():
        return s, jnp.zeros_like(s)
    minus_b = a - s
    return s, (a - (s + minus_b)) + (b + minus_b)


def fast_two_sum(a: Array, b: Array) -> Pair:
    """a + b = s + e exactly where |a| >= |b| or a = 0; in one word, s."""
    s = a + b
    if one_word():
        return s, jnp.zeros_like(s)
    return s, b + (a - s)


def two_product(a: Array, b: Array) -> Pair:
    """a b = p + e exactly, p within an ulp of the rounded product.

    With heads of 12 (26) bits both cross products are multiples of 2^12 (2^27) units and their sum has at most 24 (53)
    bits: every operation below is exact but the sum that makes p, whose error is taken up. In one word, the product.
    """
    if one_word():
        return (p := a * b), jnp.zeros_like(p)
    a1, b1 = head(a), head(b)
    a2, b2 = a - a1, b - b1
    p, e = fast_two_sum(a1 * b1, a1 * b2 + a2 * b1)
    return p, e + a2 * b2


def pair_if(sound: Array, high: Array, low: Array, plain: Array) -> Pair:
    """The pair with |low| <= ulp(high)/2 where it is sound, and the plain result alone elsewhere (and in one word)."""
    if one_word():
        return plain, jnp.zeros_like(plain)
    high, low = fast_two_sum(high, low)
    return jnp.where(sound, high, plain), jnp.where(sound, low, 0)


def power_of_two(k: Array) -> Array:
    """2^k for whole floats -bias < k <= bias, by its bits: k lands in the last bits of k + 1.5 · 2^(precision - 1)."""
    form = format_of(k.dtype)
    shift = form.precision - 1
    whole = lax.bitcast_convert_type(k + form.dtype.type(1.5 * 2.0**shift), form.bits)
    return lax.bitcast_convert_type((whole + form.bits.type(form.bias)) << form.bits.type(shift), form.dtype)


def scaled(high: Array, low: Array, k: Array) -> Pair:
    """The pair times 2^k, |k| < 2 bias, in two steps: nothing overflows or underflows but the result."""
    first = jnp.floor(k * 0.5)
    one, two = power_of_two(first), power_of_two(k - first)
    high, low = high * one * two, low * one * two
    return high, jnp.where(jnp.isfinite(high), low, 0)


@jax.custom_jvp
def _settled(x: Array) -> Array:
    rest = x - head(x)
    return jnp.where(jnp.isfinite(rest) & splittable(x), head(x) + head(rest), x)


@_settled.defjvp
def _settled_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return _settled(*primals), tangents[0]


_settled_at_once = jax.jit(_settled)


def settled(x: Array) -> Array:
    """x, in a form whose bits no longer depend on how it was computed.

    Where the caller's x = y z is fused with what follows, each use of x may be contracted differently. Head and rest, each
    cut to size, are the same floats for every use; their sum differs from x only where x was not a float.
    """
    return jnp.asarray(x) if one_word() else _settled_at_once(x)
