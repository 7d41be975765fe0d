"""What to say of an unknown word: the nearest known one, and how to mend the formula."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Collection, Iterable

from symkern.parse.functions import CASES, CONSTANTS, FUNCTION_SPELLINGS, INSTEAD, KNOWN_FUNCTIONS
from symkern.parse.tokens import shown

_NAME_LENGTH = 40
_IMAGINARY = ("I", "i", "j", "J", "1j")
_INFINITE = ("inf", "oo", "nan", "NaN", "zoo", "infty", "Infinity")


def is_python(name: str) -> bool:
    """Whether it is a keyword that the grammar does not use."""
    return keyword.iskeyword(name) and name not in ("and", "or", "not", "True", "False")


def is_reserved(name: str) -> bool:
    """Whether ``name`` already means something in a formula."""
    return name in FUNCTION_SPELLINGS or name in CASES or name in CONSTANTS or keyword.iskeyword(name)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    lower: dict[str, str] = {}
    for word in known:  # a function's own name comes before its other spellings
        lower.setdefault(word.lower(), word)
    close = difflib.get_close_matches(name[:_NAME_LENGTH].lower(), lower, n=1, cutoff=0.6)
    return lower[close[0]] if close else None


def _special(name: str) -> str | None:
    if is_python(name):
        case = name in ("if", "else", "elif")
        hint = "write where(condition, value, otherwise)" if case else "write only the formula"
        return f"{shown(name)} is Python, which a formula is not: {hint}"
    if name in _INFINITE:
        return f"unknown name {shown(name)}: a formula is finite"
    return None


def unknown_name(name: str, names: Collection[str], variables: Collection[str]) -> str:
    """The message for a name that is neither a variable, a parameter nor a constant."""
    if special := _special(name):
        return special
    if name == "x" and "cov12" in variables:
        return f"unknown name 'x': a kernel is a formula in {', '.join(variables)}, without its activation"
    usable = len(name) <= _NAME_LENGTH and not name.startswith("_")
    declare = f"If it is a parameter, declare it with --param {name}=VALUE" if usable else ""
    if name in _IMAGINARY:
        return f"unknown name {shown(name)}: a formula is real, without an imaginary unit. {declare}"
    if name.lower() in INSTEAD:
        return f"unknown name {shown(name)}: write {INSTEAD[name.lower()]}. {declare}"
    nearest = _nearest(name, [*FUNCTION_SPELLINGS, *CASES, *CONSTANTS, *names])
    if nearest is None and len(name) <= 2 and len(variables) == 1:
        (nearest,) = variables
    guess = f"did you mean {shown(nearest)}?" if nearest else f"known are {', '.join([*names, *CONSTANTS])}."
    return f"unknown name {shown(name)}: {guess} {declare}".strip()


def unknown_function(name: str) -> str:
    """The message for a name with an argument list that is no function."""
    if special := _special(name):
        return special
    if name.lower() in INSTEAD:
        return f"unknown function {shown(name)}: write {INSTEAD[name.lower()]}"
    if nearest := _nearest(name, [*FUNCTION_SPELLINGS, *CASES]):
        return f"unknown function {shown(name)}: did you mean {shown(nearest)}?"
    return f"unknown function {shown(name)}: known are {', '.join([*KNOWN_FUNCTIONS, *CASES])}"


__all__ = ["is_python", "is_reserved", "unknown_function", "unknown_name"]
