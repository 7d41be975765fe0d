"""The normal measure of an interval, relatively right however short it is, times an exponential."""

import jax.numpy as jnp
from jax import Array

from symkern.numerics.arithmetic import add, multiply, negative
from symkern.numerics.double_word import DoubleWord
from symkern.numerics.exact import format_of
from symkern.numerics.gaussian import Parts, chosen, lifted, replaced
from symkern.numerics.loops import Pairs, counted
from symkern.numerics.mills import root_two_pi
from symkern.numerics.normal import phi_parts


def _mean(slope: DoubleWord, bend: DoubleWord) -> DoubleWord:
    """∫_0^1 e^(slope u - bend u²/2) du by the power series of the integrand, for |slope| + bend/2 <= 1/2.

    The integrand f has f' = (slope - bend u) f, so n c_n = slope c_(n-1) - bend c_(n-2).
    """
    form = format_of(slope.dtype)
    terms = 28 if form.short else 50
    zero, one = jnp.zeros_like(slope.hi), jnp.ones_like(slope.hi)

    def step(n: Array, state: Pairs) -> Pairs:
        total, last, before = state
        index = jnp.broadcast_to(n.astype(form.dtype), zero.shape)
        top = DoubleWord(*add(multiply(slope.pair, last), negative(multiply(bend.pair, before))))
        here = top / DoubleWord(index, zero)
        return (DoubleWord(*total) + here / DoubleWord(index + 1, zero)).pair, here.pair, last

    unit = (one, zero)
    return DoubleWord(*counted(1, terms, step, (unit, unit, (zero, zero)))[0])


def quarter_strip(
    e: DoubleWord, h: DoubleWord, lower: DoubleWord, size: DoubleWord, bounded: Array, distance: DoubleWord
) -> tuple[DoubleWord, Parts]:
    """e^E (Φ(h) - Φ(lower)) / 4 where bounded, else e^E Φ(h) / 4; h - lower = size >= 0, |lower| >= |h|.

    A difference of two values of Φ where the density falls by more than e^(-1/2) between them. The quarter does not
    overflow where a difference of which it is part does not. With it comes e^(E - A²/2), A the ``distance``: one code for all
    exponentials.
    """
    short = bounded & (jnp.abs(h.hi) * size.hi + size.hi * size.hi * 0.5 <= 0.5)
    size = replaced(~short, size, 0).fenced
    (top, bottom), ((n, m), far) = phi_parts([(e, h), (e, lower)], [(e, h), (e, distance)])
    mean = _mean((h * size).fenced, (size * size).fenced)
    series = lifted(n - 2, m * mean * size * (1 / root_two_pi)).fenced
    above, below = (lifted(n - 2, m) for n, m in (top, bottom))
    below = replaced(~bounded, below, 0)
    return chosen(short, series, chosen(jnp.isinf(above.hi), above, above - below)), far
