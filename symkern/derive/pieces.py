"""A formula with kinks or jumps, cut at its knots into smooth pieces.

``Abs``, ``sign``, ``Heaviside``, ``Max``, ``Min`` and ``Piecewise`` change their form where something crosses zero: the knots
are the real roots of that something, and between two knots one form holds.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import sympy
from sympy import Abs, Expr, Heaviside, Max, Min, Piecewise, S, Symbol, oo, sign
from sympy.core.relational import Relational

from symkern.derive.atoms import OutsideError

SHARP = (Abs, sign, Heaviside, Max, Min, Piecewise)
MAX_KNOTS = 64


class Piece(NamedTuple):
    """The formula between two knots."""

    low: Expr
    high: Expr
    form: Expr


def pieces(e: Expr, x: Symbol) -> list[Piece]:
    """The smooth pieces of ``e`` from left to right, covering the line.

    Raises:
        OutsideError: a knot cannot be found, or the order of two knots is unknown.
    """
    if not e.has(*SHARP) or not e.has(x):
        return [Piece(-oo, oo, e)]
    if isinstance(e, Piecewise):
        return _branches(e, x)
    refined = _common([pieces(a, x) for a in e.args])
    found: list[Piece] = []
    for low, high, forms in refined:
        if isinstance(e, (Abs, sign, Heaviside)):
            found += _signed(e.func, forms[0], low, high, x)
        elif isinstance(e, (Max, Min)):
            found += _extreme(isinstance(e, Max), list(forms), low, high, x)
        else:
            found.append(Piece(low, high, e.func(*forms)))
    return _merged(found)


def _merged(found: list[Piece]) -> list[Piece]:
    """Neighbours of the same form as one."""
    merged = [found[0]]
    for piece in found[1:]:
        if sympy.expand(merged[-1].form - piece.form) == 0:
            merged[-1] = merged[-1]._replace(high=piece.high)
        else:
            merged.append(piece)
    if len(merged) > MAX_KNOTS:
        raise OutsideError(f"it has more than {MAX_KNOTS} knots")
    return merged


def _common(partitions: list[list[Piece]]) -> list[tuple[Expr, Expr, tuple[Expr, ...]]]:
    """The coarsest partition that refines them all, with the form of each."""
    knots = sorted_knots({p.low for partition in partitions for p in partition} - {-oo})
    result = []
    for low, high in zip([-oo, *knots], [*knots, oo], strict=True):
        forms = tuple(next(p.form for p in partition if less(low, p.high)) for partition in partitions)
        result.append((low, high, forms))
    return result


def sorted_knots(knots: set[Expr]) -> list[Expr]:
    """The knots from left to right."""
    result: list[Expr] = []
    for knot in sorted(knots, key=sympy.default_sort_key):
        place = 0
        while place < len(result) and less(result[place], knot):
            place += 1
        result.insert(place, knot)
    return result


def less(a: Expr, b: Expr) -> bool:
    """Whether ``a < b``, of two different numbers.

    Raises:
        OutsideError: the declared signs of the parameters do not tell.
    """
    if a == -oo or b == oo:
        return True
    if a == oo or b == -oo:
        return False
    known = sign_of(b - a)
    if known is None:
        raise OutsideError(f"the order of its knots {a} and {b} depends on the values of the parameters")
    return known > 0


def sign_of(e: Expr) -> int | None:
    """-1, 0 or 1; None where the signs of the parameters do not tell."""
    for form in (e, sympy.factor(e), sympy.expand(e)):
        if form.is_positive:
            return 1
        if form.is_negative:
            return -1
        if form.is_zero:
            return 0
    return None


def _roots(e: Expr, low: Expr, high: Expr, x: Symbol, who: str) -> list[Expr]:
    """The real roots strictly between two knots."""
    e = sympy.factor(e)
    if not e.has(x):
        return []
    found: set[Expr] = set()
    for factor in sympy.Mul.make_args(e):
        base = factor.base if factor.is_Pow and factor.exp.is_number else factor
        if not base.has(x) or isinstance(base, sympy.exp) or base.is_positive:
            continue
        found |= _real_roots(base, x, who)
    inside = []
    for root in sorted(found, key=sympy.default_sort_key):
        if (low == -oo or (root != low and less(low, root))) and (high == oo or (root != high and less(root, high))):
            inside.append(root)
    return sorted_knots(set(inside))


def _real_roots(e: Expr, x: Symbol, who: str) -> set[Expr]:
    outside = OutsideError(f"the factor {who} has knots where {e} = 0, which symkern does not solve")
    if not e.is_polynomial(x):
        return _exponential_root(e, x, outside)
    polynomial = sympy.Poly(e, x)
    if polynomial.degree() == 1:
        slope, constant = polynomial.all_coeffs()
        return {sympy.cancel(-constant / slope)}
    if polynomial.free_symbols_in_domain:
        raise outside
    roots = polynomial.real_roots(multiple=False)
    if any(isinstance(root, sympy.CRootOf) for root, _ in roots):
        raise outside
    return {root for root, _ in roots}


def _exponential_root(e: Expr, x: Symbol, outside: OutsideError) -> set[Expr]:
    """The root of ``p exp(q x + r) + s``."""
    constant, rest = e.as_independent(x, as_Add=True)
    weight, factor = rest.as_independent(x, as_Add=False)
    if not isinstance(factor, sympy.exp) or not constant.is_number or not weight.is_number:
        raise outside
    argument = sympy.Poly(factor.args[0], x) if factor.args[0].is_polynomial(x) else None
    if argument is None or argument.degree() != 1:
        raise outside
    level = -constant / weight
    if not level.is_positive:
        return set()
    slope, shift = argument.all_coeffs()
    return {(sympy.log(level) - shift) / slope}


def between(low: Expr, high: Expr) -> Expr:
    """A point strictly between two knots."""
    if low == -oo:
        return S.Zero if high == oo else high - 1
    return low + 1 if high == oo else (low + high) / 2


def _decided(e: Expr, low: Expr, high: Expr, x: Symbol, who: str) -> int:
    """The sign of what has no root between two knots."""
    known = sign_of(e.subs(x, between(low, high))) if e.has(x) else sign_of(e)
    if known is None:
        raise OutsideError(f"the factor {who}: the sign of {e} depends on the values of the parameters")
    return known


def _split(e: Expr, low: Expr, high: Expr, x: Symbol, who: str) -> list[tuple[Expr, Expr, int]]:
    """The intervals between the roots of ``e``, with its sign on each."""
    knots = [low, *_roots(e, low, high, x, who), high]
    return [(a, b, _decided(e, a, b, x, who)) for a, b in pairwise(knots)]


def _signed(function: Callable[[Expr], Expr], e: Expr, low: Expr, high: Expr, x: Symbol) -> list[Piece]:
    result = []
    for a, b, s in _split(e, low, high, x, f"{function.__name__}({e})"):
        form = {Abs: s * e, sign: sympy.Integer(s), Heaviside: sympy.Rational(s + 1, 2)}[function]
        result.append(Piece(a, b, form))
    return result


def _extreme(largest: bool, forms: list[Expr], low: Expr, high: Expr, x: Symbol) -> list[Piece]:
    current = [Piece(low, high, forms[0])]
    for form in forms[1:]:
        refined = []
        for piece in current:
            who = f"{'Max' if largest else 'Min'}({piece.form}, {form})"
            for a, b, s in _split(piece.form - form, piece.low, piece.high, x, who):
                refined.append(Piece(a, b, piece.form if (s >= 0) == largest else form))
        current = refined
    return current


def _branches(e: Piecewise, x: Symbol) -> list[Piece]:
    """A condition holds on intervals between the roots of its comparisons' two sides."""
    knots: set[Expr] = set()
    conditions = [sympy.sympify(condition) for _, condition in e.args]
    for relation in {r for condition in conditions for r in condition.atoms(Relational)}:
        difference = relation.lhs - relation.rhs
        knots |= {k for p in pieces(difference, x) for k in (p.low, *_roots(p.form, p.low, p.high, x, str(relation)))}
    ends = [-oo, *sorted_knots(knots - {-oo}), oo]
    result: list[Piece] = []
    for low, high in pairwise(ends):
        form = next((f for f, c in e.args if _holds(sympy.sympify(c), low, high, x)), None)
        if form is None:
            raise OutsideError(f"the factor {e} is not defined between {low} and {high}")
        for piece in pieces(form, x):
            a = low if piece.low == -oo or (low != -oo and less(piece.low, low)) else piece.low
            b = high if piece.high == oo or (high != oo and less(high, piece.high)) else piece.high
            if a == b or not less(a, b):
                continue
            result.append(Piece(a, b, piece.form))
    return _merged(result)


def _holds(condition: sympy.Basic, low: Expr, high: Expr, x: Symbol) -> bool:
    if condition in (sympy.true, sympy.false):
        return bool(condition)
    if isinstance(condition, Relational):
        if isinstance(condition, (sympy.Eq, sympy.Ne)):
            return isinstance(condition, sympy.Ne)
        difference = condition.lhs - condition.rhs
        form = next(p.form for p in pieces(difference, x) if less(between(low, high), p.high) or p.high == oo)
        s = _decided(form, low, high, x, str(condition))
        return s > 0 if isinstance(condition, (sympy.StrictGreaterThan, sympy.GreaterThan)) else s < 0
    inner = [_holds(c, low, high, x) for c in condition.args]
    return {"And": all(inner), "Or": any(inner), "Not": not inner[0]}[type(condition).__name__]


__all__ = ["SHARP", "Piece", "less", "pieces", "sign_of", "sorted_knots"]
