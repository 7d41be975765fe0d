"""Real powers: derivations against the oracle, at parameters where they are elementary, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from mpmath import mpf, workdps

import symkern
from symkern import oracle
from symkern.derivation import Derivation, NotDerived
from symkern.functions import Orthant
from symkern.symbols import cov12, var, var1, var2

POINTS = (
    (Fraction(3, 10), Fraction(1), Fraction(2)),
    (Fraction(-9, 10), Fraction(1), Fraction(1)),
    (Fraction(1, 1000), Fraction(1, 4), Fraction(30)),
    (1 - Fraction(1, 10**9), Fraction(1), Fraction(1)),
)
FORMULAS = (
    "sqrt(Abs(x))",
    "relu(x)**1.5",
    "cbrt(x)",
    "Abs(x)**(-1/4)",
    "x*sqrt(Abs(x))",
    "Abs(x)**2.7 - 3*sign(x)*Abs(x)**2.7",
    "sqrt(relu(2*x))",
    "Piecewise((x**(1/3), x > 0), (-2*(-x)**(1/3), True))",
)
"""Homogeneous: the oracle's polar rule answers at once."""
SLOW = ("sqrt(relu(x))*exp(-x**2)", "x + sqrt(Abs(x))", "cosh(x**2/9)*relu(x)**0.3 + 1")


def derived(text: str) -> Derivation:
    d = symkern.derive(text, name="power")
    assert isinstance(d, Derivation), d
    assert d.rule == "real_powers"
    return d


def value(e: sp.Expr, point: tuple[Fraction, Fraction, Fraction]) -> mpf:
    return e.subs(dict(zip((cov12, var1, var2), map(sp.Rational, point), strict=True))).evalf(40)._to_mpmath(140)


@pytest.mark.parametrize("text", [*FORMULAS, *(pytest.param(t, marks=pytest.mark.slow) for t in SLOW)])
def test_kernels(text: str) -> None:
    d = derived(text)
    f = d.activation.expression
    for point in POINTS if text in FORMULAS else POINTS[:1]:
        for e, question in ((d.nngp, oracle.nngp), (d.d_nngp, oracle.d_nngp)):
            want = question(f, *point, digits=25)
            with workdps(40):
                assert want.digits >= 24
                assert abs(value(e, point) - want.value) <= want.error + abs(want.value) * mpf(10) ** -30
    want = oracle.variance(f, Fraction(7, 3), digits=25)
    with workdps(40):
        found = d.variance.subs(var, sp.Rational(7, 3)).evalf(40)._to_mpmath(140)
        assert abs(found - want.value) <= want.error


@pytest.mark.parametrize(("p", "q"), [(0, 0), (1, 1), (2, 2), (2, 1), (3, 0)])
def test_whole_powers_are_the_elementary_kernels(p: int, q: int) -> None:
    """``Orthant`` at whole powers against the rule for thresholds."""
    atoms = f"{p + 1}*Heaviside(x)*x**{p} + Heaviside(x)*x**{q}"
    d = symkern.derive(atoms, name="whole")
    assert isinstance(d, Derivation)
    assert d.rule == "thresholds"
    weights = {p: sp.gamma(p + 1) * (p + 1), q: sp.gamma(q + 1)} if p != q else {p: sp.gamma(p + 1) * (p + 2)}
    pairs = sum(w * u * Orthant(a, b, cov12, var1, var2) for a, w in weights.items() for b, u in weights.items())
    for point in POINTS[:3]:
        with workdps(40):
            assert abs(value(d.nngp, point) - value(pairs, point)) < mpf(10) ** -30


@pytest.mark.parametrize(("p", "q"), [("3/2", "3/2"), ("1/2", "-1/2"), ("-3/2", "-3/2"), ("-1", "0"), ("5/2", "1")])
def test_derivatives_of_orthant_moments(p: str, q: str) -> None:
    """The rules lower powers; the hypergeometric functions know nothing of that."""
    e = Orthant(sp.Rational(p), sp.Rational(q), cov12, var1, var2)
    for point in POINTS[:3]:
        for letter in (cov12, var1, var2):
            direct = value(e.rewrite(sp.hyper).diff(letter), point)
            with workdps(40):
                assert abs(value(e.diff(letter), point) - direct) < mpf(10) ** -30 * (1 + abs(direct))


REFUSED = {
    "Abs(x)**(-0.6)": "E[f(X)^2] diverges",
    "Abs(x)**1.5*exp(x)": "parabolic cylinder",
    "sqrt(Abs(x) + 1)": "sqrt(x + 1)",
    "sqrt(Abs(x - 1))": "sqrt(Abs(x - 1))",
    "relu(x)**1.5*erf(x)": "erf(x)",
    "relu(x)**33.5": "above 32",
    "sqrt(Abs(x))*sin(x)": "sin(x)",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusals_name_the_factor(text: str) -> None:
    result = symkern.derive(text, name="refused", closed_form=True)
    assert isinstance(result, NotDerived)
    assert REFUSED[text] in str(result)
    assert [rule for rule, _ in result.reasons] == ["real_powers"]


def test_an_exponent_that_is_a_parameter_is_built_in() -> None:
    d = symkern.derive("c*Abs(x)**p", name="power", parameters={"p": 0.3, "c": 2.0})
    assert isinstance(d, Derivation)
    assert [p.name for p in d.activation.parameters] == ["c"]
    assert d.nngp.has(Orthant)
    assert sp.Rational(3, 10) in d.nngp.atoms(sp.Rational)
    whole = symkern.derive("Abs(x)**p", name="power", parameters={"p": 3.0})
    assert isinstance(whole, Derivation)
    assert whole.rule == "thresholds"
