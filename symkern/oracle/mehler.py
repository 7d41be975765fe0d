"""The second method for kinks and jumps: Mehler's series ``sum a_n b_n rho**n``, Hermite coefficients by quadrature.

It shares the panels of one dimension with the nested rule and nothing of its second.  The tail is below
``|rho|**N sqrt(E f(X)**2 E f(Y)**2)``, so the number of terms follows from the accuracy.
"""

from __future__ import annotations

from math import ceil, sqrt

from mpmath import mp, mpf, workdps

from symkern.oracle.inputs import Covariance, to_mpf
from symkern.oracle.measure import Measure
from symkern.oracle.mesh import LN10, Rule, mesh
from symkern.oracle.pieces import Pieces

WAVE = 18.0
"""Panels are no longer than this many radians of the highest Hermite function."""


def mehler(pieces: Pieces, covariance: Covariance, most: float, accuracy: float) -> mpf | None:
    """``E[f(X) f(Y)]``; None where it would take more than ``most`` products."""
    with workdps(int(accuracy) + 20):
        d1, d2 = mp.sqrt(to_mpf(covariance.var1)), mp.sqrt(to_mpf(covariance.var2))
        rho = to_mpf(covariance.cov12) / (d1 * d2)
        if abs(rho) > 0.97:
            return None
        terms = 2 + ceil((accuracy + 3) * LN10 / -float(mp.log(abs(rho))))
        measure, rule = Measure.of(pieces), Rule.of(accuracy)
        first = _coefficients(measure, d1, terms, rule, most)
        second = first if d1 == d2 else _coefficients(measure, d2, terms, rule, most)
        if first is None or second is None:
            return None
        return mp.fsum(a * b * rho**n for n, (a, b) in enumerate(zip(first, second, strict=True)))


def _coefficients(measure: Measure, d: mpf, terms: int, rule: Rule, most: float) -> list[mpf] | None:
    """``E[f(d Z) h_n(Z)]`` for the orthonormal Hermite polynomials; ``|h_n(z)| < 2 exp(z**2 / 4)``."""
    reach = d * mpf(2 * sqrt((rule.accuracy + 4) * LN10))
    panels = mesh(measure, -reach, reach, rule)
    longest = min(d * rule.reach / 2, d * WAVE / mpf(sqrt(terms + 4)))
    parts = [part for panel in panels for part in panel.parts(longest)]
    if len(parts) * rule.order * terms > most:
        return None
    nodes: list[tuple[mpf, mpf]] = []
    for part in parts:
        nodes += [(y / d, w * part.f(y) * mp.npdf(y / d) / d) for y, w in rule.nodes(part)]
    nodes += [(t / d, size * mp.npdf(t / d) / d) for t, size in measure.masses]
    roots = [mp.sqrt(n) for n in range(terms + 1)]
    sums = [mpf(0)] * terms
    for z, weight in nodes:
        before, here = mpf(0), weight
        for n in range(terms):
            sums[n] += here
            before, here = here, (z * here - roots[n] * before) / roots[n + 1]
    return sums


__all__ = ["mehler"]
