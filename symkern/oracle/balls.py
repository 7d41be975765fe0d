"""Integrands in ball arithmetic: an order of magnitude faster than mpmath, for the searches that come before a sum.

They only choose nodes; every value is a sum in mpmath.  Arb has most functions, exponents without bound, and balls that tell
where rounding leaves nothing: there more bits are tried, and mpmath in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Protocol

import sympy
from flint import arb
from mpmath import mp, workprec
from sympy import Expr

from symkern.oracle.formula import SMOOTH
from symkern.oracle.integrand import MPMATH, Arithmetic, Function, constant_value, hoisted
from symkern.oracle.magnitudes import Magnitudes, Rows
from symkern.symbols import x

RAISED = (1, 3)
"""Multiples of mpmath's precision that are tried."""

FUNCTIONS = {function.__name__: getattr(arb, function.__name__) for function in (*SMOOTH, sympy.log)}


class Integrable(Protocol):
    """What has an integrand in any arithmetic."""

    @property
    def formula(self) -> Expr:
        """The activation."""

    def integrand(self, arithmetic: Arithmetic = MPMATH) -> Rows:
        """The integrand at mpmath's current precision."""


def ball_evaluator(formula: Expr) -> Function:
    """``f`` for balls, with its constants rounded once, at mpmath's current precision."""
    compiled, constants = _compile(formula)
    return partial(compiled, tuple(arb(constant_value(c)) for c in constants))


@lru_cache(maxsize=256)
def _compile(formula: Expr) -> tuple[Callable[..., Any], tuple[Expr, ...]]:
    body, names, constants = hoisted(formula, roots=False)
    return sympy.lambdify([names, x], body, modules=FUNCTIONS, cse=True), constants


BALLS = Arithmetic(ball_evaluator, arb.exp, arb)


def ball_rows(problem: Integrable) -> tuple[tuple[int, Rows], ...]:
    """The integrand at rising precisions in bits."""
    found = []
    for factor in RAISED:
        with workprec(factor * mp.prec):
            found.append((int(mp.prec), problem.integrand(BALLS)))
    return tuple(found)


def magnitudes(problem: Integrable) -> Magnitudes:
    """How large the integrand is, at mpmath's current precision or better."""
    return Magnitudes(problem.integrand(), ball_rows(problem))


__all__ = ["BALLS", "Integrable", "ball_evaluator", "ball_rows", "magnitudes"]
