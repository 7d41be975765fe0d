"""Power series of an activation about zero, exact: truncated series arithmetic on the formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

import sympy
from sympy import Add, Expr, Mul, Pow, S

from symkern.functions import Phi
from symkern.symbols import x

Series = list[Expr]


class NotAnalyticError(Exception):
    """The formula has no power series at zero, as far as is known here."""


def taylor(f: Expr, order: int) -> Series | None:
    """The coefficients of ``1, x, ..., x^order``; None where ``f`` has a kink or a pole there."""
    try:
        return [sympy.Rational(c) if c.is_Float else c for c in _series(f, order)]
    except NotAnalyticError:
        return None


def _series(e: Expr, order: int) -> Series:
    zeros = [S.Zero] * order
    if not e.has(x):
        return [e, *zeros]
    if e == x:
        return [S.Zero, S.One, *zeros[1:]][: order + 1]
    if isinstance(e, Add):
        parts = [_series(a, order) for a in e.args]
        return [Add(*column) for column in zip(*parts, strict=True)]
    if isinstance(e, Mul):
        result = [S.One, *zeros]
        for a in e.args:
            result = _product(result, _series(a, order))
        return result
    if isinstance(e, Pow) and e.exp.is_Integer and e.exp.is_nonnegative:
        result, base = [S.One, *zeros], _series(e.base, order)
        for _ in range(int(e.exp)):
            result = _product(result, base)
        return result
    if isinstance(e, Pow) and not e.exp.has(x) and e.base.has(x):
        return _power(_series(e.base, order), e.exp)
    if isinstance(e, Pow):
        return _exponential(_series(e.exp * sympy.log(e.base), order))
    rule = _RULES.get(e.func)
    if rule is None:
        raise NotAnalyticError(str(e))
    return rule(_series(e.args[0], order))


def _product(a: Series, b: Series) -> Series:
    return [_tidy(Add(*(a[k] * b[n - k] for k in range(n + 1) if a[k] != 0 and b[n - k] != 0))) for n in range(len(a))]


def _tidy(e: Expr) -> Expr:
    return e if e.is_Rational else sympy.expand(e)


def _slope(u: Series) -> Series:
    return [(k + 1) * c for k, c in enumerate(u[1:])] + [S.Zero]


def _integral(u: Series, start: Expr) -> Series:
    return [start, *(c / (k + 1) for k, c in enumerate(u[:-1]))]


def _exponential(u: Series) -> Series:
    """From ``E' = u' E``."""
    result = [sympy.exp(u[0])]
    for n in range(1, len(u)):
        result.append(_tidy(Add(*(k * u[k] * result[n - k] for k in range(1, n + 1) if u[k] != 0)) / n))
    return result


def _power(u: Series, exponent: Expr) -> Series:
    """From ``u P' = r u' P``; the base must not vanish at zero."""
    if u[0] == 0:
        raise NotAnalyticError("a root of zero")
    result = [u[0] ** exponent]
    for n in range(1, len(u)):
        terms = ((exponent * k - (n - k)) * u[k] * result[n - k] for k in range(1, n + 1) if u[k] != 0)
        result.append(_tidy(Add(*terms) / (n * u[0])))
    return result


def _circular(sign: int, first: Callable[..., Expr], second: Callable[..., Expr]) -> Callable[[Series], Series]:
    """``s' = u' c`` and ``c' = sign u' s``."""

    def series(u: Series) -> Series:
        s, c = [first(u[0])], [second(u[0])]
        for n in range(1, len(u)):
            moving = [k for k in range(1, n + 1) if u[k] != 0]
            s.append(_tidy(Add(*(k * u[k] * c[n - k] for k in moving)) / n))
            c.append(_tidy(Add(*(sign * k * u[k] * s[n - k] for k in moving)) / n))
        return s

    return series


def _cosine(sign: int, first: Callable[..., Expr], second: Callable[..., Expr]) -> Callable[[Series], Series]:
    sine = _circular(sign, second, first)

    def series(u: Series) -> Series:
        return _integral([sign * c for c in _product(_slope(u), sine(u))], first(u[0]))

    return series


def _bell(function: Callable[..., Expr], scale: Expr, factor: Expr) -> Callable[[Series], Series]:
    """A function whose derivative is ``factor exp(-scale u²)``."""

    def series(u: Series) -> Series:
        bell = _exponential([-scale * c for c in _product(u, u)])
        return _integral([factor * c for c in _product(_slope(u), bell)], function(u[0]))

    return series


_RULES: dict[type, Callable[[Series], Series]] = {
    sympy.exp: _exponential,
    sympy.sin: _circular(-1, sympy.sin, sympy.cos),
    sympy.sinh: _circular(1, sympy.sinh, sympy.cosh),
    sympy.cos: _cosine(-1, sympy.cos, sympy.sin),
    sympy.cosh: _cosine(1, sympy.cosh, sympy.sinh),
    sympy.erf: _bell(sympy.erf, S.One, 2 / sympy.sqrt(sympy.pi)),
    sympy.erfc: _bell(sympy.erfc, S.One, -2 / sympy.sqrt(sympy.pi)),
    Phi: _bell(Phi, S.Half, 1 / sympy.sqrt(2 * sympy.pi)),
}


def derivative(coefficients: Sequence[Expr]) -> Series:
    """The coefficients of the derivative, one fewer."""
    return [(k + 1) * c for k, c in enumerate(coefficients[1:])]


def mean_coefficients(coefficients: Sequence[Any], n: int) -> list[Any]:
    """Those of ``E[f^(n)(√v Z)]`` by powers of ``v``: ``a_(n+2k) (n+2k)! / (2^k k!)``, in any numbers."""
    return [a * factorial(n + 2 * k) / (2**k * factorial(k)) for k, a in enumerate(coefficients[n::2])]


__all__ = ["derivative", "mean_coefficients", "taylor"]
