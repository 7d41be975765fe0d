"""Between which numbers a formula stays on the whole real line, by its structure: ``2 + cos(x)`` has no zero.

Intervals in floats, rounded outwards at every step: what is proved here the oracle takes for granted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from itertools import product
from typing import NamedTuple

import sympy
from sympy import Expr, Pow

ROUNDING = 2.0**-50
"""By so much of itself an end may be off after a step."""
TINY = 1e-300
"""By so much at least."""
LARGEST = 1000
"""Larger exponents are not looked into."""


class Range(NamedTuple):
    """Everything between two numbers, infinite ones included."""

    low: float
    high: float


EVERYTHING = Range(-math.inf, math.inf)
RISING: dict[type, Callable[[float], float]] = {
    sympy.exp: math.exp,
    sympy.sinh: math.sinh,
    sympy.tanh: math.tanh,
    sympy.erf: math.erf,
    sympy.atan: math.atan,
    sympy.asinh: math.asinh,
}
BOUNDED: dict[type, Range] = {
    sympy.sin: Range(-1, 1),
    sympy.cos: Range(-1, 1),
    sympy.sech: Range(0, 1),
    sympy.cosh: Range(1, math.inf),
}


def is_positive(formula: Expr) -> bool:
    """Whether it is known to be, for every real ``x``."""
    found = _range(formula)
    return bool(formula.is_positive) or (found is not None and found.low > 0)


def has_zeros(formula: Expr) -> bool:
    """Whether it may have any, for a real ``x``."""
    found = _range(formula)
    return not (formula.is_positive or formula.is_negative or (found is not None and (found.low > 0 or found.high < 0)))


def _range(part: Expr) -> Range | None:
    """None where it is not known to be real and finite everywhere."""
    if part.is_number:
        return _number(part)
    if not part.args:
        return EVERYTHING if part.is_real else None
    ranges = [_range(arg) for arg in part.args]
    inside = [found for found in ranges if found is not None]
    if len(inside) < len(ranges):
        return None
    if isinstance(part, sympy.Add):
        return reduce(_plus, inside)
    if isinstance(part, sympy.Mul):
        return reduce(_times, inside)
    if isinstance(part, Pow):
        return _power(inside[0], part.exp)
    if isinstance(part, sympy.log):
        return _outwards(*map(math.log, inside[0])) if inside[0].low > 0 else None
    if type(part) in RISING:
        return _outwards(*(_at(RISING[type(part)], end) for end in inside[0]))
    return BOUNDED.get(type(part)) or (EVERYTHING if part.is_real else None)


def _number(number: Expr) -> Range | None:
    try:
        value = complex(number)
    except (OverflowError, TypeError):
        return None
    return _outwards(value.real, value.real) if number.is_real and math.isfinite(value.real) else None


def _outwards(low: float, high: float) -> Range:
    """With room for rounding; nothing is known of ends that are no numbers."""
    if math.isnan(low) or math.isnan(high) or low == math.inf or high == -math.inf:
        return EVERYTHING
    return Range(low - abs(low) * ROUNDING - TINY, high + abs(high) * ROUNDING + TINY)


def _plus(first: Range, second: Range) -> Range:
    return _outwards(first.low + second.low, first.high + second.high)


def _times(first: Range, second: Range) -> Range:
    ends = [a * b for a, b in product(first, second)]
    return EVERYTHING if any(map(math.isnan, ends)) else _outwards(min(ends), max(ends))


def _power(base: Range, exponent: Expr) -> Range | None:
    """A real power of what is positive is monotonic; an even one is so on either side of zero."""
    if not exponent.is_number or not exponent.is_real:
        return Range(0, math.inf) if base.low > 0 else None
    power, (low, high) = float(exponent), base
    if abs(power) > LARGEST:
        return Range(0, math.inf) if low > 0 else None
    if low <= 0 and not (exponent.is_integer and (power > 0 or high < 0)):
        return None
    if exponent.is_even and low <= 0:
        low, high = max(0.0, -high), max(high, -low)
    ends = [_raised(end, power, odd=bool(exponent.is_odd)) for end in (low, high)]
    return _outwards(min(ends), max(ends))


def _raised(number: float, power: float, *, odd: bool) -> float:
    size = _at(lambda s: s**power, abs(number)) if number else 0.0 if power > 0 else 1.0
    return -size if odd and number < 0 else size


def _at(function: Callable[[float], float], place: float) -> float:
    """The value of a rising function, at infinity too."""
    try:
        return float(function(place))
    except OverflowError:
        return math.copysign(math.inf, place)


__all__ = ["has_zeros", "is_positive"]
