"""A variable whose ends are stretched, for functions that vary fast beside the ends of an interval.

A kernel at a large variance ``v`` varies over angles of ``1/√v`` beside 0 and π, and over all of ``[0, π]`` between: as if it
were singular a little beyond the ends.  ``artanh(a x)/artanh(a)`` takes such places to infinity, and half as many polynomials do.
A rule of Gauss and Legendre for

    artanh(a x) = ∫_0^1 a x / (1 - (a x t)²) dt

is as good, has one division in place of a logarithm, and what it leaves out does not matter: any smooth variable will do, as long
as a table is made and used in the same one.  Both NumPy (when a table is made) and ``jax.numpy`` (when it is called) compute with
it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from symkern.packed import Floats

POLES = 4
"""Nodes of the rule; with three there are up to a tenth more powers, with six up to a tenth fewer."""
HALVINGS = 60
"""Of an interval of places, down to the last bit."""


def stretched(place: Any, ends: float) -> Any:
    """The variable, from -1 to 1, at a place between them.

    ``ends`` is how far beyond them the singular places are; 0 for the place itself.
    """
    if not ends:
        return place
    square = place * place
    top, below = 0.0, 1.0
    for share, rate in _poles(ends):
        factor = 1 - rate * square
        top, below = top * factor + share * below, below * factor
    return place * (top / below)


def place_of(variable: Floats, ends: float) -> Floats:
    """The place where :func:`stretched` has that value."""
    if not ends:
        return variable
    size = np.abs(variable)
    low, high = np.zeros_like(size), np.ones_like(size)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        less = stretched(middle, ends) < size
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    result: Floats = np.copysign(high, variable)
    return result


@cache
def _poles(ends: float) -> list[tuple[float, float]]:
    """Shares and rates: the sum of ``share x / (1 - rate x²)`` is 1 at 1."""
    nodes, weights = np.polynomial.legendre.leggauss(POLES)
    rates = ((1 + nodes) / 2 / (1 + ends)) ** 2
    shares = weights / np.sum(weights / (1 - rates))
    return [(float(share), float(rate)) for share, rate in zip(shares, rates, strict=True)]


__all__ = ["place_of", "stretched"]
