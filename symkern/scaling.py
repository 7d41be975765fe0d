"""Parameters that only scale an activation: ``f(x; p) = p^k g(p^j x)`` has the kernel of ``g`` at scaled variances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import sympy
from mpmath import mp, mpf, workdps
from sympy import Expr, Pow, Rational, S, Symbol

from symkern.activation import Activation, Parameter
from symkern.symbols import x

INNER, OUTER = (0, 1, -1), (0, 1, -1, 2, -2)
PLACES = ("0.37", "-1.3", "2.9", "-0.08")
VALUES = ("1.7", "0.6", "-1.4")


@dataclass(frozen=True)
class Scaled:
    """An activation as ``outer g(inner x)``; its other parameters are built in at their defaults.

    Attributes:
        activation: with the parameters that scale it.
        g: in ``x`` alone.
        inner, outer: in the parameters.
    """

    activation: Activation
    g: Expr
    inner: Expr
    outer: Expr


def scaled(activation: Activation) -> Scaled:
    """The activation with every parameter split off that only scales it."""
    f, g = activation.expression, activation.expression
    kept: list[Parameter] = []
    inner, outer = S.One, S.One
    for p in activation.parameters:
        powers = _powers(g, p)
        if powers is None:
            value = Rational(repr(p.default))
            f, g = f.subs(p.symbol, value), g.subs(p.symbol, value)
        else:
            kept.append(p)
            g = g.subs(p.symbol, 1)
            inner, outer = inner * Pow(p.symbol, powers[0]), outer * Pow(p.symbol, powers[1])
    return Scaled(replace(activation, expression=f, parameters=tuple(kept)), g, inner, outer)


def _powers(f: Expr, p: Parameter) -> tuple[int, int] | None:
    """``j`` and ``k`` of ``f(x; p) = p^k f(p^j x; 1)``, found by trial and seen to hold to 25 digits; None where there are none."""
    if p.default == 0:
        return None
    others = sorted(f.free_symbols - {x, p.symbol}, key=str)
    for j, k in product(INNER, OUTER):
        g = Pow(p.symbol, k) * f.subs(p.symbol, 1).subs(x, Pow(p.symbol, j) * x)
        if (j, k) != (0, 0) and _same(f, g, p, others):
            return j, k
    return None


def _same(f: Expr, g: Expr, p: Parameter, others: list[Symbol]) -> bool:
    both = sympy.lambdify([x, p.symbol, *others], [f, g], "mpmath")
    values = [v for v in VALUES if p.sign == "real" or (v[0] == "-") == (p.sign == "negative")]
    with workdps(40):
        given = [mpf(7 + 3 * i) / 8 for i in range(len(others))]
        try:
            pairs = [both(mpf(at), mpf(value), *given) for at in PLACES for value in values]
            return all(abs(a - b) <= mpf(10) ** -25 * (abs(a) + abs(b)) for a, b in pairs) and bool(pairs)
        except (ZeroDivisionError, ValueError, TypeError, OverflowError, mp.NoConvergence):
            return False


__all__ = ["Scaled", "scaled"]
