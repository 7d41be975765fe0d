"""Regimes of their own where one variance, or both, are small: Mehler's series of the activation's power series.

Where ``f`` vanishes to a high order, ``exp(x) - 1 - x`` say, the closed form is a difference of terms that agree to most of their
digits; each factor of the series ``Σ_n A_n(var1) A_n(var2) cov12^n / n!``, ``A_n(v) = E[f^(n)(√v Z)]``, begins with what is left
(``symkern.numerics.mehler``).  For a small variance ``A_n`` is a cut power series, for a large one a closed form:
``A_(n+2) = 2 dA_n/dv``, and the first two are limits of the kernel.

Where to change over, and where to cut the series, follow from two curves: the error of the closed form, which falls with the
variance (:mod:`loss`), and that of the cut series, which rises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import factorial

import sympy
from mpmath import mp, mpf
from sympy import Expr, Rational, S

from symkern.codegen.functions import GAP, LARGER, SMALLER, by_variance, mehler_sum, taylor_kernel
from symkern.codegen.loss import DIGITS, ONE_WORD, TWO_WORDS, covariance, estimate
from symkern.codegen.rewrites import stabilise
from symkern.codegen.stabilised import Stabilised
from symkern.domain import NEAR_ZERO
from symkern.symbols import cov12, var1, var2
from symkern.taylor import Series, mean_coefficients

NAME = "small_variances"
ENOUGH = mpf(2) ** -54
"""A relative error that is hardly seen in float64: half an ulp or less, and estimates are from above."""

SINGLE = mpf(2) ** -28
"""float32 has so many digits less."""

LIMITS = tuple(Rational(1, 2**k) for k in range(1, 27))
CORRELATIONS = (1, 0.5, -0.9, 0, -1)
SMALLEST = Rational(1, 2**26)
LONGEST = 300
"""Operations of a factor of the series in the larger variance: those of chirps treble from one to the next."""

LARGER_ONES = (Rational(1), Rational(40), Rational(10**4))
"""Variances beside a small one, and the limit between both regimes."""

Pairs = Sequence[tuple[Rational, Rational]]


@dataclass(frozen=True)
class Extent:
    """Where series may be cut: the degree of the power series, and the order in ``cov12`` where one variance is small."""

    degrees: tuple[int, ...]
    orders: tuple[int, ...]

    @property
    def terms(self) -> int:
        """Of the activation's power series: one more than the longest degree, for its derivative."""
        return self.degrees[-1] + 1


USUAL = Extent((8, 12, 16, 20, 24, 32, 40), (3, 5, 7, 9, 11, 15, 19))
LONG = Extent((40, 56, 80), (19, 27, 39))


@dataclass(frozen=True)
class Regime:
    """A series cut after ``size`` terms, used below ``limit``; the errors of the closed form alone and of both, relative."""

    size: int
    limit: Rational
    before: mpf
    after: mpf

    @property
    def effect(self) -> str:
        """The errors, as powers of two."""
        return f"(estimated error {_power(self.before)}, now {_power(self.after)})"


def with_series(kernel: Stabilised, formula: Expr, coefficients: Series, extent: Extent = USUAL) -> Stabilised:
    """The kernel with series for small variances, where they make it more accurate; else the kernel as it is.

    ``formula`` is the kernel before it was rewritten, ``coefficients`` are those of the activation about zero.
    """
    e = kernel.expression
    if not any(c != 0 for c in coefficients) or kernel.is_special or e.free_symbols - {cov12, var1, var2, GAP}:
        return kernel
    with mp.workdps(DIGITS):
        try:
            both = _both_small(e, coefficients, extent)
        except (ArithmeticError, ValueError):  # a function without a rule, or no kernel at such variances
            return kernel
        if both is None:
            return kernel
        polynomial = coefficients[: both.size + 1]
        notes = [f"both variances below {both.limit}: Mehler's series of f to x^{both.size} {both.effect}"]
        one, means = _one_small(e, formula, polynomial, both.limit, extent)
        if one is not None:
            others = means[: one.size + 1]
            series = mehler_sum(one.limit, cov12, SMALLER, Rational(one.size), *others, *polynomial)
            e = by_variance(one.limit, SMALLER, SMALLER, series, e)
            notes.append(f"one variance below {one.limit}: the same to cov12^{one.size} {one.effect}")
    small = taylor_kernel(both.limit, cov12, var1, var2, *polynomial)
    return replace(
        kernel,
        expression=by_variance(both.limit, var1, var2, small, e),
        double=True,
        rewrites=(*kernel.rewrites, NAME),
        notes=(*kernel.notes, *notes),
    )


def _power(error: mpf) -> str:
    return f"2^{int(mp.ceil(mp.log(error, 2)))}" if error > mpf(2) ** -200 else "none"


def _both_small(e: Expr, coefficients: Series, extent: Extent) -> Regime | None:
    def cut(size: int, limit: Rational) -> mpf:
        means = [_A(coefficients[: size + 1], n) for n in range(size + 1)]
        return _cut(e, [(limit, limit)], lambda n, v: means[n](v), lambda n, v: means[n](v), size)

    sizes = [d for d in extent.degrees if d < len(coefficients)]
    return _chosen(e, lambda limit: [(limit, limit)], [(SMALLEST,) * 2, (LIMITS[12],) * 2], sizes, cut)


def _one_small(
    e: Expr, formula: Expr, coefficients: Series, limit: Rational, extent: Extent
) -> tuple[Regime | None, list[Expr]]:
    means = _closed_means(formula, coefficients, extent.orders[-1] + 1)
    if means is None:
        return None, []
    values = [lru_cache(lambda v, b=b: estimate(b, {LARGER: v}, TWO_WORDS)[0]) for b in means]

    def pairs(small: Rational) -> Pairs:
        return [(small, large) for large in (limit, *LARGER_ONES)]

    def cut(size: int, small: Rational) -> mpf:
        if size >= len(means):
            return mpf("inf")
        first = [_A(coefficients, n) for n in range(size + 1)]
        return _cut(e, pairs(small), lambda n, v: first[n](v), lambda n, v: values[n](v), size)

    try:
        return _chosen(e, pairs, pairs(SMALLEST), extent.orders, cut), means
    except (ArithmeticError, ValueError):
        return None, []


def _chosen(
    e: Expr,
    pairs: Callable[[Rational], Pairs],
    first: Pairs,
    sizes: Sequence[int],
    cut: Callable[[int, Rational], mpf],
) -> Regime | None:
    """The smallest series that is enough from where the closed form is; else the best of those that help."""
    before = _lost(e, first)
    if before <= ENOUGH:
        return None
    closed = {limit: _lost(e, pairs(limit)) for limit in LIMITS}
    enough = [limit for limit in reversed(LIMITS) if closed[limit] <= ENOUGH][:3]
    best: Regime | None = None
    for size in sizes:
        for limit in enough or LIMITS[:6]:
            after = max(closed[limit], cut(size, limit))
            if best is None or after < best.after:
                best = Regime(size, limit, before, after)
            if after <= ENOUGH:
                return best
    return best if best is not None and best.after < before / 2 else None


def _places(e: Expr, pairs: Pairs) -> Iterator[tuple[dict[Expr, mpf], mpf]]:
    """Covariances with these variances, and the size of the kernel there; not those beside a change of sign."""
    for one, other in pairs:
        v, w = (mpf(x.p) / x.q for x in (one, other))
        scale = mp.sqrt(abs(mp.fprod(estimate(e, covariance(1, x, x), TWO_WORDS)[0] for x in (v, w))))
        for correlation in CORRELATIONS:
            at = covariance(correlation, v, w)
            size = abs(estimate(e, at, TWO_WORDS)[0])
            if size > scale / NEAR_ZERO:
                yield at, size


def _lost(e: Expr, pairs: Pairs) -> mpf:
    """The relative error of the closed form in float64, or that in float32 as it would count there."""
    return max(
        (
            max(estimate(e, at, TWO_WORDS)[1], estimate(e, at, ONE_WORD)[1] * SINGLE) / size
            for at, size in _places(e, pairs)
        ),
        default=mpf(0),
    )


def _cut(e: Expr, pairs: Pairs, first: Callable[[int, mpf], mpf], second: Callable[[int, mpf], mpf], size: int) -> mpf:
    """The relative error of a series that is cut."""
    worst = mpf(0)
    for at, scale in _places(e, pairs):
        terms = (first(n, at[var1]) * second(n, at[var2]) * at[cov12] ** n / factorial(n) for n in range(size + 1))
        worst = max(worst, abs(mp.fsum(terms) - estimate(e, at, TWO_WORDS)[0]) / scale)
    return worst


def _A(coefficients: Series, n: int) -> Callable[[mpf], mpf]:  # noqa: N802
    """``A_n`` of the polynomial."""
    numbers = mean_coefficients([mp.mpmathify(sympy.N(a, DIGITS)) for a in coefficients], n)
    return lambda v: mp.polyval(numbers[::-1], v)


def _closed_means(formula: Expr, coefficients: Series, count: int) -> list[Expr] | None:
    """``A_0 … A_(count-1)`` in the larger variance, or as many as are short; None where they are not found.

    As ``var1`` goes to 0 at ``cov12 = 0`` the kernel is ``(f(0) + f''(0) var1/2 + …) A_0(var2)``; likewise its derivative.
    """
    starts = []
    for parity, kernel in enumerate((formula, formula.diff(cov12))):
        order = next((j for j, a in enumerate(coefficients[parity::2]) if a != 0), None)
        if order is None:
            starts.append(S.Zero)
            continue
        mean = kernel.subs(cov12, 0).diff(var1, order).subs(var1, 0)
        weight = coefficients[parity + 2 * order] * factorial(parity + 2 * order) / (S(2) ** order)
        starts.append(sympy.expand_mul(mean / weight))
    found = list(starts)
    while len(found) < count and found[-1].count_ops() <= LONGEST:
        found.append(sympy.expand_mul(2 * found[-2].diff(var2)))
    if any(a.has(sympy.nan, sympy.zoo, sympy.oo) for a in found):
        return None
    return [stabilise(a)[0].xreplace({var2: LARGER}) for a in found]


__all__ = ["LONG", "NAME", "USUAL", "Extent", "with_series"]
