"""One lattice of ``y`` for all rows of a sheared double sum, its Gaussian weights, and fast scalar products on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul

from mpmath import mp, mpf
from mpmath.libmp import to_fixed

from symkern.oracle.balls import bells
from symkern.oracle.magnitudes import LN2, magnitude


@dataclass(frozen=True)
class Lattice:
    """Steps ``hx`` in ``x`` and ``hy`` in ``y`` with ``m hx = shift hy``."""

    hx: mpf
    hy: mpf
    shift: Fraction

    @classmethod
    def fit(cls, hx: mpf, hy: mpf, m: mpf) -> Lattice:
        """Shorten one of two steps, mostly by less than 6%, so that ``m hx : hy`` is a fraction of small integers."""
        ratio = abs(m) * hx / hy
        large = max(ratio, 1 / ratio)
        fractions = [Fraction(max(1, int(mp.nint(large * k))), k) for k in range(1, 9)]
        near = min(fractions, key=lambda r: abs(large * r.denominator / r.numerator - 1))
        shift = near if ratio >= 1 else 1 / near
        exact = mpf(shift.numerator) / shift.denominator
        signed = shift if m > 0 else -shift
        if exact > ratio:
            return cls(hx, abs(m) * hx / exact, signed)
        return cls(hy * exact / abs(m), hy, signed)

    def middle(self, row: int) -> int:
        """The lattice point next to ``m x`` in a row."""
        top, bottom = self.shift.numerator, self.shift.denominator
        return (2 * row * top + bottom) // (2 * bottom)

    def rest(self, row: int) -> Fraction:
        """How far ``m x`` lies beyond that point, in lattice steps."""
        top, bottom = self.shift.numerator, self.shift.denominator
        return Fraction(row * top - self.middle(row) * bottom, bottom)


def gaussian_table(h: mpf, columns: range, centre: Fraction) -> list[mpf]:
    """``exp(-((k - centre) h)**2 / 2)`` for ``k`` in columns; off centre by two multiplications an entry."""
    middle = bells(h, range(max(-columns[0], columns[-1]) + 1))
    if not centre:
        return [middle[abs(k)] for k in columns]
    delta = mpf(centre.numerator) / centre.denominator
    ratio = mp.exp(delta * h * h)
    factor = mp.exp(-((delta * h) ** 2) / 2) * ratio ** columns[0]
    table = []
    for k in columns:
        table.append(middle[abs(k)] * factor)
        factor *= ratio
    return table


class RowProducts:
    """Scalar products of slices of one long vector with tables of weights in [0, 1].

    Fixed-point integers are six times faster than floats, but carry every value to the same absolute error; they are
    used where a sensible number of bits still resolves the sum.
    """

    def __init__(self, values: Sequence[mpf], log_scale: float) -> None:
        """``log_scale``: the logarithm of the sum of products against which errors count, per unit of outer weight."""
        log_top = max(map(magnitude, values))
        self.exponent = int(log_top / LN2) + 1
        excess = max(0.0, log_top - log_scale) / LN2
        self.bits = int(mp.prec + excess + 40)
        self.fixed = excess < 2 * mp.prec + 200
        self.values = [to_fixed(v._mpf_, self.bits - self.exponent) for v in values] if self.fixed else values

    def base(self, weights: Sequence[mpf]) -> Sequence[int]:
        """Centred weights for ``shifted``."""
        return [to_fixed(w._mpf_, self.bits) for w in weights]

    def table(self, weights: Sequence[mpf]) -> Sequence[object]:
        """Weights in the form that ``row`` wants."""
        return [to_fixed(w._mpf_, self.bits) for w in weights] if self.fixed else weights

    def row(self, first: int, table: Sequence[object]) -> mpf:
        """``sum_k values[first + k] table[k]``."""
        part = self.values[first : first + len(table)]
        if self.fixed:
            return mpf((sum(map(mul, part, table)), self.exponent - 2 * self.bits))
        return mp.fdot(part, table)

    def shifted(self, first: int, base: Sequence[int], ratio: mpf) -> mpf:
        """``sum_k values[first + k] base[k] ratio**k`` by Horner's scheme: for a row that shares no table."""
        bits, total, step = self.bits, 0, to_fixed(ratio._mpf_, self.bits)
        for value in reversed(list(map(mul, self.values[first : first + len(base)], base))):
            total = (total * step >> bits) + value
        return mpf((total, self.exponent - 2 * bits))


__all__ = ["Lattice", "RowProducts", "gaussian_table"]
