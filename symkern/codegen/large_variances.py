"""Where exponentials overflow against each other: ``exp(x) - 1 - x`` at variances of some hundreds.

The closed form is a difference of infinities there, NaN, though the kernel has a sign and perhaps a value.  Where it is not finite,
``exp_sum`` stands in, which takes the largest exponent out of all terms first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import sympy
from mpmath import mpf
from sympy import Add, Expr, Mul, S

from symkern.codegen.functions import by_variance, exp_sum, where_finite
from symkern.codegen.loss import TWO_WORDS, covariance, estimate
from symkern.codegen.stabilised import Stabilised
from symkern.symbols import cov12, var1, var2

LARGEST = mpf(2) ** 1023
"""Larger numbers overflow in float64, or soon do."""

VARIANCES = ((1e4, 1e4), (1e4, 1.0), (1e4, 1e-8), (1e3, 1e3))
CORRELATIONS = (1, 0.5, 0, -0.5, -0.97, -1)

NOTE = "where exponentials overflow the largest is taken out of the sum"


def with_large_variances(kernel: Stabilised, formula: Expr) -> Stabilised:
    """The kernel with that form beside it, where it needs one; ``formula`` is the kernel before it was rewritten."""
    if not kernel.double or kernel.is_special or formula.free_symbols - {cov12, var1, var2}:
        return kernel
    try:
        if not _is_difference_of_infinities(kernel.expression):
            return kernel
    except (ArithmeticError, ValueError):  # a function without a rule
        return kernel
    far = exp_sum(*(part for term in _terms(formula) for part in term))
    return replace(kernel, expression=where_finite(kernel.expression, far), notes=(*kernel.notes, NOTE))


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
