"""A function in pieces at one working precision, with the point masses of its derivative: what quadrature sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.oracle.formula import features
from symkern.oracle.integrand import MPMATH, Arithmetic, Function, evaluator
from symkern.oracle.pieces import Pieces, mass_at
from symkern.oracle.window import DivergenceError


@dataclass(frozen=True)
class Measure:
    """``f(x) dx`` and masses.

    Attributes:
        ends: the knots.
        functions: the pieces, one more than knots; None where ``f`` is 0.
        powers: for each knot how ``f`` may grow there, ``|x - t|**power`` (None: bounded with all derivatives).
        masses: places and sizes of the point masses.
        sharp: places (and lengths) of the shortest features between the knots, where a mesh must look.
        arithmetic: of values and sizes; places are mpf.
    """

    ends: tuple[mpf, ...]
    functions: tuple[Function | None, ...]
    powers: tuple[float | None, ...]
    masses: tuple[tuple[mpf, Any], ...]
    sharp: tuple[tuple[float, float], ...]
    arithmetic: Arithmetic = MPMATH

    @classmethod
    def of(cls, pieces: Pieces, arithmetic: Arithmetic = MPMATH) -> Measure:
        """At the current precision."""
        ends = tuple(knot.at() for knot in pieces.knots)
        masses = tuple(
            (end, arithmetic.number(mass_at(knot, pair)))
            for end, knot, pair in zip(ends, pieces.knots, pieces.masses, strict=True)
            if pair is not None
        )
        functions = tuple(None if f.is_zero else _total(f, arithmetic) for f in pieces.formulas)
        return cls(ends, functions, powers_of(pieces), masses, _sharp(pieces.formulas, ends), arithmetic)

    def at(self, place: Any) -> Any:
        """``f`` at a number, a knot belonging to the piece at its right; 0 where it is not finite."""
        function = self.functions[sum(1 for mark in self._marks if mark <= place)]
        if function is None:
            return self.arithmetic.exact(mpf(0))
        try:
            value = function(place)
        except (ValueError, ZeroDivisionError):
            return mpf(0)
        return value if not isinstance(value, mpf) or mp.isfinite(value) else mpf(0)

    @cached_property
    def _marks(self) -> list[Any]:
        return list(map(self.arithmetic.exact, self.ends))

    def average(self, place: mpf) -> Any:
        """``f``, at a knot the mean of both sides (what a Gaussian of vanishing width sees).

        Raises:
            DivergenceError: where it is infinite, or a point mass sits.
        """
        slack = mp.ldexp(1, 16 - mp.prec) * abs(place)
        if any(abs(t - place) <= slack for t, _ in self.masses):
            raise DivergenceError
        for k, end in enumerate(self.ends):
            if abs(end - place) <= slack:
                if (self.powers[k] or 0.0) < 0:
                    raise DivergenceError
                here = self.arithmetic.exact(end)
                return self.arithmetic.total(f(here) for f in self.functions[k : k + 2] if f is not None) / 2
        return self.at(self.arithmetic.exact(place))

    def scaled(self, scale: mpf) -> Measure:
        """The function ``z -> f(scale z)``, without its masses."""
        factor = self.arithmetic.number(scale)
        functions = tuple(None if f is None else _stretched(f, factor) for f in self.functions)
        ends, powers = tuple(end / scale for end in self.ends), self.powers
        if scale < 0:
            ends, functions, powers = ends[::-1], functions[::-1], powers[::-1]
        sharp = tuple((place / float(scale), length / abs(float(scale))) for place, length in self.sharp)
        return Measure(ends, functions, powers, (), sharp, self.arithmetic)

    def times(self, other: Measure) -> Measure:
        """The product of two functions; where both are rough their powers add up."""
        slack = mp.ldexp(1, 16 - mp.prec)
        ends: list[mpf] = []
        for end in sorted((*self.ends, *other.ends)):
            if not ends or end - ends[-1] > slack * abs(end):
                ends.append(end)
        powers = [_sum(self._power_at(end, slack), other._power_at(end, slack)) for end in ends]
        functions = [_product(self._around(a, b), other._around(a, b)) for a, b in pairwise([None, *ends, None])]
        sharp = self.sharp + other.sharp
        return Measure(tuple(ends), tuple(functions), tuple(powers), (), sharp, self.arithmetic)

    def _power_at(self, place: mpf, slack: mpf) -> float | None:
        near = [p for end, p in zip(self.ends, self.powers, strict=True) if abs(end - place) <= slack * abs(place)]
        return near[0] if near else None

    def _around(self, lo: mpf | None, hi: mpf | None) -> Function | None:
        """The piece between two places."""
        if lo is None:
            return self.functions[0]
        place = lo + 1 if hi is None else (lo + hi) / 2
        return self.functions[sum(1 for end in self.ends if end <= place)]


@lru_cache(maxsize=256)
def powers_of(pieces: Pieces) -> tuple[float | None, ...]:
    """For each knot how ``f`` may grow there."""
    return tuple(
        min(_power(f, pieces, k, side) for f, side in zip(pieces.formulas[k : k + 2], (-1, 1), strict=True))
        if rough
        else None
        for k, rough in enumerate(pieces.rough)
    )


def room(pieces: Pieces, accuracy: float) -> float:
    """Digits more for the places beside a rough knot that is not 0, which a tanh-sinh rule nears so closely."""
    powers = [p for p, knot in zip(powers_of(pieces), pieces.knots, strict=True) if p is not None and knot.at()]
    return max(((accuracy + 5) / (1 + max(p, -0.9)) for p in powers), default=0.0)


ONE = Measure((), (lambda _: mpf(1),), (), (), ())
"""The constant function."""


def _total(formula: Expr, arithmetic: Arithmetic) -> Function:
    """The formula as a function that never gives an int."""
    if formula.is_number:
        value = arithmetic.number(mpf(evaluator(formula)(mpf(0))))
        return lambda _: value
    return arithmetic.evaluator(formula)


def _stretched(f: Function, scale: Any) -> Function:
    return lambda z: f(scale * z)


def _product(f: Function | None, g: Function | None) -> Function | None:
    return None if f is None or g is None else lambda z: f(z) * g(z)


def _sum(p: float | None, q: float | None) -> float | None:
    return None if p is None and q is None else (p or 0.0) + (q or 0.0)


def _power(formula: Expr, pieces: Pieces, k: int, side: int) -> float:
    """The exponent ``p`` of ``f ~ |x - t|**p`` at a rough knot, from two places beside it; not above 0."""
    if formula.is_zero:
        return 0.0
    with workdps(700):
        f, t = evaluator(formula), pieces.knots[k].at()
        first, second = (abs(f(t + side * mpf(10) ** -e)) for e in (150, 300))
        if not first or not second:
            return 0.0
        return min(0.0, float(mp.log10(first / second) / 150))


def _sharp(formulas: Sequence[Expr], ends: Sequence[mpf]) -> tuple[tuple[float, float], ...]:
    """Features of each piece inside it."""
    found: list[tuple[float, float]] = []
    for formula, lo, hi in zip(formulas, (-mp.inf, *ends), (*ends, mp.inf), strict=True):
        try:
            mine = features(formula, 1000.0)
        except (ArithmeticError, TypeError, ValueError):
            continue
        inside = [(place, length) for place, length in mine if lo < place < hi and length < 1]
        found += sorted(inside, key=lambda pair: pair[1])[:10]
    return tuple(found)


__all__ = ["ONE", "Measure", "powers_of", "room"]
