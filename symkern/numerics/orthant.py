"""Moments of real powers of two correlated normals over a quadrant, relatively right at every correlation.

For (X, Y) centred Gaussian with covariance [[v1, c], [c, v2]], continued analytically in p and q below -1,

    N(p, q) = E[X_+^p Y_+^q] / (Γ(p+1) Γ(q+1)),        ∂N/∂c = N(p-1, q-1),        ∂N/∂v1 = N(p-2, q)/2.

With ρ = c/√(v1 v2), m = (p+q+1)/2, z = (1+ρ)/2 it is v1^(p/2) v2^(q/2) 2^((p+q)/2-1) π^(-1/2) z^m times
2F1((1+q-p)/2, (1+p-q)/2; m+1; z) / Γ(m+1): a Ferrers function (DLMF 14.3.1), as in the arc-cosine kernels of Cho and Saul
(2009). Its even and odd part in c, doubled, are (h = 0, 1)

    v1^(p/2) v2^(q/2) 2^(h-1-(p+q)/2) ρ^h 2F1((h-p)/2, (h-q)/2; h+1/2; ρ²) / (Γ((p-h)/2+1) Γ((q-h)/2+1)),

the expansion in Hermite polynomials summed (by Mehler's formula).
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array

from symkern.numerics.arithmetic import sqrt, times_power_of_two
from symkern.numerics.double_word import DoubleWord, applied
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair, scaled
from symkern.numerics.gaussian import chosen, replaced
from symkern.numerics.hypergeometric import Place, Value, evaluated
from symkern.numerics.hypergeometric_tables import Connection, Hypergeometric
from symkern.numerics.power import binary_exponent
from symkern.numerics.vertex import absolute


@cache
def _quadrant_tables(p: Fraction, q: Fraction) -> Connection:
    m = (p + q + 1) / 2
    return Hypergeometric((1 + q - p) / 2, (1 + p - q) / 2, m + 1, (p + q) / 2 - 1, -1, m).connection()


@cache
def _parity_tables(p: Fraction, q: Fraction, h: int) -> Connection:
    """With Γ(h+1/2) = 2^-h √π."""
    gammas = ((p - h) / 2 + 1, (q - h) / 2 + 1)
    c = h + Fraction(1, 2)
    return Hypergeometric((h - p) / 2, (h - q) / 2, c, -1 - (p + q) / 2, 1, Fraction(0), gammas).connection()


def _scaled(x: DoubleWord, k: Array) -> DoubleWord:
    return DoubleWord(*scaled(*x.pair, k)).fenced


class _Scaled(NamedTuple):
    """The covariance with variances in [1, 4), and the power of two by which cov12 was divided.

    A variance of zero stands for 1 here, and then ρ = 0: X_+^p is 0, infinite or, for p = 0, 1/2, whatever Y is.
    """

    cov12: DoubleWord
    product: DoubleWord
    gap: DoubleWord
    shift: Array


def _unit(c: Pair, v1: Pair, v2: Pair, gap: Pair) -> _Scaled:
    variances, shift = [], jnp.zeros_like(c[0])
    empty = (v1[0] == 0) | (v2[0] == 0)
    for v in (v1, v2):
        positive = replaced(v[0] == 0, DoubleWord(*v), 1)
        half = jnp.floor(binary_exponent(positive.hi) * 0.5)
        variances.append(_scaled(positive, -2 * half))
        shift = shift + half
    product = (variances[0] * variances[1]).fenced
    cov12 = _scaled(DoubleWord(*c), -shift)
    rest = chosen(empty, product, _scaled(DoubleWord(*gap), -2 * shift)).fenced
    return _Scaled(replaced(empty, cov12, 0).fenced, product, rest, shift)


def _with_nan(result: DoubleWord, *arguments: Pair) -> Pair:
    """The result, NaN where an argument is."""
    unknown = jnp.isnan(sum((x[0] for x in arguments[1:]), arguments[0][0]))
    return jnp.where(unknown, jnp.nan, result.hi), jnp.where(unknown, 0, result.lo)


def _slope(function: Any, factor: float = 1.0) -> Any:
    """A partial derivative; an infinite one counts as 0, as in `slopes`."""

    def partial(_: Pair, *covariance: Pair) -> Array:
        slope = value(function()(*covariance)) * factor
        return jnp.where(jnp.isinf(slope), 0, slope)

    return partial


def _vanishes(p: Fraction, q: Fraction, h: int) -> bool:
    """Whether the even (odd) part is 0: a power of -2, -4, ... (-1, -3, ...) is a derivative of a density at 0."""
    return any(x < 0 and (x - h) % 2 == 0 for x in (p, q))


@cache
def quadrant(p: Fraction, q: Fraction) -> Any:
    """The operation (c, v1, v2, gap) -> N(p, q) on pairs."""

    @operation(
        _slope(lambda: quadrant(p - 1, q - 1)),
        _slope(lambda: quadrant(p - 2, q), 0.5),
        _slope(lambda: quadrant(p, q - 2), 0.5),
        None,
    )
    def moment(c: Pair, v1: Pair, v2: Pair, gap: Pair) -> Pair:
        for h in (0, 1):
            if _vanishes(p, q, 1 - h):
                return times_power_of_two(parity(p, q, h)(c, v1, v2, gap), 0.5)
        unit = _unit(c, v1, v2, gap)
        root = applied(sqrt, unit.product).fenced
        reach = (root + absolute(unit.cov12)).fenced
        near = (unit.gap / (root * reach * 2)).fenced
        far = (reach / (root * 2)).fenced
        at = Place(near, far, unit.cov12.hi < 0)
        factors = [(DoubleWord(*v1), p / 2), (DoubleWord(*v2), q / 2)]
        return _with_nan(evaluated(_quadrant_tables(p, q), at, factors).result, c, v1, v2, gap)

    return moment


@cache
def parity(p: Fraction, q: Fraction, h: int) -> Any:
    """The operation (c, v1, v2, gap) -> N(p, q) plus (h = 0) or minus (h = 1) the same at -c, on pairs."""

    @operation(
        _slope(lambda: parity(p - 1, q - 1, 1 - h)),
        _slope(lambda: parity(p - 2, q, h), 0.5),
        _slope(lambda: parity(p, q - 2, h), 0.5),
        None,
    )
    def part(c: Pair, v1: Pair, v2: Pair, gap: Pair) -> Pair:
        unit = _unit(c, v1, v2, gap)
        over = (1 / unit.product).fenced
        square, rest = (unit.cov12 * unit.cov12 * over).fenced, (unit.gap * over).fenced
        left = square.hi < rest.hi
        at = Place(chosen(left, square, rest), chosen(left, rest, square), left)
        factors = [(DoubleWord(*v1), p / 2), (DoubleWord(*v2), q / 2)]
        result = evaluated(_parity_tables(p, q, h), at, factors)
        if h:
            exponent = jnp.where(c[0] == 0, 0, binary_exponent(jnp.abs(c[0])))
            mantissa = _scaled(DoubleWord(*c), -exponent) / applied(sqrt, unit.product)
            turns = result.turns + exponent - unit.shift
            result = Value(turns, (result.mantissa * mantissa).fenced, result.degree)
        return _with_nan(result.result, c, v1, v2, gap)

    return part


def _applied(moment: Any, *covariance: DoubleWord) -> DoubleWord:
    shape = jnp.broadcast_shapes(*(x.shape for x in covariance))
    return applied(moment, *(x.broadcast_to(shape) for x in covariance))


def orthant(
    p: Fraction, q: Fraction, cov12: DoubleWord, var1: DoubleWord, var2: DoubleWord, gap12: DoubleWord
) -> DoubleWord:
    """E[X_+^p Y_+^q] / (Γ(p+1) Γ(q+1)), continued analytically below p, q = -1; `gap12` is var1 var2 - cov12².

    Where it is infinite (ρ = ±1, or a variance of zero with a negative power) it has the sign of the limit. A variance of
    zero counts as uncorrelated: X_+^0 is 1/2 there; where both vanish, it is the limit along equal variances.
    """
    return _applied(quadrant(Fraction(p), Fraction(q)), cov12, var1, var2, gap12)


def orthant_sum(
    p: Fraction, q: Fraction, cov12: DoubleWord, var1: DoubleWord, var2: DoubleWord, gap12: DoubleWord
) -> DoubleWord:
    """`orthant` at cov12 plus that at -cov12."""
    return _applied(parity(Fraction(p), Fraction(q), 0), cov12, var1, var2, gap12)


def orthant_difference(
    p: Fraction, q: Fraction, cov12: DoubleWord, var1: DoubleWord, var2: DoubleWord, gap12: DoubleWord
) -> DoubleWord:
    """`orthant` at cov12 less that at -cov12: odd in cov12, relatively right also where that is small."""
    return _applied(parity(Fraction(p), Fraction(q), 1), cov12, var1, var2, gap12)
