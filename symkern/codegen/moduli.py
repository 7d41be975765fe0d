"""The modulus of a complex determinant beside its angle: a sum of two squares, where its polynomial would cancel.

A chirp's kernel has powers of ``|D|² = x² + y²`` and cosines of multiples of ``atan2(y, x)``; multiplied out the polynomial loses
all digits near ``ρ = ±1`` at large variance, while ``x`` and ``y``, with the gap in them, lose none.
"""

from __future__ import annotations

import sympy
from sympy import Expr, Pow

from symkern.codegen.functions import GAP, expanded
from symkern.codegen.polynomials import is_polynomial
from symkern.symbols import cov12


def moduli(e: Expr) -> Expr:
    """Powers of ``x² + y²`` with the squares kept, for the angles of ``(x, y)`` that occur."""
    squares = {
        _expanded(s): s for s in map(_square, sorted(e.atoms(sympy.atan, sympy.atan2), key=sympy.default_sort_key)) if s
    }
    if not squares:
        return e
    return e.replace(
        lambda n: isinstance(n, Pow) and n.base.is_Add and n.base.has(cov12, GAP),
        lambda n: Pow(squares.get(_expanded(n.base), n.base), n.exp),
    )


def _square(angle: Expr) -> Expr | None:
    y, x = angle.args if isinstance(angle, sympy.atan2) else angle.args[0].as_numer_denom()
    return x**2 + y**2 if all(is_polynomial(_expanded(part)) for part in (x, y)) else None


def _expanded(e: Expr) -> Expr:
    return sympy.expand(expanded(e))


__all__ = ["moduli"]
