"""Loops that carry pairs, each as the two parts of a complex number.

XLA on CPU computes every array of a loop's state in a pass of its own, and what both words of a pair come from twice: one array
halves the work and the code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jax import Array, lax

from symkern.numerics.exact import Pair
from symkern.numerics.words import one_word

Pairs = tuple[Pair, ...]


def counted(first: int, last: int, step: Callable[[Array, Pairs], Pairs], state: Pairs) -> Pairs:
    """``for k in range(first, last): state = step(k, state)``."""
    return _parts(lax.fori_loop(first, last, lambda k, packed: _packed(step(k, _parts(packed))), _packed(state)))


def folded(step: Callable[[Pairs, Any], Pairs], state: Pairs, rows: Any) -> Pairs:
    """``for row in rows: state = step(state, row)``."""
    return _parts(lax.scan(lambda packed, row: (_packed(step(_parts(packed), row)), None), _packed(state), rows)[0])


def _packed(pairs: Pairs) -> Any:
    return pairs if one_word() else tuple(lax.complex(*pair) for pair in pairs)


def _parts(packed: Any) -> Pairs:
    return packed if one_word() else tuple(map(parts, packed))


def parts(packed: Array) -> Pair:
    """Both words of a complex number."""
    return lax.real(packed), lax.imag(packed)


__all__ = ["Pairs", "counted", "folded", "parts"]
