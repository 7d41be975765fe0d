"""symkern: from an activation's formula to a proven, stable infinite-width kernel layer.

Nothing heavy is imported before it is needed: ``import symkern`` loads neither JAX nor SymPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symkern.activation import Activation as Activation
    from symkern.activation import Parameter as Parameter
    from symkern.api import derive as derive
    from symkern.derivation import Derivation as Derivation
    from symkern.derivation import NotDerived as NotDerived
    from symkern.errors import FormulaError as FormulaError
    from symkern.errors import SymkernError as SymkernError
    from symkern.errors import UsageError as UsageError
    from symkern.report import Report as Report
    from symkern.verification import verify as verify

__version__ = "0.1.0"

_WHERE = {
    "Activation": "symkern.activation",
    "Parameter": "symkern.activation",
    "derive": "symkern.api",
    "Derivation": "symkern.derivation",
    "NotDerived": "symkern.derivation",
    "FormulaError": "symkern.errors",
    "SymkernError": "symkern.errors",
    "UsageError": "symkern.errors",
    "Report": "symkern.report",
    "verify": "symkern.verification",
}

_MODULES = ("dual", "stax")

__all__ = [*_WHERE, *_MODULES, "neural_tangents", "__version__"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'symkern' has no attribute {name!r}")
    value = _found(name)
    globals()[name] = value
    return value


def _found(name: str) -> Any:
    if name == "neural_tangents":  # as this JAX needs it
        return import_module("symkern.compat").neural_tangents()
    return import_module(f"symkern.{name}") if name in _MODULES else getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
