"""Smooth activations by panels and by the trapezoidal rule: two methods that share the evaluation of ``f`` and nothing else."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Expr

from symkern.oracle.expectation import nngp
from symkern.oracle.inputs import Covariance
from symkern.oracle.kinked import by_panels
from symkern.oracle.plan import Limits
from symkern.oracle.plane import PlaneProblem
from symkern.oracle.resolve import resolve
from symkern.symbols import x

LIMITS = Limits(max_dps=80, max_terms=2e6)
UNLIKE = ((-0.0025, 1e-8, 1e4), (0.009, 1e-8, 1e4), (120.0, 2.0, 1e4))
NEAR = ((-25.0998, 900.0, 0.7), (-3.69996, 3.7, 3.7))
SMOOTH = (
    x * sp.erf(x) + x,
    x + sp.exp(-((x - 50) ** 2)),  # a bump that few nodes are near
    x + sp.exp(-10000 * (x - 3) ** 2),
    1 / (1 + 100 * (x - 7) ** 2),
    sp.log(1 + sp.exp(x)),
    sp.erf(x) * sp.erf(x - 3),
)


@pytest.mark.parametrize("f", SMOOTH, ids=str)
@pytest.mark.parametrize("at", (*UNLIKE, *NEAR), ids=str)
def test_errors_cover_the_distance(f: Expr, at: tuple[float, float, float]) -> None:
    covariance = Covariance.of(*at)
    panels = by_panels(f, covariance, 24, LIMITS)
    if panels is not None:
        other = resolve(PlaneProblem(f, covariance), 24, LIMITS)
        assert abs(panels.value - other.value) <= panels.error + other.error


@pytest.mark.parametrize("at", UNLIKE, ids=str)
def test_variances_that_differ(at: tuple[float, float, float]) -> None:
    """Where the trapezoidal rule runs out of terms."""
    value = nngp(sp.erf(x), *at, max_dps=80, max_terms=2e6)
    assert value.method == "nested 2d"
    assert value.digits >= 30


def test_a_dear_one_is_left_to_the_trapezoidal_rule() -> None:
    assert by_panels(sp.sin(x), Covariance.of(50.0, 1e4, 1e4), 30, LIMITS) is None
    assert nngp(sp.sin(x), -291.0, 300.0, 300.0).method == "trapezoid 2d"


def test_checked_by_both() -> None:
    value = nngp(x + sp.erf(x), -0.0025, 1e-8, 1e4, digits=15, check=True)
    assert value.cross is not None
    assert abs(value.value - value.cross) <= value.error
