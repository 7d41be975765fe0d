"""From a kernel's formula to what the printer prints: rewritten, with its arithmetic chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy
from sympy import Expr, Pow, S

from symkern.codegen.exchange import JOINT, limits_exchanged
from symkern.codegen.functions import (
    GAP,
    ORTHANTS,
    by_ratio,
    by_variance,
    exp_Density2,
    exp_Phi,
    exp_Phi2,
    mehler_sum,
    where_finite,
)
from symkern.codegen.homogeneous import degrees
from symkern.codegen.precision import needs_double_words
from symkern.codegen.rewrites import stabilise
from symkern.codegen.signs import Sign, sign
from symkern.symbols import cov12, var, var1, var2

_EDGES = (
    {GAP: S.Zero},
    {cov12: var, var1: var, var2: var, GAP: S.Zero},
    {cov12: S.Zero, var1: S.Zero, GAP: S.Zero},
    {cov12: S.Zero, var2: S.Zero, GAP: S.Zero},
)


@dataclass(frozen=True)
class Stabilised:
    """An expression ready to print.

    Attributes:
        expression: in the covariance, the gap and the primitives.
        double: whether it is evaluated in double words.
        rewrites: names of the rewrites that changed it.
        degrees: of a homogeneous kernel with an angle or a correlation, which is computed at variances near one.
        notes: what was done beside rewriting, for the module's docstring.
        words: how many words of float64 stand for float32.
        every_digit: whether functions are right to both words.
    """

    expression: Expr
    double: bool
    rewrites: tuple[str, ...]
    degrees: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    words: int = 1
    every_digit: bool = False

    def alike(self, other: Stabilised) -> Stabilised:
        """Another expression in the same arithmetic, but for whether it is in double words."""
        return replace(other, words=self.words, every_digit=self.every_digit)

    def on_diagonal(self) -> Stabilised:
        """The same expression at ``cov12 = var1 = var2 = var``, where the gap is zero."""
        at = {cov12: var, var1: var, var2: var, GAP: S.Zero}
        if isinstance(self.expression, where_finite):
            near, far = self.expression.args
            rest = replace(self, expression=near).on_diagonal()
            return replace(rest, expression=where_finite(rest.expression, far.xreplace(at)))
        if isinstance(self.expression, by_variance):
            limit, _, _, small, large = self.expression.args
            rest = replace(self, expression=large).on_diagonal()
            if isinstance(small, mehler_sum):  # with one variance there is no smaller one
                return rest
            near = replace(self, expression=small).on_diagonal()
            return replace(rest, expression=by_variance(limit, var, var, near.expression, rest.expression))
        far = self.expression.replace(lambda n: isinstance(n, by_ratio), lambda n: n.definition())
        diagonal = far.replace(
            lambda n: isinstance(n, sympy.atan2),
            lambda n: _angle(*(a.xreplace(at) for a in n.args)),
        ).xreplace(at)
        return self.alike(Stabilised(diagonal, self.double, self.rewrites))

    def exchanged(self) -> Stabilised:
        """The same with X and Y exchanged."""
        turned = self.expression.replace(lambda n: isinstance(n, JOINT), limits_exchanged)
        return replace(self, expression=turned.xreplace({var1: var2, var2: var1}))

    @property
    def has_normals(self) -> bool:
        """Whether normal distribution functions occur."""
        return bool(self.expression.has(exp_Phi, exp_Phi2, exp_Density2))

    @property
    def is_special(self) -> bool:
        """Whether functions occur that are not elementary."""
        return self.has_normals or bool(self.expression.has(*ORTHANTS))

    @property
    def is_singular(self) -> bool:
        """Whether automatic differentiation would divide by zero at ``ρ = ±1``, on the diagonal or at a variance of zero."""
        singular = (n.base for n in self.expression.atoms(Pow) if not n.exp.is_Integer or n.exp.is_negative)
        return any(base.subs(edge) == 0 for base in singular for edge in _EDGES)


def _angle(y: Expr, x: Expr) -> Expr:
    """``atan2``, also where SymPy does not tell the sign of ``x``."""
    if y == 0 and sign(x) is Sign.MINUS:
        return sympy.pi
    if x == 0 and sign(y) is Sign.PLUS:
        return sympy.pi / 2
    return S.Zero if y == 0 and sign(x) is Sign.PLUS else sympy.atan2(y, x)


def stabilised(e: Expr) -> Stabilised:
    """Rewrite ``e`` and choose its arithmetic."""
    rewritten, used = stabilise(e)
    return Stabilised(rewritten, needs_double_words(rewritten), used)


def stabilised_kernel(e: Expr) -> Stabilised:
    """The same for a function of the whole covariance, which may be homogeneous."""
    kernel = stabilised(e)
    found = degrees(e) if e.has(sympy.atan2) or _is_normalised(e) else None
    return kernel if found is None else replace(kernel, double=True, degrees=found)


def _is_normalised(e: Expr) -> bool:
    """Whether a variance divides, as in a correlation."""
    return any(n.base in (var1, var2) and n.exp.is_negative for n in e.atoms(Pow))
