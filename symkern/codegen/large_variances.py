"""A regime of its own where exponentials overflow against each other: ``exp(x) - 1 - x`` at variances of some hundreds.

There the closed form is a difference of infinities, NaN, though the kernel has a sign and perhaps a value.  ``exp_sum`` takes the
largest exponent out of all terms first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy
from mpmath import mp, mpf
from sympy import Add, Expr, Mul, Rational, S

from symkern.codegen.functions import by_variance, exp_sum
from symkern.codegen.stabilised import Stabilised
from symkern.symbols import cov12, var1, var2

LARGEST = 709
"""The exponential of more overflows in float64."""

MARGIN = 9
LIMITS = tuple(Rational(2**k) for k in range(13, 3, -1))
CORRELATIONS = (1, 0.5, 0, -0.5, -0.97, -1)
OTHERS = (1.0, 1e-8)
"""Variances beside a large one, as parts of it."""

Terms = list[tuple[Expr, Expr]]
"""Exponents and weights."""


def with_large_variances(kernel: Stabilised, formula: Expr) -> Stabilised:
    """The kernel with the regime where it needs one; ``formula`` is the kernel before it was rewritten."""
    if not kernel.double or kernel.is_special or formula.free_symbols - {cov12, var1, var2}:
        return kernel
    terms = _terms(formula)
    try:
        if not any(_is_difference_of_infinities(terms, *place) for place in _places(mpf(10) ** 4)):
            return kernel
        limit = next((v for v in LIMITS if _top(terms, mpf(int(v))) < LARGEST - MARGIN), None)
    except (ArithmeticError, TypeError, ValueError):
        return kernel
    if limit is None:
        return kernel
    far = exp_sum(*(part for term in terms for part in term))
    note = f"a variance of {limit} or more: the largest exponential is taken out of the sum, which would overflow"
    return replace(
        kernel, expression=by_variance(limit, var1, var2, kernel.expression, far), notes=(*kernel.notes, note)
    )


def _terms(formula: Expr) -> Terms:
    """The sum's exponents, each with its weight."""
    found: dict[Expr, Expr] = {}
    for term in Add.make_args(sympy.expand(formula.rewrite([sympy.sinh, sympy.cosh], sympy.exp))):
        factors = Mul.make_args(term)
        exponent = Add(*(f.args[0] for f in factors if isinstance(f, sympy.exp)))
        weight = Mul(*(f for f in factors if not isinstance(f, sympy.exp)))
        found[exponent] = found.get(exponent, S.Zero) + weight
    return sorted(found.items(), key=lambda item: item[0].sort_key())


def _places(v: mpf) -> Iterable[tuple[mpf, mpf, mpf]]:
    for part in OTHERS:
        for correlation in CORRELATIONS:
            yield correlation * v * mp.sqrt(part), v, v * part
            yield correlation * v * mp.sqrt(part), v * part, v


def _is_difference_of_infinities(terms: Terms, c: mpf, v: mpf, w: mpf) -> bool:
    signs = {_at(weight, c, v, w) > 0 for e, weight in terms if _at(e, c, v, w) > LARGEST and _at(weight, c, v, w)}
    return len(signs) == 2


def _top(terms: Terms, v: mpf) -> mpf:
    """The largest exponent with variances up to this one."""
    return max(_at(e, *place) for e, _ in terms for place in _places(v))


def _at(e: Expr, c: mpf, v: mpf, w: mpf) -> mpf:
    return mp.mpmathify(sympy.lambdify((cov12, var1, var2), e, "mpmath")(c, v, w))


__all__ = ["with_large_variances"]
