"""Dual kernels by Hermite expansion (Daniely et al. 2016; Han et al. 2022, arXiv 2209.04121).

    E[f(X) f(Y)] = Σ_n a_n(v1) a_n(v2) ρ^n,    a_n(v) = E[f(√v Z) h_n(Z)],    h_n = He_n/√(n!)

for (X, Y) centred Gaussian with variances v1, v2 and correlation ρ (Mehler 1866).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from sympy import Expr

from symkern.activation import Activation
from symkern.api import as_activation
from symkern.derive.atoms import OutsideError
from symkern.derive.pieces import pieces
from symkern.errors import UsageError
from symkern.packed import Floats
from symkern.symbols import x

Function = Callable[[Floats], Floats]

PANEL, NODES = 0.25, 24
"""Width of a panel of the Gauss-Legendre rule in standard deviations, and its nodes: h_n for n up to some thousands."""
REACHES = (12.0, 16.0, 24.0, 40.0)
"""Deviations as far as which is integrated, tried until nothing is left beyond."""
MOST = 2000
"""The largest degree."""
NEGLIGIBLE = 1e-30


def hermite_coefficients(
    f: str | Expr | Activation | Function,
    degree: int,
    *,
    variance: float = 1.0,
    kinks: Sequence[float] = (),
    **parameters: float,
) -> Floats:
    """``a_0, …, a_degree`` of an activation at one variance; shape ``(degree + 1,)``, float64, right to some 1e-14 of ``√E[f²]``.

    Args:
        f: a catalogue name, a formula, a SymPy expression in ``x``, or a function of float64 arrays.
        degree: of the last coefficient, which is there.
        variance: of the input, positive.
        kinks: places where a *function* is not smooth; those of a formula are found.
        **parameters: of the formula.

    Raises:
        UsageError: the degree or the variance makes no sense, or ``f`` is not square-integrable at that variance.
    """
    check(degree, variance)
    function, knots = numeric(f, parameters)
    z, weights = nodes(function, variance, (*knots, *kinks))
    return _coefficients(function(np.sqrt(variance) * z), z, weights, degree)


def kernel_from_coefficients(
    first: Sequence[float] | Floats, correlation: Any, second: Sequence[float] | Floats | None = None
) -> Floats:
    """``Σ_n a_n b_n ρ^n`` by Horner's rule, elementwise.

    Args:
        first: Hermite coefficients at the first variance.
        correlation: ``ρ``, any shape.
        second: those at the second variance; the same where it is not given.
    """
    a = np.asarray(first, np.float64)
    b = a if second is None else np.asarray(second, np.float64)
    if a.ndim != 1 or a.shape != b.shape or not a.size:
        raise UsageError("coefficients are two lists of the same length, or one")
    rho = np.asarray(correlation, np.float64)
    total: Floats = np.zeros_like(rho)
    for product in (a * b)[::-1]:
        total = total * rho + product
    return total


def derivative_coefficients(coefficients: Floats, variance: float) -> Floats:
    """Those of ``f'``: ``√(n + 1) a_(n+1)/√v``; one less."""
    n = np.arange(1, len(coefficients))
    result: Floats = np.sqrt(n / variance) * coefficients[1:]
    return result


def mean_square(f: str | Expr | Activation | Function, *, variance: float = 1.0, **parameters: float) -> float:
    """``E[f(√v Z)²]``, what all squares of coefficients are together; arguments as those of :func:`hermite_coefficients`."""
    function, knots = numeric(f, parameters)
    z, weights = nodes(function, variance, knots)
    with np.errstate(over="ignore"):  # where the weight is zero
        return float(weights @ np.where(weights > 0, function(np.sqrt(variance) * z), 0) ** 2)


def check(degree: int, variance: float) -> None:
    """Raises UsageError where they make no sense."""
    if not 0 <= degree <= MOST:
        raise UsageError(f"a degree is between 0 and {MOST}, not {degree}")
    if not 0 < variance < np.inf:
        raise UsageError(f"a variance is positive, not {variance:g}")


def numeric(f: str | Expr | Activation | Function, parameters: dict[str, float]) -> tuple[Function, tuple[float, ...]]:
    """A function of float64 arrays, and its knots."""
    if callable(f) and not isinstance(f, (Expr, Activation)):
        return f, ()
    activation = as_activation(f, parameters=parameters)
    e = activation.at()
    try:
        found = pieces(e, x)
    except OutsideError as error:
        raise UsageError(f"{activation.name}: {error}") from None
    return _compiled(e), tuple(float(piece.high) for piece in found[:-1])


@cache
def _compiled(e: Expr) -> Function:
    """The activation as the generated code has it, in float64."""
    import jax

    from symkern.codegen.load import load_source
    from symkern.codegen.parts import activation_module
    from symkern.evaluation import x64

    fn = load_source("activation", activation_module(Activation("activation", e))).fn

    def function(at: Floats) -> Floats:
        with x64(True):
            return np.asarray(jax.jit(fn)(np.asarray(at, np.float64)))

    return function


def nodes(f: Function, variance: float, knots: Sequence[float]) -> tuple[Floats, Floats]:
    """Nodes in standard deviations, and weights for means; panels end at the knots.

    Raises:
        UsageError: the mean square has not ended at 40 deviations, or ``f`` has no value somewhere.
    """
    root = np.sqrt(variance)
    for reach in REACHES:
        inside = [k / root for k in knots if abs(k) < reach * root]
        ends = np.union1d(np.arange(-reach, reach + PANEL / 2, PANEL), inside)
        ends = ends[np.concatenate([[True], np.diff(ends) > 1e-13])]
        rule, weights = np.polynomial.legendre.leggauss(NODES)
        half = np.diff(ends) / 2
        z = ((ends[:-1] + half)[:, None] + half[:, None] * rule).ravel()
        w = (half[:, None] * weights).ravel() * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
        with np.errstate(all="ignore"):
            values = f(root * z)
            squares = w * values**2
        wrong = ~np.isfinite(values) & (w > 0)
        if wrong.any() and reach == REACHES[0]:
            place = root * z[wrong][np.argmin(np.abs(z[wrong]))]
            raise UsageError(f"f has no finite value at x = {place:.6g}, which a variance of {variance:g} reaches")
        if not wrong.any() and max(squares[0], squares[-1]) <= NEGLIGIBLE * max(squares.max(), NEGLIGIBLE):
            return z, w
    raise UsageError(f"f grows too fast: it is not square-integrable at a variance of {variance:g}")


def _coefficients(values: Floats, z: Floats, weights: Floats, degree: int) -> Floats:
    found = np.zeros(degree + 1)
    before, now = np.zeros_like(z), np.ones_like(z)
    weighted = weights * values
    for n in range(degree + 1):
        found[n] = weighted @ now
        before, now = now, (z * now - np.sqrt(n) * before) / np.sqrt(n + 1)
    return found


__all__ = ["derivative_coefficients", "hermite_coefficients", "kernel_from_coefficients", "mean_square"]
