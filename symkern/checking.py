"""``symkern check``: the committed modules and certificates beside what symkern generates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from symkern import catalogue
from symkern.certificate import read_certificate, recorded_plan, worst_ulp
from symkern.emit import catalogue_names, generated_folder, series_names, source_of
from symkern.errors import SymkernError, UsageError
from symkern.files import may_write, write_text
from symkern.references import Progress


def check_all(
    folder: Path | None, *, update: bool, say: Callable[[str], None], progress: Progress | None = None
) -> list[str]:
    """Names of committed files that are not what symkern generates, or whose certificate is not theirs.

    With ``update`` the modules that differ are rewritten; their certificates are then out of date and are named.  Tables are not
    made anew where there are some (floats would differ in the last bits on another machine): the text around them is, and they
    are seen to keep their bounds.
    """
    directory = folder or generated_folder()
    failures: list[str] = []
    names = (*catalogue_names(), *series_names())
    for done, name in enumerate(names):
        if progress:
            progress(done, len(names))
        path = directory / f"{name}.py"
        current = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
        try:
            fresh = _fresh(name, path, current, update=update)
        except UsageError as error:
            failures.append(path.name)
            say(f"{path.name}: {error}")
            continue
        if current != fresh:
            if update:
                may_write(path)
                write_text(path, fresh)
                say(f"{path.name}: rewritten")
            else:
                failures.append(path.name)
                say(f"{path.name}: {'missing' if current is None else 'differs from what symkern generates'}")
                continue
        try:
            content = read_certificate(path)
        except UsageError as error:
            failures.append(f"{name}.json")
            say(f"{name}.json: {error}")
            continue
        unit = content.get("unit", "ulp")
        say(
            f"{path.name}: as generated, certificate for {content['points']} points, worst {worst_ulp(content):.3g} {unit}"
        )
    known = set(names)
    for stray in sorted(p.stem for p in directory.glob("*.py") if p.stem != "__init__" and p.stem not in known):
        failures.append(f"{stray}.py")
        say(f"{stray}.py: no entry of the catalogue")
    return failures


def _fresh(name: str, path: Path, current: str | None, *, update: bool) -> str:
    if name in series_names() and current is not None:
        try:
            return with_its_tables(name, current)
        except SymkernError:
            if not update:
                raise
    return source_of(name, recorded_plan(path)) if update or current is not None else ""


def with_its_tables(name: str, text: str) -> str:
    """What symkern generates around the tables of a committed module, which are seen to keep their bounds.

    Raises:
        UsageError: they do not, or the text has none.
    """
    from symkern.approximation import committed
    from symkern.codegen.load import load_source
    from symkern.series.regimes import fields_of

    try:
        kernels: Any = load_source(name, text).KERNELS
        tables = fields_of(kernels.nngp), fields_of(kernels.d_nngp)
    except Exception as error:  # of any kind: the file may be cut short, or edited
        raise UsageError(f"it has no tables that can be read ({type(error).__name__})") from None
    return committed(catalogue.lookup(name).activation(), *tables).source()


__all__ = ["check_all", "with_its_tables"]
