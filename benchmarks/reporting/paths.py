"""Where the page and what it is made of are."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "precision.md"
FOLDER = DOCS / "precision"
TEXT = FOLDER / "text.md"
"""The prose, by hand; ``{{table}}`` and the like are filled in."""
THEIRS = FOLDER / "neural_tangents.json"
RECORD = FOLDER / "pictures.json"


def picture(name: str) -> Path:
    """A layer's."""
    return FOLDER / f"{name}.png"
