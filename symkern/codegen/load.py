"""A generated module as an object, from its text."""

from __future__ import annotations

import linecache
import sys
from types import ModuleType


def load_source(name: str, source: str) -> ModuleType:
    """Execute generated source as the module ``symkern.compiled.<name>``; tracebacks show its lines.

    The source is symkern's own output, printed from an expression by the strict printer: nothing a user typed is run.
    """
    full = f"symkern.compiled.{name}"
    filename = f"<{full}>"
    module = ModuleType(full)
    module.__file__ = filename
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), module.__dict__)
    sys.modules.setdefault(full, module)
    return module
