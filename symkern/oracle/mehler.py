"""The second method for kinks and jumps: Mehler's series ``sum a_n b_n rho**n``, Hermite coefficients by quadrature.

It shares the panels of one dimension with the nested rule and nothing of its second.  The tail is below
``|rho|**N sqrt(E f(X)**2 E f(Y)**2)``, so the number of terms follows from the accuracy.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, sqrt

from mpmath import mp, mpf, workdps

from symkern.oracle.expansion import fixed
from symkern.oracle.inputs import Covariance, to_mpf
from symkern.oracle.magnitudes import LN2
from symkern.oracle.measure import Measure
from symkern.oracle.mesh import LN10, Rule, mesh
from symkern.oracle.pieces import Pieces
from symkern.oracle.scan import far_reach, scanned

WAVE = 0.9
"""Panels are no longer than this many radians of the highest Hermite function for each of their nodes."""
GRID = 48
"""Numbers of terms are multiples of this, so that coefficients serve many correlations."""
FEW = 12
"""Beside independence this many are enough."""


def mehler(pieces: Pieces, covariance: Covariance, most: float, accuracy: float) -> mpf | None:
    """``E[f(X) f(Y)]``; None where it would take more than ``most`` products."""
    with workdps(int(accuracy) + 20):
        rho = to_mpf(covariance.cov12) / mp.sqrt(to_mpf(covariance.var1 * covariance.var2))
        if abs(rho) > 0.97:
            return None
        terms = 2 + ceil((accuracy + 3) * LN10 / -float(mp.log(abs(rho))))
        grid = FEW if terms <= FEW else GRID
        settings = grid * ceil(terms / grid), accuracy, most
        rows = [_coefficients(pieces, variance, *settings) for variance in (covariance.var1, covariance.var2)]
        if rows[0] is None or rows[1] is None:
            return None
        return mp.fsum(a * b * rho**n for n, (a, b) in enumerate(zip(*rows, strict=True)))


@lru_cache(maxsize=64)
def _coefficients(pieces: Pieces, variance: Fraction, terms: int, accuracy: float, most: float) -> list[mpf] | None:
    """``E[f(d Z) h_n(Z)]`` for the orthonormal Hermite polynomials; ``|h_n(z)| < 2 exp(z**2 / 4)``.

    The recursion is in fixed point: what it starts from, and rounding, may grow by that bound.
    """
    reach = far_reach(scanned(pieces, variance), (accuracy + 4) * LN10)
    if reach is None:
        return None
    measure, rule, d = Measure.of(pieces), Rule.of(accuracy), mp.sqrt(to_mpf(variance))
    panels = mesh(measure, -reach * d, reach * d, rule)
    longest = min(d * rule.reach / 2, d * WAVE * rule.order / mpf(sqrt(terms + 4)))
    parts = [part for panel in panels for part in panel.parts(longest)]
    if len(parts) * rule.order * terms > most:
        return None
    nodes: list[tuple[mpf, mpf]] = []
    for part in parts:
        nodes += [(y / d, w * part.f(y) * mp.exp(-((y / d) ** 2) / 2)) for y, w in rule.nodes(part)]
    nodes += [(t / d, size * mp.exp(-((t / d) ** 2) / 2)) for t, size in measure.masses]
    bits = int(((accuracy + 20) * LN10 + reach**2 / 4) / LN2)
    scale = max((abs(weight) for _, weight in nodes), default=mpf(0)) or mpf(1)
    shrink = [fixed(1 / mp.sqrt(n + 1), bits) for n in range(terms)]
    lower = [fixed(mp.sqrt(mpf(n) / (n + 1)), bits) for n in range(terms)]
    sums = [0] * terms
    for place, start in ((fixed(z, bits), fixed(weight / scale, bits)) for z, weight in nodes):
        before, here = 0, start
        for n in range(terms):
            sums[n] += here
            before, here = here, ((place * here >> bits) * shrink[n] - lower[n] * before) >> bits
    scale /= d * mp.sqrt(2 * mp.pi)
    return [scale * mp.ldexp(mpf(total), -bits) for total in sums]


__all__ = ["mehler"]
