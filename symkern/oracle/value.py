"""What the oracle answers: a value that knows how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from mpmath import mp, mpf

from symkern.errors import SymkernError


class OracleError(SymkernError, ValueError):
    """A question the oracle cannot answer: one line that says why and what it could answer instead."""


@dataclass(frozen=True)
class Value:
    """An expectation, computed without any closed form.

    Attributes:
        value: the expectation; ``+inf`` where it diverges; 0 where nothing but a bound is known.
        error: an estimate of the absolute error that is meant never to be below the true one.
        digits: relative decimal digits reached, ``log10(|value| / error)``; 0 or less where ``value`` is unresolved,
            ``inf`` where it is exact.
        method: ``trapezoid 1d``, ``trapezoid 2d``, ``panels 1d``, ``nested 2d``, ``mehler``, ``polar``, ``constant``, ``parity``,
            ``product``, ``divergent`` or ``unresolved``.
        cross: the value by the second method, where it was asked for.
    """

    value: mpf
    error: mpf
    digits: float
    method: str
    cross: mpf | None = None

    @classmethod
    def of(cls, value: mpf, error: mpf, method: str, cross: mpf | None = None) -> Value:
        """A value and its error; one that is smaller than its error becomes 0 with a bound."""
        if error == 0:
            return cls(value, error, inf, method, cross)
        if abs(value) <= error:
            return cls(mpf(0), abs(value) + error, 0.0, method, cross)
        return cls(value, error, float(mp.log10(abs(value) / error)), method, cross)

    @classmethod
    def exact(cls, value: mpf, method: str) -> Value:
        """A value with no error at all (an exact zero, for instance)."""
        return cls(mpf(value), mpf(0), inf, method)

    @classmethod
    def divergent(cls) -> Value:
        """The expectation of ``|f(X) f(Y)|`` is infinite."""
        return cls(mp.inf, mp.inf, 0.0, "divergent")

    @classmethod
    def unresolved(cls) -> Value:
        """Nothing is known: the cost limit stopped every attempt."""
        return cls(mpf(0), mp.inf, 0.0, "unresolved")

    def checked(self, cross: mpf) -> Value:
        """The same value with the second method's, and an error that covers their distance."""
        found = Value.of(self.value, max(self.error, abs(self.value - cross)), self.method, cross)
        return found if self.value else Value(self.value, max(self.error, abs(cross)), 0.0, self.method, cross)


__all__ = ["OracleError", "Value"]
