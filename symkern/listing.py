"""What ``symkern list`` knows of the catalogue: read from the texts of the modules and their certificates, without JAX."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symkern import catalogue, families
from symkern.certificate import read_certificate, worst_ulp
from symkern.errors import UsageError

_RULE = re.compile(r"^Rule: (\w+)\.", re.MULTILINE)
_SPECIAL = {"exp_Phi2": "Phi2", "exp_Phi": "Phi", "orthant": "2F1", "orthant_difference": "2F1"}
"""Primitives that modules with special functions import, and the functions."""


@dataclass(frozen=True)
class Row:
    """One named activation.

    Attributes:
        rule: that derived its kernel; ``"family"`` where an argument shapes the formula; "" where there is no module.
        needs: the special function that the kernel is written in; "" where it is elementary.
        worst_ulp: from the certificate; None where there is none for this module.
        points: that the certificate rests on.
        unit: of ``worst_ulp``: ``"ulp"``, or ``"bound"`` where the kernel is a table.
    """

    name: str
    formula: str
    parameters: dict[str, Any]
    rule: str
    needs: str
    worst_ulp: float | None
    points: int | None
    description: str
    reference: str
    aliases: tuple[str, ...]
    unit: str = "ulp"

    @property
    def kind(self) -> str:
        """The class of the kernel, in words."""
        if not self.rule:
            return "no module"
        if self.unit == "bound":
            return self.rule.replace("_", " ")
        return f"{self.rule.replace('_', ' ')}, {f'needs {self.needs}' if self.needs else 'elementary'}"

    @property
    def arguments(self) -> str:
        """The parameters with their defaults."""
        return ", ".join(f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in self.parameters.items())

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {**asdict(self), "class": self.kind}


def rows(folder: Path) -> list[Row]:
    """The entries of the catalogue, then the families, with what ``folder`` holds of each."""
    named = [
        _row(
            e.name, e.formula, {p.name: p.default for p in e.parameters}, e.description, e.reference, e.aliases, folder
        )
        for e in (*catalogue.ENTRIES, *catalogue.SERIES)
    ]
    shaped = [
        _row(f.name, f.formula, {f.argument: f.default}, f.description, "", (), folder) for f in families.FAMILIES
    ]
    return named + shaped


def _row(
    name: str,
    formula: str,
    parameters: dict[str, Any],
    description: str,
    reference: str,
    aliases: tuple[str, ...],
    folder: Path,
) -> Row:
    path = folder / f"{name}.py"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    found = _RULE.search(text)
    rule = found[1] if found else "family" if text else ""
    needs = next((special for primitive, special in _SPECIAL.items() if re.search(rf"\b{primitive}\b", text)), "")
    ulp: float | None = None
    points: int | None = None
    with suppress(UsageError):
        content = read_certificate(path)
        ulp, points = worst_ulp(content), int(content["points"])
    unit = "bound" if "KERNELS = AngularKernels(" in text else "ulp"
    return Row(name, formula, parameters, rule, needs, ulp, points, description, reference, aliases, unit)


__all__ = ["Row", "rows"]
