"""Full and diagonal covariances, one batch and two, masks: our layers in every layout of neural-tangents' kernels."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from both_libraries import BOTH, LAYERS, QUICK, ROUGH, batches, close, slow_unless, theirs
from jax import random

from symkern import stax

pytestmark = [pytest.mark.layers, pytest.mark.usefixtures("in_float64")]

OTHERS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("Monomial", {"degree": degree}) for degree in (0, 1, 5)),
    ("Polynomial", {"coef": (1.0, 0.0, 2.0)}),
)
"""Where powers are a special case."""
every_layer = pytest.mark.parametrize(
    ("name", "arguments"),
    [
        pytest.param(name, arguments, id=f"{name}-{arguments}" if arguments else name, marks=slow_unless(name in QUICK))
        for name, arguments in (*((name, BOTH[name]) for name in LAYERS), *OTHERS)
    ],
)
every_layout = pytest.mark.parametrize(
    ("diagonal_batch", "diagonal_spatial"),
    [(True, False), (False, False), *(pytest.param(b, True, marks=pytest.mark.slow) for b in (True, False))],
)


def both(name: str, arguments: dict[str, Any], *before: Any, after: tuple[Any, ...] = ()) -> list[Any]:
    """The kernel functions of a network with our layer and with neural-tangents'."""
    return [stax.serial(*before, getattr(s, name)(**arguments), *after)[2] for s in (stax, theirs())]


@every_layer
@every_layout
def test_kernels(name: str, arguments: dict[str, Any], diagonal_batch: bool, diagonal_spatial: bool) -> None:
    """The kernel object itself, through one activation, for images.

    Off ``ρ = 1`` to 1e-10; a batch beside itself as far as neural-tangents has digits there.
    """
    x1, x2 = batches((4, 5, 3))
    kernels = both(name, arguments, stax.Dense(32, 0.8, 0.3))
    for second in (x2, None):
        requires = {"diagonal_batch": diagonal_batch, "diagonal_spatial": diagonal_spatial}
        found, expected = (kernel_fn(x1, second, **requires) for kernel_fn in kernels)
        for field in (
            "diagonal_batch",
            "diagonal_spatial",
            "is_gaussian",
            "is_reversed",
            "is_input",
            "shape1",
            "shape2",
        ):
            assert getattr(found, field) == getattr(expected, field), field
        for field in ("nngp", "ntk", *(() if name == "Sign" else ("cov1", "cov2"))):  # test_sign_before_pooling
            a, b = getattr(found, field), getattr(expected, field)
            assert (a is None) == (b is None), field
            if a is not None:
                with_itself = second is None or field in ("cov1", "cov2")
                close(a, b, 1e-7 if with_itself and name in ROUGH else 1e-10)


@every_layer
def test_masks(name: str, arguments: dict[str, Any]) -> None:
    """Places that are masked are as good as absent."""
    if name == "Polynomial" or arguments == {"degree": 0}:
        pytest.skip("neural-tangents leaves masked entries at f(0) or NaN; test_masks_by_sampling has ours")
    x1, x2 = batches((6, 2))
    x1, x2 = x1.at[0, 3:].set(jnp.nan), x2.at[1, 5].set(jnp.nan)
    before = stax.Conv(8, (3,), padding="SAME", W_std=0.7, b_std=0.2)
    head = stax.Flatten() if name == "Sign" else stax.GlobalAvgPool()  # test_sign_before_pooling
    found, expected = (
        kernel_fn(x1, x2, ("nngp", "ntk"), mask_constant=jnp.nan)
        for kernel_fn in both(name, arguments, before, after=(head, stax.Dense(1)))
    )
    for a, b in zip(found, expected, strict=True):
        assert np.isfinite(np.asarray(a)).all()
        close(a, b)


def test_masks_by_sampling() -> None:
    """A polynomial with f(0) != 0, where neural-tangents' own kernel is NaN: ours is that of masked finite networks."""
    x1, _ = batches((5, 2))
    x1 = x1.at[0, 3:].set(jnp.nan)
    width, samples = 256, 128
    conv, pool = stax.Conv(width, (3,), padding="SAME", W_std=0.7, b_std=0.2), stax.GlobalAvgPool()
    init, apply, kernel_fn = stax.serial(conv, stax.Polynomial((1.0, 0.5, 0.25)), pool)
    exact = kernel_fn(x1, None, "nngp", mask_constant=jnp.nan)

    def sample(key: jax.Array) -> jax.Array:
        _, params = init(key, x1.shape)
        out = apply(params, x1, mask_constant=jnp.nan)
        out = getattr(out, "masked_value", out)
        return out @ out.T / width

    drawn = jax.lax.map(jax.jit(sample), random.split(random.PRNGKey(5), samples))
    error = np.asarray(jnp.std(drawn, axis=0) / np.sqrt(samples - 1))
    assert np.all(np.abs(np.asarray(jnp.mean(drawn, axis=0) - exact)) <= 5 * error)
    assert np.max(error) < 0.05 * np.max(np.abs(np.asarray(exact)))
