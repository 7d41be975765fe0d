"""The table of rewrites: each a named row that turns an expression into an equal one that cancels less.

Order is the order of the tuple.  Every row is tested by round trip (its result, expanded, equals its input) and by
sampling.  A plug-in point: add a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import sympy
from sympy import Add, Expr, Mul, Pow

from symkern.codegen import exponentials as ex
from symkern.codegen.arcs import series_of_angles
from symkern.codegen.functions import PRIMITIVES, exp_Density2, exp_Phi, exp_Phi2
from symkern.codegen.moduli import moduli
from symkern.codegen.normals import joint_normals
from symkern.codegen.orthants import orthant_moments
from symkern.codegen.polynomials import is_polynomial, stable
from symkern.symbols import cov12, var1, var2

COVARIANCE = {cov12, var1, var2}


@dataclass(frozen=True)
class Rewrite:
    """A named row: what it does, in one line, and how."""

    name: str
    what: str
    apply: Callable[[Expr], Expr]


def pair_exponentials(e: Expr) -> Expr:
    """Combine exponents, then pair those that differ by the sign of ``cov12``; factors common to all stay in front."""
    if not e.has(sympy.exp, sympy.sinh, sympy.cosh) or not _has_rational_exponents(e):
        return e
    front, rest = _common_front(e)
    content, paired = ex.pair(ex.collect(rest)).primitive()
    return front * content * paired


def _has_rational_exponents(e: Expr) -> bool:
    """Whether every exponent is a rational function of the covariance, beside no normal distribution function."""
    exponents = [n.args[0] for n in e.atoms(sympy.exp, sympy.sinh, sympy.cosh)]
    rational = all(z.is_rational_function(*COVARIANCE) for z in exponents)
    return rational and not e.has(exp_Phi, exp_Phi2, exp_Density2)


def _common_front(e: Expr) -> tuple[Expr, Expr]:
    """Factors without exponentials, and the rest."""
    factors = Mul.make_args(e)
    has = [f for f in factors if f.has(sympy.exp, sympy.sinh, sympy.cosh)]
    return Mul(*(f for f in factors if f not in has)), Mul(*has)


def split_means(e: Expr) -> Expr:
    """Split off the product of the means, where that removes cancellation; each factor of a product on its own."""
    if not _has_rational_exponents(e):
        return e
    factors = Mul.make_args(e)
    after = [ex.split(f) if isinstance(f, Add) else f for f in factors]
    return Mul(*after) if after != list(factors) else e


def single_differences(e: Expr) -> Expr:
    """``1 − e^z → −expm1(z)``."""
    return e.replace(lambda n: isinstance(n, Add) and n.has(sympy.exp), ex.difference_to_expm1)


@lru_cache(maxsize=65536)
def positive_sums(e: Expr) -> Expr:
    """Every polynomial in the covariance as a positive sum with the gap, or collected and factored."""
    if is_polynomial(e):
        return stable(e) if isinstance(e, (Add, Mul, Pow)) else e
    if isinstance(e, Mul):
        numerator = Mul(*(f for f in e.args if is_polynomial(f)))
        others = [positive_sums(f) for f in e.args if not is_polynomial(f)]
        return Mul(stable(numerator) if numerator.free_symbols & COVARIANCE else numerator, *others)
    if isinstance(e, (Add, Pow, *PRIMITIVES)) or e.is_Function:
        return e.func(*(positive_sums(a) for a in e.args))
    return e


REWRITES: tuple[Rewrite, ...] = (
    Rewrite("joint_normals", "exp(F) Phi2(h, k, r) as one primitive, r as the pair c, s", joint_normals),
    Rewrite("orthant_moments", "Orthant(c) - Orthant(-c) as one primitive, v1 v2 - c^2 beside it", orthant_moments),
    Rewrite("paired_exponentials", "p e^{E+U} + q e^{E-U} as exp(E) cosh(U) and exp(E) sinh(U)", pair_exponentials),
    Rewrite("means_split_off", "K = K(cov12=0) + (K - K(0)); K(0) is a product of means", split_means),
    Rewrite("expm1_difference", "1 - e^z as -expm1(z)", single_differences),
    Rewrite(
        "series_of_angles", "R atan2(y, x) + S near rho = -1: its series, what cancels divided out", series_of_angles
    ),
    Rewrite("positive_sums", "v1 v2 - c^2 as the gap; what still differs in sign, factored", positive_sums),
    Rewrite("moduli", "the polynomial |D|^2 beside the angle of D as a sum of two squares", moduli),
)


def stabilise(e: Expr) -> tuple[Expr, tuple[str, ...]]:
    """The rewritten expression and the names of the rewrites that changed it."""
    used: list[str] = []
    for rewrite in REWRITES:
        after = rewrite.apply(e)
        if after != e:
            used.append(rewrite.name)
            e = after
    return e, tuple(used)


__all__ = ["REWRITES", "Rewrite", "stabilise"]
