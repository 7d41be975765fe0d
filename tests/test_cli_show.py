"""``list``, ``show``, ``bench derive`` and ``derive --standalone`` as a user meets them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from sympy import latex

import symkern
from symkern import catalogue, families
from symkern.certificate import measured_rows, read_certificate
from symkern.cli import main
from symkern.codegen.standalone import standalone_source
from symkern.derivation import Derivation
from symkern.domain import Point
from symkern.emit import generated_folder
from symkern.functions import Density2, Phi, Phi2
from symkern.listing import Row, rows
from symkern.notation import FEW_TERMS, brief, latex_of, words
from symkern.report import Report, Worst
from symkern.showing import latex_lines, lines, pretty
from symkern.symbols import x
from symkern.tables import listing
from symkern.workflow import module_of

NAMES = [*(e.name for e in (*catalogue.ENTRIES, *catalogue.SERIES)), *(f.name for f in families.FAMILIES)]
ELU = "Piecewise((x, x > 0), (exp(x) - 1, True))"


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "symkern", *args], capture_output=True, text=True, check=False)


def on_a_terminal(*args: str, columns: int) -> list[str]:
    """The lines that a command prints on a terminal of that width."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen([sys.executable, "-m", "symkern", *args], stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        text = b""
        try:
            while chunk := os.read(ours, 65536):
                text += chunk
        except OSError:  # the other end is closed
            pass
        os.close(ours)
    assert process.returncode == 0
    return text.decode().replace("\r", "").splitlines()


# list


def test_list_reads_the_certificates() -> None:
    found = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert list(found) == NAMES
    certified = {path.stem for path in generated_folder().glob("*.json")} & set(NAMES)
    assert {name for name, row in found.items() if row["worst_ulp"] is not None} == certified
    for name in certified:
        row = found[name]
        content = json.loads((generated_folder() / f"{name}.json").read_text())
        assert row["worst_ulp"] == max(r["ulp"] for r in measured_rows(content))
        assert row["points"] == content["points"]
    assert found["sin"]["class"] == "exponential polynomial, elementary"
    assert found["relu"]["class"] == "thresholds, elementary"
    assert found["monomial"]["rule"] == "family" and found["monomial"]["parameters"] == {"degree": 3}


def test_list_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "relu.py").write_text("Rule: thresholds.\nfrom symkern.numerics import exp_Phi, exp_Phi2\n")
    (tmp_path / "relu.json").write_text("[]")
    found = {row.name: row for row in rows(tmp_path)}
    assert found["relu"].kind == "thresholds, needs Phi2" and found["relu"].worst_ulp is None
    assert found["sin"].kind == "no module"
    assert "not certified" in "\n".join(listing([found["relu"]], 80))


def test_list_needs_neither_jax_nor_sympy() -> None:
    script = (
        "import sys; from symkern.listing import rows; from symkern.emit import generated_folder; from symkern import tables;"
        "rows(generated_folder()); print([m for m in ('jax', 'sympy', 'mpmath', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_list_in_a_pipe_has_one_line_an_entry() -> None:
    head, *entries = run("list").stdout.splitlines()
    assert [line.split()[0] for line in entries] == NAMES
    column = head.index("class")
    assert all(line[column - 1] == " " != line[column] for line in entries)


@pytest.mark.parametrize("columns", [80, 110, 200])
def test_list_fits_the_terminal(columns: int) -> None:
    printed = on_a_terminal("list", columns=columns)
    assert max(map(len, printed)) <= columns
    starts = [line.split()[0] for line in printed if not line.startswith(" ")]
    assert starts == (["name", *NAMES] if columns == 200 else NAMES)


def test_a_long_formula_is_broken_between_words() -> None:
    row = Row("long", " + ".join(["x**2"] * 40), {}, "thresholds", "", 0.5, 200, "", "", ())
    printed = list(listing([row], 80))
    assert max(map(len, printed)) <= 80 and sum(line.count("x**2") for line in printed) == 40
    wide = list(listing([row], 200))
    start = wide[0].index("f(x)")
    assert len(wide) == 3 and wide[2].startswith(" " * start) and wide[2][start] != " "


# show


def test_show_explains_the_derivation() -> None:
    done = run("show", "gelu")
    assert done.returncode == 0 and done.stderr == ""
    for expected in ("x Phi(x)", "Tsuchida", "half-spaces", "E[∂G/∂ξ]", "Price", "exists for every covariance"):
        assert expected in done.stdout
    assert done.stdout.count("E[f(X) f(Y)]") == 2


def test_show_takes_parameters_and_writes_json() -> None:
    done = run("show", "k*x + 1", "--param", "k=2", "--json")
    content = json.loads(done.stdout)
    assert content["nngp"] == "cov12*k**2 + 1" and content["parameters"] == {"k": 2.0}
    assert content["steps"][-1]["expression"] is None and content["steps"][0]["expression"] == "k*x + 1"


def test_long_sums_are_written_out_only_where_asked_for() -> None:
    d = derived("Abs(x + 2)**3 - 4*Abs(x + 1)**3 + 6*Abs(x)**3 - 4*Abs(x - 1)**3")
    assert len(d.nngp.args) > FEW_TERMS
    short, full = ("\n".join(lines(d, written)) for written in (brief, str))
    assert f"a sum of {len(d.nngp.args)} terms, which `symkern show` writes out" in short
    assert str(d.nngp) in full and str(d.nngp) not in short and str(d.variance) in short
    assert f"a sum of {len(d.nngp.args)} terms" in d.source()


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["show", "tan"], 3, "at x = "),
        (["show", "gellu"], 2, "did you mean"),
        (["show", "sin", "--param", "q=1"], 2, "it has a, b, c"),
        (["show", "sin", "--param", "a"], 2, "NAME=VALUE"),
        (["show"], 2, "Missing argument"),
        (["bench", "derive", "sinn"], 2, "no activation is called 'sinn'; did you mean 'sin'?"),
        (["bench", "derive", "--limit", "-1"], 2, "--limit"),
        (["derive", "monomial", "--standalone"], 2, "--param"),
    ],
)
def test_refusals(args: list[str], status: int, message: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["symkern", *args])
    with pytest.raises(SystemExit) as end:
        main()
    printed = capsys.readouterr()
    assert end.value.code == status and message in printed.err and printed.out == ""


def derived(formula: str) -> Derivation:
    derivation = symkern.derive(formula)
    assert isinstance(derivation, Derivation)
    return derivation


@pytest.mark.parametrize("unicode", [True, False])
def test_formulas_are_drawn_where_they_fit(unicode: bool) -> None:
    d = derived("sin")
    wide, narrow = (list(lines(d, pretty(width, unicode=unicode))) for width in (200, 60))
    assert max(map(len, wide)) <= 200
    assert "var1" in "\n".join(narrow) and str(d.nngp).replace(" ", "") in "".join(narrow).replace(" ", "")
    assert any("var₁" in line for line in wide) == unicode
    assert all(line.isascii() for line in wide if not re.match(r" *\d+\. ", line)) != unicode


MACROS = r"""
    \alpha \beta \rho \xi \Sigma \Gamma \partial \Phi \hat \varphi \theta \delta \pi \ensuremath \tfrac \text \operatorname
    \mathrm \left \right \frac \sqrt \sin \cos \exp \begin \end \item \quad \wedge \le
"""


@pytest.mark.parametrize("formula", ["sin", "gaussian", "gelu", ELU, "cos(x**2)", "Heaviside(x - 1)", "x*exp(x**2)"])
def test_latex_compiles(formula: str) -> None:
    """Braces and environments are balanced, and every macro is one of LaTeX's or amsmath's."""
    text = "\n".join(latex_lines(derived(formula)))
    assert text.isascii()
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert sorted(re.findall(r"\\begin\{(\w+)\}", text)) == sorted(re.findall(r"\\end\{(\w+)\}", text)) != []
    assert text.count(r"\[") - text.count(r"\\[") == text.count(r"\]")
    assert len(re.findall(r"\\left\b", text)) == len(re.findall(r"\\right\b", text))
    assert set(re.findall(r"\\[A-Za-z]+", text.replace(r"\\", " "))) <= set(MACROS.split())


def test_functions_have_letters() -> None:
    assert latex(Phi(x) ** 2) == r"\Phi^{2}{\left(x\right)}"
    assert latex_of(Phi2(x, 1, x)) == r"\Phi_{2}{\left(x, 1, x\right)}"
    assert latex(Density2(x, 1, x)).startswith(r"\hat{\varphi}_{2}")
    assert words("w xᵏ ½ 50% ☃") == r"w x\ensuremath{^{k}} \ensuremath{\tfrac12} 50\% "


def test_notebooks() -> None:
    d = derived("sin")
    assert d._repr_latex_() == rf"$\displaystyle \operatorname{{E}}[f(X)\,f(Y)] = {latex_of(d.nngp)}$"
    refused = symkern.derive("tanh", closed_form=True)
    assert not refused and "- the factor tanh(x)" in refused._repr_markdown_()
    place = Point("interior", 0.0, 1.0, 1.0)
    row = Worst("nngp_fn", "float32", "interior", 0.5, "jit", place, 0.0, "0", 3)
    other = replace(row, function="d_nngp_fn", region="small", ulp=5.0)
    table = Report("sin", "sin(x)", 4.0, (row, other), 30.0, 0, 3)._repr_markdown_().splitlines()
    assert "**not met**" in table[0]
    assert table[2:] == [
        "| function | dtype | interior | small |",
        "|---|---|---:|---:|",
        "| nngp_fn | float32 | 0.50 |  |",
        "| d_nngp_fn | float32 |  | 5.00 |",
    ]


@pytest.mark.parametrize("formula", ["sin", "gabor", "relu", "gelu", ELU, "Max(0, x)**2", "x"])
def test_steps_carry_what_they_produced(formula: str) -> None:
    d = derived(formula)
    *worked, check = d.steps
    assert check.expression is None and "Price 1958" in check.what
    assert all(step.expression is not None for step in worked)
    assert [s.expression for s in worked if s.what.endswith("E[f(X) f(Y)]")] == [d.nngp]
    assert [s.expression for s in worked if s.what.endswith("E[f'(X) f'(Y)]")] == [d.d_nngp]


def test_the_pair_that_is_written_out_is_right() -> None:
    """relu is one atom, so its pair is the whole kernel, and the probability of its half-spaces that of the step."""
    steps = {step.what: step.expression for step in derived("relu").steps}
    (probability,) = (e for what, e in steps.items() if "probability" in what)
    (moment,) = (e for what, e in steps.items() if "powers" in what)
    assert moment == derived("relu").nngp and probability == derived("Heaviside(x)").nngp


# bench


def test_bench_times_every_stage() -> None:
    done = run("bench", "derive", "sin", "hermite", "tanh")
    assert done.returncode == 0 and done.stderr == ""
    head, *body, total = done.stdout.splitlines()
    assert head.split() == ["seconds", "parse", "derive", "rewrite", "print", "total"]
    assert [line.split()[0] for line in body] == ["sin", *(f"hermite_{n}" for n in range(6)), "tanh"]
    assert all(line.count("*") == 1 for line in body) and total.startswith("all")
    assert "no closed form" in body[-1]


def test_bench_has_a_limit() -> None:
    done = run("bench", "derive", "gelu", "--limit", "0.001", "--json")
    assert done.returncode == 1 and "gelu" in done.stderr and done.stderr.count("\n") == 1
    (row,) = json.loads(done.stdout)
    assert row["total"] == pytest.approx(sum(row[s] for s in ("parse", "derive", "rewrite", "print")), abs=1e-3)


# standalone

PROBE = """
import importlib, re, sys
name, what = sys.argv[1:]
sys.path.insert(0, ".")
if name == "alone":
    sys.modules["symkern"] = None  # importing it fails
module = importlib.import_module(name)
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
cov = [[0.3, 1.0, -1.0, 1e-5, 0.0], [1.0, 1.0, 1.0, 1e-3, 2.0], [2.0, 1.0, 1.0, 1e-3, 0.5]]


def program(function, arguments):
    text, names = jax.jit(function).lower(*arguments).as_text(), {}
    return re.sub(r"@[\\w.]+", lambda found: names.setdefault(found[0], f"@{len(names)}"), text)


single, double = ([np.array(row, dtype) for row in cov] for dtype in (np.float32, np.float64))
if what == "programs":
    print(program(module.nngp_and_d_nngp_fn, double))
    print(program(jax.grad(lambda *c: module.d_nngp_fn(*c).sum(), (0, 1, 2)), single))
elif what == "values":
    for given in (single, double):
        for result in (*jax.jit(module.nngp_and_d_nngp_fn)(*given), module.fn(given[0])):
            print(np.asarray(result).tobytes().hex())
else:
    layer = module.Sin(b=2.0)
    from neural_tangents import stax
    print(stax.serial(stax.Dense(1), layer, stax.Dense(1))[2](np.ones((2, 3)), None, "ntk"))
needed = {"mpmath"} if "import mpmath" in open(module.__file__).read() else set()
assert name != "alone" or not any(sys.modules.get(m) for m in {"symkern", "sympy", "mpmath"} - needed)
"""


def probed(formula: str, what: str, folder: Path) -> list[str]:
    """What the ordinary and the standalone module say, each in a process of its own."""
    source = derived(formula).source()
    found = []
    for name, text in (("ordinary", source), ("alone", standalone_source(source))):
        (folder / f"{name}.py").write_text(text)
        command = [sys.executable, "-c", PROBE, name, what]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout)
    return found


@pytest.mark.parametrize("formula", ["sin", "relu", "gelu", ELU])
def test_standalone_is_the_same_program(formula: str, tmp_path: Path) -> None:
    """XLA compiles the same text, of values in float64 and gradients in float32, but for the names of its functions."""
    ordinary, alone = probed(formula, "programs", tmp_path)
    assert ordinary == alone and ordinary.count("func.func public") == 2


@pytest.mark.parametrize(
    "formula", ["sin", *(pytest.param(f, marks=pytest.mark.slow) for f in ("relu", "gelu", ELU, "Abs(x)**1.5"))]
)
def test_standalone_gives_the_same_bits(formula: str, tmp_path: Path) -> None:
    ordinary, alone = probed(formula, "values", tmp_path)
    assert ordinary == alone and len(ordinary.split()) == 6


@pytest.mark.slow
@pytest.mark.layers
def test_the_layer_of_a_standalone_module(tmp_path: Path) -> None:
    if find_spec("neural_tangents") is None:
        pytest.skip("neural_tangents is not installed")
    ordinary, alone = probed("sin", "layer", tmp_path)
    assert ordinary == alone and "[[" in ordinary


def test_standalone_names_nothing_twice() -> None:
    """No definition of the runtime hides another: every global name has one definition, and is defined."""
    text = standalone_source(derived(ELU).source())
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", "--stdin-filename", "m.py", "-"]
    done = subprocess.run(ruff, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert not re.search(r"^ *(import|from) symkern", text, re.MULTILINE)


def test_derive_standalone(tmp_path: Path) -> None:
    done = run("derive", "x + 1", "--name", "line", "--points", "10", "--standalone", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "line.py").read_text()
    assert "symkern derive line --standalone`" in text and "Apache License 2.0" in text
    assert read_certificate(tmp_path / "line.py")["points"] >= 10
    assert module_of(str(tmp_path / "line.py")).nngp_fn(1.0, 2.0, 3.0) == 2.0


# progress


def test_progress_does_not_catch_what_is_printed(tmp_path: Path) -> None:
    """With standard error on a terminal and standard output in a file, the text goes to the file."""
    ours, theirs = pty.openpty()
    with open(tmp_path / "out", "w") as out:
        command = [sys.executable, "-m", "symkern", "derive", "x + 1", "--points", "10", "--out", str(tmp_path / "g")]
        process = subprocess.Popen(command, stdout=out, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:
            pass
        assert process.wait() == 0
    os.close(ours)
    text = (tmp_path / "out").read_text()
    assert "E[f(X) f(Y)]" in text and "wrote" in text and "\x1b" not in text
    assert b"deriving" in shown and b"E[f(X)" not in shown
