"""From a problem to a value: accuracy rises until the relative digits are there, every value is computed twice."""

from __future__ import annotations

from functools import partial

from mpmath import mp, mpf, workdps

from symkern.oracle.balls import magnitudes
from symkern.oracle.magnitudes import UndecidedError
from symkern.oracle.plan import Limits, Plan, Problem, plan_for
from symkern.oracle.value import Value
from symkern.oracle.window import DivergenceError, find_window

MARGIN = 6
REFINEMENTS = 4
LESS = 1.2
"""Where a sum is too dear, so many times fewer digits are tried."""


def resolve(problem: Problem, digits: int, limits: Limits) -> Value:
    """The expectation to ``digits`` relative digits, or as many as the limits allow.

    A sum is good to so many digits below the absolute mass ``E|f f|``, not below the value: where the two differ (tiny
    results of large cancellation), the accuracy is raised by what is missing, up to the limit.
    """
    most: float = (limits.max_dps if problem.dimension == 2 else 4 * limits.max_dps) - 10
    accuracy: float = min(digits + MARGIN, most)
    if accuracy < 4:
        return Value.unresolved()
    try:
        while (plan := plan_for(problem, limits, accuracy)) is None:
            most = accuracy = accuracy / LESS
            if accuracy < 4:
                return Value.unresolved()
        while accuracy < most:
            first = _total(problem, plan)
            lost = _lost(plan, first)
            if accuracy - lost >= digits + 2:
                return _verified(problem, plan, first, digits, limits)
            wanted = min(most, digits + lost + MARGIN if lost < accuracy - 3 else 2 * accuracy)
            better = plan_for(problem, limits, wanted)
            if better is None:
                return _verified(problem, plan, first, digits, limits)
            plan, accuracy = better, wanted
        return _verified(problem, plan, _total(problem, plan), digits, limits)
    except DivergenceError:
        return Value.divergent()
    except UndecidedError:
        return Value.unresolved()


def divergence(problem: Problem) -> Value | None:
    """None where the integrand is absolutely integrable, as far as its decay tells; else what to answer."""
    try:
        find_window(partial(magnitudes, problem), problem.dimension, 100.0, problem.places())
    except DivergenceError:
        return Value.divergent()
    except UndecidedError:
        return Value.unresolved()
    return None


def _total(problem: Problem, plan: Plan) -> mpf:
    with workdps(plan.dps):
        return problem.total(plan)


def _lost(plan: Plan, value: mpf) -> float:
    """Decimal digits between the absolute mass and the value."""
    return max(0.0, float(mp.log10(mp.exp(plan.log_mass) / abs(value)))) if value else float("inf")


def _verified(problem: Problem, plan: Plan, first: mpf, digits: int, limits: Limits) -> Value:
    """Compare with a finer rule (closer nodes elsewhere, a larger box, 15 digits more) until two agree."""
    for _ in range(REFINEMENTS):
        plan = plan.finer()
        second = _total(problem, plan)
        with workdps(plan.dps):
            # What lies outside both windows, a second bump for instance, shows in neither sum; rounding is far below.
            outside = mp.exp(plan.log_mass) * mpf(10) ** -plan.accuracy
            value = Value.of(second, 2 * abs(second - first) + outside, problem.name)
            small_enough = value.error <= mp.exp(plan.log_mass) * mpf(10) ** (1 - plan.accuracy)
        if value.digits >= digits or small_enough or problem.cost(plan.finer()) > limits.max_terms:
            break
        first = second
    return value


__all__ = ["MARGIN", "divergence", "resolve"]
