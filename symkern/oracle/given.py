"""A kernel known by its formula alone: values at exact inputs, and differences for its derivative, in hundreds of digits.

SymPy only evaluates here: nothing is simplified and nothing is differentiated symbolically.  Where the formula is 0/0 or its
derivative is one-sided, at a variance of zero and at a correlation of one, the value is a limit: that along ``cov12 = 0``, and
that from inside.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.symbols import cov12, var1, var2

DPS = 700
"""Working precision: differences over a step of 1e-320 leave 380 digits, of which a gap of 1e-160 takes 160."""

NEAR = 80
"""A limit is read off at ``t = 10^-NEAR`` and ``t = 10^-(2 NEAR)``."""

Values = Callable[[mpf, mpf, mpf, mpf], mpf]
"""Of ``cov12, var1, var2`` and ``t``."""

Limit = tuple[mpf, mpf]
"""A value and the error that it may have."""


def nngp(formula: Expr, c: float, v1: float, v2: float) -> Limit:
    """The formula at a covariance; beyond the bound it counts as ``±sqrt(v1 v2)``."""
    function = _function(formula)
    return _at(lambda c, v1, v2, t: function(c, v1, v2), c, v1, v2)


def d_nngp(formula: Expr, c: float, v1: float, v2: float) -> Limit:
    """Its derivative by ``cov12``, by central differences over ``t`` times the distance to ``|cov12| = sqrt(var1 var2)``."""
    function = _function(formula)

    def slope(c: mpf, v1: mpf, v2: mpf, t: mpf) -> mpf:
        step = (mp.sqrt(v1 * v2) - abs(c)) * t
        return (function(c + step, v1, v2) - function(c - step, v1, v2)) / (2 * step)

    return _at(slope, c, v1, v2)


@lru_cache(maxsize=16)
def _function(formula: Expr) -> Callable[[mpf, mpf, mpf], mpf]:
    evaluated = sympy.lambdify((cov12, var1, var2), formula, "mpmath")

    def value(c: mpf, v1: mpf, v2: mpf) -> mpf:
        number = mp.mpmathify(evaluated(c, v1, v2))
        return mp.re(number) if abs(mp.im(number)) <= mpf(10) ** -NEAR * abs(number) else mp.nan

    return value


def _at(function: Values, c: float, v1: float, v2: float) -> Limit:
    with workdps(DPS):
        x, v, w = mpf(c), mpf(v1), mpf(v2)
        if v == 0 or w == 0:
            return _limit(lambda t: function(mpf(0), v or t, w or t, t))
        if x * x >= v * w:
            bound = mp.sign(x) * mp.sqrt(v * w)
            return _limit(lambda t: function(bound * (1 - t), v, w, t))
        return _limit(lambda t: function(x, v, w, t))


def _limit(function: Callable[[mpf], mpf]) -> Limit:
    """Zero or infinite where the function is a power of ``t``, else its value nearby."""
    near, nearer = (function(mpf(10) ** -k) for k in (NEAR, 2 * NEAR))
    if near == 0 or nearer == 0:
        return nearer, abs(near)
    power = mp.log(abs(nearer / near), 10) / -NEAR
    if power > 0.05:
        return mpf(0), mpf(0)
    if power < -0.05:
        return mp.sign(nearer) * mp.inf, mpf(0)
    return nearer, abs(nearer - near)


__all__ = ["d_nngp", "nngp"]
