"""The weights of atoms, in the letters that a field of rational functions has and those that it has not."""

from __future__ import annotations

from typing import NamedTuple

import sympy
from sympy import Expr, S


class Weight(NamedTuple):
    """``rational · sqrt(radicand) · π^(-pi/2) · exp(growth)``."""

    rational: Expr
    radicand: Expr
    pi: int
    growth: Expr


def weights(weight: Expr) -> list[Weight]:
    """A weight as a sum of simple ones."""
    found = []
    for term in sympy.Add.make_args(sympy.expand(weight)):
        rational, radicand, pi, growth = S.One, S.One, 0, S.Zero
        for factor in sympy.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if base == sympy.pi and (2 * exponent).is_Integer:
                pi -= int(2 * exponent)
            elif isinstance(factor, sympy.exp):
                growth += factor.args[0]
            elif (2 * exponent).is_Integer and not exponent.is_Integer and base.is_positive:
                whole = sympy.floor(exponent)
                rational, radicand = rational * base**whole, radicand * base
            else:
                rational *= factor
        found.append(Weight(rational, radicand, pi, growth))
    return found


__all__ = ["Weight", "weights"]
