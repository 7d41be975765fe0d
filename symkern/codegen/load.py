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
    code = compile(source, filename, "exec")
    before = sys.modules.get(full)
    sys.modules[full] = module  # where dataclasses look for the module that they are in
    try:
        exec(code, module.__dict__)
    finally:
        if before is not None:
            sys.modules[full] = before
    return module
