"""Activations in a form that floats can take: no overflow on the way, no digits lost, derivatives finite."""

from __future__ import annotations

import sympy
from sympy import Add, Expr, Mul, Pow, S, Wild

from symkern.codegen.activation_functions import log_cosh, sech, sigmoid, sinc, softplus

_U = Wild("u")


def written_stably(e: Expr) -> Expr:
    """The same with logarithms and reciprocals of ``1 + exp(u)`` and ``cosh(u)``, and ``sin(u)/u``, as functions of their own."""
    e = e.replace(lambda n: isinstance(n, sympy.log), _logarithm)
    e = e.replace(lambda n: isinstance(n, Pow) and n.exp.is_Integer and n.exp < 0, _reciprocal)
    return e.replace(lambda n: isinstance(n, Mul), _quotient)


def _exponent(total: Expr) -> Expr | None:
    """``u`` of ``1 + exp(u)``."""
    found = total.match(1 + sympy.exp(_U)) if isinstance(total, Add) and len(total.args) == 2 else None
    return found[_U] if found and S.One in total.args else None


def _logarithm(logarithm: Expr) -> Expr:
    inside = logarithm.args[0]
    if isinstance(inside, sympy.cosh):
        return log_cosh(inside.args[0])
    u = _exponent(inside)
    return logarithm if u is None else softplus(u)


def _reciprocal(power: Expr) -> Expr:
    base, times = power.args[0], -power.args[1]
    if isinstance(base, sympy.cosh):
        return sech(base.args[0]) ** times
    u = _exponent(base)
    return power if u is None else sigmoid(-u) ** times


def _quotient(product: Expr) -> Expr:
    """``exp(-u) sigmoid(u)`` is ``sigmoid(-u)``; a sine beside the reciprocal of a multiple of its argument is a ``sinc``."""
    factors = list(product.args)
    for wave in [f for f in factors if isinstance(f, sympy.sin)]:
        u = wave.args[0]
        letters = [s for s in u.free_symbols if s.name == "x"]
        rest = Mul(*(f for f in factors if f is not wave))
        if letters and not (u / letters[0]).has(letters[0]) and 1 / letters[0] in factors:
            return rest * letters[0] * (u / letters[0]) * sinc(u)
    for growth in [f for f in factors if isinstance(f, sympy.exp)]:
        step = sigmoid(-growth.args[0])
        if step in factors:
            factors.remove(growth)
            factors.remove(step)
            return Mul(*factors, sigmoid(growth.args[0]))
    return product


__all__ = ["written_stably"]
