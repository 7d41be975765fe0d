"""A picture for each layer: errors in ulp over correlation and variance, ours and neural-tangents', both dtypes."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from mpmath import mp

import symkern
from reporting.grid import Grid, answers
from reporting.paths import RECORD, picture
from reporting.theirs import functions, layer_of
from symkern import families
from symkern.certificate import read_certificate
from symkern.derivation import Derivation
from symkern.emit import generated_folder
from symkern.evaluation import DTYPES, FUNCTIONS, values
from symkern.figures import ulp_text
from symkern.functions import Orthant, Phi2
from symkern.measure import errors
from symkern.references import Reference
from symkern.verification import formula_at, generated_module, versions

matplotlib.use("Agg")
from matplotlib import pyplot as plt

EVERY = 3
"""Kernels with Phi2 or hypergeometric functions: every third variance and every third of the correlations near ±1."""
BOUNDS = (0.0, 0.51, 1.0, 4.0, 16.0, 1e2, 1e4, 1e6, 1e9, 1e12, 1e16, np.inf)
LABELS = ("½", "1", "4", "16", "100", "1e4", "1e6", "1e9", "1e12", "1e16")
COLOURS = (
    "#2166ac",
    "#67a9cf",
    "#c7e9c0",
    "#fee391",
    "#fec44f",
    "#fe9929",
    "#ec7014",
    "#cc4c02",
    "#993404",
    "#662506",
    "#3d0f02",
)
LARGEST = 1e300
"""A number where the truth is zero may be more ulps than floats can tell; infinitely many are for NaN and wrong infinities."""
WRONG, ABSENT = "#ff00ff", "#dddddd"


@dataclass(frozen=True)
class Panel:
    """The errors of one function in one dtype, as rows of variances; NaN where nothing is drawn."""

    whose: str
    function: str
    dtype: str
    ulp: np.ndarray


def draw(names: list[str]) -> None:
    """Measure and draw these layers, and keep in the record what each picture shows."""
    for name in names:
        record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
        g, panels, row = measured(name)
        _figure(row["title"], g, panels, picture(name))
        record[name] = row
        RECORD.write_text(json.dumps(record, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
        print(name, row["worst"], flush=True)


def measured(name: str) -> tuple[Grid, list[Panel], dict[str, Any]]:
    """The panels of one layer (of a family, of its default member), and the row of the record."""
    family = families.find(name)
    d = symkern.derive(name)
    assert isinstance(d, Derivation)
    module = generated_module(name) if family is None else families.member(name, family.check(family.default))
    values = formula_at(module, {})[0]
    given = values if family is None else {family.argument: family.default}
    slow = d.nngp.has(Phi2, Orthant)
    g, found, unknown = answers(d, values, EVERY if slow else 1)
    sources: list[tuple[str, Any, dict[str, float]]] = [("symkern", module, values)]
    if layer := layer_of(name):
        sources.append(("neural-tangents", functions(layer, **given), {}))
    panels = [
        Panel(whose, f, dtype, _errors(source, f, dtype, found, parameters, g))
        for whose, source, parameters in sources
        for f in FUNCTIONS
        for dtype in DTYPES
        if whose == "symkern" or f == "nngp_fn" or not hasattr(module, "d_nngp_ae_fn")
    ]
    title = name + "".join(f"({k} = {v})" for k, v in given.items() if family is not None)
    return (
        g,
        panels,
        {
            "title": title,
            "date": date.today().isoformat(),
            "jax": versions()["jax"],
            "sha256": read_certificate(generated_folder() / f"{name}.py")["sha256"],
            "grid": list(g.shape),
            "not_drawn": unknown,
            "worst": {f"{p.whose} {p.function} {p.dtype}": _worst(p.ulp) for p in panels},
        },
    )


def _errors(
    source: ModuleType, name: str, dtype: str, found: list[Reference], parameters: dict[str, float], g: Grid
) -> np.ndarray:
    """Of the jitted function."""
    truth = "nngp" if name == "nngp_fn" else "d_nngp"
    chosen = [
        (i, r)
        for i, r in enumerate(found)
        if (dtype == "float64" or r.point.single) and not mp.isnan(getattr(r, truth))
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        computed = values(getattr(source, name), [r.point for _, r in chosen], dtype, parameters)
    figures = np.array(errors(computed, [r for _, r in chosen], name, dtype))
    ulp = np.full(len(found), np.nan)
    ulp[[i for i, _ in chosen]] = np.where(np.isfinite(computed), np.minimum(figures, LARGEST), figures)
    return ulp.reshape(g.shape)


def _worst(ulp: np.ndarray) -> float | str:
    largest = float(np.nanmax(ulp))
    return float(f"{largest:.3g}") if np.isfinite(largest) else "inf"


def _figure(title: str, g: Grid, panels: list[Panel], path: Path) -> None:
    """A row for each library, a column for each function and dtype; few colours, so that the file is small."""
    who = list(dict.fromkeys(p.whose for p in panels))
    columns = [(f, dtype) for f in FUNCTIONS for dtype in DTYPES]
    figure, axes = plt.subplots(
        len(who),
        len(columns),
        figsize=(13, 0.9 + 2.5 * len(who)),
        squeeze=False,
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    colours = ListedColormap(COLOURS, under=ABSENT, over=WRONG, bad=ABSENT)
    edges = np.arange(len(BOUNDS))
    norm = BoundaryNorm(edges, len(COLOURS))
    for axis in axes.flat:
        axis.set_facecolor(ABSENT)
    for p in panels:
        axis = axes[who.index(p.whose), columns.index((p.function, p.dtype))]
        _panel(axis, g, p, colours, norm)
    for axis in axes[:, 0]:
        axis.set_ylabel("variance")
    for axis in axes[-1]:
        axis.set_xlabel("correlation ρ")
    mappable = matplotlib.cm.ScalarMappable(norm, colours)
    bar = figure.colorbar(mappable, ax=axes, fraction=0.02, pad=0.01, ticks=edges[1:-1], extend="max")
    bar.ax.set_yticklabels(LABELS)
    bar.set_label("ulp; magenta: NaN")
    figure.suptitle(title)
    figure.savefig(path, dpi=80, metadata={"Software": None})
    plt.close(figure)
    _with_few_colours(path)


def _panel(axis: Any, g: Grid, p: Panel, colours: ListedColormap, norm: BoundaryNorm) -> None:
    classes = np.searchsorted(BOUNDS, p.ulp, side="left") - 0.5
    classes[p.ulp <= BOUNDS[1]] = 0.5
    shown = np.where(np.isinf(p.ulp), len(COLOURS) + 1.0, classes)
    axis.imshow(np.ma.masked_where(np.isnan(p.ulp), shown), cmap=colours, norm=norm, aspect="auto", origin="lower")
    ticks = [(i, _named(r)) for i, r in enumerate(g.correlations) if _named(r)]
    axis.set_xticks([i for i, _ in ticks], [t for _, t in ticks], fontsize=7, rotation=90)
    rows = range(0, len(g.variances), max(1, len(g.variances) // 6))
    axis.set_yticks(list(rows), [f"{g.variances[i]:.0e}" for i in rows], fontsize=7)
    worst = _worst(p.ulp)
    figure = "NaN" if worst == "inf" else ulp_text(float(worst))
    axis.set_title(f"{p.whose} {p.function.removesuffix('_fn')} {p.dtype}: {figure}", fontsize=8)


def _named(rho: float) -> str:
    """Ticks at some correlations."""
    size = abs(rho)
    if size in (0, 0.5, 1):
        return f"{rho:g}"
    for distance in (1e-12, 1e-6, 1e-2):
        if size == 1 - distance:
            return f"{'−1+' if rho < 0 else '1−'}{distance:.0e}"
    return f"{rho:.0e}" if size == 1e-4 else ""


def _with_few_colours(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as image:
        small = image.convert("RGB").quantize(96, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def is_slow(name: str) -> bool:
    """Drawn last: written in Phi2 or hypergeometric functions."""
    d = symkern.derive(name)
    return isinstance(d, Derivation) and bool(d.nngp.has(Phi2, Orthant))
