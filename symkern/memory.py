"""The oracle's answers, remembered between runs: the same question to the same oracle is not computed twice.

A file for each formula, precision and version of the oracle's code, in the user's cache folder (``SYMKERN_CACHE`` names another,
and switches it off where it is empty).  A folder that cannot be written is done without.  Beside the answers JAX keeps what it
compiled, for commands that ask for it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mpmath
import sympy
from mpmath import mp, mpf
from sympy import Expr

from symkern.domain import Point
from symkern.errors import UsageError
from symkern.files import write_text

if TYPE_CHECKING:
    from symkern.references import Reference

COMPILED = "JAX_COMPILATION_CACHE_DIR"
"""The environment variable that JAX reads when it is imported."""
PROGRAMS = "programs"
"""The folder of compiled programs."""
MOST = 5e8
"""Bytes of them; beyond, the older half goes."""

_BROKEN = (ValueError, KeyError, TypeError)

NUMBERS = ("nngp", "d_nngp", "nngp_error", "d_nngp_error", "scale", "d_scale")


def folder() -> Path | None:
    """Where answers are kept; None where they are not."""
    given = os.environ.get("SYMKERN_CACHE")
    if given is not None:
        return Path(given) if given else None
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "symkern"


def remember_programs() -> None:
    """JAX, which is not imported yet, will remember compiled programs between processes, unless the user has told it where."""
    where = folder()
    if where is None or COMPILED in os.environ:
        return
    programs = where / PROGRAMS
    try:
        programs.mkdir(parents=True, exist_ok=True)
        _prune(programs)
    except OSError:
        return
    if os.access(programs, os.W_OK):
        os.environ[COMPILED] = str(programs)


def _prune(programs: Path) -> None:
    """Deletes the older half of what is there where it is more than ``MOST``."""
    found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in programs.iterdir())
    if sum(size for _, size, _ in found) > MOST:
        for _, _, path in found[: len(found) // 2]:
            path.unlink(missing_ok=True)


def recall(f: Expr, digits: int, points: Sequence[Point]) -> dict[Point, Reference]:
    """What is known of these points."""
    path = _path(f, digits)
    if path is None:
        return {}
    known = _rows(path)
    try:
        return {p: _reference(f, p, known[key]) for p in points if (key := _at(p)) in known}
    except _BROKEN:
        return {}


def remember(f: Expr, digits: int, references: Iterable[Reference]) -> None:
    """Keep these beside what is known already."""
    path = _path(f, digits)
    if path is None:
        return
    rows = _rows(path) | {_at(r.point): _row(r) for r in references}
    try:
        write_text(path, json.dumps(list(rows.values())) + "\n")
    except UsageError:
        return


def _rows(path: Path) -> dict[tuple[str, ...], dict[str, Any]]:
    """What a file has, by point; nothing where there is none yet, or it is not one of ours."""
    try:
        return {tuple(row["at"]): row for row in json.loads(path.read_text(encoding="utf-8"))}
    except (OSError, *_BROKEN):
        return {}


def _path(f: Expr, digits: int) -> Path | None:
    where = folder()
    if where is None:
        return None
    question = f"{sympy.srepr(f)} {digits} {_oracle()}"
    return where / f"{hashlib.sha256(question.encode()).hexdigest()[:40]}.json"


@cache
def _oracle() -> str:
    """The oracle's code, its limits, and what it computes with."""
    from symkern.references import MAX_DPS, MAX_TERMS

    return f"{code_of('oracle')} {mpmath.__version__} {MAX_DPS} {MAX_TERMS}"


@cache
def code_of(*names: str) -> str:
    """The hash of some of symkern's packages and modules."""
    here, code = Path(__file__).parent, hashlib.sha256()
    for name in names:
        for path in sorted((here / name).glob("*.py")) or [here / f"{name}.py"]:
            code.update(path.read_bytes())
    return code.hexdigest()


def _at(point: Point) -> tuple[str, ...]:
    return tuple(v.hex() for v in point.values)


def _row(reference: Reference) -> dict[str, Any]:
    numbers = {name: _written(getattr(reference, name)) for name in NUMBERS}
    return {"at": _at(reference.point), **numbers, "digits": reference.digits}


def _reference(f: Expr, point: Point, row: dict[str, Any]) -> Reference:
    from symkern.references import Reference

    nngp, d_nngp, *rest = (_read(row[name]) for name in NUMBERS)
    error, d_error, scale, d_scale = rest
    return Reference(point, nngp, d_nngp, error, d_error, scale, d_scale, float(row["digits"]), f)


def _written(number: mpf) -> str:
    """Every bit of it."""
    if not mp.isfinite(number):
        return str(number)
    sign, mantissa, exponent, _ = (number if isinstance(number, mpf) else mpf(number))._mpf_
    return f"{'-' if sign else ''}{int(mantissa)}p{exponent}"


def _read(text: str) -> mpf:
    mantissa, _, exponent = text.partition("p")
    if not exponent:
        return mpf(text)
    with mp.workprec(max(53, int(mantissa).bit_length())):
        return mp.ldexp(mpf(int(mantissa)), int(exponent))


__all__ = ["code_of", "folder", "recall", "remember", "remember_programs"]
