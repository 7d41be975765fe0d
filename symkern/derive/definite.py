"""Whether a function of the covariance is a kernel: a deterministic sample of Gram matrices, to many digits.

A sample cannot prove that a kernel is positive semi-definite; a Gram matrix with a negative eigenvalue disproves it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import mpmath
import sympy
from mpmath import mp, mpf
from sympy import Expr, Symbol

from symkern.symbols import cov12, var1, var2

DIGITS = 80
ROUNDING = 40
"""A pivot counts as negative below ``-10^-ROUNDING`` of the largest; the digits left are for formulas that cancel."""

SCALES = tuple(Fraction(2) ** k for k in (0, -1, 2, -3, 4, -7, 6, -13))
"""Powers of two, as the coordinates are, so that covariances are exact: parallel points have a gap of zero."""

NUMBER = 10
Inputs = tuple[Fraction, ...]


@dataclass(frozen=True)
class Counterexample:
    """Points whose Gram matrix, scaled to a unit diagonal where that is positive, has a negative eigenvalue."""

    points: tuple[Inputs, ...]
    eigenvalue: float

    def __str__(self) -> str:
        shown = ", ".join(f"({', '.join(str(float(t)) for t in point)})" for point in self.points)
        scaled = "" if len(self.points) == 1 else " (scaled to a diagonal of one)"
        return f"the Gram matrix of the points {shown}{scaled} has the eigenvalue {self.eigenvalue:.3g}"


def counterexample(kernel: Expr, values: Mapping[Symbol, sympy.Rational]) -> Counterexample | None:
    """The smallest one found in the sample, or None; parameters at ``values``.  What is infinite or 0/0 is left out."""
    function = sympy.lambdify((cov12, var1, var2), kernel.subs(values), [{"atan2": _angle}, "mpmath"])
    with mpmath.workdps(DIGITS):
        for points in samples():
            gram, kept = _gram(function, points)
            if _is_indefinite(gram):
                return _smallest(gram, kept)
    return None


@lru_cache(maxsize=1)
def samples() -> tuple[tuple[Inputs, ...], ...]:
    """Sets of points: random ones in 1 to 5 dimensions with near-duplicates and opposites, grids, mixed lengths.

    Without the origin, where kernels of the correlation are 0/0.
    """
    draw = random.Random(0)
    return tuple(tuple(dict.fromkeys(filter(any, points))) for scale in SCALES for points in _sets(draw, scale))


def _sets(draw: random.Random, scale: Fraction) -> Iterator[list[Inputs]]:
    for dimension in (1, 2, 3, 5):
        drawn = [[draw.randint(-32, 32) for _ in range(dimension)] for _ in range(NUMBER - 2)]
        points = [tuple(scale * Fraction(n, 16) for n in numbers) for numbers in drawn]
        near = tuple(t * Fraction(1025, 1024) for t in points[0])
        yield [*points, near, tuple(-t for t in points[1])]
    yield [(scale * Fraction(k, 2),) for k in range(1 - NUMBER // 2, NUMBER // 2 + 1)]
    yield [(scale * Fraction(1 + k % 2, 4 ** (k // 2)),) for k in range(NUMBER)]


def _gram(function: Callable[..., object], points: Sequence[Inputs]) -> tuple[mpmath.matrix, list[Inputs]]:
    """The Gram matrix with its diagonal scaled to one, and its points; those without a finite value are left out."""
    kept, diagonal = [], []
    for point in points:
        value = _value(function, point, point)
        if value is not None:
            kept.append(point)
            diagonal.append(value)
    gram = mpmath.matrix(len(kept))
    for i, first in enumerate(kept):
        for j, second in enumerate(kept[: i + 1]):
            value = diagonal[i] if i == j else _value(function, first, second)
            scale = mp.sqrt(abs(diagonal[i] * diagonal[j])) or mpf(1)
            gram[i, j] = gram[j, i] = mpf(0) if value is None else value / scale
    return gram, kept


def _angle(y: object, x: object) -> mpf:
    """The angle where rounding makes the root of a gap imaginary, too."""
    return mp.atan2(mp.re(y), mp.re(x))


def _value(function: Callable[..., object], first: Inputs, second: Inputs) -> mpf | None:
    covariance = (_exact(first, second), _exact(first, first), _exact(second, second))
    try:
        value = mp.mpmathify(function(*covariance))
    except (ZeroDivisionError, ValueError):
        return None
    return mp.re(value) if mp.isfinite(value) else None


def _exact(first: Inputs, second: Inputs) -> mpf:
    total = sum(s * t for s, t in zip(first, second, strict=True))
    return mpf(total.numerator) / total.denominator


def _is_indefinite(gram: mpmath.matrix) -> bool:
    """Cholesky with the largest pivot first, as far as pivots exceed rounding."""
    left, least = gram.copy(), mpf(10) ** -ROUNDING
    rows = list(range(gram.rows))
    while rows:
        if min(left[i, i] for i in rows) < -least:
            return True
        top = max(rows, key=lambda i: left[i, i])
        pivot = left[top, top]
        rows.remove(top)
        if pivot < least:
            return any(abs(left[i, j]) > 2 * least for i in [top, *rows] for j in rows if i != j)
        for i in rows:
            for j in rows:
                left[i, j] -= left[i, top] * left[j, top] / pivot
    return False


def _smallest(gram: mpmath.matrix, points: list[Inputs]) -> Counterexample:
    """Points are left out while what remains is clearly indefinite."""
    rows = list(range(len(points)))
    for i in reversed(rows.copy()):
        fewer = [k for k in rows if k != i]
        if fewer and _is_indefinite(_part(gram, fewer)):
            rows = fewer
    part = _part(gram, rows)
    return Counterexample(tuple(points[i] for i in rows), float(min(mp.eigsy(part, eigvals_only=True))))


def _part(gram: mpmath.matrix, rows: list[int]) -> mpmath.matrix:
    return mpmath.matrix([[gram[i, j] for j in rows] for i in rows])


__all__ = ["Counterexample", "counterexample"]
