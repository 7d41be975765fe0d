"""How large an integrand is, at places given as floats: all that the search for its window asks."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log
from typing import Any

from flint import arb, ctx
from mpmath import mp, mpf

from symkern.oracle.value import OracleError

#: ``rows(z1)(z2)``: the integrand; a one-dimensional one ignores ``z2``.
Rows = Callable[[Any], Callable[[Any], Any]]

LN2 = log(2)
WIDE = 4
"""A ball with fewer bits than this does not tell how large a value is, only how large it is at most."""


class UndecidedError(Exception):
    """No window settles: the integrand decays too slowly to tell, or rounds to zero or noise wherever it was tried."""


class Magnitudes:
    """``rows(z1)(z2)`` is the logarithm of the integrand's size.

    Attributes:
        floor: a bound below this is as good as a value.
    """

    def __init__(self, rows: Rows, balls: tuple[tuple[int, Rows], ...] = ()) -> None:
        """``balls``: the integrand in ball arithmetic at rising precisions in bits, asked before ``rows`` in mpmath."""
        self.rows, self.balls, self.floor = rows, balls, -inf

    def __call__(self, z1: float) -> Callable[[float], float]:
        """The line at ``z1``."""
        lines: list[Callable[[Any], Any] | None] = [None] * (len(self.balls) + 1)

        def at(z2: float) -> float:
            saved = ctx.prec
            try:
                for k, (bits, rows) in enumerate(self.balls):
                    ctx.prec = bits
                    line = lines[k] = lines[k] or rows(arb(z1))
                    ball = line(arb(z2))
                    if ball.is_finite():
                        size = bound(ball)
                        if size < self.floor or ball.rel_accuracy_bits() > WIDE:
                            return size
            finally:
                ctx.prec = saved
            line = lines[-1] = lines[-1] or self.rows(mpf(z1))
            return magnitude(line(mpf(z2)))

        return at


def bound(ball: arb) -> float:
    """The logarithm of the largest magnitude in a ball."""
    top = ball.abs_upper()
    return -inf if top.is_zero() else float(top.log())


def magnitude(number: mpf) -> float:
    """``log|number|`` to within a bit."""
    try:
        _, mantissa, exponent, bits = number._mpf_
    except AttributeError:
        raise OracleError("the activation is not real on the real line") from None
    if mantissa:
        size = exponent + bits
        return float(size) * LN2 if size.bit_length() < 1000 else (inf if size > 0 else -inf)
    if not bits:
        return -inf
    if mp.isnan(number):  # a phase too large to compute, or one infinity against another
        raise UndecidedError
    return inf


__all__ = ["LN2", "Magnitudes", "Rows", "UndecidedError", "bound", "magnitude"]
