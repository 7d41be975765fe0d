"""Which arithmetic an expression needs: plain floats or double words, by a forward error analysis.

Plain floats do where no sum can cancel, exponents are small, and the roundings add up to little.  Everything else is
computed in double words (twice the precision) and rounded once.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Rational, lambdify

from symkern.codegen.functions import GAP, PRIMITIVES
from symkern.codegen.signs import cancels
from symkern.symbols import cov12, var1, var2

PLAIN_BUDGET = 5.0
"""Largest plain error bound, in units of half an ulp (2**-24 or 2**-53), that is left in plain floats."""

SMALL_EXPONENT = 2.0
"""An exponent at most this large passes its own rounding error on to the exponential without amplifying it much."""

EXP_ERROR = 3.2
"""Error of ``jnp.exp`` in half ulps, the worst of float32 and float64 measured on the CPU (docs/numerics.md)."""


def needs_double_words(e: Expr) -> bool:
    """Whether ``e`` must be evaluated in double words."""
    if any(cancels(node) for node in sympy.preorder_traversal(e)):
        return True
    return plain_error(e) > PLAIN_BUDGET


@lru_cache(maxsize=4096)
def plain_error(e: Expr) -> float:
    """A bound on the relative error of evaluating ``e`` (whose sums do not cancel) in plain floats, in half ulps."""
    if isinstance(e, Rational):
        return 0.0 if _is_dyadic(e) else 1.0
    if e == GAP:
        return 1.0
    if e.is_Symbol:
        return 0.0
    if e.is_number:
        return 1.0
    if isinstance(e, Add):
        return max(plain_error(a) for a in e.args) + len(e.args) - 1
    if isinstance(e, Mul):
        exact = [a for a in e.args if isinstance(a, Rational) and _is_power_of_two(a)]
        return sum(plain_error(a) for a in e.args) + len(e.args) - len(exact) - 1
    if isinstance(e, Pow):
        return _power_error(*e.args)
    if isinstance(e, sympy.exp) and largest(e.args[0]) <= SMALL_EXPONENT:
        return EXP_ERROR + largest(e.args[0]) * plain_error(e.args[0])
    if isinstance(e, (sympy.sin, sympy.cos)) and not e.free_symbols & {cov12, var1, var2}:
        return EXP_ERROR
    return float("inf")


def _power_error(base: Expr, exponent: Expr) -> float:
    inner = plain_error(base) * abs(float(exponent)) if exponent.is_number else float("inf")
    whole, half = divmod(abs(exponent), 1) if exponent.is_number else (Integer(0), Integer(0))
    steps = max(int(whole).bit_length() + int(whole).bit_count() - 2, 0)
    roots = 0 if half == 0 else (1 if half == sympy.S.Half else 2)
    joined = 1 if whole and roots else 0
    return inner + steps + roots + joined + (1 if exponent.is_negative else 0)


def _is_dyadic(r: Rational) -> bool:
    return int(r.q).bit_count() == 1 and abs(int(r.p)).bit_length() <= 24


def _is_power_of_two(r: Rational) -> bool:
    return int(r.q).bit_count() == 1 and abs(int(r.p)).bit_count() == 1


@lru_cache(maxsize=1024)
def largest(e: Expr) -> float:
    """The largest absolute value of ``e`` on a sample of the domain; infinite where a parameter takes part."""
    if e.free_symbols - {cov12, var1, var2, GAP} or e.has(*PRIMITIVES):
        return float("inf")
    function = lambdify((cov12, var1, var2, GAP), e, "math")
    variances = [0.0, *(10.0**k for k in range(-8, 5)), 0.3, 3.0]
    correlations = [0.0, *(s * r for r in (0.01, 0.5, 0.9, 0.999, 1 - 1e-6, 1.0) for s in (1, -1))]
    worst = 0.0
    for v1, v2, rho in itertools.product(variances, variances, correlations):
        c = rho * (v1 * v2) ** 0.5
        try:
            worst = max(worst, abs(function(c, v1, v2, v1 * v2 * (1 - rho) * (1 + rho))))
        except (ZeroDivisionError, OverflowError):
            return float("inf")
    return worst
