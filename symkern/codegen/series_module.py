"""The text of a module whose kernels are tables with a bound."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, simplify

from symkern.activation import Activation
from symkern.codegen.layout import WIDTH, signature
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
from symkern.codegen.printer import Printer
from symkern.derivation import Approximation
from symkern.files import MARK
from symkern.series.fields import Fields
from symkern.series.hermite import HermiteFields
from symkern.series.mixture import MixtureFields, Terms
from symkern.series.regimes import RegimeFields, Tables
from symkern.series.waves import WaveFields

_COVARIANCE = ("cov12", "var1", "var2")
_NNGP, _D_NNGP = "outer**2", "(outer * inner) ** 2"
_CLASSES: dict[type, set[str]] = {
    Fields: {"AngularTable"},
    RegimeFields: {"AngularTable", "MixtureTable", "Regimes"},
    WaveFields: {"WaveTable"},
}
"""What a table needs of ``symkern.numerics``."""
_FUNCTIONS = (
    ("nngp_fn", _COVARIANCE, "E[f(X) f(Y)]; shapes broadcast.", _NNGP),
    ("d_nngp_fn", _COVARIANCE, "E[f'(X) f'(Y)], the derivative by cov12.", _D_NNGP),
    ("nngp_and_d_nngp_fn", _COVARIANCE, "Both kernels.", ""),
    ("variance_fn", ("var",), "E[f(X)^2] = nngp_fn(var, var, var).", _NNGP),
    ("error_bound_fn", _COVARIANCE, "The largest error of nngp_fn there.", _NNGP),
    ("d_error_bound_fn", _COVARIANCE, "The largest error of d_nngp_fn there.", _D_NNGP),
)


def series_source(derivation: Approximation) -> str:
    """The module's text: docstring, tables, the functions of the contract, the layer."""
    activation = derivation.activation
    assert isinstance(activation, Activation)
    fn, used = activation_lines(activation)
    scaling = _Scaling(derivation)
    tables, needed = _tables(derivation)
    refuse_clashes(activation, {*scaling.used, *used, *needed, "AngularKernels", "KERNELS", "inner", "outer"})
    functions = [*(scaling.function(*row) for row in _FUNCTIONS), scaling.largest(), layer_lines(activation)]
    listed = ", ".join(
        f'"{name}"' for name in ["fn", *(row[0] for row in _FUNCTIONS), "largest_variance", layer_of(activation)]
    )
    defaults = ", ".join(f'"{p.name}": {p.default!r}' for p in activation.parameters)
    head = [
        f'"""{_docstring(derivation)}"""',
        "",
        "from __future__ import annotations",
        "",
        *(["import jax.numpy as jnp"] if any("jnp." in line for line in fn) else []),
        "from jax import Array",
        "from jax.typing import ArrayLike",
        "",
        *import_lines("symkern.numerics", sorted({"AngularKernels", *needed, *scaling.used, *used})),
        "from symkern.stax import Layer, layer",
        "",
        f"__all__ = [{listed}]",
        "",
        *text_constant("FORMULA", str(activation.expression)),
        f"PARAMETERS: dict[str, float] = {{{defaults}}}",
        "BUDGET = 1.0",
    ]
    kernels = ["KERNELS = AngularKernels(", *tables, ")"]
    if not isinstance(derivation.tables[0], HermiteFields):
        return _joined([*head, "", *kernels], fn, *functions)
    g = [] if derivation.g == activation.expression else [_inner_function(derivation.g)]
    return _joined(head, fn, *g, kernels, *functions)


def _joined(*parts: list[str]) -> str:
    return "\n\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _inner_function(g: Expr) -> list[str]:
    """The function whose kernels are scaled."""
    lines, _ = activation_lines(Activation("g", g))
    return [lines[0].replace("def fn(", "def _g("), '    """f(x) = outer g(inner x)."""', *lines[2:]]


def _tables(d: Approximation) -> tuple[list[str], set[str]]:
    """The arguments of ``AngularKernels``, and what they need of ``symkern.numerics``."""
    nngp, d_nngp = d.tables
    if not isinstance(nngp, HermiteFields) and not isinstance(d_nngp, HermiteFields):
        needed = set().union(*(_CLASSES[type(table)] for table in (nngp, d_nngp)))
        return [*_table("nngp", nngp), *_table("d_nngp", d_nngp)], needed
    assert isinstance(nngp, HermiteFields) and isinstance(d_nngp, HermiteFields)
    name = "fn" if d.g == d.activation.expression else "_g"
    return [*_hermite("nngp", nngp, name), *_hermite("d_nngp", d_nngp, name)], {"HermiteTable"}


def _hermite(kernel: str, table: HermiteFields, name: str) -> list[str]:
    kinks = ", ".join(map(repr, table.kinks))
    return [
        f"    {kernel}=HermiteTable(",
        f"        fn={name},",
        f"        kinks=({kinks},),",
        f"        terms={table.terms},",
        f"        count={table.count},",
        f"        slack={table.slack!r},",
        f"        floor={table.floor!r},",
        f"        largest={table.largest!r},",
        *(["        derivative=True,"] if kernel == "d_nngp" else []),
        "    ),",
    ]


class _Scaling:
    """Writes the functions of ``f(x) = outer g(inner x)``, whose tables are those of ``g``."""

    def __init__(self, derivation: Approximation) -> None:
        self.parameters = [p.symbol for p in derivation.activation.parameters]
        self.keywords = keywords_of(derivation.activation)
        printer = Printer(double=False, names={s: s.name for s in self.parameters})
        self.inner, outer = derivation.scaling
        self.texts = [printer(e) for e in derivation.scaling]
        self.factors = {_NNGP: str(outer) != "1", _D_NNGP: simplify(outer * self.inner) != 1}
        nngp = derivation.tables[0]
        order = 0 if isinstance(nngp, HermiteFields) else nngp.order
        self.has_limit = bool(
            order and self.inner.free_symbols and not simplify(outer * self.inner**order).free_symbols
        )
        """Whether ``f`` has one as the inner scale vanishes, where ``outer`` is infinite."""
        self.used = {"beside", *(["away_from_zero"] if self.has_limit else [])} if self.parameters else set()

    def function(self, name: str, arguments: Sequence[str], doc: str, factor: str) -> list[str]:
        """One of them: the kernel of ``g`` at scaled variances, times a factor."""
        returns = "Array" if factor else "tuple[Array, Array]"
        head = [*signature(name, [f"{a}: ArrayLike" for a in arguments], self.keywords, returns), f'    """{doc}"""']
        passed = ", ".join([*arguments, *(f"{s.name}={s.name}" for s in self.parameters)])
        if not factor:
            return [*head, f"    return nngp_fn({passed}), d_nngp_fn({passed})"]
        if not self.parameters:
            return [*head, f"    return KERNELS.{name}({passed})"]
        value = f"KERNELS.{name}({', '.join(arguments)}{'' if self.texts[0] == '1' else ', inner'})"
        return [
            *head,
            *(f"    {s.name} = {self._given(s.name, arguments)}" for s in self.parameters),
            f"    inner, outer = {', '.join(self.texts)}",
            f"    return {factor} * {value}" if self.factors[factor] else f"    return {value}",
        ]

    def _given(self, name: str, arguments: Sequence[str]) -> str:
        """A parameter in the covariance's dtype."""
        text = f"beside({name}, {', '.join(arguments)})"
        return f"away_from_zero({text})" if self.has_limit and name in map(str, self.inner.free_symbols) else text

    def largest(self) -> list[str]:
        """The function that says where the others hold."""
        keywords = [k.replace("ArrayLike", "float") for k in self.keywords]
        value = "KERNELS.nngp.largest"
        return [
            *signature("largest_variance", [], ["*", *keywords] if keywords else [], "float"),
            '    """Up to which the kernels hold; beyond, they are NaN."""',
            *(
                [f"    inner = {self.texts[0]}", f'    return {value} / inner**2 if inner else float("inf")']
                if keywords
                else [f"    return {value}"]
            ),
        ]


def _docstring(d: Approximation) -> str:
    name, (nngp, d_nngp) = d.activation.name, d.tables
    inner = d.scaling[0]
    holds = f"for variances up to {nngp.largest:g}{'' if inner == 1 else f' / ({inner})**2'}"
    form, certified = _explained(d.tables)
    facts = (
        f"No closed form is known: series.  Holds {holds}; beyond, the functions give NaN.",
        f"Rule: {d.rule}.  {form}.",
        *(f"{kernel}: {table}." for kernel, table in (("nngp", nngp), ("d_nngp", d_nngp))),
        f"{certified}; what the oracle found stands in {name}.json, in units of the bound.",
        f"{MARK} {name}`; do not edit.",
    )
    return module_docstring(d, facts)


def _explained(tables: Sequence[Tables | HermiteFields]) -> tuple[str, str]:
    """The form of the kernels, and where their bounds are from."""
    if isinstance(tables[0], HermiteFields):
        return (
            "K = sum of c_n(v1) c_n(v2) rho^n + rest, c_n(v) = E[f(sqrt(v) Z) h_n(Z)], rho = cov12/sqrt(v1 v2)",
            "What the terms leave out at rho is at most a power of it times the roots of what they leave out of both variances "
            "(error_bound_fn)",
        )
    if isinstance(tables[0], WaveFields):
        return (
            "K = sum of E[wave(X) wave(Y)], where a variance is small as a sum of c_n(v1) c_n(v2) rho^n, rho = cov12/sqrt(v1 v2)",
            "The bounds are twice the largest difference of activation and waves at 3,000 places, and what terms leave out",
        )
    return (
        f"K/sqrt(K11 K22) = sum of {_terms(tables)}, cos(angle) = cov12/sqrt(v1 v2)",
        "The bounds are four times the largest error at some 20,000 points that the tables have not seen",
    )


def _terms(tables: Sequence[Tables | HermiteFields]) -> str:
    """What a table sums; its text says whether ``x`` is stretched."""
    near = [table.near if isinstance(table, RegimeFields) else table for table in tables]
    if any(isinstance(table, Fields) and table.ends for table in near):
        return "T_m(x) u(v1) u(v2), x = 2 angle/pi - 1"
    return "T_m(2 angle/pi - 1) u(v1) u(v2)"


def _table(kernel: str, table: Tables) -> list[str]:
    if isinstance(table, Fields):
        return _angular(kernel, table)
    if isinstance(table, WaveFields):
        return _waves(kernel, table)
    inside = [*_angular("near", table.near), *_mixture("beyond", table.beyond)]
    return [f"    {kernel}=Regimes(", *(f"    {line}" for line in inside), "    ),"]


def _waves(kernel: str, table: WaveFields) -> list[str]:
    return [
        f"    {kernel}=WaveTable(",
        f"        largest={table.largest!r},",
        f"        frequency={table.frequency!r},",
        f"        slope={table.slope!r},",
        f"        start={table.start!r},",
        *_numbers("waves", [repr(wave) for wave in table.waves]),
        f"        near={table.near!r},",
        f"        terms={table.terms!r},",
        f"        bound={table.bound!r},",
        f"        few={table.few!r},",
        f"        short={table.short!r},",
        "    ),",
    ]


def _mixture(name: str, table: MixtureFields) -> list[str]:
    def terms(kind: str, given: Terms) -> list[str]:
        return _numbers(kind, [repr(term) for term in given]) if given else [f"        {kind}=(),"]

    return [
        f"    {name}=MixtureTable(",
        f"        largest={table.largest!r},",
        f"        order={table.order!r},",
        *terms("bumps", table.bumps),
        *terms("x_bumps", table.x_bumps),
        *terms("erfs", table.erfs),
        *terms("x_erfs", table.x_erfs),
        f"        bound={table.bound!r},",
        "    ),",
    ]


def _angular(kernel: str, table: Fields) -> list[str]:
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
        *([f"        ends={table.ends!r},"] if table.ends else []),
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
