"""The oracle's series: Hermite coefficients that are known, kernels that are known, and functions made to be missed."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from flint import arb, ctx
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.oracle import error_function
from symkern.oracle.expansion import Question, expansion
from symkern.oracle.inputs import Covariance, to_mpf
from symkern.oracle.kinked import by_panels
from symkern.oracle.plan import Limits
from symkern.oracle.plane import PlaneProblem
from symkern.oracle.resolve import resolve
from symkern.oracle.series import by_series
from symkern.symbols import x

LIMITS = Limits(max_dps=80, max_terms=2e6)


@pytest.mark.parametrize("bits", [53, 120, 128, 191, 192, 400])
def test_error_functions(bits: int) -> None:
    """Balls that hold what Arb's hold, and no fewer bits; at the edges of polynomials and of their range too."""
    numbers = random.Random(bits)
    places = [numbers.uniform(-8, 8) for _ in range(300)] + [numbers.uniform(-65, 65) for _ in range(100)]
    places += [k / 128 + shift for k in range(-300, 300, 7) for shift in (0.0, 1e-12, -1e-12)]
    places += [s * (edge + shift) for s in (1, -1) for edge in (0.5, 60.0) for shift in (0.0, 1e-9, -1e-9)]
    saved = ctx.prec
    try:
        for place in places:
            for mine, theirs in (
                (error_function.erfc, arb.erfc),
                (error_function.erf, arb.erf),
                (error_function.rising, lambda u: (-u).erfc()),
            ):
                ctx.prec = bits
                found, wide = mine(arb(place)), mine(arb(place, 1e-8))
                ctx.prec = bits + 8000
                true = theirs(arb(place))
                assert found.contains(true), (place, mine)
                assert wide.contains(true), (place, mine)
                assert found.rel_accuracy_bits() >= bits - 16, (place, mine)
    finally:
        ctx.prec = saved


@pytest.mark.parametrize("variance", [Fraction(1, 10**8), Fraction(1), Fraction(40), Fraction(10**4)], ids=str)
@pytest.mark.parametrize("accuracy", [12.0, 36.0, 70.0])
def test_coefficients_of_a_sine(variance: Fraction, accuracy: float) -> None:
    """``E[sin(d Z) h_n(Z)] = ± d^n exp(-d²/2) / √n!`` for odd ``n``, to the accuracy below the norm."""
    found = expansion(Question(sp.sin(x), variance, accuracy, 2 * (accuracy + 2) ** 0.5 * 1.6), 384, 1e7)
    assert found is not None
    with workdps(120):
        d = mp.sqrt(to_mpf(variance))
        norm = mp.sqrt(-mp.expm1(-2 * d * d) / 2)
        assert abs(found.norm / norm - 1) < mpf(10) ** -accuracy
        left = mpf(1)
        for n, number in enumerate(found.coefficients):
            true = (-1) ** (n // 2) * d**n * mp.exp(-d * d / 2) / mp.sqrt(mp.factorial(n)) if n % 2 else mpf(0)
            assert abs(mp.ldexp(mpf(number), -found.bits) - true / norm) < mpf(10) ** -accuracy
            left -= (true / norm) ** 2
        assert found.rest >= mp.sqrt(max(left, mpf(0))) * (1 - mpf(10) ** -9)


KNOWN: dict[Expr, Callable[[mpf, mpf, mpf], mpf]] = {
    sp.sin(x): lambda c, v, w: mp.exp(-(v + w) / 2) * mp.sinh(c),
    sp.cos(3 * x): lambda c, v, w: mp.exp(-9 * (v + w) / 2) * mp.cosh(9 * c),
    sp.exp(x / 2): lambda c, v, w: mp.exp((v + w + 2 * c) / 8),
    sp.erf(x): lambda c, v, w: 2 / mp.pi * mp.asin(2 * c / mp.sqrt((1 + 2 * v) * (1 + 2 * w))),
    sp.exp(-(x**2)): lambda c, v, w: 1 / mp.sqrt((1 + 2 * v) * (1 + 2 * w) - 4 * c * c),
    x**3 - 3 * x: lambda c, v, w: 6 * c**3 + 9 * c * (v - 1) * (w - 1),
}
PAIRS = ((1e-8, 1e4), (1e-8, 1e-8), (0.25, 0.25), (1.0, 2.5), (7.0, 0.001), (40.0, 40.0), (900.0, 0.7), (1e4, 1e4))
RHOS = (1e-6, -0.25, 0.5, -0.9, 0.97, 1 - 1e-6)


@pytest.mark.parametrize("f", KNOWN, ids=str)
def test_known_kernels(f: Expr) -> None:
    """Never off by more than it says; with the digits asked for, or none at all."""
    answers = 0
    for v, w in PAIRS:
        for rho in RHOS:
            covariance = Covariance.of(rho * (v * w) ** 0.5, v, w)
            value = by_series(f, covariance, 30, LIMITS)
            if value is None:
                continue
            answers += 1
            with workdps(160):
                true = KNOWN[f](*map(to_mpf, (covariance.cov12, covariance.var1, covariance.var2)))
                assert abs(value.value - true) <= value.error, (v, w, rho)
            assert value.digits >= 30 or not value.value
    assert answers >= 20


HIDDEN = (
    x + sp.exp(-((x - 50) ** 2)),
    x + sp.exp(-10000 * (x - 3) ** 2),
    1 / (1 + 100 * (x - 7) ** 2),
    sp.tanh(50 * (x - 1)),
    sp.sin(x**2),
    sp.erf(20 * x) * sp.cos(x),
    sp.log(1 + sp.exp(x)),
    sp.exp(x**2 / 5),
)


@pytest.mark.parametrize("f", HIDDEN, ids=str)
def test_features_that_a_coarse_rule_would_miss(f: Expr) -> None:
    """Beside panels, or the trapezoidal rule in both variables."""
    settings: tuple[Any, ...] = (20, LIMITS)
    for at in ((0.5, 1.0, 1.0), (-0.0025, 1e-8, 1e4), (40.0, 50.0, 60.0), (-0.05, 7.0, 0.001), (0.9, 1.0, 1.0)):
        covariance = Covariance.of(*at)
        value = by_series(f, covariance, *settings)
        if value is None:
            continue
        other = by_panels(f, covariance, *settings) or resolve(PlaneProblem(f, covariance), *settings)
        assert abs(value.value - other.value) <= value.error + other.error, at


@pytest.mark.parametrize("f", [sp.sin(sp.exp(x)), sp.exp(sp.exp(x)), sp.exp(x**2), x * sp.exp(9 * x)], ids=str)
def test_functions_without_an_expansion(f: Expr) -> None:
    """They grow too fast, or turn too often: no answer, or one that holds."""
    for at in ((5000.0, 1e4, 1e4), (0.5, 1.0, 1.0), (0.001, 0.01, 1e-4)):
        value = by_series(f, Covariance.of(*at), 20, LIMITS)
        if value is not None and value.value:
            other = resolve(PlaneProblem(f, Covariance.of(*at)), 20, LIMITS)
            assert abs(value.value - other.value) <= value.error + other.error
