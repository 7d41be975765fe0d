"""Exact arithmetic for kernels: rational functions of the covariance and the parameters, and square roots of them.

A rational function has one form, so that sums cancel and two results are compared by looking at them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import sympy
from sympy import Dummy, Expr, Integer
from sympy.polys.fields import FracElement, FracField

from symkern.symbols import cov12, var1, var2

COVARIANCE = (cov12, var1, var2)
SAMPLES = tuple(
    (sympy.Rational(r, 9), sympy.Rational(a, 160), sympy.Rational(b, 90))
    for r, a, b in ((1, 1, 1), (-2, 3, 2), (3, 5, 4), (-1, 2, 7), (0, 1, 3))
)
"""Interior covariances with small variances, at which every admissible formula exists: they tell signs."""


class Root(NamedTuple):
    """``coefficient · sqrt(radicand)``; the radicand is a square-free polynomial (an element of the field)."""

    coefficient: FracElement
    radicand: FracElement


class Field:
    """Rational functions of ``cov12, var1, var2`` and whatever else the given expressions contain."""

    def __init__(self, expressions: Iterable[Expr]) -> None:
        given = [sympy.sympify(e) for e in expressions]
        self._opaque: dict[Expr, Dummy] = {}
        self._expressions: dict[FracElement, Expr] = {}
        prepared = [self._prepared(e) for e in given]
        names = sorted(set().union(*(e.free_symbols for e in prepared)) - set(COVARIANCE), key=str)
        self._field = FracField((*COVARIANCE, *names), sympy.QQ)
        self.c, self.v1, self.v2 = self._field.gens[:3]
        self.one, self.zero = self._field.one, self._field.zero
        letter = self._opaque.get(sympy.pi)
        self.pi = None if letter is None else self._field.from_expr(letter)
        """π as an element, where a knot or a slope contains it."""
        self._roots: dict[FracElement, Root] = {}

    def _prepared(self, e: Expr) -> Expr:
        """The expression with what is no rational function of symbols replaced by letters.

        So ``sqrt(3)`` and ``pi`` are letters too: sums of such numbers have more than one form.
        """

        def opaque(part: Expr) -> bool:
            if part.is_Symbol or part.is_Rational or part.is_Add or part.is_Mul:
                return False
            return not (part.is_Pow and part.exp.is_Integer)

        replaced = {}
        for part in sympy.preorder_traversal(e):
            if isinstance(part, Expr) and opaque(part):
                replaced[part] = self._opaque.setdefault(part, Dummy(f"_k{len(self._opaque)}", real=True))
        return e.xreplace(replaced)

    def element(self, e: Expr) -> FracElement:
        """A rational function from its expression."""
        return self._field.from_expr(sympy.sympify(e).xreplace(self._opaque))

    def number(self, n: int, d: int = 1) -> FracElement:
        """A rational number."""
        return self._field(sympy.QQ(n, d))

    def expression(self, f: FracElement) -> Expr:
        """The expression, factored."""
        if f not in self._expressions:
            back = {dummy: e for e, dummy in self._opaque.items()}
            self._expressions[f] = sympy.factor_terms(sympy.factor(f.as_expr())).xreplace(back)
        return self._expressions[f]

    @cached_property
    def gap(self) -> FracElement:
        """``var1 var2 − cov12²``."""
        return self.v1 * self.v2 - self.c**2

    def diff(self, f: FracElement, by: int = 0) -> FracElement:
        """The derivative by ``cov12`` (0), ``var1`` (1) or ``var2`` (2)."""
        top, bottom, letter = f.numer, f.denom, self._field.ring.gens[by]
        return self._field(top.diff(letter) * bottom - top * bottom.diff(letter)) / self._field(bottom**2)

    def signs(self, f: FracElement) -> set[int]:
        """The signs that it takes on samples of the domain; parameters of unknown sign take both."""
        found = set()
        back = {dummy: e for e, dummy in self._opaque.items()}
        expression = f.as_expr().xreplace(back)
        letters = sorted(expression.free_symbols - set(COVARIANCE), key=str)
        for k, (r, a, b) in enumerate(SAMPLES):
            for flip in (1, -1):
                at: dict[Expr, Any] = {cov12: r * (a + b) / 9, var1: a, var2: b}
                for n, letter in enumerate(letters):
                    size = sympy.Rational(2 * n + 3, 4 + k)
                    at[letter] = size if letter.is_nonnegative else (-size if letter.is_nonpositive else flip * size)
                found.add(int(sympy.sign(expression.subs(at).evalf(30))))
        return found

    def is_singular(self, f: FracElement) -> bool:
        """Whether the denominator vanishes at a correlation of one."""
        at = {cov12: sympy.Rational(6, 700), var1: sympy.Rational(4, 700), var2: sympy.Rational(9, 700)}
        return bool(sympy.expand(f.denom.as_expr().subs(at)) == 0)

    def leading_sign(self, f: FracElement) -> int:
        """A sign that changes with that of ``f``."""
        return -1 if (f.numer.LC < 0) != (f.denom.LC < 0) else 1

    def sqrt(self, f: FracElement) -> Root:
        """The square root of what is not negative on the domain, with squares taken out where their sign is known."""
        if f not in self._roots:  # finding signs is most of a derivation's time
            self._roots[f] = self._sqrt(f)
        return self._roots[f]

    def _sqrt(self, f: FracElement) -> Root:
        numerator, denominator = f.numer, f.denom
        if self.signs(self._field(denominator)) == {-1}:
            numerator, denominator = -numerator, -denominator
        content, factors = (numerator * denominator).sqf_list()
        outside, inside = self.one, self.one
        for factor, power in factors:
            p = self._field(factor)
            signs = self.signs(p) - {0}
            if signs == {-1}:
                p, content = -p, content * (-1) ** power
            if signs in ({1}, {-1}):
                outside *= p ** (power // 2)
                inside *= p ** (power % 2)
            else:
                inside *= p**power
        top, bottom = int(content.numerator * content.denominator), int(content.denominator)
        square = _largest_square(abs(top))
        outside *= self.number(square, bottom)
        inside *= self.number(top // square**2)
        return Root(outside / self._field(denominator), inside)

    def times(self, x: Root, y: Root) -> Root:
        """The product of two roots."""
        if x.radicand == y.radicand:
            return Root(x.coefficient * y.coefficient * x.radicand, self.one)
        joint = self.sqrt(x.radicand * y.radicand)
        return Root(x.coefficient * y.coefficient * joint.coefficient, joint.radicand)

    def root_expression(self, x: Root) -> Expr:
        """The expression of a root, with what the coefficient's denominator shares with the radicand cancelled."""
        rest = x.coefficient * x.radicand
        if len(str(rest.denom)) < len(str(x.coefficient.denom)):
            return self.expression(rest) / sympy.sqrt(self.expression(x.radicand))
        return self.expression(x.coefficient) * sympy.sqrt(self.expression(x.radicand))


def _largest_square(n: int) -> int:
    root = 1
    for prime, power in sympy.factorint(Integer(n)).items():
        root *= int(prime) ** (power // 2)
    return root


__all__ = ["COVARIANCE", "Field", "Root"]
