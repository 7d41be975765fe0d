"""Rational functions with rational coefficients, in lowest terms: what kernels are made of.

FLINT does the arithmetic of their polynomials; SymPy's own took 20 to 100 times as long, which was most of a derivation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import sympy
from flint import Ordering, fmpz_mpoly, fmpz_mpoly_ctx
from sympy import Add, Expr, Mul, Pow, Symbol

from symkern.symbols import cov12, var1, var2

COVARIANCE = (cov12, var1, var2)

FEW_TERMS = 40
"""In a longer sum nothing is looked for that all terms share."""


class Fractions:
    """The field of rational functions of some symbols; polynomials are ordered by the first symbol, then the next."""

    def __init__(self, symbols: Sequence[Expr]) -> None:
        self.symbols = tuple(symbols)
        self._ring = fmpz_mpoly_ctx.get([f"x{i}" for i in range(len(self.symbols))], Ordering.lex)
        self._place = {symbol: i for i, symbol in enumerate(self.symbols)}
        self.unit = self._ring.constant(1)
        self.one, self.zero = self.number(1), self.number(0)
        self.gens = tuple(Fraction(self, gen, self.unit) for gen in self._ring.gens())

    def number(self, n: int, d: int = 1) -> Fraction:
        """A rational number."""
        r = sympy.Rational(n, d)
        return Fraction(self, self._ring.constant(int(r.p)), self._ring.constant(int(r.q)))

    def quotient(self, numer: fmpz_mpoly, denom: fmpz_mpoly) -> Fraction:
        """``numer/denom`` in lowest terms, the leading coefficient of the denominator positive.

        Raises:
            ZeroDivisionError: the denominator is zero.
        """
        if denom.is_one():
            return Fraction(self, numer, denom)
        if denom.is_zero():
            raise ZeroDivisionError("a rational function divided by zero")
        common = numer.gcd(denom)
        if not common.is_one():
            numer, denom = numer / common, denom / common
        if denom.leading_coefficient() < 0:
            numer, denom = -numer, -denom
        return Fraction(self, numer, denom)

    def element(self, e: Expr) -> Fraction:
        """A rational function from its expression in the symbols.

        Raises:
            ValueError: it is none.
        """
        if e in self._place:
            return self.gens[self._place[e]]
        if e.is_Rational:
            return self.number(int(e.p), int(e.q))
        if e.is_Add or e.is_Mul:
            parts = [self.element(a) for a in e.args]
            total = parts[0]
            for part in parts[1:]:
                total = total + part if e.is_Add else total * part
            return total
        if e.is_Pow and e.exp.is_Integer:
            return self.element(e.base) ** int(e.exp)
        raise ValueError(f"{e} is no rational function of {self.symbols}")

    def divided(self, f: Fraction, divisor: Fraction) -> tuple[int, Fraction]:
        """How often a polynomial divides the numerator, and what is left."""
        times, left = 0, f.numer
        while not left.is_zero():
            quotient, rest = divmod(left, divisor.numer)
            if not rest.is_zero():
                break
            times, left = times + 1, quotient
        return times, Fraction(self, left, f.denom)

    def even(self, f: Fraction, letter: Expr, square: Fraction) -> Fraction | None:
        """The function with ``square`` for the square of a symbol, or None where it is no function of that."""
        place = self._place[letter]
        parts = []
        for polynomial in f:
            total = self.zero
            for powers, coefficient in polynomial.terms():
                times, odd = divmod(int(powers[place]), 2)
                if odd:
                    return None
                rest = self._ring.from_dict({(*powers[:place], 0, *powers[place + 1 :]): coefficient})
                total += Fraction(self, rest, self.unit) * square**times
            parts.append(total)
        return parts[0] / parts[1]

    def expression(self, polynomial: fmpz_mpoly) -> Expr:
        """The expression of a polynomial."""
        terms = []
        for powers, coefficient in polynomial.terms():
            factors = (Pow(s, int(n)) for s, n in zip(self.symbols, powers, strict=True) if n)
            terms.append(Mul(int(coefficient), *factors))
        return Add(*terms)

    def factors(self, polynomial: fmpz_mpoly, *, square_free: bool = False) -> tuple[int, list[tuple[fmpz_mpoly, int]]]:
        """A constant and the irreducible factors with their powers; with ``square_free``, factors without squares."""
        try:
            constant, found = polynomial.factor_squarefree() if square_free else polynomial.factor()
        except OverflowError:  # FLINT's factors are sorted by their coefficients, which must fit into a machine's word
            written = sympy.Poly(self.expression(polynomial), *self.symbols)
            constant, parts = written.sqf_list() if square_free else written.factor_list()
            found = [(self._ring.from_dict({m: int(c) for m, c in part.terms()}), power) for part, power in parts]
        return int(constant), [(factor, int(power)) for factor, power in found]


def factor_list(e: Expr, *variables: Symbol) -> tuple[Expr, list[tuple[Expr, int]]]:
    """A polynomial's factors that have any of the variables, with their powers, and the rest: ``sympy.factor_list``, faster."""
    others = sorted(e.free_symbols - set(variables), key=str)
    field = _fractions((*variables, *others))
    try:
        numer, denom = field.element(e)
    except ValueError:  # irrational coefficients
        rest, found = sympy.factor_list(e, *variables)
        return rest, [(factor, int(power)) for factor, power in found]
    constant, factors = field.factors(numer)
    written = [(field.expression(factor), power) for factor, power in factors]
    rest = Mul(*(factor**power for factor, power in written if not factor.has(*variables)))
    rest *= sympy.Rational(constant, 1) / field.expression(denom)
    return rest, [(factor, power) for factor, power in written if factor.has(*variables)]


def gathered(total: Expr, *, radical: bool = False) -> Expr:
    """``sympy.factor_terms``, but for long sums as they are: to look for what all of many terms share takes long."""
    return sympy.factor_terms(total, radical=radical) if len(Add.make_args(total)) <= FEW_TERMS else total


def factored(e: Expr) -> Expr:
    """``sympy.factor``, faster where what is to be factored are polynomials in the covariance with rational coefficients."""
    numbers: list[Expr] = []
    others: list[Expr] = []
    for factor in Mul.make_args(e):
        base, power = factor.args if isinstance(factor, Pow) and factor.exp.is_Integer else (factor, sympy.S.One)
        if not isinstance(base, Add):
            (numbers if factor.is_Rational else others).append(factor)
            continue
        found = _factored_sum(base)
        if found is None:
            return sympy.factor(e)
        numbers.append(found[0] ** power)
        others += [f ** (n * power) for f, n in found[1]]
    number, product = Mul(*numbers), Mul(*others)
    return Mul(number, product, evaluate=number == 1 or not product.is_Add)


@lru_cache(maxsize=4096)
def _factored_sum(e: Expr) -> tuple[Expr, list[tuple[Expr, int]]] | None:
    field = field_of(e)
    if field.symbols != COVARIANCE:
        return None
    numer, denom = field.element(e)
    constant, factors = field.factors(numer)
    return sympy.Rational(constant) / field.expression(denom), [(field.expression(f), n) for f, n in factors]


def field_of(*expressions: Expr) -> Fractions:
    """A field that holds these expressions: symbols, the covariance first, and all else that is no number, sum or product.

    Between the latter no relation is known, such as that the square of ``sqrt(2)`` is 2.
    """
    found: set[Expr] = set()
    for e in expressions:
        _collect(e, found)
    return _fractions((*COVARIANCE, *sorted(found - set(COVARIANCE), key=sympy.default_sort_key)))


def _collect(e: Expr, found: set[Expr]) -> None:
    if e.is_Add or e.is_Mul:
        for a in e.args:
            _collect(a, found)
    elif e.is_Pow and e.exp.is_Integer:
        _collect(e.base, found)
    elif not e.is_Rational:
        found.add(e)


@lru_cache(maxsize=64)
def _fractions(symbols: tuple[Expr, ...]) -> Fractions:
    return Fractions(symbols)


class Fraction:
    """A rational function: ``numer/denom`` without a common factor."""

    __slots__ = ("_field", "_hash", "denom", "numer")

    def __init__(self, field: Fractions, numer: fmpz_mpoly, denom: fmpz_mpoly) -> None:
        self._field, self.numer, self.denom = field, numer, denom
        self._hash: int | None = None

    def _same(self, other: Fraction | int) -> Fraction:
        return other if isinstance(other, Fraction) else self._field.number(other)

    def __bool__(self) -> bool:
        return not self.numer.is_zero()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            other = self._field.number(other)
        return isinstance(other, Fraction) and bool(self.numer == other.numer and self.denom == other.denom)

    def __hash__(self) -> int:
        if self._hash is None:
            shapes = [(len(p), p.degrees(), int(p.leading_coefficient()) if not p.is_zero() else 0) for p in self]
            self._hash = hash(tuple(shapes))
        return self._hash

    def __iter__(self) -> Iterator[fmpz_mpoly]:
        return iter((self.numer, self.denom))

    def __neg__(self) -> Fraction:
        return Fraction(self._field, -self.numer, self.denom)

    def __add__(self, other: Fraction | int) -> Fraction:
        (a, b), (c, d) = self, self._same(other)
        if b == d:
            return self._field.quotient(a + c, b)
        common = b.gcd(d)
        if common.is_one():
            return Fraction(self._field, a * d + c * b, b * d)
        rest = d / common
        return self._field.quotient(a * rest + c * (b / common), b * rest)

    def __sub__(self, other: Fraction | int) -> Fraction:
        return self + (-self._same(other))

    def __rsub__(self, other: int) -> Fraction:
        return -self + other

    def __mul__(self, other: Fraction | int) -> Fraction:
        (a, b), (c, d) = self, self._same(other)
        if a.is_zero() or c.is_zero():
            return self._field.zero
        left, right = a.gcd(d), c.gcd(b)
        if not left.is_one():
            a, d = a / left, d / left
        if not right.is_one():
            c, b = c / right, b / right
        return Fraction(self._field, a * c, b * d)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Fraction | int) -> Fraction:
        return self * self._same(other)._inverse()

    def __rtruediv__(self, other: int) -> Fraction:
        return self._inverse() * other

    def __pow__(self, n: int) -> Fraction:
        if n < 0:
            return self._inverse() ** -n
        return Fraction(self._field, self.numer**n, self.denom**n)

    def _inverse(self) -> Fraction:
        if self.numer.is_zero():
            raise ZeroDivisionError("a rational function divided by zero")
        sign = -1 if self.numer.leading_coefficient() < 0 else 1
        return Fraction(self._field, sign * self.denom, sign * self.numer)

    def diff(self, by: int) -> Fraction:
        """The derivative by the symbol of that number."""
        top, bottom = self
        return self._field.quotient(top.derivative(by) * bottom - top * bottom.derivative(by), bottom * bottom)

    def as_expr(self) -> Expr:
        """The expression, as it stands."""
        return self._field.expression(self.numer) / self._field.expression(self.denom)


__all__ = ["COVARIANCE", "Fraction", "Fractions", "factor_list", "factored", "field_of", "gathered"]
