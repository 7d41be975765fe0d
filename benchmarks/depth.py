"""Deep networks: the kernel maps composed up to 1,000 times, and what is left of the digits:
``python benchmarks/depth.py [DEPTH ...] [NETWORK ...]``.

Fifty points, fully connected layers ``W_std`` (no biases) and the activation, as ``neural_tangents.stax`` composes them:
``K <- W_std² nngp_fn(K)``, ``Θ <- K + W_std² d_nngp_fn(K) Θ``.  A row for each network: float32 against float64 (relative to the
largest entry), float64 against 50 digits (the derived formulas in mpmath, at four pairs of points), how many entries are not
finite, and the smallest eigenvalue of both Gram matrices in units of the rounding of the largest.  Beside it the same of
neural-tangents' own layer, where it has one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import sympy
from mpmath import mp, mpf

import symkern
from symkern.compat import neural_tangents
from symkern.evaluation import x64
from symkern.normal_values import phi2
from symkern.symbols import cov12, var, var1, var2

POINTS = 50
PAIRS = ((0, 0), (0, 1), (3, 7), (10, 40))
DEPTHS = (1, 10, 100, 1000)
DIGITS = (50, 100, 200, 400, 800)
"""Tried in turn until two agree to twenty digits: where variances die out, formulas cancel."""
AGREED = 20


@dataclass(frozen=True)
class Network:
    """An activation, and the weights' deviation at which signals neither die nor explode."""

    name: str
    critical: float
    theirs: str | None


NETWORKS = (
    Network("relu", 2**0.5, "Relu"),
    Network("leaky_relu", (2 / (1 + 0.01**2)) ** 0.5, None),
    Network("erf", np.pi**0.5 / 2, "Erf"),
    Network("gelu", 2**0.5, "Gelu"),
    Network("sin", 1.0, "Sin"),
    Network("elu", 1.0, None),
)
FACTORS = (1.0, 0.96, 1.04)


def inputs() -> np.ndarray:
    """Covariances of fifty inputs in ten dimensions, two of them almost equal, two almost opposite."""
    x = np.random.default_rng(7).normal(size=(POINTS, 10))
    x[1] = x[0] * (1 + 1e-5)
    x[3] = -x[7] * (1 - 1e-6)
    return x.astype(np.float32).astype(np.float64)


def ours(name: str, w: float, depth: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """NNGP and NTK of the composed maps."""
    module: Any = symkern.derive(name).compile()  # type: ignore[union-attr]
    with x64(dtype == "float64"):
        x = jnp.asarray(inputs(), dtype)
        square = jnp.asarray(w, dtype) ** 2
        one, two = np.triu_indices(POINTS)  # kernels are symmetric to the bit
        k = (square * (x @ x.T / x.shape[1]))[one, two]

        def layer(_: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
            k, theta = state
            v = k[np.flatnonzero(one == two)]
            nngp, slope = module.nngp_and_d_nngp_fn(k, v[one], v[two])
            k = square * nngp
            return k, k + square * slope * theta

        found = jax.jit(lambda d, s: jax.lax.fori_loop(0, d, layer, s))(depth, (k, k))
        matrices = np.zeros((2, POINTS, POINTS))
        matrices[:, one, two] = matrices[:, two, one] = np.asarray(found, np.float64)
        return matrices[0], matrices[1]


@cache
def exact(name: str, w: float, depth: int, pair: tuple[int, int]) -> tuple[mpf, mpf]:
    """The same for one pair of inputs in many digits."""
    before: tuple[mpf, mpf] | None = None
    for digits in DIGITS:
        try:
            found = followed(name, w, depth, pair, digits)
        except TypeError:  # no digit is left of a correlation, and a root is complex
            continue
        if before and all(abs(a - b) <= abs(a) * mpf(10) ** -AGREED for a, b in zip(found, before, strict=True)):
            return found
        before = found
    raise ArithmeticError(f"{name}, {depth} layers: {DIGITS[-1]} digits are not enough")


def followed(name: str, w: float, depth: int, pair: tuple[int, int], digits: int) -> tuple[mpf, mpf]:
    """NNGP and NTK of one pair of inputs."""
    nngp, slope, variance, variance_of_slope = formulas(name)
    x = inputs()[list(pair)]
    with mpmath.workdps(digits):
        square = mpf(w) ** 2
        rows = [[mpf(float(a)) for a in row] for row in x]
        c, v1, v2 = (square * mp.fdot(a, b) / len(a) for a, b in ((rows[0], rows[1]), (rows[0],) * 2, (rows[1],) * 2))
        theta = c
        same = pair[0] == pair[1]
        for _ in range(depth):
            k, s = (variance(v1), variance_of_slope(v1)) if same else (nngp(c, v1, v2), slope(c, v1, v2))
            k *= square
            theta = k + square * s * theta
            c, v1, v2 = k, square * variance(v1), square * variance(v2)
        return mp.re(c), mp.re(theta)


@cache
def formulas(name: str) -> list[Callable[..., mpf]]:
    """nngp, d_nngp, ``E[f(X)²]`` and ``E[f'(X)²]`` as mpmath computes them."""
    d: Any = symkern.derive(name)
    parameters = {p.symbol: sympy.Rational(p.default) for p in d.activation.parameters}
    slope: Any = symkern.derive(d.activation.derivative.subs(parameters))
    special = [{"Phi": mp.ncdf, "Phi2": phi2}, "mpmath"]
    pairs = [sympy.lambdify((cov12, var1, var2), e.subs(parameters), special, cse=True) for e in (d.nngp, d.d_nngp)]
    return pairs + [sympy.lambdify(var, e.variance.subs(parameters), special) for e in (d, slope)]


def theirs(layer: str, w: float, depth: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """neural-tangents' own."""
    stax = neural_tangents().stax
    with x64(dtype == "float64"):
        parts = [stax.Dense(1, W_std=w)]
        for _ in range(depth):
            parts += [getattr(stax, layer)(), stax.Dense(1, W_std=w)]
        kernel = stax.serial(*parts)[2](jnp.asarray(inputs(), dtype), None, ("nngp", "ntk"))
        return np.asarray(kernel.nngp, np.float64), np.asarray(kernel.ntk, np.float64)


def figures(of: Callable[[str], tuple[np.ndarray, np.ndarray]]) -> tuple[list[str], tuple[np.ndarray, np.ndarray]]:
    """Cells: float32 against float64, NaN, smallest eigenvalues."""
    single, double = of("float32"), of("float64")
    apart = max(np.max(np.abs(a - b)) / (np.max(np.abs(b)) or 1.0) for a, b in zip(single, double, strict=True))
    broken = sum(int(np.sum(~np.isfinite(a))) for a in (*single, *double))
    cells = [f"{apart:.1e}", str(broken)]
    for matrix, unit in [(m, 2.0**-24) for m in single] + [(m, 2.0**-53) for m in double]:
        if not np.all(np.isfinite(matrix)):
            cells.append("none")
        elif not np.any(matrix):
            cells.append("all 0")
        else:
            values = np.linalg.eigvalsh((matrix + matrix.T) / 2)
            cells.append(f"{values[0] / (values[-1] * unit):.1f}")
    return cells, double


def main(depths: list[int], names: list[str]) -> None:
    """Print the table, or that of a few networks."""
    heads = ["network", "W_std", "layers", "whose", "f32 to f64", "f64 to exact", "not finite"]
    heads += ["least eigenvalue f32 nngp", "ntk", "f64 nngp", "ntk"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    for network in (n for n in NETWORKS if not names or n.name in names):
        for factor in FACTORS:
            w = float(np.float32(network.critical * factor))
            for depth in depths:
                row(network, w, depth, "symkern", lambda dtype, w=w, d=depth, n=network: ours(n.name, w, d, dtype))
                if network.theirs:
                    row(network, w, depth, "nt", lambda dtype, w=w, d=depth, n=network: theirs(n.theirs, w, d, dtype))


def row(network: Network, w: float, depth: int, whose: str, of: Callable[[str], Any]) -> None:
    """One line."""
    cells, double = figures(of)
    worst = 0.0
    for i, j in PAIRS:
        for matrix, true in zip(double, exact(network.name, w, depth, (i, j)), strict=True):
            largest = float(np.max(np.abs(matrix)))
            worst = max(worst, float(abs(mpf(float(matrix[i, j])) - true)) / (largest or 1.0))
    columns = f"{cells[0]} | {worst:.1e} | {' | '.join(cells[1:])}"
    print(f"| {network.name} | {w:.6g} | {depth} | {whose} | {columns} |", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    main([int(a) for a in given if a.isdigit()] or list(DEPTHS), [a for a in given if not a.isdigit()])
