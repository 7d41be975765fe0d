"""The normal distribution functions of one and two variables in mpmath, for `test_numerics_normal.py`.

The reference for two variables is Plackett's integral (1954) from correlation -1, where nothing cancels, over the
logarithm η of √((1+r)/(1-r)).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import mpmath
from numerics_points import DIGITS

from symkern.numerics import normal_tables


def cdf(x: Any) -> Any:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


@cache
def rule() -> list[tuple[Any, Any]]:
    nodes, weights = normal_tables.legendre(40)
    return list(zip(nodes, weights, strict=True))


def strip(h: Any, k: Any) -> Any:
    with mpmath.workdps(2 * DIGITS):
        return cdf(h) - cdf(-k) if h + k > 0 else mpmath.mpf(0)


def cdf2(h: Any, k: Any, c: Any, s: Any) -> Any:
    """The strip between the sides where r = -1, and Plackett's integral, cut into pieces that hardly vary."""
    if not s:
        return strip(h, k) if c < 0 else cdf(min(h, k))
    root = mpmath.sqrt(c * c + s * s)
    top = mpmath.log(s / (root - c) if c < 0 else (root + c) / s)
    plus, minus = ((h + k) / 2) ** 2, ((h - k) / 2) ** 2

    def exponent(x: Any) -> Any:
        return -(plus * (1 + mpmath.exp(-2 * x)) + minus * (1 + mpmath.exp(2 * x))) / 2

    def size(x: Any) -> Any:
        return exponent(x) - abs(x)

    def reach(x: Any) -> Any:
        down, up = plus * mpmath.exp(-2 * x), minus * mpmath.exp(2 * x)
        return 1 / (1 + mpmath.sqrt(down + up) + abs(down - up) / 30)

    middle = mpmath.log(plus / minus) / 4 if plus and minus else mpmath.mpf(0)
    start = max((x for x in (middle, mpmath.mpf(0), top) if x <= top), key=size)
    total = mpmath.mpf(0)
    for sign in (-1, 1):
        here = start
        while size(here) > size(start) - 150 and (sign < 0 or here < top):
            there = here + sign * reach(here + sign * reach(here))
            there = min(there, top)
            width = abs(there - here)
            places = (min(here, there) + width * node for node, _ in rule())
            values = (mpmath.exp(exponent(x)) / mpmath.cosh(x) for x in places)
            total += width * sum(weight * v for v, (_, weight) in zip(values, rule(), strict=True))
            here = there
    return strip(h, k) + total / (2 * mpmath.pi)
