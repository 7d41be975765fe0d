"""A kernel and its derivative by ``cov12`` as two tables of angles: values, derivatives, and bounds of their errors.

Each kernel is a primitive of JAX: under ``vmap`` it still sees that one argument depends on one sample and another on the other
(neural-tangents calls kernels through two ``vmap``), and its derivatives are not those of the angle, which has none at ``ρ = ±1``:

    ∂K/∂c = d_nngp,    ∂K/∂v1 = -c/(2 v1) d_nngp + ∂K/∂v1 at a fixed angle
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import ShapedArray
from jax.interpreters import ad, mlir
from jax.typing import ArrayLike

from symkern.numerics.angular import AngularTable
from symkern.numerics.arguments import plain_variance
from symkern.numerics.fence import computed_once
from symkern.numerics.hermite import HermiteTable
from symkern.numerics.inputs import common_dtype, plain_angle
from symkern.numerics.mixture import Regimes
from symkern.numerics.primitives import elementwise_primitive
from symkern.numerics.waves import WaveTable

Table = AngularTable | HermiteTable | Regimes | WaveTable

SMALLEST = {"float32": (1e-4, 1e-8), "float64": (1e-6, 1e-12)}
"""The smallest variances at which derivatives by them are taken, where ``f(0)`` is not zero and where it is.

Below, those at this one and the same correlation.  They carry a table's error times ``√(K11 K22)`` divided by the variance."""
NOTHING = 1e-30
"""The other variance, which is not differentiated by then."""
NO_SCALE = 1e-24
"""The square of the smallest scale."""
EDGE = {"float32": 2e-2, "float64": 2e-4}
"""Angles nearer to 0 and π than this, where a derivative by the angle is divided by its sine, count as that far away."""


@dataclass(frozen=True, eq=False)
class AngularKernels:
    """``E[f(X) f(Y)]`` and ``E[f'(X) f'(Y)]`` from tables, for variances up to ``largest``; NaN beyond.

    Attributes:
        nngp: the table of the kernel.
        d_nngp: that of its derivative by ``cov12``.
    """

    nngp: Table
    d_nngp: Table

    def nngp_fn(self, cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, inner: ArrayLike = 1) -> Array:
        """``E[f(X) f(Y)]`` of ``f(inner x)``; shapes broadcast."""
        return self._value("nngp", cov12, var1, var2, inner)

    def d_nngp_fn(self, cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, inner: ArrayLike = 1) -> Array:
        """``E[f'(inner X) f'(inner Y)]``; times ``inner²`` the derivative by ``cov12``."""
        return self._value("d_nngp", cov12, var1, var2, inner)

    def variance_fn(self, var: ArrayLike, inner: ArrayLike = 1) -> Array:
        """``E[f(inner X)²]``."""
        v, scale = plain_variance(var, inner)
        found: Array = self._square(_squared(scale) * v)
        return found

    def error_bound_fn(self, cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, inner: ArrayLike = 1) -> Array:
        """The largest error of ``nngp_fn`` there: its bound times ``√(K11 K22)``."""
        return _bound(self.nngp, cov12, var1, var2, inner)

    def d_error_bound_fn(self, cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, inner: ArrayLike = 1) -> Array:
        """That of ``d_nngp_fn``."""
        return _bound(self.d_nngp, cov12, var1, var2, inner)

    def _value(self, which: str, cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, inner: ArrayLike) -> Array:
        found: list[Array] = _primitive.bind(*_alike(cov12, var1, var2, inner), kernels=self, which=which)
        return found[0]

    def table(self, which: str) -> Table:
        """Of ``"nngp"`` or ``"d_nngp"``."""
        table: Table = getattr(self, which)
        return table

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the primitive means, compiled once for each combination of shapes."""
        return {which: jax.jit(partial(self._values, self.table(which))) for which in ("nngp", "d_nngp")}

    @cached_property
    def _square(self) -> Any:
        @jax.custom_jvp
        def square(var: Array) -> Array:
            return self.nngp.root(var) ** 2

        @square.defjvp
        def tangents(primals: Any, tangents: Any) -> Any:
            ((var,), (moved,)) = primals, tangents
            return square(var), jax.jvp(
                lambda v: self.nngp.root(v) ** 2, (jnp.maximum(var, _smallest(self.nngp, var)),), (moved,)
            )[1]

        return jax.jit(square)

    def _values(self, table: Table, cov12: Array, var1: Array, var2: Array, square: Array) -> list[Array]:
        angle = _safe_angle(cov12, var1, var2)  # of what was given: rounding what is scaled would be felt at ρ = ±1
        value = table.at_angle(angle, square * var1, square * var2)
        # at zero the kernel is f(0)² whatever the angle; where f' jumps, the diagonal tends to another limit of its derivative
        same = (var1 == var2) & (cov12 >= var1) & ((var1 > 0) | (table is self.nngp))
        roots = [computed_once(table.root(square * v)) for v in (var1, var2)]
        return [jnp.where(same, roots[0] * roots[1], value)]

    def slope(self, which: str, cov12: Array, var1: Array, var2: Array, square: Array) -> Array:
        """The derivative of that kernel by ``cov12``; that of the derivative itself is finite also where there is none."""
        if which == "nngp":
            found: list[Array] = _primitive.bind(cov12, var1, var2, square, kernels=self, which="d_nngp")
            return square * found[0]
        w1, w2 = (jnp.maximum(v, _smallest(self.d_nngp, v)) for v in (var1, var2))
        angle = _safe_angle(cov12, var1, var2)
        angle = jnp.clip(angle, EDGE[cov12.dtype.name], np.pi - EDGE[cov12.dtype.name])
        _, moved = jax.jvp(
            lambda a: self.d_nngp.at_angle(a, square * w1, square * w2), (angle,), (jnp.ones_like(angle),)
        )
        by_angle: Array = moved
        return -by_angle / (jnp.sqrt(w1) * jnp.sqrt(w2) * jnp.sin(angle))

    def by_variance(self, which: str, covariance: Sequence[Array], place: int, slope: Array) -> Array:
        """The derivative of that kernel by the first (1) or second (2) variance; ``slope`` is that by ``cov12``."""
        cov12, *variances, square = covariance
        table = self.table(which)
        least = _smallest(table, cov12)
        variances = [jnp.maximum(v, least if i == place else NOTHING) for i, v in enumerate(variances, 1)]
        small = covariance[place] < least
        angle = _guarded_angle(least, *covariance[:3])

        def at(v: Array) -> Array:
            return table.at_angle(angle, *(square * (v if i == place else w) for i, w in enumerate(variances, 1)))

        own = variances[place - 1]
        _, fixed = jax.jvp(at, (own,), (jnp.ones_like(own),))
        there = jnp.where(small, jnp.sqrt(variances[0]) * jnp.sqrt(variances[1]) * jnp.cos(angle), cov12)
        found: Array = fixed - slope * (there / (2 * own))
        return found

    def by_square(self, which: str, cov12: Array, var1: Array, var2: Array, square: Array) -> Array:
        """That by the scale's square, at a fixed angle."""
        table = self.table(which)
        angle = _safe_angle(cov12, var1, var2)
        v, w = (jnp.maximum(v, _smallest(table, cov12)) for v in (var1, var2))
        found: Array = jax.jvp(lambda q: table.at_angle(angle, q * v, q * w), (square,), (jnp.ones_like(square),))[1]
        return found


def _bound(table: Table, cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, inner: ArrayLike) -> Array:
    c, v1, v2, square = _alike(cov12, var1, var2, inner)
    return table.error_bound(plain_angle(c, v1, v2), square * v1, square * v2)


def _alike(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike, inner: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """In the covariance's dtype, the scale squared; a negative variance gives NaN in what follows."""
    dtype = common_dtype(cov12, var1, var2)
    c, v1, v2, scale = (jnp.asarray(a, dtype) for a in (cov12, var1, var2, inner))
    return c, v1, v2, _squared(scale)


def _squared(scale: Array) -> Array:
    """Not zero, where derivatives by what it multiplies would be 0 times infinity; its limit is reached long before."""
    return jnp.maximum(scale * scale, NO_SCALE)


def _smallest(table: Table, like: Array) -> float:
    return SMALLEST[like.dtype.name][bool(table.order)]


def _safe_angle(cov12: Array, var1: Array, var2: Array) -> Array:
    """A right one where a variance is zero: a kernel is there what it tends to along ``cov12 = 0``."""
    return jnp.where((var1 == 0) | (var2 == 0), np.pi / 2, plain_angle(cov12, var1, var2))


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _guarded_angle(least: float, cov12: Array, var1: Array, var2: Array) -> Array:
    """The same; near ``ρ = ±1`` with the derivative that it has at some distance, for it has none there."""
    return _safe_angle(cov12, var1, var2)


@_guarded_angle.defjvp
def _(least: float, primals: Any, tangents: Any) -> Any:
    cov12, var1, var2 = primals
    angle = _safe_angle(*primals)
    w1, w2 = jnp.maximum(var1, least), jnp.maximum(var2, least)
    moved = tangents[0] - cov12 / 2 * (tangents[1] / w1 + tangents[2] / w2)
    sine = jnp.sin(jnp.clip(angle, EDGE[cov12.dtype.name], np.pi - EDGE[cov12.dtype.name]))
    return angle, -moved / (jnp.sqrt(w1) * jnp.sqrt(w2) * sine)


def _tangents(primals: Any, tangents: Any, *, kernels: AngularKernels, which: str) -> Any:
    (value,) = _primitive.bind(*primals, kernels=kernels, which=which)
    moving = [not isinstance(t, ad.Zero) for t in tangents]
    moved = jnp.zeros_like(value)
    if any(moving[:3]):
        slope = kernels.slope(which, *primals)
        moved = slope * tangents[0] if moving[0] else moved
        for place in (1, 2):
            if moving[place]:
                moved = moved + kernels.by_variance(which, primals, place, slope) * tangents[place]
    if moving[3]:
        moved = moved + kernels.by_square(which, *primals) * tangents[3]
    return [value], [moved]


def _abstract(*arguments: Any, kernels: AngularKernels, which: str) -> list[Any]:
    del kernels, which
    return [ShapedArray(np.broadcast_shapes(*(a.shape for a in arguments)), arguments[0].dtype)]


def _evaluated(*arguments: Any, kernels: AngularKernels, which: str) -> Any:
    return kernels.values[which](*arguments)


_primitive = elementwise_primitive(
    "angular_kernel",
    abstract=_abstract,
    evaluated=_evaluated,
    lowered=mlir.lower_fun(_evaluated, multiple_results=True),
    tangents=_tangents,
)

__all__ = ["AngularKernels"]
