"""What the contract promises of a module beside the values themselves: symmetry, the variance map, gradients.

Gradients are judged against the oracle: by ``cov12``, where they are ``E[f'(X) f'(Y)]`` (Price 1958), at every point, and by the
variances, where they are quotients of differences, at a few ordinary ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np
from mpmath import mpf

from symkern.differences import GRADIENT, Slopes, variance_slopes
from symkern.domain import Point
from symkern.evaluation import DTYPES, FUNCTIONS, derivatives, values
from symkern.measure import bounds_of, errors, judged_in
from symkern.references import Reference
from symkern.report import Claim
from symkern.ulp import error_in_ulps

VARIANCE_MAP = 2.0
"""Ulps allowed between ``variance_fn(v)`` and ``nngp_fn(v, v, v)``."""

COMMUTING = 1e-3
"""By so much of the largest one second derivatives in another order may differ, at ordinary correlations: a wrong one would."""

SAMPLE = {"interior": 3, "small": 1, "near": 2}
"""Points of each region at which gradients by the variances are judged: each costs the oracle eight values of many digits."""

RESOLVED = 29.0
"""Digits that the oracle must have reached there."""

Judged = tuple[float, Reference]


def claims(
    module: ModuleType,
    references: Sequence[Reference],
    parameters: Mapping[str, float],
    *,
    processes: int | None = None,
) -> list[Claim]:
    """The worst figure of each claim in each dtype."""
    found = []
    slopes: dict[Point, Slopes] = {}
    if references and references[0].f is not None and not hasattr(module, "KERNELS"):
        slopes = {s.point: s for s in variance_slopes(_sample(references), processes=processes)}
    for dtype in DTYPES:
        chosen = judged_in(dtype, references)
        for name, allowed, judged in _judged(module, chosen, dtype, parameters, slopes):
            figures = list(judged)
            if figures:
                worst, reference = max(figures, key=lambda figure: figure[0])
                found.append(Claim(name, dtype, worst, allowed, reference.point, len(figures)))
    return found


def _judged(
    module: ModuleType,
    chosen: Sequence[Reference],
    dtype: str,
    parameters: Mapping[str, float],
    slopes: Mapping[Point, Slopes],
) -> Iterator[tuple[str, float, Iterator[Judged]]]:
    places = [r.point for r in chosen]
    mirrored = [replace(p, var1=p.var2, var2=p.var1) for p in places]
    for function in FUNCTIONS:
        f = getattr(module, function)
        one, other = (values(f, p, dtype, parameters, "eager") for p in (places, mirrored))
        yield f"{function} is symmetric to the bit", 0.0, _different(one, other, chosen)
    equal = [replace(p, cov12=p.var1, var2=p.var1) for p in places]
    diagonal = values(module.nngp_fn, equal, dtype, parameters, "eager")
    variance = values(lambda _, var, __, **given: module.variance_fn(var, **given), places, dtype, parameters, "eager")
    yield "variance_fn(v) is nngp_fn(v, v, v)", VARIANCE_MAP, _apart(diagonal, variance, chosen, dtype)
    gradient, *second = derivatives(module.nngp_fn, places, dtype, parameters)
    yield "the gradient is finite", 0.0, _infinite(gradient, chosen, _has_slope)
    bounds = bounds_of(module, "d_nngp_fn", places, dtype, parameters)
    figures = errors(gradient[0], chosen, "d_nngp_fn", dtype, bounds)
    judged = ((figure, r) for figure, r in zip(figures, chosen, strict=True) if _resolved(r))
    yield "the gradient by cov12 is d_nngp", GRADIENT, judged
    for by in (1, 2):
        yield f"the gradient by var{by} is right", GRADIENT, _off(gradient[by], by - 1, chosen, slopes, dtype)
    yield "second derivatives are finite", 0.0, _infinite(np.concatenate(second), chosen, _has_curvature)
    noise = bounds_of(module, "nngp_fn", places, dtype, parameters)
    yield "second derivatives commute", 0.0, _skew(np.stack(second), chosen, noise)


def _sample(references: Sequence[Reference]) -> list[Reference]:
    """Some of the points where a variance can be moved and the oracle has the digits, all over the domain."""
    found = []
    for region, number in SAMPLE.items():
        here = [r for r in references if r.point.region == region and r.digits >= RESOLVED and _is_finite(r)]
        count = min(number, len(here))
        found += [here[i * len(here) // count] for i in range(count)]
    return found


def _is_finite(reference: Reference) -> bool:
    return math.isfinite(float(reference.nngp))


def _off(
    gradient: np.ndarray, which: int, chosen: Sequence[Reference], slopes: Mapping[Point, Slopes], dtype: str
) -> Iterator[Judged]:
    for value, r in zip(gradient, chosen, strict=True):
        if r.point in slopes:
            yield slopes[r.point].ulps(which, float(value), dtype), r


def _resolved(reference: Reference) -> bool:
    """Where a variance is zero, a derivative by ``cov12`` would leave the domain."""
    return reference.point.region != "zero" and math.isfinite(float(reference.d_nngp))


def _different(one: np.ndarray, other: np.ndarray, chosen: Sequence[Reference]) -> Iterator[Judged]:
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return ((0.0 if same[i] else 1.0, r) for i, r in enumerate(chosen))


def _apart(one: np.ndarray, other: np.ndarray, chosen: Sequence[Reference], dtype: str) -> Iterator[Judged]:
    """At a variance of zero one is a value, the other a limit; where ``f`` jumps at zero they differ."""
    figures = (error_in_ulps(float(a), mpf(float(b)), dtype) for a, b in zip(one, other, strict=True))
    return ((figure, r) for figure, r in zip(figures, chosen, strict=True) if r.point.var1 != 0)


def _infinite(
    parts: np.ndarray, chosen: Sequence[Reference], expected: Callable[[Reference, float], bool]
) -> Iterator[Judged]:
    largest = float(np.finfo(parts.dtype).max)
    return ((float(np.sum(~np.isfinite(parts[:, i]))), r) for i, r in enumerate(chosen) if expected(r, largest))


def _skew(second: np.ndarray, chosen: Sequence[Reference], bounds: np.ndarray | None) -> Iterator[Judged]:
    """A table's second derivatives carry its error divided by two variances."""
    for i, r in enumerate(chosen):
        matrix = second[:, :, i].astype(np.float64)
        if r.point.region == "interior" and np.all(np.isfinite(matrix)):
            noise = 0.0 if bounds is None else 4 * float(bounds[i]) / min(r.point.var1, r.point.var2) ** 2
            yield float(np.abs(matrix - matrix.T).max() > COMMUTING * np.abs(matrix).max() + noise), r


def _has_slope(reference: Reference, largest: float) -> bool:
    """Whether the kernel and its derivative by ``cov12`` are known to be numbers of that dtype."""
    return _at_most(reference) < largest / 16


def _has_curvature(reference: Reference, largest: float) -> bool:
    """Away from ``ρ = ±1``, where kernels of activations with kinks have none, and from the dtype's largest numbers."""
    return reference.point.region not in ("exact", "zero") and _at_most(reference) < math.sqrt(largest)


def _at_most(reference: Reference) -> float:
    """The larger of the kernel and its derivative by ``cov12``; infinite where that is not known."""
    r = reference
    return float(max(abs(r.nngp) + r.nngp_error, abs(r.d_nngp) + r.d_nngp_error))


__all__ = ["GRADIENT", "VARIANCE_MAP", "claims"]
