"""Kernels with real powers: orthant moments with the gap, those of opposite correlations together.

``N(c) − N(−c)`` is an odd function of ``cov12`` and one primitive, for at small correlation nothing would be left.
"""

from __future__ import annotations

import sympy
from sympy import Add, Expr, Mul, S

from symkern.codegen.functions import orthant, orthant_difference
from symkern.functions import Orthant


def orthant_moments(e: Expr) -> Expr:
    """``Orthant(p, q, c, v, w)`` as ``orthant(p, q, c, v, w, v w − c²)``; equal ones are gathered, opposite ones paired."""
    if not e.has(Orthant):
        return e
    weights: dict[tuple[Expr, ...], list[Expr]] = {}
    for term in Add.make_args(sympy.expand_mul(e, deep=False)):
        moment, weight = _split(term)
        p, q, c, v, w = moment.args
        turned = c.could_extract_minus_sign()
        pair = weights.setdefault((p, q, -c if turned else c, v, w), [S.Zero, S.Zero])
        pair[turned] += weight
    return sympy.factor_terms(Add(*(_joint(key, *pair) for key, pair in weights.items())))


def _split(term: Expr) -> tuple[Orthant, Expr]:
    """The moment and its weight: by construction every term has one."""
    moment = next(f for f in Mul.make_args(term) if isinstance(f, Orthant))
    return moment, term / moment


def _joint(key: tuple[Expr, ...], straight: Expr, across: Expr) -> Expr:
    p, q, c, v, w = key
    gap = sympy.factor(v * w - c**2)
    if sympy.expand(straight + across) == 0:
        return straight * orthant_difference(p, q, c, v, w, gap)
    return straight * orthant(p, q, c, v, w, gap) + across * orthant(p, q, -c, v, w, gap)


__all__ = ["orthant_moments"]
