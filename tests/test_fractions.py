"""Rational functions by FLINT against SymPy's own."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol

from symkern.fractions import Fraction, Fractions, factor_list
from symkern.symbols import cov12, var1, var2

A = Symbol("a", real=True)
SYMBOLS = (cov12, var1, var2, A)
FIELD = Fractions(SYMBOLS)
POINTS = tuple(
    {s: Rational(n, d) for s, n in zip(SYMBOLS, (p, p + 4, 2 * p + 1, -p), strict=True)}
    for p, d in ((7, 3), (11, 5), (23, 7))
)
"""Positive variances: no denominator vanishes."""


@st.composite
def expressions(draw: st.DrawFn) -> sympy.Expr:
    def polynomial() -> sympy.Expr:
        terms = draw(
            st.lists(
                st.tuples(st.integers(-5, 5), st.integers(1, 4), *(st.integers(0, 2) for _ in SYMBOLS)),
                min_size=1,
                max_size=3,
            )
        )
        return sympy.Add(
            *(Rational(p, q) * sympy.Mul(*(s**n for s, n in zip(SYMBOLS, n, strict=True))) for p, q, *n in terms)
        )

    return polynomial() / (polynomial() ** 2 + var1 + 1)


@given(expressions(), expressions())
@settings(max_examples=60, deadline=None)
def test_arithmetic_is_sympys(left: sympy.Expr, right: sympy.Expr) -> None:
    a, b = FIELD.element(left), FIELD.element(right)
    results = {left + right: a + b, left - right: a - b, left * right: a * b, left**3: a**3, -left: -a}
    if right != 0 and b:
        results[left / right] = a / b
        results[1 / right] = 1 / b
    results[sympy.diff(left, var1)] = a.diff(1)
    for expected, found in results.items():
        difference = expected - found.as_expr()
        assert all(difference.xreplace(point) == 0 for point in POINTS)


@given(expressions(), expressions())
@settings(max_examples=30, deadline=None)
def test_equal_functions_have_one_form(left: sympy.Expr, right: sympy.Expr) -> None:
    a, b = FIELD.element(left), FIELD.element(right)
    again = (a + b) * (a + b) - 2 * a * b - b * b
    assert again == a * a and hash(again) == hash(a * a)
    assert again.denom.leading_coefficient() > 0
    assert not (a - a) and (a - a) == 0


def test_what_is_no_rational_function_is_refused() -> None:
    for e in (sympy.sqrt(var1), sympy.exp(cov12), Symbol("y") + 1):
        with pytest.raises(ValueError, match="no rational function"):
            FIELD.element(e)
    with pytest.raises(ZeroDivisionError):
        FIELD.one / (FIELD.gens[0] - FIELD.gens[0])


@pytest.mark.parametrize(
    "e",
    [
        6 * cov12**2 * (var1 + 2 * var2) ** 2 / 4,
        -(cov12**2) + var1 * var2 + A * (var1 - 1) ** 3 * (cov12 - var1),
        A**2 * var1 - A**2 * cov12,
        sympy.sqrt(2) * var1 * (cov12 + 1) ** 2,
        Rational(7, 3) * A,
    ],
)
def test_factors_are_sympys(e: sympy.Expr) -> None:
    rest, found = factor_list(sympy.expand(e), cov12, var1, var2)
    theirs = sympy.factor_list(sympy.expand(e), cov12, var1, var2)
    assert sympy.expand(rest - theirs[0]) == 0
    assert {(sympy.expand(f), n) for f, n in found} == {(sympy.expand(f), n) for f, n in theirs[1]}


def test_fractions_are_in_lowest_terms() -> None:
    c, v1, _, _ = FIELD.gens
    ratio = (c * c - v1 * v1) / (c + v1)
    assert isinstance(ratio, Fraction) and ratio == c - v1 and ratio.denom == 1
