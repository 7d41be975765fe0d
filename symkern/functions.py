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

from symkern.symbols import var1, var2


class _Written:
    """A function with letters of its own in LaTeX and on the screen."""

    args: tuple[Expr, ...]
    letters: tuple[str, str]
    """In LaTeX, and in Unicode."""

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return f"{self.letters[0]}{power}{{\\left({', '.join(map(printer._print, self.args))}\\right)}}"

    def _pretty(self, printer: Any) -> Any:
        name = self.letters[1] if printer._use_unicode else type(self).__name__
        return printer._print_Function(self, func_name=name)


class Phi(_Written, Function):
    """``P(Z <= h)`` of a standard normal variable."""

    letters = (r"\Phi", "Φ")

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


class Phi2(_Written, Function):
    """``P(Z <= h, W <= k)`` of two standard normal variables with correlation ``r``."""

    letters = (r"\Phi_{2}", "Φ₂")

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


class Density2(_Written, Function):
    """``exp(−(h² − 2 r h k + k²)/(2 (1 − r²)))``: the density at ``(h, k)``, but for its factor ``1/(2π sqrt(1 − r²))``."""

    letters = (r"\hat{\varphi}_{2}", "φ₂")

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


class Orthant(Function):
    """``E[X_+^p Y_+^q] / (Γ(p+1) Γ(q+1))`` for covariance ``c`` and variances ``v, w``; below ``p = -1`` its continuation.

    In these units ``∂/∂c`` lowers both powers by one, and ``x_+^p/Γ(p+1)`` at ``p = -1`` is a point mass.
    """

    nargs = 5
    is_real = True

    @classmethod
    def eval(cls, p: Expr, q: Expr, c: Expr, v: Expr, w: Expr) -> Expr | None:
        """One way of writing: the larger power first."""
        swap = sympy.default_sort_key(w) < sympy.default_sort_key(v) if p == q else (p - q).is_negative
        return cls(q, p, c, w, v) if swap else None

    def _eval_rewrite_as_hyper(self, *args: Expr, **_: Any) -> Expr:
        """The even and the odd part in ``ρ``, each Gauss' hypergeometric function of ``ρ²``."""
        p, q, c, v, w = args
        square = c**2 / (v * w)
        even = sympy.hyper((-p / 2, -q / 2), (S.Half,), square) / (4 * _gammas(p / 2 + 1, q / 2 + 1))
        odd = sympy.hyper(((1 - p) / 2, (1 - q) / 2), (S(3) / 2,), square) / (2 * _gammas((p + 1) / 2, (q + 1) / 2))
        return (v / 2) ** (p / 2) * (w / 2) ** (q / 2) * (even + odd * c / (sympy.sqrt(v) * sympy.sqrt(w)))

    def fdiff(self, argindex: int = 1) -> Expr:
        """By the covariance and by the variances (heat equation)."""
        p, q, *rest = self.args
        if argindex == 3:
            return Orthant(p - 1, q - 1, *rest)
        if argindex == 4:
            return Orthant(p - 2, q, *rest) / 2
        if argindex == 5:
            return Orthant(p, q - 2, *rest) / 2
        raise sympy.ArgumentIndexError(self, argindex)

    def _eval_evalf(self, prec: int) -> Expr:
        lost = 20
        while True:  # near a correlation of -1 the two parts cancel
            with mpmath.workprec(prec + lost):
                p, q, c, v, w = (mpmath.mpf(a._to_mpmath(prec + lost)) for a in self.args)
                even, odd = _parts(p, q, c / mpmath.sqrt(v * w))
                scale = (v / 2) ** (p / 2) * (w / 2) ** (q / 2)
                total = even + odd
                needed = mpmath.mag(even) - mpmath.mag(total) + 20 if total else 2 * lost
                if needed <= lost or lost > 4000:
                    return sympy.Float._new((scale * total)._mpf_, prec)
                lost = int(needed)


def _gammas(a: Expr, b: Expr) -> Expr:
    return sympy.gamma(a) * sympy.gamma(b)


def _parts(p: Any, q: Any, rho: Any) -> tuple[Any, Any]:
    """Even and odd part at unit variances, but for ``2^(-(p+q)/2)``."""
    even = mpmath.rgamma(p / 2 + 1) * mpmath.rgamma(q / 2 + 1)
    odd = mpmath.rgamma((p + 1) / 2) * mpmath.rgamma((q + 1) / 2)
    half = mpmath.mpf(1) / 2
    return (
        even and even * mpmath.hyp2f1(-p / 2, -q / 2, half, rho**2) / 4,
        odd and odd * rho * mpmath.hyp2f1((1 - p) / 2, (1 - q) / 2, 3 * half, rho**2) / 2,
    )


def exchanged(e: Expr) -> Expr:
    """The expression with X and Y exchanged, the arguments of ``Phi2`` and ``Density2`` in their old order."""
    turned = e.replace(lambda n: isinstance(n, (Density2, Phi2)), lambda n: n.func(n.args[1], n.args[0], n.args[2]))
    return turned.xreplace({var1: var2, var2: var1})


__all__ = ["Density2", "Orthant", "Phi", "Phi2", "exchanged"]
