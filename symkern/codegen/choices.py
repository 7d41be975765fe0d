"""Activations that choose: the text of Max, Min, Heaviside and Piecewise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy
from sympy import Basic, Expr, Heaviside, Max, Min, Piecewise, Symbol
from sympy.core.relational import Relational

from symkern.errors import SymkernError
from symkern.symbols import x

CHOICES = (Max, Min, Heaviside, Piecewise)
Text = Callable[[Expr], str]
Renamed = Callable[[Mapping[Symbol, str]], Text]


def choice(e: Expr, renamed: Renamed) -> str:
    """The text of one choice; ``renamed`` gives a printer that writes some symbols differently."""
    text = renamed({})
    if isinstance(e, Heaviside):
        return f"jnp.heaviside({text(e.args[0])}, {text(e.args[1])})"
    if isinstance(e, Piecewise):
        return _piecewise(e, renamed)
    name = "jnp.maximum" if isinstance(e, Max) else "jnp.minimum"
    first, *rest = sorted(e.args, key=lambda a: (a.is_number, sympy.default_sort_key(a)))
    result = text(first)
    for argument in rest:
        result = f"{name}({result}, {text(argument)})"
    return result


def _piecewise(e: Piecewise, renamed: Renamed) -> str:
    """Nested ``where``; the last branch needs no condition.

    A branch that may overflow sees zeros where it is not chosen, for the gradient of ``where`` multiplies both branches.
    """
    (last, _), *others = reversed(e.args)
    conditions = [_condition(c, renamed({})) for _, c in others]
    left = " | ".join(f"({c})" for c in conditions) if len(conditions) > 1 else conditions[0]
    text = _branch(last, f"jnp.where({left}, 0, x)", renamed)
    for (form, _), condition in zip(others, conditions, strict=True):
        text = f"jnp.where({condition}, {_branch(form, f'jnp.where({condition}, x, 0)', renamed)}, {text})"
    return text


def _branch(form: Expr, seen: str, renamed: Renamed) -> str:
    return renamed({x: seen} if form.has(sympy.exp) else {})(form)


def _condition(condition: Basic, text: Text) -> str:
    if isinstance(condition, (sympy.And, sympy.Or)):
        joint = " & " if isinstance(condition, sympy.And) else " | "
        return joint.join(f"({_condition(c, text)})" for c in condition.args)
    if isinstance(condition, sympy.Not):
        return f"~({_condition(condition.args[0], text)})"
    if isinstance(condition, Relational):
        return f"{text(condition.lhs)} {condition.rel_op} {text(condition.rhs)}"
    raise SymkernError(f"no JAX rendering of the condition {condition}")


__all__ = ["CHOICES", "choice"]
