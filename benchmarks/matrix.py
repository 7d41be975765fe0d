"""Writes docs/matrix.md: ``python benchmarks/matrix.py RESULTS ...``, from what pytest wrote on each JAX (`make matrix`).

A file of results is JUnit's XML whose suite is named after the versions and pytest's ``-m``: ``0.10.2, 3.11.7, layers``.  Of
several files for one JAX the last one counts for a case that was run again; what had failed then is named.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from reporting.paths import DOCS

PAGE = DOCS / "matrix.md"
TESTS = DOCS.parent / "tests"

HEAD = """# What works on which JAX

Written by `make matrix`: the tests of layers on each JAX, in an environment of its own; which ones stands in the first table.
A cell says how many cases passed; `3 of 4` where some failed (named below), `–` where nothing was run.
"""

ABOUT = {"Python": "python", "tests": "asked", "run on": "day"}
"""What a reader is told of a row, and where it stands."""

Test = tuple[str, str]
"""A test's file and function."""
Outcome = Literal["passed", "failed", "skipped"]
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "skipped")
LONGEST = 130
"""Characters of a reason."""
WHOLE = "whole file"
"""The function of a file that is skipped."""
Case = tuple[Test, str]
"""A test and its parameters."""
Result = tuple[Outcome, str]
"""What became of it, and why."""


@dataclass
class Row:
    """One JAX: its version, Python's, which tests were asked for, the day, and what became of every case."""

    jax: str
    python: str
    asked: str
    day: str
    cases: dict[Case, Result] = field(default_factory=dict)
    seconds: float = 0.0
    again: dict[Case, Result] = field(default_factory=dict)
    """What became first of cases that were run again."""

    def count(self, outcome: Outcome, test: Test | None = None) -> int:
        """How many cases had it, of one test or of all."""
        return sum(found == outcome and test in (None, case[0]) for case, (found, _) in self.cases.items())

    def followed_by(self, later: Row) -> Row:
        """Both runs as one."""
        again = {case: self.cases[case] for case in later.cases if case in self.cases}
        return replace(
            self, cases=self.cases | later.cases, seconds=self.seconds + later.seconds, again=self.again | again
        )

    def cell(self, test: Test) -> str:
        """What a reader sees of one test."""
        passed, failed, skipped = (self.count(outcome, test) for outcome in OUTCOMES)
        if failed:
            return f"**{passed} of {passed + failed}**"
        return str(passed) if passed else "skipped" if skipped else "–"


def read(path: Path) -> Row:
    """The results of one run; ValueError where the suite does not name its versions."""
    suite = ElementTree.parse(path).getroot().find("testsuite")
    if suite is None or suite.get("name", "").count(", ") != 2:
        raise ValueError(f'{path}: the suite must be named "JAX version, Python version, marks"')
    row = Row(*suite.get("name", "").split(", "), suite.get("timestamp", "")[:10])
    for case in suite.iter("testcase"):
        function, _, parameters = case.get("name", "").partition("[")
        file = case.get("classname")  # none where the whole file is skipped, which then is the name
        test = (file or function).rpartition(".")[2], function if file else WHOLE
        why = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        outcome: Outcome = "passed" if why is None else "skipped" if why.tag == "skipped" else "failed"
        message = "" if why is None else " ".join(why.get("message", "").split())[:LONGEST]
        row.cases[test, parameters] = outcome, message
        row.seconds += float(case.get("time", 0))
    return row


def page(rows: Sequence[Row]) -> str:
    """The page, in the order of the rows."""
    tests = {test: None for row in rows for test, _ in row.cases}
    parts = [HEAD, *_table("", _totals(rows), rows)]
    for file in sorted({file for file, _ in tests}):
        lines = [(_words(test[1]), [row.cell(test) for row in rows]) for test in tests if test[0] == file]
        parts += [f"\n## {file}\n{_purpose(file)}\n", *_table("test", sorted(lines), rows)]
    for outcome in OUTCOMES[1:]:
        named = [_named(row, *case) for row in rows for case in row.cases.items() if case[1][0] == outcome]
        parts += [f"\n## {outcome.capitalize()}\n", *(sorted(named) or ["Nothing."])]
    if named := [_named(row, *case) for row in rows for case in row.again.items() if case[1][0] == "failed"]:
        parts += ["\n## Failed first, run again after a change\n", *sorted(named)]
    return "\n".join(parts) + "\n"


def _totals(rows: Sequence[Row]) -> list[tuple[str, list[str]]]:
    """What was run, how many cases there were, and how long they took."""
    counts = [(outcome, [str(row.count(outcome)) for row in rows]) for outcome in OUTCOMES]
    about = [(name, [getattr(row, field) for row in rows]) for name, field in ABOUT.items()]
    return [*about, *counts, ("minutes of tests", [f"{row.seconds / 60:.0f}" for row in rows])]


def _table(title: str, lines: Sequence[tuple[str, Sequence[str]]], rows: Sequence[Row]) -> list[str]:
    heads = [title, *(f"JAX {row.jax}" for row in rows)]
    table = [heads, ["---"] * len(heads), *([name, *cells] for name, cells in lines)]
    return [f"| {' | '.join(line)} |" for line in table]


def _named(row: Row, case: Case, result: Result) -> str:
    (file, function), parameters = case
    name = file if function == WHOLE else f"{function}[{parameters}" if parameters else function
    return f"- JAX {row.jax}: `{name}`: {result[1]}"


def _words(function: str) -> str:
    return function.removeprefix("test_").replace("_", " ")


def _purpose(file: str) -> str:
    """The first line of a test file's docstring."""
    source = TESTS / f"{file}.py"
    return (ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").splitlines()[0]


def version(row: Row) -> tuple[int, ...]:
    """JAX's, to sort by."""
    return tuple(int(part) for part in row.jax.split(".") if part.isdigit())


def main() -> None:
    """Read what is named, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+", type=Path, help="files of pytest --junitxml")
    rows: dict[str, Row] = {}
    for row in map(read, parser.parse_args().results):
        rows[row.jax] = rows[row.jax].followed_by(row) if row.jax in rows else row
    PAGE.write_text(page(sorted(rows.values(), key=version)), encoding="utf-8")


if __name__ == "__main__":
    main()
