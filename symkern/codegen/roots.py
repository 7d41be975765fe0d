"""Products of square roots that are rational."""

from __future__ import annotations

from functools import lru_cache

import sympy
from sympy import Dummy, Expr, Pow

from symkern.fractions import field_of


class Roots:
    """Square roots as letters, one for each factor under a root, so that products of roots become rational."""

    def __init__(self) -> None:
        self.letters: dict[Expr, Dummy] = {}

    def plain(self, e: Expr) -> Expr:
        """The expression with letters for its square roots."""
        return e.replace(lambda n: isinstance(n, Pow) and n.exp.is_Rational and n.exp.q == 2, self._power)

    def _power(self, node: Expr) -> Expr:
        constant, factors = _factors(node.base)
        if constant.is_negative and factors:
            base, n = factors[0]
            constant, factors = -constant, ((sympy.expand(-base), n), *factors[1:])
        result = constant**node.exp
        for base, n in factors:
            letter = self.letters.setdefault(base, Dummy(positive=True))
            result *= letter ** (2 * n * node.exp)
        return result

    def rational(self, e: Expr) -> Expr | None:
        """The expression without letters, or None where one is left."""
        field = field_of(e, *self.letters, *self.letters.values())
        found = field.element(e)
        for base, letter in self.letters.items():
            reduced = field.even(found, letter, field.element(base))
            if reduced is None:
                return None
            found = reduced
        return found.as_expr()


@lru_cache(maxsize=4096)
def _factors(base: Expr) -> tuple[Expr, tuple[tuple[Expr, int], ...]]:
    constant, factors = sympy.factor_list(base)
    return constant, tuple(factors)


__all__ = ["Roots"]
