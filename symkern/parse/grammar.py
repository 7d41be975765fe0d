"""Tokens to a tree, by operator precedence; nothing is computed here.

    cases   or |  <  and &  <  not ~  <  comparison (chains)  <  + -  <  * /  <  sign  <  ** (to the right)
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

import sympy as sp

from symkern.errors import FormulaError
from symkern.parse import limits
from symkern.parse.functions import CASES, CONSTANTS, FUNCTION_SPELLINGS, NAMESPACED_CONSTANTS, NAMESPACES, Function
from symkern.parse.suggest import unknown_function, unknown_name
from symkern.parse.tokens import Token, shown, tokenise

_COMPARISONS = ("<", "<=", ">", ">=")
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER = range(1, 9)
_PRECEDENCE = {
    "or": _OR, "|": _OR, "and": _AND, "&": _AND, **dict.fromkeys(_COMPARISONS, _COMPARE),
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER,
}  # fmt: skip
_CONDITIONS = ("compare", "or", "and", "not")


@dataclass(frozen=True, slots=True)
class Node:
    """A formula as a tree.

    ``op`` is one of ``leaf``, ``sum``, ``product``, ``minus``, ``reciprocal``, ``power``, ``call``, ``cases`` (value,
    condition, value, condition, ...), ``compare``, ``and``, ``or``, ``not``; ``position`` is where a message points.
    """

    op: str
    position: int
    args: tuple[Node, ...] = ()
    leaf: sp.Basic | None = None
    function: Function | None = None
    symbols: tuple[str, ...] = ()

    @property
    def is_condition(self) -> bool:
        """Whether it is true or false, not a number."""
        return self.op in _CONDITIONS or self.leaf in (sp.true, sp.false)


class Parser:
    """One pass over the tokens of one formula."""

    def __init__(self, text: str, names: Mapping[str, sp.Symbol], variables: Collection[str]) -> None:
        self.text, self.names, self.variables = text, names, variables
        self.index = self.depth = self.nodes = 0
        if len(text) > limits.LENGTH:
            self.fail(f"a formula of {len(text)} characters is too long: the limit is {limits.LENGTH}", limits.LENGTH)
        self.tokens = tokenise(text)

    def fail(self, message: str, position: int) -> NoReturn:
        """Refuse the formula, with the caret at ``position``."""
        raise FormulaError(message, self.text, position)

    def formula(self) -> Node:
        """The whole text as one number-valued tree."""
        if self.peek().kind == "end":
            variable = min(self.variables, default="x")
            self.fail(f"the formula is empty: write one in {variable}, such as {variable}*tanh({variable})", 0)
        root = self.number(self.expression(_OR))
        if self.peek().kind != "end":
            self.unexpected()
        return root

    # Tokens

    def peek(self) -> Token:
        return self.tokens[self.index]

    def advance(self) -> Token:
        self.index += 1
        return self.tokens[self.index - 1]

    def accept(self, text: str) -> bool:
        """Step over an operator if it comes next."""
        found = self.peek().kind == "operator" and self.peek().text == text
        self.index += found
        return found

    def enter(self, position: int) -> None:
        self.depth += 1
        if self.depth > limits.DEPTH:
            self.fail(f"the formula is nested too deeply here: the limit is {limits.DEPTH} levels", position)

    def node(self, op: str, position: int, args: tuple[Node, ...] = (), **fields: object) -> Node:
        self.nodes += 1
        if self.nodes > limits.NODES:
            self.fail(f"the formula has too many parts: the limit is {limits.NODES}", position)
        return Node(op, position, args, **fields)  # type: ignore[arg-type]

    def unexpected(self) -> NoReturn:
        """Say why the next token cannot stand where it does."""
        token, before = self.peek(), self.tokens[self.index - 1] if self.index else None
        if token.kind == "bad":
            self.fail(token.text, token.position)
        operand = before is not None and (before.kind in ("number", "name") or before.text == ")")
        if operand and before is not None and (token.kind in ("number", "name") or token.text == "("):
            if before.kind == "number" and token.text.startswith("_"):
                self.fail("write a number without underscores", token.position)
            if token.text in ("if", "else", "for", "lambda", "is", "in"):
                self.fail(unknown_name(token.text, self.names, self.variables), token.position)
            left = "(...)" if before.text == ")" else before.text
            right = "(...)" if token.text == "(" else token.text
            both = f"{left}*{right}"
            hint = f": write {both}" if len(both) <= 40 else ": write * between factors"
            self.fail("an operator is missing here" + hint, token.position)
        if token.kind == "end":
            self.fail("the formula ends too early: a number, x or a function is missing", token.position)
        if token.text == ")":
            self.fail("no parenthesis is open here" if operand else "something is missing before ')'", token.position)
        if token.text == "|":
            self.fail("'|' is no absolute value: write Abs(...)", token.position)
        self.fail(f"{shown(token.text)} is not expected here", token.position)

    # Types

    def number(self, node: Node) -> Node:
        """``node``, refused if it is a condition."""
        if node.is_condition:
            hint = "write where(x > 0, 1, 0) for a number that depends on it" if node.op != "leaf" else "write 1 or 0"
            self.fail(f"a condition is not a number: {hint}", node.position)
        return node

    def condition(self, node: Node) -> Node:
        """``node``, refused if it is a number."""
        if not node.is_condition:
            self.fail("a condition is expected here, such as x > 0 or True", node.position)
        return node

    # Expressions

    def expression(self, minimum: int) -> Node:
        """Everything that binds at least as tightly as ``minimum``."""
        left = self.prefix()
        while True:
            token = self.peek()
            precedence = _PRECEDENCE.get(token.text, 0) if token.kind in ("operator", "name") else 0
            if precedence < max(minimum, 1):
                return left
            left = self.infix(left, token, precedence)

    def infix(self, left: Node, token: Token, precedence: int) -> Node:
        """One run of operators of equal precedence: sums and products of many terms stay flat."""
        if precedence == _POWER:
            self.advance()
            self.enter(token.position)
            args = self.number(left), self.number(self.expression(_POWER))
            self.depth -= 1
            return self.node("power", token.position, args)
        if precedence in (_OR, _AND):
            items, _ = self.run(left, precedence, self.condition)
            return self.node("or" if precedence == _OR else "and", token.position, items)
        items, symbols = self.run(left, precedence, self.number)
        op = {_SUM: "sum", _PRODUCT: "product", _COMPARE: "compare"}[precedence]
        return self.node(op, token.position, items, symbols=symbols)

    def run(
        self, left: Node, precedence: int, check: Callable[[Node], Node]
    ) -> tuple[tuple[Node, ...], tuple[str, ...]]:
        """The operands of a run, a subtracted or divided one wrapped, and its operators."""
        items, symbols = [check(left)], []
        while _PRECEDENCE.get(self.peek().text) == precedence:
            token = self.advance()
            item = check(self.expression(precedence + 1))
            if token.text in "-/":
                item = self.node("minus" if token.text == "-" else "reciprocal", token.position, (item,))
            items.append(item)
            symbols.append(token.text)
        return tuple(items), tuple(symbols)

    def prefix(self) -> Node:
        """A sign, a negation, or an atom."""
        token = self.peek()
        if token.kind == "operator" and token.text in ("-", "+", "~") or (token.kind, token.text) == ("name", "not"):
            self.advance()
            self.enter(token.position)
            if token.text in ("~", "not"):
                node = self.node("not", token.position, (self.condition(self.expression(_COMPARE)),))
            else:
                node = self.number(self.expression(_SIGN))
                node = node if token.text == "+" else self.node("minus", token.position, (node,))
            self.depth -= 1
            return node
        if self.accept("("):
            node = self.group(token, token)
            self.close(token)
            return node
        if token.kind == "number":
            return self.node("leaf", token.position, leaf=self.literal(self.advance()))
        if token.kind == "name" and token.text not in ("and", "or"):
            return self.name(self.advance())
        self.unexpected()

    def group(self, opening: Token, owner: Token) -> Node:
        """An expression inside parentheses that opened at ``opening``."""
        self.enter(owner.position)
        if self.peek().kind == "end":
            self.close(opening)
        node = self.expression(_OR)
        self.depth -= 1
        return node

    def close(self, opening: Token) -> None:
        if self.accept(")"):
            return
        if self.peek().kind == "end":
            self.fail("this parenthesis is never closed", opening.position)
        self.unexpected()

    def literal(self, token: Token) -> sp.Rational:
        """A decimal as the exact fraction it stands for."""
        mantissa, _, exponent = token.text.lower().partition("e")
        digits = mantissa.replace(".", "").strip("0")
        if len(digits) > limits.DIGITS:
            self.fail(f"a number of {len(digits)} digits is too long: the limit is {limits.DIGITS}", token.position)
        shift = exponent.lstrip("+-").lstrip("0")
        if len(shift) > 3 or int(shift or 0) > limits.NUMBER_EXPONENT or len(mantissa) > limits.NUMBER_EXPONENT:
            self.fail(f"a number beyond 1e{limits.NUMBER_EXPONENT} or its inverse is out of range", token.position)
        value = Fraction(token.text)
        if value and not 1 / limits.MAGNITUDE <= value <= limits.MAGNITUDE:
            self.fail(f"a number beyond {limits.MAGNITUDE:g} or its inverse is out of range", token.position)
        return sp.Rational(value.numerator, value.denominator)

    # Names and calls

    def name(self, token: Token) -> Node:
        namespace, _, name = token.text.rpartition(".")
        called = self.peek().kind == "operator" and self.peek().text == "("
        if namespace and namespace not in NAMESPACES:
            root = namespace.partition(".")[0]
            if root in self.names or root in FUNCTION_SPELLINGS or root in CONSTANTS:
                self.fail("'.' is not in the grammar: a formula has no attributes", token.position + len(root))
            self.fail(f"unknown namespace {shown(namespace)}: write the function alone, such as sin(x)", token.position)
        if name in CASES and called:
            return self.cases(token, name)
        if name in (*FUNCTION_SPELLINGS, *CASES) and not called and name not in self.names:
            arguments = "(x > 0, x, 0)" if name == "where" else "((x, x > 0), (0, True))" if name in CASES else "(x)"
            self.fail(f"{shown(name)} is a function: write {name}{arguments}", token.position)
        if name in FUNCTION_SPELLINGS and called:
            return self.call(token, FUNCTION_SPELLINGS[name])
        if not namespace and name in ("True", "False"):
            return self.node("leaf", token.position, leaf=sp.true if name == "True" else sp.false)
        leaf = (NAMESPACED_CONSTANTS if namespace else {**CONSTANTS, **self.names}).get(name)
        if leaf is None and (called or namespace):
            self.fail(unknown_function(name), token.position)
        if leaf is None:
            self.fail(unknown_name(name, self.names, self.variables), token.position)
        if called:
            self.fail(f"{shown(name)} is not a function: write {name}*(...)", self.peek().position)
        return self.node("leaf", token.position, leaf=leaf)

    def call(self, token: Token, function: Function) -> Node:
        args = self.arguments(token)
        low, high = function.arity
        if not low <= len(args) <= high:
            wanted = str(low) if low == high else f"{low} to {high}"
            plural = "" if wanted == "1" else "s"
            self.fail(f"{function.name} takes {wanted} argument{plural}, not {len(args)}", token.position)
        return self.node("call", token.position, tuple(self.number(arg) for arg in args), function=function)

    def arguments(self, token: Token) -> list[Node]:
        opening = self.advance()
        if self.accept(")"):
            return []
        args = [self.group(opening, token)]
        while self.accept(","):
            args.append(self.group(opening, token))
        self.close(opening)
        return args

    def cases(self, token: Token, name: str) -> Node:
        """``where(condition, value, otherwise)`` or ``Piecewise((value, condition), ..., (otherwise, True))``."""
        if name == "where":
            args = self.arguments(token)
            if len(args) != 3:
                self.fail(f"where takes 3 arguments (condition, value, otherwise), not {len(args)}", token.position)
            flat = [self.number(args[1]), self.condition(args[0]), self.number(args[2])]
        else:
            opening, flat = self.advance(), self.branch(token)
            while self.accept(","):
                flat += self.branch(token)
            self.close(opening)
            if flat[-1].leaf is not sp.true:
                self.fail("Piecewise has no value outside its conditions: end it with (value, True)", token.position)
            flat.pop()
        flat.append(Node("leaf", token.position, leaf=sp.true))
        return self.node("cases", token.position, tuple(flat))

    def branch(self, token: Token) -> list[Node]:
        opening = self.peek()
        if not self.accept("("):
            if opening.kind == "bad":
                self.unexpected()
            self.fail("Piecewise takes pairs: write Piecewise((value, condition), (value, True))", opening.position)
        value = self.number(self.group(opening, token))
        if not self.accept(","):
            if self.peek().kind in ("end", "bad"):
                self.close(opening)
            self.fail("a pair (value, condition) is expected here", opening.position)
        condition = self.condition(self.group(opening, token))
        self.close(opening)
        return [value, condition]


def read(text: str, names: Mapping[str, sp.Symbol], variables: Collection[str]) -> Node:
    """``text`` as a tree, or ``FormulaError``."""
    return Parser(text, names, variables).formula()


def is_reserved(name: str) -> bool:
    """Whether ``name`` already means something in a formula."""
    return name in FUNCTION_SPELLINGS or name in CASES or name in CONSTANTS or keyword.iskeyword(name)


__all__ = ["Node", "is_reserved", "read"]
