"""The activations that both libraries have, and how their results are compared."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import random

from symkern import compat

BOTH: dict[str, dict[str, Any]] = {
    "ABRelu": {"a": 0.3, "b": 1.4},
    "Abs": {},
    "Cos": {"a": 0.8, "b": 1.3, "c": -0.9},
    "Erf": {"a": 1.5, "b": 0.7, "c": 0.1},
    "Exp": {"a": 0.7, "b": 0.4},
    "ExpNormalized": {"gamma": 0.7, "shift": -0.6},
    "Gabor": {},
    "Gaussian": {"a": 1.2, "b": -0.6},
    "Gelu": {},
    "Hermite": {"degree": 3},
    "LeakyRelu": {"alpha": 0.2},
    "Monomial": {"degree": 3},
    "Polynomial": {"coef": (0.5, 1.0, -0.25, 0.125)},
    "Rbf": {"gamma": 0.35},
    "RectifiedMonomial": {"degree": 1},
    "Relu": {},
    "Sigmoid_like": {},
    "Sign": {},
    "Sin": {"a": 1.5, "b": 0.7, "c": 0.4},
}
"""Every activation that both libraries have, with arguments for which nothing is by default."""
QUICK = ("Relu", "Sin")
"""Whose networks run in every test; the others' in the long ones."""
ROUGH = ("ABRelu", "Abs", "Gelu", "LeakyRelu", "Relu", "Sign", "Erf")
"""Whose kernels neural-tangents takes from the root of a rounded ``var1 var2 - cov12²``: at ``ρ = 1`` half its digits are gone."""

ELSEWHERE = ("Hermite", "RectifiedMonomial")
"""Whose kernels neural-tangents has at a variance of one only, and not on the diagonal (NaN): tests/test_drop_in.py has ours."""

LAYERS = tuple(name for name in sorted(BOTH) if name not in ELSEWHERE)


def slow_unless(quick: bool) -> tuple[pytest.MarkDecorator, ...]:
    """The marks of a case."""
    return () if quick else (pytest.mark.slow,)


def theirs() -> Any:
    """neural-tangents' ``stax``."""
    return compat.neural_tangents().stax


def batches(shape: tuple[int, ...]) -> tuple[jax.Array, jax.Array]:
    """Two, of four and three inputs."""
    k1, k2 = random.split(random.PRNGKey(1))
    return random.normal(k1, (4, *shape)), random.normal(k2, (3, *shape))


def close(ours: Any, theirs: Any, tolerance: float = 1e-10) -> None:
    """Equal relative to the largest entry."""
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * float(jnp.max(jnp.abs(theirs))))
