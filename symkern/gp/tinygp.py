"""Infinitely wide networks as kernels of tinygp."""

from __future__ import annotations

from types import ModuleType

import equinox as eqx
from jax import Array
from jax.typing import ArrayLike
from tinygp.kernels import Kernel

from symkern.gp.network import covariance


class Network(Kernel):
    """The covariance of a dense network's outputs: ``Network(relu, w_std=1.4)`` with ``from symkern.generated import relu``.

    Everything but ``module``, ``depth`` and ``ntk`` may be differentiated by; see :func:`symkern.gp.covariance`.
    """

    module: ModuleType = eqx.field(static=True)
    w_std: ArrayLike = 1.0
    b_std: ArrayLike = 0.0
    parameters: dict[str, ArrayLike] = eqx.field(default_factory=dict)
    depth: int = eqx.field(static=True, default=1)
    ntk: bool = eqx.field(static=True, default=False)

    def evaluate(self, X1: Array, X2: Array) -> Array:  # noqa: N803
        """Between two inputs of shape ``(d,)``."""
        return covariance(
            self.module,
            X1,
            X2,
            w_std=self.w_std,
            b_std=self.b_std,
            depth=self.depth,
            parameters=self.parameters,
            ntk=self.ntk,
        )


__all__ = ["Network"]
