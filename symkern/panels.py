"""Quadrature for ``E[g(s Z)]`` of a standard normal ``Z``: Gauss and Legendre on panels between the kinks of ``g``.

Both NumPy (when a kernel is made) and ``jax.numpy`` (when it is called) compute with it; ``xp`` is one of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FARTHEST = 12.0
"""Deviations; beyond, the root of the density is 2e-16 of what it is at zero."""
DEVIATIONS = (1.5, 3.0, 4.5, 6.5, 9.0, FARTHEST)
"""Where panels end, on either side, for the polynomials they are multiplied with."""
SCALES = (1.0, 4.0, 16.0)
"""The same for ``g``, in ``x``."""
TINY = 1e-18
"""The smallest deviation that counts, so that ``0/0`` is none."""


def rule(xp: Any, deviation: Any, places: tuple[float, ...], count: int) -> tuple[Any, Any]:
    """Nodes ``z`` and weights of ``dz``, on a last axis; panels end at ``z = x/deviation`` for all ``places`` ``x`` and ``-x``."""
    ends = [*DEVIATIONS, *(-d for d in DEVIATIONS)]
    own = sorted({0.0, *(sign * place for place in (*SCALES, *places) for sign in (1, -1))})
    s = xp.maximum(deviation, TINY)[..., None]
    moving = xp.clip(xp.asarray(own, s.dtype) / s, -FARTHEST, FARTHEST)
    fixed = xp.broadcast_to(xp.asarray(ends, s.dtype), (*s.shape[:-1], len(ends)))
    edges = xp.sort(xp.concatenate([moving, fixed], axis=-1), axis=-1)
    nodes, weights = np.polynomial.legendre.leggauss(count)
    width = (edges[..., 1:] - edges[..., :-1])[..., None]
    z = edges[..., :-1, None] + width * xp.asarray((1 + nodes) / 2, s.dtype)
    flat = (*z.shape[:-2], -1)
    return z.reshape(flat), (width * xp.asarray(weights / 2, s.dtype)).reshape(flat)


__all__ = ["FARTHEST", "TINY", "rule"]
