"""What a sum needs before it starts: box, steps, working precision; and the limits it must keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from math import log, log10, pi, sqrt
from typing import Protocol

from mpmath import mp, mpf, workdps

from symkern.oracle.steps import Line, hump, longest, positions, three_offsets
from symkern.oracle.window import Box, Interval, Place, Rows, Window, find_window


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

    def finer(self) -> Plan:
        """The plan that checks this one: nodes elsewhere and closer, a larger box, 15 digits more."""
        box = tuple((lo - 0.05 * (hi - lo), hi + 0.05 * (hi - lo)) for lo, hi in self.box)
        steps = (self.steps[0] * 0.8047, self.steps[1] * 0.8047)
        return replace(self, box=(box[0], box[1]), steps=steps, dps=self.dps + 15)


class Problem(Protocol):
    """An expectation over one or two standard normals."""

    dimension: int
    name: str

    def places(self) -> list[Place]:
        """Where the features are, as far as the formula shows."""

    def integrand(self) -> Rows:
        """The integrand at the current precision."""

    def lengths(self) -> tuple[float, float]:
        """First guesses of a step from the formula's features."""

    def cost(self, plan: Plan) -> float:
        """Terms of the sum; one that needs its own value of ``f`` counts for 20."""

    def total(self, plan: Plan) -> mpf:
        """The expectation as a sum, at the current precision."""


@dataclass(frozen=True)
class Axis:
    """What was measured along one coordinate: a step that resolves it (0: too dear), and the width of its peak."""

    step: float
    hump: float


class Planner:
    """Plans for one problem at rising accuracies.

    Lines through the integrand are summed at 18 digits (or fewer), where they are cheap; the step for more digits
    follows from how the Fourier transform of a Gaussian envelope falls off: ``2 pi / h`` grows with the root of the
    digits.  Where that is not so, the two sums that every value needs disagree, and both are refined.
    """

    def __init__(self, problem: Problem, limits: Limits) -> None:
        self.problem, self.limits, self.level = problem, limits, 18.0
        self.axes: tuple[Axis, ...] = ()

    def plan(self, accuracy: float) -> Plan | None:
        """Box and steps for a sum good to ``accuracy`` digits below the absolute mass; None where it costs too much.

        Raises:
            DivergenceError: where the integrand does not decay.
        """
        problem = self.problem
        window = find_window(problem.integrand, problem.dimension, (accuracy + 2) * log(10), problem.places())
        largest = max(abs(end) for side in window.box for end in side)
        extra = log10(1 + abs(window.log_peak) + largest**2)  # digits that exponents lose
        if accuracy < self.level:
            self.level, self.axes = accuracy, ()
        self.axes = self.axes or self._measure(window, extra)
        if not all(axis.step for axis in self.axes):
            self.axes, self.level = (), self.level / 1.5
            return None
        steps = [self._extrapolated(axis, side, accuracy) for axis, side in zip(self.axes, window.box, strict=False)]
        steps += [1.0] * (2 - problem.dimension)
        plan = Plan(accuracy, window.box, (steps[0], steps[1]), int(accuracy + 10 + extra), window.log_mass)
        return plan if problem.cost(plan) <= self.limits.max_terms else None

    def _extrapolated(self, axis: Axis, side: Interval, accuracy: float) -> float:
        nats = accuracy * log(10)
        bandwidth = max(4 * nats / (side[1] - side[0]), 1.4 * sqrt(2 * nats) / axis.hump)
        return 0.97 * 2 * pi / (2 * pi / axis.step + bandwidth * max(0.0, 1 - sqrt(self.level / accuracy)))

    def _measure(self, window: Window, extra: float) -> tuple[Axis, ...]:
        """Sum along a few lines parallel to each axis until the sums agree to 18 digits of the mass."""
        problem, spans, axes = self.problem, window.box, []
        lengths = problem.lengths()
        most = int(max(200.0, self.limits.max_terms / (80 if problem.dimension == 1 else 1000)))
        with workdps(int(self.level + 8 + extra)):
            rows = cache(problem.integrand())
            for k in range(problem.dimension):
                other = spans[1 - k]
                places = positions(other, window.peak[1 - k]) if problem.dimension == 2 else [mpf(0)]
                lines: list[Line] = [rows(at) for at in places] if k else [partial(_column, rows, at) for at in places]
                width = hump(lines[0], window.peak[k], spans[k])
                tolerance = mp.exp(window.log_mass) * mpf(10) ** -self.level / (other[1] - other[0])
                start = min(lengths[k], width)
                step = longest(three_offsets, lines, spans[k], start=start, tolerance=tolerance, most=most)
                axes.append(Axis(step, width))
                if not step:
                    break
        return tuple(axes)


def _column(rows: Rows, z2: mpf, z1: mpf) -> mpf:
    return rows(z1)(z2)


__all__ = ["Axis", "Limits", "Plan", "Planner", "Problem"]
