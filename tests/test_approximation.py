"""`symkern derive` without a closed form: modules of kind series, what is refused, parameters, activations that are stable."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

import symkern
from symkern import oracle
from symkern.catalogue import SERIES
from symkern.cli import main
from symkern.codegen.activations import written_stably
from symkern.derivation import Approximation, NotDerived
from symkern.errors import UsageError
from symkern.evaluation import DTYPES, x64
from symkern.parse import parse_activation
from symkern.scaling import scaled
from symkern.symbols import x

ROUGH = {"tolerance": 1e-4, "max_variance": 4.0}
"""Tables that are made in a second or two."""


def module(name: str) -> Any:
    return importlib.import_module(f"symkern.generated.{name}")


def command(arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Its exit status."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["symkern", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


def test_a_formula_outside_the_class_is_approximated() -> None:
    d = symkern.derive("x*tanh(x) + 1", name="f", **ROUGH)
    assert isinstance(d, Approximation) and d.kind == "series"
    assert d.nngp.has(sympy.Integral) and "products" in str(d.steps[-1])
    compiled: Any = d.compile()
    assert compiled.largest_variance() == 4.0
    with x64(True):
        for c, v, w in ((0.3, 1.0, 2.0), (-1.9, 1.0, 3.9), (2.0, 2.0, 2.0)):
            for kernel, bound, ask in (
                (compiled.nngp_fn, compiled.error_bound_fn, oracle.nngp),
                (compiled.d_nngp_fn, compiled.d_error_bound_fn, oracle.d_nngp),
            ):
                true = ask(d.activation.expression, c, v, w, digits=12).value
                assert abs(float(kernel(c, v, w)) - float(true)) <= float(bound(c, v, w)) < 1e-3
        assert np.isnan(compiled.nngp_fn(0.3, 1.0, 4.1))


def test_a_kink_at_zero() -> None:
    d: Any = symkern.derive("relu(x)*tanh(x)", name="f", **ROUGH)
    assert d.kind == "series"
    true = oracle.d_nngp(d.activation.expression, 0.9, 1.0, 1.0, digits=12).value
    with x64(True):
        assert float(d.compile().d_nngp_fn(0.9, 1.0, 1.0)) == pytest.approx(float(true), abs=1e-4)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("exp(x**2/8)*tanh(x)", "grows too fast: at a variance of"),
        ("exp(exp(x))", "E[f(X)^2] is infinite at every variance"),
        ("tan(x)", "at x = 1.5"),
        ("tanh(x)/x**2", "pole at x = 0"),
        ("tanh(relu(x - 1)) + step(x - 2)", "it jumps at x = 2"),
        ("sign(x)*sech(x)", "jumps at x = 0"),
        ("sin(90*x)/(1 + x**2)", "varies too fast"),
    ],
)
def test_refusals_name_the_reason_and_the_place(formula: str, reason: str) -> None:
    d = symkern.derive(formula, name="f", max_variance=9.0, tolerance=1e-6)
    assert isinstance(d, NotDerived) and not d
    assert reason in str(d)


@pytest.mark.parametrize("name", ["inner", "KERNELS", "layer", "AngularTable"])
def test_parameters_do_not_take_the_names_of_the_module(name: str) -> None:
    d: Any = symkern.derive(f"tanh({name}*x)", name="f", parameters={name: 2.0}, tolerance=1e-2, max_variance=1.0)
    with pytest.raises(UsageError, match=f"parameter {name}: the generated module uses this name"):
        d.source()


def test_a_parameter_that_makes_it_zero() -> None:
    d = symkern.derive("tanh(a*x)", name="f", parameters={"a": 0.0}, **ROUGH)
    assert not d and "zero everywhere" in str(d)


@pytest.mark.slow
def test_a_smaller_variance_is_what_a_growing_function_needs() -> None:
    d = symkern.derive("exp(x**2/8)*tanh(x)", name="f", tolerance=1e-4, max_variance=0.2)
    assert isinstance(d, Approximation)


@pytest.mark.parametrize(
    "wrong", [{"tolerance": 0.0}, {"tolerance": 1.0}, {"max_variance": -1.0}, {"max_variance": 1e9}]
)
def test_what_is_asked_for_must_make_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="is between"):
        symkern.derive("tanh(x)", name="f", **wrong)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--tolerance", "1e-5", "--max-variance", "2", "--points", "20", "--json"]
    assert command(["derive", "tanh(x + 1)", "--name", "shifted", *options], tmp_path, monkeypatch) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["kind"] == "series" and printed["ok"] and printed["unit"] == "bound"
    certificate = json.loads((tmp_path / "generated" / "shifted.json").read_text())
    assert certificate["ok"] and certificate["unit"] == "bound"
    assert command(["derive", "tanh", "--closed-form"], tmp_path, monkeypatch) == 3


@pytest.mark.slow
def test_verifying_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--tolerance", "1e-5", "--max-variance", "2", "--points", "20"]
    assert command(["derive", "tanh(x + 1)", "--name", "shifted", *options], tmp_path, monkeypatch) == 0
    assert command(["verify", str(tmp_path / "generated" / "shifted.py"), "--points", "20"], tmp_path, monkeypatch) == 0
    assert "multiples of the bound" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("formula", "values", "inner", "outer"),
    [
        ("x*sigmoid(beta*x)", {"beta": 2.0}, "beta", "1/beta"),
        ("a*tanh(b*x)", {"a": 3.0, "b": 0.5}, "b", "a"),
        ("tanh(x/s)*s**2", {"s": 2.0}, "1/s", "s**2"),
        ("tanh(x + c)", {"c": 0.25}, "1", "1"),
    ],
)
def test_parameters_that_scale_are_split_off(formula: str, values: dict[str, float], inner: str, outer: str) -> None:
    activation = symkern.derive(formula, name="f", parameters=values, closed_form=True).activation
    found = scaled(activation)
    assert (str(found.inner), str(found.outer)) == (inner, outer)
    assert {p.name for p in found.activation.parameters} == (set(values) if inner != "1" else set())


@pytest.mark.parametrize("beta", [0.3, -2.0])
@pytest.mark.parametrize("dtype", DTYPES)
def test_swish_of_any_steepness(beta: float, dtype: str) -> None:
    swish, f = module("swish"), parse_activation("x*sigmoid(beta*x)", _beta())
    number = float(np.asarray(beta, dtype))
    f = f.subs(next(iter(f.free_symbols - {x})), sympy.Rational(number))
    places = ((0.5, 1.0, 2.0), (-2.0, 2.0, 2.0), (3.0, 3.0, 4.0), (9.0, 9.0, 9.0))
    with x64(dtype == "float64"):
        given = [jnp.asarray(column, dtype) for column in zip(*places, strict=True)]
        for kernel, bound, ask in (
            (swish.nngp_fn, swish.error_bound_fn, oracle.nngp),
            (swish.d_nngp_fn, swish.d_error_bound_fn, oracle.d_nngp),
        ):
            true = np.array([float(ask(f, *place, digits=14).value) for place in places])
            assert np.all(np.abs(kernel(*given, beta=beta) - true) <= bound(*given, beta=beta))
        by_beta = jax.grad(lambda b: swish.nngp_fn(*given, beta=b).sum())(jnp.asarray(beta, dtype))
        h = 1e-3
        ends = [float(swish.nngp_fn(*given, beta=beta + step).sum()) for step in (h, -h)]
        near = 1e-4 if dtype == "float64" else 0.02
        assert float(by_beta) == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=near, abs=8e-3)
        assert np.isnan(swish.nngp_fn(*(np.asarray(a, dtype) for a in (0.0, 101 / beta**2, 1.0)), beta=beta))


def _beta() -> tuple[Any, ...]:
    return next(e for e in SERIES if e.name == "swish").parameters


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("entry", SERIES, ids=lambda e: e.name)
def test_activations_are_finite_and_right(entry: Any, dtype: str) -> None:
    """Values and derivatives, also where ``exp`` overflows, and where ``sin(x)/x`` is 0/0."""
    f = entry.activation().at()
    value, slope = (sympy.lambdify(x, e, "mpmath") for e in (f, f.diff(x)))
    fn = module(entry.name).fn
    eps = float(np.finfo(dtype).eps)
    with x64(dtype == "float64"), mp.workdps(400):
        for at in (-300.0, -20.0, -1.25, -1e-3, 1e-3, 0.5, 2.0, 60.0, 300.0):
            found, moved = fn(np.asarray(at, dtype)), jax.grad(fn)(np.asarray(at, dtype))
            place = mpf(float(np.asarray(at, dtype)))
            assert float(found) == pytest.approx(float(value(place)), rel=300 * eps, abs=300 * eps)
            assert float(moved) == pytest.approx(float(slope(place)), rel=300 * eps, abs=300 * eps)
        assert np.isfinite(fn(np.asarray(0.0, dtype))) and np.isfinite(jax.grad(fn)(np.asarray(0.0, dtype)))


@pytest.mark.parametrize(
    ("text", "stable"),
    [
        ("log(1 + exp(2*x))", "softplus(2*x)"),
        ("3/(1 + exp(-x))**2", "3*sigmoid(x)**2"),
        ("x*tanh(log(1 + exp(x)))", "x*tanh(softplus(x))"),
        ("log(cosh(x/2)) + 1/cosh(x)", "log_cosh(x/2) + sech(x)"),
        ("sin(2*x)/x", "2*sinc(2*x)"),
        ("exp(x)/(1 + exp(x))", "sigmoid(x)"),
        ("log(2 + exp(x))", "log(exp(x) + 2)"),
    ],
)
def test_forms_that_floats_can_take(text: str, stable: str) -> None:
    e = parse_activation(text, [])
    found = written_stably(e)
    assert str(found) == stable
    back = found.replace(lambda n: hasattr(n, "definition"), lambda n: n.definition())
    assert all(abs(float((back - e).subs(x, t))) < 1e-14 for t in (-1.3, 0.4, 2.2))


def test_a_layer_among_others() -> None:
    """A deep network with an approximated layer, against the same recursion by hand, jitted."""
    from symkern.compat import neural_tangents

    stax, tanh = neural_tangents().stax, module("tanh")
    _, _, kernel_fn = stax.serial(stax.Dense(1, W_std=1.3, b_std=0.2), tanh.Tanh(), stax.Dense(1, W_std=1.3, b_std=0.2))
    a = jnp.asarray(np.random.default_rng(5).normal(size=(6, 4)), jnp.float32)
    found = jax.jit(lambda z: kernel_fn(z, None, ("nngp", "ntk")))(a)
    c = 1.69 * (a @ a.T) / 4 + 0.04
    v = jnp.diag(c)
    nngp, slope = tanh.nngp_and_d_nngp_fn(c, v[:, None], v[None])
    assert np.allclose(found.nngp, 1.69 * nngp + 0.04, atol=2e-6)
    assert np.allclose(found.ntk, 1.69 * nngp + 0.04 + 1.69 * slope * c, atol=2e-5)


@pytest.mark.slow
def test_the_gradient_of_a_layer() -> None:
    from symkern.compat import neural_tangents
    from symkern.stax import ElementwiseNumerical

    stax = neural_tangents().stax
    kernel_fn = stax.serial(
        stax.Dense(1), ElementwiseNumerical(jnp.tanh, tolerance=1e-3, max_variance=4.0), stax.Dense(1)
    )[2]
    a = jnp.asarray([[0.3, -1.0], [0.0, 0.0], [0.3, -1.0]], jnp.float32)
    assert np.all(np.isfinite(jax.grad(lambda z: kernel_fn(z, None, "ntk").sum())(a)))
