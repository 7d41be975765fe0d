"""Sine and cosine of a pair, right to 2^-34 (2^-63) for arguments up to 2^12 (2^20), and to plain accuracy beyond.

Parameters are what they are meant for: in cos(2c) e^(-E) - e^E a plain cosine would cost the digits that cancel.
"""

from fractions import Fraction
from math import factorial

import jax.numpy as jnp
from jax import Array

from symkern.numerics.arithmetic import add
from symkern.numerics.constants import pi
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair, fast_two_sum, format_of
from symkern.numerics.wide import product, series, widen


def _quarter_turns(x: Pair) -> tuple[Array, Pair]:
    """k and r with x = k pi/2 + r, |r| <= pi/4, where pi/2 comes in parts whose products with k are exact."""
    form = format_of(x[0].dtype)
    k = jnp.round(x[0] * form.dtype.type(2 / pi))
    rest = x
    for part in form.parts(pi / 2, *((11, 6) if form.precision == 24 else (32, 5))):
        rest = add(rest, (-k * part, jnp.zeros_like(k)))
    return k, rest


def _even(n: int) -> Fraction:
    return Fraction((-1) ** n, factorial(2 * n))


def _odd(n: int) -> Fraction:
    return Fraction((-1) ** n, factorial(2 * n + 1))


def _turned(x: Pair, turns: int) -> Pair:
    """cos(x - turns pi/2)."""
    form = format_of(x[0].dtype)
    k, (rh, rl) = _quarter_turns(x)
    r = widen(rh, rl)
    y = widen(*product(r, r))
    high, low = product(y, widen(*series(y, _even, 1, (8, 13))))
    even, carry = fast_two_sum(jnp.ones_like(high), high)
    even_low = carry + low
    high, low = product(r, widen(*product(y, widen(*series(y, _odd, 1, (8, 13))))))
    odd, carry = fast_two_sum(rh, high)
    odd_low = carry + (low + rl)

    quadrant = (k.astype(jnp.int32) - turns) % 4
    sign = jnp.where((quadrant == 1) | (quadrant == 2), -1, 1).astype(form.dtype)
    crossed = quadrant % 2 == 1
    high, low = fast_two_sum(jnp.where(crossed, odd, even), jnp.where(crossed, odd_low, even_low))
    s, c = jnp.sin(x[0]), jnp.cos(x[0])
    plain, slope = (s, c) if turns else (c, -s)
    far = ~(jnp.abs(x[0]) <= 2.0 ** (12 if form.precision == 24 else 20))
    return jnp.where(far, plain + x[1] * slope, sign * high), jnp.where(far, 0, sign * low)


def _minus_sine(z: Pair, x: Pair) -> Array:
    return -value(sin(x))


@operation(_minus_sine, refined=True)
def cos(x: Pair) -> Pair:
    """cos x."""
    return _turned(x, 0)


@operation(lambda z, x: value(cos(x)), refined=True)
def sin(x: Pair) -> Pair:
    """sin x."""
    return _turned(x, 1)
