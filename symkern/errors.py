"""What goes wrong, as types.  Every message is one line that says what happened and how to mend it."""

from __future__ import annotations


class SymkernError(Exception):
    """Base of every error that symkern raises on purpose."""


class FormulaError(SymkernError, ValueError):
    """A formula that cannot be read.

    Attributes:
        message: one line: what is wrong and how to mend it.
        text: the formula as given.
        position: index into ``text`` of the first offending character.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        self.message, self.text, self.position = message, text, position
        super().__init__(message)

    def __str__(self) -> str:
        """The message, then the formula with a caret under the place (long formulas are cut around it).

        What is not printable ASCII shows as ``?``: the caret stays in its column, and any terminal can print it.
        """
        width = 72
        start = max(0, self.position - width // 2)
        shown = "".join(ch if " " <= ch <= "~" else "?" for ch in self.text[start : start + width])
        head = "..." if start else ""
        tail = "..." if start + width < len(self.text) else ""
        caret = " " * (len(head) + self.position - start) + "^"
        return f"{self.message}\n  {head}{shown}{tail}\n  {caret}"


class UsageError(SymkernError, ValueError):
    """Bad input other than a formula: a name, a folder, a parameter."""
