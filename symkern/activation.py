"""An activation: a name, a formula in ``x`` and its parameters; and a kernel that is given without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:  # the catalogue is listed without SymPy
    from sympy import Expr, Symbol


def layer_name(name: str, spelled: str = "") -> str:
    """Of the layer, from the activation's: ``exp_normalized`` → ``ExpNormalized``, unless it is spelled otherwise."""
    return spelled or "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


@dataclass(frozen=True)
class Parameter:
    """A named real constant of a formula.

    Attributes:
        name: a plain identifier.
        default: its value where none is given.
        sign: ``"real"``, ``"positive"``, ``"nonnegative"`` or ``"negative"``: what the derivation may assume of it; for a
            value of another sign the generated functions give NaN.
        description: a few words for the layer's docstring.
    """

    name: str
    default: float
    sign: str = "real"
    description: str = ""

    @property
    def symbol(self) -> Symbol:
        """The SymPy symbol, with the assumption that ``sign`` states."""
        from sympy import Symbol

        return Symbol(self.name, real=True) if self.sign == "real" else Symbol(self.name, **{self.sign: True})


@dataclass(frozen=True)
class Option:
    """An argument that the layer accepts because neural-tangents' has it, and does not need.

    Attributes:
        name: of the argument.
        default: its value there.
        description: why it changes nothing.
    """

    name: str
    default: bool
    description: str


@dataclass(frozen=True)
class Activation:
    """A scalar function of ``x``, as a SymPy expression in ``symkern.symbols.x`` and its parameters' symbols.

    ``layer`` is the layer's name where it is not the CapWords form of ``name``, ``options`` are arguments it only accepts.
    """

    name: str
    expression: Expr
    parameters: tuple[Parameter, ...] = ()
    description: str = ""
    reference: str = ""
    layer: str = ""
    options: tuple[Option, ...] = ()
    left_side: ClassVar[str] = "f(x)"

    @cached_property
    def derivative(self) -> Expr:
        """``f'(x)``."""
        from symkern.symbols import x

        return self.expression.diff(x)

    def defaults(self) -> dict[str, float]:
        """Parameter names to their default values."""
        return {p.name: p.default for p in self.parameters}

    def at(self, values: Mapping[str, float] | None = None) -> Expr:
        """The formula with every parameter replaced by its value (default, or the one given)."""
        from sympy import Rational

        chosen = self.defaults() | dict(values or {})
        return self.expression.subs({p.symbol: Rational(chosen[p.name]) for p in self.parameters})


@dataclass(frozen=True)
class Kernel:
    """An NNGP kernel without an activation, in ``symkern.symbols.cov12, var1, var2`` and its parameters' symbols."""

    name: str
    expression: Expr
    parameters: tuple[Parameter, ...] = ()
    description: str = ""
    reference: str = ""
    layer: str = ""
    options: tuple[Option, ...] = ()
    left_side: ClassVar[str] = "K(cov12, var1, var2)"

    def defaults(self) -> dict[str, float]:
        """Parameter names to their default values."""
        return {p.name: p.default for p in self.parameters}


__all__ = ["Activation", "Kernel", "Option", "Parameter", "layer_name"]
