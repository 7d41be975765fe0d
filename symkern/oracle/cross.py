"""The cross-check: the same expectation by Gauss-Legendre panels, in two dimensions in rotated coordinates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import log, log10, prod

from mpmath import mp, mpf, workdps

from symkern.oracle.formula import parity
from symkern.oracle.integrand import evaluator
from symkern.oracle.line import LineProblem
from symkern.oracle.magnitudes import Magnitudes, Rows, UndecidedError, magnitude
from symkern.oracle.panels import integrate, integrate_plane
from symkern.oracle.plan import Limits
from symkern.oracle.plane import PlaneProblem
from symkern.oracle.steps import hump, longest, positions
from symkern.oracle.value import Value
from symkern.oracle.window import DivergenceError, Window, find_window

Line = Callable[[mpf], mpf]
#: An evaluation of ``f`` costs as much as this many terms of a trapezoidal sum.
DEARER = 10


def cross_check(problem: LineProblem | PlaneProblem, value: Value, digits: int, limits: Limits) -> Value:
    """The value with a second one beside it; as it was where there is nothing to check or the limits forbid it."""
    if value.method != problem.name or not value.value:
        return value
    integrand = problem.integrand if isinstance(problem, LineProblem) else partial(_rotated, problem)
    try:
        window = find_window(lambda: Magnitudes(integrand()), problem.dimension, (digits + 3) * log(10))
        with workdps(digits + 20):
            lost = max(0.0, window.log_mass / log(10) - float(mp.log10(abs(value.value))))
        window = find_window(lambda: Magnitudes(integrand()), problem.dimension, (digits + lost + 6) * log(10))
    except (DivergenceError, UndecidedError):  # in these coordinates: no second method
        return value
    largest = max(abs(end) for side in window.box for end in side)
    with workdps(int(digits + lost + 15 + log10(1 + abs(window.log_peak) + largest**2))):
        found = _by_panels(problem, integrand(), window, digits + lost + 3, limits.max_terms / DEARER)
        return value if found is None else value.checked(found)


def _by_panels(
    problem: LineProblem | PlaneProblem, rows: Rows, window: Window, accuracy: float, most: float
) -> mpf | None:
    """The expectation to an accuracy in digits below the absolute mass; None where it would cost too much."""
    order, spans = int(16 + 0.5 * accuracy), window.box
    tolerance = mp.exp(window.log_mass) * mpf(10) ** -accuracy
    if isinstance(problem, LineProblem):
        line = partial(_column, rows, mpf(0))
        length = _panel_length([line], spans[0], window.peak[0], order=order, tolerance=tolerance, most=most)
        return integrate(line, spans[0], length, order) / mp.sqrt(2 * mp.pi) if length else None
    columns = [partial(_column, rows, mpf(at)) for at in positions(spans[1], window.peak[1])]
    across = [rows(mpf(at)) for at in positions(spans[0], window.peak[0])]
    lengths = []
    for axis, lines in ((0, columns), (1, across)):
        share = tolerance / (spans[1 - axis][1] - spans[1 - axis][0])
        settings = {"order": order, "tolerance": share, "most": most**0.5}
        lengths.append(_panel_length(lines, spans[axis], window.peak[axis], **settings))
    if not all(lengths) or prod(order * (1 + (b - a) / h) for (a, b), h in zip(spans, lengths, strict=True)) > most:
        return None
    f, matrix = evaluator(problem.formula), problem.covariance.rotated()
    if not parity(problem.formula):
        return integrate_plane(f, matrix, spans, (lengths[0], lengths[1]), order)
    (a, b), (c, d) = spans
    half = (0.0, max(-a, b)), (min(c, -d), max(-c, d))
    return 2 * integrate_plane(f, matrix, half, (lengths[0], lengths[1]), order)


def _panel_length(
    lines: Sequence[Line], span: tuple[float, float], peak: float, *, order: int, tolerance: mpf, most: float
) -> float:
    """The longest panels at which these and shorter ones agree on every line."""

    def rule(line: Line, lo: float, hi: float, length: float) -> Sequence[mpf]:
        return [integrate(line, (lo, hi), h, order) for h in (length, length / 1.37)]

    start = min(span[1] - span[0], order / 4 * hump(lambda z: magnitude(lines[0](mpf(z))), peak, span))
    return longest(rule, lines, span, start=start, tolerance=tolerance, most=int(most / order)) / 1.1


def _rotated(problem: PlaneProblem) -> Rows:
    """The integrand in rotated coordinates."""
    f, ((a, b), (c, d)) = evaluator(problem.formula), problem.covariance.rotated()

    def row(u: mpf) -> Callable[[mpf], mpf]:
        weight = mp.exp(-u * u / 2)
        return lambda v: f(a * u + b * v) * f(c * u + d * v) * weight * mp.exp(-v * v / 2)

    return row


def _column(rows: Rows, z2: mpf, z1: mpf) -> mpf:
    return rows(z1)(z2)


__all__ = ["cross_check"]
