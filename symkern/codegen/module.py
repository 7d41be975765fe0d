"""The text of a generated module.  The same derivation gives the same bytes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from sympy import true

from symkern.activation import Activation, Kernel
from symkern.codegen.body import GAP_NAME, INNER_NAME
from symkern.codegen.kernels import Kernels, assigned
from symkern.codegen.layout import WIDTH, folded, layer_docstring, signature
from symkern.codegen.measures import STATED, Plan, stabilised_kernels
from symkern.codegen.printer import Printer
from symkern.codegen.stabilised import Stabilised
from symkern.derivation import Derivation
from symkern.errors import UsageError
from symkern.files import MARK
from symkern.notation import brief
from symkern.symbols import x

_JUMPS = (
    "whether the jumps of f count in the NTK, whose diagonal is then infinite; by default f' is taken almost everywhere, as "
    "by automatic differentiation and by neural-tangents' Sign"
)
_UNKNOWN = "The kernel was given without an activation f: fn and the layer's apply_fn raise NotImplementedError."


def module_source(derivation: Derivation, plan: Plan) -> str:
    """The module's text: docstring with the formulas, the functions of the contract, the layer."""
    return Writer(derivation, plan).text()


class Writer:
    """Writes one module; collects the names to import from ``symkern.numerics`` on the way."""

    def __init__(self, derivation: Derivation, plan: Plan) -> None:
        self.derivation = derivation
        self.activation: Activation | Kernel = derivation.activation
        self.plan = plan
        self.nngp, self.d_nngp = stabilised_kernels(derivation, plan)
        self.parameters = [p.symbol for p in self.activation.parameters]
        self.keywords = [f"{p.name}: ArrayLike = {p.default!r}" for p in self.activation.parameters]
        self.kernels = Kernels(
            derivation, self.nngp, self.d_nngp, self.keywords, slopes=STATED in (*plan.nngp, *plan.d_nngp)
        )
        self.alone = isinstance(self.activation, Kernel)
        self.jumps = derivation.almost_everywhere is not None
        self.layer = self.activation.layer or layer_name(self.activation.name)
        self.numerics: set[str] = set()

    def text(self) -> str:
        """The whole file."""
        functions = ["\n".join(lines) for lines in (self._fn(), *self.kernels.texts(), self._layer())]
        self.numerics |= self.kernels.numerics
        self._refuse_clashes()
        jumps = ["d_nngp_ae_fn"] if self.jumps else []
        public = ["fn", "nngp_fn", "d_nngp_fn", *jumps, "nngp_and_d_nngp_fn", "variance_fn", self.layer]
        defaults = ", ".join(f'"{p.name}": {p.default!r}' for p in self.activation.parameters)
        names = ", ".join(f'"{n}"' for n in public)
        head = [
            f'"""{self._docstring()}"""',
            "",
            "from __future__ import annotations",
            "",
            *(["from fractions import Fraction", ""] if "Fraction" in self.numerics else []),
            "import jax.numpy as jnp",
            "from jax import Array",
            "from jax.typing import ArrayLike",
            "",
            *_import_lines("symkern.numerics", sorted(self.numerics - {"Fraction"})),
            "from symkern.stax import Layer, layer",
            "",
            f"__all__ = [{names}]",
            "",
            *_text_constant("NNGP" if self.alone else "FORMULA", str(self.activation.expression)),
            f"PARAMETERS: dict[str, float] = {{{defaults}}}",
            *(["BUDGET = 16.0"] if self.kernels.special else []),
        ]
        return "\n".join(head) + "\n\n\n" + "\n\n\n".join(functions) + "\n"

    def _refuse_clashes(self) -> None:
        clash = {s.name for s in self.parameters} & {
            *self.numerics,
            GAP_NAME,
            INNER_NAME,
            "jnp",
            "layer",
            "fn",
            "scale1",
            "smaller",
            "larger",
            "scale2",
            "jumps",
        }
        if clash:
            raise UsageError(f"parameter {min(clash)}: the generated module uses this name itself; choose another")

    def _named(self) -> tuple[tuple[str, Stabilised], ...]:
        return ("nngp", self.nngp), ("d_nngp", self.d_nngp)

    def _docstring(self) -> str:
        d = self.derivation
        formulas = (
            f"nngp      E[f(X) f(Y)]    = {brief(d.nngp)}",
            f"d_nngp    E[f'(X) f'(Y)]  = {brief(d.d_nngp)}",
            f"variance  E[f(X)^2]       = {brief(d.variance)}",
        )
        rewrites = sorted({*self.nngp.rewrites, *self.d_nngp.rewrites})
        exists = "for every covariance" if d.domain == true else f"where {d.domain}"
        facts = (
            f"Exists {exists}; a divergent expectation is inf.",
            f"Rule: {d.rule}.  Rewrites: {', '.join(rewrites) or 'none'}.",
            f"Arithmetic: {', '.join(f'{name} in {_arithmetic(kernel)}' for name, kernel in self._named())}.",
            f"Budget: {16 if self.kernels.special else 4} ulp; what was measured stands in {self.activation.name}.json.",
            *(f"Regime of {name}: {note}." for name, kernel in self._named() for note in kernel.notes),
            *(f"Measured: {note}." for note in self.plan.notes),
            *(f"Warning: {warning}." for warning in d.warnings),
            f"{MARK} {self.activation.name}`; do not edit.",
        )
        return "\n".join(
            [
                _wrapped(f"{self.activation.name}: {self.activation.left_side} = {self.activation.expression}.", ""),
                "",
                *([_UNKNOWN, ""] if self.alone else []),
                "(X, Y) is centred Gaussian with covariance [[var1, cov12], [cov12, var2]].",
                "",
                *(_wrapped(text, "    ") for text in formulas),
                "",
                *(_wrapped(fact, "") for fact in facts),
                "",
            ]
        )

    def _fn(self) -> list[str]:
        if self.alone:
            return [
                *signature("fn", ["x: ArrayLike"], self.keywords, "Array"),
                '    """Unknown: only the kernel was given; raises NotImplementedError."""',
                f'    raise NotImplementedError("{self.activation.name} is known by its kernel only: it has no activation")',
            ]
        self.numerics.add("activation_inputs")
        e = self.activation.expression
        printer = Printer(double=False, names={s: s.name for s in [x, *self.parameters]})
        code = printer(e) if e.has(x) else f"jnp.full_like(x, {printer(e)})"
        self.numerics |= printer.used
        return [
            *signature("fn", ["x: ArrayLike"], self.keywords, "Array"),
            '    """The activation f(x), elementwise; any shape."""',
            f"    {assigned([x, *self.parameters], 'activation_inputs')}",
            *folded(f"return {code}"),
        ]

    def _layer(self) -> list[str]:
        options = self.activation.options
        keywords = [*self.keywords, *(f"{o.name}: bool = {o.default}" for o in options)]
        arguments = [(p.name, p.description or "a real number") for p in self.activation.parameters]
        arguments += [(o.name, f"accepted as by neural-tangents, and not needed: {o.description}") for o in options]
        derivative = "d_nngp_fn"
        if self.jumps:
            keywords.append("jumps: bool = False")
            arguments.append(("jumps", _JUMPS))
            derivative = "d_nngp_fn if jumps else d_nngp_ae_fn"
        bound = "".join(f", {s.name}={s.name}" for s in self.parameters)
        about = self.activation.description or ("the layer of the kernel" if self.alone else "the layer of f")
        return [
            *signature(self.layer, keywords, [], "Layer"),
            *layer_docstring(about),
            "",
            *(
                ["    Args:", *(_wrapped(f"{n}: {what}.", "        ") for n, what in arguments), ""]
                if arguments
                else []
            ),
            "    Returns:",
            "        ``(init_fn, apply_fn, kernel_fn)``.",
            '    """',
            *([f"    del {', '.join(o.name for o in options)}"] if options else []),
            *folded(f'return layer("{self.layer}", {"None" if self.alone else "fn"}, nngp_fn, {derivative}{bound})'),
        ]


def layer_name(name: str) -> str:
    """``exp_normalized`` → ``ExpNormalized``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


def _arithmetic(part: Stabilised) -> str:
    if not part.double:
        return "plain floats"
    words = f"double words (float32: {'one word' if part.words == 1 else 'two words'} of float64)"
    return f"{words}, functions to every digit of two words" if part.every_digit else words


def _text_constant(name: str, text: str) -> list[str]:
    """``name = "text"``, in pieces where it is long; a formula has neither quotes nor backslashes."""
    line = f'{name} = "{text}"'
    if len(line) <= WIDTH:
        return [line]
    pieces = textwrap.wrap(text, WIDTH - 6, drop_whitespace=False, break_on_hyphens=False)
    return [f"{name} = (", *(f'    "{piece}"' for piece in pieces), ")"]


def _import_lines(module: str, names: Sequence[str]) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    return [line] if len(line) <= WIDTH else [f"from {module} import (", *(f"    {n}," for n in names), ")"]


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
