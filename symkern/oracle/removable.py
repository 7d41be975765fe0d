"""Quotients whose pole is none: ``sin(u)/u`` as an entire function, of which every derivative is one."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy
from flint import arb
from sympy import Expr, Function, Integer, Mul, S

from symkern.symbols import x


class Spherical(Function):  # type: ignore[misc]
    """``0F1(; k + 3/2; -u**2/4)``, the spherical Bessel function ``j_k(u)`` divided by its leading term.

    ``sin(u)/u`` for ``k = 0``; the derivative by ``u`` is ``-u/(2 k + 3)`` times that of ``k + 1`` (DLMF 10.51.5).
    """

    nargs = 2

    @classmethod
    def eval(cls, u: Expr, k: Expr) -> Expr | None:
        """Even, and one at zero."""
        if u.is_zero:
            return S.One
        return cls(-u, k) if u.could_extract_minus_sign() else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """By ``u``."""
        u, k = self.args
        return -u / (2 * k + 3) * Spherical(u, k + 1)


def spherical(u: Any, k: int) -> Any:
    """The value for mpf."""
    return mpmath.hyp0f1(k + mpmath.mpf(3) / 2, -(u * u) / 4)


def spherical_ball(u: arb, k: int) -> arb:
    """The value for balls."""
    return (-(u * u) / 4).hypgeom_0f1(arb(2 * k + 3) / 2)


def without_removable(formula: Expr) -> Expr:
    """The formula with ``Spherical`` in place of ``sin(u)/u``."""
    return formula.replace(lambda e: isinstance(e, Mul) and e.has(sympy.sin), _product)


def _product(product: Mul) -> Expr:
    powers = {base: exponent for base, exponent in product.as_powers_dict().items() if base.has(x)}
    waves = [b for b, n in powers.items() if isinstance(b, sympy.sin) and n.is_Integer and n > 0]
    for wave in sorted(waves, key=str):
        for base in sorted((b for b, n in powers.items() if n.is_Integer and n < 0), key=str):
            ratio = sympy.cancel(base / wave.args[0])
            if not ratio.has(x) and ratio:
                times = Integer(min(powers[wave], -powers[base]))
                rest = product / wave**times * base**times
                return without_removable(rest) * (Spherical(wave.args[0], Integer(0)) / ratio) ** times
    return product


__all__ = ["Spherical", "spherical", "spherical_ball", "without_removable"]
