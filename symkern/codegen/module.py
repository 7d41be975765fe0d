"""The text of a generated module.  The same derivation gives the same bytes."""

from __future__ import annotations

from sympy import true

from symkern.activation import Activation, Kernel
from symkern.codegen.body import GAP_NAME, INNER_NAME
from symkern.codegen.kernels import Kernels
from symkern.codegen.measures import STATED, Plan, stabilised_kernels
from symkern.codegen.parts import (
    activation_lines,
    import_lines,
    keywords_of,
    layer_lines,
    layer_of,
    module_docstring,
    refuse_clashes,
    text_constant,
)
from symkern.codegen.stabilised import Stabilised
from symkern.derivation import Derivation
from symkern.files import MARK

OWN = (GAP_NAME, INNER_NAME, "scale1", "scale2", "smaller", "larger", "jumps")
"""Names that functions of a module may use, beside those that it imports."""


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
        self.keywords = keywords_of(self.activation)
        self.kernels = Kernels(
            derivation, self.nngp, self.d_nngp, self.keywords, slopes=STATED in (*plan.nngp, *plan.d_nngp)
        )
        self.alone = isinstance(self.activation, Kernel)
        self.jumps = derivation.almost_everywhere is not None
        self.layer = layer_of(self.activation)
        self.numerics: set[str] = set()

    def text(self) -> str:
        """The whole file."""
        fn, used = activation_lines(self.activation)
        layer = layer_lines(self.activation, jumps=self.jumps)
        functions = ["\n".join(lines) for lines in (fn, *self.kernels.texts(), layer)]
        self.numerics |= used | self.kernels.numerics
        refuse_clashes(self.activation, {*self.numerics, *OWN})
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
            *import_lines("symkern.numerics", sorted(self.numerics - {"Fraction"})),
            "from symkern.stax import Layer, layer",
            "",
            f"__all__ = [{names}]",
            "",
            *text_constant("NNGP" if self.alone else "FORMULA", str(self.activation.expression)),
            f"PARAMETERS: dict[str, float] = {{{defaults}}}",
            *(["BUDGET = 16.0"] if self.kernels.special else []),
        ]
        return "\n".join(head) + "\n\n\n" + "\n\n\n".join(functions) + "\n"

    def _named(self) -> tuple[tuple[str, Stabilised], ...]:
        return ("nngp", self.nngp), ("d_nngp", self.d_nngp)

    def _docstring(self) -> str:
        d = self.derivation
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
        return module_docstring(d, facts)


def _arithmetic(part: Stabilised) -> str:
    if not part.double:
        return "plain floats"
    words = f"double words (float32: {'one word' if part.words == 1 else 'two words'} of float64)"
    return f"{words}, functions to every digit of two words" if part.every_digit else words
