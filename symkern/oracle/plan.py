"""What a sum needs before it starts: box, steps, working precision; and the limits it must keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import log, log10, pi, sqrt
from typing import Protocol

from mpmath import mp, mpf, workdps

from symkern.oracle.steps import Line, hump, longest, positions, three_offsets
from symkern.oracle.window import Box, Interval, Rows, Window, find_window


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

    def integrand(self) -> Rows:
        """The integrand at the current precision."""

    def lengths(self) -> tuple[float, float]:
        """First guesses of a step from the formula's features."""

    def cost(self, plan: Plan) -> float:
        """Terms of the sum; one that needs its own value of ``f`` counts for 20."""

    def total(self, plan: Plan) -> mpf:
        """The expectation as a sum, at the current precision."""


class Planner:
    """Plans for one problem at rising accuracies.

    Lines through the integrand are summed at 18 digits (or fewer), where they are cheap; the step for more digits
    follows from how the Fourier transform of a Gaussian envelope falls off: ``2 pi / h`` grows with the root of the
    digits.  Where that is not so, the two sums that every value needs disagree, and both are refined.
    """

    def __init__(self, problem: Problem, limits: Limits) -> None:
        self.problem, self.limits, self.level = problem, limits, 18.0
        self.measured: tuple[float, float] | None = None

    def plan(self, accuracy: float) -> Plan | None:
        """Box and steps for a sum good to ``accuracy`` digits below the absolute mass; None where it costs too much.

        Raises:
            DivergenceError: where the integrand does not decay.
        """
        problem = self.problem
        window = find_window(problem.integrand, problem.dimension, (accuracy + 2) * log(10))
        largest = max(abs(end) for side in window.box for end in side)
        extra = log10(1 + abs(window.log_peak) + largest**2)  # digits that exponents lose
        self.level = min(self.level, accuracy)
        self.measured = self.measured or self._measure(window, extra)
        if not self.measured:
            self.level /= 1.5
            return None
        steps = [self._extrapolated(h, side, accuracy) for h, side in zip(self.measured, window.box, strict=True)]
        plan = Plan(accuracy, window.box, (steps[0], steps[1]), int(accuracy + 10 + extra), window.log_mass)
        return plan if problem.cost(plan) <= self.limits.max_terms else None

    def _extrapolated(self, measured: float, side: Interval, accuracy: float) -> float:
        nats = accuracy * log(10)
        bandwidth = max(sqrt(2 * nats), 4 * nats / (side[1] - side[0]))
        return 0.97 * 2 * pi / (2 * pi / measured + bandwidth * max(0.0, 1 - sqrt(self.level / accuracy)))

    def _measure(self, window: Window, extra: float) -> tuple[float, float] | None:
        """The longest steps that resolve some lines along both axes to 18 digits; None where they cost too much."""
        problem, spans, steps = self.problem, window.box, [1.0, 1.0]
        lengths = problem.lengths()
        with workdps(int(self.level + 8 + extra)):
            rows = problem.integrand()
            tolerance = mp.exp(window.log_mass) * mpf(10) ** -self.level
            if problem.dimension == 1:
                most = int(self.limits.max_terms / 80)
                line = partial(_column, rows, mpf(0))
                start = min(lengths[0], hump(line, window.peak[0], spans[0]))
                steps[0] = longest(three_offsets, [line], spans[0], start=start, tolerance=tolerance, most=most)
                return (steps[0], steps[1]) if steps[0] else None
            most = int(self.limits.max_terms / 2000)
            for axis in (0, 1):
                lo, hi = spans[1 - axis]
                places = positions((lo, hi), window.peak[1 - axis])
                lines: list[Line] = (
                    [rows(at) for at in places] if axis else [partial(_column, rows, at) for at in places]
                )
                share = tolerance / (hi - lo)
                start = min(lengths[axis], hump(lines[0], window.peak[axis], spans[axis]))
                steps[axis] = longest(three_offsets, lines, spans[axis], start=start, tolerance=share, most=most)
        return (steps[0], steps[1]) if min(steps) else None


def _column(rows: Rows, z2: mpf, z1: mpf) -> mpf:
    return rows(z1)(z2)


__all__ = ["Limits", "Plan", "Planner", "Problem"]
