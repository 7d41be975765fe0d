"""Activations without a closed form: their kernels with a bound (:mod:`symkern.series`); tables are remembered between runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy
import sympy
from mpmath import mpf
from sympy import And, Expr, Integral, Rational, Symbol, exp, oo, pi, sqrt

from symkern.activation import Activation
from symkern.derivation import Approximation, NotDerived, Step
from symkern.errors import UsageError
from symkern.files import write_text
from symkern.memory import code_of, folder
from symkern.references import on_all_cores
from symkern.scaling import Scaled, scaled
from symkern.series.angular import NotConvergedError
from symkern.series.beyond import refuse_beyond, size_of_formula
from symkern.series.cells import Cells, NotSmoothError, cells, jumps_at_zero, number
from symkern.series.faults import fault
from symkern.series.fields import MAX_VARIANCE, TOLERANCE
from symkern.series.hermite import HermiteFields
from symkern.series.making import NoTableError, check, error_of, made, with_kinks
from symkern.series.polar import reach
from symkern.series.regimes import Tables, fields_of
from symkern.series.sampled import Values
from symkern.series.waves import WaveFields
from symkern.symbols import cov12, var, var1, var2, x

RULE = "series of angles"
WAVES = "sums of waves"
KINKS = "Mehler series"

_FIRST, _SECOND = Symbol("x1", real=True), Symbol("x2", real=True)


def approximate(
    activation: Activation, *, tolerance: float = TOLERANCE, max_variance: float = MAX_VARIANCE
) -> Approximation | NotDerived:
    """The kernels of an activation as tables, or by Mehler's series; parameters that do more than scale it are built in.

    Args:
        activation: continuous. With kinks elsewhere than at zero the tolerance is not met near ``ρ = ±1``: a warning says so.
        tolerance: of the error of either kernel, relative to ``√(K11 K22)``, in float64.
        max_variance: the largest variance of either input.

    Raises:
        UsageError: the tolerance or the variance is out of range.
    """
    check(tolerance, max_variance)
    split = scaled(activation)
    with suppress(NotSmoothError):
        if jumps_at_zero(number(split.g)):
            return NotDerived(
                activation, ((RULE, "it jumps at x = 0: E[f'(X) f'(Y)] has a point mass that no table has"),)
            )
    if why := _infinite(split.g, max_variance):
        return NotDerived(activation, ((RULE, why),))
    jobs = [(e, max_variance, tolerance) for e in (split.g, split.g.diff(x))]
    found = list(on_all_cores(_fields, jobs))
    reasons = [answer for answer in found if isinstance(answer, _Reason)]
    if not reasons:
        nngp, d_nngp = (answer for answer in found if not isinstance(answer, _Reason))
        return approximation(split, nngp, d_nngp)
    why_not = next((reason.text for reason in reasons if reason.rough), "")
    if not why_not:
        return NotDerived(activation, ((RULE, reasons[0].text),))
    try:
        return _mehler(split, max_variance, tolerance, why_not)
    except NoTableError as error:
        return NotDerived(activation, ((KINKS, str(error)),))


def _infinite(g: Expr, largest: float) -> str | None:
    """Why an expectation is infinite, though a table that ends ten deviations out would not tell."""
    if why := fault(g, reach(largest)):
        return why
    try:
        for e in (g, g.diff(x)):
            refuse_beyond(size_of_formula(e), largest)
    except NotConvergedError as error:
        return str(error)
    return None


@dataclass(frozen=True)
class _Reason:
    """Why there is no table; ``rough`` where the function is not smooth."""

    text: str
    rough: bool


def _mehler(split: Scaled, largest: float, tolerance: float, why_not: str) -> Approximation:
    """That of a function with kinks elsewhere than at zero."""
    (f, _), (slope, _) = map(_asked, (split.g, split.g.diff(x)))
    tables = with_kinks(f, slope, largest, tolerance, NoTableError(why_not))
    nngp, d_nngp = tables
    steps = (
        Step("the kinks of the activation by bisection"),
        Step(
            "coefficients of each input by quadrature between the kinks, a polynomial of the correlation for each pair"
        ),
        Step(f"nngp: {nngp}"),
        Step(f"d_nngp: {d_nngp}"),
    )
    short = [f"{kernel}: {table}" for kernel, table in (("nngp", nngp), ("d_nngp", d_nngp)) if table.bound > tolerance]
    warning = (f"the tolerance of {tolerance:g} is not met at every correlation: {'; '.join(short)}",) if short else ()
    return replace(_approximated(split, tables, KINKS, steps), warnings=warning)


def _asked(f: Expr) -> tuple[Values, Callable[[float], Cells]]:
    """The formula's values on arrays, and its polynomials as far as a place."""
    one = number(f)
    return numpy.vectorize(lambda at: float(one(mpf(at))), otypes=[float]), partial(cells, one)


def approximation(split: Scaled, nngp: Tables, d_nngp: Tables) -> Approximation:
    """What the tables of ``g`` are worth for an activation ``outer g(inner x)``."""
    is_waves = isinstance(nngp, WaveFields)
    how = (
        ("the activation's period, and its waves by the trapezoidal rule", "both kernels as sums over pairs of waves")
        if is_waves
        else (
            "the activation as polynomials on cells, asked in 25 digits and more",
            "both kernels by double exponential quadrature in polar coordinates, where a kink at zero is an end",
        )
    )
    steps = (*map(Step, how), Step(f"nngp: {nngp}"), Step(f"d_nngp: {d_nngp}"))
    return _approximated(split, (nngp, d_nngp), WAVES if is_waves else RULE, steps)


def _approximated(
    split: Scaled,
    tables: tuple[Tables, Tables] | tuple[HermiteFields, HermiteFields],
    rule: str,
    steps: tuple[Step, ...],
) -> Approximation:
    f, largest = split.activation.expression, Rational(tables[0].largest) / split.inner**2
    scaling = (
        [] if split.g == f else [Step(f"f(x) = s g(r x) with r = {split.inner}, s = {split.outer}, and g", split.g)]
    )
    return Approximation(
        activation=split.activation,
        nngp=_expectation(f),
        d_nngp=_expectation(f.diff(x)),
        variance=Integral(f**2 * exp(-(x**2) / (2 * var)) / sqrt(2 * pi * var), (x, -oo, oo)),
        rule=rule.replace(" ", "_"),
        steps=(Step("no rule for closed forms applies"), *scaling, *steps),
        domain=And(var1 <= largest, var2 <= largest),
        kind="series",
        tables=tables,
        scaling=(split.inner, split.outer),
        g=split.g,
    )


def committed(activation: Activation, nngp: Tables, d_nngp: Tables) -> Approximation:
    """The approximation with tables that were made before, which are seen to keep their bounds at some points.

    Raises:
        UsageError: one does not.
    """
    split = scaled(activation)
    for f, fields, kernel in ((split.g, nngp, "nngp"), (split.g.diff(x), d_nngp, "d_nngp")):
        error = error_of(fields, *_asked(f))
        if not error <= fields.bound:
            raise UsageError(
                f"{activation.name}: {kernel} is {error:.2g} of sqrt(K11 K22) off, above its bound of {fields.bound:g}"
            )
    return approximation(split, nngp, d_nngp)


def _expectation(f: Expr) -> Integral:
    determinant = var1 * var2 - cov12**2
    exponent = -(var2 * _FIRST**2 - 2 * cov12 * _FIRST * _SECOND + var1 * _SECOND**2) / (2 * determinant)
    density = exp(exponent) / (2 * pi * sqrt(determinant))
    return Integral(f.subs(x, _FIRST) * f.subs(x, _SECOND) * density, (_FIRST, -oo, oo), (_SECOND, -oo, oo))


def _fields(job: tuple[Expr, float, float]) -> Tables | _Reason:
    """The table, from memory where it is known; or the reason why there is none."""
    f, largest, tolerance = job
    path = _path(f, largest, tolerance)
    if path is not None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            return fields_of(json.loads(path.read_text(encoding="utf-8")))
    try:
        found = made(*_asked(f), largest, tolerance)
    except NoTableError as error:
        return _Reason(str(error), error.rough)
    if path is not None:
        with suppress(UsageError):
            write_text(path, json.dumps(found.as_dict()) + "\n")
    return found


def _path(f: Expr, largest: float, tolerance: float) -> Path | None:
    where = folder()
    if where is None:
        return None
    question = f"{sympy.srepr(f)} {largest!r} {tolerance!r} {numpy.__version__} {code_of('series', 'packed', 'panels', 'stretch')}"
    return where / f"table-{hashlib.sha256(question.encode()).hexdigest()[:40]}.json"


__all__ = ["approximate", "committed"]
