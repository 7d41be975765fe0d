"""The committed reference tables: which module, at which parameters.  Made by ``python tests/make_references.py``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from mpmath import mp, mpf, workdps

from symkern import catalogue, families
from symkern.certificate import read_certificate
from symkern.domain import Point
from symkern.emit import generated_folder
from symkern.references import Reference
from symkern.report import Worst
from symkern.verification import formula_at, generated_module

FOLDER = Path(__file__).parent / "reference"
WORST = FOLDER / "worst_figures.json"
DIGITS = 30
POINTS = 60


@dataclass(frozen=True)
class Case:
    """A module and its parameters (exact in float32), or a member of a family."""

    id: str
    module: str
    parameters: dict[str, float] = field(default_factory=dict)
    member: Any = None

    def load(self) -> ModuleType:
        """The module, or the family's compiled member."""
        return generated_module(self.module) if self.member is None else families.member(self.module, self.member)

    @property
    def is_certified(self) -> bool:
        """Whether the module's certificate rests on the table's points."""
        return self.member is None and not self.parameters

    @property
    def path(self) -> Path:
        """Of the table."""
        return FOLDER / f"{self.id}.json"


CASES: tuple[Case, ...] = (
    Case("sin", "sin"),
    Case("sin_shifted", "sin", {"a": 1.5, "b": -0.75, "c": 0.625}),
    Case("sin_fast", "sin", {"a": 0.5, "b": 3.0, "c": 2.0}),
    Case("cos", "cos"),
    Case("cos_shifted", "cos", {"a": -2.0, "b": 0.3125, "c": -1.25}),
    Case("exp", "exp"),
    Case("exp_scaled", "exp", {"a": 0.75, "b": -0.25}),
    Case("gaussian", "gaussian"),
    Case("gaussian_wide", "gaussian", {"a": 3.0, "b": -0.03125}),
    Case("gaussian_growing", "gaussian", {"a": 1.0, "b": 0.0625}),
    Case("gabor", "gabor"),
    Case("rbf", "rbf"),
    Case("rbf_wide", "rbf", {"gamma": 0.15625}),
    *(Case(f"monomial_{n}", "monomial", member=n) for n in (0, 1, 2, 3, 4, 5, 8)),
    *(Case(f"hermite_{n}", "hermite", member=n) for n in (1, 2, 3, 5)),
    Case("polynomial", "polynomial", member=(0.5, 1.0, -0.25, 0.125)),
    Case("polynomial_even", "polynomial", member=(1.0, 0.0, -3.0, 0.0, 2.0)),
    Case("rectified_monomial_2", "rectified_monomial", member=2),
    Case("rectified_power_half", "rectified_power", member=0.5),
    Case("abs_power", "abs_power", member=1.5),
)
CASES += tuple(Case(e.name, e.name) for e in catalogue.ENTRIES if not e.kernel and e.name not in {c.id for c in CASES})
"""Every entry of the catalogue that has an activation, at its default parameters, is there."""

Figures = dict[str, float]
"""``function dtype region`` → worst error in ulps."""


def figures_on_record(case: Case) -> Figures:
    """What was measured: by the certificate, which rests on the table's points, or when the table was made."""
    if case.is_certified:
        content = read_certificate(generated_folder() / f"{case.module}.py")
        return {f"{r['function']} {r['dtype']} {r['region']}": r["ulp"] for r in content["worst"]}
    return all_figures()[case.id]


def all_figures() -> dict[str, Figures]:
    """Those of the cases that have no certificate."""
    figures: dict[str, Figures] = json.loads(WORST.read_text(encoding="utf-8"))
    return figures


def row_name(row: Worst) -> str:
    """The row's name among the figures."""
    return f"{row.function} {row.dtype} {row.region}"


def save(case: Case, formula: str, references: list[Reference]) -> None:
    """Write the table: exact inputs in hex, values with all digits that the oracle vouches for."""
    rows = [
        {
            "cov12": r.point.cov12.hex(),
            "var1": r.point.var1.hex(),
            "var2": r.point.var2.hex(),
            "region": r.point.region,
            "single": r.point.single,
            "nngp": mp.nstr(r.nngp, DIGITS),
            "d_nngp": mp.nstr(r.d_nngp, DIGITS),
            "nngp_error": mp.nstr(r.nngp_error, 3),
            "d_nngp_error": mp.nstr(r.d_nngp_error, 3),
            "scale": mp.nstr(r.scale, 15),
            "d_scale": mp.nstr(r.d_scale, 15),
            "digits": round(min(r.digits, 99.0), 1),
        }
        for r in references
    ]
    content: dict[str, Any] = {
        "module": case.module,
        "parameters": case.parameters,
        "member": case.member,
        "formula": formula,
        "rows": rows,
    }
    lines = ",\n".join(json.dumps(row) for row in content.pop("rows"))
    head = json.dumps(content)[:-1]
    case.path.write_text(f'{head}, "rows": [\n{lines}\n]}}\n', encoding="utf-8")


def load(case: Case) -> list[Reference]:
    """The table's rows; they may ask the oracle about the activation."""
    content, module = json.loads(case.path.read_text(encoding="utf-8")), case.load()
    f = None if hasattr(module, "NNGP") else formula_at(module, case.parameters)[1]
    with workdps(DIGITS + 20):
        return [
            Reference(
                Point(*(float.fromhex(row[k]) for k in ("cov12", "var1", "var2")), row["region"], row["single"]),
                *(mpf(row[k]) for k in ("nngp", "d_nngp", "nngp_error", "d_nngp_error", "scale", "d_scale")),
                row["digits"],
                f,
            )
            for row in content["rows"]
        ]
