"""neural-tangents' own layers as functions of ``(cov12, var1, var2)``, and their errors at the certificates' points."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from functools import lru_cache
from types import ModuleType, SimpleNamespace
from typing import Any

from reporting.paths import THEIRS
from symkern import catalogue, families
from symkern.activation import layer_name
from symkern.compat import neural_tangents
from symkern.domain import Point, points
from symkern.errors import UsageError
from symkern.measure import worst_errors
from symkern.references import Reference, kernel_references, references
from symkern.report import Worst
from symkern.verification import formula_at, generated_module, versions

DIGITS, POINTS, FEWEST = 30, 60, 24
"""As the certificates have them: see symkern/workflow.py and symkern/verification.py."""

UNIT_VARIANCE = ("Hermite",)
"""Layers whose documentation says that inputs have unit variance: judged there only."""
LARGEST = {"RectifiedMonomial": 4}
"""Degrees beyond this are left out: derivatives nested once more for each take minutes to trace and compile."""

Row = dict[str, Any]


def layer_of(name: str) -> str | None:
    """neural-tangents' layer that a module of ours replaces, or None."""
    entry = catalogue.find(name)
    layer = layer_name(name, entry.layer if entry else "")
    return layer if hasattr(neural_tangents().stax, layer) else None


def functions(layer: str, **arguments: Any) -> SimpleNamespace:
    """``nngp_fn`` and ``d_nngp_fn`` of neural-tangents' layer: an NTK of 1 leaves it multiplied by the derivative.

    Raises:
        NotImplementedError: the layer does not take these arguments.
    """
    import jax
    import jax.numpy as jnp

    library = neural_tangents()
    kernel_fn = getattr(library.stax, layer)(**arguments)[2]

    def at(cov12: Any, var1: Any, var2: Any) -> Any:
        whole = jnp.reshape(cov12, (1, 1))
        return kernel_fn(
            library.Kernel(
                nngp=whole,
                ntk=jnp.ones_like(whole),
                cov1=jnp.reshape(var1, (1,)),
                cov2=jnp.reshape(var2, (1,)),
                x1_is_x2=jnp.asarray(False),
                is_gaussian=True,
                is_reversed=False,
                is_input=False,
                diagonal_batch=True,
                diagonal_spatial=True,
                shape1=(1, 1),
                shape2=(1, 1),
                batch_axis=0,
                channel_axis=1,
                mask1=None,
                mask2=None,
            )
        )

    def everywhere(part: str) -> Callable[..., Any]:
        def function(cov12: Any, var1: Any, var2: Any) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return jax.vmap(lambda *point: getattr(at(*point), part)[0, 0])(cov12, var1, var2)

        return function

    return SimpleNamespace(nngp_fn=everywhere("nngp"), d_nngp_fn=everywhere("ntk"))


def members(name: str) -> Iterator[tuple[ModuleType, dict[str, Any], int]]:
    """What a certificate judges: our modules, the arguments of neural-tangents' layer, and how many points."""
    family = families.find(name)
    if family is None:
        module = generated_module(name)
        yield module, formula_at(module, {})[0], POINTS
        return
    for sample in family.samples:
        yield families.member(name, sample), {family.argument: sample}, max(FEWEST, POINTS // len(family.samples))


@lru_cache(maxsize=1)
def _answers(module: ModuleType, number: int) -> list[Reference]:
    _, f = formula_at(module, {})
    if hasattr(module, "NNGP"):
        return kernel_references(f, points(number))
    return references(f, points(number), digits=DIGITS, processes=1)


def measured(name: str) -> Row:
    """Errors of neural-tangents' layer of that name; of a family, the worst over the members that it has."""
    layer = layer_of(name)
    assert layer is not None
    found: dict[tuple[str, str, str], Worst] = {}
    taken, left, counted, jumps = [], [], 0, False
    for module, arguments, number in members(name):
        argument = next(iter(arguments.values()), None)
        try:
            if isinstance(argument, int) and argument > LARGEST.get(layer, argument):
                raise NotImplementedError
            theirs = functions(layer, **arguments)
        except NotImplementedError:
            left.append(argument)
            continue
        taken.append(argument)
        answers = [r for r in _answers(module, number) if _judged(layer, r.point)]
        counted += len(answers)
        jumping = hasattr(module, "d_nngp_ae_fn")
        jumps = jumps or jumping
        for row in worst_errors(theirs, answers, {}):  # type: ignore[arg-type]
            key = row.function, row.dtype, row.region
            if not (jumping and row.function == "d_nngp_fn") and row.ulp >= getattr(found.get(key), "ulp", 0.0):
                found[key] = row
    family = families.find(name)
    return {
        "layer": layer,
        "points": counted,
        "unit_variance": layer in UNIT_VARIANCE,
        "leaves_out_jumps": jumps,
        **({"members": list(map(str, taken)), "not_measured": list(map(str, left))} if family else {}),
        "worst": [_row(row) for row in found.values()],
    }


def _judged(layer: str, point: Point) -> bool:
    """Not where ``ρ = ±1`` was rounded to a covariance that is too large: ours take it for 1, theirs promise nothing."""
    c, v, w = map(Fraction, point.values)
    return c * c <= v * w and (layer not in UNIT_VARIANCE or v == w == 1)


def _row(row: Worst) -> Row:
    """Strict JSON: infinitely many ulps, of a NaN or a wrong infinity, are a word."""
    ulp = float(f"{row.ulp:.3g}")
    at = [value.hex() for value in row.point.values]
    return {
        "function": row.function,
        "dtype": row.dtype,
        "region": row.region,
        "ulp": ulp if math.isfinite(ulp) else 1e300 if math.isfinite(row.computed) else "inf",
        "mode": row.mode,
        "at": at,
        "computed": repr(row.computed),
        "expected": row.expected,
    }


def stored() -> dict[str, Any]:
    """The committed figures.

    Raises:
        UsageError: they cannot be read.
    """
    try:
        content: dict[str, Any] = json.loads(THEIRS.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{THEIRS.name} cannot be read: {error}") from error
    return content


def measure(names: list[str]) -> None:
    """Measure these layers and keep the figures beside those of the others; names that neural-tangents lacks are passed over."""
    content = stored() if THEIRS.exists() else {"layers": {}}
    for name in names:
        if layer_of(name):
            content["layers"][name] = {**measured(name), "date": date.today().isoformat(), "jax": versions()["jax"]}
            THEIRS.parent.mkdir(exist_ok=True)
            text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
            THEIRS.write_text(text + "\n", encoding="utf-8")
            print(name, flush=True)
