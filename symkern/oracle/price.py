"""Price's theorem by brute force: the derivative of ``E[f(X) f(Y)]`` by the covariance, from differences of values."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mpmath import mp, workdps
from sympy import Expr

from symkern.oracle.expectation import nngp
from symkern.oracle.inputs import Covariance, to_mpf
from symkern.oracle.value import OracleError, Value

#: Central differences of order 6 and 8: weights of ``K(c + k h) - K(c - k h)``, k = 1, 2, ...
SIXTH = (Fraction(3, 4), Fraction(-3, 20), Fraction(1, 60))
EIGHTH = (Fraction(4, 5), Fraction(-1, 5), Fraction(4, 105), Fraction(-1, 280))


def d_nngp_by_differences(f: Expr, cov12: Any, var1: Any, var2: Any, *, digits: int = 20) -> Value:
    """``dK/dcov12`` without ever differentiating ``f``, for correlations inside (-1, 1).

    The step is so small a part of the distance to a correlation of one that the difference of order 6 has the digits;
    the distance to the one of order 8 is its error.  Eight values of K at a higher accuracy: dear, meant for tests.

    Raises:
        OracleError: at a correlation of +-1, where there is no covariance on the other side.
    """
    covariance = Covariance.of(cov12, var1, var2)
    if covariance.gap <= 0:
        raise OracleError("differences need a correlation inside (-1, 1): cov12 is at the bound")
    with workdps(30):
        bound = mp.sqrt(to_mpf(covariance.var1 * covariance.var2))
        shrink = 10 ** (digits // 6 + 1)
        step = Fraction(float(to_mpf(covariance.gap) / (2 * bound))) / shrink
        more = digits + 6 + int(mp.log10(bound / to_mpf(step)))
    c, v1, v2 = covariance.cov12, covariance.var1, covariance.var2
    pairs = [[nngp(f, c + sign * k * step, v1, v2, digits=more) for sign in (1, -1)] for k in range(1, 5)]
    with workdps(2 * more):
        h = to_mpf(step)
        jumps = [(up.value - down.value) / h for up, down in pairs]
        noise = mp.fsum(up.error + down.error for up, down in pairs) / h
        sixth, eighth = (mp.fsum(to_mpf(w) * j for w, j in zip(row, jumps, strict=False)) for row in (SIXTH, EIGHTH))
        return Value.of(eighth, abs(eighth - sixth) + noise, "differences")


__all__ = ["d_nngp_by_differences"]
