"""The covariance as exact rational numbers, so that ``v1 v2 - c**2`` never cancels."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from symkern.oracle.value import OracleError

#: ``|cov12|`` may exceed ``sqrt(var1 var2)`` by this much, relatively: float32's rounding of a product and a root.
ROUNDING = Fraction(1, 10**5)


def rational(number: Any, name: str = "number") -> Fraction:
    """The exact value of an int, float, Fraction, mpf, NumPy scalar or SymPy number.

    Raises:
        OracleError: for NaN, an infinity or anything that is not a rational number.
    """
    try:
        if isinstance(number, mpf):
            sign, mantissa, exponent, bits = number._mpf_
            if not mantissa and bits:
                raise ValueError
            return Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** int(exponent)
        if hasattr(number, "as_integer_ratio"):
            top, bottom = number.as_integer_ratio()
            return Fraction(int(top), int(bottom))
        return Fraction(number)
    except (TypeError, ValueError, OverflowError):
        raise OracleError(f"{name} = {number!r} is not a finite rational number; pass a float or a Fraction") from None


def to_mpf(number: Fraction) -> mpf:
    """A rational at the working precision."""
    return mpf(number.numerator) / number.denominator


@dataclass(frozen=True)
class Covariance:
    """``[[var1, cov12], [cov12, var2]]`` with ``var1 >= var2`` (the expectation is symmetric, so the order is free).

    The variable with the larger variance is the outer one of every nested rule: given it, the other one deviates by
    ``sqrt(gap / var1) <= sqrt(var2)``, the smallest stretch over which the inner rule must resolve the activation.
    """

    cov12: Fraction
    var1: Fraction
    var2: Fraction

    @classmethod
    def of(cls, cov12: Any, var1: Any, var2: Any) -> Covariance:
        """Read, order and check the three numbers.

        Raises:
            OracleError: for a negative variance or a covariance beyond the bound by more than rounding.
        """
        c, v1, v2 = rational(cov12, "cov12"), rational(var1, "var1"), rational(var2, "var2")
        if min(v1, v2) < 0:
            raise OracleError(f"a variance is negative: var1 = {var1}, var2 = {var2}")
        if c * c > v1 * v2 * (1 + ROUNDING) ** 2:
            raise OracleError(f"|cov12| = {abs(c)} exceeds sqrt(var1 var2) by more than rounding: no such covariance")
        return cls(c, max(v1, v2), min(v1, v2))

    @property
    def gap(self) -> Fraction:
        """``var1 var2 - cov12**2``, exact; not positive at a correlation of one."""
        return self.var1 * self.var2 - self.cov12**2

    @property
    def aligned(self) -> int:
        """The sign of the correlation where it is ``+-1`` (also by rounding), else 0."""
        return 0 if self.gap > 0 else (1 if self.cov12 > 0 else -1)

    def sheared(self) -> tuple[mpf, mpf, mpf]:
        """``(d, m, s)`` of ``X = d z1``, ``Y = m X + s z2`` at the working precision."""
        return mp.sqrt(to_mpf(self.var1)), to_mpf(self.cov12 / self.var1), mp.sqrt(to_mpf(self.gap / self.var1))

    def rotated(self) -> tuple[tuple[mpf, mpf], tuple[mpf, mpf]]:
        """``A`` of ``(X, Y) = A (u, v)``: ``X = d1 (a u + b v)``, ``Y = d2 (a u - b v)``, ``a**2 - b**2 = rho``.

        ``a**2 = (1 + rho)/2``, ``b**2 = (1 - rho)/2``, the smaller one from the gap.
        """
        d1, d2 = mp.sqrt(to_mpf(self.var1)), mp.sqrt(to_mpf(self.var2))
        rho = to_mpf(self.cov12) / (d1 * d2)
        small = to_mpf(self.gap / (self.var1 * self.var2)) / (1 + abs(rho))
        a, b = mp.sqrt((1 + abs(rho)) / 2), mp.sqrt(small / 2)
        if rho < 0:
            a, b = b, a
        return (d1 * a, d1 * b), (d2 * a, -d2 * b)


__all__ = ["ROUNDING", "Covariance", "rational", "to_mpf"]
