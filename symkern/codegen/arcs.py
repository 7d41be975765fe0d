"""Kernels with the angle of a quadrant, near a correlation of −1: the series of what is left.

``R θ + S`` with ``θ = atan2(y, x)``, ``y = sqrt(Δ)`` and ``Δ`` a multiple of the gap (``x θ − y`` for the ReLU) vanishes to a high
order in ``y/x`` although neither term does.  With ``θ = Σ_{k<n} (−1)^k (y/x)^{2k+1}/(2k+1) + rest_n`` the polynomial part
``R Σ + S`` is divided by ``Δ`` as often as it goes, exactly; what is left has terms of one order.
"""

from __future__ import annotations

import sympy
from sympy import Add, Dummy, Expr, Function, Integer, Mul, Poly, Pow, S

from symkern.codegen.functions import arc_rest, by_ratio
from symkern.codegen.roots import Roots
from symkern.fractions import COVARIANCE, Fraction, field_of
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
    field = field_of(quotient, y.base, x)
    left, ratio, vanishing = field.element(quotient), field.element(y.base / x**2), field.element(gap())
    term = field.element(1 / x)
    left += term
    found: tuple[int, int, Fraction] | None = None
    for n in range(1, MAX_ORDER + 1):
        times, rest = field.divided(left, vanishing)
        if rest and times < n:
            break
        found = (n, times, rest) if rest else (n, n, rest)
        term = -term * ratio
        left += term / (2 * n + 1)
    if found is None:
        return None
    order, times, rest = found
    start = sympy.factor(weight * rest.as_expr()) * gap() ** times * y
    return start + weight * arc_rest(y, x, Integer(order))


__all__ = ["series_of_angles"]
