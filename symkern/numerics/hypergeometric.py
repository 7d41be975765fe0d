"""Evaluates the tables of `hypergeometric_tables`: one product of powers, three Chebyshev series, nothing that cancels.

Which tables serve is decided entry by entry: all constants are chosen by side, so both sides share every operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import zip_longest
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from symkern.numerics.constants import ln2
from symkern.numerics.double_word import DoubleWord, double_word
from symkern.numerics.exact import Format, format_of
from symkern.numerics.gaussian import chosen, lifted, stacked, unstacked
from symkern.numerics.hypergeometric_tables import Connection
from symkern.numerics.polynomial import Table, clenshaw, table
from symkern.numerics.power import Growth, growths, logarithm, powers, split


class Place(NamedTuple):
    """t <= 1/2 and 1 - t, given apart because either may be tiny in its turn, and whether x = t (else x = 1 - t)."""

    near: DoubleWord
    far: DoubleWord
    left: Array


class Value(NamedTuple):
    """2^turns · mantissa where `degree` is 0; else 0 or infinite, by its sign: the sum of the exponents of bases that are 0."""

    turns: Array
    mantissa: DoubleWord
    degree: Array

    @property
    def result(self) -> DoubleWord:
        """The number."""
        finite = lifted(self.turns, self.mantissa)
        sign = jnp.sign(self.mantissa.hi)
        edge = jnp.where((self.degree > 0) | (sign == 0), 0, sign * jnp.inf)
        return DoubleWord(
            jnp.where(self.degree == 0, finite.hi, edge), jnp.where(self.degree == 0, finite.lo, 0), finite.history
        )


def digits(form: Format) -> int:
    """The binary digits of the series."""
    return 47 if form.short else 85


@cache
def _series(tables: Connection, form: Format) -> Table:
    """The three Chebyshev series as one table with a second axis."""
    rows = list(zip_longest(tables.left.second, tables.right.first, tables.right.second, fillvalue=Fraction(0)))
    negligible = Fraction(1, 2**110)  # a series that vanishes is noise
    largest = [max(*map(abs, series), negligible) for series in zip(*rows, strict=True)]
    sizes = [max(float(abs(x) / most) for x, most in zip(row, largest, strict=True)) for row in rows]
    least = 2.0 ** -digits(form)
    sizes[0], sizes[sum(size > least for size in sizes)] = 1.0, 2 * least  # no part of the table is empty
    parts = [table(series, sizes, form, digits(form)) for series in zip(*rows, strict=True)]
    return Table(*(np.stack(columns, axis=1) for columns in zip(*parts, strict=True)))


def _shaped(series: Table, dimensions: int) -> Table:
    """Rows that broadcast against numbers stacked along a first axis."""
    return Table(*(x.reshape(*x.shape, *[1] * dimensions) for x in series))


def _by_side(left: Array, here: Fraction | float, there: Fraction | float, like: DoubleWord) -> DoubleWord:
    return chosen(left, double_word(here, like), double_word(there, like))


def _exponents(left: Array, pairs: Sequence[tuple[Fraction, Fraction]], like: DoubleWord) -> tuple[Array, DoubleWord]:
    """The whole numbers and the rests, chosen by side and stacked."""
    cut = [(split(here), split(there)) for here, there in pairs]
    whole = jnp.stack([jnp.where(left, like.dtype.type(a[0]), like.dtype.type(b[0])) for a, b in cut])
    return whole, stacked(*(_by_side(left, a[1], b[1], like) for a, b in cut))


def _log_ratio(growths: Growth, log_t: DoubleWord, steep: DoubleWord) -> DoubleWord:
    """(t^ε - 1)/ε = log t · (e^s - 1)/s with s = ε log t."""
    plain = growths.turns == 0
    raised = lifted(growths.turns, growths.part + 1) - 1
    one = double_word(1, steep).broadcast_to(steep.shape)
    return log_t * chosen(plain, growths.quotient, (raised / chosen(plain, one, steep)).fenced)


def evaluated(tables: Connection, at: Place, factors: Sequence[tuple[DoubleWord, Fraction]]) -> Value:
    """The function times powers of the factors, with everything that may be large or small in `turns`."""
    left, right, (t, far, on_left) = tables.left, tables.right, at
    bases = stacked(*(x for x, _ in factors), t, far)
    zero = bases.hi == 0
    bases = DoubleWord(jnp.where(zero, 1, bases.hi), jnp.where(zero, 0, bases.lo)).fenced
    k, log_m = logarithm(bases)
    log_m = log_m.fenced
    pairs = [*((r, r) for _, r in factors), (left.near, right.near), (left.far, right.far)]
    whole, rest = _exponents(on_left, pairs, t)
    n, y = powers((k, log_m), whole, rest)
    exponent = sum(unstacked(y)[1:], unstacked(y)[0])

    near_m, far_m = unstacked(log_m)[-2:]
    log_t = (DoubleWord(k[-2], jnp.zeros_like(k[-2])) * ln2 + near_m).fenced
    steep = (log_t * tables.epsilon).fenced
    own, inner, outer = growths(exponent, steep, near_m * tables.order + far_m * right.bend)
    turns = k[-2] * tables.order + k[-1] * right.bend
    singular = lifted(turns + outer.turns, ((outer.part + 1) * _log_ratio(inner, log_t, steep)).fenced).fenced

    argument = (t * 4 - 1).fenced.broadcast_to((3, *t.shape))
    series = clenshaw(_shaped(_series(tables, format_of(t.dtype)), t.hi.ndim), argument.pair)
    second_left, first, second = unstacked(DoubleWord(*series))
    value = chosen(on_left, t * second_left + left.limit, first + singular * second)
    value = chosen(t.hi == 0, _by_side(on_left, left.limit, right.limit, t), value).fenced
    scale = jnp.where(on_left, t.dtype.type(left.scale), t.dtype.type(right.scale))
    return Value(
        jnp.sum(n, axis=0) + own.turns + scale,
        (value * (own.part + 1)).fenced,
        jnp.sum(jnp.where(zero, whole + rest.hi, 0), axis=0),
    )
