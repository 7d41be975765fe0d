"""Sums in balls and the same sums in mpmath agree within what the balls know of their errors."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from flint import ctx
from mpmath import mp, mpf, workdps, workprec
from sympy import Expr

from symkern.oracle.aligned import line
from symkern.oracle.balls import BALLS, bells, certain, values
from symkern.oracle.formula import require_smooth
from symkern.oracle.inputs import Covariance
from symkern.oracle.integrand import MPMATH, evaluator
from symkern.oracle.line import LineProblem
from symkern.oracle.magnitudes import UndecidedError
from symkern.oracle.measure import Measure
from symkern.oracle.mesh import Rule, mesh
from symkern.oracle.nested import nested
from symkern.oracle.pieces import pieces_of
from symkern.oracle.plan import Limits, plan_for
from symkern.symbols import x

SMOOTH = (sp.erf(x), x * sp.erf(x / sp.sqrt(2)), sp.tanh(x), sp.log(1 + sp.exp(x)), sp.cos(x**2) * sp.exp(-(x**2) / 8))
KINKED = (sp.Max(-1, sp.Min(1, x)), sp.exp(-sp.Abs(x)), sp.Abs(x) ** sp.Rational(3, 2), sp.Max(x, sp.atan(x)))
AT = Covariance.of(Fraction(-1, 3), 2, Fraction(1, 2))


@pytest.mark.parametrize("f", SMOOTH, ids=str)
def test_values_are_right_to_the_last_places(f: Expr) -> None:
    require_smooth(f)
    with workdps(30):
        places = [mpf(k) / 7 for k in range(-90, 90)]
        found = values(f, places)
        with workdps(60):
            wanted = list(map(evaluator(f), places))
        for have, want in zip(found, wanted, strict=True):
            assert abs(have - want) <= abs(want) * mp.ldexp(1, 1 - mp.prec)


@pytest.mark.parametrize("f", SMOOTH, ids=str)
@pytest.mark.parametrize("v", [Fraction(1, 100), Fraction(3)], ids=str)
def test_trapezoidal_sums(f: Expr, v: Fraction) -> None:
    problem = LineProblem(f, ((1, v), (-1, v)))
    plan = plan_for(problem, Limits(), 20)
    assert plan is not None
    with workdps(plan.dps):
        with ctx.workprec(mp.prec):
            ball = problem._sum(plan, BALLS)
        exact = problem._sum(plan, MPMATH)
        assert abs(mpf(ball.mid()) - exact) <= mpf(ball.rad()) + abs(exact) * mpf(10) ** (5 - mp.dps)
        assert problem.total(plan) == pytest.approx(exact, rel=float(mpf(10) ** (8 - mp.dps)))


@pytest.mark.parametrize("f", KINKED, ids=str)
def test_nested_sums(f: Expr) -> None:
    even = f.subs(x, -x) == f
    ball = nested(pieces_of(f), even, AT, 1e6, 16)
    exact = nested(pieces_of(f), even, AT, 1e6, 16, numerical=True)
    assert ball.rounding > 0
    assert ball.rounding <= ball.scale * mpf(10) ** -18
    with workdps(40):
        assert abs(ball.value - exact.value) <= ball.rounding + ball.scale * mpf(10) ** -16


@pytest.mark.parametrize("f", KINKED, ids=str)
def test_panels_on_a_line(f: Expr) -> None:
    estimate = line(pieces_of(f), ((1, Fraction(2)),), 1e6, 20)
    with workdps(50):
        measure, rule = Measure.of(pieces_of(f)).scaled(mp.sqrt(2)), Rule.of(25)
        parts = [part for panel in mesh(measure, mpf(-12), mpf(12), rule) for part in panel.parts(mpf(rule.reach))]
        want = mp.fsum(w * part.f(z) * mp.npdf(z) for part in parts for z, w in rule.nodes(part))
        assert abs(estimate.value - want) <= estimate.rounding + estimate.scale * mpf(10) ** -19


def test_bells() -> None:
    with workdps(40):
        h = mpf(1) / 3
        for k, bell in zip(range(-40, 40), bells(h, range(-40, 40)), strict=True):
            assert abs(bell / mp.exp(-((k * h) ** 2) / 2) - 1) < mpf(10) ** -37


def test_precision_is_raised_and_restored() -> None:
    before, bits = ctx.prec, []

    def third() -> tuple[object, mpf]:
        bits.append(ctx.prec)
        return BALLS.exact(mpf(1)) / 3, mpf(1)

    with workprec(60):
        value, scale, radius = certain(third, 80)
    assert (bits[0], ctx.prec, scale) == (60, before, 1)
    assert radius <= mpf(10) ** -80
    with workdps(100):
        assert abs(value - mpf(1) / 3) <= radius

    def wide() -> tuple[object, mpf]:
        return BALLS.exact(mpf(1)) / 0, mpf(1)

    with pytest.raises(UndecidedError):
        certain(wide, 10)
    assert ctx.prec == before
