"""Generated functions as layers of ``neural_tangents.stax``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from symkern import compat

Layer = tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]


def layer(
    name: str,
    fn: Callable[..., Any],
    nngp_fn: Callable[..., Any],
    d_nngp_fn: Callable[..., Any],
    *,
    doc: str | None = None,
) -> Layer:
    """x"""
    stax = compat.neural_tangents().stax

    def activation(x: Any) -> Any:
        return fn(x)

    activation.__name__ = activation.__qualname__ = name
    functions: Layer = stax.Elementwise(activation, nngp_fn, d_nngp_fn)
    for function in functions:
        function.__name__ = function.__qualname__ = name
        function.__doc__ = doc
    return functions
