"""Activations that vanish to a high order at zero: their kernels at small variance, where closed forms cancel."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import mpmath
import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

import symkern
from symkern.codegen.functions import by_variance, mehler_sum, taylor_kernel
from symkern.codegen.loss import ONE_WORD, TWO_WORDS, estimate
from symkern.codegen.near_zero import NAME
from symkern.codegen.stabilised import stabilised_kernel
from symkern.codegen.widths import with_words
from symkern.evaluation import x64
from symkern.functions import Phi
from symkern.symbols import cov12, var1, var2, x
from symkern.taylor import derivative, taylor
from symkern.ulp import error_in_ulps

SERIES = (
    "exp(x) - 1 - x",
    "sin(x)**3",
    "x*sin(x + 1)",
    "cosh(x) - 1 - x**2/2",
    "exp(-x**2)*sinh(x)",
    "x*erf(x) + erfc(x/2)",
    "cos(x**2 + 1)",
    "2**x*cos(x)",
    "1/sqrt(4 + x**2)",
)


@pytest.mark.parametrize("formula", SERIES)
def test_power_series(formula: str) -> None:
    f = sympy.sympify(formula, locals={"x": x})
    found = taylor(f, 12)
    assert found is not None
    with mpmath.workdps(60):
        exact = mpmath.taylor(sympy.lambdify(x, f, "mpmath"), 0, 12)
        for a, b in zip(found, exact, strict=True):
            assert abs(mpf(sympy.N(a, 50)) - b) < mpf("1e-30")


def test_power_series_of_the_normal_distribution() -> None:
    assert taylor(Phi(x), 3) == [sympy.S.Half, 1 / sympy.sqrt(2 * sympy.pi), 0, -1 / (6 * sympy.sqrt(2 * sympy.pi))]
    assert derivative([1, 2, 3]) == [2, 6]


@pytest.mark.parametrize("formula", ["Abs(x)", "Max(0, x)", "1/x", "sqrt(x)", "Piecewise((x, x > 0), (0, True))"])
def test_no_power_series(formula: str) -> None:
    assert taylor(sympy.sympify(formula, locals={"x": x}), 4) is None


SMALL = 2.0**-26
CASES = (
    ("x - sin(x)", True),
    ("exp(x) - 1 - x", True),
    ("exp(-x**2) - 1", True),
    ("x*exp(-x**2) - x", True),
    ("sin(x)", False),
    ("x*sin(x)", False),
    ("1 - cos(x)", False),
    ("cos(x**2)", False),
)


@pytest.mark.parametrize(("formula", "needed"), CASES)
def test_nngp_at_small_variances(formula: str, needed: bool) -> None:
    """Both variances small, and one; the regime is chosen where it is needed, and 4 ulp are kept."""
    d = symkern.derive(formula)
    assert isinstance(d, symkern.Derivation)
    assert ("Regime of nngp" in d.source()) is needed
    assert (NAME in d.source()) is ("Regime" in d.source())
    module = d.compile()
    exact = sympy.lambdify((cov12, var1, var2), d.nngp, "mpmath")
    pairs = [(SMALL, SMALL), (2.0**-16, 2.0**-15), (2.0**-9, 2.0**-9), (0.125, 0.0625), (SMALL, 0.5), (2.0**-12, 40.0)]
    points = [
        (float(np.float32(rho * np.sqrt(v * w))), v, w)
        for (v, w), rho in itertools.product(pairs, (0.0, 0.5, -0.25, 1 - 2.0**-10, -(1 - 2.0**-12)))
    ]
    for dtype in ("float32", "float64"):
        with x64(dtype == "float64"):
            arguments = [np.array(row, dtype) for row in zip(*points, strict=True)]
            found = [np.asarray(f(*arguments)) for f in (module.nngp_fn, jax.jit(module.nngp_fn))]
        with mp.workdps(100):
            for values in found:
                for value, point in zip(values, points, strict=True):
                    v, w = point[1:]
                    true = exact(*map(mpf, point))
                    scale = mp.sqrt(exact(*[mpf(v)] * 3) * exact(*[mpf(w)] * 3)) / 64
                    near = scale if abs(true) < scale and point[0] else None
                    assert error_in_ulps(float(value), true, dtype, scale=near) <= 4, (point, value, true)


def test_the_variance_map_and_gradients_have_the_regime_too() -> None:
    module = symkern.derive("x - sin(x)").compile()
    with x64(True):
        v = np.array([SMALL, 2.0**-10, 0.2, 0.3, 5.0])
        np.testing.assert_array_max_ulp(module.variance_fn(v), module.nngp_fn(v, v, v), 2)
        slope = jax.vmap(jax.grad(module.nngp_fn))(v / 2, v, v)
        np.testing.assert_allclose(slope, module.d_nngp_fn(v / 2, v, v), rtol=1e-12)
        np.testing.assert_array_equal(module.nngp_fn(v / 2, v, 2 * v), module.nngp_fn(v / 2, 2 * v, v))


def test_series_mean_what_they_say() -> None:
    """The primitives' definitions are the kernel of the polynomial, by Isserlis' theorem."""
    a = [sympy.Rational(n) for n in (2, -1, 3, 5)]
    f = sum(c * x**k for k, c in enumerate(a))
    kernel = symkern.derive(f, name="cubic").nngp
    limit = sympy.S.Half
    assert sympy.expand(taylor_kernel(limit, cov12, var1, var2, *a).definition() - kernel) == 0
    means = [2 + 3 * var2, -1 + 15 * var2, sympy.Integer(6), sympy.Integer(30)]
    assert sympy.expand(mehler_sum(limit, cov12, var1, sympy.Integer(3), *means, *a).definition() - kernel) == 0
    assert by_variance(limit, var1, var2, cov12, kernel).definition() == kernel


def at(v: float, w: float, rho: str) -> dict[Any, mpf]:
    c = mpf(rho) * mp.sqrt(mpf(v) * mpf(w))
    return {cov12: c, var1: mpf(v), var2: mpf(w), sympy.Symbol("gap", nonnegative=True): mpf(v) * w - c * c}


def test_the_error_analysis_sees_what_cancels() -> None:
    with mp.workdps(60):
        fine = stabilised_kernel(symkern.derive("sin(x)").nngp).expression
        value, error = estimate(fine, at(SMALL, SMALL, "0.5"), TWO_WORDS)
        assert error / value < mpf(2) ** -62
        lost = stabilised_kernel(symkern.derive("x - sin(x)").nngp).expression
        for arithmetic, digits in ((ONE_WORD, 2), (TWO_WORDS, -8)):
            value, error = estimate(lost, at(SMALL, SMALL, "0.5"), arithmetic)
            assert abs(value * 2 / mpf(SMALL) ** 3 - mpf("0.1875")) < mpf("0.2")
            assert error / abs(value) > mpf(2) ** digits


@pytest.mark.parametrize(
    ("formula", "words", "emitted"),
    [("hard_tanh", 1, 1), ("relu", 1, 1), ("gelu", 1, 1), ("elu", 2, 1), ("triangle", 2, 2)],
)
def test_two_words_where_one_is_not_enough(formula: str, words: int, emitted: int) -> None:
    """That of elu is, where the kernel of its power series takes over before too much cancels."""
    d = symkern.derive(formula)
    assert isinstance(d, symkern.Derivation)
    parameters = {p.symbol: sympy.Rational(p.default) for p in d.activation.parameters}
    assert with_words(stabilised_kernel(d.nngp), parameters).words == words
    assert ("rounded_from_two" in d.source()) is (emitted == 2)
