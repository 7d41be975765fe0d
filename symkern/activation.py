"""An activation: a name, a formula in ``x`` and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Symbol

from symkern.symbols import x


@dataclass(frozen=True)
class Parameter:
    """A named real constant of a formula.

    Attributes:
        name: a plain identifier.
        default: its value where none is given.
        sign: ``"real"``, ``"positive"`` or ``"nonnegative"``: what the derivation may assume of it.
        description: a few words for the layer's docstring.
    """

    name: str
    default: float
    sign: str = "real"
    description: str = ""

    @property
    def symbol(self) -> Symbol:
        """The SymPy symbol, with the assumption that ``sign`` states."""
        return Symbol(self.name, real=True) if self.sign == "real" else Symbol(self.name, **{self.sign: True})


@dataclass(frozen=True)
class Activation:
    """A scalar function of ``x``, as a SymPy expression in ``symkern.symbols.x`` and its parameters' symbols."""

    name: str
    expression: Expr
    parameters: tuple[Parameter, ...] = ()
    description: str = ""
    reference: str = ""

    @cached_property
    def derivative(self) -> Expr:
        """``f'(x)``."""
        return self.expression.diff(x)

    def defaults(self) -> dict[str, float]:
        """Parameter names to their default values."""
        return {p.name: p.default for p in self.parameters}

    def at(self, values: Mapping[str, float] | None = None) -> Expr:
        """The formula with every parameter replaced by its value (default, or the one given)."""
        from sympy import Rational

        chosen = self.defaults() | dict(values or {})
        return self.expression.subs({p.symbol: Rational(chosen[p.name]) for p in self.parameters})


__all__ = ["Activation", "Parameter"]
