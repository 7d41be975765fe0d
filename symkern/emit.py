"""What ``symkern derive`` and ``symkern check`` write: the text of a module for a catalogue name, a family or a formula."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from symkern import catalogue, families
from symkern.codegen.family import family_source

if TYPE_CHECKING:
    from symkern.codegen.measures import Plan


def catalogue_names() -> tuple[str, ...]:
    """Every name that has a committed module with a closed form."""
    return (*(e.name for e in catalogue.ENTRIES), *(f.name for f in families.FAMILIES))


def series_names() -> tuple[str, ...]:
    """Every name whose committed module is a table with a bound."""
    return tuple(e.name for e in catalogue.SERIES)


def source_of(name: str, plan: Plan | None = None) -> str:
    """The text of the committed module of that name, derived anew; ``plan`` as its certificate has it."""
    from symkern.api import derive
    from symkern.derivation import Derivation

    family = families.find(name)
    if family is not None:
        return family_source(family)
    derivation = derive(catalogue.lookup(name).name)
    assert isinstance(derivation, Derivation), derivation
    return derivation.source(plan)


def generated_folder() -> Path:
    """Where the committed modules are."""
    import symkern.generated

    return Path(next(iter(symkern.generated.__path__)))
