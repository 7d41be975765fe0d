"""Exact arithmetic for kernels: rational functions of the covariance and the parameters, and square roots of them.

A rational function has one form, so that sums cancel and two results are compared by looking at them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import sympy
from flint import fmpz_mpoly
from sympy import Dummy, Expr, Integer

from symkern.fractions import COVARIANCE, Fraction, Fractions
from symkern.symbols import cov12, var1, var2

SAMPLES = tuple(
    (sympy.Rational(r, 9), sympy.Rational(a, 160), sympy.Rational(b, 90))
    for r, a, b in ((1, 1, 1), (-2, 3, 2), (3, 5, 4), (-1, 2, 7), (0, 1, 3))
)
"""Interior covariances with small variances, at which every admissible formula exists: they tell signs."""


class Root(NamedTuple):
    """``coefficient · sqrt(radicand)``; the radicand is a square-free polynomial (an element of the field)."""

    coefficient: Fraction
    radicand: Fraction


class Field:
    """Rational functions of ``cov12, var1, var2`` and whatever else the given expressions contain."""

    def __init__(self, expressions: Iterable[Expr]) -> None:
        given = [sympy.sympify(e) for e in expressions]
        self._opaque: dict[Expr, Dummy] = {}
        self._expressions: dict[Fraction, Expr] = {}
        prepared = [self._prepared(e) for e in given]
        names = sorted(set().union(*(e.free_symbols for e in prepared)) - set(COVARIANCE), key=str)
        self._field = Fractions((*COVARIANCE, *names))
        self.c, self.v1, self.v2 = self._field.gens[:3]
        self.one, self.zero = self._field.one, self._field.zero
        letter = self._opaque.get(sympy.pi)
        self.pi = None if letter is None else self._field.element(letter)
        """π as an element, where a knot or a slope contains it."""
        self._roots: dict[Fraction, Root] = {}

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

    def element(self, e: Expr) -> Fraction:
        """A rational function from its expression."""
        return self._field.element(sympy.sympify(e).xreplace(self._opaque))

    def number(self, n: int, d: int = 1) -> Fraction:
        """A rational number."""
        return self._field.number(n, d)

    def expression(self, f: Fraction) -> Expr:
        """The expression, factored."""
        if f not in self._expressions:
            (p, top), (q, bottom) = (self._factored(part) for part in f)
            self._expressions[f] = _scaled(sympy.Rational(p, q), top / bottom).xreplace(self._spelling)
        return self._expressions[f]

    def _factored(self, p: fmpz_mpoly) -> tuple[int, Expr]:
        """A constant, and the product of the irreducible factors, each with the sign that SymPy gives it."""
        constant, factors = self._field.factors(p)
        found = []
        for factor, power in factors:
            leading = max(factor.terms(), key=lambda term: [term[0][i] for i in self._sorted])[1]
            sign = -1 if leading < 0 else 1
            constant *= sign**power
            found.append(self._field.expression(sign * factor) ** power)
        return constant, sympy.Mul(*found)

    @cached_property
    def _sorted(self) -> list[int]:
        """The numbers of the symbols, in the order in which SymPy sorts the generators of a polynomial."""
        symbols = self._field.symbols
        return [symbols.index(s) for s in sympy.Poly(sympy.Add(*symbols)).gens]

    @cached_property
    def _spelling(self) -> dict[Expr, Expr]:
        """What the letters stand for."""
        return {dummy: e for e, dummy in self._opaque.items()}

    @cached_property
    def gap(self) -> Fraction:
        """``var1 var2 − cov12²``."""
        return self.v1 * self.v2 - self.c**2

    def diff(self, f: Fraction, by: int = 0) -> Fraction:
        """The derivative by ``cov12`` (0), ``var1`` (1) or ``var2`` (2)."""
        return f.diff(by)

    def signs(self, f: Fraction) -> set[int]:
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

    def is_singular(self, f: Fraction) -> bool:
        """Whether the denominator vanishes at a correlation of one."""
        at = {cov12: sympy.Rational(6, 700), var1: sympy.Rational(4, 700), var2: sympy.Rational(9, 700)}
        return bool(sympy.expand(self._field.expression(f.denom).subs(at)) == 0)

    def leading_sign(self, f: Fraction) -> int:
        """A sign that changes with that of ``f``."""
        return -1 if f and f.numer.leading_coefficient() < 0 else 1

    def sqrt(self, f: Fraction) -> Root:
        """The square root of what is not negative on the domain, with squares taken out where their sign is known."""
        if f not in self._roots:  # finding signs is most of a derivation's time
            self._roots[f] = self._sqrt(f)
        return self._roots[f]

    def _sqrt(self, f: Fraction) -> Root:
        numerator, denominator = f
        if self.signs(self._polynomial(denominator)) == {-1}:
            numerator, denominator = -numerator, -denominator
        constant, factors = self._field.factors(numerator * denominator, square_free=True)
        content = sympy.Rational(constant)
        outside, inside = self.one, self.one
        for factor, power in factors:
            leading = int(factor.leading_coefficient())
            p, content = self._polynomial(factor) / leading, content * leading**power
            signs = self.signs(p) - {0}
            if signs == {-1}:
                p, content = -p, content * (-1) ** power
            if signs in ({1}, {-1}):
                outside *= p ** (power // 2)
                inside *= p ** (power % 2)
            else:
                inside *= p**power
        top, bottom = int(content.p * content.q), int(content.q)
        square = _largest_square(abs(top))
        outside *= self.number(square, bottom)
        inside *= self.number(top // square**2)
        return Root(outside / self._polynomial(denominator), inside)

    def _polynomial(self, p: fmpz_mpoly) -> Fraction:
        return Fraction(self._field, p, self._field.unit)

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


def _scaled(number: sympy.Rational, product: Expr) -> Expr:
    """The product; a number stays in front of a sum, unless it is ±1 or a fraction that makes one of its terms whole."""
    if not product.is_Add or abs(number) == 1:
        return number * product
    inside = not number.is_Integer and any((number * a.as_coeff_Mul()[0]).is_Integer for a in product.args)
    return sympy.Mul(number, product, evaluate=inside)


def _largest_square(n: int) -> int:
    root = 1
    for prime, power in sympy.factorint(Integer(n)).items():
        root *= int(prime) ** (power // 2)
    return root


__all__ = ["COVARIANCE", "Field", "Root"]
