"""`symkern.stax.ElementwiseNumerical` and `Elementwise`: activations and kernels given as code."""

from __future__ import annotations

import importlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symkern import stax as ours
from symkern.compat import neural_tangents
from symkern.elementwise import numerical_kernels
from symkern.errors import UsageError
from symkern.evaluation import x64

WITHIN = 1e-6


@pytest.fixture(scope="module")
def stax() -> Any:
    return neural_tangents().stax


def inputs() -> tuple[Any, Any]:
    """Those of seeds/000."""
    first, second, _ = jax.random.split(jax.random.PRNGKey(1), 3)
    return jax.random.normal(first, (3, 2)), jax.random.normal(second, (4, 2))


def exact_gelu(x: Any) -> Any:
    return jax.nn.gelu(x, approximate=False)


@pytest.mark.parametrize(("activation", "name"), [(exact_gelu, "gelu"), (jax.nn.gelu, "gelu_tanh")])
@pytest.mark.slow  # the first is in examples/notebook_elementwise.py too, which tests/test_examples.py runs
def test_gelu_of_the_seed(stax: Any, activation: Any, name: str) -> None:
    """``stax.Gelu`` is ``x Φ(x)``, which ``jax.nn.gelu`` only is with ``approximate=False``; its default is another function."""
    module = importlib.import_module(f"symkern.generated.{name}")
    known = getattr(module, module.__all__[-1])()
    layer = ours.ElementwiseNumerical(activation, deg=25, tolerance=1e-7, max_variance=9.0)
    found, true = (
        stax.serial(stax.Dense(1), each, stax.Dense(1))[2](*inputs(), ("nngp", "ntk")) for each in (layer, known)
    )
    assert np.abs(found.nngp - true.nngp).max() <= WITHIN
    assert np.abs(found.ntk - true.ntk).max() <= WITHIN


@pytest.mark.parametrize("name", ["relu", pytest.param("elu", marks=pytest.mark.slow)])
def test_a_kink_at_zero_beside_the_closed_form(name: str) -> None:
    closed = importlib.import_module(f"symkern.generated.{name}")
    kernels = numerical_kernels(getattr(jax.nn, name), None, 1e-5, 9.0)
    with x64(True):
        v = np.array([0.0, 1e-4, 0.3, 2.0, 9.0])
        for rho in (1.0, 0.9, 0.0, -0.7, -1.0):
            c = rho * np.sqrt(v[:, None] * v)
            for which in ("nngp_fn", "d_nngp_fn"):
                found, true = (getattr(m, which)(c, v[:, None], v[None]) for m in (kernels, closed))
                scale = np.sqrt(np.diag(getattr(closed, which)(v[:, None] * np.ones(5), v[:, None], v[:, None])))
                assert np.all(np.abs(found - true) <= 1.01e-5 * scale[:, None] * scale)


def test_a_line_is_its_own_kernel() -> None:
    kernels = numerical_kernels(lambda x: 3 * x, None, 1e-6, 4.0)
    with x64(True):
        for rho in (1.0, 0.3, -1.0):
            c = rho * np.sqrt(2.0)
            assert kernels.nngp_fn(c, 1.0, 2.0) == pytest.approx(9 * c, abs=9e-6 * np.sqrt(2.0))
            assert kernels.d_nngp_fn(c, 1.0, 2.0) == pytest.approx(9, abs=9e-6)


def test_a_derivative_that_is_given() -> None:
    def wrong(x: Any) -> Any:
        return 2 / jnp.cosh(x) ** 2

    right, twice = (numerical_kernels(jnp.tanh, df, 1e-4, 1.0) for df in (None, wrong))
    assert twice.d_nngp_fn(0.3, 1.0, 1.0) == pytest.approx(4 * float(right.d_nngp_fn(0.3, 1.0, 1.0)), rel=1e-3)


@pytest.mark.parametrize(
    ("fn", "reason"),
    [
        (lambda x: 1 / x, "no finite value"),
        (lambda x: jnp.sqrt(x + 2), "x = -2"),
        (lambda x: jnp.where(x > 0.5, x, 0), "it jumps at x = 0.5"),
        (jnp.ones_like, "its derivative: it is zero everywhere"),
        (lambda x: jnp.exp(x * x / 8), "grows too fast: at a variance of"),
        (jnp.sum, "not elementwise"),
        (lambda x: jnp.sin(300 * x) * jnp.tanh(x), "varies too fast"),
    ],
)
def test_what_is_refused(fn: Any, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        ours.ElementwiseNumerical(fn, tolerance=1e-5, max_variance=9.0)


def test_a_kernel_as_code(stax: Any) -> None:
    """The other part of seeds/000: the NTK of a sine from its NNGP kernel."""

    def nngp_fn(cov12: Any, var1: Any, var2: Any) -> Any:
        total = var1 + var2
        return (jnp.exp(-0.5 * total + cov12) - jnp.exp(-0.5 * total - cov12)) / 2

    sin = importlib.import_module("symkern.generated.sin")
    found, true = (
        stax.serial(stax.Dense(1), layer)[2](*inputs(), "ntk")
        for layer in (ours.Elementwise(nngp_fn=nngp_fn), sin.Sin())
    )
    assert np.allclose(found, true, atol=2e-6)
    with pytest.raises(NotImplementedError):
        ours.Elementwise(nngp_fn=nngp_fn)[1]((), jnp.ones(3))
    with pytest.raises(UsageError, match="takes an activation"):
        ours.Elementwise()


@pytest.mark.slow
def test_finite_networks_use_the_function(stax: Any) -> None:
    init_fn, apply_fn, _ = stax.serial(stax.Dense(8), ours.ElementwiseNumerical(jnp.tanh), stax.Dense(1))
    _, parameters = init_fn(jax.random.PRNGKey(0), (-1, 2))
    assert apply_fn(parameters, inputs()[0]).shape == (3, 1)
