"""The Mills ratio and the first moment beside it, by Chebyshev series on the whole half-line.

With m(x) = ∫_0^∞ e^(-xρ - ρ²/2) dρ = √(2π) e^(x²/2) Φ(-x) and g(x) = ∫_0^∞ ρ e^(-xρ - ρ²/2) dρ = 1 - x m(x), the
functions (x + c) m(x) and (x + c)² g(x) are smooth in t = (x - c) / (x + c) (the variable of Schonfelder 1978), and 47
coefficients give 106 bits; nothing cancels, however large x is.
"""

from fractions import Fraction

import jax.numpy as jnp

from symkern.numerics.double_word import DoubleWord
from symkern.numerics.exact import format_of
from symkern.numerics.normal_data import CENTRE, MILLS, MOMENT
from symkern.numerics.polynomial import chebyshev_table, clenshaw, full_digits
from symkern.numerics.words import to_every_digit

root_two_pi = Fraction("2.5066282746310005024157652848110452530069867406099383166299235763422936546")
far = 2.0**60
"""Beyond this m(x) = 1/x to both words."""


def tail_ratio(x: DoubleWord) -> DoubleWord:
    """e^(x²/2) Φ(-x) = m(x) / √(2π) for x >= 0; exactly 1/2 at 0."""
    form, large = format_of(x.dtype), x.hi > far
    x = DoubleWord(jnp.where(large, far, x.hi), jnp.where(large, 0, x.lo), x.history)
    over = 1 / (x + CENTRE)
    t = ((x - CENTRE) * over).fenced
    series = DoubleWord(*clenshaw(chebyshev_table(MILLS, form, full_digits(form)), t.pair))
    ratio = series * over * (1 / root_two_pi)
    zero = x.hi == 0
    return DoubleWord(jnp.where(zero, 0.5, ratio.hi), jnp.where(zero, 0, ratio.lo), ratio.history)


def moment_series(t: DoubleWord) -> DoubleWord:
    """(x + CENTRE)² g(x) by t = (x - CENTRE) / (x + CENTRE), to 2^-46 (2^-84, to every digit 2^-103)."""
    form = format_of(t.dtype)
    digits = 47 if form.short else full_digits(form) if to_every_digit() else 85
    return DoubleWord(*clenshaw(chebyshev_table(MOMENT, form, digits), t.fenced.pair))
