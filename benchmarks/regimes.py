"""Tables of angles beside mixtures of error functions: what each has at a tolerance, and how far it is off.

python benchmarks/regimes.py [--largest 1e4] [--tolerance 1e-10] [FORMULA …]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from symkern.errors import SymkernError
from symkern.series.angular import table
from symkern.series.cells import Cells, cells, number
from symkern.series.mixture import mixture
from symkern.series.polar import reach
from symkern.symbols import x

FORMULAS = ("1/(1 + exp(-x))", "tanh(x)", "log(1 + exp(x))", "x/(1 + exp(-x))", "log(cosh(x))")


def found(make: Callable[[], Any], size: Callable[[Any], str]) -> str:
    """Its size, bound and how long it took; or why there is none."""
    start = time.perf_counter()
    try:
        made = make()
    except SymkernError as error:
        return f"none: {error} | |"
    return f"{size(made)}, {made.bound:.1e} | {time.perf_counter() - start:.0f} s"


def row(name: str, f: Cells, largest: float, tolerance: float) -> str:
    """Of one kernel."""
    tables = found(
        lambda: table(f, largest, tolerance), lambda t: f"{len(t.orders)} products in {len(np.unique(t.orders))} powers"
    )
    mixtures = found(
        lambda: mixture(f, largest, tolerance),
        lambda m: f"{sum(map(len, m.terms.values()))} terms ({', '.join(m.terms)})",
    )
    return f"| `{name}` | {tables} | {mixtures} |"


def main() -> None:
    """Prints a row for each kernel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formulas", nargs="*", default=FORMULAS)
    parser.add_argument("--largest", type=float, default=1e4)
    parser.add_argument("--tolerance", type=float, default=1e-10)
    given = parser.parse_args()
    print("| kernel of | table, bound | took | mixture, bound | took |")
    print("|---|---|---|---|---|")
    for text in given.formulas:
        e = sympy.sympify(text, locals={"x": x})
        for f in (e, e.diff(x)):
            print(row(str(f), cells(number(f), reach(given.largest)), given.largest, given.tolerance), flush=True)


if __name__ == "__main__":
    main()
