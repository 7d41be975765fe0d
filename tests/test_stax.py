"""``from symkern import stax``: networks written for ``neural_tangents.stax``, built once with its module and once with ours."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from both_libraries import BOTH, LAYERS, QUICK, ROUGH, batches, close, slow_unless, theirs
from jax import random

from symkern import compat, stax
from symkern.layers import modules

pytestmark = [pytest.mark.layers, pytest.mark.usefixtures("in_float64")]

Network = Callable[[Any, Callable[[], Any]], Any]


def two_layers(stax: Any, act: Callable[[], Any]) -> Any:
    return stax.serial(
        stax.Dense(64, 0.9, 0.2),
        act(),
        stax.Dense(64, 1.2, parameterization="standard"),
        act(),
        stax.Dense(1, 1.1, 0.1),
    )


def residual(stax: Any, act: Callable[[], Any]) -> Any:
    block = stax.serial(
        stax.FanOut(2), stax.parallel(stax.Identity(), stax.serial(act(), stax.Dense(64, 1.1, 0.1))), stax.FanInSum()
    )
    return stax.serial(stax.Dense(64, 0.9, 0.2), block, stax.LayerNorm(), act(), stax.Dense(1))


def pooled(stax: Any, act: Callable[[], Any]) -> Any:
    return stax.serial(
        stax.Conv(8, (3, 3), padding="SAME", W_std=0.8, b_std=0.1),
        act(),
        stax.AvgPool((2, 2), strides=(2, 2)),
        stax.Conv(8, (2, 2), padding="VALID", W_std=1.1),
        stax.LayerNorm(axis=(1, 2, 3)),
        act(),
        stax.GlobalAvgPool(),
        stax.Dense(1),
    )


def flat(stax: Any, act: Callable[[], Any]) -> Any:
    return stax.serial(
        stax.Conv(8, (3, 3), padding="CIRCULAR", W_std=0.8, b_std=0.1), act(), stax.Flatten(), stax.Dense(1)
    )


NETWORKS: dict[str, tuple[Network, tuple[int, ...]]] = {
    "two_layers": (two_layers, (5,)),
    "residual": (residual, (5,)),
    "pooled": (pooled, (4, 4, 3)),
    "flat": (flat, (4, 4, 3)),
}
TWO_LAYERS = ("ABRelu", "Erf", "ExpNormalized", "Gelu", "Sigmoid_like", "Sign")
"""Whose network of this name runs in every test too."""


def both(network: Network, name: str) -> tuple[Any, Any]:
    first, second = (network(s, lambda s=s: getattr(s, name)(**BOTH[name])) for s in (stax, theirs()))
    return first, second


def test_every_name_is_there() -> None:
    """Those of the catalogue are ours, all others are neural-tangents' own objects; nothing of its public names is missing."""
    public = {name for name in dir(theirs()) if not name.startswith("_")}
    own = {*modules(), "Elementwise", "ElementwiseNumerical", "layer"}
    for name in public - own:
        assert getattr(stax, name) is getattr(theirs(), name), name
    assert public & own == {*BOTH, "Elementwise", "ElementwiseNumerical", "layer"}
    for name in modules():
        assert getattr(stax, name).__module__.startswith("symkern."), name
    assert public | own <= set(dir(stax))


def test_names_that_are_nowhere() -> None:
    with pytest.raises(AttributeError, match=r"symkern\.stax has no 'Sine'; did you mean 'Sin'"):
        _ = stax.Sine
    with pytest.raises(ImportError, match="cannot import name 'Densee'"):
        from symkern.stax import Densee  # noqa: F401
    assert not hasattr(stax, "__wrapped__")


def test_layers_of_ones_own() -> None:
    """neural-tangents' decorator has the name of our function that makes layers from kernels."""

    @stax.layer
    def Twice() -> Any:  # noqa: N802
        return stax.serial(stax.Dense(8), stax.Sin())

    init_fn, apply_fn, kernel_fn = Twice()
    x1, x2 = batches((5,))
    close(kernel_fn(x1, x2, "nngp"), stax.serial(stax.Dense(8), stax.Sin())[2](x1, x2, "nngp"))
    assert apply_fn(init_fn(random.PRNGKey(0), x1.shape)[1], x1).shape == (4, 8)


@pytest.mark.parametrize(
    ("network", "name"),
    [
        pytest.param(
            network, name, marks=slow_unless(name in QUICK or (network == "two_layers" and name in TWO_LAYERS))
        )
        for network in NETWORKS
        for name in LAYERS
    ],
)
def test_networks(network: str, name: str) -> None:
    """All that ``kernel_fn`` returns: off ``ρ = 1`` to 1e-10, on it as far as neural-tangents has digits."""
    if (network, name) == ("pooled", "Sign"):
        pytest.skip("neural-tangents is wrong there: test_sign_before_pooling")
    build, shape = NETWORKS[network]
    (_, _, ours), (_, _, reference) = both(build, name)
    x1, x2 = batches(shape)
    for get in (None, ("nngp", "ntk")):
        found, expected = (kernel_fn(x1, x2, get) for kernel_fn in (ours, reference))
        for field in ("nngp", "ntk"):
            # a mean over places has pairs of the same place, whose correlation may be one
            close(
                getattr(found, field),
                getattr(expected, field),
                1e-7 if network == "pooled" and name in ROUGH else 1e-10,
            )
    found, expected = (kernel_fn(x1, None, ("nngp", "ntk")) for kernel_fn in (ours, reference))
    for a, b in zip(found, expected, strict=True):
        close(a, b, 1e-7 if name in ROUGH else 1e-10)


@pytest.mark.slow
def test_sign_before_pooling() -> None:
    """Beside neural-tangents' steep ``Erf``: its ``Sign`` sets the covariances of one image's places to one."""
    (_, _, ours), (_, _, reference) = (pooled(stax, stax.Sign), pooled(theirs(), lambda: theirs().Erf(1.0, 1e7, 0.0)))
    x1, x2 = batches(NETWORKS["pooled"][1])
    for second in (x2, None):
        close(ours(x1, second, "nngp"), reference(x1, second, "nngp"), 3e-7)


@pytest.mark.parametrize("get", ["nngp", "ntk", ("ntk",), ("ntk", "nngp"), ("cov1", "cov2", "nngp"), None], ids=str)
def test_every_form_of_get(get: Any) -> None:
    (_, _, ours), (_, _, reference) = both(flat, "Sin")
    x1, x2 = batches((4, 4, 3))
    for second in (x2, None):
        found, expected = (jax.tree_util.tree_leaves(kernel_fn(x1, second, get)) for kernel_fn in (ours, reference))
        assert len(found) == len(expected) > 0
        for a, b in zip(found, expected, strict=True):
            close(jnp.asarray(a), jnp.asarray(b))


@pytest.mark.parametrize("network", [pytest.param("residual", marks=pytest.mark.slow), "flat"])
@pytest.mark.parametrize("name", ["Relu", pytest.param("Sin", marks=pytest.mark.slow)])
def test_transformations(network: str, name: str) -> None:
    """``jit``, ``vmap`` over inputs, and ``nt.batch``."""
    build, shape = NETWORKS[network]
    nt = compat.neural_tangents()
    kernel_fn = both(build, name)[0][2]
    x1, x2 = batches(shape)
    plain = kernel_fn(x1, x2, ("nngp", "ntk"))
    jitted = jax.jit(lambda a, b: tuple(kernel_fn(a, b, ("nngp", "ntk"))))(x1, x2)
    mapped = jax.vmap(lambda a: tuple(kernel_fn(a[None], x2, ("nngp", "ntk"))))(x1)
    batched = nt.batch(kernel_fn, batch_size=2, device_count=0)(x1, x2[:2], ("nngp", "ntk"))
    for exact, a, b, c in zip(plain, jitted, mapped, batched, strict=True):
        close(a, exact, 1e-14)
        close(b[:, 0], exact, 1e-14)
        close(c, exact[:, :2], 1e-14)


@pytest.mark.parametrize("name", ["Sin", pytest.param("Erf", marks=pytest.mark.slow)])
def test_gradients_by_all_that_a_user_tunes(name: str) -> None:
    """Inputs, ``W_std``, ``b_std`` and the activation's parameters, on the diagonal too; beside neural-tangents and differences."""
    x1, _ = batches((5,))

    def total(library: Any, inputs: jax.Array, tuned: jax.Array) -> jax.Array:
        w_std, b_std, *parameters = tuned
        net = library.serial(
            library.Dense(64, w_std, b_std), getattr(library, name)(*parameters), library.Dense(1, w_std, b_std)
        )
        return net[2](inputs, None, "ntk")[0].sum()

    tuned = jnp.asarray([1.2, 0.3, 1.5, 0.7, 0.4])
    ours, reference = (jax.grad(total, (1, 2))(library, x1, tuned) for library in (stax, theirs()))
    for a, b in zip(ours, reference, strict=True):
        close(a, b, 1e-10 if name == "Sin" else 1e-6)
    for i in range(len(tuned)):
        step = jnp.zeros_like(tuned).at[i].set(1e-5)
        quotient = (total(stax, x1, tuned + step) - total(stax, x1, tuned - step)) / 2e-5
        np.testing.assert_allclose(ours[1][i], quotient, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(
    "name",
    ["Relu", "Erf", "Gelu", *(pytest.param(n, marks=pytest.mark.slow) for n in ("LeakyRelu", "Abs", "Tanh"))],
)
def test_gradients_where_inputs_repeat(name: str) -> None:
    """Two equal inputs, and opposite ones: ``ρ = ±1`` off the diagonal; an input of zeros: variance zero."""
    x1, _ = batches((5,))
    x1 = x1.at[1].set(x1[0]).at[2].set(-x1[0]).at[3].set(0)
    net = stax.serial(stax.Dense(64, 1.2), getattr(stax, name)(**BOTH.get(name, {})), stax.Dense(1))
    slope = jax.grad(lambda x: net[2](x, None, "ntk").sum())(x1)
    assert np.isfinite(np.asarray(slope)).all()


def test_batches_on_several_devices() -> None:
    """``nt.batch`` with device parallelism, on a processor that counts as two devices."""
    script = """
        import os
        os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
        import warnings; warnings.simplefilter("ignore")
        import jax, numpy as np
        from symkern import neural_tangents as nt, stax
        assert jax.device_count() == 2
        x1, x2 = (np.random.default_rng(s).normal(size=(4, 5)).astype(np.float32) for s in (0, 1))
        for act in (stax.Relu(), stax.Tanh()):
            kernel_fn = stax.serial(stax.Dense(1), act, stax.Dense(1))[2]
            plain = kernel_fn(x1, x2, ("nngp", "ntk"))
            parallel = nt.batch(kernel_fn, batch_size=2, device_count=2)(x1, x2, ("nngp", "ntk"))
            for a, b in zip(plain, parallel):
                np.testing.assert_allclose(a, b, rtol=0, atol=1e-6 * np.abs(a).max())
        print("the same")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "the same", done.stderr
