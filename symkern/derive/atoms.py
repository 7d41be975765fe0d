"""Reduce an activation to atoms ``w x^k exp(α x² + β x)``, exactly, or name the factor that is outside.

The atoms form a ring (sums and products of atoms are atoms), so the reduction is a recursion over the formula and
decides membership: every formula built from the leaves below by ``+``, ``*`` and non-negative integer powers is in.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy
from sympy import Add, Expr, I, Mul, Pow, S, Symbol

MAX_ATOMS = 64
MAX_POWER = 64


class Atom(NamedTuple):
    """``x^power · exp(quadratic x² + linear x)``; ``quadratic`` and ``linear`` may be complex."""

    power: int
    quadratic: Expr
    linear: Expr

    def term(self, x: Symbol) -> Expr:
        """The atom as an expression."""
        return x**self.power * sympy.exp(self.quadratic * x**2 + self.linear * x)


AtomSum = dict[Atom, Expr]
"""A finite sum of weighted atoms: atom → weight (free of ``x``, may be complex)."""

ONE = Atom(0, S.Zero, S.Zero)


class OutsideError(Exception):
    """A factor that is no sum of atoms; ``reason`` is a phrase that names it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


SHARP = (sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Max, sympy.Min, sympy.Piecewise, sympy.erf, sympy.erfc)


def stranger(e: Expr) -> str:
    """Why a function is outside of a class; the same words for one that is outside of all."""
    if isinstance(e, SHARP):
        return f"the factor {e} is no polynomial, exponential, sine or cosine"
    return f"the factor {e} is no polynomial, exponential, wave, threshold or error function"


def atoms_of(expression: Expr, x: Symbol) -> AtomSum:
    """The atoms of ``expression``.

    Quotients are cancelled first where that is needed (``tan(x) cos(x)`` is ``sin(x)``).

    Raises:
        OutsideError: a factor is outside of the class.
    """
    try:
        return _reduce(expression, x)
    except OutsideError as direct:
        rewritten = _cancelled(expression)
        if rewritten is None or rewritten == expression:
            raise
        try:
            return _reduce(rewritten, x)
        except OutsideError:
            raise direct from None


def _cancelled(expression: Expr) -> Expr | None:
    """The formula as a cancelled quotient of exponentials, or None where that is no use."""
    if expression.count_ops() > 200:
        return None
    try:
        exponential = expression.rewrite(
            [sympy.tan, sympy.tanh, sympy.sinh, sympy.cosh, sympy.sin, sympy.cos], sympy.exp
        )
        exponential = exponential.rewrite([sympy.sech, sympy.csch, sympy.coth, sympy.cot, sympy.sec], sympy.exp)
        return sympy.cancel(sympy.together(exponential))
    except (sympy.PolynomialError, NotImplementedError):
        return None


def _reduce(e: Expr, x: Symbol) -> AtomSum:
    if not e.has(x):
        return {ONE: e}
    if e == x:
        return {Atom(1, S.Zero, S.Zero): S.One}
    if isinstance(e, Add):
        return _sum([_reduce(arg, x) for arg in e.args])
    if isinstance(e, Mul):
        product: AtomSum = {ONE: S.One}
        for arg in e.args:
            product = _product(product, _reduce(arg, x))
        return product
    if isinstance(e, sympy.exp):
        return _exponential(e.args[0], x, e)
    if isinstance(e, sympy.cosh):
        return _halves(e.args[0], x, e, S.Half, S.Half)
    if isinstance(e, sympy.sinh):
        return _halves(e.args[0], x, e, S.Half, -S.Half)
    if isinstance(e, sympy.cos):
        return _halves(I * e.args[0], x, e, S.Half, S.Half)
    if isinstance(e, sympy.sin):
        return _halves(I * e.args[0], x, e, -I / 2, I / 2)
    if isinstance(e, Pow):
        return _power(e, x)
    raise OutsideError(stranger(e))


def _power(e: Pow, x: Symbol) -> AtomSum:
    base, exponent = e.args
    if not base.has(x):
        if base.is_positive:
            return _exponential(exponent * sympy.log(base), x, e)
        raise OutsideError(f"the factor {e} has a base that may be negative")
    if exponent.has(x):
        raise OutsideError(f"the factor {e} has x in base and exponent")
    inner = _reduce(base, x)
    if exponent.is_Integer and exponent > 0:
        if exponent > MAX_POWER:
            raise OutsideError(f"the power {e} is above {MAX_POWER}")
        result = inner
        for _ in range(int(exponent) - 1):
            result = _product(result, inner)
        return result
    if len(inner) != 1:
        raise OutsideError(f"the factor {e} is no polynomial in exponentials")
    ((atom, weight),) = inner.items()
    if atom.power:
        raise OutsideError(f"the factor {e} is a power of x that is no non-negative integer")
    if not (exponent.is_integer or weight.is_positive):
        raise OutsideError(f"the factor {e} is a root whose sign is unknown")
    return {_atom(0, exponent * atom.quadratic, exponent * atom.linear): weight**exponent}


def _halves(argument: Expr, x: Symbol, e: Expr, plus: Expr, minus: Expr) -> AtomSum:
    """``plus · exp(argument) + minus · exp(-argument)``."""
    up = {k: plus * w for k, w in _exponential(argument, x, e).items()}
    down = {k: minus * w for k, w in _exponential(-argument, x, e).items()}
    return _sum([up, down])


def exponent(argument: Expr, x: Symbol, e: Expr) -> tuple[Expr, Expr, Expr]:
    """The coefficients of ``x²``, ``x`` and 1 in the exponent of the factor ``e``.

    Raises:
        OutsideError: it is no polynomial of degree 2 at most.
    """
    polynomial = argument.expand().as_poly(x)
    if polynomial is None:
        raise OutsideError(f"the factor {e} has an argument that is no polynomial in x")
    if polynomial.degree() > 2:
        raise OutsideError(f"the factor {e} has an exponent of degree {polynomial.degree()} in x, above 2")
    quadratic, linear, constant = (polynomial.coeff_monomial(x**k) for k in (2, 1, 0))
    return quadratic, linear, constant


def _exponential(argument: Expr, x: Symbol, e: Expr) -> AtomSum:
    quadratic, linear, constant = exponent(argument, x, e)
    return {_atom(0, quadratic, linear): sympy.exp(constant)}


def _atom(power: int, quadratic: Expr, linear: Expr) -> Atom:
    return Atom(power, canonical(quadratic), canonical(linear))


def canonical(coefficient: Expr) -> Expr:
    """One spelling of a coefficient, so that equal exponents meet."""
    if coefficient.is_number or coefficient.is_Symbol:
        return sympy.expand(coefficient)
    return sympy.expand(sympy.cancel(sympy.expand(coefficient)))


def _sum(sums: list[AtomSum]) -> AtomSum:
    total: AtomSum = {}
    for s in sums:
        for atom, weight in s.items():
            total[atom] = total.get(atom, S.Zero) + weight
    total = {atom: weight for atom, w in total.items() if (weight := sympy.expand(w)) != 0}
    return _bounded(total)


def _product(left: AtomSum, right: AtomSum) -> AtomSum:
    if len(left) * len(right) > MAX_ATOMS**2:
        raise OutsideError(f"it expands to more than {MAX_ATOMS} terms")
    terms: list[AtomSum] = []
    for a, wa in left.items():
        for b, wb in right.items():
            terms.append({_atom(a.power + b.power, a.quadratic + b.quadratic, a.linear + b.linear): wa * wb})
    return _sum(terms) if terms else {}


def _bounded(total: AtomSum) -> AtomSum:
    if len(total) > MAX_ATOMS:
        raise OutsideError(f"it expands to more than {MAX_ATOMS} terms")
    if any(atom.power > MAX_POWER for atom in total):
        raise OutsideError(f"it has a power of x above {MAX_POWER}")
    return total


def expression_of(atoms: AtomSum, x: Symbol) -> Expr:
    """The sum as an expression."""
    return Add(*(weight * atom.term(x) for atom, weight in atoms.items()))


__all__ = ["ONE", "Atom", "AtomSum", "OutsideError", "atoms_of", "expression_of"]
