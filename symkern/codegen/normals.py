"""Kernels with normal distribution functions: each with its exponential and an accurate correlation.

``e^F Phi2(h, k, r)`` is one primitive, for at large variance the factors overflow and underflow against each other; and the
correlation goes in as ``r = c/sqrt(c² + s²)`` with ``s`` from the gap, for ``1 − r²`` loses its digits near ``ρ = ±1``.
"""

from __future__ import annotations

from functools import lru_cache

import sympy
from sympy import Add, Expr, Mul, S

from symkern.codegen.functions import exp_Density2, exp_Phi, exp_Phi2
from symkern.codegen.roots import Roots
from symkern.fractions import factored
from symkern.functions import Density2, Phi, Phi2


def joint_normals(e: Expr) -> Expr:
    """``w exp(F) Phi(h)`` as ``w exp_Phi(F, h)``, likewise ``Phi2``; terms with one such factor are gathered."""
    if not e.has(Phi, Phi2, Density2):
        return e
    gathered: dict[Expr, Expr] = {}
    rest = S.Zero
    for term in Add.make_args(sympy.expand_mul(e, deep=False)):
        found = _split(term)
        if found is None:
            rest += term
        else:
            weight, factor = found
            gathered[factor] = gathered.get(factor, S.Zero) + weight
    ordered = sorted(gathered, key=sympy.default_sort_key)
    return Add(rest, *(_factored(gathered[f]) * f for f in ordered))


@lru_cache(maxsize=4096)
def _factored(weight: Expr) -> Expr:
    product = factored(weight)
    return sympy.factor_terms(product) if isinstance(product.as_coeff_Mul()[1], Add) else product


def _split(term: Expr) -> tuple[Expr, Expr] | None:
    """The weight and the primitive."""
    exponent, weight, normal = S.Zero, S.One, None
    for factor in Mul.make_args(term):
        if isinstance(factor, sympy.exp):
            exponent += factor.args[0]
        elif isinstance(factor, (Phi, Phi2, Density2)) and normal is None:
            normal = factor
        else:
            weight *= factor
    if isinstance(normal, Phi):
        exponent, weight = _shared(exponent, normal, weight)
    weight = weight.replace(Phi, lambda h: exp_Phi(S.Zero, h))
    if normal is None:
        return (weight * sympy.exp(exponent), S.One) if weight.has(exp_Phi) else None
    if isinstance(normal, Phi):
        return weight, exp_Phi(exponent, normal.args[0])
    h, k, r = normal.args
    joint = exp_Phi2 if isinstance(normal, Phi2) else exp_Density2
    return weight, joint(exponent, h, k, *correlation(r))


def _shared(exponent: Expr, normal: Phi, weight: Expr) -> tuple[Expr, Expr]:
    """Of a product of two means each has its own part of the exponent: alone the one overflows and the other underflows."""
    for other in (f for f in Mul.make_args(weight) if isinstance(f, Phi)):
        parts = Add.make_args(sympy.expand(exponent))
        own = Add(*(t for t in parts if t.free_symbols <= other.free_symbols - normal.free_symbols and t.free_symbols))
        exponent, weight = exponent - own, weight / other * exp_Phi(own, other.args[0])
    return exponent, weight


@lru_cache(maxsize=4096)
def correlation(r: Expr) -> tuple[Expr, Expr]:
    """``(c, s)`` with ``r = c/sqrt(c² + s²)`` and ``s >= 0``."""
    square = sympy.cancel(sympy.expand(r**2))
    top, bottom = sympy.fraction(square)
    if sympy.Poly(bottom).LC().is_negative:
        top, bottom = -top, -bottom
    roots = Roots()
    cosine = roots.rational(roots.plain(r) * roots.plain(sympy.sqrt(bottom)))
    if cosine is None:
        return r, sympy.sqrt(1 - square)
    return cosine, sympy.sqrt(sympy.expand(bottom - top))


__all__ = ["correlation", "joint_normals"]
