"""Products of square roots that are rational."""

from __future__ import annotations

import sympy
from sympy import Add, Dummy, Expr, Poly, Pow


class Roots:
    """Square roots as letters, one for each factor under a root, so that products of roots become rational."""

    def __init__(self) -> None:
        self.letters: dict[Expr, Dummy] = {}

    def plain(self, e: Expr) -> Expr:
        """The expression with letters for its square roots."""
        return e.replace(lambda n: isinstance(n, Pow) and n.exp.is_Rational and n.exp.q == 2, self._power)

    def _power(self, node: Expr) -> Expr:
        constant, factors = sympy.factor_list(node.base)
        if constant.is_negative and factors:
            base, n = factors[0]
            constant, factors = -constant, [(sympy.expand(-base), n), *factors[1:]]
        result = constant**node.exp
        for base, n in factors:
            letter = self.letters.setdefault(base, Dummy(positive=True))
            result *= letter ** (2 * n * node.exp)
        return result

    def rational(self, e: Expr) -> Expr | None:
        """The expression without letters, or None where one is left."""
        e = sympy.powsimp(sympy.cancel(e))
        for base, letter in self.letters.items():
            top, bottom = (Poly(part, letter) for part in sympy.fraction(sympy.together(e)))
            if any(k % 2 for (k,) in top.monoms()) and any(k % 2 for (k,) in bottom.monoms()):
                top, bottom = top * Poly(letter, letter), bottom * Poly(letter, letter)
            if any(k % 2 for part in (top, bottom) for (k,) in part.monoms()):
                return None
            e = Add(*(c * base ** (k // 2) for (k,), c in top.terms())) / Add(
                *(c * base ** (k // 2) for (k,), c in bottom.terms())
            )
        return sympy.cancel(e)


__all__ = ["Roots"]
