"""The normal distribution function of pairs, right to both words also in the far tail, times an exponential.

e^E Φ(h) with the scaled tail of Cody (1969), e^(h²/2) Φ(h), from `mills`, and the exponential from `gaussian`.
Worst relative error on random points, in units of 2^-48 (float32) and 2^-106 (float64): 9 and 13, for E = 0, for
h = -1 ... -160 with E near h²/2, and for h > 0 alike.
"""

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from symkern.numerics.double_word import DoubleWord
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair
from symkern.numerics.gaussian import Parts, chosen, growth, growths, lifted, replaced, stacked, unstacked
from symkern.numerics.mills import root_two_pi, tail_ratio

Rows = Sequence[tuple[DoubleWord, DoubleWord]]
"""E and h, of one shape."""

FARTHEST = 2.0**40
"""Beyond this |h| (infinity included) Φ is 0 or 1, whatever E may be."""


def _density(z: Pair, e: Pair, h: Pair) -> Array:
    return value(exp_density(e, h))


@operation(lambda z, e, h: value(z), lambda z, e, h: -value(h) * value(z))
def exp_density(e: Pair, h: Pair) -> Pair:
    """e^(E - h²/2) / √(2π)."""
    k, m = growth(e, h)
    return lifted(k, m * (1 / root_two_pi)).pair


def phi_parts(calls: Rows, others: Rows = ()) -> tuple[list[Parts], list[Parts]]:
    """n and m with e^E Φ(h) = 2^n m, 0 <= m <= √2, for each E and h of one shape; and those of e^(E - h²/2) for the others.

    Φ(h) = e^(-h²/2) (e^(h²/2) Φ(h)) for h <= 0, all exponents together; 1 - Φ(-h) for h > 0.
    """
    ups = [h.hi > 0 for _, h in calls]
    sizes = [_size(up, h) for up, (_, h) in zip(ups, calls, strict=True)]
    below = [(replaced(up, e, 0), size) for up, size, (e, _) in zip(ups, sizes, calls, strict=True)]
    grown = growths(*below, *others)
    own, rest = grown[: len(calls)], grown[len(calls) :]
    ratios = unstacked(tail_ratio(stacked(*sizes)))
    found = []
    for up, (e, h), (n, m), ratio in zip(ups, calls, own, ratios, strict=True):
        zero = jnp.zeros_like(h.hi)
        up_n, up_m = growth(e.pair, (zero, zero))
        tail = (m * ratio).fenced
        found.append((jnp.where(up, up_n, n), chosen(up, up_m * (1 - lifted(n, tail)), tail)))
    return found, rest


def _size(up: Array, h: DoubleWord) -> DoubleWord:
    """|h|, but no further out than anything happens."""
    reach = jnp.minimum(jnp.abs(h.hi), FARTHEST)
    reach = jnp.where(jnp.isnan(h.hi), h.hi, reach)
    return DoubleWord(reach, jnp.where(reach == jnp.abs(h.hi), jnp.where(up, h.lo, -h.lo), 0))


@operation(lambda z, e, h: value(z), _density)
def exp_phi(e: Pair, h: Pair) -> Pair:
    """e^E Φ(h)."""
    ((parts,), _) = phi_parts([(DoubleWord(*e), DoubleWord(*h))])
    return lifted(*parts).pair
