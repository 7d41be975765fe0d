"""Chebyshev series of a Gauss hypergeometric function about both of its singular points, made with mpmath on first use.

With m = c - a - b, w = 1 - x and F(a, b; c; x) = 2F1(a, b; c; x) / Γ(c), DLMF 15.8.4 reads

    F(a, b; c; x) = π/sin(πm) [F(a, b; 1-m; w) / (Γ(c-a) Γ(c-b)) - w^m F(c-a, c-b; 1+m; w) / (Γ(a) Γ(b))].

Where m is near an integer n the terms w^k and w^(m+k-n) have poles that cancel. They are paired: with ε = |m| - n,
α w^n + β w^(n+ε) = (α + β) w^n + ε β w^n (w^ε - 1)/ε, and both coefficients are finite; at ε = 0 the logarithm appears.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import zip_longest
from threading import RLock
from typing import Any

ALONE = RLock()

POINTS = 72
"""Nodes on [0, 1/2]. The functions are singular at 1, so coefficients fall off as (3 + √8)^-n = 2^(-2.54 n)."""

DIGITS = 50
SMALLEST = Fraction(1, 10**45)
"""A smaller ε counts as this, which changes the function by as little."""

POWERS = range(-48, 49)


@cache
def precise() -> Any:
    """mpmath in a context of its own: JAX may trace kernels in several threads, and its usual precision is everybody's.

    Imported here, since most kernels do without.
    """
    import mpmath

    return mpmath.mp.clone()


@dataclass(frozen=True)
class Side:
    """2^scale t^near (1-t)^far (P(t) + U(t) Q(t)), where P and Q are Chebyshev series in 4t - 1 for 0 <= t <= 1/2.

    On the left P = `limit` and U = t; on the right U = t^order (1-t)^bend (t^epsilon - 1)/epsilon. `limit` is P + U Q
    at t = 0: rational or infinite.
    """

    near: Fraction
    far: Fraction
    scale: int
    limit: Fraction | float
    first: tuple[Fraction, ...]
    second: tuple[Fraction, ...]
    bend: int = 0


@dataclass(frozen=True)
class Connection:
    """The function for x = t <= 1/2 and for x = 1 - t."""

    left: Side
    right: Side
    order: int
    epsilon: Fraction


@dataclass(frozen=True)
class Hypergeometric:
    """2^twos π^(roots/2) x^lead 2F1(a, b; c; x) / (Γ(c) Π Γ(g)), g in `gammas`; a pole of Γ counts as 1/Γ = 0."""

    a: Fraction
    b: Fraction
    c: Fraction
    twos: Fraction
    roots: int
    lead: Fraction
    gammas: tuple[Fraction, ...] = ()

    @property
    def excess(self) -> Fraction:
        """The exponent m of the singular part at x = 1."""
        return self.c - self.a - self.b

    def connection(self) -> Connection:
        """The tables, in 0.1 to 0.4 s."""
        order = math.floor(abs(self.excess) + Fraction(1, 2))
        epsilon = abs(self.excess) - order
        lost = -math.log10(max(abs(epsilon), SMALLEST))
        with ALONE, precise().workdps(DIGITS + math.ceil(lost)):
            return Connection(self._left(), self._right(order, epsilon), order, epsilon)

    def _factor(self) -> Any:
        poles = _over_gammas(*self.gammas)
        return precise().mpf(2) ** _real(self.twos) * precise().sqrt(precise().pi) ** self.roots * poles

    def _left(self) -> Side:
        skipped = max(0, int(1 - self.c)) if self.c.denominator == 1 else 0
        terms = [self._factor() * x for x in _terms(self.a, self.b, self.c, skipped)]
        values = _values(terms, _nodes())
        start = float(terms[0] / (max(abs(v) for v in values) or 1))
        places = [float(t) for t in _nodes()]

        def bound(flat: list[float]) -> list[float]:
            steepest = max(abs(v - start) / t for v, t in zip(flat, places, strict=True))
            return [abs(start) + t * steepest for t in places]

        far = _flattening(values, bound)
        flat = _flat(values, far)
        scale, unit = _scale(flat)
        rest = [(v - terms[0]) / t * unit for v, t in zip(flat, _nodes(), strict=True)]
        return Side(self.lead + skipped, Fraction(far), scale, _rational(terms[0] * unit), (), _chebyshev(rest))

    def _right(self, order: int, epsilon: Fraction) -> Side:
        a, b, c, m = self.a, self.b, self.c, self.excess
        regular, singular = (any(_is_pole(x) for x in pair) for pair in ((a, b), (c - a, c - b)))
        if singular and (m > 0 or not regular):
            return self._terminating(m, c - a, c - b)
        if regular:
            return self._terminating(Fraction(0), a, b)
        return self._paired(order, epsilon)

    def _terminating(self, near: Fraction, a: Fraction, b: Fraction) -> Side:
        """(1-x)^near times a polynomial in x."""
        terms = [self._factor() * x for x in _terms(a, b, self.c)]
        values = _values(terms, [1 - t for t in _nodes()])
        far = _flattening(values, _level)
        flat = _flat(values, far)
        scale, unit = _scale(flat)
        limit = _rational(sum(terms) * unit)
        return Side(near, self.lead + far, scale, limit, _chebyshev([v * unit for v in flat]), ())

    def _paired(self, order: int, epsilon: Fraction) -> Side:
        a, b, c = self.a, self.b, self.c
        if abs(epsilon) < SMALLEST:
            c = c + SMALLEST
        m = c - a - b
        pole = self._factor() * precise().pi / precise().sinpi(_real(m))
        regular = [pole * _over_gammas(c - a, c - b) * x for x in _terms(a, b, 1 - m)]
        singular = [-pole * _over_gammas(a, b) * x for x in _terms(c - a, c - b, 1 + m)]
        if self.excess < 0:
            regular, singular = singular, regular
        distance = _real(abs(m) - order)
        both = [x + y for x, y in zip_longest(regular, [0 * pole] * order + singular, fillvalue=0 * pole)]
        first = _values(both, _nodes())
        second = _values([distance * x for x in singular], _nodes())
        weights = [t**order * (t**distance - 1) / distance for t in _nodes()]
        values = [x + u * y for x, u, y in zip(first, weights, second, strict=True)]
        far, own = _flattening(values, _level), _flattening(second, _level)
        scale, unit = _scale(_flat(values, far))
        limit = _rational(regular[0] * unit) if self.excess else _infinity(-distance * singular[0])
        near = min(self.excess, Fraction(0))
        regular_series, singular_series = (
            _chebyshev([v * unit for v in _flat(*row)]) for row in ((first, far), (second, own))
        )
        return Side(near, self.lead + far, scale, limit, regular_series, singular_series, own - far)


def _real(x: Fraction | int) -> Any:
    return precise().mpf(x.numerator) / x.denominator


def _is_pole(x: Fraction) -> bool:
    return x.denominator == 1 and x <= 0


def _over_gammas(*arguments: Fraction) -> Any:
    """The product of 1/Γ, taken at positive arguments: mpmath's own loses digits beside a pole."""
    result = precise().mpf(1)
    for x in arguments:
        steps = max(0, math.ceil(-x) + 1)
        result *= precise().rgamma(_real(x + steps)) * precise().fprod(_real(x + k) for k in range(steps))
    return result


def _terms(a: Fraction, b: Fraction, c: Fraction, skipped: int = 0) -> list[Any]:
    """The coefficients of 2F1 / Γ(c) from x^skipped on, until they vanish or what is left at x = 1/2 does not matter."""
    least = precise().mpf(10) ** -(precise().dps + 3)
    product, over, largest = precise().mpf(1), _over_gammas(c), precise().mpf(0)
    terms: list[Any] = []
    while product and not (
        terms and len(terms) > 8 - min(a, b, c) and abs(terms[-1]) / 2 ** len(terms) < least * largest
    ):
        k = len(terms)
        terms.append(product * over)
        largest = max(largest, abs(terms[-1]) / 2**k)
        product = product * _real((a + k) * (b + k)) / (k + 1)
        over = over / _real(c + k) if c + k else precise().mpf(1)
    return terms[skipped:] or [precise().mpf(0)]


def _values(terms: list[Any], places: list[Any]) -> list[Any]:
    """The power series at places in [0, 1], in integers, which are faster than mpmath's numbers."""
    bits = 2 * precise().prec + 128
    numbers = [int(precise().ldexp(x, bits)) for x in reversed(terms)]
    values = []
    for place in places:
        x, total = int(precise().ldexp(place, bits)), 0
        for number in numbers:
            total = (total * x >> bits) + number
        values.append(precise().ldexp(total, -bits))
    return values


def _nodes() -> list[Any]:
    return [(1 + precise().cospi(precise().mpf(2 * j + 1) / (2 * POINTS))) / 4 for j in range(POINTS)]


def _infinity(slope: Any) -> Fraction | float:
    """Infinity with this sign; 0 if it is 0."""
    return math.copysign(math.inf, slope) if slope else Fraction(0)


def _scale(values: list[Any]) -> tuple[int, Any]:
    """The exponent of the largest value, and the power of two that takes it off."""
    scale = int(precise().frexp(max(abs(v) for v in values))[1])
    return scale, precise().mpf(2) ** -scale


def _flat(values: list[Any], power: int) -> list[Any]:
    """The values less a power of 1 - t."""
    return [v * (1 - t) ** -power for v, t in zip(values, _nodes(), strict=True)]


def _level(values: list[float]) -> list[float]:
    """The largest of them, which is what a Chebyshev series is accurate to."""
    return [max(abs(v) for v in values)] * len(values)


def _flattening(values: list[Any], bound: Callable[[list[float]], list[float]]) -> int:
    """The power of 1 - t to be taken out, so that `bound` on the terms is the smallest multiple of the values."""
    largest = max(abs(v) for v in values) or 1
    plain = [float(v / largest) for v in values]
    sides = [float(1 - t) for t in _nodes()]

    def loss(power: int) -> float:
        flat = [v * side**-power for v, side in zip(plain, sides, strict=True)]
        return max(terms / max(abs(v), 1e-300) for terms, v in zip(bound(flat), flat, strict=True))

    return min(sorted(POWERS, key=abs), key=loss)


def _chebyshev(values: list[Any]) -> tuple[Fraction, ...]:
    cosines = [precise().cospi(precise().mpf(j) / (2 * POINTS)) for j in range(4 * POINTS)]
    sums = [
        sum(v * cosines[n * (2 * j + 1) % (4 * POINTS)] for j, v in enumerate(values)) * (2 if n else 1) / POINTS
        for n in range(POINTS)
    ]
    return tuple(_rational(s) for s in sums)


def _rational(x: Any) -> Fraction:
    return Fraction(precise().nstr(x, 40))
