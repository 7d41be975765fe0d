"""The derivation engine: ``Activation → Derivation | NotDerived``.  Knows no JAX and no code generation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from symkern.activation import Activation
from symkern.derivation import Derivation, NotDerived
from symkern.derive.exponential_polynomial import exponential_polynomial
from symkern.derive.real_powers import real_powers
from symkern.derive.thresholds import thresholds

Rule = Callable[[Activation], Derivation | NotDerived]

RULES: tuple[Rule, ...] = (exponential_polynomial, thresholds, real_powers)
"""The rules in the order in which they are tried."""


def derive_activation(activation: Activation) -> Derivation | NotDerived:
    """The first rule's derivation that succeeds, or the reasons of the last rule that has any.

    Each rule's class has something that the ones before have not; a rule gives no reason where that does not occur.
    """
    reasons: tuple[tuple[str, str], ...] = ()
    for rule in RULES:
        result = rule(activation)
        if isinstance(result, Derivation):
            return result
        reasons = result.reasons or reasons
    return NotDerived(activation, reasons)


class _CallableModule(ModuleType):
    """``symkern.derive`` is this package and, by contract, also the function: importing the one must not hide the other."""

    def __call__(self, *args: Any, **kwargs: Any) -> Derivation | NotDerived:
        from symkern.api import derive

        return derive(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule

__all__ = ["RULES", "Rule", "derive_activation"]
