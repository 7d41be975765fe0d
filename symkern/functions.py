"""The functions in which kernels with thresholds are written, beside SymPy's own.

``Phi`` and ``Phi2`` are the cumulative distribution functions of one standard normal variable and of two with a
correlation, ``Density2`` the exponential in the density of two.  Their derivatives stay in the class, and they evaluate
to any number of digits.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy
from sympy import Expr, Function, S


class Phi(Function):
    """``P(Z <= h)`` of a standard normal variable."""

    nargs = 1
    is_real = True

    @classmethod
    def eval(cls, h: Expr) -> Expr | None:
        """Known values."""
        known = {S.Zero: S.Half, S.Infinity: S.One, S.NegativeInfinity: S.Zero}
        return known.get(h)

    def fdiff(self, argindex: int = 1) -> Expr:
        """The density."""
        return sympy.exp(-(self.args[0] ** 2) / 2) / sympy.sqrt(2 * sympy.pi)

    def _eval_evalf(self, prec: int) -> Expr:
        h = self.args[0]._to_mpmath(prec + 10)
        with mpmath.workprec(prec + 10):
            return sympy.Float._new(mpmath.ncdf(h)._mpf_, prec)


class Phi2(Function):
    """``P(Z <= h, W <= k)`` of two standard normal variables with correlation ``r``."""

    nargs = 3
    is_real = True

    @classmethod
    def eval(cls, h: Expr, k: Expr, r: Expr) -> Expr | None:
        """Known values: independence, and Sheppard's formula for two thresholds at the means."""
        if r == 0:
            return Phi(h) * Phi(k)
        if h == 0 and k == 0:
            return S.One / 4 + sympy.asin(r) / (2 * sympy.pi)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Plackett 1954: by ``r`` the bivariate density, by a limit the density times a conditional probability."""
        h, k, r = self.args
        rest = 1 - r**2
        if argindex == 3:
            exponent = -(h**2 - 2 * r * h * k + k**2) / (2 * rest)
            return sympy.exp(exponent) / (2 * sympy.pi * sympy.sqrt(rest))
        near, far = (h, k) if argindex == 1 else (k, h)
        return (
            Phi(near).diff(near) * Phi((far - r * near) / sympy.sqrt(rest))
            if near.is_Symbol
            else (sympy.exp(-(near**2) / 2) / sympy.sqrt(2 * sympy.pi) * Phi((far - r * near) / sympy.sqrt(rest)))
        )

    def _eval_evalf(self, prec: int) -> Expr:
        h, k, r = (a._to_mpmath(prec + 20) for a in self.args)
        with mpmath.workprec(prec + 20):
            start = mpmath.ncdf(h) * mpmath.ncdf(k)
            top = mpmath.asin(r)

            def slope(t: Any) -> Any:
                s, c2 = mpmath.sin(t), mpmath.cos(t) ** 2
                return mpmath.exp(-(h * h - 2 * s * h * k + k * k) / (2 * c2)) if c2 else mpmath.mpf(0)

            return sympy.Float._new((start + mpmath.quad(slope, [0, top / 2, top]) / (2 * mpmath.pi))._mpf_, prec)


class Density2(Function):
    """``exp(−(h² − 2 r h k + k²)/(2 (1 − r²)))``: the density at ``(h, k)``, but for its factor ``1/(2π sqrt(1 − r²))``."""

    nargs = 3
    is_positive = True

    def definition(self) -> Expr:
        """In terms of exp."""
        h, k, r = self.args
        return sympy.exp(-(h**2 - 2 * r * h * k + k**2) / (2 * (1 - r**2)))

    def fdiff(self, argindex: int = 1) -> Expr:
        """By the definition."""
        letters = sympy.symbols("h k r", real=True)
        slope = Density2(*letters).definition().diff(letters[argindex - 1])
        return slope.subs(dict(zip(letters, self.args, strict=True)), simultaneous=True)

    def _eval_evalf(self, prec: int) -> Expr:
        return self.definition()._evalf(prec)


__all__ = ["Density2", "Phi", "Phi2"]
