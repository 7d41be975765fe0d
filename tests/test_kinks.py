"""Functions with kinks elsewhere than at zero: Mehler's series with a bound of what is left of it."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symkern
from symkern import oracle
from symkern.derivation import Approximation
from symkern.domain import Point
from symkern.elementwise import numerical_kernels
from symkern.evaluation import DTYPES, derivatives, x64
from symkern.packed import Floats
from symkern.panels import rule
from symkern.series.cells import NotSmoothError
from symkern.series.kinks import kinks

V = np.array([1e-4, 0.3, 1.0, 4.0, 9.0])
RHO = (1.0, 0.999, 0.9, 0.5, 0.0, -0.7, -0.99, -1.0)


@pytest.mark.parametrize(
    ("f", "places"),
    [
        (np.tanh, ()),
        (lambda x: np.abs(x - 0.3), (0.3,)),
        (lambda x: np.clip(x, -1, np.pi), (-1.0, np.pi)),
        (lambda x: np.maximum(x - 2, 0) ** 2 * np.sin(x), (2.0,)),
        (lambda x: np.maximum(np.abs(x), 1 / 3), (-1 / 3, 1 / 3)),
        (lambda x: np.maximum(x, 1e-4), (1e-4,)),
    ],
)
def test_kinks_are_found(f: Callable[[Floats], Floats], places: tuple[float, ...]) -> None:
    found = kinks(f, 30.0)
    assert len(found) == len(places)
    assert np.allclose(found, places, rtol=1e-6)


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (lambda x: 1.0 * (x > 0.7), "jumps at x = 0.7"),
        (lambda x: 1 / np.abs(x - 2), "at x = 2"),
        (lambda x: np.sqrt(5 - x), "no finite value"),
        (lambda x: np.sqrt(np.abs(x - 2)), "infinite slope at x = 2"),
        (lambda x: np.sin(4000 * x), "varies too fast"),
    ],
)
def test_what_is_no_kink(f: Callable[[Floats], Floats], reason: str) -> None:
    with pytest.raises(NotSmoothError, match=reason):
        kinks(f, 30.0)


@pytest.mark.parametrize("deviation", [1e-20, 0.1, 1.0, 30.0])
def test_panels(deviation: float) -> None:
    """The mean of ``|s Z - 1|`` and that of a polynomial of degree 40, beside their formulas."""
    z, weights = rule(np, np.array(deviation), (1.0,), 16)
    density = weights * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    a = 1 / deviation
    folded = 2 * deviation * np.exp(-a * a / 2) / np.sqrt(2 * np.pi) + float(jax.scipy.special.erf(a / np.sqrt(2)))
    assert density @ np.abs(deviation * z - 1) == pytest.approx(folded, rel=1e-6)
    assert density @ z**40 == pytest.approx(float(np.prod(np.arange(1.0, 40, 2))), rel=1e-10)


def kernels_of(fn: Any, tolerance: float = 1e-8, largest: float = 9.0) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return numerical_kernels(fn, None, tolerance, largest)


@pytest.mark.parametrize("name", ["relu6", "hard_tanh", pytest.param("hard_swish", marks=pytest.mark.slow)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_beside_the_closed_form(name: str, dtype: str) -> None:
    """The error is never above its bound; far from ``ρ = ±1`` it is small, on the diagonal it is rounding."""
    closed, kernels = importlib.import_module(f"symkern.generated.{name}"), kernels_of(getattr(jax.nn, name))
    v, w = (a.ravel() for a in np.meshgrid(V, V))
    with x64(True):
        c = (np.array(RHO)[:, None] * np.sqrt(v * w)).astype(dtype)
        v, w = (np.broadcast_to(a, c.shape).astype(dtype) for a in (v, w))
        true = {
            k: np.asarray(getattr(closed, k)(*(a.astype(float) for a in (c, v, w)))) for k in ("nngp_fn", "d_nngp_fn")
        }
    with x64(dtype == "float64"):
        for which, bound in (("nngp_fn", "error_bound_fn"), ("d_nngp_fn", "d_error_bound_fn")):
            found, allowed = (np.asarray(jax.jit(getattr(kernels, k))(c, v, w), float) for k in (which, bound))
            off = np.abs(found - true[which])
            assert np.all(off <= allowed), (off / allowed).max()
            scale = np.sqrt(np.outer(*2 * [true[which][0][v[0] == w[0]]])).ravel()
            assert np.all(off[3:6] <= (1e-11 if dtype == "float64" else 1e-5) * scale)
            diagonal = off[0][v[0] == w[0]]
            assert np.all(diagonal <= (1e-12 if dtype == "float64" else 1e-5) * true[which][0][v[0] == w[0]])


def test_the_matrix_is_positive_semi_definite() -> None:
    kernels = kernels_of(jax.nn.relu6, largest=30.0)
    rng = np.random.default_rng(3)
    inputs = np.concatenate([rng.normal(size=(20, 3)), 1.0 + 1e-3 * rng.normal(size=(20, 3))])
    with x64(True):
        c = inputs @ inputs.T
        matrix = np.asarray(kernels.nngp_fn(c, np.diag(c)[:, None], np.diag(c)))
    assert np.linalg.eigvalsh((matrix + matrix.T) / 2).min() >= -1e-12 * matrix.trace()


@pytest.mark.slow
def test_derivatives() -> None:
    """By ``cov12`` it is the other kernel, by a variance the closed form's; all are finite."""
    from symkern.generated import relu6 as closed

    kernels = kernels_of(jax.nn.relu6)
    places = [
        Point(c, v, w, "interior") for c, v, w in ((0.3, 1.0, 2.0), (-2.0, 4.0, 5.0), (1.0, 1.0, 1.0), (0.0, 0.0, 1.0))
    ]
    found, true = (derivatives(each, places, "float64", {}) for each in (kernels.nngp_fn, closed.nngp_fn))
    assert np.all(np.isfinite(found))
    assert np.allclose(found[:, :, :2], true[:, :, :2], rtol=1e-6, atol=1e-8)
    second = found[1:, :, :2]
    assert np.allclose(second, second.transpose(1, 0, 2), rtol=1e-9, atol=1e-9)


def test_a_formula() -> None:
    """Derived, with a warning that says how far it is off, and with a parameter that scales."""
    d: Any = symkern.derive("tanh(relu(b*x - 1))", name="f", parameters={"b": 2.0}, max_variance=4.0)
    assert isinstance(d, Approximation) and d.kind == "series" and d.rule == "Mehler_series"
    assert len(d.warnings) == 1 and "not met at every correlation" in d.warnings[0]
    compiled = d.compile()
    f = d.activation.at()
    assert compiled.largest_variance(b=1.0) == 4.0
    with x64(True):
        for c, v, w in ((0.3, 0.5, 0.9), (-0.8, 0.9, 0.8), (0.7, 0.7, 0.7), (0.6, 0.7, 0.7)):
            for kernel, bound, ask in (
                (compiled.nngp_fn, compiled.error_bound_fn, oracle.nngp),
                (compiled.d_nngp_fn, compiled.d_error_bound_fn, oracle.d_nngp),
            ):
                true = float(ask(f, c, v, w, digits=12).value)
                assert abs(float(kernel(c, v, w, b=2.0)) - true) <= float(bound(c, v, w, b=2.0))


def test_a_layer_says_how_far_it_is() -> None:
    from symkern.compat import neural_tangents
    from symkern.stax import ElementwiseNumerical

    stax = neural_tangents().stax
    with pytest.warns(UserWarning, match=r"relu6: 128 terms of Mehler's series, kinks at 6; the error is at most"):
        layer = ElementwiseNumerical(jax.nn.relu6, max_variance=25.0)
    from symkern.generated.relu6 import Relu6

    inputs = jnp.asarray(np.random.default_rng(2).normal(size=(5, 4)) * 3, jnp.float32)
    found, true = (stax.serial(stax.Dense(1), each)[2](inputs, None, ("nngp", "ntk")) for each in (layer, Relu6()))
    assert np.allclose(found.nngp, true.nngp, rtol=2e-5, atol=2e-5)
    assert np.allclose(found.ntk, true.ntk, rtol=1e-3, atol=1e-3)
