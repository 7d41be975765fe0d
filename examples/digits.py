"""Handwritten digits with infinitely wide networks of many activations: accuracy, calibration, marginal likelihood.

Regression on centred labels (Lee et al. 2018) with the NNGP kernel and with the NTK of two hidden layers.  Noise and scale are
those of the largest marginal likelihood; a class's probability is that of its value being the largest.  Then an activation's
parameter, together with the network's and the noise, is chosen by the gradient of the marginal likelihood.

    python examples/digits.py [--train 600] [--layers Relu Tanh …] [--plot FILE]
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.special import ndtr
from sklearn.datasets import load_digits

from symkern import stax

W_STD, B_STD = 1.4, 0.2
NOISES = np.geomspace(1e-6, 1, 19)
SMALLEST = 1e-8
"""Noise below which no Gram matrix is factorised."""
LAYERS: dict[str, dict[str, Any]] = {
    "Relu": {},
    "LeakyRelu": {"alpha": 0.2},
    "Gelu": {},
    "Erf": {},
    "Sin": {},
    "Gaussian": {},
    "Tanh": {},
    "Softplus": {},
    "Swish": {},
    "Mish": {},
    "Arctan": {},
    "LogCosh": {},
    "Snake": {},
    "SquaredRelu": {},
}
"""The first six neural-tangents has too."""
TUNED = {"Sin": "b", "LeakyRelu": "alpha"}


def network(act: Any, w_std: Any = W_STD, b_std: Any = B_STD) -> Any:
    """Two hidden layers and a readout: ``kernel_fn``."""
    dense = stax.Dense(1, w_std, b_std)
    return stax.serial(dense, act, dense, act, dense)[2]


@dataclass(frozen=True)
class Data:
    """Images with mean zero and mean square one a pixel, labels, and targets: 0.9 for the class, -0.1 for the others."""

    train: np.ndarray
    test: np.ndarray
    labels: np.ndarray
    targets: np.ndarray


def digits(train: int) -> Data:
    """So many training images, in a fixed random order; the rest are for the test."""
    images, labels = load_digits(return_X_y=True)
    images = images - images.mean(axis=0)
    images /= np.sqrt(np.mean(images**2))
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order], labels[order]
    return Data(images[:train], images[train:], labels[train:], np.eye(10)[labels[:train]] - 0.1)


@dataclass(frozen=True)
class Result:
    """Of one layer and kernel: the noise, of the mean variance; the scale of both; by image, the evidence and the surprise."""

    noise: float
    scale: float
    evidence: float
    accuracy: float
    calibration: float
    surprise: float


def best_scale(gram: np.ndarray, targets: np.ndarray, noise: float) -> tuple[float, float]:
    """Logarithm of the marginal likelihood of all ten classes, by image, at the scale of the kernel where it is largest."""
    factor = cho_factor(gram + noise * np.eye(len(gram)), lower=True)
    scale = float(np.mean(np.sum(targets * cho_solve(factor, targets), axis=0)) / len(gram))
    determinant = 2 * np.log(np.diag(factor[0])).mean()
    return -0.5 * targets.shape[1] * (determinant + 1 + np.log(2 * np.pi * scale)), scale


def probabilities(mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """That each class's value, normal and independent, is the largest: Gauss-Hermite over it, the others being below."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    values = mean[:, :, None] + deviation[:, None, None] * nodes
    below = ndtr((values[:, :, None, :] - mean[:, None, :, None]) / deviation[:, None, None, None])
    others = np.prod(below, axis=2, where=~np.eye(10, dtype=bool)[None, :, :, None])
    found = others @ weights
    return found / found.sum(axis=1, keepdims=True)


def calibration_error(chance: np.ndarray, right: np.ndarray) -> float:
    """Expected: how far confidence is from accuracy, on average over ten bins of confidence (Guo et al. 2017)."""
    bins = np.minimum((chance * 10).astype(int), 9)
    return float(sum(abs(np.sum(chance[bins == k]) - np.sum(right[bins == k])) for k in range(10)) / len(chance))


Kernels = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Of the training images, of test and training images, of each test image with itself."""


def kernels(kernel_fn: Callable[..., Any], data: Data) -> dict[str, Kernels]:
    """NNGP and NTK, in float32."""
    x, y = (jnp.asarray(part, jnp.float32) for part in (data.train, data.test))
    both = jax.jit(lambda a, b: tuple(kernel_fn(a, b, ("nngp", "ntk"))))
    alone = jax.jit(jax.vmap(lambda a: [k[0, 0] for k in kernel_fn(a[None], None, ("nngp", "ntk"))]))
    parts = zip(both(x, None), both(y, x), alone(y), strict=True)
    found = [tuple(np.asarray(k, np.float64) for k in part) for part in parts]
    return dict(zip(("nngp", "ntk"), found, strict=True))


def evaluate(gram: np.ndarray, cross: np.ndarray, prior: np.ndarray, data: Data) -> Result:
    """Regression, in float64."""
    unit = np.mean(np.diag(gram))
    gram, cross, prior = gram / unit, cross / unit, prior / unit
    (evidence, scale), noise = max((best_scale(gram, data.targets, n), n) for n in NOISES)
    factor = cho_factor(gram + noise * np.eye(len(gram)), lower=True)
    mean = cross @ cho_solve(factor, data.targets)
    explained = np.einsum("ij,ji->i", cross, cho_solve(factor, cross.T))
    chance = probabilities(mean, np.sqrt(scale * (np.maximum(prior - explained, 0) + noise)))
    right = chance.argmax(axis=1) == data.labels
    return Result(
        float(noise),
        scale,
        evidence,
        float(right.mean()),
        calibration_error(chance.max(axis=1), right),
        float(-np.log(np.maximum(chance[np.arange(len(right)), data.labels], 1e-12)).mean()),
    )


def tuned(name: str, data: Data, images: int = 200) -> tuple[list[float], float, float]:
    """(w_std, b_std, the activation's parameter, noise) where the marginal likelihood is largest; it at the start, and there."""
    x, targets = jnp.asarray(data.train[:images]), jnp.asarray(data.targets[:images])
    start = np.array([W_STD, B_STD, LAYERS[name].get(TUNED[name], 1.0), 0.1])

    @jax.jit
    @jax.value_and_grad
    def loss(at: Array) -> Array:
        gram = network(getattr(stax, name)(**{TUNED[name]: at[2]}), at[0], at[1])(x, None, "nngp")
        factor = jnp.linalg.cholesky(gram + (at[3] ** 2 + SMALLEST) * jnp.eye(len(x)))
        white = jax.scipy.linalg.solve_triangular(factor, targets, lower=True)
        return 5 * (2 * jnp.log(jnp.diag(factor)).mean() + 1 + jnp.log(2 * jnp.pi * jnp.mean(white**2)))

    found = minimize(
        lambda at: tuple(np.asarray(v, float) for v in loss(jnp.asarray(at))), start, jac=True, method="L-BFGS-B"
    )
    return [float(v) for v in found.x], -float(loss(jnp.asarray(start))[0]), -float(found.fun)


def draw(results: dict[str, dict[str, Result]], path: Path) -> None:
    """A row for each layer, by its NNGP kernel's marginal likelihood; a panel for each figure."""
    from matplotlib.figure import Figure

    names = sorted(results, key=lambda name: results[name]["nngp"].evidence)
    panels = (
        ("evidence", "log marginal likelihood, by image"),
        ("accuracy", "accuracy"),
        ("calibration", "expected calibration error"),
    )
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    axes = figure.subplots(1, 3, sharey=True)
    for axis, (field, label) in zip(axes, panels, strict=True):
        for marker, get in zip("os", ("nngp", "ntk"), strict=True):
            axis.plot([getattr(results[name][get], field) for name in names], names, marker, label=get.upper())
        axis.set_xlabel(label)
        axis.grid(axis="y", alpha=0.3)
    axes[0].legend()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--train", type=int, default=600, help="training images, of 1,797")
    parser.add_argument("--layers", nargs="+", choices=LAYERS, default=list(LAYERS), metavar="LAYER")
    parser.add_argument("--plot", type=Path, metavar="FILE")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    jax.config.update("jax_enable_x64", True)
    data = digits(given.train)
    print(
        f"{len(data.train)} images to learn from, {len(data.test)} for the test; two hidden layers, W_std={W_STD}, b_std={B_STD}"
    )
    print("layer        kernel  noise    scale  evidence  accuracy  calibration  surprise")
    results: dict[str, dict[str, Result]] = {}
    for name in given.layers:
        kernel_fn = network(getattr(stax, name)(**LAYERS[name]))
        results[name] = {get: evaluate(*found, data) for get, found in kernels(kernel_fn, data).items()}
        for get, r in results[name].items():
            row = f"{r.noise:7.1e} {r.scale:7.4f} {r.evidence:9.3f} {r.accuracy:9.4f} {r.calibration:12.4f} {r.surprise:9.4f}"
            print(f"{name:12} {get:5} {row}", flush=True)
    print("\nchosen by the gradient of the marginal likelihood (NNGP, 200 images at most)")
    for name, parameter in TUNED.items():
        if name in given.layers:
            (w_std, b_std, value, noise), before, after = tuned(name, data)
            at = f"{parameter}={value:.3f}, W_std={abs(w_std):.3f}, b_std={abs(b_std):.3f}, noise={abs(noise):.1e}"
            print(f"{name:12} evidence {before:.3f} -> {after:.3f} at {at}", flush=True)
    if given.plot:
        draw(results, given.plot)
        print(f"picture: {given.plot}")


if __name__ == "__main__":
    main()
