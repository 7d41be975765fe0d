"""Expectations that are infinite though nothing within ten deviations tells: refused by tables, and by the oracle on its own."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest
from mpmath import mpf

import symkern
from symkern import oracle
from symkern.packed import Floats
from symkern.parse import parse_activation
from symkern.series.angular import NotConvergedError
from symkern.series.beyond import refuse_beyond, size_of_formula, size_of_values
from symkern.series.faults import fault
from symkern.series.polar import reach
from symkern.stax import ElementwiseNumerical
from symkern.symbols import x

ENDLESS = {
    "exp(x**4)": 0.01,
    "exp(x**3)": 0.005,
    "exp(x**4/1000000000)": 1.0,
    "Abs(x)*exp(x**3)": 0.005,
    "tanh(x)*exp(x**4/10**30)": 1.0,
    "exp(exp(x))": 0.001,
}
"""Formulas, and variances at which their first ten deviations look harmless."""

FAULTS = {
    "1/(x - 300)": "it has a pole, or is too steep, at x = 300",
    "1/(x**2 + 2*x - 90000)": "at x = 299.002",
    "tan(x/1000)": "at x = 1570.8",
    "1/(1 - cos(x/100)) + tanh(x)": "E[f'(X)^2] is infinite",
    "log(Abs(x + 400))": "at x = -400",
    "tanh(x)*sqrt(Abs(x - 300))": "too steep, at x = 300",
    "acos(clip(x/300, -1, 1))": "too steep, at x = 300",
    "Max(x, -2)*tanh(x)/(x - 3)": "at x = 3",
    "Heaviside(x - 1)*tanh(x)": "it jumps at x = 1",
    "sin(x)*tanh(x) + where(x < 500, 1, 0)/10**6": "it jumps at x = 500",
}

HARMLESS = (
    "tanh(x)*exp(-x**4)",
    "sinh(x**4/1000) - cosh(x**4/1000)",
    "tanh(x)*erfc(x)*exp(x)",
    "sin(x - 300)/(x - 300)",
    "1/(2 + cos(x))",
    "x*sigmoid(x) + Max(x - 300, 0)/10**9",
    "log(1 + exp(x))",
    "sin(pi*x)/(pi*x)",
    "x/(1 + Abs(x))",
    "Max(x, -2)*cos(x)",
)


@pytest.mark.parametrize("formula", ENDLESS)
def test_growth_of_formulas(formula: str) -> None:
    found = symkern.derive(formula, max_variance=ENDLESS[formula])
    assert isinstance(found, symkern.NotDerived)
    assert "f grows too fast: E[f(X)^2] is infinite at every variance" in str(found)


@pytest.mark.parametrize("formula", ENDLESS)
@pytest.mark.parametrize("rho", [1, 0.75, 0.25, 0, -0.5])
def test_growth_by_the_oracle(formula: str, rho: float) -> None:
    f, v = parse_activation(formula), ENDLESS[formula]
    for kernel in (oracle.nngp, oracle.d_nngp):
        assert kernel(f, rho * v, v, v, digits=15).method == "divergent"


@pytest.mark.parametrize("formula", FAULTS)
def test_faults(formula: str) -> None:
    found = symkern.derive(formula)
    assert isinstance(found, symkern.NotDerived)
    assert FAULTS[formula] in str(found)


@pytest.mark.parametrize("formula", HARMLESS)
def test_nothing_else_is_refused(formula: str) -> None:
    f = parse_activation(formula)
    assert fault(f, reach(4.0)) is None
    for e in (f, f.diff(x)):
        refuse_beyond(size_of_formula(e), 4.0)


def test_the_oracle_answers_what_only_looks_endless() -> None:
    f = parse_activation("exp(x**2/5)")
    assert oracle.nngp(f, mpf("0.5"), 1.5, 1.5, digits=15).value == pytest.approx(2.8867513459481287, rel=1e-14)
    assert oracle.nngp(f.subs(x, 2 * x), 0.5, 1.5, 1.5, digits=15).method == "divergent"
    finite = parse_activation("exp(x**4/10**6 - x**6/10**9)")
    assert oracle.nngp(finite, 0.003, 0.01, 0.01, digits=15).digits >= 15


CODE: dict[str, Callable[[Floats], Floats]] = {
    "quartic": lambda x: np.exp(x**4 / 1e9),
    "cubic": lambda x: np.exp(np.abs(x / 10) ** 3) * x,
    "wide": lambda x: np.exp(x**2 / 40),
    "parabola": lambda x: np.exp(x**2 / 1000 - x / 8),
    "square": lambda x: np.exp(x**2 / 2e4) * np.tanh(x),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "power": lambda x: x**4,
}
"""Functions that overflow, of which the first three have no mean square at a variance of 16."""


@pytest.mark.parametrize("name", CODE)
def test_growth_of_values(name: str) -> None:
    size = size_of_values(CODE[name])
    if name in ("quartic", "cubic", "wide"):
        with pytest.raises(NotConvergedError, match="f grows too fast"):
            refuse_beyond(size, 16.0)
    else:
        refuse_beyond(size, 16.0)


def test_growth_of_code() -> None:
    with pytest.raises(symkern.UsageError, match=r"f grows too fast: E\[f\(X\)\^2\] is infinite at every variance"):
        ElementwiseNumerical(lambda x: jnp.exp(x**3), max_variance=0.005)
    with pytest.raises(symkern.UsageError, match=r"f grows too fast: at a variance of .* has not ended"):
        ElementwiseNumerical(lambda x: x**30)
