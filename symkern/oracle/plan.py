"""What a sum needs before it starts: box, steps, working precision; and the limits it must keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import log, log10
from typing import Protocol

from mpmath import mp, mpf, workdps

from symkern.oracle.balls import Integrable, ball_rows, magnitudes
from symkern.oracle.lines import Field
from symkern.oracle.magnitudes import Magnitudes
from symkern.oracle.steps import hump, longest, positions, short, three_offsets
from symkern.oracle.window import Box, Place, Window, find_window


@dataclass(frozen=True)
class Limits:
    """What a value may cost.

    Attributes:
        max_dps: the largest working precision, in decimal digits; four times that where one dimension is enough.
        max_terms: terms of one sum, or twenty times as many as it has values of ``f``.
        check: also compute the value by Gauss-Legendre panels.
    """

    max_dps: int = 120
    max_terms: float = 2e7
    check: bool = False


@dataclass(frozen=True)
class Plan:
    """One evaluation of a sum.

    Attributes:
        accuracy: decimal digits below the absolute mass that the sum should reach.
        box: the window in coordinates of unit deviation.
        steps: node distance along both coordinates.
        dps: working precision.
        log_mass: logarithm of the absolute mass ``E|f f|`` times ``(2 pi)**(dimension / 2)``, roughly.
    """

    accuracy: float
    box: Box
    steps: tuple[float, float]
    dps: int
    log_mass: float

    def noise(self) -> mpf:
        """What rounding in balls may make of the sum: two digits more than what the plan allows for."""
        return mp.exp(self.log_mass) * mpf(10) ** (8 - self.dps)

    def finer(self) -> Plan:
        """The plan that checks this one: nodes elsewhere and closer, a larger box, 15 digits more."""
        box = tuple((lo - 0.05 * (hi - lo), hi + 0.05 * (hi - lo)) for lo, hi in self.box)
        steps = (self.steps[0] * 0.8047, self.steps[1] * 0.8047)
        return replace(self, box=(box[0], box[1]), steps=steps, dps=self.dps + 15)


class Problem(Integrable, Protocol):
    """An expectation over one or two standard normals."""

    dimension: int
    name: str

    @property
    def even(self) -> bool:
        """Is the integrand, along every line parallel to the first axis?"""

    def places(self) -> list[Place]:
        """Where the features are, as far as the formula shows."""

    def lengths(self) -> tuple[float, float]:
        """First guesses of a step from the formula's features."""

    def cost(self, plan: Plan) -> float:
        """Terms of the sum; one that needs its own value of ``f`` counts for 20."""

    def total(self, plan: Plan) -> mpf:
        """The expectation as a sum, at the current precision."""


def plan_for(problem: Problem, limits: Limits, accuracy: float) -> Plan | None:
    """Box and steps for a sum good to ``accuracy`` digits below the absolute mass; None where it costs too much.

    Raises:
        DivergenceError: where the integrand does not decay.
        UndecidedError: where no window is found.
    """
    window = find_window(partial(magnitudes, problem), problem.dimension, (accuracy + 2) * log(10), problem.places())
    largest = max(abs(end) for side in window.box for end in side)
    extra = log10(1 + abs(window.log_peak) + largest**2)  # digits that exponents lose
    with workdps(int(accuracy + 8 + extra)):
        steps = _steps(problem, window, limits, accuracy)
    if not all(steps):
        return None
    plan = Plan(accuracy, window.box, steps, int(accuracy + 10 + extra), window.log_mass)
    return plan if problem.cost(plan) <= limits.max_terms else None


def _steps(problem: Problem, window: Window, limits: Limits, accuracy: float) -> tuple[float, float]:
    """The longest steps at which sums along a few lines parallel to each axis agree; 0 where that is too dear.

    Lines say little of others: where a step is too long, the two sums that every value needs disagree, and both are refined.
    """
    spans, lengths, steps = window.box, problem.lengths(), [1.0, 1.0]
    most = int(max(200.0, limits.max_terms / (80 if problem.dimension == 1 else 10 * max(40.0, accuracy))))
    rows, balls = problem.integrand(), ball_rows(problem)
    field, sizes = Field(rows, balls, problem.even), Magnitudes(rows, balls)
    for k in range(problem.dimension):
        other = spans[1 - k]
        places = positions(other, window.peak[1 - k]) if problem.dimension == 2 else [0.0]
        width = hump(sizes(places[0]) if k else partial(_column, sizes, places[0]), window.peak[k], spans[k])
        tolerance = mp.exp(window.log_mass) * mpf(10) ** -accuracy / (other[1] - other[0])
        lines = [field.line(k, at, tolerance) for at in places]
        start = short(min(lengths[k], width))
        steps[k] = 0.97 * longest(three_offsets, lines, spans[k], start=start, tolerance=tolerance, most=most)
        if not steps[k]:
            break
    return steps[0], steps[1]


def _column(sizes: Magnitudes, z2: float, z1: float) -> float:
    return sizes(z1)(z2)


__all__ = ["Limits", "Plan", "Problem", "plan_for"]
