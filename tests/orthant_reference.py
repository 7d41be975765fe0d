"""Moments of powers over a quadrant in mpmath, for `test_numerics_orthant.py`: a series, and an integral that checks it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath

NOTHING = 3000
"""Sums of less than 2^-3000 are zero: some are, exactly."""


def real(x: Fraction | int) -> Any:
    return mpmath.mpf(x.numerator) / x.denominator


def regularized(a: Any, b: Any, c: Any, z: Any) -> Any:
    """2F1(a, b; c; z) / Γ(c), also at the poles of Γ (DLMF 15.2.3_5)."""
    if c == mpmath.floor(c) and c <= 0:
        n = int(1 - c)
        start = mpmath.rf(a, n) * mpmath.rf(b, n) / mpmath.factorial(n) * z**n
        return start * mpmath.hyp2f1(a + n, b + n, n + 1, z, zeroprec=NOTHING)
    return mpmath.hyp2f1(a, b, c, z, zeroprec=NOTHING) * mpmath.rgamma(c)


def quadrant(p: Fraction, q: Fraction, c: Any, v1: Any, v2: Any) -> Any:
    """E[X_+^p Y_+^q] / (Γ(p+1) Γ(q+1)) and its continuation, |ρ| < 1."""
    with mpmath.extradps(40):
        p, q = real(p), real(q)
        z = (1 + c / mpmath.sqrt(v1 * v2)) / 2
        m = (p + q + 1) / 2
        scale = v1 ** (p / 2) * v2 ** (q / 2) * 2 ** ((p + q) / 2 - 1) / mpmath.sqrt(mpmath.pi)
        return scale * z**m * regularized((1 + q - p) / 2, (1 + p - q) / 2, m + 1, z)


def difference(p: Fraction, q: Fraction, c: Any, v1: Any, v2: Any) -> Any:
    with mpmath.extradps(40):
        return quadrant(p, q, c, v1, v2) - quadrant(p, q, -c, v1, v2)


def total(p: Fraction, q: Fraction, c: Any, v1: Any, v2: Any) -> Any:
    with mpmath.extradps(40):
        return quadrant(p, q, c, v1, v2) + quadrant(p, q, -c, v1, v2)


def diagonal(p: Fraction, q: Fraction, v1: Any, v2: Any) -> Any:
    """At ρ = 1, from Z = X / √v1 alone: E[Z_+^(p+q)] = 2^((p+q)/2) Γ((p+q+1)/2) / (2 √π), for p + q > -1."""
    p, q = real(p), real(q)
    moment = 2 ** ((p + q) / 2) * mpmath.gamma((p + q + 1) / 2) / (2 * mpmath.sqrt(mpmath.pi))
    return moment * v1 ** (p / 2) * v2 ** (q / 2) * mpmath.rgamma(p + 1) * mpmath.rgamma(q + 1)


def by_angle(p: Fraction, q: Fraction, c: Any, v1: Any, v2: Any) -> Any:
    """The same from polar coordinates, for p, q > -1: X = √v1 R cos θ and Y = √v2 R cos(θ - φ), cos φ = ρ."""
    p, q = real(p), real(q)
    angle = mpmath.acos(c / mpmath.sqrt(v1 * v2))
    radial = 2 ** ((p + q) / 2) * mpmath.gamma((p + q) / 2 + 1) / (2 * mpmath.pi)
    places = [angle - mpmath.pi / 2, angle / 2, mpmath.pi / 2]
    integral = mpmath.quad(lambda t: mpmath.cos(t) ** p * mpmath.cos(t - angle) ** q, places)
    return v1 ** (p / 2) * v2 ** (q / 2) * radial * integral * mpmath.rgamma(p + 1) * mpmath.rgamma(q + 1)
