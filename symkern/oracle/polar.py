"""Homogeneous activations, ``f(x) = a |x|**p`` on either side of zero, in polar coordinates: the radius is exact.

The angle between the boundaries of a quadrant ``X > 0, Y > 0`` is ``2 L``, ``cos(2 L) = -rho``, and

    E[X_+^p Y_+^p] = (var1 var2)^(p/2) 2^p Γ(p + 1)/(2π) ∫_{-L}^{L} (sin(L - u) sin(L + u))^p du.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import sympy
from mpmath import mp, mpf, workdps
from sympy import Expr, Rational

from symkern.oracle.inputs import Covariance, to_mpf
from symkern.oracle.integrand import evaluator
from symkern.oracle.knots import Knot, same
from symkern.oracle.mesh import Panel, Rule
from symkern.oracle.pieces import Pieces
from symkern.oracle.settle import Estimate
from symkern.symbols import x

ROOM = 20
"""Digits more than the accuracy asked for."""


@dataclass(frozen=True)
class Homogeneous:
    """``left |x|**power`` below zero, ``right x**power`` above it."""

    power: Rational
    left: Expr
    right: Expr

    def sides(self) -> tuple[mpf, mpf]:
        """Both coefficients at the working precision."""
        left, right = (mpf(evaluator(e)(mpf(0))) for e in (self.left, self.right))
        return left, right

    def expectation(self, covariance: Covariance, accuracy: float) -> Estimate:
        """``E[f(X) f(Y)]`` inside ``|rho| < 1``, and the sum of its parts' sizes; the power must be above -1."""
        return self._summed(covariance, accuracy, slope=False)

    def slope(self, covariance: Covariance, accuracy: float) -> Estimate:
        """Its derivative by the covariance, without ``f'``: it exists where ``f'`` is not integrable."""
        return self._summed(covariance, accuracy, slope=True)

    def _summed(self, covariance: Covariance, accuracy: float, *, slope: bool) -> Estimate:
        with workdps(int(accuracy) + ROOM):
            root, product = mp.sqrt(to_mpf(covariance.gap)), to_mpf(covariance.var1 * covariance.var2)
            wide, slim = (mp.atan2(root, sign * to_mpf(covariance.cov12)) / 2 for sign in (-1, 1))
            p, rule = to_mpf_power(self.power), Rule.of(accuracy + 6)
            front = mp.mpf(2) ** p * mp.gamma(p + 1) / (2 * mp.pi) * product ** (p / 2)
            if slope:
                front /= 2 * root
            left, right = self.sides()
            straight, across = (quadrant(p, *angles, rule, slope=slope) for angles in ((wide, slim), (slim, wide)))
            if slope:
                across = -across
            parts = [(left**2 + right**2) * straight * front, 2 * left * right * across * front]
            return Estimate(mp.fsum(parts), mp.fsum(map(abs, parts)))


def to_mpf_power(power: Rational) -> mpf:
    """The exponent at the working precision."""
    return mpf(int(power.p)) / int(power.q)


def quadrant(p: mpf, half: mpf, rest: mpf, rule: Rule, *, slope: bool) -> mpf:
    """The integral over the arc of half-angle ``half``, or its derivative by that; ``rest = π/2 - half``.

    The integrand is singular at the end and nearly so at ``2 rest`` beyond it: panels grow from there.
    """
    ends = [mpf(0), min(2 * rest, half)]
    while ends[-1] < half:
        ends.append(min(4 * ends[-1], half))

    def integrand(s: mpf) -> mpf:
        far = s + 2 * rest
        value = (mp.sin(s) * mp.sin(far)) ** p
        return value * (s * mp.cot(s) - (mp.pi - far) * mp.cot(far)) if slope else value

    total = []
    for k, (lo, hi) in enumerate(pairwise(ends)):
        panel = Panel(lo, hi, integrand, *((0, 0.0) if k else (-1, float(p))))
        total += [w * integrand(s) for s, w in rule.nodes(panel)]
    integral = 2 * mp.fsum(total)
    if not slope:
        return integral
    return (quadrant(p, half, rest, rule, slope=False) + p * integral) / half


@lru_cache(maxsize=128)
def homogeneous(pieces: Pieces) -> Homogeneous | None:
    """The powers of a function that is homogeneous for positive factors; None where it is not, or has point masses."""
    zero = Knot(exact=sympy.Integer(0))
    if len(pieces.knots) != 1 or not same(zero, pieces.knots[0]) or any(pieces.masses):
        return None
    degrees = {sympy.simplify(x * f.diff(x) / f) for f in pieces.formulas if not f.is_zero}
    power = next(iter(degrees), None)
    if len(degrees) != 1 or not isinstance(power, Rational):
        return None
    left, right = (f.subs(x, at) for f, at in zip(pieces.formulas, (-1, 1), strict=True))
    return Homogeneous(power, left, right)


__all__ = ["Homogeneous", "homogeneous"]
