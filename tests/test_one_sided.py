"""Activations with a kink at zero: their kernels at variances at which the closed forms are sums of ones that cancel."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from mpmath import mp, mpf

import symkern
from symkern.codegen.load import load_source
from symkern.codegen.measures import Plan
from symkern.domain import NEAR_ZERO, Point
from symkern.evaluation import values
from symkern.formula_values import Kernel, formula_kernels
from symkern.ulp import error_in_ulps

LOSING: dict[str, tuple[str, dict[str, float], tuple[bool, bool]]] = {
    "elu": ("Piecewise((x, x > 0), (alpha*(exp(x) - 1), True))", {"alpha": 0.25}, (True, False)),
    "celu": ("Piecewise((x, x > 0), (alpha*(exp(x/alpha) - 1), True))", {"alpha": 0.03125}, (True, False)),
    "saturated": ("Max(0, 1 - exp(-x))", {}, (True, False)),
    "bump": ("Abs(x)*exp(-Abs(x))", {}, (True, False)),
    "second_order": ("Piecewise((0, x < 0), (exp(x) - 1 - x, True))", {}, (True, True)),
    "wide": ("Max(0, x)*exp(a*x**2)", {"a": -0.5}, (True, False)),
    "far_kink": ("Piecewise((Min(x, 2), x > 0), (exp(x) - 1, True))", {}, (True, False)),
}
"""Formula, parameters, and which kernels have a series."""
QUICK = ("celu", "wide", "far_kink")

CORRELATIONS = (1.0, 1 - 1e-6, 0.7, 1e-3, 0.0, -0.4, -1 + 1e-3, -1.0)
TINY = (1e-11, 1e-16, 1e-24, 1e-32)
TINIEST = 1e-60
"""Where ``f`` begins with ``x²``, its kernel's terms underflow there."""
BUDGET = 16.0


def points(dtype: str, limit: float, *, first_order: bool) -> list[Point]:
    """Beside the limit on both sides, and below it."""
    number = np.dtype(dtype).type
    tiniest = [TINIEST] if first_order and dtype == "float64" else []
    sizes = [1.01 * limit, 0.99 * limit, *(v for v in TINY if v < limit), *tiniest]
    found = []
    for v, ratio, rho in product(sizes, (1.0, 0.125), CORRELATIONS):
        var1, var2 = float(number(v)), float(number(v * ratio))
        cov12 = float(number(rho * np.sqrt(var1) * np.sqrt(var2)))
        if cov12**2 < var1 * var2 or ratio == 1:
            found.append(Point(cov12, var1, var2, "small", True))
    return found


def ulps(kernel: Kernel, point: Point, computed: float, dtype: str) -> float:
    true = kernel(*point.values)
    assert true is not None
    scale = mp.sqrt(abs(kernel(*(point.var1,) * 3) * kernel(*(point.var2,) * 3))) / NEAR_ZERO  # type: ignore[operator]
    return error_in_ulps(computed, true, dtype, scale=scale if abs(true) < scale else None)


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in LOSING])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_digits_are_lost(name: str, dtype: str) -> None:
    formula, parameters, expected = LOSING[name]
    d = symkern.derive(formula, name=name, parameters=parameters)
    assert isinstance(d, symkern.Derivation)
    assert tuple(near is not None for near in d.near_zero) == expected
    plan = Plan(("every_digit",), ("every_digit",))  # as measurements choose where more than x cancels
    module = load_source(d.name, d.source(plan))
    kernels = formula_kernels(d, parameters)
    at_defaults = {p.symbol: p.default for p in d.activation.parameters}
    for kernel, function, near in zip(kernels, (module.nngp_fn, module.d_nngp_fn), d.near_zero, strict=True):
        if near is None:
            continue
        limit = float((near.limit / near.rate).subs(at_defaults))
        at = points(dtype, limit, first_order=expected == (True, False))
        for point, computed in zip(at, values(function, at, dtype, parameters), strict=True):
            assert ulps(kernel, point, float(computed), dtype) <= BUDGET, point


@pytest.mark.parametrize("name", LOSING)
def test_variances_too(name: str) -> None:
    formula, parameters, _ = LOSING[name]
    d = symkern.derive(formula, name=name, parameters=parameters)
    module, kernel = d.compile(), formula_kernels(d, parameters)[0]  # type: ignore[union-attr]
    at = [Point(v, v, v, "exact", True) for v in TINY[1:]]
    found = values(lambda _, var, __, **given: module.variance_fn(var, **given), at, "float64", parameters)
    for point, computed in zip(at, found, strict=True):
        assert error_in_ulps(float(computed), kernel(*point.values) or mpf(0), "float64") <= 2


@pytest.mark.parametrize("formula", ["Max(0, x)", "exp(-Abs(x))", "Max(-1, Min(1, x))", "exp(x) - 1", "x*erf(x)"])
def test_where_nothing_is_lost_there_is_no_series(formula: str) -> None:
    assert symkern.derive(formula).near_zero == (None, None)  # type: ignore[union-attr]
