"""What can be read off an activation's formula: is it smooth, is it odd or even, how short are its features."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, pairwise
from math import asinh, inf, isfinite, sinh, sqrt

import sympy
from mpmath import mpf, workdps
from mpmath.libmp import NoConvergence
from sympy import Expr, Pow

from symkern.oracle.integrand import Function, evaluator
from symkern.oracle.ranges import has_zeros, is_positive
from symkern.oracle.removable import Spherical
from symkern.oracle.value import OracleError
from symkern.symbols import x

#: Functions that are real-analytic on the whole real line.
SMOOTH = (sympy.exp, sympy.sin, sympy.cos, sympy.sinh, sympy.cosh, sympy.tanh, sympy.sech, sympy.erf, sympy.erfc,
          sympy.atan, sympy.asinh, Spherical)  # fmt: skip


def require_smooth(formula: Expr) -> None:
    """Refuse a formula that is not a real-analytic function of ``x`` alone.

    Raises:
        OracleError: names the offending part; formulas with kinks and jumps are split by ``pieces_of`` instead.
    """
    if free := formula.free_symbols - {x}:
        names = ", ".join(sorted(map(str, free)))
        raise OracleError(f"the oracle needs numbers for {names}: substitute the parameters first")
    for part in sympy.preorder_traversal(formula):
        if not part.has(x) or part == x or isinstance(part, (sympy.Add, sympy.Mul, *SMOOTH)):
            continue
        if isinstance(part, Pow):
            base, power = part.as_base_exp()
            if is_positive(base) or (power.is_Integer and (power > 0 or not has_zeros(base))):
                continue
        elif isinstance(part, sympy.log) and is_positive(part.args[0]):
            continue
        raise OracleError(f"{part} is not smooth (or not known to be): the oracle has no rule for its breakpoints yet")


@lru_cache(maxsize=256)
def parity(formula: Expr) -> int:
    """1 for an even, -1 for an odd formula, 0 for neither or not known."""
    mirrored = formula.subs(x, -x)
    return next((sign for sign in (1, -1) if sympy.expand(mirrored - sign * formula) == 0), 0)


def feature_length(formula: Expr, reach: float = 1000.0) -> float:
    """A length in ``x`` over which the formula can turn for ``|x| < reach``: no first guess of a step is longer.

    A rule that compares coarse sums with each other cannot see a feature that falls between all their nodes (a bump of
    width 0.1 under a Gaussian of width 100), so the search for a step starts here.
    """
    return min((length for _, length in features(formula, reach)), default=inf)


def feature_places(formula: Expr, reach: float) -> list[float]:
    """Where the sharpest features are, at most twenty: the search for the mass looks there too."""
    lengths: dict[float, float] = {}
    for place, length in features(formula, reach):
        lengths[place] = min(length, lengths.get(place, inf))
    return sorted(lengths, key=lambda place: (lengths[place], abs(place)))[:20]


@lru_cache(maxsize=256)
def features(formula: Expr, reach: float) -> list[tuple[float, float]]:
    """Places and lengths of what the parts of a formula do."""
    return [(place, length) for place, length in _features(formula, reach, False) if length < inf]


def _features(part: Expr, reach: float, inside: bool) -> Iterator[tuple[float, float]]:
    """``inside`` another function even an exponential ``e^{bx}`` has a feature."""
    if not part.has(x) or part == x:
        return
    if isinstance(part, Pow) and part.exp.is_number:
        whole = bool(part.exp.is_Integer and part.exp > 0)
        sharper = sqrt(max(1.0, abs(float(part.exp))))  # cos(x)**100 has humps of width 1/10
        below = _features(part.base, reach, inside or not whole)
        for place, length in chain(below, () if whole else _poles(part.base)):
            yield place, length / sharper
        return
    transparent = isinstance(part, (sympy.Add, sympy.Mul))
    for arg in part.args:
        yield from _features(arg, reach, inside or not transparent)
    if not transparent:
        yield from _turns(part, reach, inside)


def _turns(part: Expr, reach: float, inside: bool) -> Iterator[tuple[float, float]]:
    """The lengths over which one function of a formula turns, at the places where its argument is special."""
    inner = part.exp * sympy.log(part.base) if isinstance(part, Pow) else part.args[0]
    slope, bend = inner.diff(x), inner.diff(x, 2)
    exponential = isinstance(part, (sympy.exp, sympy.sinh, sympy.cosh, Pow)) and not inside
    with workdps(20):
        first_at, second_at = evaluator(slope), evaluator(bend)
        places = {0.0, *_roots(inner, reach), *_roots(slope, reach)}
        turns = [(place, _real(first_at, place), _real(second_at, place)) for place in sorted(places)]
    for place, first, second in turns:
        if exponential:  # e^{bx} and e^{+b x^2} have no feature, e^{-b x^2} has one
            yield place, 1 / sqrt(-second) if second < 0 else inf
        else:
            yield place, min(1 / sqrt(abs(second)) if second else inf, 1 / abs(first) if first else inf)


def _real(function: Function, place: float) -> float:
    """A value as a float; 0 where it is not a finite real number."""
    try:
        value = float(function(mpf(place)))
    except (ArithmeticError, TypeError, ValueError):
        return 0.0
    return value if isfinite(value) else 0.0


def _roots(expression: Expr, reach: float) -> list[float]:
    """The real parts of a polynomial's roots; of anything else the changes of sign on a grid, denser near 0."""
    if not expression.has(x):
        return []
    if expression.is_polynomial(x) and (roots := _polynomial_roots(expression)) is not None:
        return [root.real for root in roots]
    top, function = asinh(reach), evaluator(expression)
    places = [sinh(top * (k + 0.38) / 400) for k in range(-400, 400)]
    values = [_real(function, place) for place in places]
    return [_bisected(function, p, q) for (p, a), (q, b) in pairwise(zip(places, values, strict=True)) if a * b < 0]


def _bisected(function: Function, lo: float, hi: float) -> float:
    rising = _real(function, hi) > 0
    for _ in range(50):
        middle = (lo + hi) / 2
        lo, hi = (lo, middle) if (_real(function, middle) > 0) == rising else (middle, hi)
    return (lo + hi) / 2


def _poles(base: Expr) -> list[tuple[float, float]]:
    """The zeros of a polynomial: their real parts, and how far they stay off the real axis."""
    roots = (_polynomial_roots(base) or []) if base.is_polynomial(x) and base.has(x) else []
    return [(root.real, abs(root.imag)) for root in roots if root.imag]


def _polynomial_roots(expression: Expr) -> list[complex] | None:
    """All roots, multiple ones once; None where the search for them fails."""
    try:
        return [complex(root) for root in sympy.Poly(expression, x).sqf_part().nroots(n=15, maxsteps=200)]
    except (NoConvergence, sympy.PolynomialError):
        return None


__all__ = ["SMOOTH", "feature_length", "feature_places", "parity", "require_smooth"]
