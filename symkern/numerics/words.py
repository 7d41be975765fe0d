"""How many words a number has, and how many of their digits a function gets right.

Two words, or one where float64 stands for float32 and its digits are enough (`rounded`).  Exponentials, sines and angles of two
words are right to some 2^-63: enough for most kernels.  Those that cancel further ask for every digit, which takes longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Arithmetic(Enum):
    """What the code that is traced computes in."""

    ONE_WORD = "second words are zeros that nobody adds"
    TWO_WORDS = "functions are right to a word and ten digits more"
    EVERY_DIGIT = "functions are right to two words"


_CURRENT = ContextVar("arithmetic", default=Arithmetic.TWO_WORDS)


def arithmetic() -> Arithmetic:
    """Of the code that is traced now."""
    return _CURRENT.get()


def one_word() -> bool:
    """Whether that is one word."""
    return _CURRENT.get() is Arithmetic.ONE_WORD


def to_every_digit() -> bool:
    """Whether functions are to be right to two words."""
    return _CURRENT.get() is Arithmetic.EVERY_DIGIT


@contextmanager
def computing_in(chosen: Arithmetic) -> Iterator[None]:
    """Code that is traced inside computes in this."""
    token = _CURRENT.set(chosen)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def every_digit(kernel: Callable[P, T]) -> Callable[P, T]:
    """A kernel whose functions are right to both words, where it has two."""

    @wraps(kernel)
    def call(*arguments: P.args, **parameters: P.kwargs) -> T:
        if one_word():
            return kernel(*arguments, **parameters)
        with computing_in(Arithmetic.EVERY_DIGIT):
            return kernel(*arguments, **parameters)

    return call


__all__ = ["Arithmetic", "arithmetic", "computing_in", "every_digit", "one_word", "to_every_digit"]
