"""A derivation as people read it: lines of text, LaTeX, or a dictionary for JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import sympy
from sympy import Basic

from symkern.derivation import Derivation
from symkern.functions import Density2, Phi2
from symkern.notation import LEGEND, NNGP, latex_of, words

Written = Callable[[Basic], str]
"""How an expression is written: on one line or on several."""

INDENT = 7


def pretty(width: int, *, unicode: bool) -> Written:
    """Two-dimensional formulas where they fit into ``width`` columns; else in one dimension, wrapped."""

    def written(e: Basic) -> str:
        drawn = sympy.pretty(e, use_unicode=unicode, wrap_line=False)
        if max(map(len, drawn.splitlines())) <= width - INDENT:
            return str(drawn)
        return "\n".join(textwrap.wrap(str(e), width - INDENT, subsequent_indent="    ", break_long_words=False))

    return written


def lines(d: Derivation, written: Written) -> Iterator[str]:
    """The formula, the steps, the kernel with its derivative and its variance map, and where it exists."""
    yield from _block(f"{d.name}: {d.activation.left_side} =", written(d.activation.expression))
    about = [d.activation.description, f"({d.activation.reference})" if d.activation.reference else ""]
    if any(about):
        yield f"  {' '.join(filter(None, about))}"
    yield ""
    for n, step in enumerate(d.steps, 1):
        yield f"{n:3}. {step.what}"
        if step.expression is not None:
            yield from _indented(written(step.expression))
    yield ""
    yield from _block("  nngp      E[f(X) f(Y)]    =", written(d.nngp))
    yield from _block("  d_nngp    E[f'(X) f'(Y)]  =", written(d.d_nngp))
    yield from _block("  variance  E[f(X)^2]       =", written(d.variance))
    for function in _legends(d):
        yield f"  {function.__name__}(h, k, r) = {LEGEND[function][0]}"
    yield from (f"  warning: {warning}" for warning in d.warnings)
    yield f"  {'exists' if d.kind == 'closed form' else 'holds'} {_where(d)}"
    yield ""


def _where(d: Derivation) -> str:
    return "for every covariance" if d.domain == sympy.true else f"where {d.domain}"


def latex_lines(d: Derivation) -> Iterator[str]:
    """The same as LaTeX for the body of a document that has ``amsmath``."""
    yield rf"\[ {words(d.activation.left_side)} = {latex_of(d.activation.expression)} \]"
    yield r"\begin{enumerate}"
    for step in d.steps:
        yield rf"\item {words(step.what)}"
        if step.expression is not None:
            yield rf"\[ {latex_of(step.expression)} \]"
    yield r"\end{enumerate}"
    for left, right in zip(NNGP, (d.nngp, d.d_nngp, d.variance), strict=True):
        yield rf"\[ {left} = {latex_of(right)} \]"
    for function in _legends(d):
        yield rf"\[ {LEGEND[function][1]} \]"
    if d.domain != sympy.true:
        yield rf"\[ \text{{exists where}}\quad {latex_of(d.domain)} \]"


def as_dict(d: Derivation, written: Written = str) -> dict[str, Any]:
    """For ``--json``."""
    return {
        "name": d.name,
        "formula": written(d.activation.expression),
        "parameters": d.activation.defaults(),
        "description": d.activation.description,
        "reference": d.activation.reference,
        "nngp": written(d.nngp),
        "d_nngp": written(d.d_nngp),
        "variance": written(d.variance),
        "kind": d.kind,
        "rule": d.rule,
        "domain": written(d.domain),
        "warnings": list(d.warnings),
        "steps": [
            {"what": step.what, "expression": None if step.expression is None else written(step.expression)}
            for step in d.steps
        ],
    }


def _legends(d: Derivation) -> list[type]:
    shown = [d.nngp, d.d_nngp, *(step.expression for step in d.steps if step.expression is not None)]
    return [function for function in (Phi2, Density2) if any(e.has(function) for e in shown)]


def _block(lead: str, text: str) -> Iterator[str]:
    """``lead`` and a formula: beside it where that is one line, else below."""
    if "\n" not in text:
        yield f"{lead} {text}"
        return
    yield lead
    yield from _indented(text)


def _indented(text: str) -> list[str]:
    return [" " * INDENT + line.rstrip() for line in text.splitlines()]


__all__ = ["Written", "as_dict", "latex_lines", "lines", "pretty"]
