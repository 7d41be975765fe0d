"""Expectations of activations with kinks and jumps: which rule answers which question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import sympy
from mpmath import mpf
from sympy import Expr

from symkern.oracle.aligned import Factors, line
from symkern.oracle.formula import parity
from symkern.oracle.inputs import Covariance
from symkern.oracle.knots import Knot, same
from symkern.oracle.magnitudes import UndecidedError
from symkern.oracle.mehler import mehler
from symkern.oracle.nested import nested
from symkern.oracle.pieces import Pieces, pieces_of, understood
from symkern.oracle.plan import Limits
from symkern.oracle.polar import homogeneous
from symkern.oracle.settle import Estimate, TooDearError, conclusive, fault, settle
from symkern.oracle.terms import closed_terms
from symkern.oracle.value import Value
from symkern.symbols import x

DEARER = 4
"""An evaluation of the integrand costs as much as this many terms of a trapezoidal sum."""
FEW = 2e4
"""Values of a smooth integrand up to which panels are tried first."""
BLINDLY = 10
"""So many times as many while nothing of the value is seen: the trapezoidal rule will need more."""
SECOND = Fraction(1, 2)
"""Up to this correlation Mehler's series is always computed too; with ``check`` as far as the limits allow."""


@dataclass(frozen=True)
class Kinked:
    """``f`` or its derivative.

    Attributes:
        pieces: what is integrated.
        parity: 1 for an even, -1 for an odd function, 0 for neither or not known.
        at_zero: its value at 0; None where it is infinite there.
    """

    pieces: Pieces
    parity: int
    at_zero: Expr | None

    @classmethod
    def function(cls, formula: Expr) -> Kinked:
        """``f`` itself.

        Raises:
            OracleError: where the formula is not understood.
        """
        pieces = pieces_of(formula)
        try:
            at_zero = formula.subs(x, 0)
        except (TypeError, ValueError):  # an infinity inside Max
            at_zero = sympy.zoo
        return cls(pieces, parity(formula), at_zero if at_zero.is_finite else None)

    @classmethod
    def derivative(cls, formula: Expr) -> Kinked | None:
        """``f'`` with a point mass at every jump; at 0 the mean of both sides; None where ``f`` is infinite."""
        try:
            pieces = pieces_of(formula).derivative()
        except ArithmeticError:
            return None
        return cls(pieces, -parity(formula), _mean_at_zero(pieces))

    @staticmethod
    def steep(formula: Expr, covariance: Covariance, digits: int, limits: Limits) -> Value:
        """The covariance derivative where ``f`` is infinite at a knot, so that ``f'`` is not integrable."""
        if not covariance.gap > 0:  # with opposite signs, or at 0, it is infinite with a sign that only a limit has
            return Value.divergent() if covariance.aligned > 0 and covariance.var2 else Value.unresolved()
        polar = homogeneous(pieces_of(formula))
        if polar is None:
            return Value.unresolved()
        return settle(partial(polar.slope, covariance), digits, limits.max_dps - 10, "polar")

    def expectation(
        self, covariance: Covariance, digits: int, limits: Limits, constant: Callable[[Expr, int], Value]
    ) -> tuple[Value, ...]:
        """One value, or two independent factors.

        Args:
            covariance: of the two variables.
            digits: relative digits wanted.
            limits: what it may cost.
            constant: turns a number into a value.
        """
        first, second = covariance.var1, covariance.var2
        if covariance.aligned and second:
            return (self._line(((1, first), (covariance.aligned, second)), digits, limits),)
        if covariance.cov12:
            return (self._plane(covariance, digits, limits),)
        if self.parity < 0 and second:
            means = [partial(line, self.pieces, ((1, v),), limits.max_terms / DEARER) for v in (first, second)]
            return (next(filter(None, map(fault, means)), None) or Value.exact(mpf(0), "parity"),)
        return tuple(
            self._line(((1, v),), digits + 1, limits) if v else self._at_zero(digits, constant) for v in (first, second)
        )

    def _at_zero(self, digits: int, constant: Callable[[Expr, int], Value]) -> Value:
        """The value at 0: infinite, or unknown where it is infinite with both signs."""
        if self.at_zero is None:
            return Value.divergent()
        return Value.unresolved() if self.at_zero is sympy.nan else constant(self.at_zero, digits)

    def _line(self, factors: Factors, digits: int, limits: Limits) -> Value:
        attempt = partial(line, self.pieces, factors, limits.max_terms / DEARER)
        return settle(attempt, digits, 4 * limits.max_dps - 10, "panels 1d")

    def _plane(self, covariance: Covariance, digits: int, limits: Limits) -> Value:
        most = limits.max_terms / DEARER
        attempt = partial(nested, self.pieces, bool(self.parity), covariance, most)
        polar = homogeneous(self.pieces)
        if polar is not None and polar.power > -1:
            other = (lambda accuracy: attempt(accuracy).value) if limits.check else None
            return settle(partial(polar.expectation, covariance), digits, limits.max_dps - 10, "polar", other)
        square = covariance.cov12**2 / (covariance.var1 * covariance.var2)
        second = partial(self._second, covariance, limits) if limits.check or square <= SECOND**2 else None
        return settle(attempt, digits, limits.max_dps - 10, "nested 2d", second)

    def _second(self, covariance: Covariance, limits: Limits, accuracy: float) -> mpf | None:
        """With ``check`` by quadrature inside too where the value came from a closed form there, else Mehler's series."""
        if limits.check and closed_terms(self.pieces) is not None:
            try:
                most = limits.max_terms / DEARER
                return nested(self.pieces, bool(self.parity), covariance, most, accuracy, numerical=True).value
            except TooDearError:
                pass
        return mehler(self.pieces, covariance, limits.max_terms, accuracy)


def by_panels(formula: Expr, covariance: Covariance, digits: int, limits: Limits, most: float = FEW) -> Value | None:
    """``E[f(X) f(Y)]`` of a smooth ``f`` for ``|rho| < 1``, not 0; None where ``most`` nodes do not give the digits.

    A bound, where the value is below all digits that the limits allow, is an answer: no other rule sees more.
    """
    pieces = understood(formula)
    if pieces is None:
        return None
    symmetric, allowed = bool(parity(formula)), limits.max_terms / DEARER
    seen: list[bool] = []

    def attempt(accuracy: float) -> Estimate:
        try:
            nodes = most * BLINDLY if seen and not any(seen) else most
            found = nested(pieces, symmetric, covariance, min(nodes, allowed), accuracy)
        except TooDearError:  # at any accuracy: fewer digits are of no use
            raise UndecidedError from None
        seen.append(abs(found.value) > found.scale * mpf(10) ** -accuracy)
        return found

    value = settle(attempt, digits, limits.max_dps - 10, "nested 2d")
    return conclusive(value, "nested 2d", digits, limits.max_dps)


def _mean_at_zero(pieces: Pieces) -> Expr | None:
    """The mean of both sides at 0."""
    zero = Knot(exact=sympy.Integer(0))
    sides = []
    for k, knot in enumerate(pieces.knots):
        if same(zero, knot):
            if pieces.masses[k] is not None:
                return None
            sides = [f.subs(x, 0) for f in pieces.formulas[k : k + 2]]
    if not sides:
        left = sum(1 for knot in pieces.knots if knot.at() < 0)
        sides = [pieces.formulas[left].subs(x, 0)]
    mean = sum(sides) / len(sides)
    return mean if mean.is_finite or mean is sympy.nan else None


__all__ = ["Kinked", "by_panels"]
