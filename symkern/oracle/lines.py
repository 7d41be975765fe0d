"""Sums along lines through an integrand: by balls where they are accurate enough, else in mpmath."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from flint import arb, ctx
from mpmath import mp, mpf

from symkern.oracle.magnitudes import Rows

SHARE = 8
"""A ball's radius is at most this part of what the sums may differ by."""


class Field:
    """The integrand on nodes that are floats; rows are kept for every line across them."""

    def __init__(self, rows: Rows, balls: tuple[tuple[int, Rows], ...], even: bool = False) -> None:
        """``even``: every line along the first axis is."""
        self.even = even
        self.rows = cache(lambda z: rows(mpf(z)))
        self.balls = [(bits, _kept(row)) for bits, row in balls]

    def line(self, axis: int, at: float, tolerance: mpf) -> Line:
        """The line along an axis where the other coordinate is ``at``; sums within ``tolerance`` are equal."""
        balls = [(bits, _along(rows, arb, axis, at)) for bits, rows in self.balls]
        return Line(_along(self.rows, mpf, axis, at), balls, arb(tolerance), self.even and not axis)


class Line:
    """One line."""

    def __init__(
        self,
        exact: Callable[[float], mpf],
        balls: list[tuple[int, Callable[[float], arb]]],
        tolerance: arb,
        even: bool = False,
    ) -> None:
        self.exact, self.balls, self.tolerance, self.even = exact, balls, tolerance, even

    def total(self, nodes: Iterable[float], weight: float) -> mpf:
        """``weight`` times the sum over the nodes; a precision that was too low once is not tried again."""
        nodes = list(map(abs, nodes) if self.even else nodes)
        saved = ctx.prec
        try:
            while self.balls:
                ctx.prec, at = self.balls[0]
                ball = weight * sum(map(at, nodes), arb(0))
                if ball.is_finite() and SHARE * ball.rad() <= self.tolerance:
                    return mpf(ball.mid())
                self.balls = self.balls[1:]
        finally:
            ctx.prec = saved
        return mpf(weight) * mp.fsum(map(self.exact, nodes))


def _kept(rows: Rows) -> Rows:
    return cache(lambda z: rows(arb(z)))


def _along(rows: Rows, number: Callable[[Any], Any], axis: int, at: float) -> Callable[[float], Any]:
    """Values on a line, computed once each."""
    if axis:
        return cache(lambda z: rows(at)(number(z)))
    place = number(at)
    return cache(lambda z: rows(z)(place))


__all__ = ["Field", "Line"]
