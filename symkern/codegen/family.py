"""The text of a family's module: its functions look up the member, which is derived when it is first asked for."""

from __future__ import annotations

from symkern.codegen.layout import layer_docstring, signature
from symkern.families import Family
from symkern.files import MARK

_KERNELS = (
    ("nngp_fn", "E[f(X) f(Y)]; shapes broadcast."),
    ("d_nngp_fn", "E[f'(X) f'(Y)], the derivative by cov12."),
    ("nngp_and_d_nngp_fn", "Both, sharing their work."),
)


def family_source(family: Family) -> str:
    """The module's text; the same bytes every time."""
    argument = family.argument
    kind, meaning = _kind(family.default)
    keyword = f"{argument}: {kind}"
    layer = "".join(part[:1].upper() + part[1:] for part in family.name.split("_"))
    names = ["fn", *(n for n, _ in _KERNELS), "variance_fn", layer]
    lines = [
        f'"""{family.name}: f(x) = {family.formula}.',
        "",
        f"{family.description[:1].upper()}{family.description[1:]}.",
        "Each member is derived when it is first asked for, and cached.  (X, Y) is centred Gaussian with covariance",
        "[[var1, cov12], [cov12, var2]].",
        "",
        f"Budget: {family.budget:g} ulp; what was measured stands in {family.name}.json.",
        f"{MARK} {family.name}`; do not edit.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        *(["from collections.abc import Sequence", ""] if kind.startswith("Sequence") else []),
        "from jax import Array",
        "from jax.typing import ArrayLike",
        "",
        "from symkern.families import member",
        "from symkern.stax import Layer, layer",
        "",
        f"__all__ = [{', '.join(repr(n) for n in names)}]".replace("'", '"'),
        "",
        f'FAMILY = "{family.name}"',
        *([f"BUDGET = {family.budget}"] if family.budget != 4 else []),
    ]
    lines += _function("fn", ["x: ArrayLike"], keyword, "Array", "The activation f(x), elementwise; any shape.", family)
    covariance = ["cov12: ArrayLike", "var1: ArrayLike", "var2: ArrayLike"]
    for name, doc in _KERNELS:
        returns = "tuple[Array, Array]" if "and" in name else "Array"
        lines += _function(name, covariance, keyword, returns, doc, family)
    lines += _function(
        "variance_fn", ["var: ArrayLike"], keyword, "Array", "E[f(X)^2] = nngp_fn(var, var, var).", family
    )
    lines += [
        "",
        "",
        f"def {layer}({keyword}) -> Layer:",
        *layer_docstring(family.description),
        "",
        "    Args:",
        f"        {argument}: {meaning}.",
        "",
        "    Returns:",
        "        ``(init_fn, apply_fn, kernel_fn)``.",
        "",
        "    Raises:",
        f"        UsageError: {argument} does not fit.",
        '    """',
        f'    f = member("{family.name}", {argument})',
        '    d_nngp_fn = getattr(f, "d_nngp_ae_fn", f.d_nngp_fn)',
        f'    return layer("{layer}", f.fn, f.nngp_fn, d_nngp_fn)',
    ]
    return "\n".join(lines) + "\n"


def _kind(default: object) -> tuple[str, str]:
    """The type of a family's argument, and what it is."""
    if isinstance(default, int):
        return "int", "a non-negative integer"
    if isinstance(default, float):
        return "float", "a real number above -1/2; whole numbers give elementary kernels"
    return "Sequence[float]", "coefficients, constant first"


def _function(name: str, arguments: list[str], keyword: str, returns: str, doc: str, family: Family) -> list[str]:
    passed = ", ".join(a.partition(":")[0] for a in arguments)
    call = f'member("{family.name}", {family.argument}).{name}({passed})'
    body = [f"    return {call}"]
    if returns == "Array":
        body = [f"    value: Array = {call}", "    return value"]
    else:
        body = [f"    nngp, d_nngp = {call}", "    return nngp, d_nngp"]
    return ["", "", *signature(name, arguments, [keyword], returns), f'    """{doc}"""', *body]
