"""The named activations: rows of data, found by name or alias."""

from __future__ import annotations

import difflib

from symkern.entries import ENTRIES
from symkern.entry import Entry
from symkern.errors import UsageError
from symkern.families import FAMILIES
from symkern.series_entries import SERIES

_BY_NAME: dict[str, Entry] = {name: entry for entry in (*ENTRIES, *SERIES) for name in (entry.name, *entry.aliases)}


def find(name: str) -> Entry | None:
    """The row of that name or alias (case does not count), or None."""
    return _BY_NAME.get(name) or _BY_NAME.get(name.lower())


def lookup(name: str) -> Entry:
    """The row of that name.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    entry = find(name)
    if entry is None:
        near = nearest(name)
        hint = f"; did you mean {near!r}?" if near else ""
        raise UsageError(f"no activation is called {name!r}{hint}")
    return entry


def nearest(name: str) -> str | None:
    """The name, alias or family that is spelled most like it, or None."""
    return next(iter(difflib.get_close_matches(name.lower(), [*_BY_NAME, *(f.name for f in FAMILIES)], n=1)), None)


__all__ = ["ENTRIES", "SERIES", "Entry", "find", "lookup", "nearest"]
