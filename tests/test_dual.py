"""Hermite duals: coefficients beside closed forms and mpmath, kernels beside derived ones, the command."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import symkern
from symkern import dual
from symkern.cli import main
from symkern.dual_study import WIDTHS, study
from symkern.errors import UsageError

SEEDS = ("gelu", "relu", "sin", "gaussian", "erf", "abs")


def test_known_coefficients() -> None:
    """ReLU's: Daniely et al. 2016, table 1; those of a Hermite polynomial and of ``exp``."""
    relu = [1 / math.sqrt(2 * math.pi), 0.5, 1 / math.sqrt(4 * math.pi), 0.0, -1 / math.sqrt(48 * math.pi)]
    assert np.allclose(symkern.dual.hermite_coefficients("relu", 4), relu, rtol=0, atol=1e-15)
    assert np.allclose(dual.hermite_coefficients("x**3 - 3*x", 4), [0, 0, 0, math.sqrt(6), 0], rtol=0, atol=1e-14)
    v = 0.7
    exp = [math.exp(v / 2) * math.sqrt(v**n / math.factorial(n)) for n in range(12)]
    assert np.allclose(dual.hermite_coefficients("exp(x)", 11, variance=v), exp, rtol=1e-13)


@pytest.mark.parametrize(
    ("formula", "variance"), [("tanh(x)", 3.0), ("Max(x - 0.3, 0)*exp(-x)", 0.4), ("leaky_relu", 9.0)]
)
def test_coefficients_beside_mpmath(formula: str, variance: float) -> None:
    e = symkern.api.as_activation(formula, name="f" if "(" in formula else None).at()
    found = dual.hermite_coefficients(formula, 7, variance=variance)
    import sympy

    f = sympy.lambdify(symkern.symbols.x, e, "mpmath")
    root = mp.sqrt(variance)
    for n in (0, 3, 7):
        with mp.workdps(25):
            true = mp.quad(
                lambda z, n=n: f(root * z) * mp.hermite(n, z / mp.sqrt(2)) * mp.npdf(z),
                [-12, -3, 0, mp.mpf("0.3") / root, 3, 12],
            ) / mp.sqrt(2**n * mp.factorial(n))
        assert found[n] == pytest.approx(float(true), abs=1e-13)


@pytest.mark.parametrize("name", [*SEEDS, "leaky_relu", pytest.param("elu", marks=pytest.mark.slow), "sign"])
def test_kernels_come_nearer(name: str) -> None:
    """The last degree counts, the remainder bounds the error, and the derivative's expansion is the derivative."""
    found = study(name, 21, widths=(64,))
    assert [row.degree for row in found.degrees] == list(range(22))
    square = dual.mean_square(name)
    for before, row in zip(found.degrees, found.degrees[1:], strict=False):
        assert row.remainder <= before.remainder + 1e-15
        assert row.nngp * square <= row.remainder + 1e-13
    last = [row for row in found.degrees if row.coefficient][-1]
    assert last.remainder < found.degrees[last.degree - 1].remainder or last.nngp < 1e-14
    assert found.degrees[-1].nngp < 0.5 * found.degrees[1].nngp or name == "sign"
    assert (found.degrees[0].d_nngp is None) == (name == "sign")


def test_unequal_variances() -> None:
    module: Any = symkern.derive("gelu").compile()  # type: ignore[union-attr]
    first, second = (dual.hermite_coefficients("gelu", 60, variance=v) for v in (0.5, 2.0))
    rho = np.array([-0.7, 0.0, 0.4, 0.8])
    found = dual.kernel_from_coefficients(first, rho, second)
    assert np.allclose(found, module.nngp_fn(rho.astype(np.float32), np.float32(0.5), np.float32(2.0)), atol=1e-6)
    slopes = [dual.derivative_coefficients(a, v) for a, v in ((first, 0.5), (second, 2.0))]
    by_cov12 = dual.kernel_from_coefficients(slopes[0], rho, slopes[1])
    assert np.allclose(by_cov12, module.d_nngp_fn(rho.astype(np.float32), np.float32(0.5), np.float32(2.0)), atol=1e-6)


def test_a_function_without_a_formula() -> None:
    found = dual.hermite_coefficients(lambda t: np.maximum(t - 0.5, 0), 9, kinks=[0.5])
    assert np.allclose(found, dual.hermite_coefficients("Max(x - 1/2, 0)", 9), rtol=0, atol=1e-15)


def test_random_networks_come_nearer_with_their_width() -> None:
    errors = [row.nngp for row in study("relu", 2, widths=WIDTHS[:3], seed=3).widths]
    assert errors[2] < 0.6 * errors[0] and errors[2] < 0.1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("1/x", 3, {}), "no closed form"),
        (("exp(x**2/3)", 3, {}), "not square-integrable at a variance of 1"),
        (("exp_normalized", 3, {}), "without an activation"),
        (("relu", -1, {}), "a degree is between"),
        (("relu", 3, {"variance": 0.0}), "a variance is positive"),
        (("relu", 3, {"widths": [0]}), "a width is between"),
        (("gellu", 3, {}), "did you mean 'gelu'"),
    ],
)
def test_what_cannot_be_expanded(arguments: tuple[str, int, dict[str, Any]], reason: str) -> None:
    what, degree, options = arguments
    with pytest.raises(UsageError, match=reason):
        study(what, degree, **options)


def test_functions_that_have_no_value() -> None:
    with pytest.raises(UsageError, match="no finite value at x = "):
        dual.hermite_coefficients(lambda t: np.sqrt(t + 1), 3)
    with pytest.raises(UsageError, match="same length"):
        dual.kernel_from_coefficients([1.0], 0.5, [1.0, 2.0])


def command(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(sys, "argv", ["symkern", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "gelu.png"
    options = ["--degree", "6", "--width", "32", "--width", "64"]
    assert command("dual", "gelu", *options, "--plot", str(picture), monkeypatch=monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "closed form" in printed and "Monte Carlo" in printed and picture.stat().st_size > 5000
    assert command("dual", "gelu", *options, "--json", monkeypatch=monkeypatch) == 0
    content = json.loads(capsys.readouterr().out)
    assert [row["degree"] for row in content["degrees"]] == list(range(7))
    assert [row["width"] for row in content["widths"]] == [32, 64]
    assert command("dual", "gelu", *options, "--plot", str(tmp_path / "new" / "x.png"), monkeypatch=monkeypatch) == 0
