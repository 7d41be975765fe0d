"""symkern's own modules as text: their statements, what each defines, and which global names it refers to where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from symkern.errors import SymkernError

ROOT = Path(__file__).parent.parent.parent


class Target(NamedTuple):
    """A global name of a module."""

    module: str
    name: str


@dataclass(eq=False)
class Statement:
    """A statement at the top level of a module, with its comments and, after a constant, its docstring.

    Attributes:
        lines: first and last, counted from one.
        defines: the global names that it binds.
        belongs_to: the name that it completes (``f.defjvp(g)``, ``@f.defjvp``), without which it has no purpose.
        references: nodes that mean something global: a name, or an attribute of one of symkern's modules.
    """

    node: ast.stmt
    lines: tuple[int, int]
    defines: frozenset[str]
    belongs_to: str | None
    references: list[tuple[ast.Name | ast.Attribute, Target]] = field(default_factory=list)


class Source:
    """One module.

    Attributes:
        imported: local names of objects that are defined elsewhere in symkern.
        modules: local names of symkern's modules.
        external: local names of everything else that is imported, with the statement that does it.
    """

    def __init__(self, module: str, text: str) -> None:
        self.module = module
        self.lines = text.encode().splitlines()
        self.imported: dict[str, Target] = {}
        self.modules: dict[str, str] = {}
        self.external: dict[str, str] = {}
        self.statements: list[Statement] = []
        body = ast.parse(text).body
        self.docstring = ast.get_docstring(ast.Module(body, []), clean=False) or ""
        for node in body[1:] if self.docstring else body:
            self._add(node)
        defined = frozenset().union(*(s.defines for s in self.statements))
        for statement in self.statements:
            statement.references = list(self._references(statement.node, defined))

    @classmethod
    def of(cls, module: str) -> Source:
        """The module of that dotted name.

        Raises:
            SymkernError: symkern has none.
        """
        path = path_of(module)
        if path is None:
            raise SymkernError(f"there is no module {module}")
        return cls(module, path.read_text(encoding="utf-8"))

    def imports(self) -> list[str]:
        """symkern's modules that it imports, in the order of the file."""
        return list(dict.fromkeys([*self.modules.values(), *(t.module for t in self.imported.values())]))

    def _add(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                text = ast.unparse(ast.Import([alias]))
                self.external[alias.asname or alias.name.partition(".")[0]] = text
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self._add_from(node.module or "", alias)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            self.statements[-1].lines = (self.statements[-1].lines[0], node.end_lineno or 0)
        elif not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__" and self.module):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            while self.lines[first - 2].startswith(b"#"):
                first -= 1
            defines, belongs_to = _bound(node), _completed(node)
            self.statements.append(Statement(node, (first, node.end_lineno or 0), defines, belongs_to))

    def _add_from(self, module: str, alias: ast.alias) -> None:
        local = alias.asname or alias.name
        if module.partition(".")[0] != "symkern":
            shown = ast.alias(alias.name, None if alias.asname == alias.name else alias.asname)
            self.external[local] = ast.unparse(ast.ImportFrom(module, [shown], 0))
        elif path_of(f"{module}.{alias.name}") and not _has(module, alias.name):
            self.modules[local] = f"{module}.{alias.name}"
        else:
            self.imported[local] = Target(module, alias.name)

    def _references(self, node: ast.stmt, defined: frozenset[str]) -> Iterator[tuple[ast.Name | ast.Attribute, Target]]:
        for found in global_nodes(node):
            name = found if isinstance(found, ast.Name) else found.value
            assert isinstance(name, ast.Name)
            if name.id in self.modules and isinstance(found, ast.Attribute):
                yield found, Target(self.modules[name.id], found.attr)
            elif name.id in self.imported:
                yield name, self.imported[name.id]
            elif name.id in defined or name.id in self.external:
                yield name, Target(self.module, name.id)


def _has(package: str, name: str) -> bool:
    """Whether a package has that name itself, which then hides a module of that name in it (``orthant``)."""
    return path_of(package) is not None and name in Source.of(package).imported


def path_of(module: str) -> Path | None:
    """The file of one of symkern's modules."""
    stem = ROOT.joinpath(*module.split("."))
    return next((p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p.is_file()), None)


def _bound(node: ast.stmt) -> frozenset[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return frozenset({node.name})
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _completed(node: ast.stmt) -> str | None:
    """``f`` of ``f.defjvp(g)`` and of ``@f.defjvp``."""
    calls = [node.value.func] if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else []
    for call in [*calls, *getattr(node, "decorator_list", ())]:
        if isinstance(call, ast.Attribute) and call.attr.startswith("def") and isinstance(call.value, ast.Name):
            return call.value.id
    return None


def global_nodes(node: ast.AST) -> list[ast.Name | ast.Attribute]:
    """Names that are no local ones, and their attributes in place of those that have one."""
    visitor = _Globals()
    visitor.visit(node)
    return visitor.found


class _Globals(ast.NodeVisitor):
    """Collects what a statement refers to beyond its own scopes."""

    def __init__(self) -> None:
        self.found: list[ast.Name | ast.Attribute] = []
        self._scopes: list[set[str]] = []

    def _inside(self, names: set[str], nodes: list[ast.AST]) -> None:
        self._scopes.append(names)
        for node in nodes:
            self.visit(node)
        self._scopes.pop()

    def visit_Name(self, node: ast.Name) -> None:
        """A name."""
        if not any(node.id in scope for scope in self._scopes):
            self.found.append(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A name with an attribute."""
        if not isinstance(node.value, ast.Name):
            self.generic_visit(node)
        elif not any(node.value.id in scope for scope in self._scopes):
            self.found.append(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Decorators, annotations and defaults are outside of the function's scope."""
        for outside in [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]:
            self.visit(outside)
        self._inside(_parameters(node.args) | _locals(node.body), list(node.body))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """The same without statements."""
        self.visit(node.args)
        self._inside(_parameters(node.args), [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Methods do not see the names of the class."""
        for outside in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(outside)
        for statement in node.body:
            self._inside(set() if isinstance(statement, ast.FunctionDef) else _locals(node.body), [statement])

    def visit(self, node: ast.AST) -> None:
        """A comprehension has its targets to itself."""
        if isinstance(node, _COMPREHENSIONS):
            targets = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
            self._inside(targets, list(ast.iter_child_nodes(node)))
        else:
            super().visit(node)


def _parameters(arguments: ast.arguments) -> set[str]:
    extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
    return {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra)}


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPED = (ast.FunctionDef, ast.ClassDef, ast.Lambda, *_COMPREHENSIONS)


def _locals(body: list[ast.stmt]) -> set[str]:
    """The names that statements bind in their own scope."""
    found: set[str] = set()
    globals_: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.Global):
            globals_ |= set(node.names)
        if not isinstance(node, _SCOPED):
            waiting.extend(ast.iter_child_nodes(node))
    return found - globals_


__all__ = ["Source", "Statement", "Target", "path_of"]
