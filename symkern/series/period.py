"""The period of a function that repeats itself but for a straight line: ``f(x + P) = f(x) + slope P``.

A first guess is the lag at which samples are like themselves; by the same at ever more periods it becomes as exact as floats are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from symkern.packed import Floats
from symkern.series.sampled import Values, finite

WINDOWS = (8.0, 32.0, 128.0, 512.0, 2048.0)
"""Lengths in which a period is looked for, at most half of each."""
SAMPLES = 1024
"""In a window."""
ALIKE = 4.0
"""By so much the changes of a function differ between the near and the far half of a window that has periods in it, at most."""
SIMILAR = 0.3
"""A lag is looked into where the mean square of the difference is below this part of what it is at others."""
TRIED = 4
"""Lags of a window that are looked into, the shortest of those at which samples are most alike first."""
EXACT = 1e-9
"""What repeats itself does so up to this part of how much it varies, a straight line apart,"""
NOISY = 1e3
"""which is so many times the rounding of its values."""
CLOSE = 1e-3
"""By so much of itself a part of a period may be off."""
FLAT = 1e-12
"""What rises no more than by this part of its size does not rise."""
PLACES = 48
"""Where a period is refined."""


class Period(NamedTuple):
    """How long it is, and how much the function rises by ``x``."""

    length: float
    slope: float

    @property
    def radian(self) -> float:
        """The variance of one."""
        return (self.length / (2 * np.pi)) ** 2


def period(f: Values, reach: float) -> Period | None:
    """That of a function within ``reach`` of zero; None where it has none, or one that is longer.

    Raises:
        NotSmoothError: it has no finite value somewhere.
    """
    for window in WINDOWS:
        if window > 2 * reach:
            return None
        at, step = np.linspace(-window / 2, window / 2, SAMPLES, retstep=True)
        values = finite(f, at)
        if not _goes_on(values):
            continue
        for lag in _lags(values):
            if found := _refined(f, float(lag * step), float(step), window / 2, reach):
                return _shortest(f, found, window / 2, reach)
    return None


def _shortest(f: Values, found: Period, near: float, reach: float) -> Period:
    """A lag may be several periods."""
    for parts in (2, 3, 5):
        while shorter := _refined(f, found.length / parts, CLOSE * found.length / parts, near, reach):
            found = shorter
    return found


def _goes_on(values: Floats) -> bool:
    """Whether it changes in the outer halves as it does in the inner ones, and at all."""
    changes = np.diff(values - np.linspace(values[0], values[-1], len(values)))
    quarter = len(changes) // 4
    parts = changes[quarter:-quarter], np.delete(changes, np.s_[quarter:-quarter])
    inner, outer = (float(np.mean(part**2)) for part in parts)
    return 0 < inner < ALIKE * outer and outer < ALIKE * inner


def _lags(values: Floats) -> list[int]:
    """Those at which samples are most like themselves but for a constant, up to half of their number; ascending."""
    half = len(values) // 2
    spread = np.array([np.var(values[lag : lag + half] - values[:half]) for lag in range(half)])
    low = np.flatnonzero(
        (spread[1:-1] <= spread[:-2]) & (spread[1:-1] <= spread[2:]) & (spread[1:-1] < SIMILAR * spread.max())
    )
    best = sorted(low + 1, key=lambda lag: float(spread[lag]))[:TRIED]
    return sorted(map(int, best))


def _refined(f: Values, guess: float, slack: float, near: float, reach: float) -> Period | None:
    """By Newton's method for the length and the slope, at one, two, four periods and so on.

    None where the function does not repeat itself, on both sides, or the length is not within ``slack`` of the guess.
    """
    at = np.asarray(-near + (np.arange(PLACES) * 0.6180339887498949 % 1) * near, np.float64)  # on no lattice
    length, step = guess, guess * 2.0**-10
    base, mirrored = finite(f, at), finite(f, at + near)
    count, most = 1, max(1, int(reach / guess))
    while True:
        for _ in range(8):
            moved = at + count * length
            difference = finite(f, moved) - base
            columns = np.stack([(finite(f, moved + step) - finite(f, moved - step)) / (2 * step), np.ones(PLACES)])
            shift, rise = np.linalg.lstsq(columns.T, difference, rcond=None)[0]
            length -= float(shift) / count
            if not abs(length - guess) <= slack:
                return None
            if abs(shift) < 1e-13 * count * length:
                break
        right, left = finite(f, at + count * length), finite(f, at + near - count * length)
        rest = np.abs([right - base - rise, left - mirrored + rise]).max()
        size = np.ptp(base - float(rise) / (count * length) * at)
        noise = 2.0**-50 * np.abs([base, right, left]).max()
        if not (rest <= EXACT * size + noise and size > NOISY * noise):
            return None
        if count == most:
            slope = float(rise) / (count * length)
            return Period(length, slope if abs(rise) > FLAT * np.abs(base).max() else 0.0)
        count = min(2 * count, most)


__all__ = ["Period", "period"]
