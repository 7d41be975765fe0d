"""The Gaussian measure of a wedge, beyond what the normal distribution function gives: one smooth, positive integral.

In polar coordinates about the vertex A of a wedge, the standard normal density of the plane has the measure
e^(-A²/2) / (2π) ∫ g(A cos ψ) dψ with g(a) = ∫_0^∞ ρ e^(-aρ - ρ²/2) dρ and ψ the angle to the direction away from the
origin (Amos 1969; DiDonato, Jarnagin and Hageman 1980); g(-a) = g(a) + √(2π) a e^(a²/2), and the second term is the
measure of a strip. What is left is J = ∫ g(A sin χ) dχ over parts of [0, π/2], here in w = tan(χ/2).

g varies on the scale 1 of its argument and falls off as its square: with w = κ (ζ^16 - 1), κ = 2 / max(A, 2), which
makes ζ close to a logarithm, 20 (32) nodes of Gauss and Legendre are right to 2^-46 (2^-80) for A <= 100, 2^-39 (2^-71)
at A = 300 (the factor e^(-A²/2) is then below 10^-2000, and only an exponent E of 5,000 or more brings it back). To every digit
there are 44 nodes.
"""

from fractions import Fraction
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from symkern.numerics import legendre_data
from symkern.numerics.arithmetic import multiply, sqrt
from symkern.numerics.double_word import DoubleWord, double_word
from symkern.numerics.exact import format_of
from symkern.numerics.gaussian import chosen, stacked, unstacked
from symkern.numerics.loops import Pairs, counted, folded
from symkern.numerics.mills import moment_series
from symkern.numerics.normal_data import CENTRE
from symkern.numerics.polynomial import filled
from symkern.numerics.words import to_every_digit

DOUBLINGS = 4
RULES: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    20: (legendre_data.NODES_20, legendre_data.WEIGHTS_20),
    32: (legendre_data.NODES_32, legendre_data.WEIGHTS_32),
    44: (legendre_data.NODES_44, legendre_data.WEIGHTS_44),
}
"""Nodes and weights, by their number."""


class Sector(NamedTuple):
    """From w = tan(χ/2) to another, and their difference, which is given apart because it may be tiny."""

    low: DoubleWord
    high: DoubleWord
    length: DoubleWord


def _rule(dtype: Any) -> tuple[np.ndarray[Any, Any], ...]:
    form = format_of(dtype)
    rule = RULES[20 if form.short else 44 if to_every_digit() else 32]
    rows = [[form.constant(Fraction(x))[i] for x in table] for table in rule for i in (0, 1)]
    return tuple(np.array(row, form.dtype) for row in rows)


def _difference(low: DoubleWord, high: DoubleWord, width: DoubleWord) -> tuple[DoubleWord, DoubleWord]:
    """The sixteenth root of ``low``, and how much larger that of ``high`` is: ``width = high - low`` without cancellation."""

    def step(_: Any, state: Pairs) -> Pairs:
        roots = sqrt(state[0])
        first, second = (DoubleWord(roots[0][i], roots[1][i]) for i in (0, 1))
        return roots, (DoubleWord(*state[1]) / (first + second)).pair

    roots, rest = counted(0, DOUBLINGS, step, (stacked(low, high).pair, width.pair))
    return unstacked(DoubleWord(*roots))[0], DoubleWord(*rest)


def _powers(zeta: DoubleWord) -> tuple[DoubleWord, DoubleWord]:
    """ζ^15 and ζ^16, by squaring in a loop."""

    def step(_: Any, state: Pairs) -> Pairs:
        product, power = state
        return multiply(product, power), multiply(power, power)

    one = double_word(1, zeta).broadcast_to(zeta.shape)
    product, power = counted(0, DOUBLINGS, step, (one.pair, zeta.pair))
    return DoubleWord(*product), DoubleWord(*power)


def sectors(distance: DoubleWord, one: Sector, two: Sector) -> DoubleWord:
    """The sum of J over two sectors, A >= 0 the distance of the vertex."""
    least = double_word(2, distance).broadcast_to(distance.shape)
    kappa = (2 / chosen(distance.hi > 2, distance, least)).fenced
    low, high, length = (stacked(a, b) for a, b in zip(one, two, strict=True))
    start, width = _difference(low / kappa + 1, high / kappa + 1, length / kappa)
    scale = (distance * 2).fenced

    def step(total: Pairs, row: tuple[Array, ...]) -> Pairs:
        node, weight = (DoubleWord(*filled((row[i], row[i + 1]), start.hi)) for i in (0, 2))
        slope, power = _powers((start + width * node).fenced)
        w = (kappa * (power - 1)).fenced
        bottom, top = (w * w + 1).fenced, (scale * w).fenced
        under = (1 / (top + bottom * CENTRE)).fenced
        value = moment_series((top - bottom * CENTRE) * under)
        rest = ((weight * bottom).fenced * slope).fenced * (under * under).fenced
        return ((DoubleWord(*total[0]) + (value * rest.fenced).fenced).pair,)

    zero = jnp.zeros_like(start.hi)
    (total,) = folded(step, ((zero, zero),), tuple(map(jnp.asarray, _rule(zero.dtype))))
    both = DoubleWord(*total) * width * kappa * 2 ** (DOUBLINGS + 1)
    first, second = unstacked(both)
    return first + second
