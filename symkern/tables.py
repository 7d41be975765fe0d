"""Tables: worst errors, the catalogue, times."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from symkern.figures import ulp_text

if TYPE_CHECKING:
    from symkern.bench import Times
    from symkern.domain import Point
    from symkern.dual_study import Study
    from symkern.listing import Row
    from symkern.report import Report


def error_table(report: Report) -> Table:
    """Worst errors in ulps, a row for each function and dtype, a column for each region, and where the worst one is."""
    table = Table(title=f"{report.name}: worst error in {_units(report)}, eager and jitted", title_justify="left")
    table.add_column("function")
    table.add_column("dtype")
    for region in report.regions:
        table.add_column(region, justify="right")
    table.add_column("worst at", no_wrap=True)
    for (function, dtype), rows in report.by_function().items():
        worst = max(rows.values(), key=lambda r: r.ulp)
        cells = [ulp_text(rows[region].ulp) if region in rows else "" for region in report.regions]
        table.add_row(function, dtype, *cells, place(worst.point))
    return table


def _units(report: Report) -> str:
    return "ulp" if report.unit == "ulp" else "multiples of the bound"


def claims_table(report: Report) -> Table:
    """What else the contract promises: the worst figure of each claim in each dtype, and where."""
    table = Table(title="what else the contract promises", title_justify="left")
    for name in ("claim", "dtype"):
        table.add_column(name)
    for name in ("worst", "allowed"):
        table.add_column(name, justify="right")
    table.add_column("worst at", no_wrap=True)
    for claim in report.claims:
        allowed = f"{claim.allowed:g} ulp" if claim.allowed else ""
        worst = ulp_text(claim.figure) if claim.allowed else "kept" if claim.ok else "broken"
        where = "" if claim.figure == 0 else place(claim.point)
        table.add_row(claim.what, claim.dtype, worst, allowed, where)
    return table


def dual_tables(study: Study) -> Iterator[Table]:
    """The error of a Hermite expansion over its degree, and that of random networks over their width."""
    title = f"{study.name}: f(x) = {study.formula}, variance {study.variance:g}; largest errors beside the {study.kind}"
    table = Table(title=title, title_justify="left")
    for name in ("degree", "coefficient", "remainder", "nngp", "d_nngp"):
        table.add_column(name, justify="right")
    for row in study.degrees:
        d_nngp = "infinite" if row.d_nngp is None else f"{row.d_nngp:.1e}"
        table.add_row(str(row.degree), f"{row.coefficient:.6g}", f"{row.remainder:.1e}", f"{row.nngp:.1e}", d_nngp)
    yield table
    table = Table(title="Monte Carlo: random networks", title_justify="left")
    for name in ("width", "nngp"):
        table.add_column(name, justify="right")
    for width in study.widths:
        table.add_row(str(width.width), f"{width.nngp:.1e}")
    yield table


def place(point: Point) -> str:
    """The correlation and the variances; the certificate has the exact floats."""
    c, v1, v2 = point.values
    rho = c / math.sqrt(v1 * v2) if v1 * v2 else 0.0
    return f"rho={rho:.3g} var={v1:.3g}" + ("" if v1 == v2 else f",{v2:.3g}")


def shortfall(report: Report) -> str:
    """The worst error and its place; of what is not finite, what was computed."""
    worst = report.worst
    here = f"{worst.function} in {worst.dtype} at {place(worst.point)}"
    if math.isfinite(worst.ulp):
        return f"{here} is {worst.ulp:.3g} {report.unit} off, above the budget of {report.budget:g}"
    return f"{here} is {worst.computed:g}, where the oracle has {float(worst.expected):.6g}"


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """Lines with columns two spaces apart; those in ``right`` flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


NARROWEST = 60
"""Columns for formulas, without which the catalogue is no table."""


def listing(rows: Sequence[Row], width: int | None) -> Iterator[str]:
    """The catalogue: a table where ``width`` columns are enough for one (None: any number), else a few lines an entry."""
    cells = [(r.name, _ulp(r), r.kind, r.arguments) for r in rows]
    table = aligned([("name", "worst ulp", "class", "parameters"), *cells], right=frozenset({1}))
    start = max(map(len, table)) + 2
    if width is None or width - start >= NARROWEST:
        for line, formula in zip(table, ("f(x)", *(r.formula for r in rows)), strict=True):
            first, *more = [formula] if width is None else textwrap.wrap(formula, width - start, break_long_words=False)
            yield line.ljust(start) + first
            yield from (" " * start + text for text in more)
        return
    indent = " " * (2 + max(len(r.name) for r in rows))
    heads = [(r.name, r.kind, _ulp(r) + (" ulp" if r.worst_ulp is not None and r.unit == "ulp" else "")) for r in rows]
    for head, row in zip(aligned(heads), rows, strict=True):
        yield head
        formula = f"{row.formula}  with {row.arguments}" if row.arguments else row.formula
        yield from textwrap.wrap(
            formula, width, initial_indent=indent, subsequent_indent=indent + "    ", break_long_words=False
        )


def _ulp(row: Row) -> str:
    if row.worst_ulp is None:
        return "not certified"
    return ulp_text(row.worst_ulp) if row.unit == "ulp" else f"{ulp_text(row.worst_ulp)} of bound"


def timing(rows: Sequence[Times]) -> Iterator[str]:
    """Seconds by stage, a star at the slowest of each entry, and their sums."""
    stages = list(rows[0].stages)
    cells = [
        (row.name, *(f"{t:.2f}{'*' if stage == row.slowest else ' '}" for stage, t in row.stages.items()), _sum(row))
        for row in rows
    ]
    sums = [sum(row.stages[stage] for row in rows) for stage in stages]
    total = ("all", *(f"{t:.2f} " for t in sums), f"{sum(sums):.2f}")
    heads = ("seconds", *(f"{stage} " for stage in stages), "total")
    yield from aligned([heads, *cells, total], right=frozenset(range(1, len(heads))))


def _sum(row: Times) -> str:
    return f"{row.total:.2f}" if row.derived else f"{row.total:.2f} (no closed form)"
