"""How figures are written for people."""

from __future__ import annotations


def ulp_text(ulp: float) -> str:
    """An error for people: two decimals, or a power of ten where the true value is next to nothing."""
    return f"{ulp:.2f}" if ulp < 1e4 else f"{ulp:.0e}"
