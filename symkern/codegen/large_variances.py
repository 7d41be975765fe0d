"""Where exponentials overflow against each other: ``exp(x) - 1 - x`` at variances of some hundreds.

The closed form is a difference of infinities there, NaN, though the kernel has a sign and perhaps a value.  Where it is not finite,
``exp_sum`` stands in, which takes the largest exponent out of all terms first.

Before that it may be a difference of numbers that have all digits in common: at variances of 300 and ``ρ = -1/4`` the product of
means of ``exp(x) - 1`` is ``e^300`` and the rest ``-e^300 + e^225``.  Where measurements ask for it, ``exp_sum`` begins where no
variance is small, and terms of one size are rare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import sympy
from mpmath import mpf
from sympy import Add, Expr, Mul, S

from symkern.codegen.functions import SMALLER, by_variance, exp_sum, where_finite
from symkern.codegen.loss import TWO_WORDS, covariance, estimate
from symkern.codegen.stabilised import Stabilised
from symkern.symbols import cov12, var1, var2

LARGEST = mpf(2) ** 1023
"""Larger numbers overflow in float64, or soon do."""

VARIANCES = ((1e4, 1e4), (1e4, 1.0), (1e4, 1e-8), (1e3, 1e3))
CORRELATIONS = (1, 0.5, 0, -0.5, -0.97, -1)

NOTE = "where exponentials overflow the largest is taken out of the sum"

NOT_SMALL = S.One
"""A variance where no terms cancel because it is small."""


def with_large_variances(kernel: Stabilised, formula: Expr, *, early: bool = False) -> Stabilised:
    """The kernel with that form beside it, where it needs one; ``formula`` is the kernel before it was rewritten.

    With ``early`` it begins where both variances are above one.
    """
    if not kernel.double or kernel.is_special or formula.free_symbols - {cov12, var1, var2}:
        return kernel
    try:
        overflows = _is_difference_of_infinities(kernel.expression)
    except (ArithmeticError, ValueError):  # a function without a rule
        return kernel
    terms = _terms(formula) if overflows or early else []
    if len(terms) < 2:
        return kernel
    near, far = kernel.expression, exp_sum(*(part for term in terms for part in term))
    if early:
        near = by_variance(NOT_SMALL, SMALLER, SMALLER, near, far)
    notes = (*kernel.notes, NOTE) if overflows else kernel.notes
    return replace(kernel, expression=where_finite(near, far) if overflows else near, notes=notes)


def _is_difference_of_infinities(e: Expr) -> bool:
    """Whether terms of both signs overflow, somewhere at the corners of the domain."""
    while isinstance(e, by_variance):
        e = e.args[4]
    for at in _places():
        found = [estimate(term, at, TWO_WORDS)[0] for term in Add.make_args(e)]
        if {value > 0 for value in found if abs(value) > LARGEST} == {True, False}:
            return True
    return False


def _places() -> Iterator[dict[Expr, mpf]]:
    for (v, w), correlation in product(VARIANCES, CORRELATIONS):
        yield covariance(correlation, v, w)
        yield covariance(correlation, w, v)


def _terms(formula: Expr) -> list[tuple[Expr, Expr]]:
    """The sum's exponents, each with its weight."""
    found: dict[Expr, Expr] = {}
    for term in Add.make_args(sympy.expand(formula.rewrite([sympy.sinh, sympy.cosh], sympy.exp))):
        factors = Mul.make_args(term)
        exponent = Add(*(f.args[0] for f in factors if isinstance(f, sympy.exp)))
        weight = Mul(*(f for f in factors if not isinstance(f, sympy.exp)))
        found[exponent] = found.get(exponent, S.Zero) + weight
    return sorted(found.items(), key=lambda item: item[0].sort_key())


__all__ = ["with_large_variances"]
