"""Derivatives of a kernel by its variances, from the oracle: extrapolated central quotients of values with many more digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpmath import mpf, workdps
from sympy import Expr

from symkern.domain import Point
from symkern.references import MAX_DPS, MAX_TERMS, on_all_cores

STEP = 28
"""The variances are moved by this power of two of themselves, which are exact floats then, and by twice as much.

A quotient alone is off by ``(2^-28 g)²/6``, ``g`` the exponent's growth by the logarithm of the variance: 2^-56 for most kernels,
but 2^-41 in tails, where ``g`` is 400.  Of the two quotients the leading errors cancel (Richardson 1911): ``(2^-27 g)^4/30`` is left."""

DIGITS = 32
"""Of the values: 2^-28 costs eight."""


@dataclass(frozen=True)
class Slopes:
    """``∂K/∂var1`` and ``∂K/∂var2`` at a point, and the sizes ``|K|/var1``, ``|K|/var2`` beside which they may be small."""

    point: Point
    values: tuple[mpf, mpf]
    scales: tuple[mpf, mpf]


def variance_slopes(f: Expr, points: Sequence[Point], *, processes: int | None = None) -> list[Slopes]:
    """The oracle's derivatives at points away from ``ρ = ±1``; ``f`` has numbers only."""
    return list(on_all_cores(_slopes, [(f, point) for point in points], processes))


def _slopes(job: tuple[Expr, Point]) -> Slopes:
    f, point = job
    c, v1, v2 = point.values
    first, size = _quotient(f, c, v1, v2)
    second = first if v1 == v2 else _quotient(f, c, v2, v1)[0]
    return Slopes(point, (first, second), (size / v1, size / v2))


def _quotient(f: Expr, c: float, v: float, other: float) -> tuple[mpf, mpf]:
    """The derivative by the first variance, and the kernel's size."""
    from symkern import oracle

    h = v * 2.0**-STEP
    up, down, above, below = (
        oracle.nngp(f, c, v + s * h, other, digits=DIGITS, max_dps=MAX_DPS, max_terms=MAX_TERMS).value
        for s in (1, -1, 2, -2)
    )
    with workdps(DIGITS + 10):
        return (8 * (up - down) - (above - below)) / (12 * mpf(h)), abs(up + down) / 2


__all__ = ["Slopes", "variance_slopes"]
