"""The text of a module whose kernels are tables with a bound."""

from __future__ import annotations

from symkern.activation import Activation
from symkern.codegen.layout import WIDTH
from symkern.codegen.parts import activation_lines, import_lines, layer_lines, layer_of, text_constant, wrapped
from symkern.derivation import Approximation
from symkern.files import MARK
from symkern.notation import brief
from symkern.series.fields import Fields

_KERNEL = '''def {name}(cov12: ArrayLike, var1: ArrayLike, var2: ArrayLike) -> {returns}:
    """{doc}"""
    return {value}'''

_FUNCTIONS = (
    ("nngp_fn", "E[f(X) f(Y)]; shapes broadcast.", ""),
    ("d_nngp_fn", "E[f'(X) f'(Y)], the derivative by cov12.", ""),
    ("nngp_and_d_nngp_fn", "Both kernels.", "nngp_fn(cov12, var1, var2), d_nngp_fn(cov12, var1, var2)"),
    ("error_bound_fn", "The largest error of nngp_fn there.", ""),
    ("d_error_bound_fn", "The largest error of d_nngp_fn there.", ""),
)
_VARIANCE = '''def variance_fn(var: ArrayLike) -> Array:
    """E[f(X)^2] = nngp_fn(var, var, var)."""
    return KERNELS.variance_fn(var)'''


def series_source(derivation: Approximation) -> str:
    """The module's text: docstring, tables, the functions of the contract, the layer."""
    activation = derivation.activation
    assert isinstance(activation, Activation)
    fn, used = activation_lines(activation)
    kernels = [
        _KERNEL.format(
            name=name,
            doc=doc,
            returns="tuple[Array, Array]" if "," in value else "Array",
            value=value or f"KERNELS.{name}(cov12, var1, var2)",
        )
        for name, doc, value in _FUNCTIONS
    ]
    public = ["fn", *(name for name, _, _ in _FUNCTIONS), "variance_fn", layer_of(activation)]
    nngp, d_nngp = derivation.tables
    numpy = ["import jax.numpy as jnp"] if any("jnp." in line for line in fn) else []
    head = [
        f'"""{_docstring(derivation)}"""',
        "",
        "from __future__ import annotations",
        "",
        *numpy,
        "from jax import Array",
        "from jax.typing import ArrayLike",
        "",
        *import_lines("symkern.numerics", sorted({"AngularKernels", "AngularTable", *used})),
        "from symkern.stax import Layer, layer",
        "",
        f"__all__ = [{', '.join(f'{n!r}' for n in public)}]".replace("'", '"'),
        "",
        *text_constant("FORMULA", str(activation.expression)),
        "PARAMETERS: dict[str, float] = {}",
        "BUDGET = 1.0",
        "",
        "KERNELS = AngularKernels(",
        *_table("nngp", nngp),
        *_table("d_nngp", d_nngp),
        ")",
    ]
    functions = ["\n".join(fn), *kernels, _VARIANCE, "\n".join(layer_lines(activation))]
    return "\n".join(head) + "\n\n\n" + "\n\n\n".join(functions) + "\n"


def _docstring(d: Approximation) -> str:
    name, nngp, d_nngp = d.activation.name, *d.tables
    formulas = (
        f"nngp      E[f(X) f(Y)]    = {brief(d.nngp)}",
        f"d_nngp    E[f'(X) f'(Y)]  = {brief(d.d_nngp)}",
        f"variance  E[f(X)^2]       = {brief(d.variance)}",
    )
    facts = (
        f"No closed form is known: series.  Holds for variances up to {nngp.largest:g}; beyond, the functions give NaN.",
        f"Rule: {d.rule}.  K/sqrt(K11 K22) = sum of T_m(2 angle/pi - 1) u(v1) u(v2), cos(angle) = cov12/sqrt(v1 v2).",
        *(f"{kernel}: {_described(table)}." for kernel, table in (("nngp", nngp), ("d_nngp", d_nngp))),
        "The bounds are four times the largest error at some 20,000 points that the tables have not seen; what the oracle found "
        f"stands in {name}.json, in units of the bound.",
        f"{MARK} {name}`; do not edit.",
    )
    return "\n".join(
        [
            wrapped(f"{name}: f(x) = {d.activation.expression}.", ""),
            "",
            "(X, Y) is centred Gaussian with covariance [[var1, cov12], [cov12, var2]].",
            "",
            *(wrapped(text, "    ") for text in formulas),
            "",
            *(wrapped(fact, "") for fact in facts),
            "",
        ]
    )


def _described(table: Fields) -> str:
    return (
        f"{table.count} products (float32: {table.few}) in {len(table.products)} powers of the angle; the error is at most "
        f"{table.bound:g} of sqrt(K11 K22) in float64"
    )


def _table(kernel: str, table: Fields) -> list[str]:
    return [
        f"    {kernel}=AngularTable(",
        f"        largest={table.largest!r},",
        f"        order={table.order!r},",
        *_numbers("squares", [repr(c) for c in table.squares]),
        *_numbers("products", [f'({m}, "{signs}", {few})' for m, signs, few in table.products]),
        "        functions=(",
        *(f'            "{table.functions[i : i + WIDTH]}"' for i in range(0, len(table.functions), WIDTH)),
        "        ),",
        f"        bound={table.bound!r},",
        f"        short={table.short!r},",
        "    ),",
    ]


def _numbers(name: str, texts: list[str]) -> list[str]:
    """A tuple, several of its items a line."""
    lines, line = [], ""
    for text in texts:
        if len(line) + len(text) > WIDTH - 14:
            lines.append(line.rstrip())
            line = ""
        line += f"{text}, "
    return [f"        {name}=(", *(f"            {each.rstrip()}" for each in [*lines, line]), "        ),"]


__all__ = ["series_source"]
