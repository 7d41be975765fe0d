"""Where a formula is tried, and its float64 values there, to learn whether it is real.

A value is a float, a truth value, NaN (unknown: a pole, an overflow), or ``Complex``, which remembers the place that
left the real line and travels up to the root, unless a ``Piecewise`` does not choose that branch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import sympy as sp


@dataclass(frozen=True, slots=True)
class Complex:
    """A value that is not real: where in the text, why, and what to write instead."""

    position: int
    reason: str
    mend: str


Value = float | bool | Complex
Column = tuple[Value, ...]

# The first ones are the ones a message reads best with; the grid catches what dips below zero only briefly.
_PLAIN = (-1.0, 1.0, 0.0, -2.0, 2.0, -0.5, 0.5)
_LINE = (
    *_PLAIN,
    *(k / 4 for k in range(-20, 21) if k / 4 not in _PLAIN),
    *(sign * size for size in (10.0, 30.0, 100.0, 1e3, 1e9) for sign in (1, -1)),
)
# Variances whose products have exact roots: at a correlation of one the gap is then exactly zero.
_VARIANCES = ((1.0, 1.0), (1.0, 4.0), (0.25, 0.25), (4.0, 0.25), (2.25, 2.25), (64.0, 0.0625), (1e4, 1e4), (0.0, 1.0))
_CORRELATIONS = (0.5, -0.5, 0.0, 1.0, -1.0, 0.875, -0.875)


def sample_points(
    names: Mapping[str, sp.Symbol], variables: Collection[str], defaults: Mapping[str, float]
) -> dict[sp.Symbol, tuple[float, ...]]:
    """Values of every symbol at the points tried: admissible covariances for a kernel, else points of the real line."""
    if {"cov12", "var1", "var2"} <= set(names):
        points = [(r * math.sqrt(v1 * v2), v1, v2) for v1, v2 in _VARIANCES for r in _CORRELATIONS]
        columns = dict(zip(("cov12", "var1", "var2"), zip(*points, strict=True), strict=True))
    else:
        columns = {}
        for turn, name in enumerate(sorted(set(variables) & set(names))):
            line = _LINE[turn:] + _LINE[:turn]
            columns[name] = tuple(abs(v) for v in line) if names[name].is_nonnegative else line
    count = len(next(iter(columns.values()), (0.0,)))
    return {names[name]: columns.get(name, (float(defaults.get(name, 1.0)),) * count) for name in names}


def evaluate(function: Callable[..., Value], row: tuple[Value, ...]) -> Value:
    """``function`` at one point: the first complex argument, NaN at an unknown one, infinity on overflow."""
    for value in row:
        if isinstance(value, Complex):
            return value
        if math.isnan(value):
            return math.nan
    try:
        return function(*row)
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return math.nan


def is_known(value: Value) -> bool:
    """Whether it is neither a pole nor an overflow."""
    return isinstance(value, Complex) or math.isfinite(value)


def choose(*row: Value) -> Value:
    """The value of the first branch (value, condition, value, condition, ...) whose condition holds."""
    for value, condition in zip(row[::2], row[1::2], strict=True):
        if isinstance(condition, Complex):
            return condition
        if math.isnan(condition):
            return math.nan
        if condition:
            return value
    return math.nan


def conjunction(*row: Value) -> Value:
    """False if one is, whatever the others; so ``x > 0 and log(x) < 1`` guards its logarithm."""
    return next((v for v in row if v is False), next((v for v in row if v is not True), True))


def disjunction(*row: Value) -> Value:
    """True if one is, whatever the others."""
    return next((v for v in row if v is True), next((v for v in row if v is not False), False))


__all__ = [
    "Column", "Complex", "Value", "choose", "conjunction", "disjunction", "evaluate", "is_known", "sample_points",
]  # fmt: skip
