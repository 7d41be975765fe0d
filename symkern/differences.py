"""Derivatives of a kernel by its variances, from the oracle: extrapolated central quotients of values with many more digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from mpmath import mpf, workdps
from sympy import Expr

from symkern.domain import NEAR_ZERO, Point
from symkern.references import MAX_DPS, MAX_TERMS, Reference, on_all_cores
from symkern.ulp import error_in_ulps

STEP = 23
"""A variance is moved by this power of two of its distance to where the kernel ends (0, and ``ρ = ±1``), and by twice as much.

A quotient alone is off by ``(2^-23 g)²/6``, ``g`` the growth of the kernel's logarithm over that distance: nothing in the middle
of the domain, but in tails ``g`` is 400.  Of the two quotients the leading errors cancel (Richardson 1911), and
``(2^-22 g)^4/30`` is left, 2^-58 there."""

GRADIENT = 64.0
"""Ulps allowed of a gradient."""

DIGITS = 18
"""Of the derivative: 2^-60."""


@dataclass(frozen=True)
class Slopes:
    """``∂K/∂var1`` and ``∂K/∂var2`` at a point, and perhaps ``∂K/∂cov12`` after them.

    ``scales`` are the kernel's size divided by ``var1``, ``var2`` and ``√(var1 var2)``, beside which they may be small; ``errors``
    is what the oracle admits.
    """

    point: Point
    values: tuple[mpf, ...]
    scales: tuple[mpf, ...]
    errors: tuple[mpf, ...]

    def fits(self, dtype: str) -> bool:
        """Whether the kernel and these derivatives are numbers of that dtype, and not beyond its largest."""
        largest = mpf(float(np.finfo(dtype).max))
        return all(abs(value) < largest for value in (self.scales[0] * self.point.var1, *self.values))

    def ulps(self, which: int, computed: float, dtype: str) -> float:
        """The error of the derivative by the first (0) or second (1) variance or the covariance (2); where it is small, of a part
        of its scale.
        """
        true, least = self.values[which], self.scales[which] / NEAR_ZERO
        near = least if abs(true) < least else None
        return error_in_ulps(computed, true, dtype, scale=near, slack=self.errors[which])


def variance_slopes(references: Sequence[Reference], *, processes: int | None = None) -> list[Slopes]:
    """The oracle's derivatives where it has been asked about kernels, at points away from ``ρ = ±1``."""
    return list(on_all_cores(_slopes, references, processes))


def _slopes(reference: Reference) -> Slopes:
    f, point = reference.f, reference.point
    assert f is not None
    c, v1, v2 = point.values
    first = _quotient(f, c, v1, v2)
    second = first if v1 == v2 else _quotient(f, c, v2, v1)
    values, errors = zip(first, second, strict=True)
    size = reference.size("nngp")
    return Slopes(point, values, (size / v1, size / v2), errors)


def _quotient(f: Expr, c: float, v: float, other: float) -> tuple[mpf, mpf]:
    """The derivative by the first variance, and its error."""
    from symkern import oracle

    at = Fraction(v)
    room = at - Fraction(c) ** 2 / Fraction(other)
    step = Fraction(2) ** (_exponent(room) - STEP)
    digits = DIGITS + len(str(at // step))
    up, down, above, below = (
        oracle.nngp(f, c, at + s * step, other, digits=digits, max_dps=MAX_DPS, max_terms=MAX_TERMS)
        for s in (1, -1, 2, -2)
    )
    with workdps(digits + 10):
        over = 12 * mpf(step.numerator) / step.denominator
        slope = (8 * (up.value - down.value) - (above.value - below.value)) / over
        error = (8 * (up.error + down.error) + above.error + below.error) / over
        return slope, error


def _exponent(number: Fraction) -> int:
    """A power of two below it, and not below its quarter."""
    return number.numerator.bit_length() - number.denominator.bit_length() - 1


__all__ = ["GRADIENT", "Slopes", "variance_slopes"]
