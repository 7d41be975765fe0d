"""Signs that hold on the whole domain: which sums cannot cancel.

``cov12`` may have either sign, so a sign is an element of {+, −, s, −s, unknown} with ``s`` the sign of ``cov12``;
products multiply, and a sum has a sign where all its terms share one.
"""

from __future__ import annotations

import enum
from functools import lru_cache

import sympy
from sympy import Add, Expr, Mul, Pow

from symkern.codegen.functions import (
    ORTHANTS,
    by_ratio,
    exp_cosh,
    exp_coshm1,
    exp_Density2,
    exp_Phi,
    exp_Phi2,
    exp_sinh,
    expm1,
    orthant,
)
from symkern.symbols import cov12


class Sign(enum.Enum):
    """The sign of an expression: a power of −1 and of ``sign(cov12)``, ``ZERO``, or ``UNKNOWN``."""

    PLUS = (0, 0)
    MINUS = (1, 0)
    COV = (0, 1)
    MINUS_COV = (1, 1)
    ZERO = (0, -1)
    UNKNOWN = (-1, -1)

    def __mul__(self, other: Sign) -> Sign:
        if Sign.ZERO in (self, other):
            return Sign.ZERO
        if Sign.UNKNOWN in (self, other):
            return Sign.UNKNOWN
        return Sign(((self.value[0] + other.value[0]) % 2, (self.value[1] + other.value[1]) % 2))


@lru_cache(maxsize=65536)
def sign(e: Expr) -> Sign:
    """The sign of ``e`` on the domain, or ``UNKNOWN``.

    A determinant (the base of a fractional power) counts as positive: the domain of validity says so.
    """
    if isinstance(e, Mul):
        product = Sign.PLUS
        for arg in e.args:
            product = product * sign(arg)
        return product
    if isinstance(e, Pow):
        return _sign_of_power(*e.args)
    if isinstance(e, Add) and not e.is_number:
        return common(sign(arg) for arg in e.args)
    if e == 0:
        return Sign.ZERO
    if e == cov12:
        return Sign.COV
    if e.is_nonnegative:
        return Sign.PLUS
    if e.is_nonpositive:
        return Sign.MINUS
    if isinstance(e, (exp_cosh, exp_coshm1, sympy.exp, exp_Phi, exp_Phi2, exp_Density2)):
        return Sign.PLUS
    if isinstance(e, exp_sinh):
        return sign(e.args[1])
    if isinstance(e, expm1):
        return sign(e.args[0])
    if isinstance(e, sympy.atan2):  # in (0, π) above the axis, and of the sign of y to the right of it
        y, x = (sign(a) for a in e.args)
        return y if y is Sign.PLUS or x is Sign.PLUS else Sign.UNKNOWN
    if isinstance(e, ORTHANTS):  # of functions that are not negative
        positive = all(power >= -1 for power in e.args[:2])
        return (Sign.PLUS if isinstance(e, orthant) else sign(e.args[2])) if positive else Sign.UNKNOWN
    if isinstance(e, by_ratio):
        return common(sign(a) for a in e.args[2:])
    return Sign.UNKNOWN


def _sign_of_power(base: Expr, exponent: Expr) -> Sign:
    if not exponent.is_Integer:
        return Sign.PLUS
    if exponent % 2 == 0:
        return Sign.PLUS
    return sign(base)


def common(signs: object) -> Sign:
    """The sign that all share."""
    seen = {s for s in signs if s is not Sign.ZERO}  # type: ignore[attr-defined]
    if not seen:
        return Sign.ZERO
    return seen.pop() if len(seen) == 1 else Sign.UNKNOWN


def cancels(e: Expr) -> bool:
    """Whether a sum may cancel somewhere on the domain."""
    return isinstance(e, Add) and sign(e) is Sign.UNKNOWN
