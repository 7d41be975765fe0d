"""A function as a mixture of Gaussians and error functions, whose kernels are elementary and hold at every variance.

    f(x) = Σ w exp(-k²x²) + Σ w x erf(k x)  +  Σ w erf(k x) + Σ w x exp(-k²x²) + rest

The first two are even, the others odd, and a scale of zero makes ``1`` and ``x`` of them.  With ``r(v) = √(E[rest²]/E[f²])`` at a
variance, the kernel of the mixture is at most ``r(v1) + r(v2) + r(v1) r(v2)`` of ``√(K11 K22)`` off, at every correlation (Cauchy
and Schwarz); widths in a geometric sequence and weights by least squares make ``r`` alike from the smallest to the largest.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from symkern.packed import Floats
from symkern.series.angular import NotConvergedError
from symkern.series.cells import Cells

COUNTS = (0, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28)
"""Widths of a kind, tried from the fewest terms on until the bound is kept."""
WIDEST, NARROWEST = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 3), (1.0, 1.5, 2.0, 3.0, 4.0, 8.0)
"""Between which scales they are, tried in all pairs."""
KINDS = {1: (("bumps",), ("x_erfs",), ("bumps", "x_erfs")), -1: (("erfs",), ("erfs", "x_bumps"))}
"""What a part of either parity is made of."""
NAMES = {"bumps": "Gaussians", "x_bumps": "x Gaussians", "erfs": "error functions", "x_erfs": "x error functions"}
"""Every kind in words."""
LOWEST = 1e-8
"""Below this variance a function is its leading power."""
NODES = 8
PANELS = (6.0, 9.3)
"""In an octave, to find the weights and to judge them."""
FAR = 10.0
"""Deviations, where the quadrature ends."""
MARGIN = 1.25
"""The bound, in multiples of what the quadrature finds."""

Terms = tuple[tuple[float, float], ...]
"""Scales and weights."""

_erf = np.frompyfunc(math.erf, 1, 1)


@dataclass(frozen=True)
class MixtureFields:
    """The arguments of :class:`symkern.numerics.MixtureTable`, which says what they mean."""

    largest: float
    order: int
    bumps: Terms = ()
    x_bumps: Terms = ()
    erfs: Terms = ()
    x_erfs: Terms = ()
    bound: float = math.inf

    @property
    def terms(self) -> dict[str, Terms]:
        """Of each kind that there is."""
        return {kind: terms for kind in NAMES if (terms := getattr(self, kind))}

    def __str__(self) -> str:
        """In words."""
        counted = ", ".join(f"{len(terms)} {NAMES[kind]}" for kind, terms in self.terms.items())
        return f"a mixture of {counted}; the error is at most {self.bound:g}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def of(cls, found: Any) -> MixtureFields:
        """From such a dictionary, or from an object with these attributes.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        given = found if isinstance(found, dict) else vars(found)
        kinds = {kind: tuple((float(k), float(w)) for k, w in given[kind]) for kind in NAMES}
        return cls(float(given["largest"]), int(given["order"]), **kinds, bound=float(given["bound"]))


def mixture(f: Cells, largest: float, tolerance: float) -> MixtureFields:
    """The mixture that is the function for variances up to ``largest``; ``tolerance`` is relative to ``√(K11 K22)``.

    Raises:
        NotConvergedError: no mixture of the sizes that are tried is near enough.
    """
    fitted, judged = (_Means.of(f, largest, panels) for panels in PANELS)
    terms: dict[str, Terms] = {}
    allowed = tolerance / (2.1 * MARGIN * math.sqrt(2))
    for parity in (1, -1):
        if np.abs(judged.parts[parity]).max():
            terms |= _part(parity, fitted, judged, allowed)
    bound = float(f"{1.005 * MARGIN * _worst(terms, judged):.2e}")
    if not bound <= tolerance:
        raise NotConvergedError(f"a mixture has an error of {bound:.1e}, with a tolerance of {tolerance:.1e}")
    return MixtureFields(largest, f.order, bound=bound, **terms)


def worst_of(fields: MixtureFields, f: Cells) -> float:
    """What the bound of a mixture has to be, by the quadrature that judges."""
    return _worst(fields.terms, _Means.of(f, fields.largest, PANELS[1]))


def _worst(terms: dict[str, Terms], judged: _Means) -> float:
    """The parts of either parity are uncorrelated: the squares of their rests add up."""
    rest = {parity: -part for parity, part in judged.parts.items()}
    for kind, given in terms.items():
        scales, weights = np.array(given).T
        rest[1 if kind in ("bumps", "x_erfs") else -1] += weights @ _columns(kind, scales, judged.at)
    worst = float(np.hypot(judged.relative(rest[1]), judged.relative(rest[-1])).max())
    return 2 * worst + worst * worst


class _Means(NamedTuple):
    """``E[g(X)²]`` at many variances at once: nodes ``at`` on the right side, and their weights for each variance."""

    at: Floats
    weights: Floats
    parts: dict[int, Floats]
    squares: Floats
    importance: Floats
    """Of each node, at all variances alike: the root of its weight relative to the function."""

    @classmethod
    def of(cls, f: Cells, largest: float, panels: float) -> _Means:
        """For a function, whose even (1) and odd part (-1) are taken apart."""
        low, far = math.sqrt(LOWEST) / 64, FAR * math.sqrt(largest)
        edges = np.array([0.0, *np.geomspace(low, far, int(panels * math.log2(far / low)))])
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        half = np.diff(edges)[:, None] / 2
        at, widths = (edges[:-1, None] + half + half * nodes).ravel(), (half * weights).ravel()
        variances = np.geomspace(LOWEST, largest, int(3 * panels * math.log2(largest / LOWEST) / 4))[:, None]
        means = np.exp(-at * at / (2 * variances)) / np.sqrt(2 * np.pi * variances) * 2 * widths
        right, left = f(at), f(-at)
        parts = {1: (right + left) / 2, -1: (right - left) / 2}
        if f.parity:
            parts[-f.parity] = np.zeros_like(at)
        squares = means @ (parts[1] ** 2 + parts[-1] ** 2)
        if not (np.isfinite(squares) & (squares > 0)).all():
            raise NotConvergedError("its mean square is zero or infinite")
        return cls(at, means, parts, squares, np.sqrt((means / squares[:, None]).sum(0)))

    def relative(self, rest: Floats) -> Floats:
        """The root of its mean square, in that of the function, at every variance."""
        result: Floats = np.sqrt(self.weights @ rest**2 / self.squares)
        return result


def _part(parity: int, fitted: _Means, judged: _Means, allowed: float) -> dict[str, Terms]:
    """Of a part the fewest terms that are near enough, or those that are nearest."""
    least, nearest = math.inf, dict[str, Terms]()
    for count, kinds in sorted(product(COUNTS, KINDS[parity]), key=lambda tried: tried[0] * len(tried[1])):
        for widest, narrowest in product(WIDEST, NARROWEST) if count else [(1.0, 1.0)]:
            rest, terms = _fit(parity, kinds, np.geomspace(widest, narrowest, count), fitted, judged)
            if rest < least:
                least, nearest = rest, terms
        if least <= allowed:
            break
    return nearest


def _fit(
    parity: int, kinds: tuple[str, ...], scales: Floats, fitted: _Means, judged: _Means
) -> tuple[float, dict[str, Terms]]:
    """The largest rest, and terms whose weights are found by least squares."""
    plain = "bumps" if parity == 1 else "x_bumps"
    names = [(plain, 0.0), *((kind, float(k)) for kind in kinds for k in scales)]

    def columns(at: Floats) -> Floats:
        return np.concatenate([_columns(plain, np.zeros(1), at), *(_columns(kind, scales, at) for kind in kinds)])

    matrix = columns(fitted.at) * fitted.importance
    size = np.abs(matrix).max(1)
    weights = (
        np.linalg.lstsq((matrix / size[:, None]).T, fitted.parts[parity] * fitted.importance, rcond=1e-13)[0] / size
    )
    rest = judged.relative(weights @ columns(judged.at) - judged.parts[parity])
    terms: dict[str, Terms] = {}
    for (kind, scale), weight in zip(names, weights, strict=True):
        terms[kind] = (*terms.get(kind, ()), (scale, float(weight)))
    return float(rest.max()), terms


def _columns(kind: str, scales: Floats, at: Floats) -> Floats:
    """The terms of a kind with weight one, a row for each scale."""
    kx = np.outer(scales, at)
    shape = np.exp(-kx * kx) if "bumps" in kind else np.asarray(_erf(kx), np.float64)
    result: Floats = at * shape if kind.startswith("x_") else shape
    return result


__all__ = ["MixtureFields", "Terms", "mixture", "worst_of"]
