"""Tokens to a tree, by operator precedence; nothing is computed here.

or |  <  and &  <  not ~  <  comparison (chains)  <  + -  <  * /  <  sign  <  ** (to the right)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

import sympy as sp

from symkern.parse import limits
from symkern.parse.functions import CASES, CONSTANTS, FUNCTION_SPELLINGS, NAMESPACED_CONSTANTS, NAMESPACES, Function
from symkern.parse.reader import Node, Reader
from symkern.parse.suggest import unknown_function, unknown_name
from symkern.parse.tokens import Token, shown

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER = range(1, 9)
_PRECEDENCE = {
    "or": _OR, "|": _OR, "and": _AND, "&": _AND, "<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE,
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER,
}  # fmt: skip
_RUNS = {_OR: "or", _AND: "and", _COMPARE: "compare", _SUM: "sum", _PRODUCT: "product"}
_WRAPPED = {"-": "minus", "/": "reciprocal"}


class Parser(Reader):
    """One pass over the tokens of one formula."""

    def formula(self) -> Node:
        """The whole text as one tree with a number for its value."""
        if self.peek().kind == "end":
            variable = min(self.variables, default="x")
            self.fail(f"the formula is empty: write one in {variable}, such as {variable}*tanh({variable})", 0)
        root = self.number(self.expression(_OR))
        if self.peek().kind != "end":
            self.unexpected()
        return root

    def expression(self, minimum: int) -> Node:
        """Everything that binds at least as tightly as ``minimum``."""
        left = self.prefix()
        while (precedence := self.precedence()) >= minimum:
            left = self.power(left) if precedence == _POWER else self.run(left, precedence)
        return left

    def precedence(self) -> int:
        """That of the next token; 0 if it is no operator between operands."""
        return _PRECEDENCE.get(self.peek().text, 0)

    def power(self, base: Node) -> Node:
        """``base**exponent``; the exponent takes further powers with it."""
        token = self.advance()
        self.enter(token.position)
        args = self.number(base), self.number(self.expression(_POWER))
        self.leave()
        return self.node(Node("power", token.position, args))

    def run(self, left: Node, precedence: int) -> Node:
        """One run of operators of equal precedence: sums and products of many terms stay flat."""
        position = self.peek().position
        check: Callable[[Node], Node] = self.condition if precedence in (_OR, _AND) else self.number
        items, symbols = [check(left)], []
        while self.precedence() == precedence:
            token = self.advance()
            item = check(self.expression(precedence + 1))
            if token.text in _WRAPPED:
                item = self.node(Node(_WRAPPED[token.text], token.position, (item,)))
            items.append(item)
            symbols.append(token.text)
        return self.node(Node(_RUNS[precedence], position, tuple(items), symbols=tuple(symbols)))

    def prefix(self) -> Node:
        """A sign, a negation, or an atom."""
        token = self.peek()
        negation = token.text in ("~", "not")
        if negation or self.at("+", "-"):
            self.advance()
            self.enter(token.position)
            if negation:
                node = self.node(Node("not", token.position, (self.condition(self.expression(_COMPARE)),)))
            else:
                node = self.number(self.expression(_SIGN))
                node = node if token.text == "+" else self.node(Node("minus", token.position, (node,)))
            self.leave()
            return node
        if self.accept("("):
            node = self.group(token, token.position)
            self.close(token)
            return node
        if token.kind == "number":
            return self.node(Node("leaf", token.position, leaf=self.literal(self.advance())))
        if token.kind == "name" and token.text not in ("and", "or"):
            return self.node(self.name(self.advance()))
        self.unexpected()

    def group(self, opening: Token, position: int) -> Node:
        """An expression inside parentheses that opened at ``opening``."""
        self.enter(position)
        if self.peek().kind == "end":
            self.close(opening)
        node = self.expression(_OR)
        self.leave()
        return node

    def literal(self, token: Token) -> sp.Rational:
        """A decimal as the exact fraction it stands for."""
        mantissa, _, exponent = token.text.lower().partition("e")
        digits = mantissa.replace(".", "").strip("0")
        if len(digits) > limits.DIGITS:
            self.fail(f"a number of {len(digits)} digits is too long: the limit is {limits.DIGITS}", token.position)
        shift = exponent.lstrip("+-").lstrip("0")
        largest = limits.NUMBER_EXPONENT
        readable = len(shift) <= 3 and int(shift or 0) <= largest and len(mantissa) <= largest
        value = Fraction(token.text) if readable else Fraction(0)
        if not readable or (value and not limits.in_range(value)):
            self.fail(f"this number is out of range: {limits.RANGE}", token.position)
        return sp.Rational(value.numerator, value.denominator)

    def name(self, token: Token) -> Node:
        """A variable, a parameter, a constant, or a call."""
        namespace, _, name = token.text.rpartition(".")
        if namespace and namespace not in NAMESPACES:
            root = namespace.partition(".")[0]
            if root in self.names or root in FUNCTION_SPELLINGS or root in CONSTANTS:
                self.fail("'.' is not in the grammar: a formula has no attributes", token.position + len(root))
            self.fail(f"unknown namespace {shown(namespace)}: write the function alone, such as sin(x)", token.position)
        if self.at("("):
            return self.call(token, name, namespace)
        if not namespace and name in ("True", "False"):
            return Node("leaf", token.position, leaf=sp.true if name == "True" else sp.false)
        leaf = (NAMESPACED_CONSTANTS if namespace else {**CONSTANTS, **self.names}).get(name)
        if leaf is None and namespace and name in self.names:
            self.fail(f"{shown(name)} needs no namespace: write {name}", token.position)
        if leaf is None:
            function = name in FUNCTION_SPELLINGS or name in CASES
            arguments = {"where": "x > 0, x, 0", "Piecewise": "(x, x > 0), (0, True)"}.get(name, "x")
            message = f"{shown(name)} is a function: write {name}({arguments})" if function else None
            self.fail(message or unknown_name(name, self.names, self.variables), token.position)
        return Node("leaf", token.position, leaf=leaf)

    def call(self, token: Token, name: str, namespace: str) -> Node:
        """A name with parentheses after it."""
        if name in CASES:
            return self.where(token) if name == "where" else self.piecewise(token)
        function = FUNCTION_SPELLINGS.get(name)
        if function is None:
            if not namespace and (name in self.names or name in CONSTANTS):
                self.fail(f"{shown(name)} is not a function: write {name}*(...)", self.peek().position)
            self.fail(unknown_function(name), token.position)
        if name == "clamp" and namespace in ("lax", "jax.lax"):
            self.fail("lax.clamp has the bounds around its argument: write clip(x, low, high)", token.position)
        return self.apply(token, function)

    def apply(self, token: Token, function: Function) -> Node:
        """A function of the table with its arguments."""
        args = self.arguments(token)
        low, high = function.arity
        if not low <= len(args) <= high:
            wanted = f"{low} argument{'s' * (low > 1)}" if low == high else f"{low} to {high} arguments"
            self.fail(f"{function.name} takes {wanted}, not {len(args)}", token.position)
        if function.choices:
            self.choice(len(args), token.position)
        return Node("call", token.position, tuple(self.number(arg) for arg in args), function=function)

    def arguments(self, token: Token) -> list[Node]:
        """What stands between the parentheses of a call."""
        opening = self.advance()
        if self.accept(")"):
            return []
        args = [self.group(opening, token.position)]
        while self.accept(","):
            args.append(self.group(opening, token.position))
        self.close(opening)
        return args

    def where(self, token: Token) -> Node:
        """``where(condition, value, otherwise)``."""
        args = self.arguments(token)
        if len(args) != 3:
            self.fail(f"where takes 3 arguments (condition, value, otherwise), not {len(args)}", token.position)
        condition, value, otherwise = args
        return self.cases(token, [self.number(value), self.condition(condition)], self.number(otherwise))

    def piecewise(self, token: Token) -> Node:
        """``Piecewise((value, condition), ..., (otherwise, True))``."""
        opening, branches = self.advance(), self.branch(token)
        while self.accept(","):
            branches += self.branch(token)
        self.close(opening)
        *branches, otherwise, last = branches
        if last.leaf is not sp.true:
            self.fail("Piecewise has no value outside its conditions: end it with (value, True)", token.position)
        return self.cases(token, branches, otherwise)

    def cases(self, token: Token, branches: list[Node], otherwise: Node) -> Node:
        """The branches and the value elsewhere, as one node."""
        self.choice(len(branches) // 2 + 1, token.position)
        always = Node("leaf", token.position, leaf=sp.true)
        return Node("cases", token.position, (*branches, otherwise, always))

    def branch(self, token: Token) -> list[Node]:
        """One pair of a ``Piecewise``."""
        opening = self.peek()
        if not self.accept("("):
            if opening.kind == "bad":
                self.unexpected()
            self.fail("Piecewise takes pairs: write Piecewise((value, condition), (value, True))", opening.position)
        value = self.number(self.group(opening, token.position))
        if not self.accept(","):
            if self.peek().kind in ("end", "bad"):
                self.close(opening)
            self.fail("a pair (value, condition) is expected here", opening.position)
        condition = self.condition(self.group(opening, token.position))
        self.close(opening)
        return [value, condition]


def read(text: str, names: Mapping[str, sp.Symbol], variables: Collection[str]) -> Node:
    """``text`` as a tree, or ``FormulaError``."""
    return Parser(text, names, variables).formula()


__all__ = ["read"]
