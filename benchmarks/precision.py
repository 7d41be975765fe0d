"""Writes docs/precision.md: ``python benchmarks/precision.py [--measure] [--pictures] [layer ...]``.

``--measure`` measures neural-tangents' own layers first (a minute each, the oracle's answers are remembered), ``--pictures`` draws
the pictures of the layers (half a minute each, minutes for kernels with Phi2); both of those that are named, else of all.
"""

from __future__ import annotations

import argparse

from reporting.page import page
from reporting.paths import PAGE

from symkern.emit import catalogue_names


def main() -> None:
    """Measure and draw what is asked for, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure neural-tangents' layers")
    parser.add_argument("--pictures", action="store_true", help="draw pictures; needs matplotlib")
    parser.add_argument("layers", nargs="*", metavar="layer", help="all where none is named")
    given = parser.parse_args()
    unknown = sorted(set(given.layers) - set(catalogue_names()))
    if unknown:
        parser.error(f"no layer is called {unknown[0]}")
    if given.measure:
        from reporting.theirs import measure

        measure(given.layers or list(catalogue_names()))
    if given.pictures:
        from reporting.pictures import draw, is_slow

        draw(given.layers or sorted(catalogue_names(), key=is_slow))
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
