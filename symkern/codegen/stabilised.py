"""From a kernel's formula to what the printer prints: rewritten, with its arithmetic chosen."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, S

from symkern.codegen.functions import GAP
from symkern.codegen.precision import needs_double_words
from symkern.codegen.rewrites import stabilise
from symkern.symbols import cov12, var, var1, var2


@dataclass(frozen=True)
class Stabilised:
    """An expression ready to print.

    Attributes:
        expression: in the covariance, the gap and the primitives.
        double: whether it is evaluated in double words.
        rewrites: names of the rewrites that changed it.
    """

    expression: Expr
    double: bool
    rewrites: tuple[str, ...]

    @property
    def uses_gap(self) -> bool:
        """Whether the gap occurs."""
        return GAP in self.expression.free_symbols

    def on_diagonal(self) -> Stabilised:
        """The same expression at ``cov12 = var1 = var2 = var``, where the gap is zero."""
        diagonal = self.expression.xreplace({cov12: var, var1: var, var2: var, GAP: S.Zero})
        return Stabilised(diagonal, self.double, self.rewrites)


def stabilised(e: Expr) -> Stabilised:
    """Rewrite ``e`` and choose its arithmetic."""
    rewritten, used = stabilise(e)
    return Stabilised(rewritten, needs_double_words(rewritten), used)
