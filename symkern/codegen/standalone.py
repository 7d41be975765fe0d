"""A generated module that needs nothing of symkern: what it calls of the runtime is copied above its own functions.

Of each of symkern's modules the statements that are reached are taken over, word for word but for names that two of them
share, in the order in which they import each other.  So the values are the ordinary module's, bit for bit.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable

from symkern import __version__
from symkern.codegen.sources import Source, Statement, Target
from symkern.errors import SymkernError
from symkern.files import MARK

RUNTIME = ("symkern.numerics", "symkern.packed", "symkern.panels", "symkern.stretch", "symkern.stax", "symkern.compat")
"""What a generated module may call."""

_NOTE = (
    "It needs {needs} only (its layer neural-tangents too): what it calls of symkern's runtime stands\n"
    f"first, copied from symkern {__version__}, Apache License 2.0."
)
_USUAL, _POWERS = "JAX and NumPy", "JAX, NumPy and (for the tables of its powers) mpmath"


def standalone_source(source: str) -> str:
    """The text of a generated module with what it imports from symkern written into it.

    The layer works too: ``symkern.stax`` and ``symkern.compat`` are copied like the rest, and import neural_tangents when a
    layer is asked for.

    Raises:
        SymkernError: it cannot be done, as for a family, which needs all of symkern to derive its members.
    """
    main = Source("", source)
    bundle = _Bundle(main)
    head, foot = main.docstring.split(MARK)
    command, _, rest = foot.partition("`;")
    copied = [line for module in bundle.order for line in bundle.text_of(bundle.sources[module])]
    note = _NOTE.format(needs=_POWERS if any(line.strip() == "import mpmath" for line in copied) else _USUAL)
    return "\n".join(
        [
            f'"""{head}{MARK}{command} --standalone`;{rest}{note}',
            '"""',
            "",
            "from __future__ import annotations",
            "",
            *_import_lines(bundle.external.values()),
            "",
            *copied,
            "",
            "",
            *bundle.text_of(main),
            "",
        ]
    )


class _Bundle:
    """The statements that a module reaches, and the names that they have in one file."""

    def __init__(self, main: Source) -> None:
        self.sources: dict[str, Source] = {"": main}
        self.order: list[str] = []
        self.kept: set[Statement] = set()
        self.external: dict[str, str] = {}
        self._apart: set[Target] = set()
        for statement in main.statements:
            self._keep(main, statement)
        for module in main.imports():
            self._ordered(module)
        self.names = self._named(main)

    def text_of(self, source: Source) -> list[str]:
        """The kept statements of a module under a heading of its own, as lines."""
        kept = [s for s in source.statements if s in self.kept]
        lines = [] if not source.module or not kept else ["", "", f"# {source.module}: {_summary(source)}"]
        before: ast.stmt | None = None
        for statement in kept:
            spaced = isinstance(statement.node, _DEFINITIONS) or isinstance(before, _DEFINITIONS)
            lines += ["", ""] if spaced or before is None else []
            lines += self._renamed(source, statement)
            before = statement.node
        return lines[2:] if not source.module else lines

    def _source(self, module: str) -> Source:
        if module and not module.startswith(RUNTIME):
            raise SymkernError(f"cannot stand alone: {module} is no part of the runtime")
        if module not in self.sources:
            self.sources[module] = Source.of(module)
        return self.sources[module]

    def _defined(self, target: Target) -> Target:
        """Where a name that may be imported from elsewhere is defined."""
        source = self._source(target.module)
        return self._defined(source.imported[target.name]) if target.name in source.imported else target

    def _keep(self, source: Source, statement: Statement) -> None:
        if statement in self.kept:
            return
        self.kept.add(statement)
        for node, target in statement.references:
            self._need(self._defined(target))
            if isinstance(node, ast.Attribute):
                self._apart.add(self._defined(target))
        for other in source.statements:
            if other.belongs_to in statement.defines:
                self._keep(source, other)

    def _need(self, target: Target) -> None:
        source = self._source(target.module)
        found = [s for s in source.statements if target.name in s.defines]
        for statement in found:
            self._keep(source, statement)
        if not found:
            text = source.external.get(target.name, "")
            if not text or self.external.setdefault(target.name, text) != text:
                raise SymkernError(f"cannot stand alone: {target.module} means two things by {target.name!r}, or none")

    def _ordered(self, module: str) -> None:
        """Append the module after those that it imports."""
        if module not in self.order:
            for other in self._source(module).imports():
                self._ordered(other)
            if module not in self.order:
                self.order.append(module)

    def _named(self, main: Source) -> dict[Target, str]:
        """A name for everything that is kept: its own where nothing else has it, else with its module's in front.

        What the module itself imports comes first.  What is read as an attribute of its module always says so.
        """
        names = {self._defined(target): local for local, target in main.imported.items()}
        names |= {Target("", name): name for s in main.statements for name in s.defines}
        taken = {*names.values(), *self.external, *(n.id for s in self.kept for n in _all_names(s.node))}
        given = {*names.values(), *self.external}
        for module in self.order:
            leaf = module.rpartition(".")[2]
            for statement in self.sources[module].statements:
                for name in sorted(statement.defines) if statement in self.kept else ():
                    target = Target(module, name)
                    if target in names:
                        continue
                    new = name
                    if name in given or target in self._apart:
                        new = f"{'_' * name.startswith('_')}{leaf}_{name.lstrip('_')}"
                        while new in taken:
                            new += "_"
                    names[target] = new
                    taken.add(new)
                    given.add(new)
        return names

    def _renamed(self, source: Source, statement: Statement) -> list[str]:
        """The statement's lines, with the names that it has here."""
        first, last = statement.lines
        lines = list(source.lines[first - 1 : last])
        edits = [(node, self._name(target)) for node, target in statement.references]
        for name, new in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
            old = ast.unparse(name)
            row, start, end = name.lineno - first, name.col_offset, name.end_col_offset or 0
            if old != new and lines[row][start:end] != old.encode():
                raise SymkernError(f"cannot stand alone: {old!r} of {source.module} stands where it cannot be renamed")
            if old != new:
                lines[row] = lines[row][:start] + new.encode() + lines[row][end:]
        node = statement.node
        if isinstance(node, _DEFINITIONS):  # last: it moves what comes after it in the line
            row, new = node.lineno - first, self._name(Target(source.module, node.name))
            lines[row] = lines[row].replace(f" {node.name}".encode(), f" {new}".encode(), 1)
        return [line.decode() for line in lines]

    def _name(self, target: Target) -> str:
        defined = self._defined(target)
        return self.names.get(defined, defined.name)


_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def _all_names(node: ast.stmt) -> Iterable[ast.Name]:
    return (n for n in ast.walk(node) if isinstance(n, ast.Name))


def _summary(source: Source) -> str:
    """The first line of a module's docstring."""
    return source.docstring.partition("\n")[0]


def _import_lines(statements: Iterable[str]) -> list[str]:
    """Import statements, one a module, those of Python's own first."""
    names: dict[str, list[str]] = {}
    for text in sorted(statements):
        head, _, name = text.rpartition(" import ")
        names.setdefault(head or text, []).extend([name] if head else [])
    lines = [f"{head} import {', '.join(found)}" if found else head for head, found in names.items()]
    own = [line for line in lines if line.split()[1].partition(".")[0] in sys.stdlib_module_names]
    return [*own, "", *(line for line in lines if line not in own)]


__all__ = ["standalone_source"]
