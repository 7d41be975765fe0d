"""Kernels with the angle of a quadrant, near a correlation of −1: the series of what is left.

``R θ + S`` with ``θ = atan2(y, x)``, ``y = sqrt(Δ)`` and ``Δ`` a multiple of the gap (``x θ − y`` for the ReLU) vanishes to a high
order in ``y/x`` although neither term does.  With ``θ = Σ_{k<n} (−1)^k (y/x)^{2k+1}/(2k+1) + rest_n`` the polynomial part
``R Σ + S`` is divided by ``Δ`` as often as it goes, exactly; what is left has terms of one order.
"""

from __future__ import annotations

import sympy
from sympy import Add, Dummy, Expr, Function, Integer, Mul, Poly, Pow, Rational, S

from symkern.codegen.functions import arc_rest, by_ratio
from symkern.codegen.polynomials import COVARIANCE
from symkern.codegen.roots import Roots
from symkern.symbols import gap

MAX_ORDER = 70


def series_of_angles(e: Expr) -> Expr:
    """The expression with the series beside each sum whose angle closes with the gap."""
    if not e.has(sympy.atan2):
        return e
    factors = Mul.make_args(e)
    return Mul(*(_both_forms(f) if isinstance(f, Add) and f.has(sympy.atan2) else f for f in factors))


def _both_forms(total: Expr) -> Expr:
    angles = [a for a in total.atoms(sympy.atan2) if _closes(a)]
    if len(angles) != 1:
        return total
    angle = angles[0]
    letter = Dummy()
    terms = [t.xreplace({angle: letter}) for t in total.args]
    outside = Add(*(t for t in terms if t.has(Function)))
    expanded = Add(*(t for t in terms if not t.has(Function))).expand()
    weight = expanded.coeff(letter, 1)
    if outside.has(letter) or weight == 0:
        return total
    roots = Roots()
    scale = roots.plain(weight) * roots.plain(angle.args[0])
    beside, quotient = S.Zero, S.Zero
    for term in Add.make_args(expanded.coeff(letter, 0)):
        ratio = roots.rational(roots.plain(term) / scale)
        if ratio is None:
            outside += term
        else:
            beside, quotient = beside + term, quotient + ratio
    near = _near(weight, quotient, angle)
    if near is None:
        return total
    content, far = sympy.factor_terms(beside + sympy.factor(weight) * angle).as_coeff_Mul()
    return outside + content * by_ratio(*angle.args, near / content, far)


def _closes(angle: Expr) -> bool:
    """Whether the angle is zero at ``ρ = −1``: its ``y²`` is a multiple of the gap."""
    y = angle.args[0]
    if not (isinstance(y, Pow) and y.exp == S.Half and y.base.is_polynomial(*COVARIANCE)):
        return False
    return bool(sympy.rem(Poly(y.base, *COVARIANCE), Poly(gap(), *COVARIANCE)).is_zero)


def _near(weight: Expr, quotient: Expr, angle: Expr) -> Expr | None:
    """``weight (y ρ_n + rest_n)`` for the sum ``weight (θ + y quotient)``, or None where nothing cancels."""
    y, x = angle.args
    found, n = None, 1
    series = 1 / x
    while n <= MAX_ORDER:
        left = sympy.together(sympy.cancel(quotient + series))
        top, bottom = sympy.fraction(left)
        power = _divided(top)
        if top != 0 and power[0] < n:
            break
        found = (n, power, bottom) if top != 0 else (n, (n, S.Zero), S.One)
        series += Rational((-1) ** n, 2 * n + 1) * y.base**n / x ** (2 * n + 1)
        n += 1
    if found is None:
        return None
    order, (times, polynomial), bottom = found
    start = sympy.factor(weight * polynomial / bottom) * gap() ** times * y
    return start + weight * arc_rest(y, x, Integer(order))


def _divided(top: Expr) -> tuple[int, Expr]:
    """How often the gap divides a polynomial, and what is left."""
    if top == 0:
        return 0, top
    left, divisor, times = Poly(top, *COVARIANCE), Poly(gap(), *COVARIANCE), 0
    while True:
        quotient, rest = sympy.div(left, divisor)
        if not rest.is_zero:
            return times, left.as_expr()
        left, times = quotient, times + 1


__all__ = ["series_of_angles"]
