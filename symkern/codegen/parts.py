"""The parts that all generated modules have: the activation, the layer, imports and constants."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from symkern.activation import Activation, Kernel, layer_name
from symkern.codegen.activations import written_stably
from symkern.codegen.kernels import assigned
from symkern.codegen.layout import WIDTH, folded, layer_docstring, signature
from symkern.codegen.printer import Printer
from symkern.derivation import Derivation
from symkern.errors import UsageError
from symkern.notation import brief
from symkern.symbols import x

_JUMPS = (
    "whether the jumps of f count in the NTK, whose diagonal is then infinite; by default f' is taken almost everywhere, as "
    "by automatic differentiation and by neural-tangents' Sign"
)

_UNKNOWN = "The kernel was given without an activation f: fn and the layer's apply_fn raise NotImplementedError."


TAKEN = ("fn", "nngp_fn", "d_nngp_fn", "variance_fn", "jnp", "layer")
"""Names that every module's functions and its layer may use."""


def refuse_clashes(activation: Activation | Kernel, used: Iterable[str]) -> None:
    """A parameter must not have a name that the module uses itself.

    Raises:
        UsageError: one has; its name.
    """
    clash = {p.name for p in activation.parameters} & {*used, *TAKEN}
    if clash:
        raise UsageError(f"parameter {min(clash)}: the generated module uses this name itself; choose another")


def keywords_of(activation: Activation | Kernel) -> list[str]:
    """The parameters as keyword arguments."""
    return [f"{p.name}: ArrayLike = {p.default!r}" for p in activation.parameters]


def layer_of(activation: Activation | Kernel) -> str:
    """The layer's name."""
    return layer_name(activation.name, activation.layer)


def activation_lines(activation: Activation | Kernel) -> tuple[list[str], set[str]]:
    """The function ``fn``, and the names of ``symkern.numerics`` that it needs."""
    keywords, parameters = keywords_of(activation), [p.symbol for p in activation.parameters]
    if isinstance(activation, Kernel):
        return [
            *signature("fn", ["x: ArrayLike"], keywords, "Array"),
            '    """Unknown: only the kernel was given; raises NotImplementedError."""',
            f'    raise NotImplementedError("{activation.name} is known by its kernel only: it has no activation")',
        ], set()
    e = written_stably(activation.expression)
    printer = Printer(double=False, names={s: s.name for s in [x, *parameters]})
    code = printer(e) if e.has(x) else f"jnp.full_like(x, {printer(e)})"
    lines = [
        *signature("fn", ["x: ArrayLike"], keywords, "Array"),
        '    """The activation f(x), elementwise; any shape."""',
        f"    {assigned([x, *parameters], 'activation_inputs')}",
        *folded(f"return {code}"),
    ]
    return lines, {"activation_inputs", *printer.used}


def activation_module(activation: Activation) -> str:
    """The text of a module with ``fn`` alone."""
    lines, used = activation_lines(activation)
    head = ["from __future__ import annotations", "import jax.numpy as jnp", "from jax import Array"]
    imports = ["from jax.typing import ArrayLike", *import_lines("symkern.numerics", sorted(used))]
    return "\n".join([*head, *imports, *lines]) + "\n"


def layer_lines(activation: Activation | Kernel, *, jumps: bool = False) -> list[str]:
    """The function that makes the layer."""
    alone = isinstance(activation, Kernel)
    options, name = activation.options, layer_of(activation)
    keywords = [*keywords_of(activation), *(f"{o.name}: bool = {o.default}" for o in options)]
    arguments = [(p.name, p.description or "a real number") for p in activation.parameters]
    arguments += [(o.name, f"accepted as by neural-tangents, and not needed: {o.description}") for o in options]
    derivative = "d_nngp_fn"
    if jumps:
        keywords.append("jumps: bool = False")
        arguments.append(("jumps", _JUMPS))
        derivative = "d_nngp_fn if jumps else d_nngp_ae_fn"
    bound = "".join(f", {p.name}={p.name}" for p in activation.parameters)
    about = activation.description or ("the layer of the kernel" if alone else "the layer of f")
    return [
        *signature(name, keywords, [], "Layer"),
        *layer_docstring(about),
        "",
        *(["    Args:", *(wrapped(f"{n}: {what}.", "        ") for n, what in arguments), ""] if arguments else []),
        "    Returns:",
        "        ``(init_fn, apply_fn, kernel_fn)``.",
        '    """',
        *([f"    del {', '.join(o.name for o in options)}"] if options else []),
        *folded(f'return layer("{name}", {"None" if alone else "fn"}, nngp_fn, {derivative}{bound})'),
    ]


def module_docstring(d: Derivation, facts: Iterable[str]) -> str:
    """What a module's docstring says: the activation, its kernels, and facts about the code."""
    formulas = (
        f"nngp      E[f(X) f(Y)]    = {brief(d.nngp)}",
        f"d_nngp    E[f'(X) f'(Y)]  = {brief(d.d_nngp)}",
        f"variance  E[f(X)^2]       = {brief(d.variance)}",
    )
    activation = d.activation
    return "\n".join(
        [
            wrapped(f"{activation.name}: {activation.left_side} = {activation.expression}.", ""),
            "",
            *([_UNKNOWN, ""] if isinstance(activation, Kernel) else []),
            "(X, Y) is centred Gaussian with covariance [[var1, cov12], [cov12, var2]].",
            "",
            *(wrapped(text, "    ") for text in formulas),
            "",
            *(wrapped(fact, "") for fact in facts),
            "",
        ]
    )


def text_constant(name: str, text: str) -> list[str]:
    """``name = "text"``, in pieces where it is long; a formula has neither quotes nor backslashes."""
    line = f'{name} = "{text}"'
    if len(line) <= WIDTH:
        return [line]
    pieces = textwrap.wrap(text, WIDTH - 6, drop_whitespace=False, break_on_hyphens=False)
    return [f"{name} = (", *(f'    "{piece}"' for piece in pieces), ")"]


def import_lines(module: str, names: Sequence[str]) -> list[str]:
    """``from module import names``, one a line where it does not fit."""
    line = f"from {module} import {', '.join(names)}"
    return [line] if len(line) <= WIDTH else [f"from {module} import (", *(f"    {n}," for n in names), ")"]


def wrapped(text: str, indent: str) -> str:
    """A paragraph of a docstring."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


__all__ = [
    "activation_lines",
    "activation_module",
    "import_lines",
    "keywords_of",
    "layer_lines",
    "layer_name",
    "layer_of",
    "module_docstring",
    "refuse_clashes",
    "text_constant",
    "wrapped",
]
