"""The certificate beside a generated module: what was checked, and for which bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symkern.errors import UsageError
from symkern.files import write_text

if TYPE_CHECKING:
    from symkern.codegen.measures import Plan
    from symkern.report import Report


def certificate(report: Report, source: str, plan: Plan | None = None) -> dict[str, Any]:
    """The report, with the hash of the module's text, and the measures that were chosen, where there are some."""
    chosen = {"plan": plan.as_dict()} if plan and plan.notes else {}
    return {"sha256": hashlib.sha256(source.encode()).hexdigest(), **chosen, **report.as_dict()}


def write_certificate(report: Report, module: Path, plan: Plan | None = None) -> Path:
    """Write ``name.json`` beside ``name.py``, atomically.

    Raises:
        UsageError: the folder cannot be written.
    """
    path = module.with_suffix(".json")
    content = certificate(report, module.read_text(encoding="utf-8"), plan)
    write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")
    return path


def read_certificate(module: Path) -> dict[str, Any]:
    """The certificate beside a module: at least its ``points`` and the ``worst`` rows.

    Raises:
        UsageError: there is none, it cannot be read, it was made for other bytes, or figures are missing.
    """
    path, nothing = module.with_suffix(".json"), f"no certificate; run `symkern derive {module.stem}`"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{module.name} has no certificate; run `symkern derive {module.stem}`") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise UsageError(nothing)
    if content.get("sha256") != hashlib.sha256(module.read_bytes()).hexdigest():
        raise UsageError(f"{path.name} was made for another {module.name}; run `symkern derive {module.stem}`")
    try:
        int(content["points"]), worst_ulp(content)
    except (KeyError, TypeError, ValueError):
        raise UsageError(nothing) from None
    return content


def recorded_plan(module: Path) -> Plan:
    """The measures that the certificate beside a module has on record, for these bytes or others; without one, no measures."""
    from symkern.codegen.measures import Plan

    try:
        return Plan.from_dict(json.loads(module.with_suffix(".json").read_text(encoding="utf-8")).get("plan"))
    except (OSError, ValueError, AttributeError):
        return Plan()


def worst_ulp(content: dict[str, Any]) -> float:
    """The largest error on record, of both functions in both dtypes, beside the oracle and beside the derived formula."""
    return max(float(row["ulp"]) for row in measured_rows(content))


def measured_rows(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Worst errors beside the oracle, and those of the trial beside the derived formula where there was one."""
    return [*content["worst"], *content.get("trial", {}).get("worst", ())]
