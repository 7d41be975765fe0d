"""Sums of ``R · π^(-n/2) · sqrt(Q) · exp(F) · S``: the form of kernels with thresholds.

``R``, ``Q`` and ``F`` are rational in the covariance; ``S`` is 1, an angle ``asin r``, ``Phi(h)`` or ``Phi2(h, k, r)``.
The form is closed under ``∂/∂cov12``, and each term is written in one way, so that equal sums are equal dictionaries.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import sympy
from sympy import Add, Expr

from symkern.derive.field import Field, Root
from symkern.fractions import Fraction, gathered
from symkern.functions import Density2, Phi, Phi2

Special = tuple[str, tuple[Root, ...]]
"""``("one", ())``, ``("angle", (tangent,))``, ``("cdf", (h,))`` or ``("cdf2", (h, k, r))``."""

ONE: Special = ("one", ())


class Key(NamedTuple):
    """Everything of a term but its rational coefficient."""

    pi: int
    radicand: Fraction
    growth: Fraction
    special: Special


Terms = dict[Key, Fraction]


class Algebra:
    """Sums of terms over one field."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.densities: dict[Fraction, tuple[Fraction, Special]] = {}
        """Exponents that are one of a bivariate density plus that of a tilt, and the two apart."""

    def constant(self, value: Fraction) -> Terms:
        """A rational function as a sum of terms."""
        return {Key(0, self.field.one, self.field.zero, ONE): value} if value else {}

    def root(self, root: Root, pi: int = 0, growth: Fraction | None = None, special: Special = ONE) -> Terms:
        """One term."""
        if not root.coefficient:
            return {}
        coefficient = root.coefficient
        if self.field.pi is not None:  # then whole powers belong to the coefficient, for one way of writing them
            coefficient, pi = coefficient * self.field.pi ** -(pi // 2), pi % 2
        return {Key(pi, root.radicand, self.field.zero if growth is None else growth, special): coefficient}

    @staticmethod
    def add(*sums: Terms) -> Terms:
        """The sum."""
        total: Terms = {}
        for terms in sums:
            for key, value in terms.items():
                total[key] = total[key] + value if key in total else value
        return {key: value for key, value in total.items() if value}

    def scale(self, terms: Terms, factor: Fraction) -> Terms:
        """The sum times a rational function."""
        return {key: value * factor for key, value in terms.items()} if factor else {}

    def times(self, terms: Terms, root: Root, pi: int = 0, growth: Fraction | None = None) -> Terms:
        """The sum times ``π^(-pi/2) · root · exp(growth)``."""
        result: list[Terms] = []
        for key, value in terms.items():
            joint = self.field.times(Root(value, key.radicand), root)
            total = key.growth if growth is None else key.growth + growth
            result.append(self.root(joint, key.pi + pi, total, key.special))
        return self.add(*result)

    def normal(self, h: Root) -> Terms:
        """``Phi(h)``."""
        one = self.field.one
        if not h.coefficient:
            return self.constant(self.field.number(1, 2))
        return self.root(Root(one, one), special=("cdf", (h,)))

    def normal2(self, h: Root, k: Root, r: Root) -> Terms:
        """``Phi2(h, k, r)``; Sheppard's formula where both limits are zero."""
        one = self.field.one
        if not h.coefficient and not k.coefficient:
            return self.add(self.constant(self.field.number(1, 4)), self.angle(r))
        return self.root(Root(one, one), special=("cdf2", (h, k, r)))

    def know_density(self, growth: Fraction, h: Root, k: Root, r: Root) -> None:
        """Write ``exp(growth − (h² − 2 r h k + k²)/(2 (1 − r²)))`` by its parts: the sum divides 0 by 0 at ``ρ = ±1``."""
        squares = [x.coefficient**2 * x.radicand for x in (h, k, r)]
        cross = self.field.times(self.field.times(h, k), r).coefficient
        quadratic = (squares[0] - 2 * cross + squares[1]) / (2 * (1 - squares[2]))
        if quadratic and squares[2] and self.field.is_singular(growth - quadratic):
            self.densities[growth - quadratic] = (growth, ("density2", (h, k, r)))

    def angle(self, r: Root) -> Terms:
        """``asin(r)/(2π)``, an odd function: one sign of ``r`` is written."""
        if not r.coefficient:
            return {}
        tangent = self.tangent(r)
        sign = self.field.leading_sign(tangent.coefficient * tangent.radicand)
        tangent = tangent._replace(coefficient=tangent.coefficient * sign)
        return self.root(Root(self.field.number(sign, 2), self.field.one), pi=2, special=("angle", (tangent,)))

    def tangent(self, r: Root) -> Root:
        """``r/sqrt(1 − r²)``."""
        square = r.coefficient**2 * r.radicand
        return self.field.times(r, self.field.sqrt(1 / (1 - square)))

    def diff(self, terms: Terms, by: int = 0) -> Terms:
        """The derivative by ``cov12`` (0), ``var1`` (1) or ``var2`` (2)."""
        parts: list[Terms] = []
        for key, value in terms.items():
            slope = self._slope(Root(value, key.radicand), by).coefficient + value * self.field.diff(key.growth, by)
            parts.append({key: slope})
            for pi, growth, outer, special in self._inner(key.special, by):
                joint = self.field.times(Root(value, key.radicand), outer)
                parts.append(self.root(joint, key.pi + pi, key.growth + growth, special))
        return self.add(*parts)

    def _slope(self, x: Root, by: int) -> Root:
        f = self.field
        return Root(f.diff(x.coefficient, by) + x.coefficient * f.diff(x.radicand, by) / (2 * x.radicand), x.radicand)

    def _inner(self, special: Special, by: int) -> list[tuple[int, Fraction, Root, Special]]:
        """The derivative of ``S`` as ``(power of π^(-1/2), exponent, root, S')``."""
        f = self.field
        name, arguments = special
        if name == "one":
            return []
        slopes = [self._slope(a, by) for a in arguments]
        squares = [a.coefficient**2 * a.radicand for a in arguments]
        if name == "angle":  # atan(t)
            slope = slopes[0]
            return [(0, f.zero, Root(slope.coefficient / (1 + squares[0]), slope.radicand), ONE)]
        half = f.sqrt(f.number(1, 2))
        if name == "cdf":
            return [(1, -squares[0] / 2, f.times(half, slopes[0]), ONE)]
        h, k, r = arguments
        rest = f.sqrt(1 / (1 - squares[2]))
        found = []
        for near, far, slope, square in ((h, k, slopes[0], squares[0]), (k, h, slopes[1], squares[1])):
            if not slope.coefficient:
                continue
            conditional = f.times(self._minus(far, f.times(r, near)), rest)
            for key, value in self.normal(conditional).items():
                outer = f.times(half, slope)
                found.append((1, -square / 2, Root(outer.coefficient * value, outer.radicand), key.special))
        cross = f.times(f.times(h, k), r)
        exponent = -(squares[0] - 2 * cross.coefficient + squares[1]) / (2 * (1 - squares[2]))
        density = f.times(slopes[2], rest)
        found.append((2, exponent, Root(density.coefficient / 2, density.radicand), ONE))
        return found

    def _minus(self, x: Root, y: Root) -> Root:
        """The difference of two roots with one radicand (or of which one is zero)."""
        if not y.coefficient:
            return x
        if not x.coefficient:
            return Root(-y.coefficient, y.radicand)
        assert x.radicand == y.radicand, "limits of one variable have one radicand"
        return Root(x.coefficient - y.coefficient, x.radicand)

    def expression(self, terms: Terms) -> Expr:
        """The sum as people write it: what all terms share stands in front, unless they are many."""
        return gathered(self.sum(terms), radical=True)

    def sum(self, terms: Terms) -> Expr:
        """The sum as it stands."""
        f = self.field
        parts = []
        for key, value, angle in self._turned(terms):
            if key.special == ONE and key.growth in self.densities:
                growth, special = self.densities[key.growth]
                key = key._replace(growth=growth, special=special)
            factor = sympy.exp(f.expression(key.growth)) * sympy.pi ** sympy.Rational(-key.pi, 2)
            written = self._written(key.special) if angle is None else angle
            root = f.root_expression(Root(value, key.radicand))
            parts.append(root * factor * (_with_factored_arguments(written) if written.is_Function else written))
        return Add(*parts)

    def _turned(self, terms: Terms) -> list[tuple[Key, Fraction, Expr | None]]:
        """The terms, with ``asin r + π/2 = atan2(sqrt(1 − r²), −r)`` where the π/2 stands beside the angle.

        That is the angle of a quadrant's probability, accurate where it is small; ``asin r`` is accurate near zero.
        """
        rest = dict(terms)
        beside: dict[Key, list[tuple[Key, Fraction]]] = {}
        for key, value in terms.items():
            if key.special[0] == "angle":
                pi = key.pi - 2 if self.field.pi is None else key.pi
                beside.setdefault(key._replace(pi=pi, special=ONE), []).append((key, value))
        found: list[tuple[Key, Fraction, Expr | None]] = []
        for plain, angles in beside.items():
            half = self.field.number(1, 2) * (1 if self.field.pi is None else self.field.pi)
            given = rest.get(plain, self.field.zero)
            left = given - half * sum((value for _, value in angles), self.field.zero)
            turn = bool(given) and self._is_simpler(left, given, angles[0][1])
            if turn:
                rest[plain] = left
            for key, value in angles:
                del rest[key]
                found.append((key, value, self._angle(key.special[1][0], turn)))
        return [*((key, value, None) for key, value in rest.items() if value), *found]

    def _is_simpler(self, left: Fraction, given: Fraction, weight: Fraction) -> bool:
        """Whether what is left beside turned angles is less, or as much but of the angles' sign, so that nothing cancels."""
        if not left:
            return True
        sizes = len(left.numer), len(given.numer)
        return sizes[0] < sizes[1] or (sizes[0] == sizes[1] and self.field.signs(left / weight) == {1})

    def _angle(self, tangent: Root, turned: bool) -> Expr:
        """``asin r = atan2(r, sqrt(1 − r²))``, or with π/2 added."""
        radicand = self.field.expression(self.field.sqrt(tangent.radicand).radicand)
        rising = self.field.expression(tangent.coefficient * tangent.radicand)
        top, bottom = sympy.fraction(sympy.together(rising))
        across = bottom * sympy.sqrt(radicand)
        return sympy.atan2(across, -top) if turned else sympy.atan2(top, across)

    def _written(self, special: Special) -> Expr:
        name, arguments = special
        written = [self.field.root_expression(a) for a in arguments]
        return {"one": lambda: sympy.S.One, "cdf": Phi, "cdf2": Phi2, "density2": Density2}[name](*written)


@lru_cache(maxsize=4096)
def _with_factored_arguments(e: Expr) -> Expr:
    return e.func(*(sympy.factor_terms(a, radical=True) for a in e.args))


__all__ = ["ONE", "Algebra", "Key", "Special", "Terms"]
