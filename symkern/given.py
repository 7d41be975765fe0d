"""Parameters as they are given on the command line."""

from __future__ import annotations

import reprlib
from typing import Any

from symkern.errors import UsageError

LARGEST = 3.4e38
"""Of a parameter: it must fit a float32."""


def parameters_of(items: list[str] | None) -> dict[str, Any]:
    """``["a=1", "b=2.5"]`` → values.

    Raises:
        UsageError: an item is not NAME=NUMBER, or a name comes twice.
    """
    found: dict[str, Any] = {}
    for item in items or []:
        key, equals, value = item.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UsageError(f"--param {reprlib.repr(item)} must be NAME=VALUE, as in --param a=1")
        if key in found:
            raise UsageError(f"--param {key} is given twice")
        found[key] = _value(key, value.strip())
    return found


def _value(key: str, text: str) -> Any:
    """A number; an integer stays one (degrees), and a list [1, 2] becomes a tuple (coefficients)."""
    try:
        if text.startswith("[") and text.endswith("]"):
            value: Any = tuple(float(part) for part in text[1:-1].split(",") if part.strip())
        else:
            value = int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        raise UsageError(f"parameter {key} must be a number, not {reprlib.repr(text)}") from None
    if not all(abs(number) <= LARGEST for number in (value if isinstance(value, tuple) else (value,))):
        raise UsageError(f"parameter {key} must be finite, at most {LARGEST:g}, not {reprlib.repr(text)}")
    return value


__all__ = ["parameters_of"]
