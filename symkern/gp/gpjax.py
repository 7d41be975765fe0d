"""Infinitely wide networks as kernels of GPJax."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import equinox as eqx
from gpjax.kernels.base import AbstractKernel
from gpjax.parameters import Real, val
from jax import Array
from jax.typing import ArrayLike
from paramax import AbstractUnwrappable

from symkern.gp.network import covariance


class Network(AbstractKernel):
    """The covariance of a dense network's outputs: ``Network(relu, w_std=1.4)`` with ``from symkern.generated import relu``.

    ``w_std``, ``b_std`` (only their squares matter) and the activation's parameters become real parameters of GPJax, unless they
    are given as parameters of another kind; see :func:`symkern.gp.covariance`.
    """

    module: ModuleType = eqx.field(static=True)
    w_std: AbstractUnwrappable[Array]
    b_std: AbstractUnwrappable[Array]
    parameters: dict[str, AbstractUnwrappable[Array]]
    depth: int = eqx.field(static=True)
    ntk: bool = eqx.field(static=True)
    name = "Network"

    def __init__(
        self,
        module: ModuleType,
        w_std: Any = 1.0,
        b_std: Any = 0.0,
        parameters: Mapping[str, Any] | None = None,
        depth: int = 1,
        ntk: bool = False,
        **options: Any,
    ) -> None:
        """``options`` are those of every GPJax kernel: ``active_dims``, ``n_dims``, ``compute_engine``."""
        self.module, self.depth, self.ntk = module, depth, ntk
        self.w_std, self.b_std = _parameter(w_std), _parameter(b_std)
        self.parameters = {name: _parameter(v) for name, v in (parameters or {}).items()}
        super().__init__(**options)

    def __call__(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Between two inputs of shape ``(d,)``."""
        return covariance(
            self.module,
            self.slice_input(x),
            self.slice_input(y),
            w_std=val(self.w_std),
            b_std=val(self.b_std),
            depth=self.depth,
            parameters={name: val(v) for name, v in self.parameters.items()},
            ntk=self.ntk,
        )


def _parameter(value: Any) -> AbstractUnwrappable[Array]:
    return value if isinstance(value, AbstractUnwrappable) else Real(value)


__all__ = ["Network"]
