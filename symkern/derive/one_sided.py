"""Small variances of an activation with a kink at zero: the kernel of its power series to the right and to the left.

``exp(x) - 1`` to the left of zero and ``x`` to the right of it has the kernel ``cov12 + …``, but the closed form is a sum of terms
near 1, of which nothing is left at variances of 1e-30.  Cut after a few powers the activation is a sum of ``x^k`` and
``x^k 1(x > 0)``: its kernel is elementary, and no term is larger than the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from mpmath import mp, mpf
from sympy import Expr, Rational, S, Symbol

from symkern.derive.pieces import sign_of
from symkern.derive.real_atoms import ONE, RealAtoms, Step
from symkern.symbols import x
from symkern.taylor import Series, derivative, taylor

ERROR = mpf(2) ** -58
"""Relative to ``√(K11 K22)``: a few ulp of its 64th part, which counts beside a change of sign."""
FAR = 64
"""Half the square of a knot's distance in deviations: what lies beyond it is ``exp(-64)`` of the kernel."""
SMALLEST = -80
"""No series is worth it whose variances must be below this power of two."""
LONGEST = 25
"""The highest power; the first one of the activation is a quarter of that."""

Values = Mapping[Symbol, Expr]


@dataclass(frozen=True)
class Sides:
    """Coefficients of the power series to the right and to the left, and what limits the variances.

    ``rate`` times a variance is a number; ``knots`` are the other kinks.
    """

    right: Series
    left: Series
    rate: Expr
    knots: tuple[Expr, ...]

    @property
    def order(self) -> int | None:
        """The first power; None where that is too high."""
        return next((k for k, sides in enumerate(zip(self.right, self.left, strict=True)) if any(sides)), None)

    def slope(self) -> Sides | None:
        """The same of the derivative; None where that has a point mass."""
        if self.right[0] != self.left[0]:
            return None
        return Sides(derivative(self.right), derivative(self.left), self.rate, self.knots)


@dataclass(frozen=True)
class Cut:
    """The activation cut after a few powers, its kernel after the ``highest``; right where ``rate · variance < limit``."""

    atoms: RealAtoms
    highest: int
    rate: Expr
    limit: Rational


def sides(atoms: RealAtoms) -> Sides | None:
    """Both power series of a sum of atoms with exponentials and a kink at zero; None for any other."""
    rates = {a.linear**2 + _twice(a.quadratic) for a in atoms} - {S.Zero}
    factors = {a.factor for a in atoms if a.factor is not None}
    if not rates or not any(isinstance(f, Step) and f.knot == 0 for f in factors):
        return None
    both: list[list[Series]] = [[], []]
    for atom, weight in atoms.items():
        series = taylor(weight * atom._replace(factor=None).term(x), LONGEST)
        if series is None or not isinstance(atom.factor, Step | None):
            return None
        for side, found in zip((1, -1), both, strict=True):
            seen = True if atom.factor is None else _holds(atom.factor, side)
            if seen is None:
                return None
            found += [series] if seen else []
    right, left = ([sympy.expand(sum(column)) for column in zip(*found, strict=True)] for found in both)
    knots = tuple(sorted({f.knot for f in factors if isinstance(f, Step)} - {S.Zero}, key=sympy.default_sort_key))
    zeros = [S.Zero] * (LONGEST + 1)
    return Sides(right or zeros, left or zeros, sympy.Add(*rates, *(1 / t**2 for t in knots)), knots)


def _twice(quadratic: Expr) -> Expr:
    """Twice the size of a number, and no less than that of what has parameters, whose sign may not be known."""
    return 2 * abs(quadratic) if quadratic.is_number else 1 + quadratic**2


def _holds(step: Step, side: int) -> bool | None:
    """Whether a step is 1 next to zero on one side."""
    sign = step.side * (side if step.knot == 0 else -(sign_of(step.knot) or 0))
    return None if sign == 0 else sign > 0


def cut(of: Sides, values: Values) -> Cut | None:
    """The activation cut so that its kernel is right to rounding; None where the closed form loses nothing or too much.

    ``values`` are those of the parameters, with which the limit is found.  A closed form loses ``2^-94`` of 1, and the kernel
    begins with the first power of the variance that the activation begins with: three times as many powers as that, and two, are
    right where the rest is.  For those that begin with ``x`` one word of float64 then is enough for float32 beyond the limit.
    """
    order = of.order
    if not order:
        return None
    count = 3 * order + 2
    if order + count + 3 > LONGEST:
        return None
    numbers = [[abs(mp.mpmathify(sympy.N(a.subs(values)))) for a in side] for side in (of.right, of.left)]
    size = max(side[order] for side in numbers) * _deviation(order) / 2
    rest = [max(side[k] for side in numbers) * _deviation(k) for k in range(len(of.right))]
    bounds = [
        (ERROR * size / (2 * rest[k])) ** (mpf(2) / (k - order)) for k in range(order + count, len(rest)) if rest[k]
    ]
    bounds += [mp.mpmathify(sympy.N(t.subs(values))) ** 2 / (2 * FAR) for t in of.knots]
    rate = mp.mpmathify(sympy.N(of.rate.subs(values)))
    if not bounds or not size or min(bounds) < mpf(2) ** SMALLEST:
        return None
    atoms: RealAtoms = {}
    for k in range(order, order + count):
        smooth = ONE._replace(power=k)
        atoms |= {smooth: of.left[k], smooth._replace(factor=Step(1, S.Zero)): sympy.expand(of.right[k] - of.left[k])}
    limit = Rational(2) ** int(mp.floor(mp.log(min(bounds) * rate, 2)))
    return Cut({atom: weight for atom, weight in atoms.items() if weight != 0}, 2 * order + count - 1, of.rate, limit)


def _deviation(power: int) -> mpf:
    """``√E[Z^(2k)]``."""
    return mp.sqrt(mp.fac2(2 * power - 1)) if power else mp.one


def cuts(atoms: RealAtoms, values: Values) -> tuple[Cut | None, Cut | None]:
    """For ``f`` and for ``f'``."""
    series = sides(atoms)
    slope = series.slope() if series is not None else None
    return cut(series, values) if series else None, cut(slope, values) if slope else None


__all__ = ["Cut", "cuts"]
