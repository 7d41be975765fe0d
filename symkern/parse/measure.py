"""How much work an expression is for SymPy: what its assumptions and comparisons would walk or multiply out."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

_CAP = 10**9


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of one expression.

    ``weight`` counts the nodes of the tree, repeated ones each time; ``height`` is its depth in functions, roots,
    divisions and symbolic powers.  ``degree`` is that of a polynomial in symbols of known sign, whose derivative SymPy
    factors to learn the sign of a sum.  ``expansion`` bounds the terms and degrees of the expression multiplied out,
    which SymPy does with the argument of some functions unless it knows that argument to be real; ``root`` is the
    largest numerator of a fractional exponent, whose imaginary part it never finds to be zero.
    """

    weight: int
    height: int
    degree: int
    expansion: int
    root: int


class Measure:
    """Shapes, remembered per expression: a formula shares most of its parts with the step before."""

    def __init__(self) -> None:
        self.known: dict[sp.Basic, Shape] = {}

    def __call__(self, expr: sp.Basic) -> Shape:
        """The shape of ``expr``."""
        if expr not in self.known:
            self.known[expr] = self.shape(expr)
        return self.known[expr]

    def shape(self, expr: sp.Basic) -> Shape:
        """The same, from the shapes of the arguments."""
        if not expr.args:
            return Shape(1, 0, int(bool(expr.is_Symbol and expr.is_nonnegative)), 1, 0)
        parts = [self(arg) for arg in expr.args]
        weight, height = 1 + sum(p.weight for p in parts), max(p.height for p in parts)
        root = max(p.root for p in parts)
        if isinstance(expr, sp.Add):
            degree, expansion = max(p.degree for p in parts), sum(p.expansion for p in parts)
        elif isinstance(expr, sp.Mul):
            degree, expansion = sum(p.degree for p in parts), 1
            for part in parts:
                expansion *= part.expansion
        elif isinstance(expr, (sp.Pow, sp.exp)):
            times = max((abs(int(n.p)) for n in expr.exp.atoms(sp.Rational)), default=1)
            whole = expr.exp.is_Integer
            height += 0 if whole and expr.exp > 0 else 1
            degree = parts[0].degree * times if whole else 0
            root = max(root, times if expr.exp.is_Rational and not whole else 0)
            base = parts[0].expansion
            expansion = base ** min(times, 64) if whole and base > 1 else max(base, 1) * (times + 1)
        else:
            height, degree, expansion = height + 1, 0, max(p.expansion for p in parts)
        return Shape(weight, height, min(degree, _CAP), min(expansion, _CAP), root)


__all__ = ["Measure", "Shape"]
