"""What a formula takes for granted of its parameters: signs, and exponents that are built in."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from sympy import Expr, Pow, Rational

from symkern.activation import Activation, Kernel, Parameter
from symkern.symbols import cov12, var1, var2, x

Given = TypeVar("Given", Activation, Kernel)
VARIABLES = {x, cov12, var1, var2}


def with_signs(activation: Activation) -> Activation | None:
    """The activation with every parameter of the sign that its default has; None where nothing is gained.

    Which knot of ``clip(x, -a, a)`` comes first is known for ``a > 0`` only; the module then gives NaN for other values.
    """
    signed = tuple(_signed(p) for p in activation.parameters)
    if signed == activation.parameters:
        return None
    return replace(activation, expression=_renamed(activation, signed), parameters=signed)


def _signed(p: Parameter) -> Parameter:
    if p.sign != "real" or p.default == 0:
        return p
    return replace(p, sign="positive" if p.default > 0 else "negative")


def _renamed(activation: Activation, parameters: tuple[Parameter, ...]) -> Expr:
    letters = {old.symbol: new.symbol for old, new in zip(activation.parameters, parameters, strict=True)}
    return activation.expression.xreplace(letters).doit()


def with_fixed_exponents(given: Given) -> Given:
    """What is given, with the parameters in exponents of a variable replaced by their defaults, as the decimals they are.

    The kernel of ``|x|^p`` is another function for every ``p``: elementary for whole ones.
    """
    powers = [n for n in given.expression.atoms(Pow) if n.base.has(*VARIABLES)]
    found = set().union(*(n.exp.free_symbols for n in powers)) - VARIABLES
    values = {p.symbol: Rational(repr(p.default)) for p in given.parameters if p.symbol in found}
    if not values:
        return given
    kept = tuple(p for p in given.parameters if p.symbol not in values)
    return replace(given, expression=given.expression.subs(values), parameters=kept)


__all__ = ["with_fixed_exponents", "with_signs"]
