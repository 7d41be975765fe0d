"""At exactly ``ρ = ±1``: what is at the bound stays there, whatever the roots of the variances round to."""

from __future__ import annotations

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symkern.evaluation import x64
from symkern.numerics.inputs import bounded

VARIANCES = np.concatenate([np.geomspace(1e-6, 1e4, 61), [10.0, 40.0, 90.0, 3.16e-4, 0.1, 1e-3]])


@pytest.mark.parametrize(
    "name", [*(pytest.param(n, marks=pytest.mark.slow) for n in ("hard_tanh", "shifted_relu")), "elu", "gelu", "relu"]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_diagonal_is_the_variance_map(name: str, dtype: str) -> None:
    """``hard_tanh.nngp_fn(10, 10, 10)`` was 0.8486 and not 0.8335: 10 had become ``√10 √10``, which is less."""
    module = importlib.import_module(f"symkern.generated.{name}")
    with x64(dtype == "float64"):
        v = jnp.asarray(VARIANCES.astype(dtype))
        variance, nngp = np.asarray(module.variance_fn(v)), jax.jit(module.nngp_fn)
        normal = variance > 100 * np.finfo(dtype).tiny
        for cov12 in (v, jnp.nextafter(v, jnp.inf)):
            np.testing.assert_array_max_ulp(np.asarray(nngp(cov12, v, v))[normal], variance[normal], 2)


def test_numbers_at_the_bound_are_left_alone() -> None:
    with x64(True):
        v = jnp.asarray(np.random.default_rng(0).integers(1, 2**26, 2000).astype(float))
        for c, v1, v2 in ((v, v, v), (6 * v, 4 * v, 9 * v), (-2 * v, v, 4 * v), (v, v * 2.0**-80, v * 2.0**80)):
            high, low = bounded(c, v1, v2)
            np.testing.assert_array_equal(high, c)
            np.testing.assert_array_equal(low, 0)
        high, _ = bounded(jnp.nextafter(v, jnp.inf), v, v)
        np.testing.assert_array_equal(high, v)
        assert np.isnan(bounded(jnp.asarray(1.0), jnp.asarray(-1.0), jnp.asarray(1.0))[0])
        assert bounded(jnp.asarray(1e300), jnp.asarray(1e-300), jnp.asarray(4e-300))[0] == 2e-300
