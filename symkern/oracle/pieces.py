"""A formula with kinks and jumps as smooth pieces between knots; read here without any help from ``derive``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import sympy
from mpmath import mp, mpf, workdps
from sympy import Expr, Pow, Rational
from sympy.core.relational import Relational

from symkern.oracle.formula import SMOOTH
from symkern.oracle.integrand import evaluator
from symkern.oracle.knots import Knot, ordered, real_zeros, same
from symkern.oracle.ranges import has_zeros, is_positive
from symkern.oracle.value import OracleError
from symkern.symbols import x

SHARP = (sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Max, sympy.Min, sympy.Piecewise)
LIMIT = 64
"""More pieces than this are refused."""


@dataclass(frozen=True)
class Pieces:
    """``f`` on the line.

    Attributes:
        knots: rising; ``f`` is analytic between two of them.
        formulas: one more than knots.
        rough: for each knot, does a power or a logarithm vanish there (an algebraic singularity, not just a kink)?
        masses: for each knot, is there a point mass (a derivative of a jump)? the formulas left and right of the jump.
    """

    knots: tuple[Knot, ...]
    formulas: tuple[Expr, ...]
    rough: tuple[bool, ...]
    masses: tuple[tuple[Expr, Expr] | None, ...]

    def derivative(self) -> Pieces:
        """``f'`` as the derivative of a distribution; ``f`` itself must be a function.

        Raises:
            ArithmeticError: where ``f`` is infinite at a knot.
        """
        masses = []
        for knot, pair in zip(self.knots, pairwise(self.formulas), strict=True):
            masses.append(pair if _jumps(knot, pair) else None)
        return Pieces(self.knots, tuple(f.diff(x) for f in self.formulas), self.rough, tuple(masses))


def is_sharp(formula: Expr) -> bool:
    """Does the formula have functions with kinks or jumps?"""
    return bool(formula.has(*SHARP))


@lru_cache(maxsize=128)
def pieces_of(formula: Expr) -> Pieces:
    """Split a formula at its knots.

    Raises:
        OracleError: names the part that is not understood.
    """
    if free := formula.free_symbols - {x}:
        names = ", ".join(sorted(map(str, free)))
        raise OracleError(f"the oracle needs numbers for {names}: substitute the parameters first")
    exact = formula.xreplace({number: Rational(number) for number in formula.atoms(sympy.Float)})
    found = list(_split(exact, None, None))
    if len(found) > LIMIT:
        raise OracleError(f"{formula} has more than {LIMIT} pieces")
    knots: list[Knot] = []
    formulas, rough = [found[0][0]], []
    for (left, _, end), (right, _, _) in pairwise(found):
        assert end is not None
        singular = any(same(end, zero) for f in (left, right) for zero in _singularities(f))
        if left == right and not singular:
            continue
        knots.append(end)
        formulas.append(right)
        rough.append(singular)
    return Pieces(tuple(knots), tuple(formulas), tuple(rough), (None,) * len(knots))


def understood(formula: Expr) -> Pieces | None:
    """Its pieces; None where there is a part that is not understood."""
    try:
        return pieces_of(formula)
    except OracleError:
        return None


def _split(formula: Expr, lo: Knot | None, hi: Knot | None) -> Iterator[tuple[Expr, Knot | None, Knot | None]]:
    """Smooth pieces between two knots, from left to right."""
    node = next((p for p in sympy.postorder_traversal(formula) if isinstance(p, SHARP)), None)
    if node is None:
        _require_pieces(formula)
        zeros = _singularities(formula)
    else:
        zeros = []
        for comparison in _comparisons(node):
            _require_pieces(comparison)
            zeros += real_zeros(comparison) + _singularities(comparison)
    ends = [lo, *ordered(zeros, lo, hi), hi]
    if len(ends) > LIMIT:
        raise OracleError(f"{formula} has more than {LIMIT} pieces")
    for a, b in pairwise(ends):
        place = _between(a, b)
        if node is None:
            _require_real(formula, place)
            yield formula, a, b
        else:
            yield from _split(formula.xreplace({node: _branch(node, place)}), a, b)


def _comparisons(node: Expr) -> list[Expr]:
    """What vanishes where the branch of a sharp function changes."""
    if isinstance(node, (sympy.Max, sympy.Min)):
        return [a - b for a, b in combinations(node.args, 2)]
    if isinstance(node, sympy.Piecewise):
        relations = set().union(*(cond.atoms(Relational) for _, cond in node.args))
        return [r.lhs - r.rhs for r in sorted(relations, key=str)]
    return [node.args[0]]


def _branch(node: Expr, place: mpf) -> Expr:
    """The formula that a sharp function is around a place that is no knot."""
    with workdps(80):
        if isinstance(node, (sympy.Max, sympy.Min)):
            pick = max if isinstance(node, sympy.Max) else min
            return pick(node.args, key=lambda arg: _real(arg, place))
        if isinstance(node, sympy.Piecewise):
            for value, cond in node.args:
                truth = {r: _holds(r, place) for r in cond.atoms(Relational)}
                if cond.xreplace(truth) == sympy.true:
                    return value
            raise OracleError(f"{node} has no value at {mp.nstr(place, 6)}")
        sign = mp.sign(_real(node.args[0], place))
    if isinstance(node, sympy.Abs):
        return node.args[0] if sign > 0 else -node.args[0]
    if isinstance(node, sympy.sign):
        return sympy.Integer(int(sign))
    return sympy.Rational(1 + int(sign), 2)


def _holds(relation: Relational, place: mpf) -> Expr:
    value = _real(relation.lhs - relation.rhs, place)
    return sympy.true if relation.func(sympy.Integer(int(mp.sign(value))), 0) == sympy.true else sympy.false


def _between(lo: Knot | None, hi: Knot | None) -> mpf:
    """A place between two knots, on nothing that means something."""
    with workdps(80):
        if lo is None and hi is None:
            return mpf("0.3819660112501051")
        if lo is None or hi is None:
            return hi.at() - mpf("0.618") if hi is not None else lo.at() + mpf("0.618")  # type: ignore[union-attr]
        return lo.at() + (hi.at() - lo.at()) * mpf("0.3819660112501051")


def _require_pieces(formula: Expr) -> None:
    """Refuse what is not analytic between the zeros of its powers and logarithms."""
    for part in sympy.preorder_traversal(formula):
        if not part.has(x) or part == x or isinstance(part, (sympy.Add, sympy.Mul, sympy.log, *SMOOTH)):
            continue
        if isinstance(part, Pow) and (is_positive(part.base) or not part.exp.has(x)):
            continue
        raise OracleError(f"{part} is not smooth (or not known to be): the oracle has no rule for its breakpoints")


def _singularities(formula: Expr) -> list[Knot]:
    """Zeros of what stands under a power that is no natural number, or in a logarithm."""
    bases = set()
    for part in formula.atoms(Pow, sympy.log):
        base = part.args[0]
        whole = isinstance(part, Pow) and part.exp.is_Integer and part.exp >= 0
        if base.has(x) and not whole and has_zeros(base):
            bases.add(base)
    return [zero for base in sorted(bases, key=str) for zero in real_zeros(base)]


def _require_real(formula: Expr, place: mpf) -> None:
    with workdps(40):
        _real(formula, place)


def _real(formula: Expr, place: mpf) -> mpf:
    """A value that must be real."""
    try:
        value = evaluator(formula)(place)
    except (ArithmeticError, ValueError):
        value = None
    if not isinstance(value, (mpf, int)):
        raise OracleError(f"{formula} is not smooth and real near {mp.nstr(place, 6)}")
    return mpf(value)


def _jumps(knot: Knot, pair: tuple[Expr, Expr]) -> bool:
    """A jump stays when the precision rises, noise does not."""
    sizes = []
    for dps in (100, 400):
        with workdps(dps):
            sizes.append(abs(mass_at(knot, pair)))
    return bool(sizes[1] > mpf(10) ** -80 and sizes[1] > sizes[0] * mpf(10) ** -5)


def mass_at(knot: Knot, pair: tuple[Expr, Expr]) -> mpf:
    """The height of a jump at the working precision."""
    values = []
    for f in pair:
        try:
            value = evaluator(f)(knot.at())
            if mp.isnan(value):
                raise ValueError
        except (ValueError, ZeroDivisionError):
            value = _limit(f, knot, -1 if f is pair[0] else 1)
        value = mp.re(value)
        if mp.isinf(value):
            raise ArithmeticError("infinite at a knot")
        values.append(value)
    return values[1] - values[0]


def _limit(f: Expr, knot: Knot, side: int) -> mpf:
    """A limit that the formula does not give, ``x log|x|`` for instance."""
    sizes = []
    for tiny in (-200, -600):
        with workdps(700):
            sizes.append(mp.re(evaluator(f)(knot.at() + side * mpf(10) ** tiny)))
    if abs(sizes[1]) > 2 * abs(sizes[0]) + 1:
        return mp.inf
    return mpf(0) if abs(sizes[1]) < mpf(10) ** -50 else sizes[1]


__all__ = ["SHARP", "Pieces", "is_sharp", "mass_at", "pieces_of", "understood"]
