"""The kernel of a polynomial, without cancellation where variances are small: Mehler's series.

``E[f(X) f(Y)] = Σ_n A_n(var1) A_n(var2) cov12^n / n!`` with ``A_n(v) = E[f^(n)(√v Z)] = Σ_k a_{n+2k} (n+2k)! v^k / (2^k k!)`` for
``f = Σ a_k x^k`` (Mehler 1866).  Each ``A_n`` is summed from its own leading term on, and all of them in one loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import zip_longest
from math import factorial
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from symkern.numerics.double_word import DoubleWord, Operand, double_word
from symkern.numerics.exact import Format, format_of
from symkern.numerics.gaussian import chosen, replaced
from symkern.numerics.polynomial import Table, full_digits, horner, table
from symkern.numerics.vertex import below


class _Means(NamedTuple):
    """``A_n(v) / v^shift`` for the n at which it is not zero, as columns of one table."""

    orders: tuple[int, ...]
    shifts: tuple[int, ...]
    series: Table


@cache
def _means(coefficients: tuple[Fraction, ...], limit: Fraction, form: Format) -> _Means:
    orders, shifts, columns = [], [], []
    for n in range(len(coefficients)):
        means = [a * factorial(n + 2 * k) / (2**k * factorial(k)) for k, a in enumerate(coefficients[n::2])]
        shift = next((k for k, a in enumerate(means) if a), None)
        if shift is not None:
            orders.append(n)
            shifts.append(shift)
            columns.append(means[shift:])
    rows = list(zip_longest(*columns, fillvalue=Fraction(0)))
    sizes = [
        max(float(abs(a / first) * limit**k) for a, first in zip(row, rows[0], strict=True))
        for k, row in enumerate(rows)
    ]
    sizes = [max(sizes[k:]) for k in range(len(sizes))]
    parts = [table(column, sizes, form, full_digits(form)) for column in zip(*rows, strict=True)]
    return _Means(
        tuple(orders), tuple(shifts), Table(*(np.stack(words, axis=-1) for words in zip(*parts, strict=True)))
    )


def _at(v: DoubleWord, means: _Means) -> list[DoubleWord]:
    """Every ``A_n``."""
    shaped = Table(*(words.reshape(*words.shape, *[1] * len(v.shape)) for words in means.series))
    wide = v.broadcast_to((len(means.orders), *v.shape))
    values = DoubleWord(*horner(shaped, wide.pair)).fenced
    return [
        DoubleWord(values.hi[i], values.lo[i]) * v**shift if shift else DoubleWord(values.hi[i], values.lo[i])
        for i, shift in enumerate(means.shifts)
    ]


def taylor_kernel(
    limit: Fraction, coefficients: Sequence[Fraction | int], cov12: DoubleWord, var1: DoubleWord, var2: DoubleWord
) -> DoubleWord:
    """``E[f(X) f(Y)]`` of the polynomial with these coefficients, where both variances are below ``limit`` <= 1."""
    means = _means(tuple(map(Fraction, coefficients)), Fraction(limit), format_of(cov12.dtype))
    beyond = ~(jnp.maximum(var1.hi, var2.hi) < float(limit))
    c, v1, v2 = (replaced(beyond, x, 0) for x in (cov12, var1, var2))
    return _summed(means.orders, [a * b for a, b in zip(_at(v1, means), _at(v2, means), strict=True)], c)


def _summed(orders: Sequence[int], factors: Sequence[DoubleWord], c: DoubleWord) -> DoubleWord:
    """``Σ factor c^n / n!``, by Horner's rule."""
    total, before = double_word(0, c), orders[-1]
    for n, factor in zip(reversed(orders), reversed(factors), strict=True):
        total = total * c ** (before - n) + factor * Fraction(1, factorial(n))
        before = n
    return total * c**before


def mehler_sum(
    limit: Fraction, coefficients: Sequence[Fraction | int], cov12: DoubleWord, var: DoubleWord, *others: Operand
) -> DoubleWord:
    """``Σ_n A_n(var) B_n cov12^n / n!``, the ``B_n`` given, where ``var`` is below ``limit`` <= 1 (not elsewhere)."""
    every = _means(tuple(map(Fraction, coefficients)), Fraction(limit), format_of(cov12.dtype))
    count = sum(n < len(others) for n in every.orders)
    means = _Means(every.orders[:count], every.shifts[:count], Table(*(w[..., :count] for w in every.series)))
    beyond = ~(var.hi < float(limit))
    factors = [a * others[n] for n, a in zip(means.orders, _at(replaced(beyond, var, 0), means), strict=True)]
    return _summed(means.orders, factors, replaced(beyond, cov12, 0))


def ordered(var1: DoubleWord, var2: DoubleWord) -> tuple[DoubleWord, DoubleWord]:
    """The smaller and the larger one."""
    shape = jnp.broadcast_shapes(var1.shape, var2.shape)
    one, other = var1.broadcast_to(shape), var2.broadcast_to(shape)
    swap = below(other, one)
    return chosen(swap, other, one), chosen(swap, one, other)


__all__ = ["mehler_sum", "ordered", "taylor_kernel"]
