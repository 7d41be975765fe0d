"""Generated layers beside ``neural_tangents.stax``'s own: other parameters, what only ours can do, the numbers of the seeds."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from both_libraries import batches, close
from jax import random

from symkern import compat

pytestmark = [pytest.mark.layers, pytest.mark.usefixtures("in_float64")]

PAIRS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Sin", {}),
    ("Sin", {"a": 1.5, "b": 0.7, "c": 0.4}),
    ("Cos", {}),
    ("Cos", {"a": 0.8, "b": 1.3, "c": -0.9}),
    ("Exp", {}),
    ("Exp", {"a": 0.7, "b": 0.4}),
    ("Gaussian", {}),
    ("Gaussian", {"a": 1.2, "b": -0.6}),
    ("Gabor", {}),
    ("Rbf", {}),
    ("Rbf", {"gamma": 0.35}),
    ("Monomial", {"degree": 0}),
    ("Monomial", {"degree": 1}),
    ("Monomial", {"degree": 3}),
    ("Monomial", {"degree": 5}),
    ("Polynomial", {"coef": (0.5, 1.0, -0.25, 0.125)}),
    ("Polynomial", {"coef": (1.0, 0.0, 2.0)}),
)
"""(layer, arguments): those that both libraries have, with the same signature."""


@pytest.fixture
def stax() -> Any:
    return compat.neural_tangents().stax


def ours(name: str) -> Callable[..., Any]:
    return getattr(import_module(f"symkern.generated.{name.lower()}"), name)


@pytest.mark.parametrize(("name", "arguments"), PAIRS, ids=lambda v: v if isinstance(v, str) else str(v))
def test_dense_networks(stax: Any, name: str, arguments: dict[str, Any]) -> None:
    x1, x2 = batches((6,))
    kernels = []
    for layer in (ours(name)(**arguments), getattr(stax, name)(**arguments)):
        _, _, kernel_fn = stax.serial(stax.Dense(64, 0.9, 0.2), layer, stax.Dense(1, 1.1, 0.1))
        kernels.append(
            (kernel_fn(x1, x2, ("nngp", "ntk")), kernel_fn(x1, None, ("nngp", "ntk")), kernel_fn(x1, x2, "ntk"))
        )
    for mine, theirs in zip(*kernels, strict=True):
        for a, b in zip(jax.tree_util.tree_leaves(mine), jax.tree_util.tree_leaves(theirs), strict=True):
            close(a, b)


@pytest.mark.parametrize(("name", "arguments"), [PAIRS[1], PAIRS[3], PAIRS[9], PAIRS[13]], ids=lambda v: str(v))
def test_finite_networks_approach_the_kernel(stax: Any, name: str, arguments: dict[str, Any]) -> None:
    """``apply_fn`` belongs to ``kernel_fn``: the mean over samples of wide networks, within five standard errors."""
    x1, _ = batches((5,))
    width, samples = 512, 96
    init, apply, kernel_fn = stax.serial(
        stax.Dense(width, 0.8, 0.2), ours(name)(**arguments), stax.Dense(width, 1.0, 0.0)
    )
    exact = kernel_fn(x1, None, "nngp")

    def sample(key: jax.Array) -> jax.Array:
        _, params = init(key, x1.shape)
        out = apply(params, x1)
        return out @ out.T / width

    drawn = jax.lax.map(jax.jit(sample), random.split(random.PRNGKey(5), samples))
    error = np.asarray(jnp.std(drawn, axis=0) / np.sqrt(samples - 1))
    deviation = np.abs(np.asarray(jnp.mean(drawn, axis=0) - exact))
    assert np.all(deviation <= 5 * error)
    assert np.max(error) < 0.1 * np.max(np.abs(np.asarray(exact)))  # the statement is not empty


def test_seed_000_sine() -> None:
    """seeds/000, part 1: the kernel typed by hand through ``Elementwise``, ours in place of ``stax.Sin``."""
    stax = compat.neural_tangents().stax
    key1, key2, _ = random.split(random.PRNGKey(1), 3)
    x1, x2 = random.normal(key1, (3, 2)), random.normal(key2, (4, 2))

    def nngp_fn(cov12: Any, var1: Any, var2: Any) -> Any:
        s = var1 + var2
        return (jnp.exp(-0.5 * s + cov12) - jnp.exp(-0.5 * s - cov12)) / 2

    _, _, theirs = stax.serial(stax.Dense(1), stax.Sin())
    _, _, by_hand = stax.serial(stax.Dense(1), stax.Elementwise(nngp_fn=nngp_fn))
    _, _, mine = stax.serial(stax.Dense(1), ours("Sin")())
    for get in ("nngp", "ntk"):
        close(mine(x1, x2, get), theirs(x1, x2, get), 1e-12)
        close(mine(x1, x2, get), by_hand(x1, x2, get), 1e-12)


def test_monomial_of_any_degree(stax: Any) -> None:
    x1, _ = batches((3,))
    with pytest.raises(NotImplementedError):
        stax.Monomial(7)
    net = stax.serial(stax.Dense(1, 0.9, 0.3), ours("Monomial")(7), stax.Dense(1))
    gram = np.asarray(net[2](x1, None, "nngp"))
    assert np.linalg.eigvalsh(gram)[0] > -1e-12 * np.trace(gram)


def test_hermite_at_unit_variance_and_elsewhere(stax: Any) -> None:
    x1, _ = batches((8,))
    unit = x1 / jnp.sqrt(jnp.mean(x1**2, axis=1, keepdims=True))
    for degree in (0, 1, 2, 3, 4):
        mine, theirs = (
            stax.serial(stax.Dense(1), layer, stax.Dense(1))
            for layer in (ours("Hermite")(degree), stax.Hermite(degree))
        )
        for get in ("nngp", "ntk"):
            close(mine[2](unit, None, get), theirs[2](unit, None, get))
    # At variance 4, E[He_2(X)^2]/2 = v^2 + (v - 1)^2/2, where neural-tangents has v^2.
    value = import_module("symkern.generated.hermite").variance_fn(4.0, degree=2)
    np.testing.assert_allclose(value, 16 + 4.5)


def test_polynomial_at_a_zero_input(stax: Any) -> None:
    """neural-tangents gives NaN for a zero row; the kernel there is coef[0] squared."""
    x1 = jnp.zeros((2, 3)).at[1].set(1.0)
    mine, theirs = (
        stax.serial(stax.Dense(1, 1.0, None), layer)[2](x1, None, ("nngp", "ntk"))
        for layer in (ours("Polynomial")((0.5, 1.0, 2.0)), stax.Polynomial((0.5, 1.0, 2.0)))
    )
    assert np.isnan(np.asarray(theirs.nngp)).any()
    assert np.isfinite(np.asarray(mine.nngp)).all() and np.isfinite(np.asarray(mine.ntk)).all()
    np.testing.assert_allclose(mine.nngp[0, 0], 0.25)


def test_families_derive_once() -> None:
    from symkern.families import member

    assert member("monomial", 3) is member("monomial", 3)
    assert member("polynomial", [1.0, 2.0]) is member("polynomial", (1.0, 2.0, 0.0))
