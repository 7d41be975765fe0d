"""Reference values from the derived formulas themselves, in 60 digits and more.

They are quick, so that the code of a kernel is measured at many more points than the oracle answers; whether the formulas are
right, they do not tell: that the oracle does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import sympy
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.derivation import Derivation
from symkern.domain import Point
from symkern.references import Reference
from symkern.symbols import cov12, var1, var2

DIGITS = (60, 100, 180, 340)
"""Tried in turn, until two agree."""

AGREED = 30
"""Decimal digits to which they must."""

Function = Callable[..., Any]
Kernel = Callable[[float, float, float], mpf | None]


@dataclass(frozen=True)
class FormulaReference(Reference):
    """A reference that asks the formulas about covariances of the same variances, too."""

    kernels: tuple[Kernel, ...] = ()

    def at(self, question: str) -> Callable[[float], mpf]:
        """The kernel of these variances by the correlation; what does not settle is zero."""
        kernel, (_, v, w) = self.kernels[question == "d_nngp"], self.point.values

        def value(correlation: float) -> mpf:
            found = kernel(correlation * math.sqrt(v * w), v, w)
            return mpf(0) if found is None else found

        return value


def formula_references(derivation: Derivation, points: Sequence[Point], values: Mapping[str, float]) -> list[Reference]:
    """Both kernels at those of the points where both variances are positive and the formulas' digits settle.

    ``values`` are those of the parameters.  At ``ρ = ±1`` formulas may be 0/0: they are evaluated beside it, so closely that it
    does not show.
    """
    at = {p.symbol: sympy.Rational(values[p.name]) for p in derivation.activation.parameters}
    kernels = [_evaluator(e.subs(at)) for e in (derivation.nngp, derivation.d_nngp)]
    found: list[Reference] = []
    for point in points:
        if point.var1 * point.var2 == 0:
            continue
        nngp, d_nngp = (of(*point.values) for of in kernels)
        scale, d_scale = (_scale(of, point) for of in kernels)
        if nngp is not None and d_nngp is not None and scale is not None and d_scale is not None:
            found.append(
                FormulaReference(point, nngp, d_nngp, mpf(0), mpf(0), scale, d_scale, AGREED, kernels=tuple(kernels))
            )
    return found


def _scale(of: Kernel, point: Point) -> mpf | None:
    """``√(K11 K22)``."""
    first, second = (of(v, v, v) for v in (point.var1, point.var2))
    return None if first is None or second is None else mp.sqrt(abs(first * second))


def _evaluator(e: Expr) -> Kernel:
    return cache(partial(_settled, cache(partial(_compiled, e))))


def _compiled(e: Expr, digits: int) -> Function:
    """The formula with its constants in so many digits."""
    constants = {c: c.evalf(3 * digits + 10) for c in e.atoms(sympy.NumberSymbol)}
    function: Function = sympy.lambdify((cov12, var1, var2), e.xreplace(constants), ["mpmath", {"Phi": mp.ncdf}])
    return function


def _settled(function: Callable[[int], Function], c: float, v: float, w: float) -> mpf | None:
    """The value in the first number of digits with which the next agrees."""
    last = None
    for digits in DIGITS:
        value = _value(function(digits), c, v, w, digits)
        if last is not None and value is not None and abs(value - last) <= abs(value) * mpf(10) ** -AGREED:
            return value
        last = value
    return None


def _value(function: Function, c: float, v: float, w: float, digits: int) -> mpf | None:
    with workdps(3 * digits):
        one, first, second = mpf(c), mpf(v), mpf(w)
        if one * one >= first * second:
            one = mp.sign(one) * mp.sqrt(first * second) * (1 - mpf(10) ** (-2 * digits))
    with workdps(3 * digits if abs(one) != abs(mpf(c)) else digits):
        try:
            value = mp.mpmathify(function(one, first, second))
        except (ArithmeticError, ValueError, TypeError):
            return None
        return mp.re(value) if mp.isfinite(value) else None


__all__ = ["formula_references"]
