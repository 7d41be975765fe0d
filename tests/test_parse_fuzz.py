"""The parser on any text: it parses or says why not; what it parses means what it says; nothing is ever executed."""

from __future__ import annotations

import ast
import builtins
from pathlib import Path

import mpmath as mp
import pytest
import sympy as sp
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import symkern.parse
from symkern.activation import Parameter
from symkern.errors import FormulaError
from symkern.parse import KNOWN_FUNCTIONS, parse, parse_activation
from symkern.parse.functions import FUNCTION_SPELLINGS, NAMESPACES
from symkern.symbols import cov12, var1, var2, x

PARAMETERS = (Parameter("a", 1.5), Parameter("b", 2.0, "positive"))
KERNEL = {s.name: s for s in (cov12, var1, var2)}
fuzz = settings(deadline=None, database=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])


def holds(text: str) -> None:
    """``text`` parses to a finite, real expression in the symbols given, or the refusal is well formed."""
    for read, symbols in (
        (lambda: parse_activation(text, PARAMETERS), {x, *(p.symbol for p in PARAMETERS)}),
        (lambda: parse(text, KERNEL, required=tuple(KERNEL)), {cov12, var1, var2}),
    ):
        try:
            expr = read()
        except FormulaError as error:
            assert error.text == text
            assert 0 <= error.position <= len(text)
            assert error.message.isascii()
            assert error.message.isprintable()
            assert str(error).count("\n") == 2
        else:
            assert isinstance(expr, sp.Expr)
            assert expr.free_symbols & symbols
            assert expr.free_symbols <= symbols
            assert not expr.has(sp.I, sp.nan, sp.zoo, sp.oo, -sp.oo, sp.Float)


@fuzz
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text(text):
    holds(text)


PIECES = [
    "x", "a", "b", "cov12", "var1", "var2", "pi", "E", "0", "1", "2", "3", "10", "64", "1e9", "0.5", "1/2", ".", "e",
    "1e-300",
    *"+-*/()(),,<>&|~ ", "**", "**", "<=", ">=", "==", "=", "^", "²", "−", "\n", "'", "[", "and", " or ", "not ",
    "True",
    "if", "lambda", "I", "oo", "_", "k", "Piecewise((", ", True))", "where(", "np.", "jax.nn.", "foo.", ".__class__",
    *(f"{name}(" for name in FUNCTION_SPELLINGS), *(f"{name}." for name in sorted(NAMESPACES)[:3]),
]  # fmt: skip


@fuzz
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_text_over_the_grammar(text):
    holds(text)


# Trees of text: well-formed, and most of them complex, infinite or too large somewhere.
LEAVES = st.sampled_from(
    ["x", "x", "x", "a", "b", "pi", "E", "0", "1", "2", "-1", "0.1", "64", "1e10", "1e-10", "7**20"]
)


def _call(name: str, args: list[str]) -> str:
    return f"{name}({', '.join(args[: max(1, KNOWN_FUNCTIONS[name].arity[0])])})"


def _wilder(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(_call, st.sampled_from(sorted(KNOWN_FUNCTIONS)), st.lists(children, min_size=3, max_size=3)),
        st.builds("({}{}{})".format, children, st.sampled_from(["+", "-", "*", "/", "**"]), children),
        st.builds("where({}<{},{},{})".format, children, children, children, children),
        st.builds("Abs({})**{}".format, children, children),
    )


@fuzz
@given(st.recursive(LEAVES, _wilder, max_leaves=12))
def test_wild_formulas(text):
    holds(text)


# Trees of functions that are real and moderate everywhere: these must parse, and to the right value.  A tree is a leaf
# (its text) or a row of the table below with its branches.
NAMES = {
    "x": None,
    "pi": mp.pi,
    "a": mp.mpf("1.5"),
    "0.25": mp.mpf("0.25"),
    "3": mp.mpf(3),
    "1e-1": mp.mpf("0.1"),
    "2.": 2,
}
_AS_FUNCTION = 9
OPERATORS = {  # how tightly it binds, its text, its value; the loosest is 1, a power 4
    "sum": (1, "{} + {}", lambda u, v: u + v),
    "difference": (1, "{} - {}", lambda u, v: u - v),
    "product": (2, "{}*{}", lambda u, v: u * v),
    "minus": (3, "-{}", lambda u: -u),
    "square": (4, "{}**2", lambda u: u**2),
    "cube": (4, "{}**3", lambda u: u**3),
    "quotient": (2, "{}/cosh({})", lambda u, v: u / mp.cosh(v)),
    "sin": (_AS_FUNCTION, "np.sin({})", mp.sin),
    "tanh": (_AS_FUNCTION, "tanh({})", mp.tanh),
    "atan": (_AS_FUNCTION, "arctan({})", mp.atan),
    "erf": (_AS_FUNCTION, "erf({})", mp.erf),
    "Phi": (_AS_FUNCTION, "Phi({})", mp.ncdf),
    "abs": (_AS_FUNCTION, "abs({})", abs),
    "sigmoid": (_AS_FUNCTION, "sigmoid(sin({}))", lambda u: 1 / (1 + mp.exp(-mp.sin(u)))),
    "gauss": (_AS_FUNCTION, "exp(-({})**2)", lambda u: mp.exp(-(u**2))),
    "softplus": (_AS_FUNCTION, "softplus(cos({}))", lambda u: mp.log(1 + mp.exp(mp.cos(u)))),
    "relu": (_AS_FUNCTION, "relu({})", lambda u: max(u, mp.mpf(0))),
    "root": (_AS_FUNCTION, "sqrt(1 + ({})**2)", lambda u: mp.sqrt(1 + u**2)),
    "max": (_AS_FUNCTION, "maximum({}, {})", max),
    "min": (_AS_FUNCTION, "min({}, {})", min),
    "where": (_AS_FUNCTION, "where(x > 0.5, {}, {})", None),
}  # fmt: skip


def written(tree: str | tuple, level: int = 0) -> str:
    """The tree as text with no more parentheses than precedence needs."""
    if isinstance(tree, str):
        return tree
    name, *branches = tree
    binding, form, _ = OPERATORS[name]
    if binding == _AS_FUNCTION:
        return form.format(*map(written, branches))
    # The right operand of - and /, and the base of a power, must bind tighter than the operator.
    levels = [binding + (binding == 4), binding + (name in ("difference", "quotient", "sum", "product"))]
    if name == "quotient":
        levels[1] = 0
    if name == "minus":
        levels[0] = 3
    text = form.format(*(written(branch, wanted) for branch, wanted in zip(branches, levels, strict=False)))
    return f"({text})" if binding < level else text


def computed(tree: str | tuple, at: mp.mpf) -> mp.mpf:
    """The tree's value, by mpmath alone."""
    if isinstance(tree, str):
        return at if tree == "x" else NAMES[tree]
    name, *branches = tree
    values = [computed(branch, at) for branch in branches]
    if name == "where":
        return values[0] if at > 0.5 else values[1]
    return OPERATORS[name][2](*values)


def _larger(children: st.SearchStrategy[str | tuple]) -> st.SearchStrategy[str | tuple]:
    unary = sorted(name for name, row in OPERATORS.items() if row[1].count("{}") == 1)
    binary = sorted(set(OPERATORS) - set(unary))
    return st.one_of(
        st.tuples(st.sampled_from(unary), children), st.tuples(st.sampled_from(binary), children, children)
    )


TREES = st.recursive(st.sampled_from(["x", *NAMES]), _larger, max_leaves=8)
# A random tree may be constant, contain exp(-pi**6), or nest beyond the limits; nothing else keeps it from being read.
ALLOWED = (
    "out of range",
    "too many irrational constants",
    "not a function of x",
    "nested too deeply",
    "the variables cancel",
    "too many arguments of Max and Min",
)


@settings(fuzz, max_examples=300)
@given(TREES)
def test_parsed_trees_have_the_value_of_the_tree(tree):
    text = written(tree)
    try:
        expr = parse_activation(text, PARAMETERS[:1])
    except FormulaError as error:
        assert any(reason in error.message for reason in ALLOWED), error
        assume(False)
    function = sp.lambdify(x, expr.subs(PARAMETERS[0].symbol, sp.Rational(3, 2)), "mpmath")
    for point in (-1.1, 0.3, 2.0):
        at = mp.mpf(point)
        with mp.workdps(40):
            expected, got = computed(tree, at), mp.mpf(function(at))
        # Digits are lost where terms cancel; what matters here is a wrong operator, branch or precedence.
        assert mp.almosteq(got, expected, mp.mpf(10) ** -12, mp.mpf(10) ** -12), (text, point, got, expected)


# Nothing is executed


def test_the_source_evaluates_nothing():
    python = {"eval", "exec", "compile", "__import__", "getattr", "open", "globals", "vars"}
    sympy = {"sympify", "parse_expr", "S", "lambdify", "literal_eval", "import_module"}
    files = sorted(Path(symkern.parse.__file__).parent.glob("*.py"))
    assert len(files) > 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name):
                assert node.id not in python | sympy, file.name
            elif isinstance(node, ast.Attribute):
                assert node.attr not in sympy, file.name
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                assert not {alias.name for alias in node.names} & (sympy | {"builtins", "importlib", "ast"}), file.name


PAYLOADS = [
    "__import__('pathlib').Path('{0}').touch()", "open('{0}', 'w')", "exec(\"open('{0}', 'w')\")", "eval('1')",
    "x.__class__",
    "().__class__.__bases__[0].__subclasses__()", "[open('{0}', 'w') for _ in (1,)]", "(lambda: open('{0}', 'w'))()",
    "x + os.system('touch {0}')", "sympify(\"open('{0}', 'w')\")", "sp.sympify(x)", "np.lib.format.open_memmap('{0}')",
    "f'{{open(\"{0}\", \"w\")}}'", "x if open('{0}', 'w') else x", "globals()", "x; open('{0}', 'w')", "breakpoint()",
    "x\nopen('{0}', 'w')", "x#\nopen('{0}', 'w')", "`touch {0}`", "$(touch {0})", "x, open('{0}', 'w')", "!touch {0}",
]  # fmt: skip


def test_payloads_have_no_effect(tmp_path, monkeypatch):
    """No payload runs, and neither Python's evaluator nor SymPy's reader of strings is ever reached."""
    formulas = ["x*Phi(x)", "where(x > 0, x, exp(x) - 1)", "Max(x, 1/2)*sqrt(2)", "asin(tanh(x))", "x**3/(1 + x**2)"]
    expected = [parse_activation(text) for text in formulas]  # SymPy's own lazy imports are done now

    def forbidden(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"executed {args!r}")

    file = tmp_path / "touched"
    with monkeypatch.context() as patch:
        for name in ("eval", "exec", "compile", "breakpoint"):
            patch.setattr(builtins, name, forbidden)
        patch.setattr("sympy.parsing.sympy_parser.parse_expr", forbidden)
        patch.setattr("sympy.parsing.sympy_parser.eval_expr", forbidden)
        got = [parse_activation(text) for text in formulas]
        refusals = []
        for payload in PAYLOADS:
            try:
                parse_activation(payload.format(file))
            except FormulaError as error:
                refusals.append(error)
    assert got == expected
    assert len(refusals) == len(PAYLOADS)
    assert not file.exists()
    with pytest.raises(AssertionError, match="executed"), monkeypatch.context() as patch:
        patch.setattr("sympy.parsing.sympy_parser.parse_expr", forbidden)
        sp.sympify("1 + 1")  # the trap works: SymPy's own reader would have fallen into it
