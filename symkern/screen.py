"""What the commands print: text for people on standard output, progress on standard error, or one JSON document."""

from __future__ import annotations

import json as json_module
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from symkern.derivation import Derivation
from symkern.domain import Point
from symkern.references import Progress as Callback
from symkern.report import Report


class Screen:
    """Prints to the terminal; with ``json`` only the document goes to standard output."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self.out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 110)
        self.err = Console(stderr=True, highlight=False)

    def say(self, text: str) -> None:
        """A line of text; on standard error where standard output is for JSON."""
        (self.err if self.json else self.out).print(text, markup=False)

    def derivation(self, latex: bool) -> Callable[[Derivation], None]:
        """A printer of derivations: formula, steps, domain."""

        def show(d: Derivation) -> None:
            from sympy import latex as to_latex

            text = to_latex if latex else str
            self.say(f"{d.name}: f(x) = {text(d.activation.expression)}")
            self.say("")
            for n, step in enumerate(d.steps, 1):
                self.say(f"  {n}. {step.what}")
                if step.expression is not None:
                    self.say(f"       {text(step.expression)}")
            self.say("")
            self.say(f"  nngp      E[f(X) f(Y)]    = {text(d.nngp)}")
            self.say(f"  d_nngp    E[f'(X) f'(Y)]  = {text(d.d_nngp)}")
            self.say(f"  variance  E[f(X)^2]       = {text(d.variance)}")
            self.say(f"  exists {'for every covariance' if d.domain == True else f'where {d.domain}'}")  # noqa: E712
            self.say("")

        return show

    @contextmanager
    def progress(self, what: str) -> Iterator[Callback]:
        """A progress bar on standard error, there while it runs."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.err, transient=True, disable=not self.err.is_terminal) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def report(self, report: Report, *, extra: dict[str, Any]) -> None:
        """The table of measured errors."""
        if self.json:
            print(json_module.dumps({**extra, **report.as_dict()}, indent=2, sort_keys=True))
            return
        self.out.print(error_table(report), crop=False)
        bound = f"; at {report.unresolved} the oracle has a bound only" if report.unresolved else ""
        self.say(
            f"{report.points} points, oracle to {min(report.digits, 50):.0f} digits or more{bound}; "
            f"budget {report.budget:g} ulp: {'met' if report.ok else 'NOT met'}"
        )


def error_table(report: Report) -> Table:
    """Worst errors in ulps, a row for each function and dtype, a column for each region, and where the worst one is."""
    regions = list(dict.fromkeys(row.region for row in report.rows))
    table = Table(title=f"{report.name}: worst error in ulp, eager and jitted", title_justify="left")
    table.add_column("function")
    table.add_column("dtype")
    for region in regions:
        table.add_column(region, justify="right")
    table.add_column("worst at", no_wrap=True)
    for function, dtype in dict.fromkeys((row.function, row.dtype) for row in report.rows):
        rows = {r.region: r for r in report.rows if (r.function, r.dtype) == (function, dtype)}
        worst = max(rows.values(), key=lambda r: r.ulp)
        cells = [f"{rows[region].ulp:.2f}" if region in rows else "" for region in regions]
        table.add_row(function, dtype, *cells, _place(worst.point))
    return table


def _place(point: Point) -> str:
    """The correlation and the variances; the certificate has the exact floats."""
    c, v1, v2 = point.values
    rho = c / math.sqrt(v1 * v2) if v1 * v2 else 0.0
    return f"rho={rho:.3g} var={v1:.3g}" + ("" if v1 == v2 else f",{v2:.3g}")


def catalogue_table() -> None:
    """Names, parameters and formulas of the catalogue."""
    from symkern import catalogue, families

    table = Table(title="catalogue", title_justify="left")
    for column in ("name", "f(x)", "parameters", "what it is"):
        table.add_column(column)
    for entry in catalogue.ENTRIES:
        defaults = ", ".join(f"{p.name}={p.default:g}" for p in entry.parameters)
        table.add_row(entry.name, escape(entry.formula), defaults, escape(entry.description))
    for family in families.FAMILIES:
        table.add_row(family.name, escape(family.formula), family.argument, escape(family.description))
    Console().print(table)
