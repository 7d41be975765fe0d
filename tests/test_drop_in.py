"""The layers that neural-tangents has too: same names, parameters and results; and ours where its own are wrong."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from both_libraries import BOTH, batches, close
from jax import random

from symkern import compat
from symkern.catalogue import SERIES
from symkern.evaluation import x64
from symkern.families import FAMILIES
from symkern.layers import modules

pytestmark = [pytest.mark.layers, pytest.mark.usefixtures("in_float64")]

MODULES = {layer: name for layer, name in modules().items() if name not in {e.name for e in SERIES}}
OPTIONS = (("Relu", {"do_stabilize": True}), ("Gelu", {"approximate": False}))
"""Arguments that change nothing; tests/test_stax.py has the others."""
REQUIRED = {"LeakyRelu": {"alpha": 0.2}, "ABRelu": {"a": 0.3, "b": 1.4}}
QUICK = ("RectifiedPower",)


@pytest.fixture
def stax() -> Any:
    return compat.neural_tangents().stax


def ours(name: str) -> Any:
    return getattr(import_module(f"symkern.generated.{MODULES[name]}"), name)


@pytest.mark.parametrize("name", sorted(BOTH))
def test_signatures(stax: Any, name: str) -> None:
    """What neural-tangents' layer accepts, ours accepts too, in the same order."""
    theirs = list(inspect.signature(getattr(stax, name)).parameters)
    mine = list(inspect.signature(ours(name)).parameters)
    assert mine[: len(theirs)] == theirs


@pytest.mark.parametrize(("name", "arguments"), OPTIONS, ids=lambda v: v if isinstance(v, str) else "")
def test_options(stax: Any, name: str, arguments: dict[str, Any]) -> None:
    x1, x2 = batches((6,))
    for second, tolerance in ((x2, 1e-10), (None, 1e-7)):  # neural-tangents' own rounding at a correlation of one
        found, expected = (
            stax.serial(stax.Dense(64, 0.9, 0.2), layer(**arguments), stax.Dense(1))[2](x1, second, ("nngp", "ntk"))
            for layer in (ours(name), getattr(stax, name))
        )
        for a, b in zip(found, expected, strict=True):
            close(a, b, tolerance)


@pytest.mark.parametrize(
    "degree", [0, 1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)
def test_rectified_monomials(stax: Any, degree: int) -> None:
    """neural-tangents' own give NaN on the diagonal; off it they agree."""
    x1, x2 = batches((6,))
    network = [
        stax.serial(stax.Dense(1, 0.9, 0.2), layer(degree), stax.Dense(1))[2]
        for layer in (ours("RectifiedMonomial"), stax.RectifiedMonomial)
    ]
    mine, theirs = (kernel_fn(x1, x2, ("nngp", "ntk")) for kernel_fn in network)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    mine, theirs = (kernel_fn(x1, None, ("nngp", "ntk")) for kernel_fn in network)
    assert all(np.isfinite(np.asarray(k)).all() for k in mine)
    assert degree == 0 or np.isnan(np.asarray(theirs.nngp)).any() or np.isnan(np.asarray(theirs.ntk)).any()


def test_jumps_of_the_sign(stax: Any) -> None:
    """By default the NTK leaves them out, as neural-tangents has it; with them it is Price's derivative."""
    x1 = random.normal(random.PRNGKey(1), (4, 6))
    plain, exact = (
        stax.serial(stax.Dense(1), layer, stax.Dense(1))[2](x1, None, ("nngp", "ntk"))
        for layer in (ours("Sign")(), ours("Sign")(jumps=True))
    )
    np.testing.assert_allclose(plain.ntk, plain.nngp)
    np.testing.assert_array_equal(plain.nngp, exact.nngp)
    covariance = np.asarray(x1 @ x1.T) / 6
    v = np.diag(covariance)
    off = ~np.eye(4, dtype=bool)
    slope = 2 / np.pi / np.sqrt(np.outer(v, v) - covariance**2, where=off, out=np.full((4, 4), np.nan))
    np.testing.assert_allclose(np.asarray(exact.ntk - exact.nngp)[off], (slope * covariance)[off], rtol=1e-9)
    assert np.isinf(np.diag(np.asarray(exact.ntk))).all()


def test_near_opposite_inputs() -> None:
    """At a correlation of -1 + 1e-6 neural-tangents' ReLU kernel has no digit left in float32."""
    relu = import_module("symkern.generated.relu")
    stax = compat.neural_tangents().stax
    with x64(False):
        x1 = jnp.asarray([[1.0, 0.0], [-1.0, 2.0**-10]], jnp.float32)
        theirs = stax.serial(stax.Dense(1, 2**0.5), stax.Relu())[2](x1, None, "nngp")[0, 1]
        mine = relu.nngp_fn(jnp.float32(-1.0), jnp.float32(1.0), jnp.float32(1 + 2.0**-20))
    exact = relu.nngp_fn(-1.0, 1.0, 1 + 2.0**-20)
    assert float(mine) == pytest.approx(float(exact), rel=1e-7)
    assert abs(float(theirs) - float(exact)) > 0.01 * float(exact)


def is_slow(name: str) -> bool:
    """Whether XLA compiles it for half a minute and more: kernels with Phi2 or hypergeometric functions."""
    return name not in QUICK and hasattr(import_module(f"symkern.generated.{MODULES[name]}"), "BUDGET")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if is_slow(n) else ()) for n in sorted(MODULES)]
)
def test_every_layer_builds_a_network(stax: Any, name: str) -> None:
    """By name, with its defaults; Gram matrices are positive semi-definite."""
    family = next((f for f in FAMILIES if f.name == MODULES[name]), None)
    arguments = REQUIRED.get(name, {}) if family is None else {family.argument: family.default}
    layer = ours(name)(**arguments)
    assert layer[2].__name__ == name
    x1 = random.normal(random.PRNGKey(3), (3, 5))
    gram = np.asarray(stax.serial(stax.Dense(1, 0.8, 0.1), layer, stax.Dense(1))[2](x1, None, "nngp"))
    assert np.linalg.eigvalsh(gram)[0] > -1e-12 * np.trace(gram)
