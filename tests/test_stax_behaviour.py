"""What neural-tangents' own tests of elementwise layers look for, with tolerances that would notice a wrong digit.

There: kernels beside Monte Carlo at 5 %, layers that are special cases of one another, RBF kernels, automatic differentiation of
kernels by inputs, equal and nearly equal inputs, sparse inputs.  Here the same by identities and by quadrature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from both_libraries import batches
from jax import random

from symkern import stax

pytestmark = [pytest.mark.layers, pytest.mark.usefixtures("in_float64")]


def network(layer: Any) -> Callable[..., Any]:
    return stax.serial(stax.Dense(1, 1.3, 0.2), layer, stax.Dense(1, 1.1, 0.1))[2]


def kernels(layer: Any) -> list[np.ndarray]:
    """Of two batches, and of one with itself."""
    x1, x2 = batches((5,))
    return [np.asarray(k) for second in (x2, None) for k in network(layer)(x1, second, ("nngp", "ntk"))]


SAME: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "leaky relu of slope 0": (lambda: stax.LeakyRelu(0.0), lambda: stax.Relu()),
    "leaky relu of slope -1": (lambda: stax.LeakyRelu(-1.0), lambda: stax.Abs()),
    "leaky relu of slope 1": (lambda: stax.LeakyRelu(1.0), lambda: stax.Identity()),
    "abrelu": (lambda: stax.ABRelu(0.2, 1.0), lambda: stax.LeakyRelu(0.2)),
    "rectified monomial of degree 1": (lambda: stax.RectifiedMonomial(1), lambda: stax.Relu()),
    "monomial of degree 1": (lambda: stax.Monomial(1), lambda: stax.Identity()),
    "polynomial of one power": (lambda: stax.Polynomial((0.0, 0.0, 0.0, 1.0)), lambda: stax.Monomial(3)),
    "sine, a quarter later": (lambda: stax.Sin(1.2, 0.8, np.pi / 2), lambda: stax.Cos(1.2, 0.8)),
    "silu": (lambda: stax.SiLU(), lambda: stax.Swish(1.0)),
    "log sigmoid": (lambda: stax.LogSigmoid(), lambda: stax.Softplus()),
    "softplus' slope": (
        lambda: stax.Softplus(2.0),
        lambda: stax.ElementwiseNumerical(lambda x: jnp.logaddexp(2 * x, 0) / 2),
    ),
    "celu of alpha 1": (lambda: stax.Celu(1.0), lambda: stax.Elu(1.0)),
    "clip": (lambda: stax.HardTanh(), lambda: stax.ElementwiseNumerical(jax.nn.hard_tanh)),
}
"""Pairs of layers with the same kernels: of the same function, or of one that is the other mirrored or negated."""
SLOW = (
    "celu of alpha 1",
    "clip",
    "softplus' slope",
    "silu",
    "log sigmoid",
    "sine, a quarter later",
    "leaky relu of slope 0",
)


@pytest.mark.parametrize("pair", [pytest.param(p, marks=pytest.mark.slow if p in SLOW else ()) for p in SAME])
def test_special_cases(pair: str) -> None:
    first, second = (kernels(make()) for make in SAME[pair])
    for a, b in zip(first, second, strict=True):
        tolerance = {"clip": 1e-4, "softplus' slope": 1e-7}.get(
            pair, 1e-9 if pair in ("silu", "log sigmoid") else 1e-14
        )
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(b).max())


def covariances() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of what enters the layer of ``network``."""
    x1, x2 = (np.asarray(x) for x in batches((5,)))
    of = lambda a, b: 1.3**2 * np.sum(a * b, axis=-1) / 5 + 0.2**2  # noqa: E731
    return of(x1[:, None], x2[None]), of(x1, x1)[:, None], of(x2, x2)[None]


def test_gaussian_processes_with_an_rbf_kernel() -> None:
    """``Rbf(gamma)`` makes it of what enters: exp(-gamma |u - v|²), a bias or not."""
    cov12, var1, var2 = covariances()
    expected = 1.1**2 * np.exp(-0.7 * (var1 + var2 - 2 * cov12)) + 0.1**2
    x1, x2 = batches((5,))
    np.testing.assert_allclose(network(stax.Rbf(0.7))(x1, x2, "nngp"), expected, rtol=1e-14)


def test_tanh_is_a_sigmoid() -> None:
    """tanh(x) = 2 sigmoid(2 x) - 1, E[sigmoid] = 1/2: its kernel is four times sigmoid's at four times the covariance, less 1."""
    from symkern.generated import sigmoid, tanh

    given = covariances()
    np.testing.assert_allclose(tanh.nngp_fn(*given), 4 * sigmoid.nngp_fn(*(4 * g for g in given)) - 1, atol=1e-9)


@pytest.mark.parametrize("name", ["Sin", "Gelu", "Erf", "Exp", "Swish", pytest.param("Mish", marks=pytest.mark.slow)])
def test_kernels_beside_quadrature(name: str) -> None:
    """With ``fn`` of the layer itself: two-dimensional Gauss-Hermite quadrature in place of Monte Carlo."""
    layer = getattr(stax, name)()
    x1, x2 = batches((5,))
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    cov12, var1, var2 = (np.broadcast_to(v, (4, 3))[..., None, None] for v in covariances())
    u = np.sqrt(var1) * nodes[:, None]
    v = cov12 / np.sqrt(var1) * nodes[:, None] + np.sqrt(var2 - cov12**2 / var1) * nodes[None, :]
    value = layer[1]
    slope = jax.vmap(jax.grad(lambda t: value((), t)))
    product, slopes = (
        np.einsum("ijkl,k,l->ij", np.asarray(f(u)) * np.asarray(f(v)), weights, weights)
        for f in (lambda t: value((), jnp.asarray(t)), lambda t: slope(jnp.asarray(t).ravel()).reshape(t.shape))
    )
    nngp = 1.1**2 * product + 0.1**2
    ntk = nngp + 1.1**2 * slopes * cov12[..., 0, 0]
    found = network(layer)(x1, x2, ("nngp", "ntk"))
    for a, b in zip(found, (nngp, ntk), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-9 * np.abs(b).max())


@pytest.mark.parametrize("name", ["Relu", *(pytest.param(n, marks=pytest.mark.slow) for n in ("Gelu", "Sin"))])
def test_derivatives_by_inputs(name: str) -> None:
    """First ones by each input, against differences; also where both inputs are the same, or nearly so."""
    kernel_fn = network(getattr(stax, name)())
    x1, _ = batches((5,))
    a = x1[:1]
    towards = random.normal(random.PRNGKey(7), a.shape)

    def entry(x: jax.Array, y: jax.Array) -> jax.Array:
        found = kernel_fn(x, y, ("nngp", "ntk"))
        return jnp.stack([found.nngp[0, 0], found.ntk[0, 0]])

    for b in (x1[1:2], 1.05 * a):  # nearly parallel: the bias keeps them from being so
        moved = jax.jvp(lambda t, b=b: entry(a + t * towards, b), (0.0,), (1.0,))[1]
        quotient = (entry(a + 1e-6 * towards, b) - entry(a - 1e-6 * towards, b)) / 2e-6
        np.testing.assert_allclose(moved, quotient, rtol=1e-6, atol=1e-7)
    same = jax.grad(lambda x: entry(x, x)[0])(a)  # the variance map
    quotient = (entry(a + 1e-6 * towards, a + 1e-6 * towards) - entry(a - 1e-6 * towards, a - 1e-6 * towards))[0] / 2e-6
    np.testing.assert_allclose(jnp.sum(same * towards), quotient, rtol=1e-7)


@pytest.mark.parametrize("name", ["Relu", "Abs", "Sin", pytest.param("Swish", marks=pytest.mark.slow)])
def test_sparse_and_repeated_inputs(name: str) -> None:
    """Rows of zeros without a bias, unit vectors, repeated and opposite rows: no NaN, and entries are those of pairs alone."""
    kernel_fn = stax.serial(stax.Dense(1), getattr(stax, name)(), stax.Dense(1))[2]
    x = jnp.concatenate([jnp.zeros((1, 4)), jnp.eye(4), -jnp.eye(4)[:1], jnp.eye(4)[:1]])
    found = kernel_fn(x, None, ("nngp", "ntk"))
    for kernel in found:
        assert np.isfinite(np.asarray(kernel)).all()
        rounded = np.finfo(np.float64).eps * np.abs(kernel).max()  # products from a table are summed in XLA's order
        np.testing.assert_allclose(kernel, kernel.T, rtol=0, atol=rounded if name == "Swish" else 0)
        assert np.linalg.eigvalsh(np.asarray(kernel))[0] > -1e-14 * np.trace(kernel)
    alone = kernel_fn(x[1:2], x[6:], ("nngp", "ntk"))  # the same row twice
    for kernel, pair in zip(found, alone, strict=True):
        np.testing.assert_allclose(kernel[1, 6], pair[0, 0], rtol=1e-15)
        np.testing.assert_allclose(kernel[1, 6], kernel[1, 1], rtol=1e-15)


@pytest.mark.parametrize("name", ["Relu", "Swish"])
def test_inputs_in_another_order(name: str) -> None:
    """Kernels of the batches exchanged are transposed, to rounding: products of matrices are summed in XLA's order."""
    kernel_fn = network(getattr(stax, name)())
    x1, x2 = batches((5,))
    for a, b in zip(*(kernel_fn(*pair, ("nngp", "ntk")) for pair in ((x1, x2), (x2, x1))), strict=True):
        np.testing.assert_allclose(a, b.T, rtol=1e-15, atol=2.0**-52 * np.abs(a).max())
