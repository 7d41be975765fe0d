"""Tables of every kind as they stand in a module and in the memory; a mixture for variances beyond those of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symkern.series.fields import Fields
from symkern.series.mixture import MixtureFields
from symkern.series.waves import WaveFields


@dataclass(frozen=True)
class RegimeFields:
    """The arguments of :class:`symkern.numerics.Regimes`, which says what they mean."""

    near: Fields
    beyond: MixtureFields

    @property
    def largest(self) -> float:
        """The largest variance."""
        return self.beyond.largest

    @property
    def order(self) -> int:
        """The power with which ``f`` begins at zero."""
        return self.near.order

    @property
    def bound(self) -> float:
        """Of the error relative to ``√(K11 K22)`` in either."""
        return max(self.near.bound, self.beyond.bound)

    def __str__(self) -> str:
        """In words."""
        return f"{self.near}; beyond a variance of {self.near.largest:g} {self.beyond}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"near": self.near.as_dict(), "beyond": self.beyond.as_dict()}


Tables = Fields | RegimeFields | WaveFields


def fields_of(found: Any) -> Tables:
    """From a dictionary of :meth:`as_dict`, or from an object with these attributes.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    given = found if isinstance(found, dict) else vars(found)
    if "waves" in given:
        return WaveFields.of(found)
    if "beyond" not in given:
        return Fields.of(found)
    return RegimeFields(Fields.of(given["near"]), MixtureFields.of(given["beyond"]))


__all__ = ["RegimeFields", "Tables", "fields_of"]
