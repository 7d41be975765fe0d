"""Text to SymPy through a closed grammar: a formula is input, not code.

    tokens → grammar (a tree) → build (SymPy, every step bounded) → the checks here

Nothing in it evaluates Python, and SymPy never sees the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from sympy import Expr, I, Symbol, nan, oo, zoo

from symkern import symbols
from symkern.activation import Parameter
from symkern.errors import FormulaError, UsageError
from symkern.parse.build import Builder, Built
from symkern.parse.functions import KNOWN_FUNCTIONS
from symkern.parse.grammar import read
from symkern.parse.samples import Complex, is_known, sample_points
from symkern.parse.suggest import is_reserved
from symkern.parse.tokens import shown

_VARIABLES = {s.name: s for s in (symbols.x, symbols.cov12, symbols.var1, symbols.var2, symbols.var)}


def parse(
    text: str,
    names: Mapping[str, Symbol],
    *,
    required: Collection[str] = ("x",),
    defaults: Mapping[str, float] | None = None,
) -> Expr:
    """``text`` as a real-valued SymPy expression in ``names``.

    At least one of ``required`` must be left in it.  It is tried at points of the real line (a kernel formula at
    admissible covariances), the other names at their ``defaults``, 1 where absent.  Whatever cannot be read raises
    ``FormulaError``.
    """
    points = sample_points(names, required, defaults or {})
    try:
        built = Builder(text, points).build(read(text, names, required))
    except RecursionError:
        raise FormulaError("the formula is nested too deeply", text, 0) from None
    _check_variables(built.expr, text, names, required)
    _check_real(built, text, points)
    return built.expr


def parse_activation(text: str, parameters: Iterable[Parameter] = ()) -> Expr:
    """``text`` as a function of ``symkern.symbols.x`` and these parameters."""
    return _parse_with(text, ("x",), parameters)


def parse_kernel(text: str, parameters: Iterable[Parameter] = ()) -> Expr:
    """``text`` as a function of ``symkern.symbols.cov12, var1, var2`` and these parameters."""
    return _parse_with(text, ("cov12", "var1", "var2"), parameters)


def _parse_with(text: str, variables: tuple[str, ...], parameters: Iterable[Parameter]) -> Expr:
    names, defaults = {name: _VARIABLES[name] for name in variables}, {}
    for parameter in parameters:
        _check_parameter(parameter.name, names)
        names[parameter.name] = parameter.symbol
        defaults[parameter.name] = parameter.default
    return parse(text, names, required=variables, defaults=defaults)


def _check_parameter(name: str, taken: Collection[str]) -> None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", name):
        raise UsageError(f"parameter {shown(name)}: a name is a letter, then letters, digits or _, at most 40")
    if name in _VARIABLES or is_reserved(name):
        raise UsageError(f"parameter {shown(name)}: the name already has a meaning in a formula; choose another")
    if name in taken:
        raise UsageError(f"parameter {shown(name)} is declared twice: keep one")


def _check_variables(expr: Expr, text: str, names: Mapping[str, Symbol], required: Collection[str]) -> None:
    wanted = [name for name in names if name in required]
    if not wanted or any(names[name] in expr.free_symbols for name in wanted):
        return
    variables = " or ".join(filter(None, (", ".join(wanted[:-1]), wanted[-1])))
    written = re.search(rf"(?<![A-Za-z_0-9.])(?:{'|'.join(map(re.escape, wanted))})(?![A-Za-z_0-9])", text)
    if written:
        message = f"not a function of {variables}: {written.group()} cancels and {shown(str(expr))} is left"
        raise FormulaError(message, text, written.start())
    raise FormulaError(f"not a function of {variables}: write a formula that depends on it", text, 0)


def _check_real(built: Built, text: str, points: Mapping[Symbol, tuple[float, ...]]) -> None:
    for index, value in enumerate(built.column):
        if isinstance(value, Complex):
            used = built.expr.free_symbols
            place = ", ".join(f"{symbol} = {column[index]:g}" for symbol, column in points.items() if symbol in used)
            where = f"complex-valued at {place}" if place else "complex-valued"
            message = f"{where} ({value.reason}): it must be real everywhere; write {value.mend}"
            raise FormulaError(message, text, value.position)
    if built.expr.has(I, nan, zoo, oo, -oo):
        raise FormulaError("complex-valued or infinite: write a formula that is real for every real x", text, 0)
    if not any(map(is_known, built.column)):
        raise FormulaError("infinite or undefined wherever it was tried: write a formula with finite values", text, 0)


__all__ = ["KNOWN_FUNCTIONS", "parse", "parse_activation", "parse_kernel"]
