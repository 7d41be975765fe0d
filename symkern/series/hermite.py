"""Mehler's series of a function with kinks elsewhere than at zero: how many terms, which quadrature, and what is left.

    K = Σ_n c_n(v1) c_n(v2) ρ^n,    c_n(v) = E[f(√v Z) h_n(Z)]

with the normalised Hermite polynomials ``h_n``.  ``c_n`` falls as a power of ``n`` where ``f`` has a kink, so that what is left out
after any number of terms is felt near ``ρ = ±1``; it is at most ``√(R(v1) R(v2)) |ρ|^N``, ``R`` the rest of ``E[f²] = Σ c_n²``.
Tables of angles (:mod:`symkern.series.angular`) would be no better: with two different variances such a kernel has a layer at
``θ = 0`` as narrow as their difference.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from symkern.packed import Floats
from symkern.panels import FARTHEST, rule
from symkern.series.angular import NotConvergedError
from symkern.series.sampled import Values

TERMS = (32, 64, 128)
"""Tried until the tolerance is met; the last ones are taken also where it is not."""
COUNTS = (16, 24, 36)
"""Nodes of a panel, tried until half as many again agree."""
AGREED = 1e-12
"""Of ``√E[f(X)²]``."""


@dataclass(frozen=True)
class HermiteFields:
    """The arguments of :class:`symkern.numerics.HermiteTable`, but for the function, and what is known of its error.

    Attributes:
        largest: the largest variance.
        kinks: where the function is not smooth, zero apart.
        terms: of the series, at most.
        count: nodes of a panel.
        slack: the error of the quadrature, relative to ``√(K11 K22)``.
        floor: what of ``E[f(X)²]`` is so far out that the quadrature does not see it.
        rest: the largest part of ``E[f(X)²]`` that the terms leave out, over all variances.
    """

    largest: float
    kinks: tuple[float, ...]
    terms: int
    count: int
    slack: float
    floor: float
    rest: float

    @property
    def bound(self) -> float:
        """Of the error relative to ``√(K11 K22)``, as ``ρ`` goes to ``±1``."""
        return 2 * self.rest + self.slack

    def within(self, tolerance: float) -> float:
        """The largest ``|ρ|`` at which the error is below the tolerance."""
        return (
            1.0 if self.bound <= tolerance else float(((tolerance - self.slack) / (2 * self.rest)) ** (1 / self.terms))
        )

    def __str__(self) -> str:
        """In words."""
        near = "" if self.bound < 1e-8 else f", and at most 1e-08 where abs(rho) <= {self.within(1e-8):.2f}"
        return (
            f"{self.terms} terms of Mehler's series, kinks at {', '.join(f'{k:.7g}' for k in self.kinks)}; the error is at most "
            f"{self.bound:.2g} of sqrt(K11 K22) as rho goes to +-1{near}"
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def hermite(f: Values, kinks: tuple[float, ...], largest: float, tolerance: float) -> HermiteFields:
    """Terms and nodes for variances up to ``largest``.

    Raises:
        NotConvergedError: the quadrature has not converged.
    """
    deviations = [float(d) for d in np.sqrt(largest * 2.0 ** -np.arange(0.0, 36.0, 1.5))]
    count, found, slack = _resolved(f, kinks, deviations)
    seen = found[found[:, -1] > 0]
    squares = seen[:, -1]
    rests = {n: float(np.max(1 - (seen[:, :n] ** 2).sum(1) / squares)) for n in TERMS}
    terms = next((n for n in TERMS if 2 * rests[n] + slack <= tolerance), TERMS[-1])
    ends = np.array([f(side * FARTHEST * np.array(deviations)) for side in (1, -1)])
    floor = float(f"{2 * np.exp(-(FARTHEST**2) / 2) * (ends**2).max():.0e}")
    return HermiteFields(largest, kinks, terms, count, slack, floor, max(rests[terms], 0.0))


def _resolved(f: Values, places: tuple[float, ...], deviations: list[float]) -> tuple[int, Floats, float]:
    """Nodes of a panel, the means that they give, and their error relative to the root of the mean square."""
    for count in COUNTS:
        found, finer = (np.stack([_means(f, places, s, n) for s in deviations]) for n in (count, count * 3 // 2))
        scale = np.sqrt(np.where(finer[:, -1:] > 0, finer[:, -1:], 1))
        error = max(np.abs((found - finer)[:, :-1] / scale).max(), np.abs((found - finer)[:, -1:] / scale**2).max())
        if error <= AGREED:
            return count, found, float(f"{4 * error + 1e-13:.1e}")
    raise NotConvergedError("the quadrature has not converged: the function varies too fast at that variance")


def _means(f: Values, places: tuple[float, ...], deviation: float, count: int) -> Floats:
    """``c_n``, and last ``E[f²]``."""
    z, weights = rule(np, np.array(deviation), places, count)
    root = np.exp(-z * z / 4)
    values = f(deviation * z)
    weighted, now, before = values * weights * root / np.sqrt(2 * np.pi), root, np.zeros_like(root)
    found = []
    for n in range(TERMS[-1]):
        found.append(weighted @ now)
        now, before = (z * now - np.sqrt(n) * before) / np.sqrt(n + 1), now
    return np.array([*found, weighted @ (values * root)])


__all__ = ["HermiteFields", "hermite"]
