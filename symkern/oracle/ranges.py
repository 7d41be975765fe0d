"""Between which numbers a formula stays on the whole real line, by its structure: ``2 + cos(x)`` has no zero."""

from __future__ import annotations

import math
from functools import reduce
from itertools import product

import sympy
from sympy import Expr, Pow

LEAST = 1e-9
"""A formula has no zero if it stays so far from it: floats are as good as that."""

Range = tuple[float, float]
EVERYTHING: Range = (-math.inf, math.inf)
RISING = {sympy.exp: math.exp, sympy.sinh: math.sinh, sympy.tanh: math.tanh, sympy.erf: math.erf, sympy.atan: math.atan,
          sympy.asinh: math.asinh}  # fmt: skip
BOUNDED = {sympy.sin: (-1.0, 1.0), sympy.cos: (-1.0, 1.0), sympy.sech: (0.0, 1.0), sympy.cosh: (1.0, math.inf)}


def is_positive(formula: Expr) -> bool:
    """Whether it is known to be, for every real ``x``."""
    return bool(formula.is_positive) or _range(formula)[0] > LEAST


def has_zeros(formula: Expr) -> bool:
    """Whether it may have any, for a real ``x``."""
    low, high = _range(formula)
    return not (formula.is_positive or formula.is_negative or low > LEAST or high < -LEAST)


def _range(part: Expr) -> Range:
    if part.is_number:
        try:
            value = complex(part)
        except (OverflowError, TypeError):
            return EVERYTHING
        return (value.real, value.real) if not value.imag and math.isfinite(value.real) else EVERYTHING
    inside = [_range(arg) for arg in part.args]
    if isinstance(part, sympy.Add):
        return sum(low for low, _ in inside), sum(high for _, high in inside)
    if isinstance(part, sympy.Mul):
        return reduce(_times, inside)
    if isinstance(part, Pow):
        return _power(inside[0], part.exp)
    if isinstance(part, sympy.log):
        low, high = inside[0]
        return (math.log(low), math.log(high)) if low > LEAST else EVERYTHING
    if type(part) in BOUNDED:
        return BOUNDED[type(part)]
    if type(part) in RISING:
        low, high = (_at(type(part), end) for end in inside[0])
        return low, high
    return EVERYTHING


def _times(first: Range, second: Range) -> Range:
    ends = [0.0 if 0 in (a, b) else a * b for a, b in product(first, second)]
    return min(ends), max(ends)


def _power(base: Range, exponent: Expr) -> Range:
    """A real power of what is positive is monotonic; an even one is so on either side of zero."""
    if not exponent.is_number or not exponent.is_real:
        return EVERYTHING
    power, (low, high) = float(exponent), base
    if exponent.is_even and low < LEAST:
        low, high = (max(0.0, -high), max(high, -low))
    elif low < LEAST:
        return (_raised(low, power), _raised(high, power)) if exponent.is_odd and power > 0 else EVERYTHING
    if power < 0 and low < LEAST:
        return (_raised(high, power), math.inf)
    ends = _raised(low, power), _raised(high, power)
    return min(ends), max(ends)


def _raised(number: float, power: float) -> float:
    if math.isinf(number):
        return (math.copysign(math.inf, number) if power % 2 else math.inf) if power > 0 else 0.0
    try:
        return float(number**power)
    except OverflowError:
        return math.inf


def _at(function: type, place: float) -> float:
    """The value of a rising function, at infinity too."""
    try:
        return float(RISING[function](place))
    except OverflowError:
        return math.copysign(math.inf, place)


__all__ = ["has_zeros", "is_positive"]
