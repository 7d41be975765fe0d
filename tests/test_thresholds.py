"""The class with thresholds, against a quadrature of its own: tensor Gauss-Legendre on panels between the knots."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy
from panels import bivariate_expectation

import symkern
from symkern.derive.pieces import pieces
from symkern.derive.real_atoms import expression_of, real_atoms, slopes
from symkern.functions import Phi, Phi2
from symkern.symbols import cov12, var, var1, var2, x

FORMULAS: tuple[tuple[str, tuple[float, ...], dict[str, float]], ...] = (
    ("relu(x)", (0.0,), {}),
    ("Abs(x)", (0.0,), {}),
    ("sign(x)", (0.0,), {}),
    ("Heaviside(x)", (0.0,), {}),
    ("a*relu(x) - b*relu(-x)", (0.0,), {"a": 1.5, "b": -0.25}),
    ("relu(x)**2", (0.0,), {}),
    ("relu(x)**5 + x", (0.0,), {}),
    ("x*Abs(x)**3", (0.0,), {}),
    ("a*erf(b*x) + c", (), {"a": 1.5, "b": 0.7, "c": -0.3}),
    ("erf(b*x + c)", (), {"b": 0.7, "c": -0.3}),
    ("x*Phi(x)", (), {}),
    ("x*Phi(b*x)", (), {"b": 1.7}),
    ("x**2*Phi(x)", (), {}),
    ("x*erf(x) + relu(x)", (0.0,), {}),
    ("erfc(x)*exp(x/2)", (), {}),
    ("Piecewise((x, x > 0), (a*(exp(x) - 1), True))", (0.0,), {"a": 1.25}),
    ("relu(x - 1)", (1.0,), {}),
    ("clip(x, -1, 1)", (-1.0, 1.0), {}),
    ("Min(Max(x, 0), 6)", (0.0, 6.0), {}),
    ("x*clip(x/6 + 1/2, 0, 1)", (-3.0, 3.0), {}),
    ("Piecewise((x, x > 1/2), (x, x < -1/2), (0, True))", (-0.5, 0.5), {}),
    ("exp(-Abs(x))", (0.0,), {}),
    ("relu(1 - Abs(x))", (-1.0, 0.0, 1.0), {}),
    ("relu(x)*exp(-x**2)", (0.0,), {}),
    ("Abs(x)*exp(x**2/16)", (0.0,), {}),
    ("Abs(x**2 - 1)", (-1.0, 1.0), {}),
    ("Max(x, x**3 - x)", (-(2**0.5), 0.0, 2**0.5), {}),
    ("Max(0, exp(x) - 2)", (0.6931471805599453,), {}),
    ("relu(sqrt(3)*x - pi/3)", (0.6045997880780726,), {}),
    ("Heaviside(x - 1/4)*(2 - x) + sign(x + 1)*exp(x/3)", (-1.0, 0.25), {}),
    ("sinh(x/2)*sign(x)", (0.0,), {}),
    ("relu(x)*relu(2 - x)*Abs(x - 1)", (0.0, 1.0, 2.0), {}),
)
"""(formula, its knots, parameters)."""

POINTS = ((0.3, 0.8, 0.6), (-0.5, 0.7, 1.2), (0.0, 0.5, 0.9), (0.9, 1.1, 1.3))


def value(e: sympy.Expr, at: dict[sympy.Symbol, float]) -> float:
    return float(e.subs({s: sympy.Rational(v) for s, v in at.items()}).evalf(25))


@pytest.mark.parametrize(("formula", "knots", "parameters"), FORMULAS, ids=[f for f, _, _ in FORMULAS])
def test_against_quadrature(formula: str, knots: tuple[float, ...], parameters: dict[str, float]) -> None:
    d = symkern.derive(formula, name="f", parameters=parameters)
    assert isinstance(d, symkern.Derivation), d
    assert d.rule == "thresholds"
    numbers = {p.symbol: p.default for p in d.activation.parameters}
    f = sympy.lambdify(
        x, d.activation.at(), [{n: np.vectorize(getattr(mpmath, n), otypes=[float]) for n in ("erf", "erfc")}, "numpy"]
    )
    for c, v, w in POINTS:
        at = numbers | {cov12: c, var1: v, var2: w}
        expected = bivariate_expectation(f, knots, c, v, w)
        assert value(d.nngp, at) == pytest.approx(expected, rel=1e-11, abs=1e-13)
    step = 1e-4
    sides = [value(d.nngp, at | {cov12: c + s * step}) for s in (-2, -1, 1, 2)]
    slope = (sides[0] - 8 * sides[1] + 8 * sides[2] - sides[3]) / (12 * step)
    assert value(d.d_nngp, at) == pytest.approx(slope, rel=1e-7, abs=1e-9)
    assert value(d.variance, numbers | {var: 0.75}) == pytest.approx(
        value(d.nngp, numbers | {cov12: 0.75 * (1 - 1e-15), var1: 0.75, var2: 0.75}), rel=1e-6
    )


@pytest.mark.parametrize(
    ("formula", "factor"),
    [
        ("relu(x)*erf(x)", "erf(x)"),
        ("Phi(x)**2", "four half-spaces"),
        ("relu(x)*sin(x)", "sin(x)"),
        ("tanh(relu(x))", "tanh(x)"),
        ("Max(x, exp(x) - 2)", "x - exp(x) + 2"),
        ("erf(x**2)", "not affine"),
        ("relu(x**5 - x - 1)", "x**5 - x - 1"),
        ("sign(sin(x))", "sin(x)"),
        ("relu(x)/x", "1/x"),
        ("exp(relu(x)**3)", "exp(x**3)"),
    ],
)
def test_outside(formula: str, factor: str) -> None:
    d = symkern.derive(formula, name="f", closed_form=True)
    assert not d
    assert factor in str(d)


def test_pieces_cover_the_line() -> None:
    formula = symkern.derive("relu(1 - Abs(x)) + clip(x, -2, 1/2)", name="f").activation.expression
    found = pieces(formula, x)
    assert found[0].low == -sympy.oo and found[-1].high == sympy.oo
    for left, right in pairwise(found):
        assert left.high == right.low
    for t in np.linspace(-3, 3, 61):
        (piece,) = {p.form for p in found if p.low < t and t <= p.high}
        assert float(piece.subs(x, t)) == pytest.approx(float(formula.subs(x, t)))


@pytest.mark.parametrize("formula", [f for f, _, p in FORMULAS if not p])
def test_atoms_are_the_formula(formula: str) -> None:
    e = symkern.derive(formula, name="f").activation.expression
    atoms = real_atoms(e, x)
    smooth = {a: w for a, w in slopes(atoms).items() if not a.term(x).has(sympy.DiracDelta)}
    for t in (-3.3, -1.7, -0.7, -0.2, 0.1, 0.4, 1.6, 6.5):
        assert float(expression_of(atoms, x).subs(x, t)) == pytest.approx(float(e.subs(x, t)), rel=1e-12, abs=1e-14)
        numeric = (float(e.subs(x, t + 1e-6)) - float(e.subs(x, t - 1e-6))) / 2e-6
        assert float(expression_of(smooth, x).subs(x, t)) == pytest.approx(numeric, rel=1e-6, abs=1e-7)


def test_normal_distributions() -> None:
    h, k, r = sympy.symbols("h k r", real=True)
    assert Phi2(0, 0, r) == sympy.Rational(1, 4) + sympy.asin(r) / (2 * sympy.pi)
    assert Phi2(h, k, 0) == Phi(h) * Phi(k)
    at = {h: sympy.Rational(1, 3), k: -sympy.Rational(3, 4), r: sympy.Rational(2, 5)}
    for s in (h, k, r):
        step = sympy.Rational(1, 10**8)
        up, down = (Phi2(h, k, r).subs(at | {s: at[s] + e}).evalf(40) for e in (step, -step))
        slope = Phi2(h, k, r).diff(s).subs(at).evalf(30)
        assert abs((up - down) / (2 * step) - slope) < 1e-14
    with mpmath.workdps(30):
        direct = mpmath.quad(
            lambda t: mpmath.npdf(t) * mpmath.ncdf((mpmath.mpf(-3) / 4 - t * 2 / 5) / mpmath.sqrt(mpmath.mpf(21) / 25)),
            [-12, -3, 0, mpmath.mpf(1) / 3],
        )
        assert abs(mpmath.mpf(Phi2(*at.values()).evalf(30)) - direct) < mpmath.mpf(10) ** -26
