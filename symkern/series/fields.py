"""A table as it stands in a module and in the memory: numbers and packed text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

TOLERANCE = 1e-10
"""Of an approximation's error relative to ``√(K11 K22)``, where no other is asked for."""
MAX_VARIANCE = 100.0
"""Up to which it holds."""


@dataclass(frozen=True)
class Fields:
    """The arguments of :class:`symkern.numerics.AngularTable`, which says what they mean."""

    largest: float
    order: int
    squares: tuple[float, ...]
    products: tuple[tuple[int, str, int], ...]
    functions: str
    bound: float
    short: float
    ends: float = 0.0

    @property
    def count(self) -> int:
        """How many products there are."""
        return sum(len(signs) for _, signs, _ in self.products)

    @property
    def few(self) -> int:
        """How many of them count in float32."""
        return sum(few for _, _, few in self.products)

    def __str__(self) -> str:
        """In words."""
        of = f"x, stretched from {self.ends:g} beyond its ends" if self.ends else "the angle"
        return (
            f"{self.count} products (float32: {self.few}) in {len(self.products)} powers of {of}; the error is at most "
            f"{self.bound:g} of sqrt(K11 K22) in float64"
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def of(cls, found: Any) -> Fields:
        """From such a dictionary, or from an object with these attributes.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        given = found if isinstance(found, dict) else vars(found)
        return cls(
            float(given["largest"]),
            int(given["order"]),
            tuple(map(float, given["squares"])),
            tuple((int(m), str(signs), int(few)) for m, signs, few in given["products"]),
            str(given["functions"]),
            float(given["bound"]),
            float(given["short"]),
            float(given["ends"]),
        )


__all__ = ["MAX_VARIANCE", "TOLERANCE", "Fields"]
