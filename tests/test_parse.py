"""The parser on tables: what a formula means, what is refused and where, and that refusing is quick."""

from __future__ import annotations

import inspect
import math
import sys

import mpmath as mp
import pytest
import sympy as sp

from symkern.activation import Parameter
from symkern.errors import FormulaError, UsageError
from symkern.parse import KNOWN_FUNCTIONS, parse, parse_activation
from symkern.parse.functions import FUNCTION_SPELLINGS, INSTEAD, NAMESPACES
from symkern.symbols import cov12, var, var1, var2, x

A, B = Parameter("a", 1.5), Parameter("b", 2.0, "positive")
a, b = A.symbol, B.symbol
KERNEL = {s.name: s for s in (cov12, var1, var2)}
POINTS = (-2.3, -0.7, 0.0, 0.4, 1.0, 3.1)
R = sp.Rational


def kernel(text: str) -> sp.Expr:
    return parse(text, KERNEL, required=tuple(KERNEL))


def refused(text: str, parameters: tuple[Parameter, ...] = (A, B)) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        parse_activation(text, parameters)
    return caught.value


# Text, SymPy by hand, and the same in mpmath (a = 1.5, b = 2); the last checks the hand that wrote the middle one.
MEANINGS = [
    ("x", x, lambda t: t),
    ("+x", x, lambda t: t),
    ("-x**2", -(x**2), lambda t: -(t * t)),
    ("(-x)**2", x**2, lambda t: t * t),
    ("x**2**3", x**8, lambda t: t**8),
    ("2**-1*x", x / 2, lambda t: t / 2),
    ("2**-x**2", 2 ** (-(x**2)), lambda t: mp.mpf(2) ** -(t * t)),
    ("x - -x*2", 3 * x, lambda t: 3 * t),
    ("1 - x - 2 - 3", -x - 4, lambda t: -t - 4),
    ("x/2/4*3", 3 * x / 8, lambda t: 3 * t / 8),
    ("6/(2*x**2 + 2)*x", 6 * x / (2 * x**2 + 2), lambda t: 6 * t / (2 * t * t + 2)),
    ("0.044715*x", R(44715, 1000000) * x, lambda t: mp.mpf("0.044715") * t),
    (".5*x + 5. + 1e-3 + 2E+1", x / 2 + R(25001, 1000), lambda t: t / 2 + mp.mpf("25.001")),
    ("pi*x + E", sp.pi * x + sp.E, lambda t: mp.pi * t + mp.e),
    ("E**x", sp.exp(x), mp.exp),
    ("np.pi*x + math.e", sp.pi * x + sp.E, lambda t: mp.pi * t + mp.e),
    ("a*sin(b*x + 1)", a * sp.sin(b * x + 1), lambda t: 1.5 * mp.sin(2 * t + 1)),
    ("x*Phi(x)", x * ((1 + sp.erf(x / sp.sqrt(2))) / 2), lambda t: t * mp.ncdf(t)),
    ("sigmoid(x)*x", x / (1 + sp.exp(-x)), lambda t: t / (1 + mp.exp(-t))),
    ("softplus(x)", sp.log(1 + sp.exp(x)), lambda t: mp.log(1 + mp.exp(t))),
    ("relu(x)", sp.Max(0, x), lambda t: max(mp.mpf(0), t)),
    ("relu(x)**a", sp.Max(0, x) ** a, lambda t: max(mp.mpf(0), t) ** 1.5),
    ("sech(x)", 1 / sp.cosh(x), mp.sech),
    ("cbrt(x)", sp.sign(x) * sp.Abs(x) ** R(1, 3), lambda t: mp.sign(t) * mp.cbrt(abs(t))),
    ("expm1(x) + log1p(x**2)", sp.exp(x) - 1 + sp.log(1 + x**2), lambda t: mp.expm1(t) + mp.log1p(t * t)),
    ("square(x)", x**2, lambda t: t * t),
    ("clip(x, -1, 1/2)", sp.Max(-1, sp.Min(x, R(1, 2))), lambda t: max(mp.mpf(-1), min(t, mp.mpf(1) / 2))),
    ("clip(0, x, 1)", sp.Min(1, sp.Max(0, x)), lambda t: min(mp.mpf(1), max(mp.mpf(0), t))),
    ("np.clip(x, 1, -1) + x", x - 1, lambda t: t - 1),  # where the bounds cross, NumPy takes the upper one
    ("clip(x, a, 1)*x", x * sp.Min(1, sp.Max(x, a)), lambda t: t * min(mp.mpf(1), max(t, mp.mpf("1.5")))),
    ("Max(x, a, -x)", sp.Max(x, a, -x), lambda t: max(t, mp.mpf(1.5), -t)),
    ("sqrt(x**2)", sp.Abs(x), abs),
    ("Heaviside(x)", sp.Heaviside(x), lambda t: mp.mpf(t > 0) if t else mp.mpf("0.5")),
    ("np.heaviside(x, 1)", sp.Heaviside(x, 1), lambda t: mp.mpf(t >= 0)),
    ("asin(x/sqrt(1 + x**2))", sp.asin(x / sp.sqrt(1 + x**2)), mp.atan),
    ("atan2(x, b)", sp.atan2(x, b), lambda t: mp.atan(t / 2)),
    ("where(x > 0, log(x), 0)", sp.Piecewise((sp.log(x), x > 0), (0, True)), lambda t: mp.log(t) if t > 0 else 0),
    (
        "Piecewise((0, x < -1), (x, x <= 1), (1, True))",
        sp.Piecewise((0, x < -1), (x, x <= 1), (1, True)),
        lambda t: 0 if t < -1 else t if t <= 1 else 1,
    ),
    ("where(0 < x <= 1, x, 2)", sp.Piecewise((x, (x > 0) & (x <= 1)), (2, True)), lambda t: t if 0 < t <= 1 else 2),
    (
        "where(x > 1 or not x > -1 and x > -2, x, 0)",
        sp.Piecewise((x, (x > 1) | ((x <= -1) & (x > -2))), (0, True)),
        lambda t: t if t > 1 or (-2 < t <= -1) else 0,
    ),
    ("where((x > 0) & ~(x > 1) | False, x, 0)", sp.Piecewise((x, (x > 0) & (x <= 1)), (0, True)),
     lambda t: t if 0 < t <= 1 else 0),
    ("0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))",
     x * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (x + R(44715, 1000000) * x**3))) / 2,
     lambda t: t / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (t + mp.mpf("0.044715") * t**3)))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "value"), MEANINGS, ids=[row[0] for row in MEANINGS])
def test_meaning(text, expected, value):
    parsed = parse_activation(text, (A, B))
    assert parsed == expected
    numeric = sp.lambdify(x, parsed.subs({a: R(3, 2), b: 2}), "mpmath")
    for point in POINTS:
        assert mp.almosteq(numeric(mp.mpf(point)), value(mp.mpf(point)), 1e-13, 1e-13), point


@pytest.mark.parametrize("text", [row[0] for row in MEANINGS])
def test_sympy_prints_what_is_read_back(text):
    parsed = parse_activation(text, (A, B))
    assert parse_activation(str(parsed), (A, B)) == parsed


def test_numbers_are_exact():
    assert parse_activation("0.1*x + 0.2*x") == R(3, 10) * x
    assert parse_activation(f"x + 0.{'1' * 60}") - x == R(int("1" * 60), 10**60)
    assert not parse_activation("0.1*x + 1e-300*10**299 + 1.5**0.5").atoms(sp.Float)


def test_symbols_are_the_ones_given():
    assert parse_activation("a*x*b", (A, B)).free_symbols == {x, a, b}
    assert parse("var**2 + t", {"var": var, "t": a}, required=("var",)) == var**2 + a


# Kernel formulas: real at every admissible covariance, not at every real number.
KERNELS = [
    ("asin(2*cov12/sqrt((1+2*var1)*(1+2*var2)))*2/pi",
     2 / sp.pi * sp.asin(2 * cov12 / sp.sqrt((1 + 2 * var1) * (1 + 2 * var2)))),
    ("sqrt(var1*var2)*exp(cov12/sqrt(var1*var2) - 1)", sp.sqrt(var1 * var2) * sp.exp(cov12 / sp.sqrt(var1 * var2) - 1)),
    ("(sqrt(var1*var2 - cov12**2) + cov12*(pi - arccos(cov12/sqrt(var1*var2))))/(2*pi)",
     (sp.sqrt(var1 * var2 - cov12**2) + cov12 * (sp.pi - sp.acos(cov12 / sp.sqrt(var1 * var2)))) / (2 * sp.pi)),
    ("atan2(sqrt(var1*var2 - cov12**2), cov12)", sp.atan2(sp.sqrt(var1 * var2 - cov12**2), cov12)),
    ("log(1 + var1 + var2 - 2*cov12)", sp.log(1 + var1 + var2 - 2 * cov12)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), KERNELS, ids=[row[0] for row in KERNELS])
def test_kernel_formula(text, expected):
    assert kernel(text) == expected


@pytest.mark.parametrize(("text", "fragment"), [
    ("sqrt(cov12)", "complex-valued at cov12 = -0.5"),
    ("sqrt(var1 - var2)", "complex-valued at var1 = 1, var2 = 4"),
    ("sqrt(var1*var2/2 - cov12**2)", "complex-valued at cov12 = 1, var1 = 1, var2 = 1"),
    ("acos(2*cov12/sqrt(var1*var2))", "complex-valued"),
    ("x*cov12", "unknown name 'x': a kernel is a formula in cov12, var1, var2"),
    ("pi/2", "not a function of cov12, var1 or var2"),
    ("var*2", "did you mean 'var"),
])  # fmt: skip
def test_kernel_formula_refused(text, fragment):
    with pytest.raises(FormulaError) as caught:
        kernel(text)
    assert fragment in caught.value.message


# The table of functions

# Where each function is tried; mpmath knows those that SymPy's lambdify prints to it.
INSIDE = (0.3, 0.95, -0.4)


@pytest.mark.parametrize("name", KNOWN_FUNCTIONS)
def test_row_computes_what_it_builds(name):
    row = KNOWN_FUNCTIONS[name]
    symbols = sp.symbols(f"u:{row.arity[0]}", real=True)
    built = sp.lambdify(symbols, row.build(*symbols), "mpmath")
    for shift in range(3):
        point = [abs(v) if row.real_on[0] == 0 else v for v in (INSIDE * 2)[shift : shift + len(symbols)]]
        assert float(built(*map(mp.mpf, point))) == pytest.approx(row.value(*point), rel=1e-12), (name, point)


@pytest.mark.parametrize("name", KNOWN_FUNCTIONS)
def test_every_spelling_and_namespace(name):
    row = KNOWN_FUNCTIONS[name]
    arguments = ", ".join(["tanh(x)/2 + 1/2", "1/4", "3/4"][: row.arity[0]])
    expected = parse_activation(f"{name}({arguments})")
    for spelling in (name, *row.spellings):
        assert parse_activation(f"{spelling}({arguments})") == expected
    for namespace in NAMESPACES:
        assert parse_activation(f"{namespace}.{name}({arguments})") == expected


@pytest.mark.parametrize("name", KNOWN_FUNCTIONS)
def test_every_arity_is_checked(name):
    row = KNOWN_FUNCTIONS[name]
    for count in (row.arity[0] - 1, row.arity[1] + 1):
        error = refused(f"x + {name}({', '.join(['x'] * count)})")
        assert (f"{name} takes" in error.message, f"not {count}" in error.message, error.position) == (True, True, 4)


def test_domains_have_a_reason_and_a_way_out():
    for row in KNOWN_FUNCTIONS.values():
        restricted = row.real_on != (-math.inf, math.inf)
        assert restricted == bool(row.reason) == bool(row.mend), row.name
        if restricted:
            parse_activation(f"({row.mend.partition(' or ')[0].replace('...', 'x')})*x")


@pytest.mark.parametrize("name", sorted(INSTEAD))
def test_what_to_write_instead_is_in_the_grammar(name):
    assert name not in FUNCTION_SPELLINGS
    error = refused(f"{name}(x)")
    assert error.message.startswith(f"unknown function '{name}': write {INSTEAD[name]}")
    formula = INSTEAD[name].replace("sqrt(x)", "sqrt(relu(x))").replace("x**p", "relu(x)**p")
    formula = formula.replace("log(x)", "log(Abs(x))")
    parse_activation(formula, (Parameter("p", 1.0), Parameter("y", 1.0)))


# Refusals: text, a fragment of the message, the position of the caret.
BAD = [
    # names
    ("k*x", "unknown name 'k': did you mean 'x'? If it is a parameter, declare it with --param k=VALUE", 0),
    ("x*alpha", "unknown name 'alpha': known are x, a, b, pi, E. If it is a parameter, declare it", 2),
    ("x + e", "did you mean 'E'?", 4),
    ("x*sigmoidd", "did you mean 'sigmoid'?", 2),
    ("x*_k", "unknown name '_k': did you mean 'x'?", 2),
    ("gelu", "unknown name 'gelu': write x*Phi(x)", 0),
    ("1 + I*x", "without an imaginary unit", 4),
    ("x + inf", "a formula is finite", 4),
    ("sine(x)", "unknown function 'sine': did you mean 'sin'?", 0),
    ("x + sgm(x)", "unknown function 'sgm': did you mean 'sgn'?", 4),
    ("x*qqq(x)", "unknown function 'qqq': known are exp,", 2),
    ("x*gelu(x)", "unknown function 'gelu': write x*Phi(x)", 2),
    ("sin", "'sin' is a function: write sin(x)", 0),
    ("x*np.tanh", "'tanh' is a function: write tanh(x)", 2),
    ("where", "write where(x > 0, x, 0)", 0),
    ("np.x", "'x' needs no namespace: write x", 0),
    ("1 + scipy.linalg.norm(x)", "unknown namespace 'scipy.linalg'", 4),
    ("os.system('ls')", "unknown namespace 'os'", 0),
    # calls
    ("x + sin()", "sin takes 1 argument, not 0", 4),
    ("sin(x, x)", "sin takes 1 argument, not 2", 0),
    ("1 + max(x)", "Max takes 2 to 16 arguments, not 1", 4),
    ("where(x > 0, x)", "where takes 3 arguments", 0),
    ("sin(x,)", "something is missing before ')'", 6),
    ("x + jax.lax.clamp(-1, x, 1)", "write clip(x, low, high)", 4),
    ("x(1+x)", "'x' is not a function: write x*(...)", 1),
    ("pi(x)", "'pi' is not a function: write pi*(...)", 2),
    # operators
    ("2x", "an operator is missing here: write 2*x", 1),
    ("3 + 2(x)", "write 2*(...)", 5),
    ("(x)(1 + x)", "write (...)*(...)", 3),
    ("2 sin(x)", "write 2*sin", 2),
    ("1_000*x", "a number has no underscores", 1),
    ("x^2", "'^' is not in the grammar: write ** for a power", 1),
    ("x·x", "U+00B7 MIDDLE DOT is not in the grammar: write *", 1),
    ("2×x", "MULTIPLICATION SIGN is not in the grammar: write *", 1),
    ("x−1", "MINUS SIGN is not in the grammar: write -", 1),
    ("πx", "write pi", 0),
    ("x²", "write **2", 1),
    ("1 + Φ(x)", "write Phi", 4),
    ("x*β", "write its name in ASCII, such as beta", 2),
    ("x // 2", "'//' is not in the grammar", 2),
    ("x +", "ends too early", 3),
    ("x + * 2", "'*' is not expected here", 4),
    ("1,5*x", "write a decimal with a point", 1),
    # parentheses
    ("((x)", "never closed", 0),
    ("1 + sin(x", "never closed", 7),
    ("x + (", "never closed", 4),
    ("(x))", "no parenthesis is open here", 3),
    (")x(", "something is missing before ')'", 0),
    # conditions
    ("x > 0", "a condition is not a number", 2),
    ("(x > 0)*x", "a condition is not a number", 3),
    ("x + True", "write 1 or 0", 4),
    ("where(x, 1, 0)", "a condition is expected here", 6),
    ("where(x == 0, 1, x)", "'==' is not in the grammar: it holds on a set that no Gaussian integral sees", 8),
    ("where(x != 0, 1, x)", "'!=' is not in the grammar", 8),
    ("Piecewise((x, x > 0))", "no value outside its conditions: end it with (value, True)", 0),
    ("Piecewise(x, x > 0)", "Piecewise takes pairs", 10),
    ("Piecewise((x, x > 0), (0, True)", "never closed", 9),
    ("Piecewise((x x > 0), (0, True))", "a pair (value, condition) is expected", 10),
    ("where(where(x > 0, x, 0) > 1, x, 0)", "a condition cannot contain a Piecewise", 25),
    # what is no formula
    ("", "the formula is empty", 0),
    ("  \t ", "the formula is empty", 0),
    ("x.__class__", "'.' is not in the grammar: a formula has no attributes", 1),
    ("sin.__doc__", "a formula has no attributes", 3),
    ("(x).real", "a formula has no attributes", 3),
    ("__import__('os')", "unknown function '__import__'", 0),
    ("lambda x: x", "'lambda' is Python", 0),
    ("x if x > 0 else 0", "'if' is Python, which a formula is not: write where(condition, value, otherwise)", 2),
    ("'x'", "a formula has no strings", 0),
    ('"x"', "a formula has no strings", 0),
    ("[x]", "use parentheses", 0),
    ("x = 3", "write only the right-hand side", 2),
    ("x := 3", "write only the right-hand side", 2),
    ("x;x", "write one formula", 1),
    ("x\n+ 1", "write the formula on one line", 1),
    ("x\0", "U+0000 is not in the grammar", 1),
    ("x\ud800", "U+D800 is not in the grammar", 1),
    ("|x|", "write Abs(...)", 0),
    ("x % 2", "'%' is not in the grammar: a formula has no remainder", 2),
    ("x # a line", "'#' is not in the grammar: write the formula without a comment", 2),
    ("x + \\sin(x)", "is not in the grammar: write the formula in plain text", 4),
    # not a function of x
    ("a + 1", "not a function of x", 0),
    ("1 + x - x", "not a function of x: x cancels and '1' is left", 4),
    ("a*(x + 1)/(x + 1)", "not a function of x: x cancels and 'a' is left", 3),
    ("a*x*(pi + x - x)", "the variables cancel in this part", 8),
    # infinite
    ("x + 1/0", "division by zero", 5),
    ("x/(x - x)", "division by zero", 1),
    ("x*0**-1", "division by zero", 3),
    ("x + log(0)", "infinite", 4),
    ("tan(pi/2)*x", "infinite", 0),
    ("x + atan2(0, 0)", "infinite", 4),
    ("1/(sin(x)**2 + cos(x)**2 - 1)", "infinite", 0),
    ("x + acos(cos(1e300))", "SymPy cannot build this", 4),
    # complex
    ("x*sqrt(-1)", "complex-valued (square root of a negative number): write sqrt(Abs(...))", 2),
    ("x + log(-2)", "complex-valued (log of a negative number)", 4),
    ("x*(-8)**(1/3)", "complex-valued (a negative number to a power that is not a whole number)", 6),
    ("x + asin(2)", "complex-valued (asin of a number beyond 1)", 4),
    ("1 + log(x)", "complex-valued at x = -1 (log of a negative number): it must be real everywhere; write log(A", 4),
    ("sqrt(x)", "complex-valued at x = -1", 0),
    ("x**0.5", "complex-valued at x = -1", 1),
    ("x**a", "complex-valued at x = -1, a = 1.5", 1),
    ("asin(x)", "complex-valued at x = -2", 0),
    ("2*log1p(x)", "complex-valued at x = -2", 2),
    ("sqrt(x**2 - 0.001)", "complex-valued at x = 0", 0),
    ("sqrt(0.99 + sin(x))", "complex-valued at x = -1.5", 0),
    ("sqrt(1e6 - x**2)", "complex-valued at x = 1e+09", 0),
    ("sqrt(-relu(x - 1e12))", "complex-valued or infinite", 0),
    ("where(x > 1, log(x - 2), 0)", "complex-valued at x = 1.25", 13),
    ("where(log(x) > 1 and x < 9, x, 0)", "complex-valued at x = -1", 6),
    ("where(x > 3 or log(x) > 1, x, 0)", "complex-valued at x = -1", 15),
    # ranges
    ("x + 1" + "0" * 60 + "1", "too long: the limit is 60", 4),
    ("x + 1e301", "out of range", 4),
    ("x + 1e-9999999999999", "out of range", 4),
    ("x + exp(1000)", "too large", 4),
    ("x*exp(-1000)", "out of range", 2),
    ("x*2**(x - 1e5)", "out of range wherever it was tried", 3),
    ("x*2**(1e5 - x)", "out of range wherever it was tried", 3),
    ("x*exp(exp(1000 + x**2))", "too large for a float wherever it was tried", 6),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fragment", "position"), BAD, ids=[ascii(row[0]) for row in BAD])
def test_refused(text, fragment, position):
    error = refused(text)
    assert fragment in error.message
    assert error.position == position
    assert "\n" not in error.message
    assert error.message.isascii()
    assert error.message.isprintable()


@pytest.mark.parametrize(("text", "why"), [
    ("log(exp(x))", "real before SymPy simplifies, and after"),
    ("x*log(Abs(x))", "a pole inside is no complex value"),
    ("1/x", "nor is one outside"),
    ("sqrt(cosh(x)**2 - sinh(x)**2)", "rounding at x = 30 must not look negative"),
    ("acos(tanh(x))", "tanh rounds to 1"),
    ("x*asin(cbrt(x)**3/x)", "and this to a little more"),
    ("asin(2*x/(1 + x**2))", "1 is reached at x = 1"),
    ("(x**3 + 1)**(3 - 2)*x", "the exponent is a whole number"),
    ("where(x < 0, sqrt(-x), sqrt(x))", "only the chosen branch counts"),
    ("where(x > 0 and log(x) > 1, x, 0)", "a condition guards the next"),
    ("where(log(x) > 1 and x > 0, x, 0)", "or the one before: SymPy's And has no order"),
    ("where(x <= 0 or log(x) < 1, 0, x)", "either way"),
    ("where(log(x) < 1 or x <= 0, 0, x)", "and either order"),
    ("where(sin(x)/x > 2, log(x - 1e12), x)", "an unknown condition, at x = 0, chooses nothing"),
    ("where(x < 0, 0, where(x > 1, log(x), 0))", "and the branches further in"),
    ("where(x >= 1, x, sqrt(1 - x - 1e-9))", "1 itself belongs to the first"),
    ("where(x <= 1, x, sqrt(x - 1 - 1e-9))", "here too"),
])  # fmt: skip
def test_real_formula_that_looks_complex(text, why):
    assert parse_activation(text).has(x), why


@pytest.mark.parametrize("text", ["exp(log(x))", "sqrt(x)**2"])
def test_complex_before_sympy_simplifies(text):
    """Written out, these are NaN for x < 0; SymPy's simplification to x would hide it."""
    assert "complex-valued at x = -1" in refused(text).message


def test_defaults_decide_whether_it_is_real():
    assert parse_activation("log(a + sin(x))", (Parameter("a", 2.0),))
    assert "complex-valued at x = -2, a = 0.9" in refused("log(a + sin(x))", (Parameter("a", 0.9),)).message
    # A power is whole by its form, not by the value that a parameter happens to have.
    assert "complex-valued at x = -1, a = 1" in refused("x**a", (Parameter("a", 1.0),)).message


# Parameters


@pytest.mark.parametrize("name", [
    "x", "cov12", "var1", "var2", "var", "pi", "E", "sin", "relu", "maximum", "where", "Piecewise", "lambda",
    "and", "True", "", "1a", "a b", "a-b", "a.b", "_a", "__class__", "α", "ａ", "a" * 41, "a\n",
])  # fmt: skip
def test_parameter_names(name):
    with pytest.raises(UsageError) as caught:
        parse_activation("x", (Parameter(name, 1.0),))
    assert str(caught.value).startswith("parameter ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["np", "F", "e", "alpha_1", "Beta", "j", "oo", "gelu", "a" * 40])
def test_a_parameter_may_have_any_other_name(name):
    parameter = Parameter(name, 1.0)
    assert parse_activation(f"{name}*np.sin(x) + F.relu({name}*x)", (parameter,)) == (
        parameter.symbol * sp.sin(x) + sp.Max(0, parameter.symbol * x)
    )


def test_a_parameter_is_declared_once():
    with pytest.raises(UsageError, match="twice"):
        parse_activation("a*x", (A, A))


# Messages


def test_the_caret_stands_under_the_place():
    for text, _, position in BAD:
        lines = str(refused(text)).split("\n")
        assert len(lines) == 3
        _, shown, caret = lines
        at = caret.index("^")
        assert shown.isascii()
        assert caret.strip() == "^"
        if position < len(text) and " " < text[position] <= "~":
            assert shown[at] == text[position], text


@pytest.mark.parametrize("position", [0, 1, 4_999, 9_999])
def test_the_caret_in_a_long_formula(position):
    text = "+" * position + "$" + "+" * (9_999 - position)
    message, shown, caret = str(FormulaError("no", text, position)).split("\n")
    assert message == "no"
    assert shown[caret.index("^")] == "$"
    assert len(shown) <= 80


# Limits: what is just within, what is just beyond, the message and where.
LIMITS = [
    ("x" + " " * 9_999, "x" + " " * 10_000, "10001 characters is too long", 10_000),
    ("(" * 50 + "x" + ")" * 50, "(" * 51 + "x" + ")" * 51, "nested too deeply here: the limit is 50", 50),
    ("+".join(["x"] * 1_999), "+".join(["x"] * 2_000), "too many parts: the limit is 2000", 1),
    ("x + 0." + "3" * 60, "x + 0." + "3" * 61, "61 digits is too long", 4),
    ("x + 1e300", "x + 1.1e300", "out of range", 4),
    ("x + 1e-300", "x + 9e-301", "out of range", 4),
    ("x*1e150*1e150", "x + 1e150*1e151", "too large", 9),
    ("x**64", "x**65", "the exponent is too large: the limit is 64", 1),
    ("x**-64", "x**-65", "the exponent is too large: the limit is 64", 1),
    ("1e9**(60*log(Abs(x))/log(1e9))*x", "1e9**(65*log(Abs(x))/log(1e9))*x", "the exponent is too large", 3),
    ("exp(60*log(Abs(x)))*x", "exp(65*log(Abs(x)))*x", "the exponent is too large", 0),
    ("(x**64)**64", "((x**64)**64)**3", "multiply out", 13),
    ("square(" * 7 + "x**64" + ")" * 7, "square(" * 8 + "x**64" + ")" * 8, "multiply out", 0),
    ("x*7**333", "x*7**334", "too many digits", 3),
    ("x*(" + "+".join(f"1/{10**19 + n}" for n in range(20)) + ")",
     "x*(" + "+".join(f"1/{10**19 + n}" for n in range(60)) + ")", "too many digits", 25),
    ("x + " + " + ".join(f"log({n})" for n in range(2, 66)), "x + " + " + ".join(f"log({n})" for n in range(2, 67)),
     "too many irrational", 636),
    ("x + " + "pi*(" * 7 + "1" + " + 1)" * 7, "x + " + "pi*(2 + " * 8 + "pi" + ")" * 8, "too many irrational", 10),
    ("x + pi - 3.14159265", "x*(pi - 3.14159265358979)", "the terms of this constant cancel", 6),
    ("Max(Max(x, a, 1, x**2), 2*x, 3*x, a*x)",
     "Max(Max(x, a, 1, x**2), " + ", ".join(f"{n}*x" for n in range(2, 14)) + ")", "too many arguments of Max", 0),
    ("+".join(f"relu(x-{n})" for n in range(128)), "+".join(f"relu(x-{n})" for n in range(129)), "limit is 128", 1426),
    ("relu(1 - " * 6 + "x" + ")" * 6, "relu(1 - " * 7 + "x" + ")" * 7, "nested too deeply here: the limit is 6", 0),
    ("+".join(f"sin({n}*x)" for n in range(1, 251)), "+".join(f"sin({n}*x)" for n in range(1, 252)),
     "limit is 1000", 8),
    ("sin(" * 8 + "x" + ")" * 8, "sin(" * 9 + "x" + ")" * 9, "functions are nested too deeply here: the limit is 8", 0),
    ("Abs(b**16 - b - 3)*x", "Abs(b**17 - b - 3)*x", "the degree of this polynomial is too large", 5),
    (*("x + " + "*".join(f"Abs(b**16-{n}*b-1)" for n in range(2, 2 + count)) for count in (8, 9)),
     "too many polynomials in symbols that are positive: the limit is 128", 149),
    ("tanh(log(2 + sin(x))*exp(4000*x))", "tanh(log(2 + sin(x))*exp(6000*x))", "too long for SymPy", 0),
    ("cosh(Abs(x)**0.1234)", "cosh(Abs(x)**0.12345678)", "too long for SymPy", 0),
    ("x*sigmoid(10000)", "x*sigmoid(10001)", "the argument of sigmoid is out of range", 2),
]  # fmt: skip


@pytest.mark.parametrize(("within", "beyond", "fragment", "position"), LIMITS, ids=[row[2] for row in LIMITS])
def test_limits(within, beyond, fragment, position):
    assert parse_activation(within, (A, B)).has(x)
    error = refused(beyond)
    assert fragment in error.message
    assert error.position == position


def test_polynomials_may_nest():
    text, expected = "x", x
    for _ in range(9):
        text, expected = f"({text})**2 + 1", expected**2 + 1
    assert parse_activation(text) == expected


def test_a_deep_stack_is_no_crash():
    """A caller far down the stack leaves little room; running out of it is a refusal like any other."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        error = refused("(" * 49 + "x" + ")" * 49)
    finally:
        sys.setrecursionlimit(limit)
    assert "nested too deeply" in error.message


# What is refused must be refused with little work, counted in calls: the worst of these takes 4 million.
CALLS = 20_000_000
HOSTILE = [
    "9**9**9**9", "x*2**(10**9)", "x*(1 + 1e-60)**64", "x + ((1 + 1e-30)**10)**10", "(((x + 1)**64)**64)**64",
    "((x**64*x**64)**64)**64", "(" * 10_000, "-" * 10_000, "x" + "**x" * 3_000, "sin(" * 2_500, "9" * 10_000,
    "x+" * 4_999 + "x",
    "a" * 9_997 + "(x)", "np." * 3_000 + "sin(x)", "^" * 10_000, "x" * 100_000, "\n" * 10_000, "0 < x " * 1_600,
    "Max(" + "x," * 4_000 + "x)", "Piecewise(" + "(x,x>0)," * 1_000 + "(0,True))", "+".join(["relu(x)"] * 1_000),
    "exp(exp(exp(100)))*x", "x + sin(exp(exp(50)))", "Max(x, exp(10**10))", "exp(1e9*log(2*Abs(x)))",
    "sigmoid(1e9*log(2*Abs(x)))", "E**(1e9*log(2*Abs(x)))", "2**(1e10*log(Abs(x))/log(2))",
    "2**(x - 1e10)*2**(2e10 - x)",
    "(2*b)**(1e9*log(3)/log(2*b))*x", "x + 1/(sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6)))", "x*(10**59 + 7)**(1/2)**1000",
    "x + " + "*".join(f"sqrt({n})" for n in range(2, 90)), "Abs((1 + b)**64*(2 - b)**64 - b - 2)*x",
    "Abs(tanh((x + sin(x) + cos(x) + exp(x) + 1)**64*log(2 + sin(x))) - 1/2)",
    "Abs(cosh(Abs(x/3)**0.123456789123) - 2)*x", "Heaviside(log((x + sin(x) + cos(x) + exp(x))**64))*x",
    "x + Abs(" + "(pi*" * 20 + "pi" + "-9.76)" * 20 + ")", "x + Abs(" + "expm1(" * 8 + "1e-9" + ")" * 8 + ")",
    "Max(x, a, " + ", ".join(f"Max(sin({n}*x), x**{n})" for n in range(9)) + ")", "Abs(b**64 - 3*b**63 + 7*b - 1)*x",
    "x + " + "+".join("Max(" + ",".join(f"Abs(b**16-{n}*b**{m}+1)" for n in range(1, 17)) + ")" for m in range(3, 11)),
    "where(" + " and ".join(f"Max(x,{n}) < Min(sin(x),{n}*b**15-b+1)" for n in range(1, 25)) + ",x,0)",
    "x + 1e" + "9" * 9_990, "2**(x - 1e10)*2**(-x)", "cbrt(" * 40 + "x" + ")" * 40,
    "clip(2*" * 40 + "x" + ",-1,1)" * 40,
    "where(x > " * 40 + "x" + ",x,1)" * 40,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[f"{row[:30]!r}" for row in HOSTILE])
def test_hostile_formulas_are_refused_at_once(text):
    parse_activation("x*Phi(x) + b**2", (B,))  # SymPy is imported and warm
    calls = 0

    def count(*_):
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        error = refused(text)
    finally:
        sys.setprofile(None)
    assert calls < CALLS
    assert len(error.message) < 500
