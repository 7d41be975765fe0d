"""Kernels without an activation: derived from the formula of their NNGP, checked, stabilised, measured."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

import symkern
from symkern.activation import Kernel
from symkern.certificate import read_certificate
from symkern.compat import neural_tangents
from symkern.derive.definite import counterexample
from symkern.derive.sampled import disagreement
from symkern.derive.surds import normal_form
from symkern.domain import points
from symkern.emit import generated_folder
from symkern.evaluation import x64
from symkern.oracle import given
from symkern.symbols import cov12, var1, var2
from symkern.verification import formula_at, generated_module
from symkern.workflow import module_of

R = "cov12/sqrt(var1*var2)"


@dataclass(frozen=True, eq=False)
class Problem:
    """A kernel typed by hand; ``activation`` has the same; ``measured`` where the numbers are tried too."""

    name: str
    formula: str
    parameters: dict[str, float] = field(default_factory=dict)
    activation: str = ""
    measured: bool = False


PROBLEMS = (
    Problem("erf_by_hand", "asin(2*cov12/sqrt((1 + 2*var1)*(1 + 2*var2)))*2/pi", activation="erf(x)"),
    Problem("arccos0", f"1/2 - acos({R})/(2*pi)", activation="Heaviside(x)"),
    Problem("arccos1", f"sqrt(var1*var2)*(sin(acos({R})) + (pi - acos({R}))*{R})/(2*pi)", activation="relu(x)"),
    Problem(
        "arccos2",
        f"var1*var2*(3*sin(acos({R}))*{R} + (pi - acos({R}))*(1 + 2*({R})**2))/(2*pi)",
        activation="relu(x)**2",
    ),
    Problem(
        "exp_normalized", f"sqrt(var1*var2)*exp(gamma*({R} + shift))", {"gamma": 1.0, "shift": -1.0}, measured=True
    ),
    Problem("cubic", f"sqrt(var1*var2)*({R})**3", measured=True),
    Problem("matern", "exp(-sqrt(var1 + var2 - 2*cov12)/l)", {"l": 2.0}, measured=True),
    Problem("rational", "(1 + (var1 + var2 - 2*cov12)/(2*a))**(-a)", {"a": 1.5}),
    Problem("by_gap", "1/sqrt((1 + var1)*(1 + var2) - cov12**2)"),
    Problem("dot_product", "exp(cov12) + cov12**2/4"),
    Problem("geodesic", f"exp(-acos({R}))"),
)
by_name = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
measured = pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.measured], ids=lambda p: p.name)


@cache
def derived(problem: Problem) -> symkern.Derivation:
    d = symkern.derive(nngp=problem.formula, name=problem.name, parameters=problem.parameters)
    assert isinstance(d, symkern.Derivation)
    return d


@cache
def compiled(problem: Problem) -> ModuleType:
    return derived(problem).compile()


def of(name: str) -> Problem:
    return next(p for p in PROBLEMS if p.name == name)


# Derivation


@by_name
def test_normal_form_is_the_formula(problem: Problem) -> None:
    """To 50 digits at 126 covariances, and so are its derivatives; applied again it changes nothing."""
    d = derived(problem)
    formula = d.activation.expression
    assert disagreement(formula, d.nngp) is None
    assert disagreement(formula.diff(cov12), d.d_nngp) is None
    for by, slope in zip((cov12, var1, var2), d.slopes[0], strict=True):
        assert disagreement(formula.diff(by), slope) is None
    assert disagreement(formula, d.nngp * (1 + sympy.Rational(1, 10**45))) is not None
    assert normal_form(d.nngp) == d.nngp


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.activation], ids=lambda p: p.name)
def test_typed_kernels_are_those_of_their_activations(problem: Problem) -> None:
    ours, theirs = derived(problem), symkern.derive(problem.activation, name="f")
    for name in ("nngp", "d_nngp", "variance"):
        assert disagreement(getattr(ours, name), getattr(theirs, name)) is None
    for left, right in zip(ours.slopes, theirs.slopes, strict=True):
        assert all(disagreement(a, b) is None for a, b in zip(left, right, strict=True))
    for left, right in zip(ours.edges, theirs.edges, strict=True):
        assert left.is_infinite if right.has(sympy.oo) else disagreement(left, right) is None


def test_relu_by_hand_is_the_committed_module() -> None:
    """Every function but fn and the layer, to the byte."""
    ours, theirs = (
        text[text.index("def _nngp_edge") : text.index("\n\n\ndef R")]
        for text in (
            symkern.derive(nngp=of("arccos1").formula, name="r").source(),
            (generated_folder() / "relu.py").read_text(encoding="utf-8"),
        )
    )
    assert ours == theirs


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (sympy.acos(cov12 / sympy.sqrt(var1 * var2)), "atan2(sqrt(-cov12**2 + var1*var2), cov12)"),
        (sympy.pi - sympy.acos(cov12 / sympy.sqrt(var1 * var2)), "atan2(sqrt(-cov12**2 + var1*var2), -cov12)"),
        (sympy.acos(-cov12 / sympy.sqrt(var1 * var2)), "atan2(sqrt(-cov12**2 + var1*var2), -cov12)"),
        (sympy.pi / 2 - sympy.acos(cov12 / sympy.sqrt(var1 * var2)), "atan2(cov12, sqrt(-cov12**2 + var1*var2))"),
        (sympy.sqrt(var1 * var2) * sympy.sqrt(1 - cov12**2 / (var1 * var2)), "sqrt(-cov12**2 + var1*var2)"),
        (sympy.sqrt(cov12**2), "sqrt(cov12**2)"),  # |cov12|, never cov12
        (sympy.sqrt((var1 - 1) ** 2 * var2), "sqrt(var2)*Abs(var1 - 1)"),
        (1 / (1 + sympy.sqrt(var1)), "1/(sqrt(var1) + 1)"),  # made rational it would be 0/0 at one
    ],
)
def test_normal_forms(e: sympy.Expr, expected: str) -> None:
    found = normal_form(e)
    assert disagreement(e, found) is None
    assert str(found) == expected or found == sympy.Abs(cov12)


def test_what_is_given() -> None:
    c, v, w, k = sympy.symbols("cov12 var1 var2 k")
    d = symkern.derive(nngp=k * c * sympy.exp(-(v + w) / 2), name="scaled", parameters={"k": 2})
    assert d.activation == Kernel("scaled", d.activation.expression, d.activation.parameters)
    assert d.activation.defaults() == {"k": 2.0} and d.rule == "from_nngp" and d.warnings == ()
    again = symkern.derive(nngp=d.activation, parameters={"k": 3})
    assert again.activation.defaults() == {"k": 3.0} and again.nngp == d.nngp
    assert symkern.derive(nngp="cov12*(1 + cov12)").name == "cov12_1_cov12"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"what": "sin", "nngp": "cov12"}, "either an activation or nngp"),
        ({}, "either an activation or nngp"),
        ({"what": "sin", "accept_indefinite": True}, "accept_indefinite is for nngp"),
        ({"nngp": "x*cov12"}, "a kernel is a formula in cov12, var1, var2"),
        ({"nngp": "a*cov12"}, "--param a=VALUE"),
        ({"nngp": "sqrt(cov12)"}, "square root of a negative number"),
        ({"nngp": sympy.sqrt(cov12)}, "complex-valued at cov12 = -"),
        ({"nngp": "3"}, "not a function of cov12"),
        ({"nngp": 3}, "nngp is a formula or a SymPy expression"),
        ({"nngp": "1/sqrt(var1*var2 - cov12**2)"}, "not finite at cov12 = var1 = var2"),
        ({"nngp": "cov12*var1"}, "it is 0.0944444, and 0.0104938 with var1 and var2 exchanged"),
        ({"nngp": "cov12", "parameters": {"var1": 1.0}}, "already has a meaning"),
    ],
)
def test_refusals(arguments: dict, message: str) -> None:
    with pytest.raises(symkern.SymkernError) as refusal:
        symkern.derive(**arguments)
    assert message in str(refusal.value)


# Definiteness

INDEFINITE = (
    "exp(-(var1 + var2 - 2*cov12)**2)",
    "exp(-(var1 + var2 - 2*cov12)**(101/100))",
    "tanh(cov12)",
    "cov12**2 - var1*var2/2",
    "cov12**2 - 1/1000000",
    "cos(sqrt(var1 + var2 - 2*cov12))",  # a kernel on the line only
    "exp(cov12) - 1001*cov12/1000",
    "Abs(cov12)",
    "-cov12",
)


@pytest.mark.parametrize("formula", INDEFINITE)
def test_indefinite_kernels_are_refused_with_the_counterexample(formula: str) -> None:
    """The points in the message have a Gram matrix with that negative eigenvalue, computed anew."""
    with pytest.raises(symkern.UsageError, match="has the eigenvalue -") as refusal:
        symkern.derive(nngp=formula, name="f")
    assert "--accept-indefinite" in str(refusal.value)
    d = symkern.derive(nngp=formula, name="f", accept_indefinite=True)
    assert d.warnings and d.warnings[0] in str(refusal.value)
    assert any(step.what.startswith("WARNING") for step in d.steps)
    found = counterexample(d.activation.expression, {})
    assert found is not None and all(str(float(t)) in str(refusal.value) for point in found.points for t in point)
    function = sympy.lambdify((cov12, var1, var2), d.activation.expression, "mpmath")
    with mpmath.workdps(60):
        p = [[mpf(t.numerator) / t.denominator for t in point] for point in found.points]
        gram = mpmath.matrix([[function(mp.fdot(a, b), mp.fdot(a, a), mp.fdot(b, b)) for b in p] for a in p])
        lowest = min(mp.eigsy(gram, eigvals_only=True))
    assert lowest < 0 and found.eigenvalue < 0


def test_a_derivative_that_is_no_kernel_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the sample no kernel fails by its derivative alone, so the check of the kernel itself is left out here."""
    from symkern.derive import from_nngp

    monkeypatch.setattr(
        from_nngp, "counterexample", lambda e, values: None if e.has(sympy.sin) else counterexample(e, values)
    )
    d = symkern.derive(nngp="sin(cov12)", name="f")
    assert len(d.warnings) == 1 and "of d_nngp, the Gram matrix" in d.warnings[0]
    assert f"Warning: {d.warnings[0]}"[:60] in d.source()


# Numbers


@pytest.mark.parametrize(
    "problem",
    [pytest.param(p, id=p.name, marks=() if p.measured else pytest.mark.slow) for p in PROBLEMS],
)
def test_contract(problem: Problem) -> None:
    """4 ulp against the formula as given and its difference quotients, in hundreds of digits."""
    report = symkern.verify(compiled(problem), number=40)
    assert report.ok, report.worst
    assert report.unresolved == 0 and report.digits > 30
    assert {row.region for row in report.rows} == {"interior", "small", "near", "exact", "zero"}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_erf_by_hand_is_as_good_as_the_committed_module(dtype: str) -> None:
    ours, theirs = compiled(of("erf_by_hand")), generated_module("erf")
    with x64(dtype == "float64"):
        columns = [np.array(column, dtype) for column in zip(*(p.values for p in points(300)), strict=True)]
        for name in ("nngp_fn", "d_nngp_fn"):
            left, right = (np.asarray(jax.jit(getattr(m, name))(*columns)) for m in (ours, theirs))
            np.testing.assert_array_max_ulp(left, right, 2, dtype)


EDGES = ((0, 0, 0), (0, 0, 1), (0, 2.5, 0), (0.7, 0.7, 0.7), (1, 1, 4), (2, 1, 4), (-2, 1, 4), (0, 0.3, 0.3))


@measured
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_edges(problem: Problem, dtype: str) -> None:
    """No NaN at a variance of zero, on the diagonal or at ρ = ±1; NaN for what is no covariance; symmetric to the bit."""
    m = compiled(problem)
    with x64(dtype == "float64"):
        f = np.dtype(dtype).type
        c, v, w = (jnp.asarray(column, dtype) for column in zip(*EDGES, strict=True))
        for function in (m.nngp_fn, m.d_nngp_fn):
            value = np.asarray(function(c, v, w))
            assert value.dtype == f and not np.any(np.isnan(value))
            np.testing.assert_array_equal(value, np.asarray(function(c, w, v)))
            assert all(np.isnan(function(*map(f, bad))) for bad in ((0.1, -1, 1), (0.1, 1, -1e-3), (np.nan, 1, 1)))
        inside = v[3:]  # at zero the diagonal and cov12 = 0 may have different limits
        np.testing.assert_allclose(
            m.variance_fn(inside), m.nngp_fn(inside, inside, inside), rtol=3 * np.finfo(dtype).eps
        )


@measured
def test_gradients(problem: Problem) -> None:
    """Finite at the edges; inside the derivatives of the formula, of ``d_nngp_fn`` too."""
    d, m = derived(problem), compiled(problem)
    inside = ((0.25, 0.5, 0.75), (-0.5, 1.0, 0.625), (0.0, 0.5, 4.0))
    formula = d.activation.expression.subs({p.symbol: sympy.Rational(p.default) for p in d.activation.parameters})
    with x64(True):
        c, v, w = (jnp.asarray(column, "float64") for column in zip(*EDGES, *inside, strict=True))
        for function, e in ((m.nngp_fn, formula), (m.d_nngp_fn, formula.diff(cov12))):
            computed = np.stack(jax.jit(jax.vmap(jax.grad(function, argnums=(0, 1, 2))))(c, v, w), axis=1)
            assert np.all(np.isfinite(computed))
            for row, place in zip(computed[len(EDGES) :], inside, strict=True):
                point = dict(zip((cov12, var1, var2), map(sympy.Rational, place), strict=True))
                expected = [float(e.diff(s).subs(point).evalf(30)) for s in (cov12, var1, var2)]
                np.testing.assert_allclose(row, expected, rtol=1e-13, atol=1e-15)


# Reference values


@pytest.mark.parametrize(
    ("name", "covariance", "nngp", "d_nngp"),
    [
        ("arccos1", (1.0, 1.0, 1.0), "0.5", "0.5"),
        ("arccos1", (-1.0, 1.0, 1.0), "0", "0"),
        ("arccos1", (0.0, 0.0, 1.0), "0", "0.25"),
        ("arccos0", (2.0, 1.0, 4.0), "0.5", "inf"),
        ("cubic", (0.0, 1.0, 4.0), "0", "0"),
        ("cubic", (0.0, 0.0, 0.0), "0", "0"),
        ("matern", (0.25, 0.25, 0.25), "1", "inf"),
        ("exp_normalized", (0.0, 0.0, 2.0), "0", "0.36787944117144232159552377016146086744581113103177"),
    ],
)
def test_references_at_the_edges(name: str, covariance: tuple[float, ...], nngp: str, d_nngp: str) -> None:
    d = derived(of(name))
    formula = d.activation.expression.subs({p.symbol: sympy.Rational(p.default) for p in d.activation.parameters})
    for function, expected in ((given.nngp, nngp), (given.d_nngp, d_nngp)):
        value, error = function(formula, *covariance)
        with mpmath.workdps(50):
            assert value == mpf(expected) or abs(value - mpf(expected)) < mpf("1e-38") + error


# Modules and layers


def test_module_has_no_activation() -> None:
    m = compiled(of("exp_normalized"))
    assert "FORMULA" not in vars(m) and m.NNGP and m.PARAMETERS == {"gamma": 1.0, "shift": -1.0}
    assert "without an activation" in m.__doc__
    with pytest.raises(NotImplementedError, match="known by its kernel only"):
        m.fn(1.0)


def test_source_is_the_same_whatever_the_hash_seed() -> None:
    script = (
        "import symkern, sys\n"
        f"for f in {[p.formula for p in PROBLEMS[2:5:2]]!r}:\n"
        "    d = symkern.derive(nngp=f, name='f', parameters={'gamma': 1.0, 'shift': -1.0} if 'gamma' in f else {})\n"
        "    sys.stdout.write(d.source())\n"
    )
    texts = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "4242")
    ]
    assert texts[0] == texts[1]


@pytest.mark.layers
@pytest.mark.parametrize(("name", "layer"), [("erf_by_hand", "Erf"), ("exp_normalized", "ExpNormalized")])
def test_layers(name: str, layer: str) -> None:
    """Against neural-tangents' own, as far as its float64 formulas go."""
    stax = neural_tangents().stax
    ours = getattr(compiled(of(name)), "".join(part.capitalize() for part in name.split("_")))
    with x64(True):
        rng = np.random.default_rng(1)
        x1, x2 = rng.normal(size=(4, 6)), rng.normal(size=(3, 6))
        found = []
        for make in (ours, getattr(stax, layer)):
            _, _, kernel_fn = stax.serial(stax.Dense(8, 1.2, 0.1), make(), stax.Dense(1))
            found.append([*kernel_fn(x1, x2, ("nngp", "ntk")), *kernel_fn(x1, None, ("nngp", "ntk"))])
        for left, right in zip(*found, strict=True):
            np.testing.assert_allclose(left, right, rtol=2e-7, atol=1e-12)


@pytest.mark.layers
def test_layer_has_no_finite_width() -> None:
    _, apply_fn, _ = compiled(of("exp_normalized")).ExpNormalized(gamma=2.0)
    with pytest.raises(NotImplementedError, match="ExpNormalized is known by its kernel only"):
        apply_fn(None, np.ones((2, 3)))


# The command


def run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "symkern", *args], capture_output=True, text=True, cwd=cwd, env=env, check=False
    )


def test_derive_and_verify(tmp_path: Path) -> None:
    formula = f"sqrt(var1*var2)*exp({R} - 1)"
    done = run("derive", "--nngp", formula, "--name", "exp_normalized", "--points", "10", "--out", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "K(cov12, var1, var2) =" in done.stdout and "Gram matrices" in done.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["exp_normalized.json", "exp_normalized.py"]
    certificate = read_certificate(tmp_path / "exp_normalized.py")
    assert certificate["ok"] and certificate["oracle_digits"] > 30
    module = module_of(str(tmp_path / "exp_normalized.py"))
    assert formula_at(module, {}) == ({}, symkern.derive(nngp=formula).activation.expression)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--nngp", "tanh(cov12)"], "has the eigenvalue -0.0139"),
        (["--nngp", "cov12*var1"], "not symmetric"),
        (["--nngp", "x*cov12"], "without its activation"),
        (["--nngp", "cov12", "--name", "class"], "plain identifier"),
        (["sin", "--nngp", "cov12"], "either an activation or nngp"),
    ],
)
def test_refusals_of_the_command(args: list[str], message: str, tmp_path: Path) -> None:
    done = run("derive", *args, cwd=tmp_path)
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
