"""The vocabulary of stabilised expressions: SymPy functions that stand for the primitives of ``symkern.numerics``.

Each knows its definition (``doit`` gives it back), so that a rewrite can be checked by round trip, and each is named
as the primitive that the printer emits.
"""

from __future__ import annotations

import sympy
from sympy import Expr, Function, S, Symbol

from symkern.functions import Density2, Orthant, Phi, Phi2
from symkern.symbols import cov12, var1, var2
from symkern.taylor import mean_coefficients

GAP = Symbol("gap", nonnegative=True)
"""``var1 var2 − cov12²``, which the generated code computes without cancellation."""


SMALLER, LARGER = Symbol("smaller", nonnegative=True), Symbol("larger", nonnegative=True)
"""The smaller and the larger of both variances."""


class exp_sinh(Function):
    """``exp(E) sinh(U)``."""

    nargs = 2

    @classmethod
    def eval(cls, e: Expr, u: Expr) -> Expr | None:
        """A zero argument is evaluated."""
        return S.Zero if u == 0 else None

    def definition(self) -> Expr:
        """In terms of exp."""
        e, u = self.args
        return (sympy.exp(e + u) - sympy.exp(e - u)) / 2


class exp_cosh(Function):
    """``exp(E) cosh(U)``."""

    nargs = 2

    @classmethod
    def eval(cls, e: Expr, u: Expr) -> Expr | None:
        """A zero argument is evaluated."""
        return sympy.exp(e) if u == 0 else None

    def definition(self) -> Expr:
        """In terms of exp."""
        e, u = self.args
        return (sympy.exp(e + u) + sympy.exp(e - u)) / 2


class exp_coshm1(Function):
    """``exp(E) (cosh(U) − 1)``."""

    nargs = 2

    @classmethod
    def eval(cls, e: Expr, u: Expr) -> Expr | None:
        """A zero argument is evaluated."""
        return S.Zero if u == 0 else None

    def definition(self) -> Expr:
        """In terms of exp."""
        e, u = self.args
        return (sympy.exp(e + u) + sympy.exp(e - u)) / 2 - sympy.exp(e)


class exp_sum(Function):
    """``Σ c exp(E)``: the arguments are ``E, c, E, c, …``."""

    def definition(self) -> Expr:
        """In terms of exp."""
        return sympy.Add(*(c * sympy.exp(e) for e, c in zip(self.args[::2], self.args[1::2], strict=True)))


class where_finite(Function):
    """One of two equal expressions: the first where it is finite, else the second."""

    nargs = 2

    def definition(self) -> Expr:
        """The first."""
        return self.args[0]


class expm1(Function):
    """``exp(E) − 1``."""

    nargs = 1

    @classmethod
    def eval(cls, e: Expr) -> Expr | None:
        """A zero argument is evaluated."""
        return S.Zero if e == 0 else None

    def definition(self) -> Expr:
        """In terms of exp."""
        return sympy.exp(self.args[0]) - 1


class by_size(Function):
    """One of two equal expressions: the second argument where ``|U| < 1``, the third elsewhere."""

    nargs = 3

    def definition(self) -> Expr:
        """The form for large ``U``."""
        return self.args[2]


class arc_rest(Function):
    """The angle of ``(x, y)`` less ``n`` terms of its series in ``y/x``."""

    nargs = 3

    def definition(self) -> Expr:
        """In terms of the angle."""
        y, x, n = self.args
        return sympy.atan2(y, x) - sum((-1) ** k * (y / x) ** (2 * k + 1) / (2 * k + 1) for k in range(int(n)))


class by_ratio(Function):
    """One of two equal expressions: the third argument where ``0 <= y < x/2``, the fourth elsewhere."""

    nargs = 4

    def definition(self) -> Expr:
        """The form for large ``y/x``."""
        return self.args[3]


class by_correlation(Function):
    """One of two nearly equal expressions of ``c`` and the gap: the third argument at the smallest ``ρ``, else the fourth."""

    nargs = 4

    def definition(self) -> Expr:
        """The form that is exact."""
        return self.args[3]


class by_variance(Function):
    """One of two nearly equal expressions: the fourth argument where both variances are below the first, else the fifth."""

    nargs = 5

    def definition(self) -> Expr:
        """The form that is exact."""
        return self.args[4]


class taylor_kernel(Function):
    """The kernel of the polynomial with the coefficients ``a_0, a_1, …``: the arguments are a limit, ``c, v1, v2``, and those."""

    def definition(self) -> Expr:
        """Mehler's series, written out."""
        _, c, v1, v2, *coefficients = self.args
        means = (mean_coefficients(coefficients, n) for n in range(len(coefficients)))
        sums = ([sum(a * v**k for k, a in enumerate(row)) for v in (v1, v2)] for row in means)
        return sympy.Add(*(c**n / sympy.factorial(n) * a * b for n, (a, b) in enumerate(sums)))


class mehler_sum(Function):
    """``Σ_n c^n/n! A_n(v) B_n``: the arguments are a limit, ``c``, ``v``, a number N, ``B_0 … B_N``, and ``f``'s coefficients."""

    def definition(self) -> Expr:
        """The sum, written out."""
        _, c, v, last, *rest = self.args
        means, coefficients = rest[: int(last) + 1], rest[int(last) + 1 :]
        return sympy.Add(
            *(
                c**n / sympy.factorial(n) * b * v**k * a
                for n, b in enumerate(means)
                for k, a in enumerate(mean_coefficients(coefficients, n))
            )
        )


class exp_Phi(Function):
    """``exp(E) Phi(h)``."""

    nargs = 2

    def definition(self) -> Expr:
        """In terms of the distribution function."""
        return sympy.exp(self.args[0]) * Phi(self.args[1])


class exp_Phi2(Function):
    """``exp(E) Phi2(h, k, r)`` with ``r = c/sqrt(c² + s²)``; the arguments are ``E, h, k, c, s``."""

    nargs = 5

    def definition(self) -> Expr:
        """In terms of the distribution function."""
        e, h, k, c, s = self.args
        return sympy.exp(e) * Phi2(h, k, c / sympy.sqrt(c**2 + s**2))


class exp_Density2(Function):
    """``exp(E) Density2(h, k, r)``, with arguments as of ``exp_Phi2``."""

    nargs = 5

    def definition(self) -> Expr:
        """In terms of exp."""
        e, h, k, c, s = self.args
        return sympy.exp(e) * Density2(h, k, c / sympy.sqrt(c**2 + s**2)).definition()


class exp_Density2_over(Function):
    """``exp_Density2(E, h, k, c, s)/y``, with ``y`` as a sixth argument; infinite at ``y = 0`` where the density is not zero."""

    nargs = 6

    def definition(self) -> Expr:
        """In terms of exp."""
        return exp_Density2(*self.args[:5]).definition() / self.args[5]


class orthant(Function):
    """``Orthant(p, q, c, v, w)``, with ``v w − c²`` as a sixth argument."""

    nargs = 6

    def definition(self) -> Expr:
        """In terms of hypergeometric functions."""
        return Orthant(*self.args[:5])


class orthant_difference(Function):
    """``Orthant(p, q, c, v, w) − Orthant(p, q, −c, v, w)``, with ``v w − c²`` as a sixth argument."""

    nargs = 6

    def definition(self) -> Expr:
        """In terms of hypergeometric functions."""
        p, q, c, v, w, _ = self.args
        return Orthant(p, q, c, v, w) - Orthant(p, q, -c, v, w)


ORTHANTS = (orthant, orthant_difference)
PRIMITIVES = (
    exp_sinh,
    exp_cosh,
    exp_coshm1,
    exp_sum,
    where_finite,
    expm1,
    by_size,
    arc_rest,
    by_ratio,
    by_correlation,
    by_variance,
    taylor_kernel,
    mehler_sum,
    exp_Phi,
    exp_Phi2,
    exp_Density2,
    exp_Density2_over,
    *ORTHANTS,
)


def expanded(e: Expr) -> Expr:
    """The expression with every primitive and the gap replaced by its definition."""
    e = e.replace(lambda n: isinstance(n, PRIMITIVES), lambda n: n.definition())
    return e.subs(GAP, var1 * var2 - cov12**2)
