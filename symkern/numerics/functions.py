"""The functions of double words that generated code calls; every one takes and gives double words of one dtype."""

import jax.numpy as jnp

from symkern.numerics import arithmetic, exponential, inverse, trigonometric
from symkern.numerics.double_word import DoubleWord, double_word


def sqrt(x: DoubleWord) -> DoubleWord:
    """The square root; NaN below zero, an infinite derivative at zero (where a zero tangent therefore gives NaN)."""
    return DoubleWord(*arithmetic.sqrt(x.pair))


def exp(x: DoubleWord) -> DoubleWord:
    """e^x, right to 2^-34 (2^-63) of itself; infinite or 0 where it overflows or underflows."""
    return DoubleWord(*exponential.exp(x.pair))


def expm1(x: DoubleWord) -> DoubleWord:
    """e^x - 1, right to 2^-34 (2^-63) of itself, however small x is."""
    return DoubleWord(*exponential.expm1(x.pair))


def exp_sinh(exponent: DoubleWord, shift: DoubleWord) -> DoubleWord:
    """e^E sinh U, right to 2^-34 (2^-63) of itself; finite wherever it is, as at E = -1e4, U = 9999.9."""
    return DoubleWord(*exponential.exp_sinh(exponent.pair, shift.pair))


def exp_cosh(exponent: DoubleWord, shift: DoubleWord) -> DoubleWord:
    """e^E cosh U, likewise."""
    return DoubleWord(*exponential.exp_cosh(exponent.pair, shift.pair))


def exp_coshm1(exponent: DoubleWord, shift: DoubleWord) -> DoubleWord:
    """e^E (cosh U - 1), likewise, also where cosh U is almost 1."""
    return DoubleWord(*exponential.exp_coshm1(exponent.pair, shift.pair))


def sin(x: DoubleWord) -> DoubleWord:
    """The sine, right to 2^-34 (2^-63) of itself for |x| up to 2^12 (2^20), to plain accuracy beyond."""
    return DoubleWord(*trigonometric.sin(x.pair))


def cos(x: DoubleWord) -> DoubleWord:
    """The cosine, likewise."""
    return DoubleWord(*trigonometric.cos(x.pair))


def atan2(y: DoubleWord, x: DoubleWord) -> DoubleWord:
    """The angle of (x, y), right to 2^-37 (2^-70) of itself."""
    y, x = _common(y, x)
    return DoubleWord(*inverse.atan2(y.pair, x.pair))


def atan(x: DoubleWord) -> DoubleWord:
    """The arc tangent, likewise."""
    return atan2(x, double_word(1, x))


def log(x: DoubleWord) -> DoubleWord:
    """The natural logarithm, right to 2^-36 (2^-65) absolutely."""
    return DoubleWord(*inverse.log(x.pair))


def by_size(shift: DoubleWord, small: DoubleWord, large: DoubleWord) -> DoubleWord:
    """``small`` where |U| < 1, else ``large``: two forms of one expression, each accurate on its side."""
    choose = jnp.abs(shift.hi) < 1
    return DoubleWord(jnp.where(choose, small.hi, large.hi), jnp.where(choose, small.lo, large.lo))


def _common(*numbers: DoubleWord) -> tuple[DoubleWord, ...]:
    shape = jnp.broadcast_shapes(*(n.shape for n in numbers))
    return tuple(DoubleWord(jnp.broadcast_to(n.hi, shape), jnp.broadcast_to(n.lo, shape)) for n in numbers)
