"""Terms that ``var1 ↔ var2`` changes into each other: printed side by side, they give the same bits when X and Y are exchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy
from sympy import Expr, Symbol

from symkern.codegen.functions import exp_Density2, exp_Density2_over, exp_Phi2
from symkern.symbols import var1, var2


class Meanings:
    """What the intermediates of a function body stand for, all of them spelled out."""

    def __init__(self, definitions: Mapping[Symbol, Expr] | None = None) -> None:
        self._of: dict[Symbol, Expr] = {}
        for symbol, definition in (definitions or {}).items():
            self._of[symbol] = definition.xreplace(self._of)
        self._known: dict[Expr, tuple[Expr, Expr]] = {}

    def full(self, e: Expr) -> Expr:
        """The expression with its intermediates spelled out, and both limits of a joint distribution in one order."""
        return self._both(e)[0]

    def pairs(self, terms: Sequence[Expr]) -> list[tuple[Expr, ...]]:
        """The terms in an order of their own, those that change into each other together."""
        if len(terms) == 1:
            return [(terms[0],)]
        ordered = sorted(terms, key=lambda t: (t.is_number, sympy.default_sort_key(t)))
        waiting: dict[Expr, list[Expr]] = {}
        for term in ordered:
            waiting.setdefault(self.full(term), []).append(term)
        found: list[tuple[Expr, ...]] = []
        for first in ordered:
            full, turned = self._both(first)
            if first not in waiting[full]:
                continue  # a partner already
            waiting[full].remove(first)
            partners = waiting.get(turned) if turned != full else None
            found.append((first, partners.pop(0)) if partners else (first,))
        return found

    def _both(self, e: Expr) -> tuple[Expr, Expr]:
        if e not in self._known:
            full = _ordered(e.xreplace(self._of))
            self._known[e] = full, _ordered(full.xreplace({var1: var2, var2: var1}))
        return self._known[e]


def _ordered(e: Expr) -> Expr:
    pairs = {
        n
        for n in e.atoms(exp_Phi2, exp_Density2, exp_Density2_over)
        if sympy.default_sort_key(n.args[1]) > sympy.default_sort_key(n.args[2])
    }
    return e.xreplace({n: n.func(n.args[0], n.args[2], n.args[1], *n.args[3:]) for n in pairs}) if pairs else e


__all__ = ["Meanings"]
