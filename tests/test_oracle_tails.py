"""Error functions far out: a difference of nearly equal numbers is computed as what it is, a tail."""

from __future__ import annotations

import pytest
import sympy as sp
from flint import arb, ctx
from mpmath import mp, mpf, workdps

from symkern.oracle.balls import ball_evaluator
from symkern.oracle.integrand import evaluator
from symkern.symbols import x


@pytest.mark.parametrize("formula", ["(1 + erf(x))/2", "1 + x + erf(x) - x", "1 - erf(-x)", "x*0 + 2*erf(x)/3 + 2/3"])
def test_the_tail_of_an_error_function_does_not_cancel(formula: str) -> None:
    f = sp.sympify(formula, {"x": x})
    with workdps(30), ctx.workprec(120):
        scale = f.subs(x, 0)
        found, ball = evaluator(f)(mpf(-40)), ball_evaluator(f)(arb(-40))
        true = mp.erfc(mpf(40)) * scale.p / scale.q
        assert abs(found / true - 1) < mpf(10) ** -27
        assert abs(ball / arb(true) - 1) < 1e-25
