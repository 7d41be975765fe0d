"""Code generation: rewrites that keep the value, a strict printer, the same bytes every time."""

from __future__ import annotations

import ast
import inspect
import itertools
import math
import os
import subprocess
import sys

import jax.numpy as jnp
import mpmath
import pytest
import sympy
from mpmath import mp, mpf
from problems import PROBLEMS, Problem

import symkern
from symkern import numerics
from symkern.codegen.activations import written_stably
from symkern.codegen.functions import (
    GAP,
    arc_rest,
    by_ratio,
    exp_cosh,
    exp_coshm1,
    exp_Phi,
    exp_Phi2,
    exp_sinh,
    expanded,
    expm1,
    orthant,
    orthant_difference,
)
from symkern.codegen.layout import WIDTH
from symkern.codegen.precision import needs_double_words
from symkern.codegen.printer import Printer, PrintError
from symkern.codegen.rewrites import REWRITES
from symkern.codegen.signs import Sign, sign
from symkern.evaluation import x64
from symkern.functions import Orthant, Phi, Phi2
from symkern.parse import parse
from symkern.parse.functions import KNOWN_FUNCTIONS, Function
from symkern.symbols import cov12, gap, var1, var2, x

POINTS = [
    {cov12: sympy.Rational(c), var1: sympy.Rational(v), var2: sympy.Rational(w)}
    for c, v, w in (("0.3", "0.7", "0.5"), ("-0.8", "1.5", "0.6"), ("0", "2", "0.25"), ("1.25", "1.25", "1.25"))
]


def derived(problem: Problem) -> symkern.Derivation:
    d = symkern.derive(problem.formula, name=problem.name, parameters=problem.parameters)
    assert isinstance(d, symkern.Derivation)
    return d


def number(e: sympy.Expr, point: dict, parameters: dict) -> mpf:
    return mpf(sympy.N(expanded(e).subs({**point, **parameters}), 40))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_every_rewrite_keeps_the_value(problem: Problem) -> None:
    """Each row of the table, applied in order to every kernel: before and after agree to 35 digits."""
    d = derived(problem)
    parameters = {p.symbol: sympy.Rational(p.default) for p in d.activation.parameters}
    for e, rewrite in itertools.product((d.nngp, d.d_nngp), REWRITES):
        after = e
        for row in REWRITES[: REWRITES.index(rewrite) + 1]:
            after = row.apply(after)
        with mpmath.workdps(40):
            for point in POINTS[: 2 if problem.largest_variance < 4 else 4]:
                assert mp.almosteq(number(e, point, parameters), number(after, point, parameters), rel_eps=mpf("1e-33"))


ROOT = sympy.sqrt(var1 * var2 - cov12**2)
H, K = -1 / sympy.sqrt(var1), -1 / sympy.sqrt(var2)
ROWS = {
    "joint_normals": (
        var1 * sympy.exp(var2) * Phi(H)
        + 3 * sympy.exp(cov12) * Phi2(H, K, cov12 / (sympy.sqrt(var1) * sympy.sqrt(var2))),
        var1 * exp_Phi(var2, H) + 3 * exp_Phi2(cov12, H, K, cov12, ROOT),
    ),
    "orthant_moments": (
        Orthant(1, 1, cov12, var1, var2) + 2 * Orthant(2, 2, cov12, var1, var2) - 2 * Orthant(2, 2, -cov12, var1, var2),
        orthant(1, 1, cov12, var1, var2, gap()) + 2 * orthant_difference(2, 2, cov12, var1, var2, gap()),
    ),
    "paired_exponentials": (sympy.exp(cov12 - var1) - sympy.exp(-cov12 - var1), 2 * exp_sinh(-var1, cov12)),
    "means_split_off": (
        1 - sympy.exp(-var1) - sympy.exp(-var2) + exp_cosh(-var1 - var2, cov12),
        expm1(-var1) * expm1(-var2) + exp_coshm1(-var1 - var2, cov12),
    ),
    "expm1_difference": (1 - sympy.exp(-2 * var1), -expm1(-2 * var1)),
    "series_of_angles": (
        ROOT + cov12 * sympy.atan2(ROOT, -cov12),
        by_ratio(ROOT, -cov12, cov12 * arc_rest(ROOT, -cov12, 1), ROOT + cov12 * sympy.atan2(ROOT, -cov12)),
    ),
    "moduli": (
        sympy.cos(sympy.atan2(2 * var1, 1 - 4 * GAP) / 2) * (sympy.expand((1 - 4 * gap()) ** 2) + 4 * var1**2) ** -2,
        sympy.cos(sympy.atan2(2 * var1, 1 - 4 * GAP) / 2) * ((1 - 4 * GAP) ** 2 + 4 * var1**2) ** -2,
    ),
    "positive_sums": ((1 + 2 * var1) * (1 + 2 * var2) - 4 * cov12**2, 1 + 2 * var1 + 2 * var2 + 4 * GAP),
}


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda r: r.name)
def test_every_rewrite_does_what_its_row_says(rewrite) -> None:
    before, expected = ROWS[rewrite.name]
    after = rewrite.apply(before)
    assert sympy.expand(after - expected) == 0, after
    assert after != before


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (1 + var1 + GAP, Sign.PLUS),
        (-var1 - 1, Sign.MINUS),
        (cov12 * exp_sinh(var1, cov12), Sign.PLUS),
        (cov12**3 + cov12 * var1, Sign.COV),
        (cov12 + 1, Sign.UNKNOWN),
        (-cov12, Sign.MINUS_COV),
        (expm1(-var1), Sign.MINUS),
        (sympy.Symbol("b", real=True) ** 2 * var1, Sign.PLUS),
        (sympy.Symbol("b", real=True) * var1, Sign.UNKNOWN),
    ],
)
def test_signs(e: sympy.Expr, expected: Sign) -> None:
    assert sign(e) is expected


def test_plain_floats_only_where_nothing_cancels() -> None:
    assert not needs_double_words(9 * cov12 * var1 * var2 + 6 * cov12**3)
    assert not needs_double_words(1 / sympy.sqrt(1 + 2 * var1 + 2 * var2 + 4 * GAP))
    assert needs_double_words(sympy.exp(cov12 - var1 / 2 - var2 / 2))  # an exponent of 1e4 amplifies its own rounding
    assert needs_double_words(cov12 + 1)


@pytest.mark.parametrize(
    "e", [sympy.Function("g")(cov12), sympy.gamma(var1), cov12 ** sympy.Rational(1, 3), sympy.Symbol("q")]
)
@pytest.mark.parametrize("double", [True, False])
def test_printer_is_strict(e: sympy.Expr, double: bool) -> None:
    with pytest.raises(PrintError):
        Printer(double=double, names={cov12: "cov12", var1: "var1"})(e)


EXPRESSIONS = [
    -(cov12**2) * (var1 + var2) / 2,
    (cov12 - 1) ** 2 / (3 * (var1 + 1) ** sympy.Rational(5, 2)),
    1 - (cov12 - var1) - 2 * (var1 - var2),
    -1 / (var1 + 1) / (var2 + 1),
    sympy.Rational(2, 3) - cov12 / 7,
    2 ** sympy.Rational(1, 2) * cov12 - sympy.pi * var1,
    (1 + var1) ** sympy.Rational(-1, 4),
    (1 + var1) ** sympy.Rational(3, 4) * 123456789012 * cov12,
    -((-(cov12**3)) ** 3),
    var1 * var2 - (var1 - var2) / (cov12**2 + 1),
    sympy.exp(-cov12) * sympy.cos(2 * cov12 - 1) / sympy.atan2(var1, var2 + 1),
]


@pytest.mark.parametrize("double", [True, False])
@pytest.mark.parametrize("e", EXPRESSIONS, ids=str)
def test_printed_text_means_the_expression(e: sympy.Expr, double: bool) -> None:
    """Parentheses, signs, roots: the text, evaluated in ordinary arithmetic, is the expression."""
    import types

    text = Printer(double=double, names={s: s.name for s in (cov12, var1, var2)})(e)
    point = {"cov12": 0.3, "var1": 1.7, "var2": 0.9}
    scope = {name: getattr(math, name) for name in ("sqrt", "exp", "cos", "sin", "atan", "atan2")} | {
        "constant": lambda h, low: h + low,
        "pi": math.pi,
    }
    scope["jnp"] = types.SimpleNamespace(
        sqrt=math.sqrt, exp=math.exp, cos=math.cos, arctan=math.atan, arctan2=math.atan2, pi=math.pi
    )
    assert eval(text, scope, point) == pytest.approx(float(e.subs({cov12: 0.3, var1: 1.7, var2: 0.9})), rel=1e-13)


def _first_argument(row: Function) -> str:
    return "tanh(x)" if row.real_on == (-1.0, 1.0) else "2 + x" if row.real_on[0] > -math.inf else "x"


@pytest.mark.parametrize("row", KNOWN_FUNCTIONS.values(), ids=lambda row: row.name)
def test_every_function_of_the_grammar_has_an_activation(row: Function) -> None:
    """Alone, and its cube root and a power where it is positive: as code, beside the row's own floats."""
    more = [str(n) for n in range(1, row.arity[0])]
    call = f"{row.name}({', '.join([_first_argument(row), *more])})"
    for formula in (call, f"cbrt(2 + ({call})**2)", f"(2 + ({call})**2)**0.3"):
        expression = parse(formula, {"x": x}, required=())
        printer = Printer(double=False, names={x: "x"})
        text = printer(written_stably(expression))
        scope = {name: getattr(numerics, name) for name in printer.used} | {"jnp": jnp}
        for place in (-1.3, 0.4, 2.2):
            argument = {"x": place, "tanh(x)": math.tanh(place), "2 + x": 2 + place}[_first_argument(row)]
            value = row.value(argument, *map(float, more))
            expected = value if formula == call else (2 + value**2) ** (1 / 3 if formula.startswith("cbrt") else 0.3)
            with x64(True):
                assert float(eval(text, scope, {"x": jnp.asarray(place)})) == pytest.approx(expected, rel=1e-13)


def test_only_kernels_are_computed_at_unit_variances() -> None:
    """The variance map of this one has an angle of its own, in one variable."""
    text = symkern.derive("x*Phi(x) + relu(x - 1)", name="f").source()
    variance = text[text.index("def variance_fn") : text.index("def F(")]
    assert "atan" in variance
    assert "cov12, var1" not in variance and "rescaled" not in variance
    assert "rescaled" in symkern.derive("relu(x)**2", name="f").source()


def test_sums_are_symmetric_in_the_variances() -> None:
    printer = Printer(double=False, names={s: s.name for s in (cov12, var1, var2)})
    assert "(var1 + var2)" in printer(1 + 2 * var1 + 2 * var2 + cov12)


def test_source_is_the_same_whatever_the_hash_seed() -> None:
    script = (
        "import symkern, sys\n"
        "for f in ('sin', 'gabor', 'x + sin(x)**2', 'cos(x**2)', 'relu(x)**2 + erf(x)', 'x*Phi(2*x)'):\n"
        "    sys.stdout.write(symkern.derive(f).source())\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    "problem", [pytest.param(p, id=p.name, marks=pytest.mark.slow if p.name == "chirp" else ()) for p in PROBLEMS]
)
def test_generated_text(problem: Problem) -> None:
    """Compiles, has the contract's functions with its argument names, no line that nobody can read, no leftovers."""
    d = derived(problem)
    source = d.source()
    assert source == symkern.derive(problem.formula, name=problem.name, parameters=problem.parameters).source()
    tree = ast.parse(source)
    assert "_t" not in {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    assert "Generated by `symkern derive" in ast.get_docstring(tree)
    if "chirp" not in problem.name:
        assert max(map(len, source.splitlines())) <= WIDTH + 12
    module = d.compile()
    assert list(inspect.signature(module.nngp_fn).parameters)[:3] == ["cov12", "var1", "var2"]
    assert set(inspect.signature(module.d_nngp_fn).parameters) == {"cov12", "var1", "var2", *problem.parameters}
    assert next(iter(inspect.signature(module.variance_fn).parameters)) == "var"
    assert callable(module.nngp_and_d_nngp_fn)
    assert str(x) in inspect.signature(module.fn).parameters


def test_gap_symbol_is_the_determinant() -> None:
    assert expanded(GAP) == gap()
