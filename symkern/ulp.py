"""Errors in units of the last place."""

from __future__ import annotations

import math

import numpy as np
from mpmath import mp, mpf, workdps


def ulp_of(value: mpf, dtype: str) -> mpf:
    """The distance of neighbouring floats at ``value``; below the normal numbers, that of the smallest normal."""
    info = np.finfo(dtype)
    magnitude = max(abs(value), mpf(float(info.tiny)))
    exponent = int(mp.floor(mp.log(magnitude, 2)))
    if mpf(2) ** exponent > magnitude:
        exponent -= 1
    elif mpf(2) ** (exponent + 1) <= magnitude:
        exponent += 1
    return mpf(2) ** (exponent - info.nmant)


def error_in_bounds(computed: float, true: mpf, allowed: mpf, *, slack: mpf) -> float:
    """``|computed − true|`` in multiples of what is allowed; ``slack`` as in :func:`error_in_ulps`."""
    if not math.isfinite(computed):
        return math.inf
    with workdps(60):
        distance = max(mpf(0), abs(mpf(computed) - true) - slack)
        return math.inf if distance and not allowed else float(distance / allowed) if distance else 0.0


def error_in_ulps(
    computed: float, true: mpf, dtype: str, *, scale: mpf | None = None, slack: mpf | None = None
) -> float:
    """``|computed − true|`` in ulps of ``true``, or of ``scale`` where that is larger.

    Where the true value is too large for the dtype, infinity is right; where it is below the smallest normal number, any
    result that small is (XLA flushes subnormal numbers).  A NaN or a wrong infinity counts as infinitely wrong.  ``slack``
    is the error of ``true`` itself, which is not held against the code; where that is infinite, nothing is known.
    """
    info = np.finfo(dtype)
    with workdps(60):
        true = mpf(true)
        if mp.isnan(true):
            return 0.0 if math.isnan(computed) else math.inf
        if mp.isinf(true):
            return 0.0 if computed == float(true) else math.inf
        if slack is not None and mp.isinf(slack):
            return 0.0
        if math.isnan(computed):
            return math.inf
        largest = mpf(float(info.max))
        if abs(true) > largest * (1 - mpf(2) ** (-info.nmant - 2)):
            if math.isinf(computed):
                return 0.0 if (computed > 0) == (true > 0) else math.inf
        elif math.isinf(computed):
            return math.inf
        tiny = mpf(float(info.tiny))
        if abs(true) < tiny and abs(computed) <= tiny:
            return 0.0
        unit = ulp_of(max(abs(true), scale) if scale is not None else true, dtype)
        distance = abs(mpf(computed) - true)
        if slack is not None:
            distance = max(mpf(0), distance - slack)
        return float(distance / unit)
