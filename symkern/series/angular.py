"""A kernel as a short sum of products: polynomials of the angle, times functions of one variance each.

    K / √(K11 K22) = Σ_m T_m(x) Σ_q ± u_mq(v1) u_mq(v2),    x = 2θ/π - 1,    cos θ = ρ

As a function of the angle a kernel is smooth up to ``ρ = ±1``, that of a function with a kink at zero too, where Mehler's series in
``ρ`` takes thousands of terms; as a function of ``√v/(1 + √v)`` it is smooth from 0 to the largest variance.  Where variances are
large it varies over angles of ``1/√v`` beside 0 and π: ``x`` is then stretched at its ends (:mod:`symkern.stretch`).  Both are
expanded in Chebyshev polynomials, and the matrix that is left for each power of the angle has a low rank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.polynomial import chebyshev

from symkern.errors import SymkernError
from symkern.packed import Floats, pack, unpack
from symkern.series.cells import Cells
from symkern.series.fields import Fields
from symkern.series.polar import Plane
from symkern.series.products import Table
from symkern.stretch import place_of, stretched

T = TypeVar("T")

COUNTS = (64, 128, 256)
"""Nodes, tried until the last coefficients are small."""
FINENESS = (0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
"""Of the quadrature, tried until the next one agrees."""
FLOOR = 4e-15
"""What float64 leaves of any tolerance."""
CUT = 10.0
"""Deviations at which nothing may be left of a mean square."""
HALVINGS = 24
"""Variances below the largest that are tried where one is to be named."""
MARGIN = 4.0
"""The bound, in multiples of the largest error at the checked points."""
ENDS = (0.0, 0.3, 0.12, 0.06, 0.04, 0.02)
"""How far beyond the ends of the angle, in halves of π, singular places are stretched away: the table that costs least is taken."""
SPARE = (16.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.25)
"""What the products that are dropped may be together, in tolerances, tried until the bound is kept."""

SOME_ANGLES = np.array([0.0, 0.3, 1.2, 2.0, 2.9, np.pi])
SOME_PLACES = np.array([-1 + 1e-3, -0.5, 0.3, 0.8, 1.0])
ODD_PLACES = np.array([-0.99, -0.71, -0.13, 0.42, 0.93])
CHECKED_PLACES = np.array([-1 + 2e-6, *(-np.cos(np.pi * (np.arange(24) + 0.3) / 24)), 1.0])
CHECKED_ANGLES = np.array([0.0, 1e-6, 1e-3, *(np.pi / 2 * (1 - np.cos(np.pi * (np.arange(24) + 0.7) / 24.4))), np.pi])


class NotConvergedError(SymkernError):
    """No table of the sizes that are tried has the accuracy that is asked for."""


def _angles(nodes: Floats, ends: float) -> Floats:
    """Those where ``x`` is at the nodes."""
    result: Floats = np.pi / 2 * (1 + place_of(nodes, ends))
    return result


def _deviations(places: Floats, largest: float) -> Floats:
    """``√v`` at these places."""
    t = (places + 1) / 2 * np.sqrt(largest) / (1 + np.sqrt(largest))
    result: Floats = t / (1 - t)
    return result


def table(f: Cells, largest: float, tolerance: float) -> Table:
    """The table of a function, for variances up to ``largest``; ``tolerance`` is relative to ``√(K11 K22)``.

    Raises:
        NotConvergedError: it would be too large, or the tolerance is beyond float64.
    """
    kernel = _Kernel(f, largest, tolerance)
    by_place = np.abs(_converged(lambda places: kernel(SOME_ANGLES, places, SOME_PLACES), 1, kernel.small, "variance"))
    places = _count(by_place.max((0, 2)), kernel.small)
    counts = _converging(lambda ends: _angle_count(kernel, ends), ENDS)
    count, least = min((count, ends) for ends, count in counts.items())
    tensor = kernel(_angles(_nodes(count), least), _nodes(places))
    for axis in range(3):
        tensor = _coefficients(tensor, axis)
    squares = _converged(kernel.log_squares, 0, kernel.small, "variance map")
    squares = squares[: _count(np.abs(squares), kernel.small)]
    checked = _Checked(kernel, squares)

    def made(ends: float) -> Table:
        at = stretched(place_of(_nodes(counts[ends]), ends), least)
        here = _coefficients(np.tensordot(chebyshev.chebvander(at, len(tensor) - 1), tensor, 1), 0)
        whole = Table(largest, f.order, squares, *_products((here + here.transpose(0, 2, 1)) / 2), ends=ends)
        return checked.bounded(whole, tolerance)

    return min(_converging(made, counts).values(), key=lambda table: table.cost)


def _converging(make: Callable[[float], T], stretches: Iterable[float]) -> dict[float, T]:
    """What is made with each of the stretches with which there is something.

    Raises:
        NotConvergedError: there is nothing with any; the last one's reason.
    """
    found, failed = {}, NotConvergedError("")
    for ends in stretches:
        try:
            found[ends] = make(ends)
        except NotConvergedError as error:
            failed = error
    if not found:
        raise failed
    return found


def _angle_count(kernel: _Kernel, ends: float) -> int:
    """How many nodes it takes where the ends of the angle are stretched so."""
    sizes = np.abs(_converged(lambda nodes: kernel(_angles(nodes, ends), SOME_PLACES), 0, kernel.small, "angle"))
    return _count(sizes.max((1, 2)), kernel.small)


def largest_error(fields: Fields, f: Cells) -> float:
    """Of a table, at some angles and variances, beside the quadrature at its finest."""
    found, kernel = Table.of(fields), _Kernel(f, fields.largest, fields.bound, FINENESS[-3])
    error = np.abs(found(SOME_ANGLES, ODD_PLACES) - kernel(SOME_ANGLES, ODD_PLACES))
    return float(max(error.max(), kernel.map_error(found.log_squares, ODD_PLACES)))


class _Kernel:
    """``K / √(K11 K22)`` by quadrature."""

    def __init__(self, f: Cells, largest: float, tolerance: float, fineness: float = 0.0) -> None:
        self.f, self.largest = f, largest
        self.small = max(tolerance / 100, FLOOR)
        refuse_growth(f, largest)
        self.fineness = fineness or self._fineness()

    def __call__(
        self, angles: Floats, first: Floats, second: Floats | None = None, *, fineness: float | None = None
    ) -> Floats:
        """At these angles, of the first places with the second ones, or with themselves."""
        count = len(first)
        places = first if second is None else np.concatenate([first, second])
        plane = Plane(self.f, _deviations(places, self.largest), fineness or self.fineness)
        size = np.sqrt(plane.squares())
        parity = self.f.parity
        found: dict[float, Floats] = {}
        for angle in angles:
            other = np.pi - angle
            near = next((a for a in found if abs(a - other) < 1e-14), None) if parity else None
            found[angle] = plane.kernel(angle) if near is None else parity * found[near]
        whole = np.stack([found[a] for a in angles]) / size[:, None] / size
        return whole if second is None else whole[:, :count, count:]

    def log_squares(self, places: Floats, *, fineness: float | None = None) -> Floats:
        """What is left of the logarithm of the variance map."""
        s = _deviations(places, self.largest)
        result: Floats = np.log(Plane(self.f, s, fineness or self.fineness).squares()) - 2 * self.f.order * np.log(s)
        return result

    def map_error(self, log_squares: Floats, places: Floats, *, fineness: float | None = None) -> float:
        """The largest relative error of a variance map with these coefficients."""
        smooth = chebyshev.chebval(places, log_squares) - self.log_squares(places, fineness=fineness)
        return float(np.abs(np.expm1(smooth)).max())

    def _fineness(self) -> float:
        tried = ((fineness, self(SOME_ANGLES, SOME_PLACES, fineness=fineness)) for fineness in FINENESS)
        for (fineness, values), (_, finer) in pairwise(tried):
            if np.abs(finer - values).max() <= self.small:
                return fineness
        raise NotConvergedError(
            f"the quadrature has not converged: the function oscillates too fast at variances up to {self.largest:g}; "
            "a smaller largest variance may do"
        )


def refuse_growth(f: Callable[[Floats], Floats], largest: float, *, vanishes: bool = False) -> None:
    """Where the mean square is not over at the last node, the variance is named from which on that is so.

    A function that ``vanishes`` may do so as far as small variances see: its mean square is then small beside that at the largest.
    """
    r = np.linspace(0.05, CUT, 400)

    def density(variance: float) -> Floats:
        s = np.sqrt(variance)
        found: Floats = np.maximum(np.abs(f(s * r)), np.abs(f(-s * r))) ** 2 * r * np.exp(-r * r / 2)
        return found

    top = density(largest).max() if vanishes else 0.0
    for variance in [*(largest * 2.0 ** -np.arange(HALVINGS))[::-1]]:
        found = density(variance)
        most = max(found.max(), top)
        if not most:
            raise NotConvergedError("it is zero everywhere")
        if not found[-1] <= FLOOR * most:
            raise endless(variance, CUT)


def endless(variance: float, deviations: float) -> NotConvergedError:
    """That a mean square is not over so many deviations out."""
    return NotConvergedError(
        f"f grows too fast: at a variance of {variance:.3g}, E[f(X)^2] is infinite or has not ended {deviations:.3g} deviations out"
    )


def _nodes(count: int) -> Floats:
    result: Floats = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    return result


def _coefficients(values: Floats, axis: int) -> Floats:
    """Of the Chebyshev interpolant of values at the nodes."""
    count = values.shape[axis]
    transform = np.cos(np.pi / count * np.outer(np.arange(count), np.arange(count) + 0.5)) * 2 / count
    transform[0] /= 2
    result: Floats = np.moveaxis(np.tensordot(transform, values, (1, axis)), 0, axis)
    return result


def _converged(values: Callable[[Floats], Floats], axis: int, small: float, what: str) -> Floats:
    """The coefficients of as many nodes as it takes for the last ones to be small."""
    for count in COUNTS:
        found = _coefficients(values(_nodes(count)), axis)
        if np.abs(np.take(found, range(count - 4, count), axis)).max() <= small:
            return found
    raise NotConvergedError(f"the expansion in the {what} has not converged after {COUNTS[-1]} terms")


def _count(sizes: Floats, small: float) -> int:
    """How many coefficients there are before all are small."""
    return int(np.flatnonzero(sizes > small).max(initial=-1)) + 2


def _products(tensor: Floats) -> tuple[np.ndarray, Floats, Floats, Floats]:
    """Orders, signs, functions and sizes of all products, those of each order by size."""
    grid = np.cos(np.linspace(0, np.pi, 8 * tensor.shape[1]))
    found: list[tuple[int, float, float, Floats]] = []
    for m, matrix in enumerate(tensor):
        eigenvalues, vectors = np.linalg.eigh(matrix)
        for value, vector in zip(eigenvalues, vectors.T, strict=True):
            function = np.sqrt(abs(value)) * vector
            size = float(np.abs(chebyshev.chebval(grid, function)).max() ** 2)
            found.append((m, -size, float(np.sign(value)), function))
    found.sort(key=lambda product: product[:2])
    orders, sizes, signs, functions = zip(*found, strict=True)
    return np.array(orders), np.array(signs), np.array(functions), -np.array(sizes)


class _Checked:
    """What a finer quadrature gives at places and angles that tables have not seen."""

    def __init__(self, kernel: _Kernel, log_squares: Floats) -> None:
        """``log_squares``: the variance map of all of these tables."""
        finer = 1.25 * kernel.fineness
        self.true = kernel(CHECKED_ANGLES, CHECKED_PLACES, fineness=finer)
        self.map_error = kernel.map_error(log_squares, CHECKED_PLACES, fineness=finer)

    def bounded(self, whole: Table, tolerance: float) -> Table:
        """The table with as few products as the tolerance allows, and the bound that is seen."""
        for spare in SPARE:
            found = whole.without(spare * tolerance)
            found = replace(found, functions=unpack(pack(found.functions)).reshape(found.functions.shape))
            bound = MARGIN * float(max(self.map_error, np.abs(found(CHECKED_ANGLES, CHECKED_PLACES) - self.true).max()))
            if bound <= tolerance:
                return replace(found, bound=bound)
        raise NotConvergedError(f"an error of {bound:.1e} was found, with a tolerance of {tolerance:.1e}")


__all__ = ["NotConvergedError", "endless", "largest_error", "refuse_growth", "table"]
