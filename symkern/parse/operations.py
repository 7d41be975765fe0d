"""What each kind of node does, twice: to float64 values at a sample point, and to SymPy expressions."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import sympy as sp

from symkern.parse.functions import Function
from symkern.parse.reader import Node
from symkern.parse.samples import Complex, Value, choose, conjunction, disjunction

Operation = tuple[Callable[..., Any], Callable[..., Any]]
_RELATIONS: dict[str, Operation] = {
    "<": (operator.lt, sp.Lt), "<=": (operator.le, sp.Le), ">": (operator.gt, sp.Gt), ">=": (operator.ge, sp.Ge),
}  # fmt: skip


def total(*terms: float) -> float:
    """The sum; zero where cancellation has left nothing but rounding, so that ``v - v`` never looks negative."""
    result = math.fsum(terms)
    return 0.0 if abs(result) < 1e-13 * math.fsum(map(abs, terms)) else result


def _piecewise(*flat: sp.Basic) -> sp.Basic:
    return sp.Piecewise(*zip(flat[::2], flat[1::2], strict=True))


# These look at all their arguments themselves: one that is complex or unknown may not count.
LAZY = ("cases", "and", "or")
_OPERATIONS: dict[str, Operation] = {
    "sum": (total, sp.Add),
    "product": (lambda *factors: math.prod(factors), sp.Mul),
    "minus": (operator.neg, operator.neg),
    "reciprocal": (lambda value: 1 / value, lambda expr: sp.Pow(expr, -1)),
    "cases": (choose, _piecewise),
    "and": (conjunction, sp.And),
    "or": (disjunction, sp.Or),
    "not": (operator.not_, sp.Not),
}


def operation(node: Node, args: tuple[sp.Basic, ...]) -> Operation:
    """The two functions of ``node``, whose arguments in SymPy are ``args``."""
    if node.function is not None:
        return _on_real_domain(node.function, node.position), node.function.build
    if node.op == "power":
        return _real_power(node.position, whole=isinstance(args[1], sp.Integer)), sp.Pow
    if node.op == "compare":
        numeric, symbolic = zip(*(_RELATIONS[symbol] for symbol in node.symbols), strict=True)
        return _chain(numeric, lambda *links: all(links)), _chain(symbolic, sp.And)
    return _OPERATIONS[node.op]


def _on_real_domain(function: Function, position: int) -> Callable[..., Value]:
    """The function's value, ``Complex`` outside the interval on which it is real (rounding aside)."""
    if not function.reason:
        return function.value
    low, high = function.real_on
    slack = 1e-9 if high == 1 else 0.0
    blame = Complex(position, function.reason, function.mend)

    def value(first: float) -> Value:
        return function.value(first) if low - slack <= first <= high + slack else blame

    return value


def _real_power(position: int, *, whole: bool) -> Callable[[float, float], Value]:
    """A power; of a negative base only if the exponent is a whole number whatever x and the parameters are."""
    blame = Complex(position, "a negative number to a power that is not a whole number", "Abs(...)**p or relu(...)**p")
    return lambda base, exponent: blame if base < 0 and not whole else math.pow(base, exponent)


def _chain(relations: tuple[Callable[..., Any], ...], join: Callable[..., Any]) -> Callable[..., Any]:
    """``0 < x < 1`` as the conjunction it means."""
    return lambda *row: join(*(f(a, b) for f, a, b in zip(relations, row, row[1:], strict=False)))


__all__ = ["LAZY", "operation"]
