"""What `symkern verify` judges besides values: a module that breaks one promise is found out, and told from the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from mpmath import mpf

import symkern
from symkern.claims import claims
from symkern.differences import GRADIENT, variance_slopes
from symkern.domain import NEAR_ZERO, Point, points
from symkern.formula_values import formula_slopes
from symkern.references import Reference, references
from symkern.report import Report
from symkern.symbols import x
from symkern.tables import claims_table

Kernel = Callable[..., Any]


@cache
def answers() -> list[Reference]:
    return references(x, points(20), digits=25, processes=1)


@jax.custom_jvp
def identity(c: Any, v: Any, w: Any) -> Any:
    return c + 0 * (v + w)


@identity.defjvp
def _wrong(primals: Any, tangents: Any) -> Any:
    return identity(*primals), tangents[0] * jnp.asarray(1 + 1e-4, tangents[0].dtype) + 0 * (tangents[1] + tangents[2])


def sloping(which: int) -> Kernel:
    """E[XY], with a derivative by one of the variances, where there is none."""

    @jax.custom_jvp
    def kernel(c: Any, v: Any, w: Any) -> Any:
        return c + 0 * (v + w)

    @kernel.defjvp
    def _jvp(primals: Any, tangents: Any) -> Any:
        wrong = tangents[which] * primals[0] / 1024
        return kernel(*primals), tangents[0] + 0 * (tangents[1] + tangents[2]) + wrong

    return kernel


def module(**changed: Kernel) -> Any:
    """E[XY] = cov12."""
    parts: dict[str, Kernel] = {
        "nngp_fn": lambda c, v, w: c + 0 * (v + w),
        "d_nngp_fn": lambda c, v, w: jnp.ones_like(c),
        "variance_fn": lambda v: v,
    }
    return SimpleNamespace(**(parts | changed))


def broken(m: Any) -> set[tuple[str, str]]:
    return {(c.what, c.dtype) for c in claims(m, answers(), {}) if not c.ok}


def both(what: str) -> set[tuple[str, str]]:
    return {(what, "float32"), (what, "float64")}


def test_a_right_module_keeps_them_all() -> None:
    found = claims(module(), answers(), {})
    assert (
        all(c.ok and c.points >= (3 if "by var" in c.what or "commute" in c.what else 10) for c in found)
        and len(found) == 18
    )


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"nngp_fn": lambda c, v, w: jnp.where(v > w, c + v / 1024, c)}, "nngp_fn is symmetric to the bit"),
        ({"d_nngp_fn": lambda c, v, w: jnp.where(v > w, 1 + 2.0**-20, 1)}, "d_nngp_fn is symmetric to the bit"),
        ({"variance_fn": lambda v: v * (1 + 2.0**-20)}, "variance_fn(v) is nngp_fn(v, v, v)"),
        ({"nngp_fn": lambda c, v, w: c + 0 * jnp.sqrt(v * w - c * c)}, "the gradient is finite"),
        ({"nngp_fn": identity}, "the gradient by cov12 is d_nngp"),
        ({"nngp_fn": sloping(1)}, "the gradient by var1 is right"),
        ({"nngp_fn": sloping(2)}, "the gradient by var2 is right"),
        ({"nngp_fn": lambda c, v, w: c + 0 * jnp.abs(v - w) ** 1.5}, "second derivatives are finite"),
    ],
    ids=["asymmetric", "asymmetric slope", "variance map", "infinite", "by cov12", "by var1", "by var2", "curved"],
)
def test_a_broken_promise_is_found(changed: dict[str, Kernel], what: str) -> None:
    found = broken(module(**changed))
    assert both(what) <= found
    if "gradient by var" in what or what.startswith(("d_nngp", "variance")):
        assert {w for w, _ in found} - {"second derivatives commute"} == {what}  # a wrong gradient has no second ones


def test_second_derivatives_that_do_not_commute_are_found() -> None:
    """As those of densities did not, whose derivatives were left out: a gradient that is right, and moves by one argument only."""

    @jax.custom_jvp
    def kernel(c: Any, v: Any, w: Any) -> Any:
        return c * jnp.exp(0.0 * (v + w))

    @kernel.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        c, v, w = primals
        own = jax.lax.stop_gradient(c) * 0 + 1 + 1e-2 * (v - jax.lax.stop_gradient(v))
        return kernel(c, v, w), own * tangents[0] + 0 * (tangents[1] + tangents[2])

    assert {w for w, _ in broken(module(nngp_fn=kernel))} == {"second derivatives commute"}


def test_a_report_fails_with_a_claim() -> None:
    found = tuple(claims(module(variance_fn=lambda v: v * 1.5), answers(), {}))
    report = Report("line", "x", 4.0, (), 25.0, 0, 20, {}, found)
    assert report.within_budget and not report.ok and len(report.broken) == 2
    content = [c for c in report.as_dict()["claims"] if not c["ok"]]
    assert {c["what"] for c in content} == {"variance_fn(v) is nngp_fn(v, v, v)"}
    assert "not kept, float32" in report._repr_markdown_()
    assert claims_table(report).row_count == 18


@pytest.mark.parametrize(
    ("formula", "point"),
    [
        ("x*Heaviside(x - 1)", Point(-0.11022704094648361, 0.30000001192092896, 0.05000000074505806, "interior", True)),
        ("x*Phi(x)", Point(-39.99961853027344, 40.0, 40.0, "near", True)),
        ("exp(-x**2)", Point(1e-6, 1e-4, 7.0, "small", False)),
    ],
    ids=["tail", "near -1", "small"],
)
def test_slopes_of_the_oracle_are_those_of_the_formulas(formula: str, point: Point) -> None:
    """In a tail one quotient of differences was 4,000 ulp off, and layers were blamed for it."""
    d = symkern.derive(formula)
    (by_oracle,), (by_formula,) = (
        variance_slopes(references(d.activation.expression, [point], processes=1), processes=1),
        formula_slopes(d, [point], {}),
    )
    for k in (0, 1):
        assert by_oracle.errors[k] < abs(by_formula.values[k]) * mpf(2) ** -60
        assert abs(by_oracle.values[k] - by_formula.values[k]) < abs(by_formula.values[k]) * mpf(2) ** -55


def test_beside_a_change_of_sign_slopes_count_beside_the_kernels_scale() -> None:
    """With ``E[f(X)] = 0`` at a variance of one, ``K`` and its derivatives by the variances are zero at ``cov12 = 0``."""
    f = symkern.derive("selu").activation.expression
    asked = [Point(c, 1.0, 1.0, "interior", True) for c in (0.0, 0.5)]
    double_zero, other = references(f, asked, processes=1)
    assert abs(double_zero.nngp) < 1e-30
    assert double_zero.size("nngp") == double_zero.scale / NEAR_ZERO
    assert other.size("nngp") == abs(other.nngp)
    (slopes,) = variance_slopes([double_zero], processes=1)
    assert 0 < abs(slopes.values[0]) < 1e-15
    assert slopes.ulps(0, 0.0, "float64") < GRADIENT < slopes.ulps(0, 1e-16, "float64")
