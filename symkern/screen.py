"""What the commands print: text for people on standard output, progress on standard error, or one JSON document."""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from symkern.derivation import Derivation
    from symkern.references import Progress as Callback
    from symkern.report import Report


class Screen:
    """Prints to the terminal; with ``json`` only the document goes to standard output."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self.out = Console(highlight=False, emoji=False, soft_wrap=True, width=None if sys.stdout.isatty() else 110)
        self.err = Console(stderr=True, highlight=False, emoji=False)
        self._bar: Progress | None = None

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where the output goes elsewhere."""
        return self.out.width if sys.stdout.isatty() else None

    def say(self, text: str) -> None:
        """A line of text; on standard error where standard output is for JSON."""
        if self._bar:
            self._bar.stop()
        (self.err if self.json else self.out).print(text, markup=False)
        if self._bar:
            self._bar.start()

    def lines(self, lines: Iterable[str]) -> None:
        """Several of them."""
        for line in lines:
            self.say(line)

    def document(self, content: Any) -> None:
        """One JSON document."""
        print(json_module.dumps(content, indent=2, sort_keys=True))

    def derivation(self, latex: bool, *, drawn: bool = False) -> Callable[[Derivation], None]:
        """A printer of derivations: formula, steps, domain; as LaTeX, or with ``drawn`` in two dimensions."""

        def show(d: Derivation) -> None:
            from symkern import showing
            from symkern.notation import brief

            encoding = (sys.stdout.encoding or "").lower()
            written = showing.pretty(self.width or 110, unicode=encoding.startswith("utf")) if drawn else brief
            self.lines(showing.latex_lines(d) if latex else showing.lines(d, written))

        return show

    @contextmanager
    def progress(self, what: str, *, before: str = "") -> Iterator[Callback]:
        """A progress bar on standard error, there while it runs; called ``before`` until the first count arrives.

        It leaves standard output alone, so that this may go into a file meanwhile.
        """
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        hidden = not self.err.is_terminal
        with Progress(*columns, console=self.err, transient=True, disable=hidden, redirect_stdout=False) as bar:
            task = bar.add_task(before or what, total=None)
            self._bar = bar
            try:
                yield lambda done, total: bar.update(task, description=what, completed=done, total=total)
            finally:
                self._bar = None

    def report(self, report: Report, *, extra: dict[str, Any]) -> None:
        """The table of measured errors."""
        if self.json:
            self.document({**extra, **report.as_dict()})
            return
        from symkern.figures import ulp_text
        from symkern.tables import claims_table, error_table, place

        self.out.print(error_table(report), crop=False)
        bound = f"; at {report.unresolved} the oracle has a bound only" if report.unresolved else ""
        self.say(
            f"{report.points} points, oracle to {min(report.digits, 50):.0f} digits or more{bound}; "
            f"budget {report.budget:g} {report.unit}: {'met' if report.within_budget else 'NOT met'}"
        )
        if report.trial:
            worst = report.trial.worst
            self.say(
                f"beside the derived formula, at {report.trial.points} points of the domain: {worst.function} in {worst.dtype} "
                f"{ulp_text(worst.ulp)} ulp off at most, at {place(worst.point)}"
            )
        if report.claims:
            self.out.print(claims_table(report), crop=False)
