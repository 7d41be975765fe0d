"""A tree to SymPy, bottom up, each step bounded before SymPy takes it.

SymPy evaluates as it builds: it multiplies powers out, compares the arguments of ``Max``, takes the sine of a huge
number to a huge precision.  So every part carries its float64 values at the sample points and an estimate of its size,
and a step that would leave the limits is refused instead of taken.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import sympy as sp

from symkern.errors import FormulaError
from symkern.parse import limits
from symkern.parse.functions import Function
from symkern.parse.grammar import Node
from symkern.parse.samples import Column, Complex, Value, choose, evaluate, total

_INFINITE = (sp.zoo, sp.nan, sp.oo, -sp.oo)
_RELATIONS = {"<": (operator.lt, sp.Lt), "<=": (operator.le, sp.Le), ">": (operator.gt, sp.Gt), ">=": (operator.ge, sp.Ge)}


@dataclass(frozen=True, slots=True)
class Built:
    """A part of the formula: its expression, its values at the sample points, and what it may cost SymPy.

    ``size`` bounds the digits of its coefficients if every power were multiplied out; ``choices`` counts the
    alternatives of Max, Min and Piecewise in it, ``nested`` their depth; ``irrational`` is the depth of a constant that
    is no fraction.
    """

    expr: sp.Basic
    column: Column
    constant: bool
    size: int
    choices: int = 0
    nested: int = 0
    irrational: int = 0

    @property
    def rational(self) -> bool:
        return isinstance(self.expr, sp.Rational)


def _digits(number: sp.Rational) -> int:
    return 1 + math.ceil((int(number.p).bit_length() + int(number.q).bit_length()) * math.log10(2))


class Builder:
    """Builds one formula; ``points`` are the values of its names at the sample points."""

    def __init__(self, text: str, points: Mapping[str, tuple[float, ...]]) -> None:
        self.text, self.points = text, points
        self.count = len(next(iter(points.values()), (0.0,)))
        self.irrationals = 0

    def fail(self, message: str, position: int) -> NoReturn:
        raise FormulaError(message, self.text, position)

    def build(self, node: Node) -> Built:
        """``node`` as SymPy and as numbers."""
        if node.leaf is not None:
            return self.leaf(node.leaf)
        args = [self.build(arg) for arg in node.args]
        size = sum(arg.size for arg in args)
        choices, nested = sum(arg.choices for arg in args), max(arg.nested for arg in args)
        match node.op:
            case "sum":
                value, make = total, sp.Add
            case "product":
                value, make = (lambda *factors: math.prod(factors)), sp.Mul
            case "minus":
                value, make = operator.neg, operator.neg
            case "reciprocal":
                value, make = (lambda v: 1 / v), (lambda e: sp.Pow(e, -1))
            case "power":
                size *= self.power_growth(node, *args)
                value, make = self.power(node, args[1]), sp.Pow
            case "call":
                assert node.function is not None
                if node.function.name in ("exp", "exp2"):
                    size *= self.exponential_growth(node, args[0])
                value, make = _guarded(node.function, node.position), node.function.build
                if node.function.choices:
                    choices, nested = choices + len(args), nested + node.function.choices
            case "cases":
                choices, nested = choices + len(args) // 2, nested + 1
                value, make = choose, _piecewise
            case "compare":
                value, make = _chain(node.symbols, 0), _chain(node.symbols, 1)
            case "and":
                value, make = (lambda *row: all(row)), sp.And
            case "or":
                value, make = (lambda *row: any(row)), sp.Or
            case _:
                value, make = operator.not_, sp.Not
        self.bound(node, args, size, choices, nested)
        constant = all(arg.constant for arg in args)
        rows = zip(*(arg.column for arg in args), strict=True)
        if node.op == "cases":
            raw: Column = tuple(choose(*row) for row in rows)
        elif constant:
            raw = (evaluate(value, next(rows)),) * self.count
        else:
            raw = tuple(evaluate(value, row) for row in rows)
        if constant and not node.is_condition:
            self.check_constant(node, raw[0])
        elif not node.is_condition and not any(map(_usable, raw)) and math.inf in raw:
            self.fail("this is too large for a float wherever it was tried", node.position)
        expr = self.make(node, make, args)
        if isinstance(expr, sp.logic.boolalg.Boolean):
            return Built(expr, raw, not expr.free_symbols, size, choices, nested)
        if expr.free_symbols:
            column = tuple(math.nan if isinstance(v, float) and math.isinf(v) else v for v in raw)
            return Built(expr, column, False, size, choices, nested)
        return self.constant(node, args, expr, raw, choices, nested)

    def leaf(self, leaf: sp.Basic) -> Built:
        if isinstance(leaf, sp.Symbol):
            return Built(leaf, self.points[leaf.name], False, 1)
        if isinstance(leaf, sp.Rational):
            return Built(leaf, (int(leaf.p) / int(leaf.q),) * self.count, True, _digits(leaf))
        if leaf in (sp.true, sp.false):
            return Built(leaf, (leaf is sp.true,) * self.count, True, 1)
        return Built(leaf, (float(leaf),) * self.count, True, 1, irrational=1)

    def make(self, node: Node, make: Callable[..., sp.Basic], args: list[Built]) -> sp.Basic:
        """The step itself; SymPy refuses some by exceptions of its own."""
        try:
            expr = make(*(arg.expr for arg in args))
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise FormulaError("SymPy cannot build this part: write it more simply", self.text, node.position) from error
        if expr in _INFINITE:
            self.fail(_infinite(node), node.position)
        return expr

    # Limits, before SymPy

    def bound(self, node: Node, args: list[Built], size: int, choices: int, nested: int) -> None:
        """Refuse a step that would take SymPy too long."""
        if size > limits.SIZE:
            self.fail("the powers here multiply out to numbers that are too long: use smaller exponents", node.position)
        if choices > limits.CHOICES or choices > limits.CALL_CHOICES and node.op == "call" and node.function.choices:
            self.fail("too many arguments of Max and Min in one another: write fewer alternatives", node.position)
        if nested > limits.NESTED_CHOICES:
            self.fail(
                f"Max, Min and Piecewise are nested too deeply here: the limit is {limits.NESTED_CHOICES}", node.position
            )
        if node.op == "compare" and any(arg.expr.has(sp.Piecewise) for arg in args):
            self.fail("a condition cannot contain a Piecewise: write conditions on x itself", node.position)

    def power_growth(self, node: Node, base: Built, exponent: Built) -> int:
        """By how much a power multiplies the digits of its base."""
        if not exponent.rational:
            return self.exponential_growth(node, exponent, base)
        growth = abs(exponent.expr)
        if base.constant and base.size * growth > limits.CONSTANT_DIGITS:
            self.fail("this power has too many digits: use a smaller exponent", node.position)
        if not base.constant and growth > limits.EXPONENT:
            self.fail(f"the exponent is too large: the limit is {limits.EXPONENT}", node.position)
        return max(1, math.ceil(growth))

    def exponential_growth(self, node: Node, exponent: Built, base: Built | None = None) -> int:
        """The same for ``exp(c*log(u))``, which SymPy turns into ``u**c``, and for a number to a symbolic power."""
        scale = 1.0
        if base is not None and base.constant and isinstance(base.column[0], float) and base.column[0] > 0:
            scale = abs(math.log(base.column[0]))
            sizes = [abs(v) * scale for v in exponent.column if isinstance(v, float)]
            if sizes and min(sizes) > math.log(limits.MAGNITUDE):
                self.fail("this power is too large or too small for a float wherever it was tried", node.position)
        growth = 1.0
        for term in sp.Add.make_args(exponent.expr):
            if term.has(sp.log):
                factor = sp.Mul(*(f for f in sp.Mul.make_args(term) if not f.free_symbols))
                growth = max(growth, abs(float(factor)) * scale)
        if growth > limits.EXPONENT:
            self.fail(f"the exponent is too large: the limit is {limits.EXPONENT}", node.position)
        return math.ceil(growth)

    def power(self, node: Node, exponent: Built) -> Callable[[float, float], Value]:
        """A real power: of a negative base only if the exponent is a whole number whatever x and the parameters are."""
        whole = isinstance(exponent.expr, sp.Integer)
        blame = Complex(
            node.position,
            "a negative number to a power that is not a whole number",
            "Abs(...)**p or relu(...)**p",
        )
        return lambda b, e: blame if b < 0 and not whole else math.pow(b, e)

    # Constants

    def check_constant(self, node: Node, value: Value) -> None:
        """Refuse a constant that is complex, infinite or out of range, before SymPy sees it."""
        if isinstance(value, Complex):
            self.fail(f"complex-valued: {value.reason}; write {value.mend}", value.position)
        if math.isnan(value):
            self.fail(_infinite(node), node.position)
        if abs(value) > limits.MAGNITUDE:
            self.fail(f"this constant is too large: the limit is {limits.MAGNITUDE:g}", node.position)

    def constant(self, node: Node, args: list[Built], expr: sp.Expr, raw: Column, choices: int, nested: int) -> Built:
        """A part without symbols; one in which x cancelled must be a plain fraction, so that its value is known."""
        irrational = 0
        if isinstance(expr, sp.Rational):
            size = _digits(expr)
            if size > limits.CONSTANT_DIGITS:
                self.fail("this fraction has too many digits: write a shorter decimal", node.position)
            value = int(expr.p) / int(expr.q)
        else:
            size, irrational = sum(arg.size for arg in args), 1 + max(arg.irrational for arg in args)
            value = self.irrational(node, args, expr, raw[0], irrational)
        if expr != 0 and not 1 / limits.MAGNITUDE <= abs(value) <= limits.MAGNITUDE:
            self.fail(f"this constant is out of range: {limits.MAGNITUDE:g} and its inverse are the limits", node.position)
        column = tuple(v if isinstance(v, Complex) else value for v in raw)
        return Built(expr, column, True, size, choices, nested, irrational)

    def irrational(self, node: Node, args: list[Built], expr: sp.Expr, raw: Value, depth: int) -> float:
        """The value of an irrational constant, to the digits that the next step's check needs."""
        if not all(arg.constant for arg in args):
            self.fail("the variables cancel in this part: write the number that is left", node.position)
        self.irrationals += 1
        if depth > limits.IRRATIONAL_DEPTH or self.irrationals > limits.IRRATIONALS:
            self.fail("too many irrational constants: write this one as a decimal", node.position)
        if isinstance(raw, Complex) or expr.is_real is False:
            self.fail("complex-valued: write a real constant", node.position)
        largest = max(abs(v) for arg in args for v in arg.column[:1] if not isinstance(v, Complex))
        if abs(raw) < limits.CANCELLATION * largest and node.op == "sum":
            self.fail("the terms of this constant cancel: write the number that is left", node.position)
        return float(expr.evalf(15)) if raw else 0.0


def _usable(value: Value) -> bool:
    return isinstance(value, Complex) or math.isfinite(value)


def _infinite(node: Node) -> str:
    if node.op in ("reciprocal", "power"):
        return "division by zero"
    return f"infinite or undefined here: {node.function.name} has a pole" if node.function else "infinite or undefined"


def _guarded(function: Function, position: int) -> Callable[..., Value]:
    """The function's value, ``Complex`` outside the interval on which it is real (rounding aside)."""
    low, high = function.real_on
    blame = Complex(position, function.reason, function.mend)

    def value(first: float, *rest: float) -> Value:
        if first < low - 1e-9 * abs(low) or first > high + 1e-9 * abs(high):
            return blame
        return function.value(min(max(first, low), high), *rest)

    return value if function.reason else function.value


def _piecewise(*flat: sp.Basic) -> sp.Basic:
    return sp.Piecewise(*zip(flat[::2], flat[1::2], strict=True))


def _chain(symbols: tuple[str, ...], which: int) -> Callable[..., object]:
    """``0 < x < 1`` as the conjunction it means, on numbers (0) or in SymPy (1)."""
    relations = [_RELATIONS[symbol][which] for symbol in symbols]
    join = sp.And if which else lambda *links: all(links)
    return lambda *row: join(*(f(a, b) for f, a, b in zip(relations, row, row[1:], strict=False)))


__all__ = ["Builder", "Built"]
