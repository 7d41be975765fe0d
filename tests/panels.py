"""A quadrature for tests that shares nothing with symkern: NumPy's Gauss-Legendre nodes on panels between knots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np


def _rule(knots: Sequence[float], deviation: float, width: float) -> tuple[np.ndarray, np.ndarray]:
    ends = sorted({-12 * deviation, 12 * deviation, *(k for k in knots if abs(k) < 12 * deviation)})
    nodes, weights = np.polynomial.legendre.leggauss(16)
    points, masses = [], []
    for low, high in pairwise(ends):
        panels = np.linspace(low, high, max(2, int(np.ceil((high - low) / width)) + 1))
        middle, half = (panels[1:] + panels[:-1]) / 2, (panels[1:] - panels[:-1]) / 2
        points.append((middle[:, None] + half[:, None] * nodes).ravel())
        masses.append((half[:, None] * weights).ravel())
    return np.concatenate(points), np.concatenate(masses)


def bivariate_expectation(
    f: Callable[[np.ndarray], np.ndarray], knots: Sequence[float], c: float, v: float, w: float
) -> float:
    """``E[f(X) f(Y)]`` to about 13 digits, for correlations that are not extreme."""
    gap = v * w - c * c
    xs, a = _rule(knots, v**0.5, np.sqrt(gap / w))
    ys, b = _rule(knots, w**0.5, np.sqrt(gap / v))
    density = np.exp(-(w * xs[:, None] ** 2 - 2 * c * xs[:, None] * ys + v * ys**2) / (2 * gap))
    left, right = (np.broadcast_to(np.asarray(f(t), float), t.shape) for t in (xs, ys))
    return float((a * left) @ density @ (b * right) / (2 * np.pi * np.sqrt(gap)))
