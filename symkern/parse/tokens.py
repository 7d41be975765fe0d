"""Text to tokens.  What is not in the grammar becomes a ``bad`` token that carries its hint.

A bad token is an error only when the parser meets it, so the first mistake from the left is the one reported.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*)
      | (?P<operator>\*\*|<=|>=|[-+*/(),<>&|~])""",
    re.VERBOSE,
)
_NOT_ONE = "it holds on a set that no Gaussian integral sees; use <, <=, > or >="
_ALONE = "write only the right-hand side, the formula itself"
_BRACKET = "use parentheses ( )"
_PLAIN = "write the formula in plain text, such as sin(x)/2"
_STRING = "a formula has no strings"
_HINTS = {
    "==": _NOT_ONE, "!=": _NOT_ONE, "<>": _NOT_ONE,
    "=": _ALONE, ":=": _ALONE, "+=": _ALONE, "-=": _ALONE, "*=": _ALONE, "/=": _ALONE,
    "=<": "write <=", "=>": "write >=", "&&": "write 'and'", "||": "write 'or'", "//": "write / for a division",
    "^": "write ** for a power", "[": _BRACKET, "]": _BRACKET, "{": _BRACKET, "}": _BRACKET,
    '"': _STRING, "'": _STRING, "`": _STRING, ".": "a formula has no attributes",
    "!": "write 'not' for a negation", ":": "write where(condition, value, otherwise) for a case",
    "%": "a formula has no remainder and no percent", "#": "write the formula without a comment",
    "$": _PLAIN, "\\": _PLAIN, "@": "write * for a product", "?": "write where(condition, value, otherwise) for a case",
    ";": "write one formula", "\n": "write the formula on one line", "\r": "write the formula on one line",
    "·": "write *", "×": "write *", "⋅": "write *", "∙": "write *", "∗": "write *", "÷": "write /", "∕": "write /",
    "−": "write -", "–": "write -", "—": "write -", "π": "write pi", "Φ": "write Phi", "√": "write sqrt(...)",
    "⁻": "write **(-1), **(-2), ...", "½": "write 1/2", "¼": "write 1/4", "¾": "write 3/4",
    "≤": "write <=", "≥": "write >=", "≠": _NOT_ONE, "∧": "write 'and'", "∨": "write 'or'", "¬": "write 'not'",
    "∞": "there is no infinity in a formula", "\N{NO-BREAK SPACE}": "write an ordinary space",
}  # fmt: skip
_HINTS |= {power: f"write **{digit}" for digit, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}


class Token(NamedTuple):
    """One token; ``text`` of a bad one is the message that says how to mend it."""

    kind: str
    text: str
    position: int


def shown(text: str, width: int = 40) -> str:
    """``text`` in quotes and in printable ASCII, cut to a width that keeps a message on one line."""
    return ascii(text if len(text) <= width else text[: width - 3] + "...")


def _bad(text: str, position: int) -> tuple[Token, int]:
    for length in (2, 1):
        piece = text[position : position + length]
        if len(piece) == length and piece in _HINTS:
            hint = _HINTS[piece]
            break
    else:
        piece = text[position]
        name = unicodedata.name(piece, "")
        hint = f"write its name in ASCII, such as {name.split()[-1].lower()}" if name.startswith("GREEK") else ""
    label = shown(piece)
    if len(piece) == 1 and not " " <= piece <= "~":
        label = f"U+{ord(piece):04X} {unicodedata.name(piece, '')}".strip()
    return Token("bad", f"{label} is not in the grammar" + (f": {hint}" if hint else ""), position), len(piece)


def tokenise(text: str) -> list[Token]:
    """The tokens of ``text``, closed by one of kind ``end``."""
    tokens, position = [], 0
    while position < len(text):
        if text[position] in " \t":
            position += 1
            continue
        mistake = text[position : position + 2]
        match = None if len(mistake) == 2 and mistake in _HINTS else _TOKEN.match(text, position)
        if match and match.lastgroup:
            tokens.append(Token(match.lastgroup, match.group(), position))
            position = match.end()
        else:
            token, length = _bad(text, position)
            tokens.append(token)
            position += length
    return [*tokens, Token("end", "", len(text))]


__all__ = ["Token", "shown", "tokenise"]
