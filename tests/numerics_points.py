"""What the tests of symkern.numerics share: modes of evaluation, random double words, exact values and errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from symkern.numerics import DoubleWord

FLOAT32, FLOAT64 = np.float32, np.float64
DTYPES = [FLOAT32, FLOAT64]
DIGITS = 60
"""Decimal digits of the references; a pair of float64 has 32."""


@contextmanager
def x64(on: bool = True) -> Iterator[None]:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", on)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


def eager(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def one_by_one(function: Callable[..., Any]) -> Callable[..., Any]:
    """Every elementary operation compiled by itself: nothing is contracted, fused or simplified."""

    def run(*arguments: Any) -> Any:
        with jax.disable_jit():
            return function(*arguments)

    return run


MODES = [eager, jax.jit, one_by_one]


def unit(dtype: Any) -> float:
    """2^-48 or 2^-106."""
    return 2.0 ** (-48 if dtype == FLOAT32 else -106)


def with_low_words(random: np.random.Generator, high: np.ndarray, dtype: Any) -> DoubleWord:
    """`high` with low words of up to half an ulp."""
    high = high.astype(dtype)
    low = (high * random.uniform(-0.49, 0.49, high.shape) * np.finfo(dtype).epsneg).astype(dtype)
    return DoubleWord(jnp.asarray(high), jnp.asarray(low))


def spread(random: np.random.Generator, count: int, least: float, most: float) -> np.ndarray:
    """Numbers of both signs, log-uniform between 10^least and 10^most."""
    return random.choice([-1, 1], count) * 10.0 ** random.uniform(least, most, count)


def fractions_of(x: Any) -> list[Fraction]:
    """The exact values of a double word or of an array."""
    words = (x.hi, x.lo) if isinstance(x, DoubleWord) else (x,)
    return [sum((Fraction(float(w)) for w in at), Fraction(0)) for at in zip(*map(np.ravel, words), strict=True)]


def mpf_of(x: Any) -> list[mpmath.mpf]:
    """The same for mpmath; to be called at DIGITS digits."""
    words = (x.hi, x.lo) if isinstance(x, DoubleWord) else (x,)
    return [sum((mpmath.mpf(float(w)) for w in at), mpmath.mpf(0)) for at in zip(*map(np.ravel, words), strict=True)]


def worst_error(result: DoubleWord, exact: Sequence[Any]) -> float:
    """The largest relative error of a double word; an exact zero must be met exactly."""
    found = fractions_of(result) if isinstance(exact[0], Fraction) else mpf_of(result)
    assert len(found) == len(exact)
    return max(
        float(abs(f - e) / abs(e)) if e else (0.0 if not f else float("inf")) for f, e in zip(found, exact, strict=True)
    )


def ulps(values: Any, exact: Sequence[Any]) -> np.ndarray:
    """Errors of plain floats in ulps of the exact value (of the smallest normal number, where it is below that)."""
    values = np.ravel(np.asarray(values))
    form = np.finfo(values.dtype)
    errors = []
    for v, e in zip(values, exact, strict=True):
        size = max(abs(float(e)), float(form.tiny))
        spacing = float(np.spacing(values.dtype.type(min(size, float(form.max)))))
        errors.append(float(abs(type(e)(float(v)) - e)) / spacing)
    return np.array(errors)
