"""A function that repeats itself, but for a straight line, as a sum of waves, whose kernel is elementary.

    f(x) = slope x + Σ a cos(n w x) + Σ b sin(n w x) + rest

With ``r(v) = √(E[rest²]/E[f²])`` at a variance the kernel of the sum is at most ``r(v1) + r(v2) + r(v1) r(v2)`` of ``√(K11 K22)``
off, at every correlation (Cauchy and Schwarz).  The sum has the value of ``f`` at zero, and its slope: so ``r`` tends to a limit
where variances are small.  While one of them is below some radians squared, the sum's own Mehler series is short (its coefficients
are elementary), and what it leaves out is known; where both are larger, the pairs of waves are summed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from symkern.packed import Floats
from symkern.series.angular import NotConvergedError
from symkern.series.period import Period
from symkern.series.sampled import Values, finite

COUNTS = (32, 64, 128, 256)
"""Nodes of a period, tried until the bound is kept."""
PARTS = (2.0**-4, 2.0**-8, 2.0**-12)
"""Of the tolerance, that waves may be together that are left out; they count more beside small variances."""
MOST = 64
"""Waves: a kernel is a sum over all pairs of them."""
NEAR = (4.0, 2.0, 1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015, 0.008)
"""Up to how many squares of a radian Mehler's series is used, tried until it is short."""
TERMS = (40, 60, 80, 100, 120, 160, 200)
"""Its lengths."""
BEYOND = 400
"""Terms after them, of which the rest is made."""
DUST = 2.0**-50
"""Smaller waves are rounding errors, beside the largest."""
NOTHING = 1e-13
"""A slope at zero is none where its parts cancel so far."""
BEGINNING = 1e-6
"""Smaller the first power of a function is nothing beside its parts."""
MARGIN = 2.0
"""The bound of the rest, in multiples of what is found."""
CHECKED = 1024
"""Places at which the sum is compared with the function."""
SMALLER = 4.0 ** -np.arange(10)
"""Variances for which that is done as well, in squares of a radian,"""
DEVIATIONS = np.linspace(-9, 9, 361)
"""with nodes here."""
VARIANCES = 200
"""At which terms and waves that are left out are compared with the kernel."""

Waves = tuple[tuple[int, float, float], ...]
"""Number, and weights of the cosine and the sine, of each; those that count most come first."""


@dataclass(frozen=True)
class WaveFields:
    """The arguments of :class:`symkern.numerics.WaveTable`, which says what they mean."""

    largest: float
    frequency: float
    slope: float
    start: tuple[float, float]
    waves: Waves
    near: float = 0.0
    terms: int = 0
    bound: float = math.inf
    few: tuple[int, int] = (0, 0)
    short: float = 0.0

    @property
    def order(self) -> int:
        """The power with which the function begins at zero."""
        return next((i for i, c in enumerate(self.start) if c), 2)

    def __str__(self) -> str:
        """In words."""
        line = f"{self.slope:.6g} x and " if self.slope else ""
        return (
            f"{line}{len(self.waves)} waves (float32: {self.few[0]}) of the frequency {self.frequency:.6g}, where a variance is "
            f"below {self.near:g} in {self.terms} terms (float32: {self.few[1]}); the error is at most {self.bound:g} of "
            "sqrt(K11 K22) in float64"
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def of(cls, found: Any) -> WaveFields:
        """From such a dictionary, or from an object with these attributes.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        given = found if isinstance(found, dict) else vars(found)
        (value, rise), (waves, terms) = given["start"], given["few"]
        return cls(
            float(given["largest"]),
            float(given["frequency"]),
            float(given["slope"]),
            (float(value), float(rise)),
            tuple((int(n), float(a), float(b)) for n, a, b in given["waves"]),
            float(given["near"]),
            int(given["terms"]),
            float(given["bound"]),
            (int(waves), int(terms)),
            float(given["short"]),
        )

    @property
    def columns(self) -> tuple[Floats, Floats, Floats]:
        """Numbers and weights, as columns."""
        n, a, b = np.array(self.waves, np.float64).T[:, :, None]
        return n, a, b

    def __call__(self, at: Floats) -> Floats:
        """The sum."""
        n, a, b = self.columns
        turned = np.remainder(at, 2 * np.pi / self.frequency) * self.frequency * n
        result: Floats = self.slope * at + (a * np.cos(turned) + b * np.sin(turned)).sum(0)
        return result

    def from_zero(self, at: Floats) -> Floats:
        """The same for small ``x``, without cancellation where it begins with the square or the third power."""
        n, a, b = self.columns
        y = self.frequency * n * at
        s = y * y
        less = np.where(
            s < 0.25, -y * s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * (1 - s / 110)))), np.sin(y) - y
        )
        result: Floats = self.start[0] + self.start[1] * at + (b * less - 2 * a * np.sin(y / 2) ** 2).sum(0)
        return result

    def coefficients(self, variance: Floats, count: int) -> Floats:
        """``E[f(√v Z) h_k(Z)]`` for so many ``k``, on a first axis."""
        n, a, b = self.columns
        x = n * self.frequency * np.sqrt(variance)
        wave, found = np.exp(-x * x / 2), []
        for k in range(count):
            found.append((-1) ** (k // 2) * ((b if k % 2 else a) * wave).sum(0))
            wave = wave * x / math.sqrt(k + 1)
        found[1] += self.slope * np.sqrt(variance)
        return np.array(found)

    def square(self, variance: Floats) -> Floats:
        """``E[f(X)²]``; where ``f`` vanishes at zero, not of variances that are much smaller than ``near``."""
        n, a, b = (column[:, 0] for column in self.columns)
        half = variance[:, None, None] * self.frequency**2 / 2
        less, more = (np.exp(-(m**2) * half) for m in (n[:, None] - n, n[:, None] + n))
        even, odd = np.outer(a, a), np.outer(b, b)
        waves = ((even + odd) / 2 * less + (even - odd) / 2 * more).sum((1, 2))
        mixed = 2 * self.frequency * self.slope * variance * (n * b * np.exp(-(n**2) * half[:, 0])).sum(1)
        result: Floats = self.slope**2 * variance + mixed + waves
        return result


def waves(f: Values, found: Period, largest: float, tolerance: float, short: float, reach: float) -> WaveFields:
    """The sum that is the function for variances up to ``largest``; ``tolerance`` is relative to ``√(K11 K22)``.

    Args:
        f: the function.
        found: its period.
        largest: the largest variance.
        tolerance: of the bound.
        short: what float32 may leave out, at most.
        reach: how far out the function counts.

    Raises:
        NotConvergedError: no number of waves that is tried is enough, or the function begins with the fourth power or a higher one.
        NotSmoothError: it has no finite value somewhere.
    """
    seen = _Seen.of(f, found, reach)
    for count in COUNTS:
        whole = _with_waves(f, found, largest, seen.start, count)
        for part in PARTS:
            fields = _kept(whole, tolerance * part)
            rest = MARGIN * _worst(fields, seen)
            if rest <= tolerance / 2 and len(fields.waves) <= MOST and not _cancels(fields):
                return _with_terms(fields, rest, tolerance / 4, short)
    if why := _cancels(fields):
        raise NotConvergedError(f"{why}; variances up to {found.radian:.3g} may have a table")
    what = f"a sum of {len(fields.waves)} waves has an error of {rest:.1e}"
    why = f"{tolerance:.1e} are asked for" if rest > tolerance / 2 else f"at most {MOST} are summed"
    raise NotConvergedError(f"{what}, and {why}; a looser tolerance takes fewer")


def worst_of(fields: WaveFields, f: Values, reach: float) -> float:
    """What the rest adds to the kernel's error, by places that the waves have not seen."""
    return _worst(fields, _Seen.of(f, Period(2 * math.pi / fields.frequency, fields.slope), reach))


class _Seen(NamedTuple):
    """A function at the places where sums are judged: all over, and those of small variances, a row for each; and at zero."""

    all_over: Floats
    values: Floats
    small: Floats
    small_values: Floats
    start: float

    @classmethod
    def of(cls, f: Values, found: Period, reach: float) -> _Seen:
        """The places depend on the period alone."""
        all_over = np.asarray(reach * (2 * (np.arange(1, CHECKED) * 0.6180339887498949 % 1) - 1), np.float64)
        small = np.sqrt(found.radian * SMALLER)[:, None] * DEVIATIONS
        small_values = finite(f, small.ravel()).reshape(small.shape)
        return cls(all_over, finite(f, all_over), small, small_values, float(finite(f, np.zeros(1))[0]))


def _worst(fields: WaveFields, seen: _Seen) -> float:
    n, a, b = fields.columns
    start = np.array([a.sum(), fields.slope + fields.frequency * (n * b).sum()]) - fields.start
    everywhere = float(np.abs([*(seen.values - fields(seen.all_over)), start[0], start[1] / fields.frequency]).max())
    density = np.exp(-(DEVIATIONS**2) / 2)
    sums = fields.from_zero(seen.small.ravel()).reshape(seen.small.shape)
    means = [values**2 @ density for values in (seen.small_values - sums, seen.small_values)]
    worst = max(everywhere / _least(fields), math.sqrt((means[0] / means[1]).max()))
    return 2 * worst + worst * worst


def _with_waves(f: Values, found: Period, largest: float, value: float, count: int) -> WaveFields:
    """All waves that so many nodes of a period show, of a function with this value at zero."""
    at = np.asarray(np.arange(count) * (found.length / count), np.float64)
    terms = np.fft.rfft(finite(f, at) - found.slope * at)[:-1] / count
    terms.real[np.abs(terms.real) < DUST * np.abs(terms).max()] = 0
    terms.imag[np.abs(terms.imag) < DUST * np.abs(terms).max()] = 0
    whole = [(n, 2 * float(c.real), -2 * float(c.imag)) for n, c in enumerate(terms[1:], 1)]
    frequency = 2 * math.pi / found.length
    parts = [found.slope, *(frequency * n * b for n, _, b in whole)]
    rise = math.fsum(parts)
    if abs(rise) < NOTHING * math.fsum(map(abs, parts)):
        rise = 0.0
    waves = ((0, float(terms[0].real), 0.0), *whole)
    return WaveFields(largest, frequency, found.slope, (value, rise), waves)


def _kept(whole: WaveFields, allowed: float) -> WaveFields:
    """Without waves that are nothing together; right in value and slope at zero."""
    waves = sorted(whole.waves[1:], key=_size)[::-1]
    return _through(replace(whole, waves=tuple(waves[: _needed([*map(_size, waves)], allowed * _least(whole))])))


def _cancels(fields: WaveFields) -> str:
    """Why waves are not right where variances are small: value and slope at zero are kept, and what comes next must be there."""
    if any(fields.start):
        return ""
    n, a, b = (column[:, 0] for column in fields.columns)
    power, weights = (2, a) if np.abs(a[n > 0]).max(initial=0) else (3, b)
    parts = weights * n**power
    if abs(math.fsum(parts)) > BEGINNING * math.fsum(np.abs(parts)):
        return ""
    return "it begins with the fourth power of x or a higher one, where waves cancel"


def _size(wave: tuple[int, float, float]) -> float:
    return abs(wave[1]) + abs(wave[2])


def _needed(sizes: Sequence[float], allowed: float) -> int:
    """How many of these, the largest first, it takes for the others to be so little together."""
    return int((np.cumsum(sorted(sizes)) > allowed).sum())


def _least(fields: WaveFields) -> float:
    """The least ``√E[f²]`` from a variance of one radian on."""
    smallest = min(fields.frequency**-2.0, fields.largest)
    return math.sqrt(fields.square(np.geomspace(smallest, fields.largest, VARIANCES)).min())


def _through(fields: WaveFields) -> WaveFields:
    """With a constant and a first sine that make value and slope at zero what they are."""
    w, (value, rise) = fields.frequency, fields.start
    others = [wave for wave in fields.waves if wave[0] > 1]
    cosine = next((a for n, a, _ in fields.waves if n == 1), 0.0)
    sine = math.fsum([rise, -fields.slope, *(-w * n * b for n, _, b in others)]) / w
    constant = math.fsum([value, -cosine, *(-a for _, a, _ in others)])
    all_of_them = [(0, constant, 0.0), (1, cosine, sine), *others]
    return replace(fields, waves=tuple(sorted(filter(_size, all_of_them), key=_size, reverse=True)))


def _with_terms(fields: WaveFields, rest: float, allowed: float, short: float) -> WaveFields:
    """With Mehler's series up to the largest variance at which it is short, and the bound."""
    for part in NEAR:
        near = min(part * fields.frequency**-2.0, fields.largest)
        squares = fields.coefficients(near * np.geomspace(1e-6, 1, VARIANCES), TERMS[-1] + BEYOND) ** 2
        left = np.sqrt(squares[::-1].cumsum(0)[::-1] / squares.sum(0)).max(1)
        terms, few = (next((k for k in TERMS if left[k] <= size), 0) for size in (allowed, short / 4))
        if terms:
            waves = _needed([*map(_size, fields.waves)], short / 8 * _least(fields))
            bound = float(f"{1.005 * (rest + left[terms]):.2e}")
            return replace(fields, near=near, terms=terms, bound=bound, few=(waves, few), short=short)
    raise NotConvergedError(
        f"{len(fields.waves)} waves need more than {TERMS[-1]} terms where a variance is small; a looser tolerance takes fewer"
    )


__all__ = ["WaveFields", "Waves", "waves", "worst_of"]
