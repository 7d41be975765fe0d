"""e^(E - h²/2) to both words, also where E and h²/2 are thousands and cancel.

An error d of the exponent is a relative error d of the result, so the exponent is never one pair: h = h0 + (h - h0) with
h0 of half the digits, so that E - h0²/2 is exact in two words and only -(h - h0)(h + h0)/2, smaller by 2^-12 (2^-26),
is rounded to a pair; then k ln 2 is taken off before the words are added up (Cody and Waite 1980).
"""

from typing import Any

import jax.numpy as jnp
from jax import Array

from symkern.numerics.constants import ln2
from symkern.numerics.double_word import DoubleWord
from symkern.numerics.exact import Pair, format_of, head, scaled, two_sum
from symkern.numerics.polynomial import exponential_table, horner

Parts = tuple[Array, DoubleWord]
"""k and m, for 2^k m."""

REDUCED = 0.36
"""More than ln 2 / 2: where a reduced exponent lies."""


def chosen(condition: Array, x: DoubleWord, y: DoubleWord) -> DoubleWord:
    """x where the condition holds, else y."""
    high, low = jnp.where(condition, x.hi, y.hi), jnp.where(condition, x.lo, y.lo)
    return DoubleWord(high, low, x.history | y.history)


def replaced(where: Array, x: DoubleWord, number: float | Array) -> DoubleWord:
    """The number where the condition holds, else x."""
    return DoubleWord(jnp.where(where, number, x.hi), jnp.where(where, 0, x.lo), x.history)


def stacked(*parts: DoubleWord) -> DoubleWord:
    """Numbers of one shape along a new first axis."""
    return DoubleWord(jnp.stack([p.hi for p in parts]), jnp.stack([p.lo for p in parts]))


def unstacked(x: DoubleWord) -> list[DoubleWord]:
    """The numbers along the first axis."""
    x = x.fenced
    return [DoubleWord(x.hi[i], x.lo[i]) for i in range(x.shape[0])]


def _limits(dtype: Any) -> tuple[float, float]:
    return (-174.0, 175.0) if format_of(dtype).precision == 24 else (-1416.0, 1417.0)


def growth(exponent: Pair, h: Pair) -> Parts:
    """k and m with e^(E - h²/2) = 2^k m; far beyond the range of floats only the side is right."""
    form = format_of(h[0].dtype)
    number = form.dtype.type
    h0 = head(h[0])
    rest = DoubleWord(*two_sum(h[0] - h0, h[1]))
    bend = rest * (rest + DoubleWord(h0 * 2, jnp.zeros_like(h0))) * -0.5
    top, carry = two_sum(exponent[0], h0 * h0 * number(-0.5))
    total = top + bend.hi
    clipped = jnp.clip(total, *map(number, _limits(form.dtype)))
    inside = total == clipped
    k = jnp.round(clipped * number(1 / ln2))
    first, second, third, fourth = form.parts(ln2, form.precision - (8 if form.precision == 24 else 11), 4)
    pieces = [
        two_sum(jnp.where(inside, carry, 0), jnp.where(inside, exponent[1], 0)),
        (jnp.where(inside, bend.hi, 0), jnp.where(inside, bend.lo, 0)),
        two_sum(-k * second, -k * third),
        (-k * fourth, jnp.zeros_like(k)),
    ]
    r = DoubleWord(*two_sum(jnp.where(inside, top, clipped), -k * first))
    for piece in pieces:
        r = r + DoubleWord(*piece)
    return k, DoubleWord(*horner(exponential_table(form, REDUCED), r.fenced.pair))


def growths(*rows: tuple[DoubleWord, DoubleWord]) -> list[Parts]:
    """That of each E and h of one shape, in one piece of code: XLA compiles each copy anew."""
    k, m = growth(*(stacked(*column).pair for column in zip(*rows, strict=True)))
    return list(zip(k, unstacked(m), strict=True))


def lifted(k: Array, m: DoubleWord) -> DoubleWord:
    """2^k m; nothing overflows or underflows but the result."""
    bias = format_of(k.dtype).bias
    return DoubleWord(*scaled(*m.pair, jnp.clip(k, 3 - 2 * bias, 2 * bias - 1)))
