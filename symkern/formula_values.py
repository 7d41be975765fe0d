"""Reference values from the derived formulas themselves, in 60 digits and more.

They are quick, so that the code of a kernel is measured at many more points than the oracle answers; whether the formulas are
right, they do not tell: that the oracle does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import pairwise
from typing import Any

import sympy
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.derivation import Derivation
from symkern.differences import Slopes
from symkern.domain import Point
from symkern.functions import Density2, Orthant
from symkern.normal_values import phi2
from symkern.references import Reference
from symkern.symbols import cov12, var1, var2

DIGITS = (60, 120, 240, 480)
"""Tried in turn, until two agree."""

BESIDE = ((70, 280), (100, 400), (140, 600))
"""At ``ρ = ±1``: values at ``ρ = ±(1 - 10^-first)`` in so many digits."""

AGREED = 30
"""Decimal digits to which they must."""

NOTHING = mpf("1e-330")
"""What is less than this is below every float: values agree where they differ by no more."""

FEW = 1e4
"""At ``ρ = ±1`` values are limits; what grows by more than this factor on the way is infinite there, what falls by it zero."""

FAR, NEAR = 250, 45
"""Deviations beyond which the normal distribution counts as nothing: beside factors ``exp(var1 + var2)``, and without them."""

Function = Callable[..., Any]
Kernel = Callable[[float, float, float], mpf | None]


@dataclass(frozen=True)
class FormulaReference(Reference):
    """A reference that asks the formulas about covariances of the same variances, too."""

    kernels: tuple[Kernel, ...] = ()

    def at(self, question: str) -> Callable[[float], mpf]:
        """The kernel of these variances by the correlation; what does not settle is zero."""
        kernel, (_, v, w) = self.kernels[question == "d_nngp"], self.point.values

        def value(correlation: float) -> mpf:
            found = kernel(correlation * math.sqrt(v * w), v, w)
            return mpf(0) if found is None else found

        return value


def formula_references(derivation: Derivation, points: Sequence[Point], values: Mapping[str, float]) -> list[Reference]:
    """Both kernels at those of the points where both variances are positive and the formulas' digits settle.

    ``values`` are those of the parameters.
    """
    kernels = formula_kernels(derivation, values)
    found = (_reference(point, kernels) for point in _inside(derivation, points, values))
    return [reference for reference in found if reference is not None]


def _reference(point: Point, kernels: tuple[Kernel, Kernel]) -> Reference | None:
    nngp, d_nngp = (of(*point.values) for of in kernels)
    scale, d_scale = (_scale(of, point) for of in kernels)
    if nngp is None or d_nngp is None or scale is None or d_scale is None:
        return None
    return FormulaReference(point, nngp, d_nngp, mpf(0), mpf(0), scale, d_scale, AGREED, kernels=kernels)


def formula_kernels(derivation: Derivation, values: Mapping[str, float]) -> tuple[Kernel, Kernel]:
    """``nngp`` and ``d_nngp`` of positive variances, right to 30 digits; None where the digits do not settle.

    ``values`` are those of the parameters.  At ``ρ = ±1`` formulas may be 0/0: they are evaluated beside it, so closely that it
    does not show; a limit may be infinite.
    """
    nngp, d_nngp = (_kernel(_at(derivation, values, e)) for e in (derivation.nngp, derivation.d_nngp))
    return nngp, d_nngp


def formula_slopes(
    derivation: Derivation, points: Sequence[Point], values: Mapping[str, float], *, of: str = "nngp"
) -> list[Slopes]:
    """The derivatives of ``nngp`` by the variances, or those of ``d_nngp`` by them and ``cov12``, where both variances are
    positive, the digits settle and nothing is infinite.
    """
    by = (var1, var2) if of == "nngp" else (var1, var2, cov12)
    formula = _at(derivation, values, getattr(derivation, of))
    derivatives = [_kernel(formula.diff(v)) for v in by]
    found = []
    for reference in formula_references(derivation, points, values):
        point, size = reference.point, reference.size(of)
        slopes = [derivative(*point.values) for derivative in derivatives]
        if None not in slopes and all(map(mp.isfinite, (size, *slopes))):
            units = (point.var1, point.var2, mp.sqrt(mpf(point.var1) * point.var2))[: len(by)]
            scales = tuple(size / unit for unit in units)
            found.append(Slopes(point, tuple(slopes), scales, (mpf(0),) * len(by)))
    return found


def _inside(derivation: Derivation, points: Sequence[Point], values: Mapping[str, float]) -> Iterator[Point]:
    """Where both variances are positive and the expectation exists: elsewhere a formula may still have a value."""
    domain = _at(derivation, values, derivation.domain)
    for point in points:
        at = dict(zip((cov12, var1, var2), map(sympy.Rational, point.values), strict=True))
        if point.var1 * point.var2 != 0 and domain.subs(at) == sympy.true:
            yield point


def _at(derivation: Derivation, values: Mapping[str, float], e: Any) -> Any:
    return e.subs({p.symbol: sympy.Rational(values[p.name]) for p in derivation.activation.parameters})


def _scale(of: Kernel, point: Point) -> mpf | None:
    """``√(K11 K22)``; 0, and no scale for anything, where that is infinite."""
    first, second = (of(v, v, v) for v in (point.var1, point.var2))
    if first is None or second is None:
        return None
    product = abs(first * second)
    return mp.sqrt(product) if mp.isfinite(product) else mpf(0)


@lru_cache(maxsize=16)
def _kernel(e: Expr) -> Kernel:
    """The same for the same formula: its values are asked for again."""
    return cache(partial(_settled, cache(partial(_compiled, e))))


def _compiled(e: Expr, digits: int) -> Function:
    """The formula with its constants in so many digits."""
    somewhere = {cov12: sympy.Rational(1, 2), var1: 1, var2: 1}
    grows = any(a.exp.subs(somewhere) > 0 for a in e.atoms(sympy.exp))
    e = e.replace(Density2, lambda *a: Density2(*a).definition())
    e = e.replace(Orthant, lambda *a: Orthant(*a).rewrite("hyper"))
    constants = {c: c.evalf(digits + 10) for c in e.atoms(sympy.NumberSymbol)}
    special = {"Phi": mp.ncdf, "Phi2": partial(phi2, far=FAR if grows else NEAR)}
    function: Function = sympy.lambdify((cov12, var1, var2), e.xreplace(constants), [special, "mpmath"], cse=True)
    return function


def _settled(function: Callable[[int], Function], c: float, v: float, w: float) -> mpf | None:
    """The first value with which the next agrees."""
    if edge := _is_edge(c, v, w):
        tried = (_beside(function(digits), c, v, w, step, digits) for step, digits in BESIDE)
    else:
        tried = (_value(function(digits), mpf(c), v, w, digits) for digits in DIGITS)
    found: list[mpf] = []
    for value in tried:
        if value is None:
            return None
        if found and abs(value - found[-1]) <= abs(value) * mpf(10) ** -AGREED + NOTHING:
            return value
        if found and edge and (limit := _limit(found[-1], value)) is not None:
            return limit
        found.append(value)
    return mpf(0) if all(abs(b) < abs(a) * mpf(10) ** -AGREED for a, b in pairwise(found)) else None


def _limit(far: mpf, near: mpf) -> mpf | None:
    """Infinite or zero, as two values on the way to it tell."""
    if abs(near) > FEW * abs(far) > 0:
        return mp.sign(near) * mp.inf
    return mpf(0) if abs(far) > FEW * abs(near) else None


def _is_edge(c: float, v: float, w: float) -> bool:
    """Whether ``ρ = ±1``, to rounding."""
    with workdps(60):
        return bool(mpf(c) ** 2 >= mpf(v) * mpf(w))


def _beside(function: Function, c: float, v: float, w: float, step: int, digits: int) -> mpf | None:
    with workdps(digits):
        inside = mp.sign(c) * mp.sqrt(mpf(v) * mpf(w)) * (1 - mpf(10) ** -step)
    return _value(function, inside, v, w, digits)


def _value(function: Function, c: mpf, v: float, w: float, digits: int) -> mpf | None:
    with workdps(digits):
        try:
            value = mp.mpmathify(function(c, mpf(v), mpf(w)))
        except (ArithmeticError, ValueError, TypeError):
            return None
        return mp.re(value) if mp.isfinite(value) else None


__all__ = ["FormulaReference", "formula_kernels", "formula_references", "formula_slopes"]
