"""The names of ``symkern.stax``: the catalogue's layers, and behind them everything of ``neural_tangents.stax``."""

from __future__ import annotations

import difflib
from functools import cache
from importlib import import_module
from typing import Any

from symkern import compat
from symkern.activation import layer_name
from symkern.catalogue import ENTRIES, SERIES
from symkern.families import FAMILIES


def find(name: str) -> Any:
    """The catalogue's layer of that name, else what ``neural_tangents.stax`` calls so.

    Raises:
        AttributeError: neither has it; the message names the nearest.
        ImportError: neural-tangents is not installed, and it is no layer of the catalogue.
    """
    if name.startswith("_"):
        raise AttributeError(f"symkern.stax has no {name!r}")
    if module := modules().get(name):
        return getattr(import_module(f"symkern.generated.{module}"), name)
    theirs = compat.neural_tangents().stax
    if not hasattr(theirs, name):
        near = difflib.get_close_matches(name, names(), n=1)
        raise AttributeError(f"symkern.stax has no {name!r}" + "".join(f"; did you mean {n!r}?" for n in near))
    return getattr(theirs, name)


@cache
def modules() -> dict[str, str]:
    """The catalogue's layers by name, and the generated modules in which they are."""
    rows = {layer_name(entry.name, entry.layer): entry.name for entry in (*ENTRIES, *SERIES)}
    return rows | {layer_name(family.name): family.name for family in FAMILIES}


def names() -> list[str]:
    """All that :func:`find` finds; the catalogue's alone where neural-tangents is not installed."""
    try:
        theirs = [name for name in dir(compat.neural_tangents().stax) if not name.startswith("_")]
    except ImportError:
        theirs = []
    return sorted({*modules(), *theirs})


__all__ = ["find", "modules", "names"]
