"""Formulas that are finite sums of ``w x**k exp(a x**2 + b x)`` with real numbers: the Gaussian's own moments."""

from __future__ import annotations

from functools import lru_cache

import sympy
from sympy import Add, Expr, Mul

from symkern.oracle.pieces import Pieces
from symkern.symbols import x

Tilt = tuple[Expr, Expr]
"""``a`` and ``b`` of ``exp(a x**2 + b x)``."""
Terms = dict[Tilt, dict[int, Expr]]
"""Weights by tilt and power."""
MOST = 64
"""Higher powers, or more terms, are not such a sum."""


@lru_cache(maxsize=512)
def terms_of(formula: Expr) -> Terms | None:
    """The sum's weights; None where the formula is no such sum, or a long one."""
    found: Terms = {}
    terms = Add.make_args(sympy.expand(formula.rewrite((sympy.sinh, sympy.cosh), sympy.exp)))
    if len(terms) > MOST:
        return None
    for term in terms:
        weight, rest = term.as_independent(x, as_Add=False)
        shape = _shape(rest)
        if shape is None:
            return None
        power, (a, b, c) = shape
        if power > MOST or not all(number.is_real for number in (weight, a, b, c)):
            return None
        weights = found.setdefault((a, b), {})
        weights[power] = weights.get(power, sympy.Integer(0)) + weight * sympy.exp(c)
    return found


@lru_cache(maxsize=128)
def closed_terms(pieces: Pieces) -> tuple[Terms, ...] | None:
    """Of every piece; None where one is no such sum."""
    found = [{} if formula.is_zero else terms_of(formula) for formula in pieces.formulas]
    terms = tuple(piece for piece in found if piece is not None)
    return terms if len(terms) == len(found) else None


def _shape(product: Expr) -> tuple[int, tuple[Expr, Expr, Expr]] | None:
    """Of ``x**k exp(a x**2 + b x + c)``: ``k`` and ``(a, b, c)``."""
    power, exponent = 0, sympy.Integer(0)
    for factor in Mul.make_args(product):
        base, e = factor.as_base_exp()
        if base == x and e.is_Integer and e > 0:
            power += int(e)
        elif base.is_positive and not base.has(x):
            exponent += e * sympy.log(base)
        else:
            return None
    exponent = sympy.expand(exponent)
    if not exponent.is_polynomial(x) or sympy.degree(exponent, x) > 2:
        return None
    a, b, c = (exponent.coeff(x, k) for k in (2, 1, 0))
    return power, (a, b, c)


__all__ = ["Terms", "Tilt", "closed_terms", "terms_of"]
