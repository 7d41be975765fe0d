"""The statements of one generated function: named intermediates, then the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy
from sympy import Add, Dummy, Expr, Mul, Pow, Rational, Symbol

from symkern.codegen.exchange import Meanings
from symkern.codegen.functions import (
    GAP,
    LARGER,
    SMALLER,
    exp_cosh,
    exp_coshm1,
    exp_Density2,
    exp_Density2_over,
    exp_Phi,
    exp_Phi2,
    exp_sinh,
    expm1,
)
from symkern.codegen.printer import LARGE, Printer
from symkern.symbols import cov12, var, var1, var2

GAP_NAME = "gap12"
INNER = Symbol("inner", positive=True)
"""The gap where it divides: at least a tiny part of ``var1 var2``, for formulas with a limit at ``ρ = ±1``."""
INNER_NAME = "inner12"
COVARIANCE = {cov12, var1, var2, var, GAP, INNER, SMALLER, LARGER}
BATCHED = (exp_Phi, exp_Phi2, exp_Density2, exp_Density2_over)


@dataclass(frozen=True)
class Body:
    """Lines of code (without indentation), the texts of the results, and the primitives that they call."""

    lines: tuple[str, ...]
    results: tuple[str, ...]
    used: frozenset[str]


def dividing_by_inner(e: Expr) -> Expr:
    """The expression with ``INNER`` in place of the gap wherever that divides; elsewhere the gap may be zero.

    A density divided by a root of the gap is a function of its own: at ``ρ = ±1`` it is infinite or zero.
    """
    return _densities_divided(e).replace(
        lambda n: isinstance(n, Pow) and n.exp.could_extract_minus_sign() and n.base.has(GAP),
        lambda n: n.xreplace({GAP: INNER}),
    )


def tamed(e: Expr) -> Expr:
    """The expression without huge coefficients in its sums, as decimals of many digits leave them: divided by the largest."""
    if not any(max(abs(r.p), r.q) > LARGE for r in e.atoms(Rational)):
        return e
    return e.replace(lambda n: isinstance(n, Add) and _largest(n) > LARGE, _divided_by_largest)


def _largest(total: Add) -> Expr:
    return max(abs(a.as_coeff_Mul()[0]) for a in total.args)


def _divided_by_largest(total: Add) -> Expr:
    largest = _largest(total)
    return Mul(largest, Add(*(a / largest for a in total.args)), evaluate=False)


def _densities_divided(e: Expr) -> Expr:
    if not e.has(exp_Density2):
        return e
    poles = [f for f in e.args if isinstance(f, Pow) and f.base == GAP and f.exp.could_extract_minus_sign()]
    if not (isinstance(e, Mul) and poles):
        return e if isinstance(e, exp_Density2) else e.func(*map(_densities_divided, e.args))
    rest = [f for f in e.args if f not in poles]
    density = next((f for f in rest if isinstance(f, exp_Density2)), None)
    if density is not None:
        rest.remove(density)
        return Mul(*map(_densities_divided, rest), exp_Density2_over(*density.args, 1 / Mul(*poles)))
    total = next((f for f in rest if isinstance(f, Add) and f.has(exp_Density2)), None)
    if total is None:
        return Mul(*map(_densities_divided, e.args))
    rest.remove(total)
    return Mul(*rest, Add(*(_densities_divided(Mul(*poles, term)) for term in total.args)))


def body(expressions: Sequence[Expr], symbols: Sequence[Symbol], *, double: bool) -> Body:
    """The code of ``expressions`` with what they share computed once.

    ``symbols`` are those that the function has in scope under their own names.
    """
    expressions = [tamed(e) for e in expressions]
    names = {s: s.name for s in (*symbols, SMALLER, LARGER)} | {GAP: GAP_NAME, INNER: INNER_NAME}
    batches = _batches(expressions)
    letters = {call: letter for batch in batches for call, letter in batch.letters.items()}
    arguments = [a for call in letters for a in call.args]
    temporaries, reduced = sympy.cse(
        [*arguments, *(e.xreplace(letters) for e in expressions)],
        symbols=sympy.numbered_symbols("_t", real=True),
        order="canonical",
    )
    temporaries, reduced = _inlined(temporaries, reduced)
    naming = _Naming(taken={*names.values(), *_called(expressions)})
    results = reduced[len(arguments) :]
    roles = _roles([e for _, e in temporaries] + reduced)
    first, second = _parted(temporaries, set(letters.values()))
    for symbol, e in first:
        names[symbol] = naming.name(e, roles.get(symbol))
    names |= {letter: naming.name(call, None) for call, letter in letters.items()}
    for symbol, e in second:
        names[symbol] = naming.name(e, roles.get(symbol))
    meanings = dict(first) | {letter: call for call, letter in letters.items()} | dict(second)
    printer = Printer(double=double, names=names, meanings=Meanings(meanings))
    given = iter(reduced)
    lines = [f"{names[symbol]} = {printer(e)}" for symbol, e in first]
    for batch in batches:
        calls = [[next(given) for _ in call.args] for call in batch.letters]
        lines.append(
            f"{', '.join(names[letter] for letter in batch.letters.values())} = {printer.each(batch.of, calls)}"
        )
    lines += [f"{names[symbol]} = {printer(e)}" for symbol, e in second]
    return Body(tuple(lines), tuple(printer(e) for e in results), frozenset(printer.used))


@dataclass(frozen=True)
class _Batch:
    """Calls of one function on arguments of one shape, and the letters that stand for their results."""

    of: type[Expr]
    letters: dict[Expr, Symbol]


def _batches(expressions: Sequence[Expr]) -> list[_Batch]:
    """The calls that are worth compiling together: several of one normal distribution function.

    Their arguments have no such calls.  What depends on one variance has its own shape, that of one sample.
    """
    found: dict[tuple[type[Expr], frozenset[Expr]], list[Expr]] = {}
    calls = set().union(*(e.atoms(*BATCHED) for e in expressions))
    for call in sorted(calls, key=sympy.default_sort_key):
        shape = call.free_symbols & COVARIANCE
        if len(shape) > 1 or shape & {cov12, GAP, INNER}:
            shape = COVARIANCE
        found.setdefault((call.func, frozenset(shape)), []).append(call)
    batches, count = [], 0
    for (function, _), alike in found.items():
        if len(alike) > 1:
            batches.append(_Batch(function, {call: Dummy(f"_s{count + i}", real=True) for i, call in enumerate(alike)}))
            count += len(alike)
    return batches


def _parted(temporaries: list[tuple[Symbol, Expr]], letters: set[Symbol]) -> tuple[list[tuple[Symbol, Expr]], ...]:
    """The intermediates that do without the letters, and those that do not."""
    first: list[tuple[Symbol, Expr]] = []
    second: list[tuple[Symbol, Expr]] = []
    later = set(letters)
    for symbol, e in temporaries:
        if e.free_symbols & later:
            later.add(symbol)
            second.append((symbol, e))
        else:
            first.append((symbol, e))
    return first, second


def _called(expressions: Sequence[Expr]) -> set[str]:
    """Functions whose names intermediates could take."""
    powers = {n for e in expressions for n in e.atoms(Pow) if n.exp.is_Rational and n.exp.q not in (1, 2, 4)}
    return {"power"} if powers else set()


def _inlined(
    temporaries: list[tuple[Symbol, Expr]], results: list[Expr]
) -> tuple[list[tuple[Symbol, Expr]], list[Expr]]:
    """Put back the intermediates that are too small to deserve a name."""
    kept: list[tuple[Symbol, Expr]] = []
    trivial: dict[Expr, Expr] = {}
    for symbol, definition in temporaries:
        e = definition.xreplace(trivial)
        if _is_small(e):
            trivial[symbol] = e
        else:
            kept.append((symbol, e))
    return kept, [r.xreplace(trivial) for r in results]


def _is_small(e: Expr) -> bool:
    """A number times a letter, or a monomial of parameters, which are scalars as a rule."""
    if not e.free_symbols & COVARIANCE and not any(str(s).startswith("_t") for s in e.free_symbols):
        return bool(e.count_ops() <= 3)
    return isinstance(e, Mul) and len(e.args) == 2 and e.args[0].is_Rational and e.args[1].is_Symbol


def _roles(expressions: Sequence[Expr]) -> dict[Symbol, str]:
    """What an intermediate is used for, where that gives it a better name than its form does."""
    roles: dict[Symbol, str] = {}
    for e in expressions:
        for node in sympy.preorder_traversal(e):
            if isinstance(node, (exp_sinh, exp_cosh, exp_coshm1)):
                for argument, role in zip(node.args, ("exponent", "shift"), strict=True):
                    roles.setdefault(argument, role)
            elif isinstance(node, (sympy.exp, expm1)):
                roles.setdefault(node.args[0], "exponent")
            elif isinstance(node, (sympy.sin, sympy.cos)):
                roles.setdefault(node.args[0], "phase")
            elif isinstance(node, Pow) and not node.args[1].is_Integer:
                roles.setdefault(node.args[0], "determinant")
    return roles


class _Naming:
    """Names for intermediates, by role or form; numbered from the second on."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken

    def name(self, e: Expr, role: str | None) -> str:
        """A fresh name."""
        stem = role or self._form(e)
        candidate, n = stem, 1
        while candidate in self.taken:
            n += 1
            candidate = f"{stem}{n}"
        self.taken.add(candidate)
        return candidate

    def _form(self, e: Expr) -> str:
        if isinstance(e, exp_cosh):
            return "cosh_part"
        if isinstance(e, exp_sinh):
            return "sinh_part"
        if isinstance(e, exp_coshm1):
            return "coshm1_part"
        if isinstance(e, BATCHED):
            return {exp_Phi: "normal", exp_Phi2: "joint"}.get(e.func, "density")
        if isinstance(e, (sympy.exp, expm1)):
            return "growth"
        if isinstance(e, (sympy.sin, sympy.cos)):
            return "wave"
        if isinstance(e, sympy.atan2):
            return "angle"
        if isinstance(e, Pow) and not e.args[1].is_Integer:
            return "root"
        if isinstance(e, Pow):
            return "power"
        if isinstance(e, Add):
            return "total"
        return "product"
