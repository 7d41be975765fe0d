"""Where an expectation exists."""

from __future__ import annotations

from collections.abc import Iterable

import sympy
from sympy import And, Expr, true
from sympy.logic.boolalg import Boolean

from symkern.symbols import gap, var1, var2


def existence(quadratics: Iterable[Expr]) -> Boolean:
    """Where the expectation exists: ``I − 2 Σ^{1/2} Re(A) Σ^{1/2} > 0`` for every pair of atoms.

    A smaller ``α`` only helps, so among numbers the largest decides; a parameter of unknown sign stays in the condition.
    """
    real = {sympy.re(q) for q in quadratics}
    growing = sorted((a for a in real if not a.is_nonpositive), key=sympy.default_sort_key)
    numbers = [a for a in growing if a.is_number]
    if len(numbers) > 1:
        growing = [a for a in growing if not a.is_number] + [max(numbers)]
    conditions = [condition for i, a in enumerate(growing) for b in growing[i:] for condition in _positive(a, b)]
    return And(*conditions) if conditions else true


def _positive(a: Expr, b: Expr) -> list[Boolean]:
    """Positive definiteness of ``I − 2 Σ^{1/2} diag(a, b) Σ^{1/2}``: determinant, and both diagonals at ``cov12 = 0``."""
    determinant = 1 - 2 * a * var1 - 2 * b * var2 + 4 * a * b * gap()
    swapped = 1 - 2 * b * var1 - 2 * a * var2 + 4 * a * b * gap()
    conditions = {determinant > 0, swapped > 0}
    conditions |= {1 - 2 * e * v > 0 for e in (a, b) for v in (var1, var2)}
    return sorted(conditions, key=sympy.default_sort_key)


__all__ = ["existence"]
