"""Exponentials that overflow against each other: kernels at variances of some hundreds and more."""

from __future__ import annotations

import jax
import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

import symkern
from symkern.codegen.functions import exp_sum
from symkern.domain import NEAR_ZERO, Point
from symkern.evaluation import gradients, x64
from symkern.symbols import cov12, var1, var2
from symkern.ulp import error_in_ulps

POINTS = [
    (rho * np.sqrt(v * w), v, w)
    for v, w in ((1e4, 1e4), (1e4, 2.0), (400.0, 300.0), (256.0, 1.0), (255.0, 255.0), (700.0, 1e-8), (1e4, 900.0))
    for rho in (1.0, 0.5, 0.0, -0.97, -1.0, 1e-6)
]


@pytest.mark.parametrize("formula", ["exp(x) - 1 - x", "sinh(x) - x", "exp(x) - exp(x/2)", "exp(x) + x"])
def test_no_nan_and_the_right_infinity(formula: str) -> None:
    d = symkern.derive(formula)
    assert "exponentials overflow" in d.source()
    module = d.compile()
    for function, kernel in (("nngp_fn", d.nngp), ("d_nngp_fn", d.d_nngp)):
        exact = sympy.lambdify((cov12, var1, var2), kernel, "mpmath")
        for dtype in ("float32", "float64"):
            with x64(dtype == "float64"):
                columns = [np.array(c, dtype) for c in zip(*POINTS, strict=True)]
                f = getattr(module, function)
                for found in (np.asarray(f(*columns)), np.asarray(jax.jit(f)(*columns))):
                    for value, *point in zip(found, *columns, strict=True):
                        with mp.workdps(5000):  # terms of e^(1e4) may cancel to one of e^(-1e4)
                            c, v, w = (mpf(float(a)) for a in point)
                            true, scale = exact(c, v, w), mp.sqrt(abs(exact(v, v, v) * exact(w, w, w))) / NEAR_ZERO
                            assert not np.isnan(value), point
                            if abs(true) < scale and scale > np.finfo(dtype).max:
                                continue  # beside a zero whose surroundings are no numbers of that dtype
                            near = scale if abs(true) < scale else None
                            off = error_in_ulps(float(value), true, dtype, scale=near)
                            assert off <= 4, (point, value, mp.nstr(true, 8))
                v = columns[1]
                np.testing.assert_array_equal(module.variance_fn(v), np.asarray(module.nngp_fn(v, v, v)))


@pytest.mark.parametrize("formula", ["exp(x)", "sinh(x)", "cosh(x)", "sin(x)", "x*exp(-x**2)", "cosh(x)**2"])
def test_kernels_that_do_not_need_it_are_left_alone(formula: str) -> None:
    assert "exp_sum" not in symkern.derive(formula).source()


def test_definition() -> None:
    assert exp_sum(cov12, var1, sympy.S.Zero, -1).definition() == var1 * sympy.exp(cov12) - 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("formula", ["exp(x)", "sinh(x)", "a*exp(b*x)"])
def test_where_values_overflow_gradients_are_infinite(formula: str, dtype: str) -> None:
    """They were NaN: what does not depend on a variance had a tangent of zero, beside infinite derivatives."""
    parameters = {"a": 1.0, "b": 1.0} if "a" in formula else {}
    m = symkern.derive(formula, parameters=parameters).compile()
    found = gradients(m.nngp_fn, [Point(-100.0, 2.0, 1e4, "interior", True)], dtype, parameters)
    assert np.isinf(found).all()
