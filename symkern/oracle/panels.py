"""Composite Gauss-Legendre quadrature with breakpoints: the second method, and the one that kinks will need.

For ``(X, Y) = A (u, v)`` an activation that is smooth between breakpoints ``t`` makes an inner integrand that is smooth
between ``v = (t - a u)/b`` (a row ``(a, b)`` of ``A`` with ``b != 0``), and an outer one that is smooth between the
places where two of these cross, or where ``a u = t`` for a row with ``b = 0``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from math import ceil

from flint import arb, ctx
from mpmath import mp, mpf, workprec

from symkern.oracle.integrand import Function
from symkern.oracle.window import Box, Interval

COARSE = 64
"""Tables are made at precisions that are multiples of this."""
Row = tuple[mpf, mpf]
Matrix = tuple[Row, Row]
Nodes = Sequence[tuple[mpf, mpf]]


def gauss_legendre(order: int) -> Nodes:
    """Nodes and weights on [-1, 1] at the current precision or a little more."""
    return _gauss_legendre(order, tabulated(mp.prec))


def ball_legendre(order: int) -> Sequence[tuple[arb, arb]]:
    """The same as balls."""
    return _ball_legendre(order, tabulated(mp.prec))


def tabulated(prec: int) -> int:
    """The precision of tables that serve every working precision a little below it."""
    return -(-prec // COARSE) * COARSE


@lru_cache(maxsize=64)
def _gauss_legendre(order: int, prec: int) -> Nodes:
    with workprec(prec + 20):
        return [(mpf(z.mid()), mpf(w.mid())) for z, w in _ball_legendre(order, prec + 20)]


@lru_cache(maxsize=64)
def _ball_legendre(order: int, prec: int) -> Sequence[tuple[arb, arb]]:
    """Arb's; the rule is symmetric."""
    with ctx.workprec(prec):
        right = [arb.legendre_p_root(order, k, weight=True) for k in range((order + 1) // 2)]
        return [*((-z, w) for z, w in right[: order // 2]), *reversed(right)]


def composite(span: Interval, length: float, order: int, breaks: Sequence[mpf] = ()) -> Nodes:
    """Nodes and weights on panels no longer than ``length`` that end at every break inside the span."""
    lo, hi = mpf(span[0]), mpf(span[1])
    ends = [lo, *sorted(b for b in breaks if lo < b < hi), hi]
    rule, nodes = gauss_legendre(order), []
    for a, b in pairwise(ends):
        count = max(1, ceil((b - a) / length))
        half = (b - a) / (2 * count)
        for k in range(count):
            middle = a + (2 * k + 1) * half
            nodes += [(middle + half * z, half * w) for z, w in rule]
    return nodes


def integrate(function: Function, span: Interval, length: float, order: int, breaks: Sequence[mpf] = ()) -> mpf:
    """One dimension."""
    return mp.fsum(w * function(z) for z, w in composite(span, length, order, breaks))


def outer_breaks(matrix: Matrix, breakpoints: Sequence[mpf]) -> list[mpf]:
    """Where the inner integral is not smooth as a function of ``u``."""
    fixed = [t / a for a, b in matrix for t in breakpoints if not b and a]
    lines = [(t / b, a / b) for a, b in matrix for t in breakpoints if b]  # v = p - q u
    return fixed + [(p - r) / (q - s) for (p, q), (r, s) in combinations(lines, 2) if q != s]


def inner_breaks(matrix: Matrix, breakpoints: Sequence[mpf], u: mpf) -> list[mpf]:
    """Where the inner integrand is not smooth."""
    return [(t - a * u) / b for a, b in matrix for t in breakpoints if b]


def integrate_plane(
    f: Function, matrix: Matrix, box: Box, lengths: tuple[float, float], order: int, *, breakpoints: Sequence[mpf] = ()
) -> mpf:
    """``E[f(X) f(Y)]`` for ``(X, Y) = matrix (u, v)``, ``u`` and ``v`` standard normal, restricted to the box."""
    (a, b), (c, d) = matrix
    smooth = _weighted(composite(box[1], lengths[1], order)) if not breakpoints else None

    def inner(u: mpf) -> mpf:
        rule = smooth or _weighted(composite(box[1], lengths[1], order, inner_breaks(matrix, breakpoints, u)))
        p, q = a * u, c * u
        if not b:
            return f(p) * mp.fsum(f(q + d * v) * w for v, w in rule)
        return mp.fsum(f(p + b * v) * f(q + d * v) * w for v, w in rule)

    outer = _weighted(composite(box[0], lengths[0], order, outer_breaks(matrix, breakpoints)))
    return mp.fsum(w * inner(u) for u, w in outer)


def _weighted(rule: Nodes) -> Nodes:
    """The rule with the normal density in its weights."""
    scale: Callable[[mpf], mpf] = lambda z: mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)  # noqa: E731
    return [(z, w * scale(z)) for z, w in rule]


__all__ = [
    "Matrix",
    "ball_legendre",
    "composite",
    "gauss_legendre",
    "inner_breaks",
    "integrate",
    "integrate_plane",
    "outer_breaks",
    "tabulated",
]
