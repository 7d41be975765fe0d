"""Networks of finite width approach the infinite one as 1/sqrt(width): NNGP and NTK of sin, GELU, ELU and tanh.

For every width and many initialisations: the root mean square, over pairs of inputs and initialisations, of what the kernels of a
network with two hidden layers differ by from ``kernel_fn``, relative to √(K11 K22).  Run ``python examples/finite_width.py``;
``--plot FILE`` draws it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from symkern import neural_tangents as nt
from symkern import stax

LAYERS = ("Sin", "Gelu", "Elu", "Tanh")
WIDTHS = (32, 64, 128, 256, 512)
SAMPLES, INPUTS, DIMENSION = 64, 5, 6


def networks(name: str, width: int) -> tuple[Any, Any]:
    """Up to the last hidden layer, whose covariances are the NNGP kernel; and with the readout, whose NTK is a number a pair."""
    act = getattr(stax, name)
    hidden = stax.serial(stax.Dense(width, 1.3, 0.2), act(), stax.Dense(width, 1.3, 0.2), act())
    return hidden, stax.serial(hidden, stax.Dense(1, 1.0, 0.0))


def sampled(name: str, width: int, x: Any, samples: int) -> dict[str, Any]:
    """``"nngp"`` and ``"ntk"`` of so many networks."""
    (hidden_init, hidden_apply, _), (init, apply, _) = networks(name, width)
    nngp_fn = nt.empirical_nngp_fn(hidden_apply)
    ntk_fn = nt.empirical_ntk_fn(apply, vmap_axes=0)

    def sample(key: Any) -> dict[str, Any]:
        hidden, params = hidden_init(key, x.shape)[1], init(key, x.shape)[1]
        return {"nngp": nngp_fn(x, None, hidden), "ntk": ntk_fn(x, None, params)}

    return jax.jit(lambda keys: jax.lax.map(sample, keys))(jax.random.split(jax.random.PRNGKey(width), samples))


def deviations(name: str, widths: tuple[int, ...] = WIDTHS, samples: int = SAMPLES) -> dict[str, list[float]]:
    """Root mean square relative deviation at each width, of ``"nngp"`` and ``"ntk"``."""
    x = jnp.asarray(np.random.default_rng(0).normal(size=(INPUTS, DIMENSION)), jnp.float32)
    drawn = [sampled(name, width, x, samples) for width in widths]
    found = {}
    for kind, (_, _, kernel_fn) in zip(("nngp", "ntk"), networks(name, 1), strict=True):
        exact = kernel_fn(x, None, kind)
        scale = jnp.sqrt(jnp.outer(jnp.diag(exact), jnp.diag(exact)))
        found[kind] = [float(jnp.sqrt(jnp.mean(((kernels[kind] - exact) / scale) ** 2))) for kernels in drawn]
    return found


def slope(widths: tuple[int, ...], errors: list[float]) -> float:
    """Of the straight line through the logarithms."""
    return float(np.polyfit(np.log(widths), np.log(errors), 1)[0])


def draw(results: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Deviation over width, a panel for each kernel."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, kind in zip(panels, ("nngp", "ntk"), strict=True):
        for name, found in results.items():
            panel.loglog(WIDTHS, found[kind], "o-", label=f"{name}, slope {slope(WIDTHS, found[kind]):.2f}")
        first = next(iter(results.values()))[kind][0]
        panel.loglog(WIDTHS, first * np.sqrt(WIDTHS[0] / np.array(WIDTHS)), "k--", label="1/√width")
        panel.set(title=kind.upper(), xlabel="width")
        panel.set_xticks(WIDTHS, [str(w) for w in WIDTHS])
        panel.minorticks_off()
        panel.legend()
    panels[0].set_ylabel("deviation from the infinite network")
    figure.savefig(path, dpi=150)


def main() -> None:
    """Prints a table, and draws it where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plot", type=Path, metavar="FILE")
    given = parser.parse_args()
    print("layer  kernel  " + "".join(f"{w:>9}" for w in WIDTHS) + "    slope")
    results = {}
    for name in LAYERS:
        results[name] = deviations(name)
        for kind, errors in results[name].items():
            print(f"{name:6} {kind:6}  " + "".join(f"{e:9.4f}" for e in errors) + f"    {slope(WIDTHS, errors):5.2f}")
    if given.plot:
        draw(results, given.plot)
        print(f"picture: {given.plot}")


if __name__ == "__main__":
    main()
