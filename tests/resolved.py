"""How far kernels are from the oracle's answers, where these have digits enough."""

from __future__ import annotations

from collections.abc import Sequence

from symkern.packed import Floats
from symkern.references import Reference

RESOLVED = 12
"""Digits of the oracle that are enough beside a bound."""


def largest_error(found: Floats, answers: Sequence[Reference], *, slope: bool = False) -> float:
    """Relative to ``√(K11 K22)``, where the oracle has its digits: at four fifths of the points or more."""
    resolved = [(value, r) for value, r in zip(found, answers, strict=True) if r.digits >= RESOLVED]
    assert len(resolved) >= 0.8 * len(found)
    return max(
        abs(float(value - (r.d_nngp if slope else r.nngp))) / float(r.d_scale if slope else r.scale)
        for value, r in resolved
    )
