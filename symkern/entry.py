"""A row of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from symkern.activation import Activation, Kernel, Option, Parameter


@dataclass(frozen=True)
class Entry:
    """A named formula.

    Attributes:
        name: of the module; its CapWords form names the layer.
        formula: in ``x`` and the parameters, as a user would type it; in ``cov12, var1, var2`` for a kernel.
        description: one line of what it is.
        parameters: with their defaults, in the layer's order.
        aliases: other names that find it.
        reference: where it comes from.
        kernel: the formula is the NNGP kernel, and no activation is known.
        layer: the layer's name where neural-tangents spells it differently.
        options: arguments of neural-tangents' layer that ours accepts and does not need.
    """

    name: str
    formula: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = field(default=())
    reference: str = ""
    kernel: bool = False
    layer: str = ""
    options: tuple[Option, ...] = ()

    def activation(self) -> Activation:
        """The row as an activation."""
        assert not self.kernel, f"{self.name} is a kernel without an activation"
        return _activation(self)

    def given(self) -> Kernel:
        """The row as a kernel without an activation."""
        assert self.kernel, f"{self.name} is an activation"
        return _kernel(self)


@lru_cache(maxsize=256)
def _activation(entry: Entry) -> Activation:
    from symkern.parse import parse_activation

    expression = parse_activation(entry.formula, entry.parameters)
    return Activation(
        entry.name, expression, entry.parameters, entry.description, entry.reference, entry.layer, entry.options
    )


@lru_cache(maxsize=256)
def _kernel(entry: Entry) -> Kernel:
    from symkern.parse import parse_kernel

    expression = parse_kernel(entry.formula, entry.parameters)
    return Kernel(
        entry.name, expression, entry.parameters, entry.description, entry.reference, entry.layer, entry.options
    )


__all__ = ["Entry"]
