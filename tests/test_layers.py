"""Generated layers beside ``neural_tangents.stax``'s own, in every layout, and the printed numbers of the seeds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import random

from symkern import compat
from symkern.evaluation import x64

pytestmark = pytest.mark.layers

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

SOME = tuple(p for p in PAIRS if p[1] or p[0] == "Gabor")
FAST = (PAIRS[5], PAIRS[15])
some_layers = pytest.mark.parametrize(
    ("name", "arguments"),
    [pytest.param(*p, id=f"{p[0]}-{p[1]}", marks=() if p in FAST else pytest.mark.slow) for p in SOME],
)
by_layer = pytest.mark.parametrize(("name", "arguments"), PAIRS, ids=lambda v: v if isinstance(v, str) else str(v))


@pytest.fixture
def stax() -> Any:
    return compat.neural_tangents().stax


@pytest.fixture(autouse=True)
def _double():
    with x64(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def ours(name: str) -> Callable[..., Any]:
    return getattr(import_module(f"symkern.generated.{name.lower()}"), name)


def close(left: Any, right: Any, tolerance: float = 1e-10) -> None:
    """Equal relative to the largest entry."""
    left, right = np.asarray(left), np.asarray(right)
    assert left.shape == right.shape
    assert np.max(np.abs(left - right), initial=0.0) <= tolerance * max(np.max(np.abs(right), initial=0.0), 1e-30)


def batches(*shape: int) -> tuple[jax.Array, jax.Array]:
    k1, k2 = random.split(random.PRNGKey(1))
    return random.normal(k1, (4, *shape)), random.normal(k2, (3, *shape))


@by_layer
def test_dense_networks(stax: Any, name: str, arguments: dict[str, Any]) -> None:
    x1, x2 = batches(6)
    kernels = []
    for layer in (ours(name)(**arguments), getattr(stax, name)(**arguments)):
        _, _, kernel_fn = stax.serial(stax.Dense(64, 0.9, 0.2), layer, stax.Dense(1, 1.1, 0.1))
        kernels.append(
            (kernel_fn(x1, x2, ("nngp", "ntk")), kernel_fn(x1, None, ("nngp", "ntk")), kernel_fn(x1, x2, "ntk"))
        )
    for mine, theirs in zip(*kernels, strict=True):
        for a, b in zip(jax.tree_util.tree_leaves(mine), jax.tree_util.tree_leaves(theirs), strict=True):
            close(a, b)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Relu", {}),
        pytest.param("LeakyRelu", {"alpha": 0.2}, marks=pytest.mark.slow),
        pytest.param("Abs", {}, marks=pytest.mark.slow),
        ("Erf", {"a": 1.5, "b": 0.7, "c": 0.1}),
        ("Gelu", {}),
    ],
)
def test_layers_with_thresholds(stax: Any, name: str, arguments: dict[str, Any]) -> None:
    """Equal to neural-tangents' to what its own rounding at a correlation of one leaves; gradients finite there."""
    x1, x2 = batches(6)
    x1 = x1.at[3].set(x1[2])
    module = import_module("symkern.generated." + {"LeakyRelu": "leaky_relu"}.get(name, name.lower()))
    kernels = []
    for layer in (getattr(module, name)(**arguments), getattr(stax, name)(**arguments)):
        network = stax.serial(stax.Dense(64, 0.9, 0.2), layer, stax.Dense(64, 1.2), layer, stax.Dense(1, 1.1, 0.1))
        kernels.append((network[2](x1, x2, ("nngp", "ntk")), network[2](x1, None, ("nngp", "ntk")), network[2]))
    for mine, theirs in zip(kernels[0][:2], kernels[1][:2], strict=True):
        for a, b in zip(mine, theirs, strict=True):
            close(a, b, 1e-7)
    slope = jax.grad(lambda x: kernels[0][2](x, None, "ntk").sum())(x1)
    assert np.all(np.isfinite(np.asarray(slope)))


@some_layers
@pytest.mark.parametrize(
    ("diagonal_batch", "diagonal_spatial"), [(True, True), (True, False), (False, True), (False, False)]
)
def test_every_layout(
    stax: Any, name: str, arguments: dict[str, Any], diagonal_batch: bool, diagonal_spatial: bool
) -> None:
    """The kernel object itself, through one activation, for images: full and diagonal covariances, one batch and two."""
    x1, x2 = batches(4, 5, 3)
    for second in (x2, None):
        kernels = []
        for layer in (ours(name)(**arguments), getattr(stax, name)(**arguments)):
            _, _, kernel_fn = stax.serial(stax.Dense(32, 0.8, 0.3), layer)
            requires = {"diagonal_batch": diagonal_batch, "diagonal_spatial": diagonal_spatial}
            kernels.append(kernel_fn(x1, second, **requires))
        mine, theirs = kernels
        assert mine.diagonal_batch == theirs.diagonal_batch == diagonal_batch
        assert mine.diagonal_spatial == theirs.diagonal_spatial == diagonal_spatial
        for field in ("nngp", "ntk", "cov1", "cov2"):
            a, b = getattr(mine, field), getattr(theirs, field)
            assert (a is None) == (b is None)
            if a is not None:
                close(a, b)


@some_layers
def test_convolutional_network(stax: Any, name: str, arguments: dict[str, Any]) -> None:
    x1, x2 = batches(5, 5, 2)
    for head in (stax.Flatten(), stax.GlobalAvgPool()):
        kernels = []
        for layer in (ours(name)(**arguments), getattr(stax, name)(**arguments)):
            net = stax.serial(stax.Conv(8, (3, 3), padding="SAME", W_std=0.8, b_std=0.1), layer, head, stax.Dense(1))
            kernels.append(net[2](x1, x2, ("nngp", "ntk")))
        for a, b in zip(*kernels, strict=True):
            close(a, b)


@some_layers
def test_masks(stax: Any, name: str, arguments: dict[str, Any]) -> None:
    if name in ("Polynomial", "Monomial") and arguments not in ({"degree": 1}, {"degree": 3}, {"degree": 5}):
        pytest.skip("neural-tangents leaves masked entries at f(0) or NaN; test_masks_by_sampling has ours")
    x1, x2 = batches(6, 2)
    x1, x2 = x1.at[0, 3:].set(jnp.nan), x2.at[1, 5].set(jnp.nan)
    kernels = []
    for layer in (ours(name)(**arguments), getattr(stax, name)(**arguments)):
        net = stax.serial(
            stax.Conv(8, (3,), padding="SAME", W_std=0.7, b_std=0.2), layer, stax.GlobalAvgPool(), stax.Dense(1)
        )
        kernels.append(net[2](x1, x2, ("nngp", "ntk"), mask_constant=jnp.nan))
    for a, b in zip(*kernels, strict=True):
        assert np.all(np.isfinite(np.asarray(a)))
        close(a, b)


@pytest.mark.parametrize(("name", "arguments"), [PAIRS[1], PAIRS[3], PAIRS[9], PAIRS[13]], ids=lambda v: str(v))
def test_finite_networks_approach_the_kernel(stax: Any, name: str, arguments: dict[str, Any]) -> None:
    """``apply_fn`` belongs to ``kernel_fn``: the mean over samples of wide networks, within five standard errors."""
    x1, _ = batches(5)
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


def test_masks_by_sampling(stax: Any) -> None:
    """A polynomial with f(0) != 0, where neural-tangents' own kernel is NaN: ours is that of masked finite networks."""
    x1, _ = batches(5, 2)
    x1 = x1.at[0, 3:].set(jnp.nan)
    width, samples = 256, 128
    conv, pool = stax.Conv(width, (3,), padding="SAME", W_std=0.7, b_std=0.2), stax.GlobalAvgPool()
    init, apply, kernel_fn = stax.serial(conv, ours("Polynomial")((1.0, 0.5, 0.25)), pool)
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
    x1, _ = batches(3)
    with pytest.raises(NotImplementedError):
        stax.Monomial(7)
    net = stax.serial(stax.Dense(1, 0.9, 0.3), ours("Monomial")(7), stax.Dense(1))
    gram = np.asarray(net[2](x1, None, "nngp"))
    assert np.linalg.eigvalsh(gram)[0] > -1e-12 * np.trace(gram)


def test_hermite_at_unit_variance_and_elsewhere(stax: Any) -> None:
    x1, _ = batches(8)
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


def test_gradients_through_a_network(stax: Any) -> None:
    """To inputs, to W_std and to the activation's parameters, on the diagonal too."""
    x1, _ = batches(4)

    def loss(b: Any, scale: Any) -> Any:
        net = stax.serial(stax.Dense(1, 0.9, 0.1), ours("Sin")(b=b), stax.Dense(1))
        return jnp.sum(net[2](x1 * scale, None, "ntk"))

    value = jax.grad(loss, argnums=(0, 1))(0.8, 1.1)
    step = 1e-5
    for i, exact in enumerate(value):
        up, down = [0.8, 1.1], [0.8, 1.1]
        up[i] += step
        down[i] -= step
        np.testing.assert_allclose(exact, (loss(*up) - loss(*down)) / (2 * step), rtol=1e-7)
