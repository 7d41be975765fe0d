"""Kernels of sums of waves: elementary, and right at every variance and correlation.

With ``s = w √v1``, ``t = w √v2`` and the angle ``θ`` between the inputs, ``cos θ = ρ``, half the mean of the cosine of a sum or a
difference of Gaussians (``E[cos Z] = exp(-E[Z²]/2)``) is

    E[cos(n w X) cos(m w Y)] = (less + more)/2,    E[sin(n w X) sin(m w Y)] = (less - more)/2
    less = exp(-(n s - m t)²/2 - 2 n m s t sin²(θ/2)),    more = exp(-(n s - m t)²/2 - 2 n m s t cos²(θ/2))
    E[X sin(m w Y)] = m w cov12 exp(-m² t²/2)

where nothing is larger than one.  While a deviation is a few radians, Mehler's series ``Σ c_k(v1) c_k(v2) ρ^k`` is shorter, and has
no digits to lose where ``f`` vanishes at zero:

    c_k(v) = E[f(√v Z) h_k(Z)] = Σ_n exp(-n² s²/2) (n s)^k/√k! · (±a_n for even k, ±b_n for odd ones)

The waves are made by ``symkern.series.waves``, which states where they hold and how well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from symkern.numerics.arguments import up_to
from symkern.numerics.pairs import EXACT

ROUNDING = 16.0
"""Units in the last place of ``√(K11 K22)`` that a sum in float32 may be off; four times as many in float64, which sums more."""
LAST = {"float32": 12.5, "float64": 36.0}
"""Radians of a wave after which Mehler's series has nothing of it."""
UNROLLED = 8
"""Terms that are one pass over all entries."""


@dataclass(frozen=True, eq=False)
class WaveTable:
    """The kernel of ``slope x + Σ a cos(n w x) + Σ b sin(n w x)`` for variances from 0 to ``largest``; NaN beyond.

    Attributes:
        largest: the largest variance at which the sum is what it stands for.
        frequency: ``w``.
        slope: of the straight line.
        start: value and slope of the sum at zero.
        waves: ``(n, a, b)`` of each number, those that count most first.
        near: the largest variance of either input for which Mehler's series is used.
        terms: of that.
        bound: of the error relative to ``√(K11 K22)``, rounding apart.
        few: how many waves and terms count in float32.
        short: what the others are together, at most.
    """

    largest: float
    frequency: float
    slope: float
    start: tuple[float, float]
    waves: Sequence[tuple[int, float, float]]
    near: float
    terms: int
    bound: float
    few: tuple[int, int]
    short: float

    @property
    def order(self) -> int:
        """The power with which ``f`` begins at zero."""
        return next((i for i, c in enumerate(self.start) if c), 2)

    def at_angle(self, angle: Array, var1: Array, var2: Array) -> Array:
        """``E[f(X) f(Y)]``; shapes broadcast, and what depends on one variance near zero is computed in its own shape."""
        var1, var2 = (up_to(self.largest, v) for v in (var1, var2))
        far = jnp.minimum(var1, var2) > self.near
        close = self._series(angle, var1, var2)

        def both() -> Array:
            return jnp.where(far, self._pairs(angle, var1, var2), close)

        found: Array = lax.cond(jnp.any(far), both, lambda: close)
        return found

    def root(self, var: Array) -> Array:
        """``√E[f(X)²]``."""
        return jnp.sqrt(self.at_angle(jnp.zeros_like(var), var, var))

    def error_bound(self, angle: Array, var1: Array, var2: Array) -> Array:
        """The largest error of :meth:`at_angle` there, rounding included: that of an angle is felt in radians."""
        few = angle.dtype == np.float32
        n, a, b = np.abs(self._columns)
        radians = float((n * (a + b)).sum() / (a + b).sum()) * self.frequency * jnp.sqrt(jnp.maximum(var1, var2))
        unit = float(np.finfo(angle.dtype).eps) / 2 * (1 if few else 4)
        relative = self.bound + (self.short if few else 0) + unit * (ROUNDING + radians)
        return relative * self.root(var1) * self.root(var2) + jnp.zeros_like(angle)

    def _series(self, angle: Array, var1: Array, var2: Array) -> Array:
        """By Mehler's series."""
        first, second = (self._coefficients(v, self._count(self.terms, 1, angle)) for v in (var1, var2))
        rho = jnp.cos(angle)
        total = jnp.zeros(jnp.broadcast_shapes(rho.shape, var1.shape, var2.shape), rho.dtype)
        return lax.scan(
            lambda total, c: (total * rho + c[0] * c[1], None), total, (first, second), reverse=True, unroll=UNROLLED
        )[0]

    def _count(self, whole: int, place: int, like: Array) -> int:
        return self.few[place] if like.dtype == np.float32 else whole

    def _coefficients(self, var: Array, count: int) -> Array:
        """``c_k`` on a first axis; the first two by what they are without the waves' values and slopes at zero, which cancel."""
        n, a, b = (jnp.asarray(column, var.dtype) for column in self._columns)
        root = jnp.sqrt(var)
        x = n.reshape(-1, *[1] * var.ndim) * (self.frequency * root)
        less = jnp.expm1(-x * x / 2)
        there = x < LAST[var.dtype.name]  # beyond, powers are infinite where the exponential is nothing
        inside = jnp.where(there, x, 0)
        wave = jnp.where(there, jnp.exp(-inside * inside / 2), 0)

        def step(state: tuple[Array, Array], k: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
            sign, wave = state
            later = wave * (inside / jnp.sqrt(k + 1))
            found = sign * _weighted(a, wave), sign * _weighted(b, later)
            return (-sign, later * (inside / jnp.sqrt(k + 2))), found

        numbers = jnp.arange(0, count, 2, dtype=var.dtype)
        even, odd = lax.scan(step, (jnp.ones((), var.dtype), wave), numbers)[1]
        even = even.at[0].set(self.start[0] + _weighted(a, less))
        odd = odd.at[0].set(self.start[1] * root + _weighted(b, x * less))
        return jnp.stack([even, odd], 1).reshape(-1, *var.shape)

    @cached_property
    def _columns(self) -> np.ndarray:
        """Numbers and weights."""
        return np.array(self.waves, np.float64).T

    def _pairs(self, angle: Array, var1: Array, var2: Array) -> Array:
        """By all pairs of waves.  The smaller variance comes first: symmetric to the bit, however it is contracted."""
        later = var1 > var2
        least, most = (jnp.sqrt(jnp.where(turned, var2, var1)) for turned in (later, ~later))
        s, t = self.frequency * least, self.frequency * most
        sine, cosine = jnp.sin(angle / 2), jnp.cos(angle / 2)
        unlike, alike = 2 * (s * t) * (sine * sine), 2 * (s * t) * (cosine * cosine)

        def step(total: Array, row: Array) -> tuple[Array, None]:
            n, m, less, more = row
            one, other = n * s - m * t, m * s - n * t
            shape = jnp.exp(-one * one / 2) + jnp.exp(-other * other / 2)
            return total + shape * (less * jnp.exp(-n * m * unlike) + more * jnp.exp(-n * m * alike)), None

        rows = jnp.asarray(self._weights(self._count(len(self.waves), 0, angle)), angle.dtype)
        total = lax.scan(step, jnp.zeros_like(unlike), rows, unroll=min(UNROLLED, len(rows)))[0]
        if not self.slope:
            return total
        return total + self.slope * (least * most * jnp.cos(angle)) * (self.slope + (self._rise(s) + self._rise(t)))

    def _weights(self, count: int) -> np.ndarray:
        """Of each pair of that many waves, with its mirror image: both numbers, and the weights of less and more."""
        return np.array(
            [
                (n, m, (a * c + b * d) / (4 if n == m else 2), (a * c - b * d) / (4 if n == m else 2))
                for (n, a, b), (m, c, d) in combinations_with_replacement(self.waves[:count], 2)
            ]
        )

    def _rise(self, s: Array) -> Array:
        """``E[f'(X)] - slope`` at this deviation."""
        terms = [self.frequency * n * b * jnp.exp(-((n * s) ** 2) / 2) for n, _, b in self.waves if b]
        return sum(terms, jnp.zeros_like(s))


def _weighted(weights: Array, terms: Array) -> Array:
    """Their sum, in the digits that they have: an accelerator would round factors of a product of matrices."""
    return jnp.tensordot(weights, terms, 1, precision=EXACT)


__all__ = ["WaveTable"]
