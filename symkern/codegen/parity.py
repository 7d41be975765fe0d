"""Kernels that are odd functions of ``cov12``, near zero: their leading term.

With ``f`` odd, ``E[f(X) f(Y)]`` is a sum of distribution functions that cancel at small correlation, and so is
``E[f'(X) f'(Y)]`` with ``f`` even.  There ``K = c K'(0)`` to ``ρ²``, and ``K'(0)`` is a product of means.
"""

from __future__ import annotations

from dataclasses import replace

import sympy
from sympy import Expr, Rational, S

from symkern.activation import Activation, Kernel
from symkern.codegen.functions import GAP, by_correlation
from symkern.codegen.stabilised import Stabilised, stabilised
from symkern.fractions import gathered
from symkern.functions import Density2
from symkern.symbols import cov12, x

EVEN, ODD = 1, -1
DIGITS = 30
PLACES = tuple(Rational(n, 97) for n in (7, 31, 89, 143, 211, 401))


def parity(activation: Activation | Kernel) -> int:
    """EVEN, ODD or 0 for an activation that is neither; seen at six places to 30 digits."""
    if isinstance(activation, Kernel):
        return 0
    letters = {p.symbol: Rational(p.default) for p in activation.parameters}
    f = activation.expression.subs(letters)
    pairs = [(f.subs(x, t).evalf(DIGITS), f.subs(x, -t).evalf(DIGITS)) for t in PLACES]
    for sign in (EVEN, ODD):
        if all(abs(a - sign * b) <= sympy.Float(10) ** (5 - DIGITS) * abs(a) for a, b in pairs):
            return sign
    return 0


def with_leading_term(kernel: Stabilised, slope: Expr) -> Stabilised:
    """The kernel, and at small correlation ``cov12`` times its slope there."""
    if not kernel.has_normals:
        return kernel
    at_zero = slope.xreplace({cov12: S.Zero})
    plain = at_zero.replace(lambda n: isinstance(n, Density2) and n.args[2] == 0, lambda n: n.definition())
    leading = stabilised(gathered(plain)).expression
    return replace(kernel, expression=by_correlation(cov12, GAP, cov12 * leading, kernel.expression))


__all__ = ["EVEN", "ODD", "parity", "with_leading_term"]
