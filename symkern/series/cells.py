"""A real function as polynomials on dyadic cells: quick on arrays, and right to some 2^-50 also where its formula cancels.

``x - tanh(x)`` in floats has no digits left at 1e-8.  So a formula is asked in many digits, at Chebyshev nodes of cells
``[2^k, 2^(k+1))`` (times a unit) on both sides of zero, cut further where it oscillates; where that does not converge there is a
kink, a jump or a pole, and its place is the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from mpmath import isfinite, mp, mpc, mpf, workdps
from sympy import Expr

from symkern.errors import SymkernError
from symkern.packed import Floats
from symkern.symbols import x

DEGREE = 10
"""Of the polynomials."""
LOWEST = -64
"""Below this power of two a function is its leading power."""
UNIT = 1 + 5 / 64 + 3 / 1024
"""Octaves begin at this times a power of two: at no number that a formula has, where a kink could hide between two cells."""
FINEST = 9
"""An octave is cut into at most 2^9 cells."""
SMOOTH = 50.0
"""By so much the last coefficients of a smooth function fall in cells of half the width; at a kink by 2, at a jump not at all."""
FEW = 8
"""Where no more of them have not converged, a kink or a pole is there."""
ROUNDING = 2.0**-51
"""The last coefficients, relative to the largest value so far out, where a polynomial has converged."""
DIGITS = (40, 120, 360)
"""Working precisions, tried until two agree."""
HUGE = mpf(10) ** 150
"""No value may be larger: its square would be infinite."""
AGREED = mpf(10) ** -25

TOO_FAST = "it varies too fast"

Number = Callable[[mpf], mpf]


class NotSmoothError(SymkernError):
    """A function has a kink, a jump or a pole, or no value, at ``place``; or it may be ``too_fast`` there to tell."""

    def __init__(self, place: float, why: str) -> None:
        super().__init__(f"{why} at x = {place:.6g}")
        self.place, self.too_fast = place, why == TOO_FAST


def number(formula: Expr) -> Number:
    """The formula of ``x`` at one place, right to 25 digits.

    Raises:
        NotSmoothError: it has no finite real value there.
    """
    compiled = sympy.lambdify(x, formula, [{"DiracDelta": pulse}, "mpmath"])

    def at(place: mpf) -> mpf:
        before: mpf | None = None
        for digits in DIGITS:
            with workdps(digits):
                try:
                    value = compiled(place)
                except (ZeroDivisionError, ValueError, OverflowError, TypeError):
                    raise NotSmoothError(float(place), "it has no value") from None
                if isinstance(value, mpc):
                    raise NotSmoothError(float(place), "it is not real")
                value = mpf(value)
                if not abs(value) < HUGE:
                    raise NotSmoothError(
                        float(place),
                        "it is not finite" if not isfinite(value) else "it grows too fast: it is beyond 1e150",
                    )
                if before is not None and abs(value - before) <= AGREED * abs(value):
                    return value
            before = value
        return value

    return at


def pulse(at: mpf, order: int = 0) -> mpf:
    """The derivative of a jump: none beside it."""
    del order
    if at == 0:
        raise ZeroDivisionError
    return mpf(0)


def jumps_at_zero(f: Number) -> bool:
    """Whether it has different limits from both sides."""
    with workdps(30):
        right, left, further = f(near := mpf(2) ** LOWEST), f(-near), f(2 * near)
        size = max(abs(right), abs(left))
        is_pole = abs(right - further) > size / 8
        return not is_pole and abs(right - left) > mpf(10) ** -12 * max(size, abs(f(mpf(1))), abs(f(mpf(-1))))


@dataclass(frozen=True)
class Cells:
    """A function on ``-reach <= x <= reach``; callable on arrays, and NaN beyond.

    ``cuts`` has for either sign (positive first) and each octave the number of cells, ``first`` the row of its
    first cell in ``rows``: Chebyshev coefficients.  ``order`` is the power with which the function begins at zero, on either side:
    what it is below ``2^lowest``.
    """

    reach: float
    cuts: np.ndarray
    first: np.ndarray
    rows: Floats
    order: int
    lowest: int = LOWEST

    def __call__(self, at: Floats) -> Floats:
        """Its values."""
        fraction, exponent = np.frexp(np.abs(at) / UNIT)
        octave = np.clip(exponent - 1 - self.lowest, 0, self.cuts.shape[1] - 1)
        side = np.signbit(at).astype(np.intp)
        cells = self.cuts[side, octave]
        tiny = exponent - 1 < self.lowest
        cell = np.where(tiny, 0, np.minimum(((2 * fraction - 1) * cells).astype(np.intp), cells - 1))
        width = np.ldexp(UNIT, octave + self.lowest) / cells
        y = 2 * ((np.abs(at) - (cells + cell) * width) / width) - 1  # the difference is exact
        values = _clenshaw(self._columns, self.first[side, octave] + cell, np.where(tiny, -1.0, y))
        if tiny.any():
            scale = (np.abs(at[tiny]) / UNIT * 2.0**-self.lowest) ** self.order
            values[tiny] *= scale
        return values

    @cached_property
    def parity(self) -> int:
        """1 for even functions, -1 for odd ones, else 0."""
        at = np.geomspace(2.0**self.lowest, self.reach, 400)
        right, left = self(at), self(-at)
        return next((p for p in (1, -1) if np.allclose(left, p * right, rtol=1e-13, atol=0)), 0)

    @cached_property
    def _columns(self) -> Floats:
        return np.ascontiguousarray(self.rows.T)


def _clenshaw(columns: Floats, row: np.ndarray, y: Floats) -> Floats:
    later = now = np.zeros_like(y)
    for column in columns[:0:-1]:
        now, later = column[row] + 2 * y * now - later, now
    result: Floats = columns[0][row] + y * now - later
    return result


def cells(f: Number, reach: float) -> Cells:
    """The function as far as ``reach``.

    Raises:
        NotSmoothError: it is not smooth away from zero, or has no value somewhere.
    """
    with workdps(30):

        def octave(sign: int, power: int, largest: float) -> tuple[Floats, float]:
            start = sign * UNIT * mpf(2) ** power

            def rows(count: int, asked: int) -> tuple[Floats, Floats, float]:
                found = np.array([_coefficients(f, start * (1 + mpf(i) / count), start / count) for i in range(asked)])
                ends = np.array([float(f(start * (1 + mpf(i) / count))) for i in range(asked + 1)])
                return found, ends, float(np.abs(found).sum(1).max())

            return refined(rows, float(start), reach, largest, lambda top: ROUNDING * top)

        return on_octaves(octave, LOWEST, reach, _order(f))


Octave = Callable[[int, int, float], tuple[Floats, float]]


def on_octaves(octave: Octave, lowest: int, reach: float, order: int) -> Cells:
    """The cells of all octaves from ``2^lowest`` on; ``octave(sign, power, largest)`` gives those of one, and the largest value up
    to its end.
    """
    octaves = range(lowest, max(int(np.ceil(np.log2(reach / UNIT))), 1))
    cuts, first = (np.zeros((2, len(octaves)), dtype=np.intp) for _ in range(2))
    rows: list[Floats] = []
    for side, sign in enumerate((1, -1)):
        largest = 0.0
        for place, power in enumerate(octaves):
            found, largest = octave(sign, power, largest)
            cuts[side, place], first[side, place] = len(found), len(rows)
            rows += list(found)
    return Cells(reach, cuts, first, np.array(rows), order, lowest)


def refined(
    rows: Callable[[int, int], tuple[Floats, Floats, float]],
    start: float,
    reach: float,
    largest: float,
    allowed: Callable[[float], float],
) -> tuple[Floats, float]:
    """The coefficients of so many cells of an octave that their last ones are as small as is ``allowed`` beside the largest value,
    and what they give at the cells' ends too: a kink between an end and the node next to it is seen by nothing else.

    Args:
        rows: of an octave of that many cells the first few: their coefficients, the values at their ends, and the largest value.
        start: where the octave begins.
        reach: no cell is asked for that begins beyond it.
        largest: the largest value nearer to zero.
        allowed: of the largest value up to the octave's end.

    Raises:
        NotSmoothError: they do not become small.
    """
    tails = np.zeros(1)
    for power in range(FINEST + 1):
        before, count = tails.max(), 2**power
        asked = min(count, max(1, int(np.ceil((reach / abs(start) - 1) * count))))
        found, ends, size = rows(count, asked)
        top = max(largest, size)
        sides = np.stack([ends[:-1], ends[1:]])
        tails = np.maximum(np.abs(found[:, -2:]).max(1), missed(found.T, sides))
        if tails.max() <= allowed(top):
            return np.pad(found, ((0, count - asked), (0, 0)), constant_values=np.nan), top
    rough = int((tails > allowed(top)).sum())
    why = "it is not smooth" if rough <= FEW and tails.max() > before / SMOOTH else TOO_FAST
    raise NotSmoothError(start * (1 + (int(np.argmax(tails)) + 0.5) / count), why)


def missed(coefficients: Floats, ends: Floats) -> Any:
    """A quarter of how far polynomials on cells are from the function at the ends; coefficients and ends on a first axis."""
    signs = np.where(np.arange(len(coefficients)) % 2, -1.0, 1.0)
    left, right = np.tensordot(signs, coefficients, 1) - ends[0], coefficients.sum(0) - ends[1]
    return np.maximum(np.abs(left), np.abs(right)) / 4


def _coefficients(f: Number, low: mpf, width: mpf) -> Floats:
    values = [f(low + width * (1 + node) / 2) for node in _NODES]
    return np.array([float(mp.fdot(row, values)) for row in _TRANSFORM])


def _tables() -> tuple[list[mpf], list[list[mpf]]]:
    """Chebyshev nodes, and the matrix that makes coefficients of values there."""
    with workdps(30):
        count = DEGREE + 1
        angles = [mp.pi * (mpf(i) + 0.5) / count for i in range(count)]
        rows = [[mp.cos(j * a) * (2 if j else 1) / count for a in angles] for j in range(count)]
        return [mp.cos(a) for a in angles], rows


_NODES, _TRANSFORM = _tables()


def _order(f: Number) -> int:
    """The power with which it begins at zero."""
    near = mpf(2) ** LOWEST
    sizes = [max(abs(f(t * scale)) for t in (near, -near)) for scale in (1, 2)]
    if not all(sizes):
        return 0
    growth = mp.log(sizes[1] / sizes[0], 2)
    if abs(growth - mp.nint(growth)) > 1e-6:
        raise NotSmoothError(0.0, "it begins with no whole power")
    if growth < -0.5:
        raise NotSmoothError(0.0, "it has a pole")
    return int(mp.nint(growth))


__all__ = ["Cells", "NotSmoothError", "cells", "jumps_at_zero", "missed", "number", "on_octaves", "pulse", "refined"]
