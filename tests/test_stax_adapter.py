"""Layers built by ``symkern.stax.layer`` from hand-typed kernels, against neural-tangents' own layers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symkern import compat
from symkern.stax import layer

pytestmark = pytest.mark.layers
MASK = 100.0
KERNEL_ARRAYS = ("nngp", "ntk", "cov1", "cov2")


def precision(x64: bool) -> AbstractContextManager[Any]:
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(x64)
    return jax.experimental.enable_x64(x64)


def sin_nngp(cov12, var1, var2, a, b, c):
    s = (var1 + var2) / 2
    return a**2 / 2 * (jnp.exp(b**2 * (cov12 - s)) - jnp.cos(2 * c) * jnp.exp(-(b**2) * (cov12 + s)))


def sin_d_nngp(cov12, var1, var2, a, b, c):
    s = (var1 + var2) / 2
    return (a * b) ** 2 / 2 * (jnp.exp(b**2 * (cov12 - s)) + jnp.cos(2 * c) * jnp.exp(-(b**2) * (cov12 + s)))


def gaussian_determinant(cov12, var1, var2, b):
    return (1 - 2 * b * var1) * (1 - 2 * b * var2) - (2 * b * cov12) ** 2


def relu_angle(cov12, var1, var2):
    root = jnp.sqrt(jnp.maximum(var1 * var2 - cov12**2, 0))
    return root, jnp.arctan2(root, cov12)


def relu_nngp(cov12, var1, var2):
    root, angle = relu_angle(cov12, var1, var2)
    return (root + (jnp.pi - angle) * cov12) / (2 * jnp.pi)


def erf_product(var1, var2):
    return (1 + 2 * var1) * (1 + 2 * var2)


@dataclass(frozen=True)
class Case:
    """An activation, its kernels, and neural-tangents' layer of the same function."""

    name: str
    fn: Callable[..., Any]
    nngp_fn: Callable[..., Any]
    d_nngp_fn: Callable[..., Any]
    parameters: dict[str, float]
    reference: Callable[[Any], Any]
    tolerance: float = 1e-10  # float64, relative to the largest entry

    def layer(self) -> Any:
        return layer(self.name, self.fn, self.nngp_fn, self.d_nngp_fn, **self.parameters)

    def theirs(self) -> Any:
        return self.reference(compat.neural_tangents().stax)


CASES = (
    Case(
        "Sin",
        lambda x, a, b, c: a * jnp.sin(b * x + c),
        sin_nngp,
        sin_d_nngp,
        {"a": 1.5, "b": 0.7, "c": 0.3},
        lambda stax: stax.Sin(1.5, 0.7, 0.3),
    ),
    Case(
        "Gaussian",
        lambda x, a, b: a * jnp.exp(b * x**2),
        lambda cov12, var1, var2, a, b: a**2 / jnp.sqrt(gaussian_determinant(cov12, var1, var2, b)),
        lambda cov12, var1, var2, a, b: 4 * (a * b) ** 2 * cov12 / gaussian_determinant(cov12, var1, var2, b) ** 1.5,
        {"a": 1.3, "b": -0.8},
        lambda stax: stax.Gaussian(1.3, -0.8),
    ),
    Case(
        "Erf",
        jax.scipy.special.erf,
        lambda cov12, var1, var2: 2 / jnp.pi * jnp.arcsin(2 * cov12 / jnp.sqrt(erf_product(var1, var2))),
        lambda cov12, var1, var2: 4 / jnp.pi / jnp.sqrt(erf_product(var1, var2) - 4 * cov12**2),
        {},
        lambda stax: stax.Erf(),
    ),
    Case(
        "Relu",
        lambda x: jnp.maximum(x, 0),
        relu_nngp,
        lambda cov12, var1, var2: (jnp.pi - relu_angle(cov12, var1, var2)[1]) / (2 * jnp.pi),
        {},
        lambda stax: stax.Relu(),
        1e-7,  # both take the root of a rounded v1 v2 - c**2: at rho = 1 half the digits are gone
    ),
)
SIN = CASES[0]


def dense(stax: Any, *acts: Any) -> Any:
    layers = [part for act in acts for part in (stax.Dense(32, 1.5, 0.2), act)]
    return stax.serial(*layers, stax.Dense(2, 1.2, 0.1))


def flattened(stax: Any, *acts: Any) -> Any:
    layers = [part for act in acts for part in (stax.Conv(8, (3, 3), W_std=1.5, b_std=0.2, padding="SAME"), act)]
    return stax.serial(*layers, stax.Flatten(), stax.Dense(2, 1.2, 0.1))


def pooled(stax: Any, *acts: Any) -> Any:
    layers = [part for act in acts for part in (stax.Conv(8, (3, 3), W_std=1.5, b_std=0.2, padding="SAME"), act)]
    return stax.serial(*layers, stax.GlobalAvgPool(), stax.Dense(2, 1.2, 0.1))


def pointwise(stax: Any) -> Any:
    """A convolution that allows covariances of one place only."""
    return stax.Conv(8, (1, 1), W_std=1.5, b_std=0.2)


NETWORKS = {"dense": (dense, 1), "deep": (dense, 3), "flattened": (flattened, 2), "pooled": (pooled, 2)}


def inputs(build: Callable[..., Any]) -> tuple[Any, Any]:
    shape = (4,) if build is dense else (4, 5, 2)
    rng = np.random.default_rng(7)
    return jnp.asarray(rng.normal(size=(3, *shape))), jnp.asarray(rng.normal(size=(2, *shape)))


def both(case: Case, build: Callable[..., Any], depth: int) -> tuple[Any, Any]:
    stax = compat.neural_tangents().stax
    return build(stax, *(case.layer() for _ in range(depth))), build(stax, *(case.theirs() for _ in range(depth)))


def assert_close(ours: Any, theirs: Any, tolerance: float) -> None:
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * float(jnp.abs(theirs).max()))


def assert_same_kernel(ours: Any, theirs: Any, tolerance: float) -> None:
    for name in KERNEL_ARRAYS:
        assert_close(getattr(ours, name), getattr(theirs, name), tolerance)
    for name in ("shape1", "shape2", "is_gaussian", "diagonal_batch", "diagonal_spatial", "is_reversed"):
        assert getattr(ours, name) == getattr(theirs, name), name


def tolerance(case: Case, x64: bool) -> float:
    return case.tolerance if x64 else 1e-5 if case.tolerance < 1e-8 else 1e-3


def check_kernel(case: Case, network: str, x64: bool) -> None:
    with precision(x64):
        build, depth = NETWORKS[network]
        (_, _, ours), (_, _, theirs) = both(case, build, depth)
        x1, x2 = inputs(build)
        assert_same_kernel(ours(x1), theirs(x1), tolerance(case, x64))
        assert_same_kernel(ours(x1, x2), theirs(x1, x2), tolerance(case, x64))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_kernel(case, network):
    check_kernel(case, network, x64=True)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_kernel_float32(case):
    check_kernel(case, "flattened", x64=False)


@pytest.mark.parametrize("get", ["nngp", "ntk", ("nngp", "ntk"), ("cov1", "nngp"), None], ids=str)
def test_get(get):
    with precision(True):
        (_, _, ours), (_, _, theirs) = both(SIN, dense, 1)
        x1, x2 = inputs(dense)
        ours, theirs = ours(x1, x2, get), theirs(x1, x2, get)
        if get is None:
            assert_same_kernel(ours, theirs, SIN.tolerance)
        elif isinstance(get, str):
            assert_close(ours, theirs, SIN.tolerance)
        else:
            assert ours._fields == theirs._fields == get
            for a, b in zip(ours, theirs, strict=True):
                assert_close(a, b, SIN.tolerance)


@pytest.mark.parametrize("spatial", [True, False], ids=["diagonal-spatial", "full-spatial"])
@pytest.mark.parametrize("batch", [True, False], ids=["diagonal-batch", "full-batch"])
@pytest.mark.parametrize("second", [False, True], ids=["x1", "x1-x2"])
def test_full_and_diagonal_covariances(batch, spatial, second):
    with precision(True):
        stax = compat.neural_tangents().stax
        (_, _, ours), (_, _, theirs) = (stax.serial(pointwise(stax), act) for act in (SIN.layer(), SIN.theirs()))
        x1, x2 = inputs(pointwise)
        asked = {"diagonal_batch": batch, "diagonal_spatial": spatial}
        a, b = (kernel_fn(x1, x2 if second else None, **asked) for kernel_fn in (ours, theirs))
        assert (a.diagonal_batch, a.diagonal_spatial) == (batch, spatial)
        assert_same_kernel(a, b, SIN.tolerance)


@pytest.mark.parametrize("build", [dense, flattened, pooled], ids=lambda b: b.__name__)
def test_masks(build):
    with precision(True):
        (init_fn, apply_ours, ours), (_, apply_theirs, theirs) = both(SIN, build, 1)
        x1, x2 = inputs(build)
        x1 = x1.at[0, :1].set(MASK).at[2, -1:].set(MASK)
        a, b = ours(x1, x2, mask_constant=MASK), theirs(x1, x2, mask_constant=MASK)
        assert_same_kernel(a, b, SIN.tolerance)
        assert (a.mask1 is None) == (b.mask1 is None)
        if b.mask1 is not None:
            np.testing.assert_array_equal(a.mask1, b.mask1)
        _, params = init_fn(jax.random.PRNGKey(0), x1.shape)
        y, z = (f(params, x1, mask_constant=MASK) for f in (apply_ours, apply_theirs))
        np.testing.assert_array_equal(y.mask, z.mask)
        assert_close(y.masked_value, z.masked_value, 1e-12)


@pytest.mark.parametrize("x64", [True, False], ids=["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_jit(case, x64):
    with precision(x64):
        build, depth = NETWORKS["dense"]
        (_, _, ours), _ = both(case, build, depth)
        x1, x2 = inputs(build)
        compiled = jax.jit(lambda a, b: tuple(ours(a, b, ("nngp", "ntk"))))(x1, x2)
        for a, b in zip(compiled, ours(x1, x2, ("nngp", "ntk")), strict=True):
            assert_close(a, b, tolerance(case, x64))


@pytest.mark.parametrize("x64", [True, False], ids=["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_apply(case, x64):
    with precision(x64):
        (init_fn, ours, _), (_, theirs, _) = both(case, flattened, 2)
        x1, _ = inputs(flattened)
        shape, params = init_fn(jax.random.PRNGKey(0), x1.shape)
        assert shape == (3, 2)
        assert_close(ours(params, x1), theirs(params, x1), 1e-12 if x64 else 1e-5)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_samples_of_finite_networks(case):
    """One hidden layer: the mean of NNGP and NTK over initialisations is the kernel at any width."""
    nt = compat.neural_tangents()
    with precision(True):
        init_fn, apply_fn, kernel_fn = dense(nt.stax, case.layer())
        x, _ = inputs(dense)
        ntk_fn = nt.empirical_ntk_fn(apply_fn, vmap_axes=0)

        def sample(key):
            _, params = init_fn(key, x.shape)
            y = apply_fn(params, x)
            return y @ y.T / y.shape[1], ntk_fn(x, None, params)

        draws = jax.jit(jax.vmap(sample))(jax.random.split(jax.random.PRNGKey(3), 2000))
        for drawn, exact in zip(draws, kernel_fn(x, None, ("nngp", "ntk")), strict=True):
            error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
            assert float(jnp.abs((drawn.mean(axis=0) - exact) / error).max()) < 5
            assert float((error / jnp.abs(exact).max()).max()) < 0.05  # or the line above would say little


def test_batch_and_monte_carlo():
    nt = compat.neural_tangents()
    init_fn, apply_fn, kernel_fn = dense(nt.stax, SIN.layer())
    x1, x2 = jnp.ones((4, 4)) * jnp.arange(1.0, 5)[:, None], jnp.eye(2, 4)
    assert_close(nt.batch(kernel_fn, 2)(x1, x2, "ntk"), kernel_fn(x1, x2, "ntk"), 1e-5)
    sampled = nt.monte_carlo_kernel_fn(init_fn, apply_fn, jax.random.PRNGKey(0), 200, vmap_axes=0)(x1, x2, "ntk")
    assert_close(sampled, kernel_fn(x1, x2, "ntk"), 0.2)


def test_kernel_without_an_activation():
    stax = compat.neural_tangents().stax
    init_fn, apply_fn, kernel_fn = stax.serial(
        stax.Dense(8), layer("Hidden", None, lambda c, v, w: c**2, lambda c, v, w: 2 * c)
    )
    x, _ = inputs(dense)
    np.testing.assert_allclose(kernel_fn(x, None, "nngp"), (x @ x.T / 4) ** 2, rtol=1e-5)
    with pytest.raises(NotImplementedError, match="Hidden is known by its kernel only"):
        apply_fn(init_fn(jax.random.PRNGKey(0), x.shape)[1], x)


def test_layer_has_its_name():
    assert {f.__name__ for f in SIN.layer()} == {f.__name__ for f in SIN.theirs()} == {"Sin"}


def test_parameters_may_be_called_anything():
    _, _, kernel_fn = layer(
        "Scale", lambda x, name: name * x, lambda c, v, w, name: name**2 * c, lambda c, v, w, name: name**2, name=2.0
    )
    stax = compat.neural_tangents().stax
    x, _ = inputs(dense)
    ours = stax.serial(stax.Dense(1), (lambda rng, shape: (shape, ()), lambda params, x, **kw: 2 * x, kernel_fn))[2]
    np.testing.assert_allclose(ours(x, None, "nngp"), 4 * x @ x.T / 4, rtol=1e-5)


def test_inputs_must_be_gaussian():
    x, _ = inputs(dense)
    with pytest.raises(ValueError, match="must be Gaussian"):
        SIN.layer()[2](x)


def test_gradients_by_inputs_and_parameters():
    stax = compat.neural_tangents().stax
    x, _ = inputs(dense)

    def total(make, scale, a):
        return dense(stax, make(a))[2](scale * x, None, "ntk").sum()

    ours = jax.grad(total, (1, 2))(lambda a: layer("Sin", SIN.fn, sin_nngp, sin_d_nngp, a=a, b=0.7, c=0.3), 1.0, 1.5)
    theirs = jax.grad(total, (1, 2))(lambda a: stax.Sin(a, 0.7, 0.3), 1.0, 1.5)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_layers_are_computed_once_each():
    """XLA may not compute a layer again inside the next: the compiled program grows by the same amount for each."""
    sin = pytest.importorskip("symkern.generated.sin")
    x, _ = inputs(dense)

    def size(depth: int) -> int:
        kernel_fn = dense(compat.neural_tangents().stax, *(sin.Sin() for _ in range(depth)))[2]
        return len(jax.jit(lambda x: kernel_fn(x, None, "nngp")).lower(x).compile().as_text())

    one, two, three = (size(depth) for depth in (1, 2, 3))
    assert three - two < 1.5 * (two - one)  # 2.2 to 2.7 for kernels given to stax.Elementwise as they are
