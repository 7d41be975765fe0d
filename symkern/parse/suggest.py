"""What to say of an unknown word: the nearest known one, and how to mend the formula."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Collection, Iterable

from symkern.parse.functions import CASES, CONSTANTS, FUNCTION_SPELLINGS, INSTEAD, KNOWN_FUNCTIONS
from symkern.parse.tokens import shown

_COMPLEX = ("I", "i", "j", "1j")
_INFINITE = ("inf", "oo", "nan", "NaN", "zoo", "infty", "Infinity")


def _nearest(name: str, known: Iterable[str]) -> str | None:
    lower = {word.lower(): word for word in known}
    close = difflib.get_close_matches(name[:40].lower(), lower, n=1, cutoff=0.6)
    return lower[close[0]] if close else None


def _special(name: str) -> str | None:
    if name in ("lambda", "if", "else"):
        hint = "write only the formula" if name == "lambda" else "write where(condition, value, otherwise)"
        return f"{shown(name)} is Python, which a formula is not: {hint}"
    if keyword.iskeyword(name):
        return f"{shown(name)} is Python, which a formula is not: write only the formula"
    if name in _COMPLEX:
        return f"{shown(name)} is unknown: a formula is real, without an imaginary unit"
    if name in _INFINITE:
        return f"{shown(name)} is unknown: a formula is finite"
    return None


def unknown_name(name: str, names: Collection[str], variables: Collection[str]) -> str:
    """The message for a name that is neither a variable, a parameter nor a constant."""
    if special := _special(name):
        return special
    nearest = _nearest(name, [*FUNCTION_SPELLINGS, *CONSTANTS, *names])
    if nearest is None and len(name) <= 2 and len(variables) == 1:
        (nearest,) = variables
    if nearest is None:
        guess = "known are " + ", ".join([*names, *CONSTANTS])
    else:
        guess = f"did you mean {shown(nearest + '(...)' if nearest in FUNCTION_SPELLINGS else nearest)}?"
    declare = f" If it is a parameter, declare it with --param {name}=VALUE" if len(name) <= 40 else ""
    return f"unknown name {shown(name)}: {guess}{'.' if nearest is None and declare else ''}{declare}"


def unknown_function(name: str) -> str:
    """The message for a name with an argument list that is no function."""
    if special := _special(name):
        return special
    if name.lower() in INSTEAD:
        return f"unknown function {shown(name)}: write {INSTEAD[name.lower()]}"
    nearest = _nearest(name, [*FUNCTION_SPELLINGS, *CASES])
    if nearest:
        return f"unknown function {shown(name)}: did you mean {shown(nearest)}?"
    return f"unknown function {shown(name)}: known are {', '.join([*KNOWN_FUNCTIONS, *CASES])}"


__all__ = ["unknown_function", "unknown_name"]
