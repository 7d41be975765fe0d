"""An activation as a fast mpmath function at whatever precision is current."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import mpmath
import sympy
from mpmath import mp, mpf, workprec
from sympy import Expr, Pow, Symbol

from symkern.oracle.removable import spherical
from symkern.symbols import x

Function = Callable[[Any], Any]
EXPONENTIAL = (sympy.exp, sympy.sinh, sympy.cosh)
#: Beyond 2**HUGE an exponential takes memory without bound, and so does the phase of a sine.
HUGE = 900


class Rising(sympy.Function):  # type: ignore[misc]
    """``1 + erf(u)``, which SymPy's ``erfc(-u)`` would become again: nothing cancels where ``u`` is far below 0."""


def _guarded(function: Function, above: mpf, below: mpf) -> Function:
    """The function with its limits where its argument is huge: ``exp(-exp(x))`` is asked for ``x = 2**37``."""

    def guarded(z: Any) -> Any:
        if mpmath.isinf(z) or mpmath.mag(z) > HUGE:
            return above if z > 0 else below
        return function(z)

    return guarded


def rising(u: Any) -> Any:
    """``1 + erf(u)``."""
    return mpmath.erfc(-u)


OWN: dict[str, Any] = {"Rising": rising, "Spherical": spherical}
GUARDED = {
    **OWN,
    "Rising": _guarded(rising, mpf(2), mpf(0)),
    "exp": _guarded(mpmath.exp, mpmath.inf, mpf(0)),
    "sinh": _guarded(mpmath.sinh, mpmath.inf, -mpmath.inf),
    "cosh": _guarded(mpmath.cosh, mpmath.inf, mpmath.inf),
    "sech": _guarded(mpmath.sech, mpf(0), mpf(0)),
    "tanh": _guarded(mpmath.tanh, mpf(1), mpf(-1)),
    "erf": _guarded(mpmath.erf, mpf(1), mpf(-1)),
    "erfc": _guarded(mpmath.erfc, mpf(0), mpf(2)),
    "sin": _guarded(mpmath.sin, mpmath.nan, mpmath.nan),
    "cos": _guarded(mpmath.cos, mpmath.nan, mpmath.nan),
}


def evaluator(formula: Expr) -> Function:
    """``f`` for mpf arguments, with its constants rounded once, at the precision that is current *now*."""
    compiled, constants = _compile(formula)
    return partial(compiled, tuple(constant_value(c) for c in constants))


@lru_cache(maxsize=256)
def _compile(formula: Expr) -> tuple[Callable[..., Any], tuple[Expr, ...]]:
    body, names, constants = hoisted(formula)
    nested = any(part.args[0].has(*EXPONENTIAL) for part in formula.atoms(sympy.Function))
    modules = [GUARDED if nested else OWN, "mpmath"]
    return sympy.lambdify([names, x], body, modules=modules, cse=True), constants


def hoisted(formula: Expr, *, roots: bool = True) -> tuple[Expr, tuple[Symbol, ...], tuple[Expr, ...]]:
    """The formula with every non-integer constant as an argument, else each call would round it again.

    Args:
        formula: ``f``.
        roots: leave rational exponents in place.

    Returns:
        The formula, the arguments' names, and the constants.
    """
    constants: dict[Expr, Symbol] = {}

    def hoist(part: Expr) -> Expr:
        if not part.has(x):
            name = Symbol(f"constant{len(constants)}", real=True)
            return part if part.is_Integer else constants.setdefault(part, name)
        if not part.args:
            return part
        if isinstance(part, Pow) and (part.exp.is_Rational if roots else part.exp.is_Integer):
            return Pow(hoist(part.base), part.exp)
        if isinstance(part, sympy.Add) and (better := _risen(part)) is not None:
            return hoist(better)
        return part.func(*map(hoist, part.args))

    body = hoist(formula)
    return body, tuple(constants.values()), tuple(constants)


def _risen(total: Expr) -> Expr | None:
    """The sum with ``c + c erf(u)`` as a tail; None where it has no such terms."""
    number, _ = total.as_independent(x, as_Add=True)
    for term in total.args:
        factor, rest = term.as_independent(x, as_Add=False)
        if isinstance(rest, sympy.erf) and factor in (number, -number):
            u = rest.args[0] if factor == number else -rest.args[0]
            return total - number - term + number * Rising(u)
    return None


def constant_value(constant: Expr) -> mpf:
    """A constant at the working precision; a SymPy Float counts as the binary number it holds."""
    if constant.is_Rational:
        return mpf(constant.p) / constant.q
    return _constant_value(constant, mp.prec)


@lru_cache(maxsize=1024)
def _constant_value(constant: Expr, prec: int) -> mpf:
    with workprec(prec):
        return +mpmath.mpmathify(sympy.lambdify([], constant, modules="mpmath")())


@dataclass(frozen=True)
class Arithmetic:
    """What an integrand is computed in.

    Attributes:
        evaluator: makes ``f`` of a formula.
        exp: the exponential.
        number: of an mpf that is right to a few units in its last place.
        exact: of an mpf that is what it is, a place where a panel ends.
        total: the sum.
        middle: back to an mpf.
        size: its magnitude, at least.
    """

    evaluator: Callable[[Expr], Function]
    exp: Function
    number: Callable[[mpf], Any]
    exact: Callable[[mpf], Any]
    total: Callable[[Iterable[Any]], Any]
    middle: Callable[[Any], mpf]
    size: Function


MPMATH = Arithmetic(evaluator, mpmath.exp, mpf, mpf, mpmath.fsum, mpf, abs)


__all__ = ["MPMATH", "Arithmetic", "Function", "constant_value", "evaluator", "hoisted"]
