"""Long lines of generated code, broken where a person would."""

from __future__ import annotations

import textwrap

WIDTH = 110
_BREAKS = (" + ", " - ", " * ", " / ", " | ")


def folded(line: str, indent: str = "    ") -> list[str]:
    """``line`` (a statement, without indentation) as lines of at most ``WIDTH`` characters where that can be done."""
    if len(indent + line) <= WIDTH:
        return [indent + line]
    head, expression = _split_head(line)
    inner = indent + "    "
    pieces = _pieces(expression, WIDTH - len(inner))
    return [f"{indent}{head}(", *(inner + piece for piece in pieces), f"{indent})"]


def _split_head(line: str) -> tuple[str, str]:
    for mark in ("return ", " = "):
        if mark in line:
            at = line.index(mark) + len(mark)
            return line[:at], line[at:]
    return "", line


def _pieces(text: str, width: int) -> list[str]:
    """Break before an operator: of those that fit in the second half of the line, the least nested, then the last."""
    pieces = []
    while len(text) > width:
        places = [(depth, -at) for at, depth in _operators(text[: width + 3]) if width // 2 <= at <= width]
        if not places:
            places = [(0, -at) for at, _ in _operators(text) if at > 0][:1]
        if not places:
            break
        at = -min(places)[1]
        pieces.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*pieces, text]


def _operators(text: str) -> list[tuple[int, int]]:
    """Positions before which a line may end, with their nesting (additions count less than products)."""
    found, depth = [], 0
    for at, ch in enumerate(text):
        if ch in "([":
            depth += 1
        elif ch in ")]":
            depth -= 1
        elif text.startswith(_BREAKS, at):
            found.append((at + 1, 2 * depth + (text[at + 1] in "*/")))
        elif text.startswith(", ", at):
            found.append((at + 2, 2 * depth))
    return found


def layer_docstring(about: str) -> list[str]:
    """The first lines of a layer's docstring, wrapped."""
    return textwrap.wrap(
        f'"""``neural_tangents.stax`` layer: {about}.', WIDTH, initial_indent="    ", subsequent_indent="    "
    )


def signature(name: str, arguments: list[str], keywords: list[str], returns: str) -> list[str]:
    """``def`` line, one argument a line where it does not fit."""
    parts = [*arguments, *(["*"] if keywords and arguments else []), *keywords]
    line = f"def {name}({', '.join(parts)}) -> {returns}:"
    if len(line) <= WIDTH:
        return [line]
    return [f"def {name}(", *(f"    {part}," for part in parts), f") -> {returns}:"]
