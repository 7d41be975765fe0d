"""Reference values of a kernel, from the oracle: exact float inputs, many digits, computed on all cores."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import groupby
from typing import TypeVar

from loky import get_reusable_executor
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.domain import NEAR_ZERO, Point
from symkern.memory import recall, remember

MAX_DPS = 80
"""Largest working precision: all of float32's range, and values of 1e-45 beside terms of 1, are resolved."""

MAX_TERMS = 2e6
"""Largest number of terms in one sum: some ten seconds; a point beyond it is answered by a bound."""

TOGETHER = 12
"""Points of the same variances that one process is asked about at a time: the oracle's expansions serve them all."""

IDLE = 60
"""Seconds after which idle processes end."""

J = TypeVar("J")
T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Called with (points done, points in all)."""


@dataclass(frozen=True)
class Reference:
    """``E[f(X) f(Y)]`` and ``E[f'(X) f'(Y)]`` at one point, each with the error that the oracle admits.

    ``scale`` and ``d_scale`` are ``√(K11 K22)`` of both, for counting errors near an interior zero; ``f`` is the activation.
    """

    point: Point
    nngp: mpf
    d_nngp: mpf
    nngp_error: mpf
    d_nngp_error: mpf
    scale: mpf
    d_scale: mpf
    digits: float
    f: Expr | None = field(default=None, compare=False, repr=False)

    def at(self, question: str) -> Callable[[float], mpf] | None:
        """The kernel of these variances by the correlation, to a few digits; None where it is not known."""
        return self.f and partial(_roughly, question, self.f, *sorted((self.point.var1, self.point.var2)))

    def of(self, question: str) -> tuple[mpf, mpf, mpf]:
        """Value, error and scale of ``"nngp"`` or ``"d_nngp"``."""
        if question == "nngp":
            return self.nngp, self.nngp_error, self.scale
        return self.d_nngp, self.d_nngp_error, self.d_scale

    def turns(self, question: str) -> bool:
        """Whether a small value (``"nngp"`` or ``"d_nngp"``) is beside a change of sign that parity does not force.

        The oracle is asked at covariances of the same variances.  Where the kernel is zero at ``cov12 = 0``, that is parity, and
        covariances of the other sign do not count.
        """
        value, _, scale = self.of(question)
        if not 0 < abs(value) < scale / NEAR_ZERO or (at := self.at(question)) is None:
            return False
        sides = [side for side in (1, -1) if side * self.point.cov12 >= 0] if at(0.0) == 0 else [1, -1]
        found = (at(side * size) for side in sides for size in (0.25, 0.9))
        return any(mp.isfinite(v) and v * value < 0 for v in found)

    def size(self, question: str) -> mpf:
        """The kernel's, ``"nngp"`` or ``"d_nngp"``, beside which its derivatives may be small.

        That is its value, or a part of ``√(K11 K22)`` beside a change of sign.
        """
        value, _, scale = self.of(question)
        return scale / NEAR_ZERO if self.turns(question) else abs(value)


def references(
    f: Expr,
    points: Sequence[Point],
    *,
    digits: int = 30,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[Reference]:
    """The oracle's answers at ``points``, in their order; ``f`` has numbers only.

    Its processes do not import the caller's main module: a script needs no ``if __name__ == "__main__"``.
    """
    known = recall(f, digits, points)
    if progress:
        progress(len(known), len(points))
    jobs = [(f, group, digits) for group in _alike(point for point in points if point not in known)]
    for found in on_all_cores(_references, jobs, processes):
        remember(f, digits, found)
        known |= {r.point: r for r in found}
        if progress:
            progress(len(known), len(points))
    return [known[point] for point in points]


def _alike(points: Iterable[Point]) -> Iterator[list[Point]]:
    """Groups of the same variances, the large ones first: they take longest."""
    ordered = sorted(set(points), key=lambda p: (-max(p.var1, p.var2), -min(p.var1, p.var2)))
    for _, alike in groupby(ordered, key=lambda p: {p.var1, p.var2}):
        group = list(alike)
        yield from (group[k : k + TOGETHER] for k in range(0, len(group), TOGETHER))


def on_all_cores(function: Callable[[J], T], jobs: Sequence[J], processes: int | None = None) -> Iterator[T]:
    """``map(function, jobs)`` on so many processes, all cores where no number is given."""
    count = min(processes or os.cpu_count() or 1, len(jobs))
    if count <= 1:
        yield from map(function, jobs)
    else:
        yield from get_reusable_executor(max_workers=count, timeout=IDLE).map(function, jobs)


def _references(job: tuple[Expr, list[Point], int]) -> list[Reference]:
    f, group, digits = job
    return [_reference((f, point, digits)) for point in group]


def _reference(job: tuple[Expr, Point, int]) -> Reference:
    from symkern import oracle

    f, point, digits = job
    c, v1, v2 = point.values
    kernel = oracle.nngp(f, c, v1, v2, digits=digits, max_dps=MAX_DPS, max_terms=MAX_TERMS)
    derivative = oracle.d_nngp(f, c, v1, v2, digits=digits, max_dps=MAX_DPS, max_terms=MAX_TERMS)
    with workdps(digits + 20):
        scales = [mp.sqrt(_diagonal(name, f, v1) * _diagonal(name, f, v2)) for name in ("nngp", "d_nngp")]
    return Reference(
        point,
        kernel.value,
        derivative.value,
        kernel.error,
        derivative.error,
        scales[0],
        scales[1],
        min(_digits(kernel), _digits(derivative)),
        f,
    )


@lru_cache(maxsize=4096)
def _roughly(question: str, f: Expr, var1: float, var2: float, correlation: float) -> mpf:
    """To five digits; 0 where it is exactly that, NaN where there is a bound only."""
    from symkern import oracle

    cov12 = correlation * math.sqrt(var1 * var2)
    found = getattr(oracle, question)(f, cov12, var1, var2, digits=5)
    value: mpf = found.value if found.value or found.error == 0 else mp.nan
    return value


def kernel_references(nngp: Expr, points: Sequence[Point], *, progress: Progress | None = None) -> list[Reference]:
    """The same for a kernel given by its formula: ``nngp`` has the covariance's symbols and numbers."""
    from symkern.oracle import given

    done: list[Reference] = []
    for point in points:
        (value, error), (slope, slope_error) = (of(nngp, *point.values) for of in (given.nngp, given.d_nngp))
        diagonals = [(v, v, v) for v in (point.var1, point.var2)]
        found = ([of(nngp, *v)[0] for v in diagonals] for of in (given.nngp, given.d_nngp))
        scales = [mp.sqrt(abs(mp.fprod(pair))) if all(map(mp.isfinite, pair)) else mpf(0) for pair in found]
        reached = min(_digits_reached(value, error), _digits_reached(slope, slope_error))
        done.append(Reference(point, value, slope, error, slope_error, scales[0], scales[1], reached))
        if progress:
            progress(len(done), len(points))
    return done


def _digits_reached(value: mpf, error: mpf) -> float:
    """Digits reached; a value without error has them all."""
    if error == 0 or mp.isinf(value):
        return 99.0
    return float(mp.log10(abs(value) / error)) if value else 0.0


@lru_cache(maxsize=1024)
def _diagonal(question: str, f: Expr, v: float) -> mpf:
    """A kernel on the diagonal; 0 where it is infinite, and no scale for anything."""
    from symkern import oracle

    value: mpf = getattr(oracle, question)(f, v, v, v, digits=15).value
    return value if mp.isfinite(value) else mpf(0)


def _digits(value: object) -> float:
    """Digits reached; an exact or divergent value has them all."""
    digits: float = value.digits  # type: ignore[attr-defined]
    return 99.0 if value.method == "divergent" or digits == float("inf") else digits  # type: ignore[attr-defined]
