"""The text of a generated module.  The same derivation gives the same bytes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Symbol, true

from symkern.activation import Activation
from symkern.codegen.body import GAP_NAME, body
from symkern.codegen.functions import GAP
from symkern.codegen.layout import WIDTH, folded, layer_docstring, signature
from symkern.codegen.printer import Printer
from symkern.codegen.rewrites import stabilise
from symkern.codegen.stabilised import Stabilised, stabilised
from symkern.derivation import Derivation
from symkern.files import MARK
from symkern.symbols import cov12, var, var1, var2, x


@dataclass(frozen=True)
class _Function:
    """A kernel function to emit: its arguments and the kernels that it returns."""

    name: str
    arguments: tuple[Symbol, ...]
    parts: tuple[Stabilised, ...]
    doc: str


def module_source(derivation: Derivation) -> str:
    """The module's text: docstring with the formulas, the functions of the contract, the layer."""
    return _Writer(derivation).text()


class _Writer:
    """Writes one module; collects the names to import from ``symkern.numerics`` on the way."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.activation: Activation = derivation.activation
        self.nngp = stabilised(derivation.nngp)
        self.d_nngp = stabilised(derivation.d_nngp)
        self.conditions = tuple(stabilise(c)[0] for c in _conditions(derivation))
        self.parameters = [p.symbol for p in self.activation.parameters]
        self.keywords = [f"{p.name}: ArrayLike = {p.default!r}" for p in self.activation.parameters]
        self.numerics: set[str] = {"activation_inputs"}

    def text(self) -> str:
        """The whole file."""
        functions = ["\n".join(lines) for lines in (self._fn(), *self._kernels(), self._layer())]
        public = ["fn", "nngp_fn", "d_nngp_fn", "nngp_and_d_nngp_fn", "variance_fn", layer_name(self.activation.name)]
        defaults = ", ".join(f'"{p.name}": {p.default!r}' for p in self.activation.parameters)
        names = ", ".join(f'"{n}"' for n in public)
        head = [
            f'"""{self._docstring()}"""',
            "",
            "from __future__ import annotations",
            "",
            "import jax.numpy as jnp",
            "from jax import Array",
            "from jax.typing import ArrayLike",
            "",
            *_import_lines("symkern.numerics", sorted(self.numerics)),
            "from symkern.stax import Layer, layer",
            "",
            f"__all__ = [{names}]",
            "",
            *folded(f"FORMULA = {str(self.activation.expression)!r}".replace("'", '"'), ""),
            f"PARAMETERS: dict[str, float] = {{{defaults}}}",
        ]
        return "\n".join(head) + "\n\n\n" + "\n\n\n".join(functions) + "\n"

    def _docstring(self) -> str:
        d = self.derivation
        formulas = (
            f"nngp      E[f(X) f(Y)]    = {d.nngp}",
            f"d_nngp    E[f'(X) f'(Y)]  = {d.d_nngp}",
            f"variance  E[f(X)^2]       = {d.variance}",
        )
        rewrites = sorted({*self.nngp.rewrites, *self.d_nngp.rewrites})
        exists = "for every covariance" if d.domain == true else f"where {d.domain}"
        facts = (
            f"Exists {exists}; a divergent expectation is inf.",
            f"Rule: {d.rule}.  Rewrites: {', '.join(rewrites) or 'none'}.",
            f"Arithmetic: nngp in {_arithmetic(self.nngp)}, d_nngp in {_arithmetic(self.d_nngp)}.",
            f"Budget: 4 ulp; what was measured stands in {self.activation.name}.json.",
            f"{MARK} {self.activation.name}`; do not edit.",
        )
        return "\n".join(
            [
                _wrapped(f"{self.activation.name}: f(x) = {self.activation.expression}.", ""),
                "",
                "(X, Y) is centred Gaussian with covariance [[var1, cov12], [cov12, var2]].",
                "",
                *(_wrapped(text, "    ") for text in formulas),
                "",
                *(_wrapped(fact, "") for fact in facts),
                "",
            ]
        )

    def _fn(self) -> list[str]:
        e = self.activation.expression
        printer = Printer(double=False, names={s: s.name for s in [x, *self.parameters]})
        code = printer(e) if e.has(x) else f"jnp.full_like(x, {printer(e)})"
        return [
            *signature("fn", ["x: ArrayLike"], self.keywords, "Array"),
            '    """The activation f(x), elementwise; any shape."""',
            f"    {_assigned([x, *self.parameters], 'activation_inputs')}",
            *folded(f"return {code}"),
        ]

    def _kernels(self) -> list[list[str]]:
        covariance = (cov12, var1, var2)
        diagonal = self.nngp.on_diagonal()
        return [
            self._kernel(_Function("nngp_fn", covariance, (self.nngp,), "E[f(X) f(Y)]; shapes broadcast.")),
            self._kernel(
                _Function("d_nngp_fn", covariance, (self.d_nngp,), "E[f'(X) f'(Y)], the derivative by cov12.")
            ),
            self._both(covariance),
            self._kernel(_Function("variance_fn", (var,), (diagonal,), "E[f(X)^2] = nngp_fn(var, var, var).")),
        ]

    def _both(self, covariance: tuple[Symbol, ...]) -> list[str]:
        function = _Function("nngp_and_d_nngp_fn", covariance, (self.nngp, self.d_nngp), "Both, sharing their work.")
        if self.nngp.double == self.d_nngp.double:
            return self._kernel(function)
        passed = ", ".join([*(s.name for s in covariance), *(f"{s.name}={s.name}" for s in self.parameters)])
        return [
            *self._signature(function),
            '    """Both kernels."""',
            *folded(f"return nngp_fn({passed}), d_nngp_fn({passed})"),
        ]

    def _signature(self, function: _Function) -> list[str]:
        returns = "Array" if len(function.parts) == 1 else "tuple[Array, Array]"
        return signature(function.name, [f"{s.name}: ArrayLike" for s in function.arguments], self.keywords, returns)

    def _kernel(self, function: _Function) -> list[str]:
        double = function.parts[0].double
        conditions = self._conditions_at(function)
        code = body(
            [*(p.expression for p in function.parts), *conditions],
            [*function.arguments, *self.parameters],
            double=double,
        )
        self.numerics |= code.used
        kernels, tests = code.results[: len(function.parts)], code.results[len(function.parts) :]
        lines = [*self._preamble(function, double, conditions), *code.lines]
        if tests:
            lines.append("diverges = " + " | ".join(f"({_value(t, double)} <= 0)" for t in tests))
        values = [
            self._result(part, text, function.arguments[0].name, double)
            for part, text in zip(function.parts, kernels, strict=True)
        ]
        if tests:
            values = [f"jnp.where(diverges, jnp.inf, {v})" for v in values]
        if len(values) > 1:
            lines += [f"{name} = {v}" for name, v in zip(("nngp", "d_nngp"), values, strict=True)]
            values = ["nngp", "d_nngp"]
        lines.append(f"return {', '.join(values)}")
        return [
            *self._signature(function),
            f'    """{function.doc}"""',
            *(text for line in lines for text in folded(line)),
        ]

    def _conditions_at(self, function: _Function) -> list[Expr]:
        if function.arguments != (var,):
            return list(self.conditions)
        return sorted(
            {sympy.expand(stabilised(c).on_diagonal().expression) for c in self.conditions}, key=sympy.default_sort_key
        )

    def _preamble(self, function: _Function, double: bool, conditions: Sequence[Expr]) -> list[str]:
        """Promote, check and widen the arguments."""
        one = function.arguments == (var,)
        kind = f"{'double' if double else 'plain'}_{'variance' if one else 'inputs'}"
        self.numerics.add(kind)
        lines = []
        gaps = [e for e in (*(p.expression for p in function.parts), *conditions) if e.has(GAP)]
        if gaps:
            self.numerics.add("gap")
            lines.append(f"{GAP_NAME} = gap(cov12, var1, var2){'' if double else '.value'}")
        lines.append(_assigned([*function.arguments, *self.parameters], kind))
        return lines

    def _result(self, part: Stabilised, text: str, like: str, double: bool) -> str:
        """One kernel's value; a constant kernel takes its shape, and NaN, from the covariance."""
        e = part.expression
        if e.free_symbols - set(self.parameters):
            return _value(text, double)
        source = f"{like}.value" if double else like
        number = Printer(double=False, names={})(e) if e.is_number else _value(text, double)
        return f"jnp.where(jnp.isnan({source}), jnp.nan, {number}).astype({source}.dtype)"

    def _layer(self) -> list[str]:
        name = layer_name(self.activation.name)
        bound = "".join(f", {s.name}={s.name}" for s in self.parameters)
        arguments = [f"        {p.name}: {p.description or 'a real number'}." for p in self.activation.parameters]
        about = self.activation.description or "the layer of f"
        return [
            *signature(name, self.keywords, [], "Layer"),
            *layer_docstring(about),
            "",
            *(["    Args:", *arguments, ""] if arguments else []),
            "    Returns:",
            "        ``(init_fn, apply_fn, kernel_fn)``.",
            '    """',
            *folded(f'return layer("{name}", fn, nngp_fn, d_nngp_fn{bound})'),
        ]


def layer_name(name: str) -> str:
    """``exp_normalized`` → ``ExpNormalized``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


def _conditions(derivation: Derivation) -> list[Expr]:
    """The domain as expressions that must be positive."""
    if derivation.domain == true:
        return []
    relations = derivation.domain.args if derivation.domain.func == sympy.And else (derivation.domain,)
    return [sympy.expand(relation.gts - relation.lts) for relation in relations]


def _value(text: str, double: bool) -> str:
    if not double:
        return text
    return f"{text}.value" if text.isidentifier() else f"({text}).value"


def _arithmetic(part: Stabilised) -> str:
    return "double words" if part.double else "plain floats"


def _assigned(symbols: Sequence[Symbol], function: str) -> str:
    names = ", ".join(s.name for s in symbols)
    return f"{names} = {function}({names})" if len(symbols) > 1 else f"({names},) = {function}({names})"


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
