"""Generated kernels as covariances of tinygp and GPJax: the kernels of ``stax``, and what each package does with them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symkern import stax
from symkern.evaluation import x64
from symkern.generated import relu, sign, sin, tanh
from symkern.gp import covariance

tinygp = pytest.importorskip("tinygp")  # not installed beside every JAX of the matrix
gpjax = pytest.importorskip("gpjax")
import equinox as eqx  # noqa: E402

import symkern.gp.gpjax  # noqa: E402
import symkern.gp.tinygp  # noqa: E402

pytestmark = pytest.mark.usefixtures("in_float64")

Adapter = type[symkern.gp.tinygp.Network] | type[symkern.gp.gpjax.Network]
adapters = pytest.mark.parametrize("adapter", [symkern.gp.tinygp.Network, symkern.gp.gpjax.Network])
NOISE = 0.1


def inputs() -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).normal(size=(6, 3)))


def matrix(kernel: Any, x: jax.Array) -> jax.Array:
    return kernel(x, x) if isinstance(kernel, tinygp.kernels.Kernel) else kernel.cross_covariance(x, x)


@adapters
@pytest.mark.parametrize(
    ("module", "layer", "parameters"),
    [
        (relu, "Relu", {}),
        (sin, "Sin", {"b": 1.3}),
        (sign, "Sign", {}),
        pytest.param(tanh, "Tanh", {}, marks=pytest.mark.slow),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_the_kernels_of_stax(adapter: Adapter, module: ModuleType, layer: str, parameters: dict[str, float]) -> None:
    x = inputs()
    for depth in (1, 2):
        layers = [stax.Dense(1, 1.4, 0.2), getattr(stax, layer)(**parameters)] * depth
        exact = stax.serial(*layers, stax.Dense(1, 1.4, 0.2))[2](x, None, ("nngp", "ntk"))
        for ntk in (False, True):
            found = matrix(adapter(module, 1.4, 0.2, parameters, depth=depth, ntk=ntk), x)
            np.testing.assert_allclose(found, exact[ntk], rtol=1e-13)


def log_density(gram: np.ndarray, y: np.ndarray) -> float:
    """Of observations under a Gaussian process with noise, by NumPy."""
    noisy = gram + NOISE * np.eye(len(y))
    sign_, logarithm = np.linalg.slogdet(2 * np.pi * noisy)
    assert sign_ == 1
    return float(-0.5 * (y @ np.linalg.solve(noisy, y) + logarithm))


def test_marginal_likelihood_of_tinygp() -> None:
    """With its gradient by all parameters, diagonal included: repeated inputs have ``ρ = 1``."""
    x, y = inputs(), jnp.asarray(np.random.default_rng(1).normal(size=6))
    x = x.at[1].set(x[0])

    def objective(values: jax.Array) -> jax.Array:
        kernel = symkern.gp.tinygp.Network(sin, values[0], values[1], {"b": values[2]}, depth=2)
        return tinygp.GaussianProcess(kernel, x, diag=NOISE).log_probability(y)

    at = jnp.asarray([1.4, 0.3, 0.8])
    gram = matrix(symkern.gp.tinygp.Network(sin, 1.4, 0.3, {"b": 0.8}, depth=2), x)
    value, gradient = jax.jit(jax.value_and_grad(objective))(at)
    assert float(value) == pytest.approx(log_density(np.asarray(gram), np.asarray(y)), rel=1e-10)
    for i in range(3):
        step = jnp.zeros(3).at[i].set(1e-5)
        quotient = (objective(at + step) - objective(at - step)) / 2e-5
        np.testing.assert_allclose(gradient[i], quotient, rtol=1e-6)


def test_regression_with_gpjax() -> None:
    """Its posterior beside NumPy's, and a step uphill of the marginal likelihood by its own parameters."""
    x, y = inputs(), jnp.asarray(np.random.default_rng(1).normal(size=(6, 1)))
    kernel = symkern.gp.gpjax.Network(relu, 1.4, 0.3)
    prior = gpjax.gps.Prior(mean_function=gpjax.mean_functions.Zero(), kernel=kernel)
    posterior = prior * gpjax.likelihoods.Gaussian(obs_stddev=NOISE**0.5)
    data = gpjax.Dataset(X=x, y=y)
    test = x[:2] + 0.1
    found = posterior.predict(test, train_data=data)
    gram = np.asarray(matrix(kernel, x)) + NOISE * np.eye(6)
    cross = np.asarray(kernel.cross_covariance(test, x))
    np.testing.assert_allclose(np.asarray(found.mean).ravel(), (cross @ np.linalg.solve(gram, y)).ravel(), rtol=1e-4)

    def objective(model: Any) -> Any:
        return gpjax.objectives.conjugate_mll(model, data)

    assert float(objective(posterior)) == pytest.approx(
        log_density(gram - NOISE * np.eye(6), np.asarray(y)[:, 0]), rel=1e-4
    )
    gradient = eqx.filter_grad(objective)(posterior)
    slopes = jax.tree_util.tree_leaves(gradient.prior.kernel)
    assert len(slopes) == 2 and all(np.isfinite(float(s)) and float(s) != 0 for s in slopes)
    moved = jax.tree_util.tree_map(
        lambda p, g: p + 1e-3 * g, *(eqx.filter(m, eqx.is_inexact_array) for m in (posterior, gradient))
    )
    moved = eqx.combine(moved, posterior)
    assert float(objective(moved)) > float(objective(posterior))


@adapters
def test_kernels_combine(adapter: Adapter) -> None:
    x = inputs()
    both = adapter(relu) + adapter(sin)
    np.testing.assert_allclose(matrix(both, x), matrix(adapter(relu), x) + matrix(adapter(sin), x), rtol=1e-14)


def test_numbers_as_inputs() -> None:
    """tinygp's inputs may be numbers, GPJax's kernels may look at some dimensions only."""
    x = inputs()
    np.testing.assert_array_equal(
        symkern.gp.tinygp.Network(relu)(x[:, 0], x[:, 0]),
        symkern.gp.gpjax.Network(relu, active_dims=[0]).cross_covariance(x, x),
    )


def test_float32() -> None:
    with x64(False):
        x = inputs().astype(jnp.float32)
        found = covariance(relu, x[0], x[1], w_std=1.4, ntk=True)
        assert found.dtype == jnp.float32 and found.shape == ()


def test_what_is_refused() -> None:
    x = inputs()
    with pytest.raises(ValueError, match=r"one shape \(d,\) are needed, not \(6, 3\) and \(3,\)"):
        covariance(relu, x, x[0])
    with pytest.raises(ValueError, match="depth must be at least 1"):
        covariance(relu, x[0], x[0], depth=0)
