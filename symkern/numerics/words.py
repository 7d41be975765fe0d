"""How many words a number has: two, or one where float64 stands for float32 and its digits are enough (`rounded`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ONE = ContextVar("one word", default=False)


def one_word() -> bool:
    """Whether the code that is traced now computes in one word: second words are zeros that nobody adds."""
    return _ONE.get()


@contextmanager
def in_words(count: int) -> Iterator[None]:
    """Computes in one or in two words."""
    token = _ONE.set(count == 1)
    try:
        yield
    finally:
        _ONE.reset(token)


__all__ = ["in_words", "one_word"]
