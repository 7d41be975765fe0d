"""A tree to SymPy, bottom up, each step bounded before SymPy takes it.

SymPy evaluates as it builds: it multiplies powers out, compares the arguments of ``Max``, takes the sine of a huge
number to a huge precision.  So every part carries its float64 values at the sample points and an estimate of its size,
and a step that would leave the limits is refused instead of taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import sympy as sp
from sympy.logic.boolalg import Boolean

from symkern.errors import FormulaError
from symkern.parse import limits
from symkern.parse.functions import Function
from symkern.parse.measure import Measure
from symkern.parse.operations import LAZY, operation
from symkern.parse.reader import Node
from symkern.parse.samples import Column, Complex, Value, evaluate, is_known

_INFINITE = (sp.zoo, sp.nan, sp.oo, -sp.oo)


@dataclass(frozen=True, slots=True)
class Built:
    """A part of the formula: its expression, its values at the sample points, and what it may cost SymPy.

    ``size`` bounds the digits of its coefficients if every power were multiplied out; ``choices`` counts the
    alternatives of Max, Min and Piecewise in it, ``nested`` their depth; ``sums`` that of an irrational constant in
    sums.
    """

    expr: sp.Basic
    column: Column
    constant: bool
    size: int
    choices: int = 0
    nested: int = 0
    sums: int = 0


class Builder:
    """Builds one formula; ``points`` are the values of its symbols at the sample points."""

    def __init__(self, text: str, points: Mapping[sp.Symbol, tuple[float, ...]]) -> None:
        self.text, self.points = text, points
        self.count = len(next(iter(points.values()), (0.0,)))
        self.irrationals = self.degrees = 0
        self.measure = Measure()

    def fail(self, message: str, position: int) -> NoReturn:
        """Refuse the formula, with the caret at ``position``."""
        raise FormulaError(message, self.text, position)

    def build(self, node: Node) -> Built:
        """``node`` as SymPy and as numbers."""
        if node.leaf is not None:
            return self.leaf(node.leaf)
        args = [self.build(arg) for arg in node.args]
        size, choices, nested = self.bound(node, args)
        value, make = operation(node, tuple(arg.expr for arg in args))
        raw = self.values(node, value, args)
        expr = self.make(node, make, args)
        if isinstance(expr, Boolean):
            return Built(expr, raw, not expr.free_symbols, size, choices, nested)
        if not expr.free_symbols:
            return self.constant(node, args, expr, raw)
        return Built(expr, tuple(v if is_known(v) else math.nan for v in raw), False, size, choices, nested)

    def leaf(self, leaf: sp.Basic) -> Built:
        """A symbol, a number, pi, E, True or False."""
        if isinstance(leaf, sp.Symbol):
            return Built(leaf, self.points[leaf], False, 1)
        if isinstance(leaf, sp.Rational):
            return Built(leaf, (int(leaf.p) / int(leaf.q),) * self.count, True, _digits(leaf))
        if isinstance(leaf, Boolean):
            return Built(leaf, (leaf is sp.true,) * self.count, True, 1)
        return Built(leaf, (float(leaf),) * self.count, True, 1)

    def values(self, node: Node, value: Callable[..., Value], args: list[Built]) -> Column:
        """``node`` at the sample points, refused where no float can hold it."""
        constant = all(arg.constant for arg in args)
        rows = list(zip(*(arg.column for arg in args), strict=True))
        if constant:
            rows = rows[:1]
        raw: Column = tuple(value(*row) if node.op in LAZY else evaluate(value, row) for row in rows)
        raw *= self.count // len(raw)
        if node.is_condition:
            return raw
        if constant:
            self.check_range(node, raw[0])
        elif math.inf in raw and not any(map(is_known, raw)):
            self.fail("this is too large for a float wherever it was tried", node.position)
        return raw

    def make(self, node: Node, make: Callable[..., sp.Basic], args: list[Built]) -> sp.Basic:
        """The step itself; SymPy refuses some by exceptions of its own."""
        try:
            expr = make(*(arg.expr for arg in args))
        except Exception as error:  # of any kind: SymPy 1.14's cache turns a TypeError into an AttributeError
            raise FormulaError("SymPy cannot build this: write it more simply", self.text, node.position) from error
        if expr in _INFINITE:
            self.fail(_pole(node), node.position)
        polynomial = isinstance(expr, sp.Add) and expr not in self.measure.known
        shape = self.measure(expr)
        if shape.weight > limits.WEIGHT:
            self.fail(f"the formula has too many parts: the limit is {limits.WEIGHT} in SymPy", node.position)
        if shape.height > limits.HEIGHT:
            self.fail(f"functions are nested too deeply here: the limit is {limits.HEIGHT}", node.position)
        if shape.degree > limits.DEGREE:
            limit = f"the limit is {limits.DEGREE} in a symbol that is positive"
            self.fail(f"the degree of this polynomial is too large: {limit}", node.position)
        if polynomial and shape.degree > 1:
            self.degrees += shape.degree
            if self.degrees > limits.DEGREES:
                limit = f"the limit is {limits.DEGREES} for the sum of their degrees"
                self.fail(f"too many polynomials in symbols that are positive: {limit}", node.position)
        return expr

    # Bounds

    def bound(self, node: Node, args: list[Built]) -> tuple[int, int, int]:
        """Size, choices and nesting of a step, refused where it would take SymPy too long."""
        size, growth = sum(arg.size for arg in args), 1
        choices, nested = sum(arg.choices for arg in args), max(arg.nested for arg in args)
        if node.op == "cases":
            choices, nested = choices + len(args) // 2, nested + 1
        elif node.op == "power":
            growth = self.power_growth(node, *args)
            size -= args[1].size if isinstance(args[1].expr, sp.Rational) else 0
        elif node.function is not None:
            growth = self.call_growth(node, node.function, args[0])
            if node.function.choices:
                choices, nested = choices + len(args), nested + node.function.choices
                if choices > limits.CALL_CHOICES:
                    self.fail("too many arguments of Max and Min within one another: write fewer", node.position)
        elif node.op == "compare" and any(arg.expr.has(sp.Piecewise) for arg in args):
            self.fail("a condition cannot contain a Piecewise: write conditions on x itself", node.position)
        if size * growth > limits.SIZE:
            self.fail("the powers here multiply out to numbers that are too long: use smaller exponents", node.position)
        if nested > limits.NESTED_CHOICES:
            limit = limits.NESTED_CHOICES
            self.fail(f"Max, Min and Piecewise are nested too deeply here: the limit is {limit}", node.position)
        return size * growth, choices, nested

    def call_growth(self, node: Node, function: Function, argument: Built) -> int:
        """By how much a function multiplies the digits of its argument."""
        value = argument.column[0]
        if function.exponential and argument.constant and isinstance(value, float) and abs(value) > limits.STEEP:
            self.fail(f"the argument of {function.name} is out of range: the limit is {limits.STEEP:g}", node.position)
        shape = self.measure(argument.expr)
        long = shape.root > limits.EXPANSION or (shape.expansion > limits.EXPANSION and not argument.expr.is_real)
        if function.expands and long:
            self.fail(f"the argument of {function.name} is too long for SymPy: use shorter exponents", node.position)
        return self.exponential_growth(node, argument) if function.exponential else function.growth

    def power_growth(self, node: Node, base: Built, exponent: Built) -> int:
        """By how much a power multiplies the digits of its base."""
        if not isinstance(exponent.expr, sp.Rational):
            return self.exponential_growth(node, exponent, base)
        growth = math.ceil(float(abs(exponent.expr)))
        if base.constant and base.size * growth > limits.CONSTANT_DIGITS:
            self.fail("this power has too many digits: use a smaller exponent", node.position)
        if not base.constant and growth > limits.EXPONENT:
            self.fail(f"the exponent is too large: the limit is {limits.EXPONENT}", node.position)
        return max(1, growth)

    def exponential_growth(self, node: Node, exponent: Built, base: Built | None = None) -> int:
        """The same for a symbolic exponent: SymPy makes ``u**c`` of ``exp(c*log(u))``, ``2**n`` of ``2**(n+x-x)``."""
        scale = 1.0
        if base is not None and base.constant and isinstance(base.column[0], float) and base.column[0] > 0:
            scale = abs(math.log(base.column[0]))
            sizes = [abs(v) * scale for v in exponent.column if isinstance(v, float)]
            if sizes and min(sizes) > math.log(limits.MAGNITUDE):
                self.fail("this power is out of range wherever it was tried: use a smaller exponent", node.position)
        growth = 1.0
        for term in sp.Add.make_args(exponent.expr):
            if term.has(sp.log):
                factors = (f for f in sp.Mul.make_args(term) if not f.free_symbols)
                growth = max(growth, abs(float(sp.Mul(*factors))) * scale)
        if growth > limits.EXPONENT:
            self.fail(f"the exponent is too large: the limit is {limits.EXPONENT}", node.position)
        return math.ceil(growth)

    # Constants

    def check_range(self, node: Node, value: Value) -> None:
        """Refuse a constant that is complex, infinite or out of range, before SymPy sees it."""
        if isinstance(value, Complex):
            self.fail(f"complex-valued ({value.reason}): write {value.mend}", value.position)
        if math.isnan(value):
            self.fail(_pole(node), node.position)
        if abs(value) > limits.MAGNITUDE:
            self.fail(f"this constant is too large: {limits.RANGE}", node.position)

    def constant(self, node: Node, args: list[Built], expr: sp.Expr, raw: Column) -> Built:
        """A part without symbols.  Where x cancelled in it, a plain fraction must be left: its value is known."""
        sums = 0
        if isinstance(expr, sp.Rational):
            size = _digits(expr)
            if size > limits.CONSTANT_DIGITS:
                self.fail("this fraction has too many digits: write a shorter decimal", node.position)
            value = int(expr.p) / int(expr.q)
        else:
            size, sums = sum(arg.size for arg in args), self.sums(node, args, raw[0])
            if not all(arg.constant for arg in args):
                self.fail("the variables cancel in this part: write the number that is left", node.position)
            if isinstance(raw[0], Complex) or expr.is_real is False:
                self.fail("complex-valued: write a real constant", node.position)
            # SymPy's digits, not ours: they are right also where terms cancel.
            value = float(expr.evalf(15)) if raw[0] else 0.0
        if expr != 0 and not limits.in_range(value):
            self.fail(f"this constant is out of range: {limits.RANGE}", node.position)
        column = tuple(v if isinstance(v, Complex) else value for v in raw)
        return Built(expr, column, True, size, sums=sums)

    def sums(self, node: Node, args: list[Built], raw: Value) -> int:
        """The depth of an irrational constant in sums, those that cancel counted thrice: evalf retries at each."""
        self.irrationals += 1
        depth = max(arg.sums for arg in args)
        terms = [abs(v) for arg in args for v in arg.column[:1] if not isinstance(v, Complex)]
        largest = max(terms) if node.op == "sum" else 1.0
        if node.op in ("sum", "call") and not isinstance(raw, Complex):
            depth += (node.op == "sum") + 2 * (abs(raw) < largest / 100)
            if node.op == "sum" and abs(raw) < limits.CANCELLATION * largest:
                self.fail("the terms of this constant cancel: write the number that is left", node.position)
        if depth > limits.SUMS or self.irrationals > limits.IRRATIONALS:
            self.fail("too many irrational constants: write this one as a decimal", node.position)
        return depth


def _digits(number: sp.Rational) -> int:
    return 1 + math.ceil((int(number.p).bit_length() + int(number.q).bit_length()) * math.log10(2))


def _pole(node: Node) -> str:
    if node.op in ("reciprocal", "power"):
        return "division by zero: write a formula that is finite here"
    return f"infinite: {node.function.name} has a pole here" if node.function else "infinite: write a finite constant"


__all__ = ["Builder", "Built"]
