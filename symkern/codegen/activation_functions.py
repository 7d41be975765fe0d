"""SymPy functions that stand for those of ``symkern.numerics.activations``, each with its definition."""

from __future__ import annotations

import sympy
from sympy import Expr, Function


class softplus(Function):
    """``log(1 + exp(u))``."""

    nargs = 1

    def definition(self) -> Expr:
        """In terms of log and exp."""
        return sympy.log(1 + sympy.exp(self.args[0]))


class sigmoid(Function):
    """``1/(1 + exp(-u))``."""

    nargs = 1

    def definition(self) -> Expr:
        """In terms of exp."""
        return 1 / (1 + sympy.exp(-self.args[0]))


class sinc(Function):
    """``sin(u)/u``."""

    nargs = 1

    def definition(self) -> Expr:
        """In terms of sin."""
        return sympy.sin(self.args[0]) / self.args[0]


class log_cosh(Function):
    """``log(cosh(u))``."""

    nargs = 1

    def definition(self) -> Expr:
        """In terms of log and cosh."""
        return sympy.log(sympy.cosh(self.args[0]))


class sech(Function):
    """``1/cosh(u)``."""

    nargs = 1

    def definition(self) -> Expr:
        """In terms of cosh."""
        return 1 / sympy.cosh(self.args[0])


__all__ = ["log_cosh", "sech", "sigmoid", "sinc", "softplus"]
