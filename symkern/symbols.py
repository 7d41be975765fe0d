"""The symbols of every formula: the activation's argument and the covariance of its two inputs.

``(X, Y)`` is centred Gaussian with covariance ``[[var1, cov12], [cov12, var2]]``, in squared units of the
pre-activation; ``|cov12| <= sqrt(var1 * var2)``.
"""

from sympy import Expr, Symbol

x = Symbol("x", real=True)
cov12 = Symbol("cov12", real=True)
var1 = Symbol("var1", nonnegative=True)
var2 = Symbol("var2", nonnegative=True)
var = Symbol("var", nonnegative=True)


def gap(c: Expr = cov12, v1: Expr = var1, v2: Expr = var2) -> Expr:
    """The determinant of the covariance, ``v1 v2 - c**2``; zero at a correlation of one."""
    return v1 * v2 - c**2
