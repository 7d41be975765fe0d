"""Mehler's series for smooth functions: ``E[f(X) f(Y)] = sum a_n b_n rho**n``, Hermite coefficients of one variance each.

Each coefficient serves all correlations.  What is left after ``N`` terms is below ``|rho|**N`` times what the other coefficients of
both are together (Cauchy and Schwarz), so the number of terms follows from the accuracy, or from coefficients that vanish sooner.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, inf

from mpmath import mp, mpf, workdps, workprec
from sympy import Expr

from symkern.oracle.expansion import Expansion, Question, expansion
from symkern.oracle.inputs import Covariance, to_mpf
from symkern.oracle.magnitudes import UndecidedError
from symkern.oracle.mesh import LN10
from symkern.oracle.pieces import Pieces, understood
from symkern.oracle.plan import Limits
from symkern.oracle.scan import far_reach, scanned
from symkern.oracle.settle import Estimate, conclusive, settle
from symkern.oracle.value import Value

METHOD = "mehler"
FEW = (12, 24, 48, 96, 192, 384)
"""Numbers of terms that are tried first: where coefficients vanish they do."""
GRID = 96
"""The last number is a multiple of this, so that coefficients serve many correlations."""
MANY = 1536
"""More terms than this are not tried."""
PRODUCTS = 8e5
"""Products (nodes times terms) up to which the series is tried first: some tenths of a second, shared by all correlations."""
UNLIKE = 100
"""Of variances that differ by more than this factor, coefficients of the smaller one are computed to twice the digits.

They vanish after a few terms, and what they are together beyond those is then seen to be nothing.
"""
COARSER = (0.05, 0.1)
"""Parts of the digits by which the sum is worse that checks a bound."""
SLACK = 2.0
"""Decimal digits below the accuracy of what is left out."""


def by_series(formula: Expr, covariance: Covariance, digits: int, limits: Limits) -> Value | None:
    """``E[f(X) f(Y)]`` of a smooth ``f``; None where the series does not give the digits, or is too dear.

    A bound, where the value is below all digits that the limits allow, is an answer: no other rule sees more.
    """
    pieces = understood(formula)
    if pieces is None or pieces.knots:
        return None
    series = _Series(formula, pieces, covariance, min(PRODUCTS, limits.max_terms))
    value = settle(series, digits, limits.max_dps - 10, METHOD, coarser=COARSER)
    return conclusive(value, METHOD, digits, limits.max_dps)


class _Series:
    """Attempts at rising accuracies, in decimal digits below ``sqrt(E[f(X)**2] E[f(Y)**2])``."""

    def __init__(self, formula: Expr, pieces: Pieces, covariance: Covariance, most: float) -> None:
        self.formula, self.pieces, self.covariance, self.most = formula, pieces, covariance, most
        self.terms = 0

    def __call__(self, accuracy: float) -> Estimate:
        """With as many terms as it takes.

        Raises:
            UndecidedError: where there is no such expansion, or it is too dear: fewer digits would be of no use.
        """
        v1, v2 = self.covariance.var1, self.covariance.var2
        questions = (
            self._question(v1, accuracy),
            self._question(v2, accuracy if v1 <= UNLIKE * v2 else 2 * (accuracy + 2 * SLACK)),
        )
        with workdps(int(accuracy) + 20):
            rho = to_mpf(self.covariance.cov12) / mp.sqrt(to_mpf(v1 * v2))
            least = mpf(10) ** -(accuracy + SLACK)
            for terms in _numbers(rho, accuracy, self.terms):
                first, second = (expansion(question, terms, self.most) for question in questions)
                if first is None or second is None:
                    break
                if abs(rho) ** terms * first.rest * second.rest <= least:
                    self.terms = max(self.terms, terms)
                    scale = first.norm * second.norm
                    return Estimate(scale * _sum(first, second, rho), scale, scale * least)
        raise UndecidedError

    def _question(self, variance: Fraction, accuracy: float) -> Question:
        reach = far_reach(scanned(self.pieces, variance), (accuracy + SLACK) * LN10)
        if reach is None:
            raise UndecidedError
        return Question(self.formula, variance, accuracy, reach)


def _numbers(rho: mpf, accuracy: float, least: int) -> list[int]:
    """Of terms, rising; the last is enough for any function, if it is not too many."""
    decay = -float(mp.log(abs(rho)))
    enough = (accuracy + SLACK + 1) * LN10 / decay if decay else inf
    grid = GRID if enough > GRID else FEW[0]
    last = [grid * ceil(enough / grid)] if enough <= MANY else []
    return [number for number in (*FEW, *last) if number >= least and (number < enough or number in last)]


def _sum(first: Expansion, second: Expansion, rho: mpf) -> mpf:
    """By Horner's scheme."""
    bits = min(first.bits, second.bits)
    with workprec(bits + 10):
        step = int(mp.nint(mp.ldexp(rho, bits)))
    total, shift = 0, first.bits + second.bits - bits
    for a, b in zip(reversed(first.coefficients), reversed(second.coefficients), strict=True):
        total = (total * step >> bits) + (a * b >> shift)
    return mp.ldexp(mpf(total), -bits)


__all__ = ["by_series"]
