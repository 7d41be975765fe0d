"""How many words of float64 stand for float32: one, with 29 digits more than the result needs, or two where more cancel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mpmath import mp, mpf
from sympy import Expr, Symbol

from symkern.codegen.functions import GAP, by_variance, exp_Phi2
from symkern.codegen.loss import DIGITS, ONE_WORD, covariance, estimate
from symkern.codegen.stabilised import Stabilised
from symkern.domain import NEAR_ZERO
from symkern.symbols import cov12, var1, var2

ALLOWED = mpf(2) ** -20
"""The largest estimated error that is left to one word: estimates are bounds, by experience 2^5 too large or more."""

CORNERS = ((1e4, 1e4, 0.5), (1e-8, 1e-8, 0.5), (1e4, 1e4, -0.9), (1e-8, 1e4, 0.5), (1e-8, 1e-8, 1.0))
"""Variances and correlations where terms cancel most: compact support at large variance, high order at small."""


def with_words(kernel: Stabilised, parameters: Mapping[Symbol, Expr]) -> Stabilised:
    """The kernel with its number of words, for these values of the parameters.

    Rational functions always have two: they cost little, and what cancels may do so exactly, as in ``(var1 - 1)(var2 - 1)``.
    """
    if not kernel.double:
        return kernel
    e = kernel.expression.xreplace(dict(parameters))
    if e.is_rational_function(cov12, var1, var2, GAP):
        return replace(kernel, words=2)
    corners = (*CORNERS, *((v, v, correlation) for v in _beyond(e) for correlation in (0.5, 1.0)))
    return replace(kernel, words=2) if any(_error(e, *corner) > ALLOWED for corner in corners) else kernel


def _beyond(e: Expr) -> list[float]:
    """Where each series for two small variances ends: nowhere does the closed form lose more."""
    found = (series.args[:2] for series in e.atoms(by_variance))
    return [float(limit / size.coeff(var1)) for limit, size in found if size.coeff(var1) != 0]


def _error(e: Expr, v1: float, v2: float, correlation: float) -> mpf:
    with mp.workdps(DIGITS):
        try:
            value, error = estimate(e, covariance(correlation, v1, v2), ONE_WORD)
            if error <= ALLOWED * abs(value):
                return mpf(0)
            if e.has(exp_Phi2):  # slow in many digits, and at the corners not beside a change of sign
                return error / abs(value) if value else mpf(0)
            diagonal = (estimate(e, covariance(1 - mp.ldexp(1, -80), v, v), ONE_WORD)[0] for v in (v1, v2))
            scale = mp.sqrt(abs(mp.fprod(diagonal))) / NEAR_ZERO
        except (ArithmeticError, ValueError):
            return mpf(0)
        return error / max(abs(value), scale)


__all__ = ["with_words"]
