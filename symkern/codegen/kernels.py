"""The kernel functions of a generated module: values, known derivatives, both at once, and the variance map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sympy
from sympy import Expr, Symbol, true

from symkern.codegen.body import GAP_NAME, INNER, INNER_NAME, body, dividing_by_inner
from symkern.codegen.functions import GAP, LARGER, SMALLER
from symkern.codegen.layout import folded, signature
from symkern.codegen.one_sided import variance_with_series
from symkern.codegen.printer import Printer
from symkern.codegen.rewrites import stabilise
from symkern.codegen.slopes import alike_slopes, stated_slopes
from symkern.codegen.stabilised import Stabilised, stabilised, stabilised_kernel
from symkern.derivation import Derivation
from symkern.symbols import cov12, var, var1, var2

SLOPED = {"nngp_fn": "with_slope(d_nngp_fn)", "nngp_and_d_nngp_fn": "with_slope_beside"}
"""Decorators of functions whose derivative by ``cov12`` is another one's value; with ``slopes`` private ones are emitted."""


@dataclass(frozen=True)
class _Function:
    """A kernel function to emit: its arguments, the kernels that it returns and their names in its code.

    ``origin`` is its value where the first argument is zero, for a formula that is 0/0 there.
    """

    name: str
    arguments: tuple[Symbol, ...]
    parts: tuple[Stabilised, ...]
    doc: str
    results: tuple[str, ...] = ("nngp", "d_nngp")
    origin: Expr | None = None

    @property
    def scaled(self) -> bool:
        """Whether all its kernels are homogeneous."""
        return all(p.degrees is not None for p in self.parts)

    @property
    def private(self) -> bool:
        """Whether it takes its parameters by position."""
        return self.name.startswith("_")


class Kernels:
    """Writes the kernel functions of one module; collects the names to import from ``symkern.numerics`` on the way."""

    def __init__(
        self, derivation: Derivation, nngp: Stabilised, d_nngp: Stabilised, keywords: list[str], *, slopes: bool = False
    ) -> None:
        self.nngp, self.d_nngp, self.keywords = nngp, d_nngp, keywords
        self.derivation = derivation
        self.interior = nngp.has_normals or d_nngp.has_normals
        self.special = nngp.is_special or d_nngp.is_special
        self.parameters = [p.symbol for p in derivation.activation.parameters]
        singular = nngp.is_singular or d_nngp.is_singular
        self.slopes = stated_slopes(derivation, nngp, d_nngp) if slopes or singular else None
        self.edges = derivation.edges if singular and self.slopes is not None else None
        self.conditions = tuple(stabilise(c)[0] for c in _conditions(derivation))
        self.numerics: set[str] = set()

    def texts(self) -> list[list[str]]:
        """The lines of each function."""
        covariance = (cov12, var1, var2)
        diagonal = self.nngp.alike(self._variance() if self.special else self.nngp.on_diagonal())
        nngp = _Function("nngp_fn", covariance, (self.nngp,), "E[f(X) f(Y)]; shapes broadcast.")
        d_nngp = _Function("d_nngp_fn", covariance, (self.d_nngp,), "E[f'(X) f'(Y)], the derivative by cov12.")
        variance = _Function("variance_fn", (var,), (diagonal,), "E[f(X)^2] = nngp_fn(var, var, var).")
        slopes, edges = self.slopes or (None, None), self.edges or (None, None)
        kernels = [(nngp, slopes[0], edges[0]), (d_nngp, slopes[1], edges[1])]
        almost = self.derivation.almost_everywhere
        if almost is not None:
            part = stabilised_kernel(almost.d_nngp)
            function = _Function("d_nngp_ae_fn", covariance, (part,), "E[f'(X) f'(Y)] without the jumps of f.")
            stated = self.slopes is not None and almost.d_nngp.has(*covariance)
            known = alike_slopes(part, tuple(map(stabilised, almost.slopes))) if stated else None
            kernels.append((function, known, almost.edge if stated else None))
        if self.slopes is None:  # the derivative stands before what it is the derivative of
            kernels[:2] = kernels[1::-1]
        texts = [text for kernel in kernels for text in self._with_slopes(*kernel)]
        return [*texts, self._both(covariance), self._kernel(variance)]

    def _variance(self) -> Stabilised:
        return variance_with_series(stabilised(self.derivation.variance), self.derivation.near_zero[0])

    def _with_slopes(
        self, function: _Function, slopes: tuple[Stabilised, ...] | None, edge: Expr | None
    ) -> list[list[str]]:
        """The kernel, its derivatives and its edge as private functions, and the public one that knows them."""
        if slopes is None:
            return [self._kernel(function)]
        self.numerics.add("with_slopes")
        value, derivatives = f"_{function.name[:-3]}", f"_{function.name[:-3]}_slopes"
        passed = ", ".join(s.name for s in (*function.arguments, *self.parameters))
        by = tuple(f"by_{s.name}" for s in function.arguments)
        edges: list[list[str]] = []
        if edge is not None:
            name = f"_{function.name[:-3]}_edge"
            edges = [self._edge(name, edge)]
            passed += f", edge={name}"
        return [
            *edges,
            self._kernel(replace(function, name=value, doc="The value.")),
            self._kernel(replace(function, name=derivatives, parts=slopes, doc="By cov12, var1, var2.", results=by)),
            [
                *self._signature(function),
                f'    """{function.doc}"""',
                *folded(f"return with_slopes({value}, {derivatives}, {passed})"),
            ],
        ]

    def _edge(self, name: str, edge: Expr) -> list[str]:
        """The kernel where one variance is zero; of two branches the first one holds where both are."""
        origin, rest = (edge.args[0].expr, edge.args[1].expr) if isinstance(edge, sympy.Piecewise) else (None, edge)
        about = "Where one variance is zero, in the other."
        return self._kernel(_Function(name, (var,), (stabilised(rest),), about, origin=origin))

    def _both(self, covariance: tuple[Symbol, ...]) -> list[str]:
        function = _Function("nngp_and_d_nngp_fn", covariance, (self.nngp, self.d_nngp), "Both, sharing their work.")
        if self.slopes is None and self.nngp.double == self.d_nngp.double:
            return self._kernel(function)
        passed = ", ".join([*(s.name for s in covariance), *(f"{s.name}={s.name}" for s in self.parameters)])
        return [
            *self._signature(function),
            '    """Both kernels."""',
            *folded(f"return nngp_fn({passed}), d_nngp_fn({passed})"),
        ]

    def _signature(self, function: _Function) -> list[str]:
        count = len(function.parts)
        returns = "Array" if count == 1 else f"tuple[{', '.join(['Array'] * count)}]"
        if function.private:
            return signature(
                function.name, [f"{s.name}: Array" for s in (*function.arguments, *self.parameters)], [], returns
            )
        return signature(function.name, [f"{s.name}: ArrayLike" for s in function.arguments], self.keywords, returns)

    def _kernel(self, function: _Function) -> list[str]:
        double = function.parts[0].double
        conditions = self._conditions_at(function)
        expressions = [*(p.expression for p in function.parts), *conditions]
        expressions += [] if function.origin is None else [function.origin]
        if self.interior:
            expressions = [dividing_by_inner(e) for e in expressions]
        code = body(expressions, [*function.arguments, *self.parameters], double=double)
        self.numerics |= code.used
        first, last = len(function.parts), len(function.parts) + len(conditions)
        kernels, tests = code.results[:first], code.results[first:last]
        lines = [*self._preamble(function, double, expressions), *code.lines]
        if tests:
            lines.append("diverges = " + " | ".join(f"({_value(t, double)} <= 0)" for t in tests))
        values = [
            self._scaled(part, text)
            if function.scaled
            else self._result(part, text, function.arguments[0].name, double)
            for part, text in zip(function.parts, kernels, strict=True)
        ]
        if function.origin is not None:
            at = _value(function.arguments[0].name, double)
            number = code.results[last] if function.origin.is_number else _value(code.results[last], double)
            values = [f"jnp.where({at} == 0, {number}, {v})" for v in values]
        if tests:
            values = [f"jnp.where(diverges, jnp.inf, {v})" for v in values]
        if len(values) > 1:
            lines += [f"{name} = {v}" for name, v in zip(function.results, values, strict=True)]
            values = list(function.results)
        lines.append(f"return {', '.join(values)}")
        return [
            *self._decorators(function),
            *self._signature(function),
            f'    """{function.doc}"""',
            *(text for line in lines for text in folded(line)),
        ]

    def _decorators(self, function: _Function) -> list[str]:
        """Double words of float64 stand for themselves, and one for two of float32 where that is enough.

        The kernel's derivative by ``cov12`` is known, and need not be that of its code.
        """
        parts, names = function.parts, []
        if function.name in SLOPED:
            names.append(SLOPED[function.name])
        if parts[0].double:
            names.append("rounded_from_two" if any(p.words == 2 for p in parts) else "rounded_once")
            names += ["every_digit"] if any(p.every_digit for p in parts) else []
        self.numerics.update(name.partition("(")[0] for name in names)
        return [f"@{name}" for name in names]

    def _conditions_at(self, function: _Function) -> list[Expr]:
        if function.arguments != (var,):
            return list(self.conditions)
        return sorted(
            {sympy.expand(stabilised(c).on_diagonal().expression) for c in self.conditions}, key=sympy.default_sort_key
        )

    def _preamble(self, function: _Function, double: bool, expressions: Sequence[Expr]) -> list[str]:
        """Promote, check and widen the arguments."""
        one = function.arguments == (var,)
        kind = f"{'double' if double else 'plain'}_{'variance' if one else 'inputs'}"
        self.numerics.add(kind)
        lines = self._signs()
        if function.scaled:
            self.numerics.add("unit_variances")
            lines.append("cov12, var1, var2, scale1, scale2 = unit_variances(cov12, var1, var2)")
        for letter, name, function_name in ((GAP, GAP_NAME, "gap"), (INNER, INNER_NAME, "interior_gap")):
            if any(e.has(letter) for e in expressions):
                self.numerics.add(function_name)
                lines.append(f"{name} = {function_name}(cov12, var1, var2){'' if double else '.value'}")
        lines.append(assigned([*function.arguments, *self.parameters], kind))
        if any(e.has(SMALLER, LARGER) for e in expressions):
            self.numerics.add("ordered")
            lines.append("smaller, larger = ordered(var1, var2)")
        return lines

    def _signs(self) -> list[str]:
        """Parameters of a sign that is taken for granted: NaN where they have another."""
        signed = [p for p in self.derivation.activation.parameters if p.sign != "real"]
        self.numerics |= {p.sign for p in signed}
        return [f"{p.name} = {p.sign}({p.name})" for p in signed]

    def _scaled(self, part: Stabilised, text: str) -> str:
        """A homogeneous kernel's value, from that at unit variances."""
        self.numerics.add("rescaled")
        first, second = part.degrees or (0, 0)
        return f"rescaled({text}, scale1, {first}, scale2, {second})"

    def _result(self, part: Stabilised, text: str, like: str, double: bool) -> str:
        """One kernel's value; a constant kernel takes its shape, and NaN, from the covariance."""
        e = part.expression
        if e.free_symbols - set(self.parameters):
            return _value(text, double)
        source = f"{like}.value" if double else like
        number = Printer(double=False, names={})(e) if e.is_number else _value(text, double)
        return f"jnp.where(jnp.isnan({source}), jnp.nan, {number}).astype({source}.dtype)"


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


def assigned(symbols: Sequence[Symbol], function: str) -> str:
    """``a, b = function(a, b)``."""
    names = ", ".join(s.name for s in symbols)
    return f"{names} = {function}({names})" if len(symbols) > 1 else f"({names},) = {function}({names})"


__all__ = ["Kernels", "assigned"]
