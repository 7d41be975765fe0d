"""The normal distribution function of pairs, right to both words also in the far tail, times an exponential.

e^E Φ(h) with the scaled tail of Cody (1969), e^(h²/2) Φ(h), from `mills`, and the exponential from `gaussian`.
Worst relative error on random points, in units of 2^-48 (float32) and 2^-106 (float64): 9 and 13, for E = 0, for
h = -1 ... -160 with E near h²/2, and for h > 0 alike.
"""

import jax.numpy as jnp
from jax import Array

from symkern.numerics.double_word import DoubleWord
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair
from symkern.numerics.gaussian import chosen, growth, lifted
from symkern.numerics.mills import root_two_pi, tail_ratio

FARTHEST = 2.0**40
"""Beyond this |h| (infinity included) Φ is 0 or 1, whatever E may be."""


def _density(z: Pair, e: Pair, h: Pair) -> Array:
    return value(exp_density(e, h))


@operation(lambda z, e, h: value(z), lambda z, e, h: -value(h) * value(z))
def exp_density(e: Pair, h: Pair) -> Pair:
    """e^(E - h²/2) / √(2π)."""
    k, m = growth(e, h)
    return lifted(k, m * (1 / root_two_pi)).pair


def phi_parts(e: Pair, h: Pair) -> tuple[Array, DoubleWord]:
    """n and m with e^E Φ(h) = 2^n m, 0 <= m <= √2.

    Φ(h) = e^(-h²/2) (e^(h²/2) Φ(h)) for h <= 0, all exponents together; 1 - Φ(-h) for h > 0.
    """
    up = h[0] > 0
    reach = jnp.minimum(jnp.abs(h[0]), FARTHEST)
    reach = jnp.where(jnp.isnan(h[0]), h[0], reach)
    size = DoubleWord(reach, jnp.where(reach == jnp.abs(h[0]), jnp.where(up, h[1], -h[1]), 0))
    n, m = growth((jnp.where(up, 0, e[0]), jnp.where(up, 0, e[1])), size.pair)
    tail = (m * tail_ratio(size)).fenced
    rest = 1 - lifted(n, tail)
    zero = jnp.zeros_like(size.hi)
    up_n, up_m = growth(e, (zero, zero))
    return jnp.where(up, up_n, n), chosen(up, up_m * rest, tail)


@operation(lambda z, e, h: value(z), _density)
def exp_phi(e: Pair, h: Pair) -> Pair:
    """e^E Φ(h)."""
    return lifted(*phi_parts(e, h)).pair
