"""Terms that ``var1 ↔ var2`` changes into each other: printed side by side, they give the same bits when X and Y are exchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy
from sympy import Expr, Symbol

from symkern.codegen.functions import exp_Density2, exp_Density2_over, exp_Phi2
from symkern.symbols import var1, var2

JOINT = (exp_Phi2, exp_Density2, exp_Density2_over)


class Meanings:
    """What the intermediates of a function body stand for, spelled out, and with X and Y exchanged."""

    def __init__(self, definitions: Mapping[Symbol, Expr] | None = None) -> None:
        self._of: dict[Symbol, Expr] = {}
        self._turned: dict[Symbol, Expr] = {var1: var2, var2: var1}
        for symbol, definition in (definitions or {}).items():
            self._of[symbol], self._turned[symbol] = self.full(definition), self.turned(definition)

    def full(self, e: Expr) -> Expr:
        """The expression with its intermediates spelled out, and both limits of a joint distribution in one order."""
        return _ordered(e, self._of)

    def turned(self, e: Expr) -> Expr:
        """The same with ``var1`` and ``var2`` exchanged."""
        return _ordered(e, self._turned)

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
            full = self.full(first)
            if first not in waiting[full]:
                continue  # a partner already
            waiting[full].remove(first)
            turned = self.turned(first)
            partners = waiting.get(turned) if turned != full else None
            found.append((first, partners.pop(0)) if partners else (first,))
        return found


def limits_exchanged(n: Expr) -> Expr:
    """A call of one of ``JOINT``, its two limits changed over."""
    return n.func(n.args[0], n.args[2], n.args[1], *n.args[3:])


def _ordered(e: Expr, values: Mapping[Symbol, Expr]) -> Expr:
    """The expression with values, which are in order already, for its symbols."""
    full = e.xreplace(values)
    if not e.has(*JOINT):
        return full
    pairs = [n for n in full.atoms(*JOINT) if sympy.default_sort_key(n.args[1]) > sympy.default_sort_key(n.args[2])]
    return full.xreplace({n: limits_exchanged(n) for n in pairs})


__all__ = ["JOINT", "Meanings", "limits_exchanged"]
