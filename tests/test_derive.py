"""The derivation engine: right on the whole class, honest outside of it."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from mpmath import mp, mpf
from problems import OUTSIDE, PROBLEMS, Problem, covariances

import symkern
from symkern import Derivation, NotDerived, oracle
from symkern.derive.atoms import atoms_of
from symkern.derive.kernel_sum import derivative, difference, is_zero
from symkern.derive.tilt import expectation
from symkern.symbols import cov12, var, var1, var2, x

by_name = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)


def derived(problem: Problem) -> Derivation:
    result = symkern.derive(problem.formula, name=problem.name, parameters=problem.parameters)
    assert isinstance(result, Derivation), result
    return result


def at(e: sympy.Expr, d: Derivation, c: str, v: str, w: str) -> mpf:
    values = {p.symbol: sympy.Rational(p.default) for p in d.activation.parameters}
    values |= {cov12: sympy.Rational(c), var1: sympy.Rational(v), var2: sympy.Rational(w), var: sympy.Rational(v)}
    return mpf(sympy.N(e.subs(values), 50))


@by_name
def test_kernel_is_the_one_in_the_books(problem: Problem) -> None:
    if problem.exact is None:
        pytest.skip("no closed form typed by hand; the oracle test covers it")
    d = derived(problem)
    with mpmath.workdps(45):
        for c, v, w in covariances(problem.largest_variance):
            expected = problem.exact(mpf(c), mpf(v), mpf(w), *map(mpf, problem.parameters.values()))
            assert mp.almosteq(at(d.nngp, d, c, v, w), expected, rel_eps=mpf("1e-38"), abs_eps=mpf("1e-40"))


@by_name
def test_both_kernels_agree_with_quadrature(problem: Problem) -> None:
    if "quotient" in problem.tags:
        pytest.skip("the oracle does not cancel quotients; the kernel typed by hand covers it")
    d = derived(problem)
    f = d.activation.at()
    with mpmath.workdps(40):
        for c, v, w in covariances(problem.largest_variance)[:3]:
            args = [sympy.Rational(t) for t in (c, v, w)]
            for e, value in (
                (d.nngp, oracle.nngp(f, *args, digits=25)),
                (d.d_nngp, oracle.d_nngp(f, *args, digits=25)),
            ):
                assert value.digits >= 20 or value.value == 0
                assert abs(at(e, d, c, v, w) - value.value) <= value.error + abs(value.value) * mpf("1e-24")


@by_name
def test_variance_is_the_diagonal(problem: Problem) -> None:
    d = derived(problem)
    with mpmath.workdps(40):
        for v in ("0.25", "1"):
            left, right = at(d.variance, d, v, v, v), at(d.nngp, d, v, v, v)
            assert mp.almosteq(left, right, rel_eps=mpf("1e-35"), abs_eps=mpf("1e-38"))


@by_name
def test_price_also_by_sympy(problem: Problem) -> None:
    """The engine compares polynomials; here SymPy differentiates the printed result."""
    d = derived(problem)
    with mpmath.workdps(40):
        for c, v, w in covariances(problem.largest_variance)[:2]:
            left, right = at(d.nngp.diff(cov12), d, c, v, w), at(d.d_nngp, d, c, v, w)
            assert mp.almosteq(left, right, rel_eps=mpf("1e-35"), abs_eps=mpf("1e-38"))


def test_price_check_can_fail() -> None:
    """The comparison of the two routes notices a wrong kernel."""
    right, wrong = atoms_of(sympy.sin(x), x), atoms_of(sympy.cos(x) * sympy.Rational(1001, 1000), x)
    difference_ = difference(derivative(expectation(right, right)), expectation(wrong, wrong))
    assert not is_zero(difference_)


@by_name
def test_shape_of_the_result(problem: Problem) -> None:
    d = derived(problem)
    allowed = {cov12, var1, var2} | {p.symbol for p in d.activation.parameters}
    assert d.nngp.free_symbols <= allowed
    assert d.d_nngp.free_symbols <= allowed
    assert not d.nngp.has(sympy.I) and not d.nngp.has(sympy.Integral)
    assert d.kind == "closed form" and len(d.steps) >= 5
    swapped = d.nngp.subs({var1: var2, var2: var1}, simultaneous=True)
    with mpmath.workdps(40):
        c, v, w = covariances(problem.largest_variance)[0]
        assert mp.almosteq(at(d.nngp, d, c, v, w), at(swapped, d, c, v, w), rel_eps=mpf("1e-35"))


@pytest.mark.parametrize(("formula", "factor"), OUTSIDE)
def test_outside_names_the_factor(formula: str, factor: str) -> None:
    result = symkern.derive(formula, closed_form=True)
    assert isinstance(result, NotDerived)
    assert not result
    assert factor in str(result)
    assert "\n" not in str(result)
    with pytest.raises(AttributeError, match="no closed form"):
        _ = result.nngp


def test_domain() -> None:
    assert symkern.derive("exp(-x**2)*cos(x)").domain == sympy.true
    growing = symkern.derive("exp(x**2/4)").domain
    inside = {cov12: 0, var1: sympy.Rational(3, 2), var2: 1}
    assert growing.subs(inside) == sympy.true
    assert (
        growing.subs({cov12: 0, var1: 3, var2: 3}) == sympy.false
    )  # both factors negative: the determinant is positive
    assert growing.subs({cov12: sympy.Rational(5, 4), **{k: inside[k] for k in (var1, var2)}}) == sympy.false
    free = symkern.derive("exp(a*x**2)", parameters={"a": -1.0}).domain
    a = sympy.Symbol("a", real=True)
    assert free.subs({a: -1, cov12: 1, var1: 5, var2: 7}) == sympy.true
    assert free.subs({a: 1, cov12: 0, var1: 5, var2: 7}) == sympy.false


def test_canonical_form_does_not_depend_on_the_spelling() -> None:
    for one, other in (
        ("sin(x)", "cos(x - pi/2)"),
        ("(x + 1)**2", "1 + 2*x + x**2"),
        ("sinh(x)", "(exp(x) - exp(-x))/2"),
    ):
        assert sympy.simplify(symkern.derive(one).nngp - symkern.derive(other).nngp) == 0


def test_what_users_may_pass() -> None:
    t = sympy.Symbol("x")
    k = sympy.Symbol("k")
    assert symkern.derive(sympy.sin(t)).nngp == symkern.derive("sin(x)").nngp
    assert symkern.derive(sympy.sin(k * t), parameters={"k": 2.0}).activation.defaults() == {"k": 2.0}
    assert symkern.derive("sin", parameters={"b": 2.0}).activation.defaults()["b"] == 2.0
    assert symkern.derive("Sine").name == "sin"
    assert symkern.derive("monomial", parameters={"degree": 2}).activation.expression == x**2
    assert symkern.derive("cosh").activation.expression == sympy.cosh(x)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((3,), {}, "not int"),
        (("sin",), {"parameters": {"q": 1.0}}, "no parameter 'q'"),
        (("sin",), {"parameters": {"a": float("nan")}}, "finite"),
        (("sin(x)",), {"name": "../x"}, "plain identifier"),
        (("sin(x)",), {"name": "class"}, "plain identifier"),
        ((sympy.Symbol("y"),), {}, "'y' is no parameter"),
        ((sympy.Integer(3),), {}, "not a function of x"),
        (("monomial",), {"parameters": {"degree": -1}}, "between 0 and"),
        (("monomial",), {"parameters": {"n": 1}}, "it has degree"),
        (("polynomial",), {"parameters": {"coef": "ab"}}, "sequence of numbers"),
    ],
)
def test_bad_use_is_one_line(args: tuple[object, ...], kwargs: dict[str, object], message: str) -> None:
    with pytest.raises(symkern.UsageError, match=message) as caught:
        symkern.derive(*args, **kwargs)
    assert "\n" not in str(caught.value)
