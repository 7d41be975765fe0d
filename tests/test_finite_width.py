"""neural-tangents' finite-width tools on networks of generated layers: all give the kernels of the network, and of its limit."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symkern import neural_tangents as nt
from symkern import stax

pytestmark = pytest.mark.layers

by_layer = pytest.mark.parametrize(
    "name", ["Gelu", *(pytest.param(n, marks=pytest.mark.slow) for n in ("Elu", "Tanh", "Sin"))]
)
"""Kernels with angles, with two-dimensional normal distribution functions, without a closed form, and of plain exponentials."""


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def example() -> ModuleType:
    path = Path(__file__).parents[1] / "examples" / "finite_width.py"
    spec = importlib.util.spec_from_file_location("finite_width", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def convolutional(name: str) -> tuple[Any, Any, Any, Any, Any]:
    """``apply_fn``, parameters, two batches and ``init_fn`` of a small network with the layer twice."""
    act = getattr(stax, name)
    init_fn, apply_fn, _ = stax.serial(
        stax.Conv(4, (2, 2)), act(), stax.Conv(4, (2, 2)), act(), stax.Flatten(), stax.Dense(3)
    )
    k1, k2, k3 = jax.random.split(jax.random.PRNGKey(1), 3)
    x1, x2 = jax.random.normal(k1, (4, 4, 4, 2)), jax.random.normal(k2, (2, 4, 4, 2))
    return apply_fn, init_fn(k3, x1.shape)[1], x1, x2, init_fn


def close(found: Any, expected: Any, tolerance: float = 1e-5) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * float(jnp.abs(expected).max()))


def ntk_by_hand(apply_fn: Any, params: Any, x1: Any, x2: Any) -> Any:
    """The products of all derivatives by parameters, over pairs of inputs and of outputs."""
    jacobians = [jax.tree_util.tree_leaves(jax.jacobian(lambda p, x=x: apply_fn(p, x))(params)) for x in (x1, x2)]
    flat = [jnp.concatenate([j.reshape(*j.shape[:2], -1) for j in js], axis=-1) for js in jacobians]
    return jnp.einsum("iap,jbp->ijab", *flat)


@by_layer
def test_every_implementation(name: str) -> None:
    apply_fn, params, x1, x2, _ = convolutional(name)
    expected = ntk_by_hand(apply_fn, params, x1, x2)
    for kind in nt.NtkImplementation:
        ntk_fn = jax.jit(nt.empirical_ntk_fn(apply_fn, trace_axes=(), vmap_axes=0, implementation=kind))
        close(ntk_fn(x1, x2, params), expected)
    outputs = [apply_fn(params, x) for x in (x1, x2)]
    close(nt.empirical_nngp_fn(apply_fn)(x1, x2, params), outputs[0] @ outputs[1].T / 3)
    both = nt.empirical_kernel_fn(apply_fn, vmap_axes=0)(x1, x2, ("nngp", "ntk"), params)
    close(both.nngp, outputs[0] @ outputs[1].T / 3)
    close(both.ntk, jnp.trace(expected, axis1=2, axis2=3) / 3)
    diagonal = nt.empirical_nngp_fn(apply_fn, diagonal_axes=(0,))(x1, None, params)
    close(diagonal, (outputs[0] ** 2).mean(-1))


@by_layer
def test_products_with_vectors(name: str) -> None:
    apply_fn, params, x1, x2, _ = convolutional(name)
    vectors = jax.random.normal(jax.random.PRNGKey(5), (2, 3))
    product = nt.empirical_ntk_vp_fn(apply_fn, x1, x2, params)(vectors)
    close(product, jnp.einsum("ijab,jb->ia", ntk_by_hand(apply_fn, params, x1, x2), vectors))


@by_layer
def test_expansions_in_the_parameters(name: str) -> None:
    """Errors of second and third order: a step half as large makes them four and eight times smaller."""
    apply_fn, params, x1, _, init_fn = convolutional(name)
    towards = init_fn(jax.random.PRNGKey(9), x1.shape)[1]

    def errors(step: float) -> list[float]:
        moved = jax.tree_util.tree_map(lambda p, t: p + step * t, params, towards)
        exact = apply_fn(moved, x1)
        expansions = (nt.linearize(apply_fn, params), nt.taylor_expand(apply_fn, params, 2))
        return [float(jnp.sqrt(jnp.mean((e(moved, x1) - exact) ** 2))) for e in expansions]

    ratios = np.array(errors(0.08)) / np.array(errors(0.04))
    if name == "Elu":  # its second derivative jumps at zero
        assert ratios[0] == pytest.approx(4, rel=0.2) and ratios[1] > 4
    else:
        np.testing.assert_allclose(ratios, [4, 8], rtol=0.2)


@by_layer
def test_sampling_approaches_the_kernel(name: str) -> None:
    act = getattr(stax, name)
    init_fn, apply_fn, kernel_fn = stax.serial(stax.Dense(128, 1.3, 0.2), act(), stax.Dense(128, 1.0, 0.1))
    x1, x2 = jax.random.normal(jax.random.PRNGKey(3), (4, 5)), jax.random.normal(jax.random.PRNGKey(4), (2, 5))
    exact = kernel_fn(x1, x2, ("nngp", "ntk"))
    few, many = (
        nt.monte_carlo_kernel_fn(init_fn, apply_fn, jax.random.PRNGKey(0), n, vmap_axes=0, device_count=0)(
            x1, x2, ("nngp", "ntk")
        )
        for n in (2, 128)
    )
    for kind in ("nngp", "ntk"):
        errors = [float(jnp.sqrt(jnp.mean((getattr(k, kind) - getattr(exact, kind)) ** 2))) for k in (few, many)]
        scale = float(jnp.abs(getattr(exact, kind)).max())
        assert errors[1] < 0.03 * scale and errors[1] < errors[0] / 2


@by_layer
def test_predictions(name: str) -> None:
    """Training for ever is regression with the kernel: against NumPy's solver; ``t = 0`` is the prior."""
    act = getattr(stax, name)
    kernel_fn = stax.serial(stax.Dense(1, 1.3, 0.2), act(), stax.Dense(1))[2]
    rng = np.random.default_rng(2)
    train, test, y = (jnp.asarray(rng.normal(size=s), jnp.float32) for s in ((8, 5), (3, 5), (8, 2)))
    predict_fn = nt.predict.gradient_descent_mse_ensemble(kernel_fn, train, y, diag_reg=1e-3)
    for get in ("nngp", "ntk"):
        found = predict_fn(x_test=test, get=get, compute_cov=True)
        gram, cross = (np.asarray(kernel_fn(a, train, get), np.float64) for a in (train, test))
        ridge = 1e-3 * np.trace(gram) / 8
        weights = np.linalg.solve(gram + ridge * np.eye(8), np.asarray(y, np.float64))
        np.testing.assert_allclose(found.mean, cross @ weights, atol=2e-3)
        assert np.linalg.eigvalsh(np.asarray(found.covariance))[0] > -1e-4
    np.testing.assert_allclose(predict_fn(t=0.0, x_test=test, get="ntk"), 0, atol=1e-5)
    rate = nt.predict.max_learning_rate(kernel_fn(train, None, "ntk"))
    largest = np.linalg.eigvalsh(np.asarray(kernel_fn(train, None, "ntk"), np.float64))[-1]
    assert float(rate) == pytest.approx(2 * 8 / largest, rel=1e-3)


@pytest.mark.parametrize("name", ["Gelu", pytest.param("Tanh", marks=pytest.mark.slow)])
def test_errors_fall_with_the_root_of_the_width(example: ModuleType, name: str) -> None:
    """Of 48 samples a root mean square has a tenth of itself as its deviation, so the slope 0.05."""
    widths = (32, 128, 512)
    for errors in example.deviations(name, widths, 48).values():
        assert example.slope(widths, errors) == pytest.approx(-0.5, abs=0.15)
