"""A cursor over the tokens of a formula, with its limits and the messages for what cannot stand where it does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn

import sympy as sp

from symkern.errors import FormulaError
from symkern.parse import limits
from symkern.parse.functions import Function
from symkern.parse.suggest import is_python, unknown_name
from symkern.parse.tokens import Token, shown, tokenise


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
        return self.op in ("compare", "or", "and", "not") or self.leaf is sp.true or self.leaf is sp.false


class Reader:
    """The cursor; ``names`` are the symbols a formula may use, ``variables`` those it is a function of."""

    def __init__(self, text: str, names: Mapping[str, sp.Symbol], variables: Collection[str]) -> None:
        self.text, self.names, self.variables = text, names, variables
        self.index = self.depth = self.nodes = self.choices = 0
        if len(text) > limits.LENGTH:
            self.fail(f"a formula of {len(text)} characters is too long: the limit is {limits.LENGTH}", limits.LENGTH)
        self.tokens = tokenise(text)

    def fail(self, message: str, position: int) -> NoReturn:
        """Refuse the formula, with the caret at ``position``."""
        raise FormulaError(message, self.text, position)

    def peek(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    def advance(self) -> Token:
        """Step over the next token."""
        self.index += 1
        return self.tokens[self.index - 1]

    def at(self, *operators: str) -> bool:
        """Whether one of these operators comes next."""
        return self.peek().kind == "operator" and self.peek().text in operators

    def accept(self, operator: str) -> bool:
        """Step over an operator if it comes next."""
        found = self.at(operator)
        self.index += found
        return found

    def enter(self, position: int) -> None:
        """One level deeper."""
        self.depth += 1
        if self.depth > limits.DEPTH:
            self.fail(f"the formula is nested too deeply here: the limit is {limits.DEPTH} levels", position)

    def leave(self) -> None:
        """One level up again."""
        self.depth -= 1

    def node(self, node: Node) -> Node:
        """``node``, counted."""
        self.nodes += 1
        if self.nodes > limits.NODES:
            self.fail(f"the formula has too many parts: the limit is {limits.NODES}", node.position)
        return node

    def choice(self, count: int, position: int) -> None:
        """Count the alternatives of a Max, a Min or a Piecewise."""
        self.choices += count
        if self.choices > limits.CHOICES:
            self.fail(f"too many Max, Min and Piecewise: the limit is {limits.CHOICES} alternatives", position)

    def number(self, node: Node) -> Node:
        """``node``, refused if it is a condition."""
        if node.is_condition:
            hint = "write 1 or 0" if node.op == "leaf" else "write where(x > 0, 1, 0) for a number that depends on it"
            self.fail(f"a condition is not a number: {hint}", node.position)
        return node

    def condition(self, node: Node) -> Node:
        """``node``, refused if it is a number."""
        if not node.is_condition:
            self.fail("a condition is expected here, such as x > 0 or True", node.position)
        return node

    def close(self, opening: Token) -> None:
        """Step over the parenthesis that closes ``opening``."""
        if self.accept(")"):
            return
        if self.peek().kind == "end":
            self.fail("this parenthesis is never closed", opening.position)
        self.unexpected()

    def unexpected(self) -> NoReturn:
        """Say why the next token cannot stand where it does."""
        token, before = self.peek(), self.tokens[self.index - 1] if self.index else Token("start", "", 0)
        after_operand = before.kind in ("number", "name") or before.text == ")"
        if token.kind == "bad":
            message = token.text
        elif token.kind == "end":
            message = "the formula ends too early: a number, a name or a function is missing"
        elif after_operand and (token.kind in ("number", "name") or token.text == "("):
            message = self.missing_operator(before, token)
        elif token.text == ")":
            message = "no parenthesis is open here" if after_operand else "something is missing before ')'"
        elif token.text == "|":
            message = "'|' is no absolute value: write Abs(...)"
        elif token.text == ",":
            message = "',' is not expected here: write a decimal with a point, and commas only between arguments"
        else:
            message = f"{shown(token.text)} is not expected here: a number, a name or a function is missing"
        self.fail(message, token.position)

    def missing_operator(self, before: Token, token: Token) -> str:
        """Two operands side by side."""
        if is_python(token.text):
            return unknown_name(token.text, self.names, self.variables)
        if before.kind == "number" and token.text.startswith("_"):
            return "a number has no underscores: write it without"
        left, right = (before.text, token.text) if len(before.text + token.text) < 40 else ("x", "x")
        product = f"{'(...)' if left == ')' else left}*{'(...)' if right == '(' else right}"
        return f"an operator is missing here: write {product}"


__all__ = ["Node", "Reader"]
