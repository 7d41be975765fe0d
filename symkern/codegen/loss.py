"""How much of its accuracy an expression loses at a point: a running error analysis in many digits.

Every operation adds its own error to those of its operands, a sum adds up errors that its value may have cancelled.  What comes
out is an estimate from above of the relative error of the code that is generated, for one word or two words of float64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy
from mpmath import mp, mpf
from sympy import Add, Expr, Mul, Pow, Symbol

from symkern.codegen import functions as fn
from symkern.functions import Phi, Phi2
from symkern.symbols import cov12, var1, var2

DIGITS = 60


@dataclass(frozen=True)
class Arithmetic:
    """Relative errors, as powers of two: of sums and products, and of functions (``symkern.numerics`` states them)."""

    unit: int
    usual: int
    special: Mapping[type, int] = field(default_factory=dict)

    def of(self, function: type) -> mpf:
        """Of one function."""
        return mp.ldexp(1, self.special.get(function, self.usual))


ONE_WORD = Arithmetic(-52, -50, {fn.exp_Phi2: -45})
TWO_WORDS = Arithmetic(
    -103,
    -63,
    {
        fn.exp_Phi: -101,
        fn.exp_Phi2: -81,
        fn.exp_Density2: -98,
        fn.exp_Density2_over: -98,
        fn.arc_rest: -75,
        sympy.atan2: -70,
        sympy.atan: -70,
    },
)

Estimate = tuple[Any, Any]
"""A value and a bound on the error of what is computed for it."""


def estimate(e: Expr, at: Mapping[Symbol, Any], arithmetic: Arithmetic) -> Estimate:
    """The value of ``e`` and the error of its evaluation; symbols are exact.

    Raises:
        ArithmeticError, ValueError: it has no finite value there.
    """
    with mp.workdps(DIGITS):
        return _Run(at, arithmetic)(e)


def covariance(correlation: Any, v: Any, w: Any) -> dict[Expr, mpf]:
    """The symbols' values for these variances, the gap among them."""
    c, v, w = correlation * mp.sqrt(mpf(v) * mpf(w)), mpf(v), mpf(w)
    return {cov12: c, var1: v, var2: w, fn.GAP: max(v * w - c * c, mpf(0))}


class _Run:
    def __init__(self, at: Mapping[Symbol, Any], arithmetic: Arithmetic) -> None:
        self.known: dict[Expr, Estimate] = {s: (mpf(v), mpf(0)) for s, v in at.items()}
        self.arithmetic = arithmetic
        self.unit = mp.ldexp(1, arithmetic.unit)

    def __call__(self, e: Expr) -> Estimate:
        found = self.known.get(e)
        if found is None:
            found = self.known[e] = self._estimate(e)
        return found

    def _estimate(self, e: Expr) -> Estimate:
        if e.is_number:
            value = mpf(e._to_mpmath(mp.prec)) if e.is_Rational or e.is_Float else mp.mpmathify(sympy.N(e, mp.dps))
            return value, (mpf(0) if e.is_Integer else abs(value) * self.unit)
        if isinstance(e, Add):
            parts = [self(a) for a in e.args]
            value = mp.fsum(v for v, _ in parts)
            own = abs(value) * self.unit + max(abs(v) for v, _ in parts) * self.unit**2
            return value, mp.fsum(error for _, error in parts) + own
        if isinstance(e, Mul):
            parts = [self(a) for a in e.args]
            value = mp.fprod(v for v, _ in parts)
            relative = mp.fsum(error / abs(v) for v, error in parts if v) + len(parts) * self.unit
            return value, abs(value) * relative
        if isinstance(e, Pow):
            return self._power(*e.args)
        return self._function(e)

    def _power(self, base: Expr, exponent: Expr) -> Estimate:
        if not exponent.is_Rational:
            raise ValueError(f"a power with the exponent {exponent}")
        (b, error), r = self(base), mpf(exponent.p) / exponent.q
        if b == 0:
            if r < 0:
                raise ZeroDivisionError
            return mpf(0), error**r
        value = mp.power(b, r)
        if not mp.isfinite(value) or isinstance(value, mpmath.mpc):
            raise ValueError("not real")
        return value, abs(value) * (abs(r) * error / abs(b) + 4 * self.unit)

    def _function(self, e: Expr) -> Estimate:
        if isinstance(e, (fn.by_size, fn.by_ratio, fn.by_correlation, fn.by_variance)):
            return self(_branch(e, lambda a: self(a)[0]))
        rule = _VALUES.get(e.func)
        if rule is None:
            raise ValueError(f"no rule for {e.func.__name__}")
        parts = [self(a) for a in e.args]
        value, slopes = rule(*(v for v, _ in parts))
        passed = mp.fsum(abs(s) * error for s, (_, error) in zip(slopes, parts, strict=True))
        return value, abs(value) * (passed + self.arithmetic.of(e.func))


def _branch(e: Expr, at: Callable[[Expr], Any]) -> Expr:
    if isinstance(e, fn.by_size):
        return e.args[1] if abs(at(e.args[0])) < 1 else e.args[2]
    if isinstance(e, fn.by_variance):
        limit, first, second = map(at, e.args[:3])
        return e.args[3] if max(first, second) < limit else e.args[4]
    if isinstance(e, fn.by_ratio):
        y, x = at(e.args[0]), at(e.args[1])
        return e.args[2] if x > 0 and y < x / 2 else e.args[3]
    c, gap = at(e.args[0]), at(e.args[1])
    return e.args[2] if c * c < gap * mp.ldexp(1, -56) else e.args[3]


def _steep(h: Any) -> Any:
    """The logarithmic slope of Φ is below this."""
    return 1 + max(-h, 0)


def _phi2(e: Any, h: Any, k: Any, c: Any, s: Any) -> tuple[Any, tuple[Any, ...]]:
    r = c / mp.sqrt(c * c + s * s)
    if s == 0:
        joint = mp.ncdf(min(h, k)) if r > 0 else max(mp.ncdf(h) + mp.ncdf(k) - 1, mpf(0))
    else:
        joint = mpf(Phi2(*(sympy.Float(v, DIGITS) for v in (h, k, r))).evalf(DIGITS)._to_mpmath(mp.prec))
    return mp.exp(e) * joint, (1, _steep(h), _steep(k), 1, 1)


def _density2(e: Any, h: Any, k: Any, c: Any, s: Any) -> tuple[Any, tuple[Any, ...]]:
    square = c * c + s * s
    r, rest = c / mp.sqrt(square), s * s / square
    away = (h * h - 2 * r * h * k + k * k) / (2 * rest)
    return mp.exp(e - away), (1, abs(h), abs(k), 1, 1)


def _density2_over(e: Any, h: Any, k: Any, c: Any, s: Any, y: Any) -> tuple[Any, tuple[Any, ...]]:
    value, slopes = _density2(e, h, k, c, s)
    return value / y, (*slopes, 1 / abs(y))


def _hyperbolic(function: Callable[[Any], Any], order: int) -> Callable[[Any, Any], tuple[Any, tuple[Any, ...]]]:
    def rule(e: Any, u: Any) -> tuple[Any, tuple[Any, ...]]:
        return mp.exp(e) * function(u), (1, 1 + (order / abs(u) if u else 0))

    return rule


def _taylor_kernel(*arguments: Any) -> tuple[Any, tuple[int, ...]]:
    numbers = (sympy.Float(a, DIGITS) for a in arguments)
    value = fn.taylor_kernel(*numbers).definition()
    return mpf(value._to_mpmath(mp.prec)), (0,) * len(arguments)


_VALUES: dict[type, Callable[..., tuple[Any, tuple[Any, ...]]]] = {
    sympy.exp: lambda z: (mp.exp(z), (1,)),
    fn.expm1: lambda z: (mp.expm1(z), (1 / abs(mp.expm1(-z)) if z else 0,)),
    sympy.sin: lambda z: (mp.sin(z), (abs(mp.cot(z)) if z else 0,)),
    sympy.cos: lambda z: (mp.cos(z), (abs(mp.tan(z)),)),
    sympy.atan: lambda z: (mp.atan(z), (1 / abs(z) if z else 0,)),
    sympy.atan2: lambda y, x: (mp.atan2(y, x), (1 / max(abs(x), abs(y)),) * 2),
    sympy.log: lambda z: (mp.log(z), (1 / abs(z * mp.log(z)),)),
    fn.taylor_kernel: _taylor_kernel,
    Phi: lambda h: (mp.ncdf(h), (_steep(h),)),
    fn.exp_sinh: _hyperbolic(mp.sinh, 1),
    fn.exp_cosh: _hyperbolic(mp.cosh, 0),
    fn.exp_coshm1: _hyperbolic(lambda u: 2 * mp.sinh(u / 2) ** 2, 2),
    fn.exp_Phi: lambda e, h: (mp.exp(e) * mp.ncdf(h), (1, _steep(h))),
    fn.exp_Phi2: _phi2,
    fn.exp_Density2: _density2,
    fn.exp_Density2_over: _density2_over,
    fn.arc_rest: lambda y, x, n: (
        mp.atan2(y, x) - mp.fsum((-1) ** k * (y / x) ** (2 * k + 1) / (2 * k + 1) for k in range(int(n))),
        (1 / abs(y) if y else 0, 1 / abs(x), 0),
    ),
}


__all__ = ["ONE_WORD", "TWO_WORDS", "Arithmetic", "covariance", "estimate"]
