"""The measured part of stabilisation: references from formulas, plans, what is tried and what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mpmath import mp, mpf, workdps

import symkern
from symkern import oracle, trials
from symkern.certificate import certificate, recorded_plan
from symkern.codegen.load import load_source
from symkern.codegen.measures import MEASURES, Plan
from symkern.domain import Point, points
from symkern.evaluation import gradients, x64
from symkern.formula_values import formula_references, formula_slopes
from symkern.symbols import cov12, var1, var2, x
from symkern.verification import asked, judged


@pytest.mark.parametrize("formula", ["sin(x)", "relu(x)", "x*erf(x)", "exp(x) - 1 - x", "Abs(x)"])
def test_formula_values_are_the_oracle_s(formula: str) -> None:
    """Two ways to the same digits: the derived formula, and quadrature; ρ = ±1 and small variances included."""
    d = symkern.derive(formula)
    chosen = points(60)[2::9]
    found = formula_references(d, chosen, {})
    assert len(found) >= len(chosen) - 2
    for r in found:
        for value, true in (
            (r.nngp, oracle.nngp(d.activation.expression, *r.point.values, digits=22)),
            (r.d_nngp, oracle.d_nngp(d.activation.expression, *r.point.values, digits=22)),
        ):
            with workdps(40):
                assert abs(value - true.value) <= true.error + abs(value) * mpf("1e-21"), r.point


def test_formula_values_know_parameters() -> None:
    d = symkern.derive("sin(a*x)", parameters={"a": 2.0})
    point = next(p for p in points(60) if p.region == "interior")
    (r,) = formula_references(d, [point], {"a": 0.5})
    true = oracle.nngp(
        d.activation.expression.subs({p.symbol: mpf("0.5") for p in d.activation.parameters}), *point.values
    )
    assert mp.almosteq(r.nngp, true.value, 1e-12)


def test_plans_survive_json() -> None:
    plan = Plan(("two_words",), ("no_series", "long_series"), ("nngp: two words (9.0 ulp before, 0.50 after)",))
    assert Plan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    for content in (None, [], "x", {"nngp": ["unheard of"]}, {}):
        assert Plan.from_dict(content) == Plan()


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_gives_a_module_that_is_right(measure: str) -> None:
    d = symkern.derive("x - sin(x)")
    source = d.source(Plan((measure,), (measure,)))
    assert source == d.source(Plan((measure,), (measure,)))
    module: dict[str, Any] = {}
    exec(compile(source, "module", "exec"), module)
    assert abs(float(module["nngp_fn"](0.5, 1.0, 2.0)) - float(d.compile().nngp_fn(0.5, 1.0, 2.0))) < 1e-6


def test_measures_change_what_they_are_about() -> None:
    d = symkern.derive("x - sin(x)")
    usual = d.source()
    assert "Regime of nngp" in usual and "Regime of nngp" not in d.source(Plan(("no_series",)))
    assert "one word" in usual and "two words" in d.source(Plan(("two_words",)))


def test_nothing_is_tried_where_the_budget_is_met() -> None:
    d = symkern.derive("sin(x)")
    choice = trials.chosen_plan(d, [], {}, 4.0)
    assert choice.plan == Plan() and hasattr(choice.module, "nngp_fn")
    assert choice.trial.points > 400 and choice.trial.worst.ulp < 0.51
    assert {(r.function, r.dtype) for r in choice.trial.rows} == {
        (f, d) for f in ("nngp_fn", "d_nngp_fn") for d in ("float32", "float64")
    }


def test_a_measure_that_does_not_help_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is as good as a tenth of an ulp; for that the series is not given up, and what remains is said."""
    d = symkern.derive("x - sin(x)")
    monkeypatch.setattr(trials, "MEASURES", {"no_series": "no series"})
    plan = trials.chosen_plan(d, [], {}, 0.1).plan
    assert plan.nngp == () and plan.d_nngp == ()
    assert any("above the budget" in note for note in plan.notes)
    assert "Measured: nngp in float64 is" in d.source(plan)


def test_a_certificate_has_the_plan_and_check_uses_it(tmp_path: Path) -> None:
    d = symkern.derive("x - sin(x)", name="rest")
    plan = Plan(("no_series",), (), ("nngp: no series (2 ulp before, 1 after)",))
    path = tmp_path / "rest.py"
    path.write_text(d.source(plan), encoding="utf-8")
    module = d.compile()
    report = judged(module, asked(module, {}, 10, digits=12), contract=False)
    path.with_suffix(".json").write_text(json.dumps(certificate(report, d.source(plan), plan)), encoding="utf-8")
    assert recorded_plan(path) == plan
    assert d.source(recorded_plan(path)) == path.read_text(encoding="utf-8") != d.source()
    assert recorded_plan(tmp_path / "none.py") == Plan()
    assert x in d.activation.expression.free_symbols


@pytest.mark.slow
def test_a_real_formula_gets_the_words_it_needs() -> None:
    """The estimates do not see that one word is not enough where one variance is small and the other 1e4; the measurement does."""
    d = symkern.derive("cosh(x) - 1 - x**2/2")
    plan = trials.chosen_plan(d, [], {}, 4.0).plan
    assert plan.d_nngp == ("two_words",) and plan.nngp == ()
    (words,) = plan.notes
    assert "two words" in words and "above the budget" not in words


def test_exponentials_that_cancel_are_summed() -> None:
    """At variances of 300 and ``ρ = -1/4`` 33 digits of ``e^300`` cancel: the value was off by 12 orders of magnitude."""
    choice = trials.chosen_plan(symkern.derive("exp(x) - 1"), [], {}, 4.0)
    assert "summed" in choice.plan.nngp
    assert choice.trial.worst.ulp < 1
    with x64(True):
        module = choice.module
        value = module.nngp_fn(-75.0, 300.0, 300.0)
        np.testing.assert_allclose(value, np.exp(225.0) - 2 * np.exp(150.0) + 1, rtol=1e-13)
        v = np.array([1e-6, 0.5, 1.0, 2.0, 300.0])
        np.testing.assert_allclose(module.variance_fn(v), module.nngp_fn(v, v, v), rtol=4e-16)


@pytest.mark.slow
def test_what_cancels_beyond_the_functions_digits_gets_them_all() -> None:
    """At variance 1e4 ``|x| - x erf(x)`` is a billionth of its terms; exponentials right to 2^-63 leave 3,000 ulp."""
    choice = trials.chosen_plan(symkern.derive("Abs(x) - x*erf(x)"), [], {}, 4.0)
    assert "every_digit" in choice.plan.nngp and "every_digit" in choice.plan.d_nngp
    assert choice.trial.worst.ulp < 1


def test_slopes_that_automatic_differentiation_gets_wrong_are_stated() -> None:
    """By a variance that of gelu was 40,000 ulp off at variance 1e4 towards ``ρ = -1``: its terms cancel in plain floats."""
    d = symkern.derive("x*Phi(x)")
    choice = trials.chosen_plan(d, [], {}, 4.0)
    assert choice.plan.nngp == ("stated_slopes",) and choice.plan.d_nngp == ()
    (note,) = choice.plan.notes
    assert note.startswith("gradient of nngp: derivatives by the variances as formulas of their own")
    at = [Point(-9999.998046875, 1e4, 1e4, "near", True), Point(-0.3, 0.5, 0.7, "interior", True)]
    for s in formula_slopes(d, at, {}):
        _, *by_variances = gradients(choice.module.nngp_fn, [s.point], "float64", {})
        assert all(s.ulps(k, float(column[0]), "float64") < 1 for k, column in enumerate(by_variances))
        _, *by_variances = gradients(d.compile().nngp_fn, [s.point], "float64", {})
        assert (max(s.ulps(k, float(column[0]), "float64") for k, column in enumerate(by_variances)) > 1000) == (
            s.point.region == "near"
        )


def test_stated_slopes_change_no_values_and_broadcast() -> None:
    d = symkern.derive("a*x*exp(-b*x**2)", parameters={"a": 2.0, "b": 0.5})
    usual, stated = d.compile(), load_source("wave", d.source(Plan(("stated_slopes",))))
    with x64(True):
        c, v, w = np.array([0.3, -0.2]), np.array([[0.5], [1.0], [2.0]]), 0.8
        for name in ("nngp_fn", "d_nngp_fn"):
            one, two = getattr(usual, name), getattr(stated, name)
            np.testing.assert_array_equal(one(c, v, w), two(c, v, w))
            for argument in range(3):
                first, second = (
                    jax.grad(lambda *at, f=f: jnp.sum(f(*at, b=0.7)), argument)(*map(jnp.asarray, (c, v, w)))
                    for f in (one, two)
                )
                np.testing.assert_allclose(first, second, rtol=1e-12)
            slopes = [jax.grad(lambda b, f=f: jnp.sum(f(c, v, w, b=b)))(0.7) for f in (one, two)]
            np.testing.assert_allclose(*slopes, rtol=1e-12)


@pytest.mark.parametrize("formula", ["exp(x**2/4)", "x*exp(x**2/10)"])
def test_nothing_is_measured_where_the_expectation_diverges(formula: str) -> None:
    """Beyond its domain a formula has a value too, and the kernel's infinity was held to be wrong there."""
    d = symkern.derive(formula)
    chosen = points(200)
    found = {r.point for r in formula_references(d, chosen, {})}
    inside = {
        p
        for p in chosen
        if p.var1 * p.var2 > 0 and d.domain.subs(dict(zip((cov12, var1, var2), p.values, strict=True)))
    }
    assert found == inside and len(found) < 0.7 * len(chosen)
    assert {s.point for s in formula_slopes(d, chosen, {})} == inside
    assert np.isinf(d.compile().nngp_fn(-0.25, 700.0, 0.001))


def test_slopes_beyond_the_largest_float32_are_not_measured_there() -> None:
    choice = trials.chosen_plan(symkern.derive("10**25*x"), [], {}, 4.0)
    assert not any(note.startswith("gradient") for note in choice.plan.notes)
