"""Activations without a closed form: their kernels as tables with a bound (:mod:`symkern.series`), remembered between runs."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy
import sympy
from sympy import And, Expr, Integral, Rational, Symbol, exp, oo, pi, sqrt

from symkern.activation import Activation
from symkern.derivation import Approximation, NotDerived, Step
from symkern.errors import UsageError
from symkern.files import write_text
from symkern.memory import code_of, folder
from symkern.references import on_all_cores
from symkern.series.angular import NotConvergedError, table
from symkern.series.cells import NotSmoothError, cells, number
from symkern.series.fields import Fields
from symkern.series.polar import reach
from symkern.symbols import cov12, var, var1, var2, x

TOLERANCE = 1e-10
"""Of the error relative to ``√(K11 K22)``."""
SMALLEST, LARGEST_TOLERANCE = 1e-13, 1e-2
MAX_VARIANCE = 100.0
SHORT = 2e-7
"""What float32 leaves out of it, where the tolerance is smaller."""
RULE = "series of angles"

_FIRST, _SECOND = Symbol("x1", real=True), Symbol("x2", real=True)


def approximate(
    activation: Activation, *, tolerance: float = TOLERANCE, max_variance: float = MAX_VARIANCE
) -> Approximation | NotDerived:
    """The kernels of an activation as tables; its parameters are built in at their defaults.

    Args:
        activation: smooth but for a kink or jump at zero.
        tolerance: of the error of either kernel, relative to ``√(K11 K22)``, in float64.
        max_variance: the largest variance of either input.

    Raises:
        UsageError: the tolerance or the variance is out of range.
    """
    if not SMALLEST <= tolerance <= LARGEST_TOLERANCE:
        raise UsageError(f"a tolerance is between {SMALLEST:g} and {LARGEST_TOLERANCE:g}, not {tolerance:g}")
    if not 1e-6 <= max_variance <= 1e6:
        raise UsageError(f"a largest variance is between 1e-6 and 1e6, not {max_variance:g}")
    fixed = with_defaults_built_in(activation)
    f = fixed.expression
    jobs = [(e, max_variance, tolerance) for e in (f, f.diff(x))]
    found = list(on_all_cores(_fields, jobs))
    reasons = [answer for answer in found if isinstance(answer, str)]
    if reasons:
        return NotDerived(activation, ((RULE, reasons[0]),))
    nngp, d_nngp = (answer for answer in found if isinstance(answer, Fields))
    return approximation(fixed, nngp, d_nngp)


def approximation(fixed: Activation, nngp: Fields, d_nngp: Fields) -> Approximation:
    """What the tables of an activation without parameters are worth."""
    f = fixed.expression
    steps = (
        Step("no rule for closed forms applies; f as polynomials on cells, asked in 25 digits and more"),
        Step("both kernels by double exponential quadrature in polar coordinates, where a kink at zero is an end"),
        Step(f"nngp: {described(nngp)}"),
        Step(f"d_nngp: {described(d_nngp)}"),
    )
    return Approximation(
        activation=fixed,
        nngp=_expectation(f),
        d_nngp=_expectation(f.diff(x)),
        variance=Integral(f**2 * exp(-(x**2) / (2 * var)) / sqrt(2 * pi * var), (x, -oo, oo)),
        rule=RULE.replace(" ", "_"),
        steps=steps,
        domain=And(var1 <= Rational(nngp.largest), var2 <= Rational(nngp.largest)),
        kind="series",
        tables=(nngp, d_nngp),
    )


def described(table: Fields) -> str:
    """One kernel's table in words."""
    return (
        f"{table.count} products of functions of one variance (float32: {table.few}) in {len(table.products)} Chebyshev "
        f"polynomials of the angle, within {table.bound:.3g} of sqrt(K11 K22)"
    )


def with_defaults_built_in(activation: Activation) -> Activation:
    """The activation with its parameters replaced by their defaults, as the decimals they are: tables are made of numbers."""
    values = {p.symbol: Rational(repr(p.default)) for p in activation.parameters}
    return replace(activation, expression=activation.expression.subs(values), parameters=()) if values else activation


def _expectation(f: Expr) -> Integral:
    determinant = var1 * var2 - cov12**2
    exponent = -(var2 * _FIRST**2 - 2 * cov12 * _FIRST * _SECOND + var1 * _SECOND**2) / (2 * determinant)
    density = exp(exponent) / (2 * pi * sqrt(determinant))
    return Integral(f.subs(x, _FIRST) * f.subs(x, _SECOND) * density, (_FIRST, -oo, oo), (_SECOND, -oo, oo))


def _fields(job: tuple[Expr, float, float]) -> Fields | str:
    """The table, from memory where it is known; or the reason why there is none."""
    f, largest, tolerance = job
    path = _path(f, largest, tolerance)
    if path is not None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            return Fields.of(json.loads(path.read_text(encoding="utf-8")))
    try:
        made = table(cells(number(f), reach(largest)), largest, tolerance).fields(max(SHORT, tolerance))
    except (NotSmoothError, NotConvergedError) as error:
        return str(error)
    if path is not None:
        with suppress(UsageError):
            write_text(path, json.dumps(made.as_dict()) + "\n")
    return made


def _path(f: Expr, largest: float, tolerance: float) -> Path | None:
    where = folder()
    if where is None:
        return None
    question = f"{sympy.srepr(f)} {largest!r} {tolerance!r} {numpy.__version__} {code_of('series')}"
    return where / f"table-{hashlib.sha256(question.encode()).hexdigest()[:40]}.json"


__all__ = ["approximate", "approximation", "described"]
