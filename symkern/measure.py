"""Errors of a module's functions against reference values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from types import ModuleType

import numpy as np
from mpmath import mp, mpf

from symkern.domain import NEAR_ZERO, REGIONS, Point
from symkern.evaluation import DTYPES, FUNCTIONS, MODES, values
from symkern.references import Reference
from symkern.report import Worst
from symkern.ulp import error_in_bounds, error_in_ulps


def worst_errors(
    module: ModuleType,
    references: Sequence[Reference],
    parameters: Mapping[str, float],
    *,
    modes: Sequence[str] = MODES,
) -> list[Worst]:
    """The worst error of each function in each dtype and region, eager and jitted."""
    rows: list[Worst] = []
    for dtype in DTYPES:
        chosen = judged_in(dtype, references)
        for function in FUNCTIONS:
            f, places = getattr(module, function), [r.point for r in chosen]
            found = {mode: values(f, places, dtype, parameters, mode) for mode in modes}
            bounds = bounds_of(module, function, places, dtype, parameters)
            figures = {mode: errors(array, chosen, function, dtype, bounds) for mode, array in found.items()}
            for region in REGIONS:
                here = [i for i, r in enumerate(chosen) if r.point.region == region]
                if not here:
                    continue
                ulp, mode, i = max(((figures[m][i], m, i) for m in found for i in here), key=itemgetter(0))
                computed, true = float(found[mode][i]), mp.nstr(_of(chosen[i], function)[0], 20)
                rows.append(Worst(function, dtype, region, ulp, mode, chosen[i].point, computed, true, len(here)))
    return rows


def judged_in(dtype: str, references: Sequence[Reference]) -> list[Reference]:
    """Those whose points are exact in the dtype."""
    return [r for r in references if dtype == "float64" or r.point.single]


def bounds_of(
    module: ModuleType, function: str, places: Sequence[Point], dtype: str, parameters: Mapping[str, float]
) -> np.ndarray | None:
    """What the module says its error is at most, at each point; None where the contract is in ulps."""
    stated = getattr(module, function.replace("nngp_fn", "error_bound_fn"), None)
    return None if stated is None else values(stated, places, dtype, parameters)


def errors(
    array: np.ndarray, references: Sequence[Reference], function: str, dtype: str, bounds: np.ndarray | None = None
) -> list[float]:
    """Ulps between what a function gave at each point and its reference; near an interior zero, of a part of ``√(K11 K22)``.

    Whether there is such a zero is asked only of values that are small, and off by more than an ulp.  With ``bounds`` each point's
    is the unit.
    """
    found = []
    if bounds is not None:
        for computed, reference, bound in zip(array, references, bounds, strict=True):
            true, slack, _ = _of(reference, function)
            found.append(error_in_bounds(float(computed), true, mpf(float(bound)), slack=slack))
        return found
    seen = _signs(references, function)
    for computed, reference in zip(array, references, strict=True):
        true, slack, scale = _of(reference, function)
        error = error_in_ulps(float(computed), true, dtype, slack=slack)
        if error > 1 and abs(true) < scale / NEAR_ZERO and _turns(reference, function, seen):
            error = error_in_ulps(float(computed), true, dtype, scale=scale / NEAR_ZERO, slack=slack)
        found.append(error)
    return found


def _of(reference: Reference, function: str) -> tuple[mpf, mpf, mpf]:
    return reference.of(function.removesuffix("_fn"))


Signs = Mapping[tuple[float, float, bool], set[bool]]


def _signs(references: Sequence[Reference], function: str) -> Signs:
    """The signs of the kernel by variances and the sign of the covariance."""
    signs: dict[tuple[float, float, bool], set[bool]] = {}
    for r in references:
        true, _, _ = _of(r, function)
        for side in _sides(r.point.cov12):
            if true != 0 and mp.isfinite(true):
                signs.setdefault(_family(r, side), set()).add(bool(true > 0))
    return signs


def _turns(reference: Reference, function: str, seen: Signs) -> bool:
    """Whether the kernel takes both signs for the same variances and covariances of one sign: a zero that parity does not force."""
    both = any(len(seen.get(_family(reference, side), ())) == 2 for side in _sides(reference.point.cov12))
    return both or reference.turns(function.removesuffix("_fn"))


def _family(r: Reference, side: bool) -> tuple[float, float, bool]:
    """Points of the same variances and the same sign of the covariance."""
    return min(r.point.var1, r.point.var2), max(r.point.var1, r.point.var2), side


def _sides(cov12: float) -> tuple[bool, ...]:
    return (True, False) if cov12 == 0 else (cov12 > 0,)


__all__ = ["bounds_of", "errors", "judged_in", "worst_errors"]
