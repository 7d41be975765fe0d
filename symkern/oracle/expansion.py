"""Hermite coefficients ``E[f(d Z) h_n(Z)]`` of a smooth ``f``, and how much of ``f`` is beyond the last of them.

``h_n`` are the orthonormal polynomials, the sums trapezoidal ones in ``z``.  Few questions have the same nodes, and tables of
polynomials are large: the last four are kept.

``psi_n(z) = h_n(z) exp(-z**2 / 4)`` is below 1.1, and its recursion amplifies rounding by less than ``n exp(z**2 / 4)``, which the
other half of the Gaussian, in the weights, takes back.  So fixed point is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, frexp, inf, ldexp, lgamma, pi, sqrt
from operator import mul

from mpmath import mp, mpf, workprec
from mpmath.libmp import to_fixed
from sympy import Expr

from symkern.oracle.balls import values
from symkern.oracle.formula import feature_length, parity
from symkern.oracle.inputs import to_mpf
from symkern.oracle.magnitudes import LN2, UndecidedError
from symkern.oracle.mesh import LN10

AGREED = 0.6
"""To this part of the digits the two halves of the nodes agree; together they have twice as many, at least."""
SHORTER, SHORTEST = 0.85, 0.5
"""A step at which they do not is shortened by what they lack, but at least and at most by this."""
GUARD = 40
"""Bits beside those of the accuracy."""
LARGE = 14
"""Bits by which values may exceed the norm before more bits are used, so many at a time, and so many at most."""
MORE, MOST = 64, 512
DENSEST = 4_000
"""Nodes on either side of 0, at most."""


@dataclass(frozen=True)
class Expansion:
    """The first coefficients.

    Attributes:
        coefficients: of ``f / norm``, in fixed point.
        bits: after the point.
        norm: ``sqrt(E[f(d Z)**2])``.
        rest: at most ``sqrt(1 - sum a_n**2)``: what all other coefficients are together.
    """

    coefficients: Sequence[int]
    bits: int
    norm: mpf
    rest: mpf


@dataclass(frozen=True)
class Question:
    """What is expanded.

    Attributes:
        formula: ``f``, smooth.
        variance: ``d**2``.
        accuracy: in decimal digits below the norm.
        reach: where ``|f(d z)| exp(-z**2 / 4)`` begins to be negligible.
    """

    formula: Expr
    variance: Fraction
    accuracy: float
    reach: float

    def first_step(self) -> float:
        """No longer than the shortest feature of ``f``; a Gaussian of unit width is resolved."""
        deviation = float(mp.sqrt(to_mpf(self.variance)))
        feature = feature_length(self.formula, self.reach * deviation) / deviation if deviation else inf
        return _rung(min(self.longest(1), feature))

    def longest(self, terms: int) -> float:
        """With this step either half of the nodes resolves waves of ``sqrt(terms)`` to the digits they shall agree to."""
        return pi / (sqrt(terms) + sqrt(2 * AGREED * self.accuracy * LN10))

    def shorter(self, step: float, apart: float) -> float:
        """A step for where two halves agree to so many digits only: those grow like its inverse square, or slower."""
        part = sqrt(max(0.0, apart) / (AGREED * self.accuracy))
        return _rung(min(SHORTER, max(SHORTEST, part)) * step)

    def count(self, step: float) -> int:
        """Nodes from 0 to the reach."""
        return ceil(self.reach / step) + 1


@lru_cache(maxsize=1024)
def expansion(question: Question, terms: int, most: float) -> Expansion | None:
    """So many coefficients; None where that takes more than ``most`` products, or many more digits than the accuracy."""
    step = _resolving(question)
    if step is None:
        return None
    last = range(max(0, terms - 2), terms)
    found = _agreeing(
        question, min(step, _rung(question.longest(terms))), most / terms, lambda nodes: nodes.agreed(last)
    )
    return found and found[1].expansion(terms, question.accuracy)


@lru_cache(maxsize=1024)
def _resolving(question: Question) -> float | None:
    """A step that resolves ``f`` itself; None where there is none."""
    found = _agreeing(
        question, question.first_step(), DENSEST, lambda nodes: min(nodes.agreed(range(4)), nodes.agreed_norm())
    )
    return found and found[0]


def _agreeing(
    question: Question, step: float, most: float, agreed: Callable[[_Nodes], float]
) -> tuple[float, _Nodes] | None:
    """The first step from this one on at which the halves agree to so many digits; None where it takes more nodes than ``most``."""
    while question.count(step) <= most:
        nodes = _sampled(question, step)
        if nodes is None:
            return None
        apart = agreed(nodes)
        if apart >= AGREED * question.accuracy:
            return step, nodes
        step = question.shorter(step, apart)
    return None


@lru_cache(maxsize=8)
def _sampled(question: Question, step: float) -> _Nodes | None:
    """With enough bits for the largest value; None where those would be too many."""
    bits = int(question.accuracy * LN10 / LN2) + GUARD
    nodes = _Nodes(question, step, bits)
    if nodes.excess > LARGE:
        bits += MORE * ceil(2 * (min(nodes.excess, MOST) - LARGE) / MORE)
        nodes = _Nodes(question, step, bits)
    return nodes if nodes.excess < MOST else None


def _rung(longest: float) -> float:
    """The longest step with three bits, of which multiples are exact."""
    mantissa, exponent = frexp(longest)
    return ldexp(int(8 * mantissa), exponent - 3)


class _Nodes:
    """``f`` at multiples of a step up to the reach, with weights.

    Attributes:
        norm: ``sqrt(E[f(d Z)**2])``.
        excess: bits by which values exceed it; infinite where it is 0 or not finite.
    """

    def __init__(self, question: Question, step: float, bits: int) -> None:
        self.bits, self.polynomials = bits, _polynomials(step, question.count(step), bits)
        right, left, top = _both_sides(question, step, bits)
        bells = self.polynomials[0]
        squares = [
            ((f * f + g * g >> bits) * (b * b >> bits)) >> bits for f, g, b in zip(right, left, bells, strict=True)
        ]
        squares[0] //= 2
        self.squares = [sum(squares[half::2]) for half in range(2)]
        whole = sum(self.squares)
        with workprec(bits):
            front = step / mp.sqrt(2 * mp.pi)
            self.norm = mp.sqrt(front * mp.ldexp(mpf(whole), -bits)) if whole > 0 else mpf(0)
            self.excess = -float(mp.log(self.norm, 2)) if self.norm else inf
            factor = fixed(front / self.norm, bits) if self.norm else 0
            self.norm = mp.ldexp(self.norm, top)
        weights = [b * factor >> bits for b in bells]
        weights[0] //= 2
        self.even, self.odd = (
            [w * (f + sign * g) >> bits for w, f, g in zip(weights, right, left, strict=True)] for sign in (1, -1)
        )

    def agreed_norm(self) -> float:
        """Digits to which sums over every other node agree, of the norm."""
        first, second = self.squares
        return _digits(abs(first - second), first + second)

    def agreed(self, orders: range) -> float:
        """The same of coefficients of these orders, below the norm."""
        apart = (
            abs(sum(map(mul, row[::2], part[::2])) - sum(map(mul, row[1::2], part[1::2])))
            for row, part in map(self._term, orders)
        )
        return _digits(max(apart), 1 << 2 * self.bits)

    def expansion(self, terms: int, accuracy: float) -> Expansion:
        """From all nodes."""
        bits = self.bits
        sums = [sum(map(mul, *self._term(n))) >> bits for n in range(terms)]
        found = [total * factor >> bits for total, factor in zip(sums, self.polynomials.factors, strict=False)]
        left = max(0, (1 << 2 * bits) - sum(a * a for a in found))
        with workprec(bits):
            rest = mp.sqrt(mp.ldexp(mpf(left), -2 * bits) + mpf(10) ** -accuracy)
        return Expansion(found, bits, self.norm, rest)

    def _term(self, n: int) -> tuple[list[int], list[int]]:
        return self.polynomials[n], self.odd if n % 2 else self.even


def _both_sides(question: Question, step: float, bits: int) -> tuple[list[int], list[int], int]:
    """``f`` at multiples of a step and at their negatives, in fixed point, and the exponent of the largest.

    Raises:
        UndecidedError: where a value is not finite (the sine of a number beyond all bounds).
    """
    with workprec(bits):
        d = mp.sqrt(to_mpf(question.variance))
        places = [d * (k * step) for k in range(question.count(step))]
        right, sign = values(question.formula, places), parity(question.formula)
        left = [sign * f for f in right] if sign else values(question.formula, [-y for y in places])
        if not all(map(mp.isfinite, (*right, *left))):
            raise UndecidedError
        top = max((mp.mag(f) for f in (*right, *left) if f), default=0)
        return [fixed(f, bits - top) for f in right], [fixed(f, bits - top) for f in left], top


def _digits(distance: int, whole: int) -> float:
    """Decimal digits to which two numbers agree."""
    return (whole.bit_length() - distance.bit_length()) * LN2 / LN10 if distance else inf


class _Polynomials:
    """``psi_n`` at so many multiples of a step, computed as they are asked for.

    A row has ``He_n exp(-z**2 / 4)`` divided by the power of two next to ``sqrt(n!)``, so that places (a step has three bits) and
    ``n`` are small integers in ``He_(n+1) = z He_n - n He_(n-1)``; ``factors`` take it to ``psi_n``.
    """

    def __init__(self, step: float, count: int, bits: int) -> None:
        self._rows: list[list[int]] = []
        self.factors: list[int] = []
        self._more = self._recursion(step, count, bits)

    def __getitem__(self, n: int) -> list[int]:
        while len(self._rows) <= n:
            self._rows.append(next(self._more))
        return self._rows[n]

    def _recursion(self, step: float, count: int, bits: int) -> Iterator[list[int]]:
        top, bottom = step.as_integer_ratio()
        places, point = [k * top for k in range(count)], bottom.bit_length() - 1
        with workprec(bits + GUARD):
            here, factor = [fixed(mp.exp(-(mpf(k * step) ** 2) / 4), bits) for k in range(count)], mpf(1)
        before, n, down = [0] * count, 0, 0
        while True:
            self.factors.append(fixed(factor, bits))
            yield here
            up = _exponent(n + 1) - _exponent(n)
            shift, times = point + down + up, n << point
            later = [((z << down) * h - times * b) >> shift for z, h, b in zip(places, here, before, strict=True)]
            with workprec(bits + GUARD):
                factor = mp.ldexp(factor / mp.sqrt(n + 1), up)
            before, here, n, down = here, later, n + 1, up


def _exponent(n: int) -> int:
    """Of the power of two next to ``sqrt(n!)``."""
    return round(lgamma(n + 1) / (2 * LN2))


_polynomials = lru_cache(maxsize=4)(_Polynomials)


def fixed(number: mpf, bits: int) -> int:
    """``number * 2**bits``."""
    return int(to_fixed(number._mpf_, bits))


__all__ = ["Expansion", "Question", "expansion", "fixed"]
