"""Polynomials in the covariance, written so that they do not cancel: positive sums, the gap, factors.

``v1 v2 − c²`` is non-negative on the domain, so a negative ``c²`` beside a positive ``v1 v2`` is moved into the gap
``g``: ``(1 + 2 v1)(1 + 2 v2) − 4 c² = 1 + 2 v1 + 2 v2 + 4 g``.  Where signs still differ, the polynomial is collected in
``cov12`` and its coefficients are factored: by Mehler's formula they are products of a polynomial in ``var1`` and one
in ``var2``, which are accurate each near its own zeros.
"""

from __future__ import annotations

from functools import lru_cache

import sympy
from sympy import Add, Expr, Mul, Poly, Pow, S

from symkern.codegen.functions import GAP
from symkern.codegen.signs import Sign, sign
from symkern.fractions import COVARIANCE, factor_list
from symkern.symbols import cov12, var1, var2

Monomials = dict[tuple[int, int, int, int], Expr]
"""(power of cov12, var1, var2, gap) → coefficient."""


@lru_cache(maxsize=65536)
def is_polynomial(e: Expr) -> bool:
    """Whether ``e`` is a polynomial in the covariance that depends on it."""
    return bool(e.free_symbols & set(COVARIANCE)) and bool(e.is_polynomial(*COVARIANCE))


@lru_cache(maxsize=4096)
def stable(e: Expr) -> Expr:
    """``e``, a polynomial in the covariance, as a product of factors that cancel as little as possible."""
    constant, factors = factor_list(e, *COVARIANCE)
    product = constant
    for base, n in factors:
        stabilised = _stable_factor(base)
        if sign(stabilised) in (Sign.MINUS, Sign.MINUS_COV) or _mostly_negative(stabilised):
            product, stabilised = product * (-1) ** n, -stabilised
        product *= stabilised**n
    return product


def _mostly_negative(e: Expr) -> bool:
    terms = Add.make_args(e)
    return sum(bool(t.could_extract_minus_sign()) for t in terms) * 2 > len(terms)


def _stable_factor(e: Expr) -> Expr:
    if e.is_Symbol:
        return e
    positive = _with_gap(e)
    if sign(positive) is not Sign.UNKNOWN:
        return positive
    if cov12 not in positive.free_symbols:
        return positive  # the gap has taken up all of the correlation: what still differs in sign are parameters
    collected = _collected(e)
    return collected if _spread(collected) <= _spread(positive) else positive


def _spread(e: Expr) -> int:
    """How many terms take part in sums that may cancel."""
    return sum(len(a.args) for a in sympy.preorder_traversal(e) if isinstance(a, Add) and sign(a) is Sign.UNKNOWN)


def _with_gap(e: Expr) -> Expr:
    """``e`` with as much of its negative part as possible moved into the gap."""
    poly = Poly(e, *COVARIANCE)
    monomials: Monomials = {(i, j, k, 0): c for (i, j, k), c in poly.terms()}
    upright = _sum(_moved(monomials))
    turned = -_sum(_moved({m: -c for m, c in monomials.items()}))
    return min((upright, turned), key=lambda p: (sign(p) is Sign.UNKNOWN, cov12 in p.free_symbols, _spread(p)))


def _moved(monomials: Monomials) -> Monomials:
    """``a·v1 v2·m − b·c²·m`` → ``min(a, b)·g·m + rest``, from the highest power of ``c`` down."""
    work = dict(monomials)
    for key in sorted(monomials, reverse=True):
        i, j, k, n = key
        while i >= 2 and _is_negative(work.get(key, S.Zero)):
            partner = (i - 2, j + 1, k + 1, n)
            shared = _overlap(-work[key], work.get(partner, S.Zero))
            if shared is None:
                break
            for changed, amount in ((key, shared), (partner, -shared), ((i - 2, j, k, n + 1), shared)):
                work[changed] = sympy.expand(work.get(changed, S.Zero) + amount)
    return {m: c for m, c in work.items() if c != 0}


def _is_negative(coefficient: Expr) -> bool:
    return sign(coefficient) is Sign.MINUS and coefficient != 0


def _overlap(a: Expr, b: Expr) -> Expr | None:
    """The smaller of two positive coefficients, where that can be told."""
    if b == 0 or sign(b) is not Sign.PLUS:
        return None
    ratio = sympy.cancel(a / b)
    if not ratio.is_positive or not ratio.is_number:
        return None
    return a if ratio <= 1 else b


def _sum(monomials: Monomials) -> Expr:
    return Add(*(c * cov12**i * var1**j * var2**k * GAP**n for (i, j, k, n), c in monomials.items()))


def _collected(e: Expr) -> Expr:
    """``Σ c^n · (factored coefficient)``."""
    in_cov = Poly(e, cov12)
    return Add(*(_factored(coefficient) * cov12**n for (n,), coefficient in in_cov.terms()))


def _factored(coefficient: Expr) -> Expr:
    if not coefficient.free_symbols & {var1, var2}:
        return coefficient
    constant, factors = factor_list(coefficient, var1, var2)
    return Mul(constant, *(Pow(base, n) for base, n in factors))
