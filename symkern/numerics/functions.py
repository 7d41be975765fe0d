"""The functions of double words that generated code calls; every one takes and gives double words of one dtype.

Where accuracy is stated as 2^-34 to 2^-37 (2^-63 to 2^-70), a kernel may have every digit instead (`words.every_digit`).
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import reduce
from operator import add

import jax.numpy as jnp
from jax import Array, lax

from symkern.numerics import arcs, arithmetic, bivariate, exponential, inverse, normal, trigonometric
from symkern.numerics.double_word import DoubleWord, Operand, applied, double_word
from symkern.numerics.exact import Pair, format_of
from symkern.numerics.gaussian import chosen
from symkern.numerics.together import takes_long


def sqrt(x: DoubleWord) -> DoubleWord:
    """The square root; NaN below zero, an infinite derivative at zero (where a zero tangent therefore gives NaN)."""
    return applied(arithmetic.sqrt, x)


def exp(x: DoubleWord) -> DoubleWord:
    """e^x, right to 2^-34 (2^-63) of itself; infinite or 0 where it overflows or underflows."""
    return applied(exponential.exp, x)


def expm1(x: DoubleWord) -> DoubleWord:
    """e^x - 1, right to 2^-34 (2^-63) of itself, however small x is."""
    return applied(exponential.expm1, x)


def exp_sinh(exponent: DoubleWord, shift: DoubleWord) -> DoubleWord:
    """e^E sinh U, right to 2^-34 (2^-63) of itself; finite wherever it is, as at E = -1e4, U = 9999.9."""
    return applied(exponential.exp_sinh, exponent, shift)


def exp_cosh(exponent: DoubleWord, shift: DoubleWord) -> DoubleWord:
    """e^E cosh U, likewise."""
    return applied(exponential.exp_cosh, exponent, shift)


def exp_coshm1(exponent: DoubleWord, shift: DoubleWord) -> DoubleWord:
    """e^E (cosh U - 1), likewise, also where cosh U is almost 1."""
    return applied(exponential.exp_coshm1, exponent, shift)


def sin(x: DoubleWord) -> DoubleWord:
    """The sine, right to 2^-34 (2^-63) of itself for |x| up to 2^12 (2^20), to plain accuracy beyond."""
    return applied(trigonometric.sin, x)


def cos(x: DoubleWord) -> DoubleWord:
    """The cosine, likewise."""
    return applied(trigonometric.cos, x)


def atan2(y: DoubleWord, x: DoubleWord) -> DoubleWord:
    """The angle of (x, y), right to 2^-37 (2^-70) of itself."""
    y, x = _common(y, x)
    return applied(inverse.atan2, y, x)


def atan(x: DoubleWord) -> DoubleWord:
    """The arc tangent, likewise."""
    return atan2(x, double_word(1, x))


def log(x: DoubleWord) -> DoubleWord:
    """The natural logarithm, right to 2^-36 (2^-65) absolutely."""
    return applied(inverse.log, x)


def exp_Phi(exponent: DoubleWord, h: DoubleWord) -> DoubleWord:  # noqa: N802
    """e^E Φ(h), Φ the standard normal distribution function, right to 2^-44 (2^-102) of itself in every tail."""
    return applied(normal.exp_phi, *_common(exponent, h))


def Phi(h: DoubleWord) -> DoubleWord:  # noqa: N802
    """Φ(h), likewise; exactly 1/2 at 0."""
    return exp_Phi(double_word(0, h), h)


@takes_long
def exp_Phi2(  # noqa: N802
    exponent: DoubleWord, h: DoubleWord, k: DoubleWord, c: DoubleWord, s: DoubleWord
) -> DoubleWord:
    """e^E P(Z <= h, W <= k) for standard normals with correlation c / √(c² + s²), s >= 0, relatively right everywhere.

    To 2^-41 (2^-82), also at s = 0; in float32 an E of some hundreds or more adds up to 2^-45 E (its own last bit is 2^-48 E).
    """
    return applied(bivariate.exp_phi2, *_common(exponent, h, k, c, s))


def by_size(shift: DoubleWord, small: DoubleWord, large: DoubleWord) -> DoubleWord:
    """``small`` where |U| < 1, else ``large``: two forms of one expression, each accurate on its side."""
    return applied(_by_size, shift, small, large)


def exp_Density2(  # noqa: N802
    exponent: DoubleWord, h: DoubleWord, k: DoubleWord, c: DoubleWord, s: DoubleWord
) -> DoubleWord:
    """e^(E - (h² - 2 r h k + k²) / (2 (1 - r²))) with r as in ``exp_Phi2``; at s = 0 its derivatives are zero."""
    return applied(bivariate.exp_density2, *_common(exponent, h, k, c, s))


def exp_Density2_over(  # noqa: N802
    exponent: DoubleWord, h: DoubleWord, k: DoubleWord, c: DoubleWord, s: DoubleWord, y: DoubleWord
) -> DoubleWord:
    """``exp_Density2`` divided by y >= 0, which vanishes with s: infinite there where h and k are one line, else 0."""
    return applied(bivariate.exp_density2_over, *_common(exponent, h, k, c, s, y))


def heaviside(x: DoubleWord, at_zero: float) -> DoubleWord:
    """The unit step of x, ``at_zero`` at 0."""
    return double_word(jnp.heaviside(x.value, at_zero), x)


def arc_rest(y: DoubleWord, x: DoubleWord, order: int) -> DoubleWord:
    """The angle of (x, y) less ``order`` terms of its series in y/x, right to 2^-44 (2^-100) of itself where y < x/2."""
    y, x = _common(y, x)
    return applied(arcs.arc_rest(order), y, x)


def rescaled(x: DoubleWord, scale1: Array, degree1: int, scale2: Array, degree2: int) -> Array:
    """``scale1^degree1 scale2^degree2 x`` for powers of two, rounded once; nothing overflows or underflows but the result.

    The factors alternate, so that a large and a small deviation meet early.
    """
    result = x.value
    for _ in range(max(abs(degree1), abs(degree2))):
        for scale, degree in ((scale1, degree1), (scale2, degree2)):
            if degree:
                result = result * scale if degree > 0 else result / scale
        degree1, degree2 = (d - (d > 0) + (d < 0) for d in (degree1, degree2))
    return result


def exp_sum(*terms: Operand) -> DoubleWord:
    """``Σ c e^E`` of ``E, c, E, c, …``; nothing overflows but the result.

    The largest exponent is taken out, as a constant to derivatives.
    """
    numbers = _common(*terms)
    exponents, weights = numbers[::2], numbers[1::2]
    high = lax.stop_gradient(reduce(jnp.maximum, (e.hi for e in exponents)))
    top = DoubleWord(high, jnp.zeros_like(high))
    total = reduce(add, (c * exp(e - top) for e, c in zip(exponents, weights, strict=True)))
    root = exp(top * 0.5)
    return chosen(total.hi == 0, total, total * root * root)


def where_finite(near: DoubleWord, far: DoubleWord) -> DoubleWord:
    """``near`` where it is finite, else ``far``."""
    near, far = _regimes(*_common(near, far))
    return chosen(jnp.isfinite(near.hi), near, far)


def by_ratio(y: DoubleWord, x: DoubleWord, small: DoubleWord, large: DoubleWord) -> DoubleWord:
    """``small`` where 0 <= y < x/2, else ``large``: two forms of one expression, each accurate on its side."""
    return applied(_by_ratio, *_common(y, x, small, large))


def by_correlation(c: DoubleWord, gap: DoubleWord, small: DoubleWord, large: DoubleWord) -> DoubleWord:
    """``small`` where |ρ| < 2^-14 (2^-28), else ``large``: an odd function of c by its leading term, whose error is ρ²."""
    return applied(_by_correlation, *_common(c, gap, small, large))


def by_variance(
    limit: Fraction, var1: DoubleWord, var2: DoubleWord, small: DoubleWord, large: DoubleWord
) -> DoubleWord:
    """``small`` where both variances are below ``limit``, else ``large``: nearly equal, each accurate on its side."""
    v1, v2, small, large = _common(var1, var2, small, large)
    small, large = _regimes(small, large)
    return chosen(jnp.maximum(v1.hi, v2.hi) < float(limit), small, large)


def _regimes(*forms: DoubleWord) -> Iterator[DoubleWord]:
    """Each computed on its own: so are their derivatives, whose operations nobody counts (:mod:`symkern.numerics.fence`)."""
    return (form.fenced for form in forms)


def _by_correlation(c: Pair, gap: Pair, small: Pair, large: Pair) -> Pair:
    tiny = 2.0**-28 if format_of(c[0].dtype).short else 2.0**-56
    return _chosen(c[0] * c[0] < tiny * gap[0], small, large)


def _by_ratio(y: Pair, x: Pair, small: Pair, large: Pair) -> Pair:
    return _chosen(arcs.near(y[0], x[0]), small, large)


def _by_size(shift: Pair, small: Pair, large: Pair) -> Pair:
    return _chosen(jnp.abs(shift[0]) < 1, small, large)


def _chosen(condition: Array, small: Pair, large: Pair) -> Pair:
    return chosen(condition, DoubleWord(*small), DoubleWord(*large)).pair


def _common(*numbers: Operand) -> tuple[DoubleWord, ...]:
    """Double words of one shape; a Python number takes its dtype from the others."""
    like = next(n for n in numbers if isinstance(n, DoubleWord))
    wide = [double_word(n, like) for n in numbers]
    shape = jnp.broadcast_shapes(*(n.shape for n in wide))
    return tuple(n.broadcast_to(shape) for n in wide)
