"""One-dimensional expectations ``E[f(a Z) f(b Z)]`` and ``E[f(a Z)]``: correlation 0 or +-1, a variance of 0."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

from flint import arb, ctx
from mpmath import mp, mpf, workprec
from sympy import Expr

from symkern.oracle.balls import BALLS, MORE, middle
from symkern.oracle.formula import feature_length, feature_places, parity
from symkern.oracle.inputs import to_mpf
from symkern.oracle.integrand import MPMATH, Arithmetic, Function
from symkern.oracle.magnitudes import Rows
from symkern.oracle.plan import Plan
from symkern.oracle.window import Place


@dataclass(frozen=True)
class LineProblem:
    """``E[prod_i f(sign_i sqrt(var_i) Z)]`` over one standard normal ``Z``.

    Attributes:
        formula: ``f``.
        factors: ``(sign, variance)`` of each factor; one or two of them.
    """

    formula: Expr
    factors: tuple[tuple[int, Fraction], ...]

    dimension = 1
    name = "trapezoid 1d"

    @property
    def symmetry(self) -> int:
        """Parity of the product of the factors."""
        return parity(self.formula) if len(self.factors) == 1 else abs(parity(self.formula))

    @property
    def even(self) -> bool:
        """Is the integrand?"""
        return self.symmetry > 0

    def lengths(self) -> tuple[float, float]:
        """The shortest feature in ``z`` (and a dummy)."""
        widest = max(map(abs, self._scales()))
        return float(feature_length(self.formula, 40 * float(widest)) / widest), 1.0

    def places(self) -> list[Place]:
        """Where the features are in ``z``."""
        scales = self._scales()
        places = feature_places(self.formula, 40 * float(max(map(abs, scales))))
        return [(float(place / scale), 0.0) for place in places for scale in scales]

    def _scales(self) -> list[mpf]:
        return [sign * mp.sqrt(to_mpf(variance)) for sign, variance in self.factors]

    def integrand(self, arithmetic: Arithmetic = MPMATH) -> Rows:
        """``f(a z) f(b z) exp(-z**2 / 2)``."""
        density = self.density(arithmetic)
        return lambda z: lambda _: density(z)

    def density(self, arithmetic: Arithmetic = MPMATH) -> Function:
        """The integrand as a function of ``z`` alone, at the current precision."""
        f, exp, scales = arithmetic.evaluator(self.formula), arithmetic.exp, self._scales()
        first, *more = map(arithmetic.number, scales)
        if not more:
            return lambda z: f(first * z) * exp(-z * z / 2)
        if scales[0] == scales[1]:
            return lambda z: f(first * z) ** 2 * exp(-z * z / 2)
        return lambda z: f(first * z) * f(more[0] * z) * exp(-z * z / 2)

    def cost(self, plan: Plan) -> float:
        """Twenty for each value of the integrand."""
        lo, hi = plan.box[0]
        return 20 * (hi - lo) / plan.steps[0] / (2 if self.symmetry else 1)

    def total(self, plan: Plan) -> mpf:
        """The trapezoidal sum; only its half where the integrand is even, and 0 where it is odd."""
        if self.symmetry < 0:
            return mpf(0)
        with ctx.workprec(mp.prec + MORE):
            with workprec(ctx.prec):
                ball = self._sum(plan, BALLS)
            if ball.is_finite() and ball.rad() <= arb(plan.noise()):
                return middle(ball)
        return self._sum(plan, MPMATH)

    def _sum(self, plan: Plan, arithmetic: Arithmetic) -> Any:
        density, h = self.density(arithmetic), mpf(plan.steps[0])
        step, scale = arithmetic.exact(h), arithmetic.number(h / mp.sqrt(2 * mp.pi))
        lo, hi = plan.box[0]
        if self.symmetry:
            ks = range(1, floor(max(-lo, hi) / plan.steps[0]) + 1)
            return scale * (density(0 * step) + 2 * arithmetic.total(density(k * step) for k in ks))
        ks = range(ceil(lo / plan.steps[0]), floor(hi / plan.steps[0]) + 1)
        return scale * arithmetic.total(density(k * step) for k in ks)


__all__ = ["LineProblem"]
