"""What can be read off an activation's formula: is it smooth, is it odd or even, how short are its features."""

from __future__ import annotations

from functools import lru_cache
from math import inf, sqrt

import sympy
from sympy import Expr, Pow

from symkern.oracle.value import OracleError
from symkern.symbols import x

#: Functions that are real-analytic on the whole real line.
SMOOTH = (sympy.exp, sympy.sin, sympy.cos, sympy.sinh, sympy.cosh, sympy.tanh, sympy.sech, sympy.erf, sympy.erfc,
          sympy.atan, sympy.asinh)  # fmt: skip


def require_smooth(formula: Expr) -> None:
    """Refuse a formula that is not a real-analytic function of ``x`` alone.

    Raises:
        OracleError: names the offending part; kinks and jumps need breakpoints, which a later version will set.
    """
    if free := formula.free_symbols - {x}:
        names = ", ".join(sorted(map(str, free)))
        raise OracleError(f"the oracle needs numbers for {names}: substitute the parameters first")
    for part in sympy.preorder_traversal(formula):
        if not part.has(x) or part == x or isinstance(part, (sympy.Add, sympy.Mul, *SMOOTH)):
            continue
        if isinstance(part, Pow):
            base, power = part.as_base_exp()
            if base.is_positive or (power.is_Integer and (power > 0 or base.is_negative)):
                continue
        elif isinstance(part, sympy.log) and part.args[0].is_positive:
            continue
        raise OracleError(f"{part} is not smooth (or not known to be): the oracle has no rule for its breakpoints yet")


@lru_cache(maxsize=256)
def parity(formula: Expr) -> int:
    """1 for an even, -1 for an odd formula, 0 for neither or not known."""
    mirrored = formula.subs(x, -x)
    return next((sign for sign in (1, -1) if sympy.expand(mirrored - sign * formula) == 0), 0)


@lru_cache(maxsize=256)
def feature_length(formula: Expr) -> float:
    """A length in ``x`` over which the formula can turn: no first guess of a step is longer.

    A rule that compares coarse sums with each other cannot see a feature that falls between all their nodes (a bump of
    width 0.1 under a Gaussian of width 100), so the search for a step starts here.
    """
    return min((_turn(part) for part in sympy.preorder_traversal(formula) if part.has(x)), default=inf)


def _turn(part: Expr) -> float:
    """The shortest length over which one function of a formula turns, at the places where its argument is special."""
    if isinstance(part, Pow) and part.exp.is_Integer:
        return _pole_distance(part.base) if part.exp < 0 else inf
    if not isinstance(part, (sympy.Function, Pow)):
        return inf
    inner = part.exp * sympy.log(part.base) if isinstance(part, Pow) and not part.exp.is_number else part.args[0]
    slope, bend = inner.diff(x), inner.diff(x, 2)
    exponential = isinstance(part, (sympy.exp, sympy.sinh, sympy.cosh, Pow))
    lengths = [inf]
    for place in {0.0, *_roots(inner), *_roots(slope)}:
        first, second = (complex(e.subs(x, place).evalf(15)).real for e in (slope, bend))
        if exponential:  # e^{bx} and e^{+b x^2} have no feature, e^{-b x^2} has one
            second, first = min(0.0, second), 0.0
        lengths += [1 / sqrt(abs(second))] if second else []
        lengths += [1 / abs(first)] if first else []
    return min(lengths)


def _roots(expression: Expr) -> list[float]:
    """The real parts of a polynomial's roots; none for anything else."""
    if not expression.is_polynomial(x) or not expression.has(x):
        return []
    return [float(sympy.re(r)) for r in sympy.Poly(expression, x).nroots(n=15, maxsteps=200)]


def _pole_distance(base: Expr) -> float:
    """How far the zeros of a polynomial stay off the real axis."""
    if not base.is_polynomial(x) or not base.has(x):
        return inf
    return min((abs(float(sympy.im(r))) or inf for r in sympy.Poly(base, x).nroots(n=15, maxsteps=200)), default=inf)


__all__ = ["SMOOTH", "feature_length", "parity", "require_smooth"]
