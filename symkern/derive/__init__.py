"""The derivation engine: ``Activation → Derivation | NotDerived``.  Knows no JAX and no code generation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from symkern.activation import Activation
from symkern.derivation import Derivation, NotDerived
from symkern.derive.exponential_polynomial import exponential_polynomial
from symkern.derive.thresholds import thresholds

Rule = Callable[[Activation], Derivation | NotDerived]

RULES: tuple[Rule, ...] = (exponential_polynomial, thresholds)
"""The rules in the order in which they are tried."""


def derive_activation(activation: Activation) -> Derivation | NotDerived:
    """The first rule's derivation that succeeds, or the reasons of all of them."""
    reasons: list[tuple[str, str]] = []
    for rule in RULES:
        result = rule(activation)
        if isinstance(result, Derivation):
            return result
        reasons.extend(result.reasons)
    return NotDerived(activation, tuple(reasons))


class _CallableModule(ModuleType):
    """``symkern.derive`` is this package and, by contract, also the function: importing the one must not hide the other."""

    def __call__(self, *args: Any, **kwargs: Any) -> Derivation | NotDerived:
        from symkern.api import derive

        return derive(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule

__all__ = ["RULES", "Rule", "derive_activation"]
