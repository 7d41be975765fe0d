"""``symkern dual``: how well a Hermite expansion approximates a dual kernel, over its degree, beside Monte Carlo over the width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symkern.activation import Kernel
from symkern.api import derive
from symkern.derivation import Derivation
from symkern.dual import (
    check,
    derivative_coefficients,
    hermite_coefficients,
    kernel_from_coefficients,
    mean_square,
    numeric,
)
from symkern.errors import UsageError
from symkern.files import may_write_into
from symkern.packed import Floats

CORRELATIONS = np.concatenate([-np.cos(np.linspace(0, np.pi, 41)), [0.0]])
WIDTHS = (256, 1024, 4096, 16384, 65536)
ROUNDING = 1e-15
"""Coefficients below this part of ``√E[f²]`` are zeros that parity forces."""
REPEATS = 8
"""Networks of each width; the error is the root of the mean square."""


@dataclass(frozen=True)
class Degree:
    """The expansion up to one degree: errors are the largest over all correlations, relative to ``E[f²]`` and ``E[f'²]``.

    ``remainder`` is what the squares of the coefficients leave of ``E[f²]``: a bound of ``nngp``, reached at ``ρ = 1``.
    """

    degree: int
    coefficient: float
    remainder: float
    nngp: float
    d_nngp: float | None


@dataclass(frozen=True)
class Width:
    """A random network of one width: the error of its kernel, relative to ``E[f²]``, at the worst correlation."""

    width: int
    nngp: float


@dataclass(frozen=True)
class Study:
    """What was found for one activation at one variance.

    ``kind`` says what the expansion is compared with: ``"closed form"`` or ``"series"``.
    """

    name: str
    formula: str
    variance: float
    kind: str
    degrees: tuple[Degree, ...]
    widths: tuple[Width, ...]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def study(
    what: str,
    degree: int,
    *,
    variance: float = 1.0,
    parameters: dict[str, float] | None = None,
    widths: Sequence[int] = WIDTHS,
    seed: int = 0,
) -> Study:
    """The expansion of an activation's dual kernel up to ``degree``, beside the derived kernel.

    Raises:
        UsageError: it is a kernel without an activation, has no kernel at that variance, or an argument makes no sense.
    """
    check(degree, variance)
    if any(not 1 <= w <= 10**7 for w in widths):
        raise UsageError("a width is between 1 and 10,000,000")
    d = derive(what, parameters=parameters, max_variance=max(1.0, variance))
    if not isinstance(d, Derivation) or isinstance(d.activation, Kernel):
        raise UsageError(str(d) if not d else f"{d.name} is a kernel without an activation: there is nothing to expand")
    given = d.activation.defaults()
    coefficients = hermite_coefficients(d.activation, degree, variance=variance)
    square = mean_square(d.activation, variance=variance)
    coefficients[np.abs(coefficients) < ROUNDING * np.sqrt(square)] = 0
    exact = _exact(d, given, variance)
    return Study(
        name=d.name,
        formula=str(d.activation.expression),
        variance=variance,
        kind=d.kind,
        degrees=tuple(_degrees(coefficients, square, variance, exact)),
        widths=tuple(_monte_carlo(numeric(d.activation, {})[0], variance, exact[0], square, widths, seed)),
    )


def _exact(d: Derivation, given: dict[str, float], variance: float) -> tuple[Floats, Floats]:
    """Both kernels at all correlations, in float64."""
    import jax

    from symkern.evaluation import x64

    module = d.compile()
    with x64(True):
        v = np.full_like(CORRELATIONS, variance)
        found = jax.jit(lambda c: module.nngp_and_d_nngp_fn(c, v, v, **given))(CORRELATIONS * variance)
        nngp, d_nngp = (np.asarray(k) for k in found)
    if not np.all(np.isfinite(nngp)):
        raise UsageError(f"{d.name} has no finite kernel at a variance of {variance:g}")
    return nngp, d_nngp


def _degrees(coefficients: Floats, square: float, variance: float, exact: tuple[Floats, Floats]) -> list[Degree]:
    slopes = derivative_coefficients(coefficients, variance)
    finite = bool(np.all(np.isfinite(exact[1])))
    rows = []
    for n, coefficient in enumerate(coefficients):
        nngp = kernel_from_coefficients(coefficients[: n + 1], CORRELATIONS)
        d_nngp = kernel_from_coefficients(slopes[:n] if n else [0.0], CORRELATIONS)
        rows.append(
            Degree(
                degree=n,
                coefficient=float(coefficient),
                remainder=max(0.0, square - float(coefficients[: n + 1] @ coefficients[: n + 1])),
                nngp=float(np.abs(nngp - exact[0]).max() / square),
                d_nngp=float(np.abs(d_nngp - exact[1]).max() / np.abs(exact[1]).max()) if finite else None,
            )
        )
    return rows


def _monte_carlo(
    function: Any, variance: float, exact: Floats, square: float, widths: Sequence[int], seed: int
) -> list[Width]:
    random = np.random.default_rng(seed)
    rows = []
    for width in widths:
        total = np.zeros_like(exact)
        for _ in range(REPEATS):
            first, other = np.sqrt(variance) * random.normal(size=(2, width))
            at = CORRELATIONS[:, None]
            values = function(at * first + np.sqrt(1 - at**2) * other)
            total += (values @ function(first) / width - exact) ** 2
        rows.append(Width(width, float(np.sqrt(total / REPEATS).max() / square)))
    return rows


def may_plot(path: Path) -> None:
    """Raises UsageError where :func:`plot` could not write its picture: no matplotlib, no such format or no such folder."""
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError:
        raise UsageError("--plot needs matplotlib; install it with `pip install matplotlib`") from None
    formats = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:] not in formats:
        raise UsageError(
            f"cannot write {path}: a picture's name ends with one of {', '.join(f'.{f}' for f in formats)}"
        )
    may_write_into(path)


def plot(found: Study, path: Path) -> None:
    """Both errors over degree and width, on logarithmic axes.

    Raises:
        UsageError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    degrees = [row.degree for row in found.degrees]
    left.semilogy(degrees, [max(row.nngp, 1e-17) for row in found.degrees], ".-", label="nngp")
    if all(row.d_nngp is not None for row in found.degrees):
        left.semilogy(degrees, [max(row.d_nngp or 0, 1e-17) for row in found.degrees], ".-", label="d_nngp")
    left.set(xlabel="degree of the Hermite expansion", ylabel="largest relative error", title=found.name)
    left.legend()
    right.loglog([row.width for row in found.widths], [row.nngp for row in found.widths], ".-")
    right.set(xlabel="width of a random network", title=f"Monte Carlo, variance {found.variance:g}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from None


__all__ = ["Degree", "Study", "Width", "may_plot", "plot", "study"]
