"""The oracle's questions: ``E[f(X) f(Y)]``, ``E[f'(X) f'(Y)]``, ``E[f(X)**2]``."""

from __future__ import annotations

from math import inf
from typing import Any

from mpmath import mpf, workdps
from sympy import Expr

from symkern.oracle.cross import cross_check
from symkern.oracle.formula import parity, require_smooth
from symkern.oracle.growth import refuse_growth
from symkern.oracle.inputs import Covariance
from symkern.oracle.integrand import evaluator
from symkern.oracle.kinked import Kinked, by_panels
from symkern.oracle.line import LineProblem
from symkern.oracle.magnitudes import UndecidedError
from symkern.oracle.pieces import is_sharp, understood
from symkern.oracle.plan import Limits
from symkern.oracle.plane import PlaneProblem
from symkern.oracle.removable import without_removable
from symkern.oracle.resolve import divergence, resolve
from symkern.oracle.series import by_series
from symkern.oracle.terms import closed_terms
from symkern.oracle.value import OracleError, Value
from symkern.oracle.window import DivergenceError
from symkern.symbols import x


def nngp(
    f: Expr,
    cov12: Any,
    var1: Any,
    var2: Any,
    *,
    digits: int = 30,
    max_dps: int = 120,
    max_terms: float = 2e7,
    check: bool = False,
) -> Value:
    """``E[f(X) f(Y)]``, ``(X, Y) ~ N(0, [[var1, cov12], [cov12, var2]])``.

    Args:
        f: a formula in ``x`` with numbers only; a SymPy Float counts as the binary number it holds.
        cov12: the covariance: an int, float, Fraction, mpf or rational SymPy number, taken as exact; beyond
            ``sqrt(var1 var2)`` by rounding it counts as a correlation of one.
        var1: the variance of ``X``.
        var2: the variance of ``Y``.
        digits: relative decimal digits wanted.
        max_dps: the largest working precision (four times that in one dimension): what lies more than that many digits
            below ``E|f(X) f(Y)|`` is answered by a bound.
        max_terms: the largest number of terms in one sum (2e7: about ten seconds).
        check: compute it by Gauss-Legendre panels in rotated coordinates too; the error then covers the distance.

    Raises:
        OracleError: for a formula that is not piecewise smooth or has symbols, no covariance, or no digits.
    """
    f, limits = without_removable(f), Limits(max_dps, max_terms, check)
    if is_sharp(f):
        return _kinked(Kinked.function(f), _covariance((cov12, var1, var2), digits), digits, limits)
    require_smooth(f)
    return _expectation(f, _covariance((cov12, var1, var2), digits), digits, limits)


def d_nngp(f: Expr, cov12: Any, var1: Any, var2: Any, **options: Any) -> Value:
    """``E[f'(X) f'(Y)]``, the derivative of ``nngp`` by ``cov12`` (Price's theorem); options as for ``nngp``.

    Where ``f`` jumps its derivative has a point mass: the value is infinite (``divergent``) where two of them meet.
    """
    f = without_removable(f)
    if is_sharp(f):
        return _derivative(f, (cov12, var1, var2), **options)
    require_smooth(f)
    return nngp(f.diff(x), cov12, var1, var2, **options)


def variance(f: Expr, var: Any, **options: Any) -> Value:
    """``E[f(X)**2]``, ``X ~ N(0, var)``; options as for ``nngp``."""
    return nngp(f, var, var, var, **options)


def _covariance(numbers: tuple[Any, Any, Any], digits: int) -> Covariance:
    if digits < 1:
        raise OracleError(f"digits = {digits}: ask for one at least")
    return Covariance.of(*numbers)


def _derivative(f: Expr, numbers: tuple[Any, Any, Any], digits: int = 30, **options: Any) -> Value:
    """``E[f'(X) f'(Y)]`` of a formula with knots; ``options`` are those of ``Limits``."""
    covariance, limits = _covariance(numbers, digits), Limits(**options)
    kinked = Kinked.derivative(f)
    if kinked is None:
        return Kinked.steep(f, covariance, digits, limits)
    return _kinked(kinked, covariance, digits, limits)


def _kinked(kinked: Kinked, covariance: Covariance, digits: int, limits: Limits) -> Value:
    values = kinked.expectation(covariance, digits, limits, _constant)
    return values[0] if len(values) == 1 else _product(*values)


def _expectation(f: Expr, covariance: Covariance, digits: int, limits: Limits) -> Value:
    """Choose the fewest dimensions that will do."""
    if not f.has(x):
        return _product(_constant(f, digits), _constant(f, digits))
    if _outgrows(f, covariance):
        return Value.divergent()
    if covariance.aligned and covariance.var2:
        return _solve(LineProblem(f, ((1, covariance.var1), (covariance.aligned, covariance.var2))), digits, limits)
    if covariance.cov12:
        return _plane(f, covariance, digits, limits)
    if parity(f) < 0:
        odd = (LineProblem(f, ((1, var),)) for var in (covariance.var1, covariance.var2))
        fault = next(filter(None, map(divergence, odd)), None) if covariance.var2 else None
        return fault or Value.exact(mpf(0), "parity")
    first, second = (
        _solve(LineProblem(f, ((1, var),)), digits + 1, limits) if var else _constant(f.subs(x, 0), digits)
        for var in (covariance.var1, covariance.var2)
    )
    return _product(first, second)


def _outgrows(f: Expr, covariance: Covariance) -> bool:
    """Whether no normal density is small enough for it, further out than a window is looked for."""
    pieces = understood(f)
    if pieces is None or not covariance.var2:
        return False
    try:
        refuse_growth(pieces, covariance.var1)
    except DivergenceError:
        return True
    except UndecidedError:  # a window is looked for
        pass
    return False


def _plane(f: Expr, covariance: Covariance, digits: int, limits: Limits) -> Value:
    """By the first rule that gives the digits: Mehler's series, panels, the trapezoidal rule in both variables.

    The series comes after panels where those have a closed form inside; panels are tried again where the trapezoidal rule runs
    out of terms.  With ``check`` by that rule too where another gave the value.
    """
    pieces = understood(f)
    is_closed = pieces is not None and closed_terms(pieces) is not None
    rules = (by_panels, by_series) if is_closed else (by_series, by_panels)
    found = next(filter(None, (rule(f, covariance, digits, limits) for rule in rules)), None)
    problem = PlaneProblem(f, covariance)
    if found is None:
        value = _solve(problem, digits, limits)
        out_of_terms = value.value and value.digits < digits
        return (by_panels(f, covariance, digits, limits, inf) if out_of_terms else None) or value
    if not limits.check:
        return found
    second = resolve(problem, digits, limits)
    return found.checked(second.value) if second.value else found


def _solve(problem: LineProblem | PlaneProblem, digits: int, limits: Limits) -> Value:
    value = resolve(problem, digits, limits)
    return cross_check(problem, value, digits, limits) if limits.check else value


def _constant(number: Expr, digits: int) -> Value:
    """A number without ``x``."""
    if number.is_zero:
        return Value.exact(mpf(0), "constant")
    with workdps(digits + 20):
        rough = evaluator(number)(mpf(0))
    with workdps(digits + 35):  # terms that cancel show in the difference
        value = evaluator(number)(mpf(0))
        return Value.of(value, 2 * abs(value - rough) + abs(value) * mpf(10) ** (-digits - 10), "constant")


def _product(first: Value, second: Value) -> Value:
    """Two independent factors."""
    if 0 in (first.error, second.error):  # only a zero is exact
        return Value.exact(mpf(0), "constant")
    for fault in (Value.divergent(), Value.unresolved()):
        if fault.method in {first.method, second.method}:
            return fault
    digits = [v.digits for v in (first, second) if v.digits < inf]
    with workdps(int(max(digits, default=0)) + 20):
        value = first.value * second.value
        error = abs(first.value) * second.error + abs(second.value) * first.error + first.error * second.error
        cross = None if first.cross is None or second.cross is None else first.cross * second.cross
        return Value.of(value, error, first.method if first == second else "product", cross)


__all__ = ["d_nngp", "nngp", "variance"]
