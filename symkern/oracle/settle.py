"""From an attempt at a given accuracy to a value that knows its digits, for the rules with knots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from mpmath import mp, mpf, workdps

from symkern.oracle.magnitudes import UndecidedError
from symkern.oracle.value import Value
from symkern.oracle.window import DivergenceError


class Estimate(NamedTuple):
    """A value, the scale below which its accuracy counts, and how much rounding may have moved it."""

    value: mpf
    scale: mpf
    rounding: mpf = mpf(0)


#: An estimate to an accuracy in digits below its scale.
Attempt = Callable[[float], Estimate]
#: The value by another method to an accuracy; None where there is none.
Second = Callable[[float], mpf | None]

DIGITS = 2
"""Decimal digits below the accuracy asked for of a ball's radius."""
FIRST = 12.0
"""Digits of the first look, which tells how many cancel."""
BLIND = 110.0
"""Digits up to which a value of which nothing is seen yet is looked for."""
LEAST = 4.0
MARGIN = 3.0
GRID = 4.0
"""Accuracies are multiples of this where the limits let them be, so that tables of nodes serve many values."""
MORE = 4.0
"""Digits by which the value that checks is better."""
COARSER = (0.15, 0.4)
"""Parts of the digits by which it is worse, where only a bound is known or the better one is too dear."""

SLOW = 100
"""What the distance of two values is multiplied by where it is larger than the accuracy promised."""


class TooDearError(Exception):
    """The limits forbid it."""


@dataclass(frozen=True)
class _Look:
    """One attempt."""

    accuracy: float
    value: mpf
    scale: mpf
    rounding: mpf

    @property
    def lost(self) -> float:
        """Decimal digits between the scale and the value."""
        if not self.value:
            return float("inf") if self.scale else 0.0
        return max(0.0, float(mp.log10(self.scale / abs(self.value)))) if self.scale else 0.0

    @property
    def seen(self) -> bool:
        """Is the value more than noise?"""
        return self.lost < self.accuracy - 2


def settle(
    attempt: Attempt,
    digits: int,
    most: float,
    method: str,
    second: Second | None = None,
    coarser: Sequence[float] = COARSER,
) -> Value:
    """Raise the accuracy until the relative digits are there, then compute it again with other nodes.

    Args:
        attempt: the rule.
        digits: relative digits wanted.
        most: the largest accuracy allowed.
        method: what the value is called.
        second: another method, whose distance the error shall cover.
        coarser: by which parts of the digits a look that checks a bound may be worse.
    """
    try:
        look = _Look(min(FIRST, most), *attempt(min(FIRST, most))) if most >= LEAST else None
        if look is None:
            return Value.unresolved()
        look, most = _sharpened(attempt, look, digits, most)
        return _checked(attempt, look, method, second, coarser)
    except DivergenceError:
        return Value.divergent()
    except (TooDearError, UndecidedError):
        return Value.unresolved()


def conclusive(value: Value, method: str, digits: int, max_dps: int) -> Value | None:
    """What ``settle`` gave where no other rule would give more: the digits, or a bound below all digits that are allowed."""
    bound = not value.value and value.method == method and max_dps <= BLIND
    return value if bound or value.digits >= digits else None


def fault(attempt: Attempt) -> Value | None:
    """None where the expectation exists, as far as a first look tells; else what to answer."""
    try:
        attempt(FIRST)
    except DivergenceError:
        return Value.divergent()
    except (TooDearError, UndecidedError):
        return Value.unresolved()
    return None


def _sharpened(attempt: Attempt, look: _Look, digits: int, most: float) -> tuple[_Look, float]:
    """The look that has the digits, or the best that the limits allow."""
    while True:
        wanted = min(most, _gridded(digits + look.lost + MARGIN) if look.seen else min(BLIND, 3 * look.accuracy))
        if wanted <= look.accuracy + 1:
            return look, most
        try:
            look = _Look(wanted, *attempt(wanted))
        except TooDearError:
            most = wanted / 1.4
            if most <= look.accuracy + 1:
                return look, most


def _gridded(accuracy: float) -> float:
    return GRID * ceil(accuracy / GRID)


def _checked(attempt: Attempt, look: _Look, method: str, second: Second | None, coarser: Sequence[float]) -> Value:
    """Two looks (of a bound, the second is a coarser one) and, where there is one, a second method."""
    with workdps(int(look.accuracy) + 40):
        if not look.scale and not look.value:
            return Value.exact(mpf(0), "constant")
    finer = [MORE] if look.seen else []
    for more in (*finer, *(-part * look.accuracy for part in coarser)):
        try:
            other = _Look(look.accuracy + more, *attempt(look.accuracy + more))
            break
        except TooDearError:
            continue
    else:
        return Value.unresolved()
    fine, coarse = (other, look) if more > 0 else (look, other)
    with workdps(int(fine.accuracy) + 40):
        outside = max(fine.scale, coarse.scale) * mpf(10) ** -coarse.accuracy + fine.rounding + coarse.rounding
        distance = abs(fine.value - coarse.value)
        slow = SLOW if distance > 10 * outside else 2  # not the rate that the rules are made for: no longer trusted
        value = Value.of(fine.value, slow * distance + outside, method)
        cross = second(coarse.accuracy) if second is not None and value.value else None
        return value if cross is None else value.checked(cross)


__all__ = ["DIGITS", "Attempt", "Estimate", "Second", "TooDearError", "conclusive", "fault", "settle"]
