"""What a verification found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from symkern.domain import Point
from symkern.figures import ulp_text

T = TypeVar("T")


@dataclass(frozen=True)
class Worst:
    """The worst error of one function, in one dtype and one region.

    Attributes:
        function: ``nngp_fn`` or ``d_nngp_fn``.
        dtype: ``float32`` or ``float64``.
        region: of the domain, see :class:`symkern.domain.Point`.
        ulp: the error; the larger of eager and jitted.
        mode: ``eager`` or ``jit``, whichever was worse.
        point: where.
        computed: what the module gave there.
        expected: what the oracle says, to 20 digits.
        points: how many points of the region were judged.
    """

    function: str
    dtype: str
    region: str
    ulp: float
    mode: str
    point: Point
    computed: float
    expected: str
    points: int


@dataclass(frozen=True)
class Claim:
    """What the contract promises beside values, and the worst figure found.

    Attributes:
        what: the promise.
        dtype: ``float32`` or ``float64``.
        figure: ulps, or for a promise without a tolerance (``allowed`` 0) how often it was broken at the worst point.
        allowed: the largest figure that keeps it.
        point: the worst one.
        points: how many were judged.
    """

    what: str
    dtype: str
    figure: float
    allowed: float
    point: Point
    points: int

    @property
    def ok(self) -> bool:
        """Whether it is kept."""
        return self.figure <= self.allowed


@dataclass(frozen=True)
class Trial:
    """What was measured, jitted, on the whole grid of the domain beside the derived formula, when the code was chosen.

    Attributes:
        points: how many.
        rows: the worst error of each function in each dtype.
    """

    points: int
    rows: tuple[Worst, ...]

    @property
    def worst(self) -> Worst:
        """The row with the largest error."""
        return max(self.rows, key=lambda row: row.ulp)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"points": self.points, "worst": [_row(row) for row in self.rows]}


@dataclass(frozen=True)
class Report:
    """Measured errors of a generated module against the oracle.

    Attributes:
        name: the module's.
        formula: with its parameters' values filled in.
        budget: ulps allowed.
        rows: worst errors by function, dtype and region.
        digits: fewest digits that the oracle reached where it resolved the value.
        unresolved: points where the oracle has only a bound, which the module's value respects or not.
        versions: of what took part.
        claims: what else the contract promises, where that was judged.
        trial: what was found beside the derived formula, where the code was chosen so.
        unit: of errors: ``"ulp"``, or for an approximation ``"bound"``.
    """

    name: str
    formula: str
    budget: float
    rows: tuple[Worst, ...]
    digits: float
    unresolved: int
    points: int
    versions: dict[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    trial: Trial | None = None
    unit: str = "ulp"

    @property
    def within_budget(self) -> bool:
        """Whether every row is, and every one of the trial."""
        return all(row.ulp <= self.budget for row in self._measured)

    @property
    def broken(self) -> list[Claim]:
        """The claims that are not kept."""
        return [claim for claim in self.claims if not claim.ok]

    @property
    def ok(self) -> bool:
        """Whether every row is within the budget, and every claim is kept."""
        return self.within_budget and not self.broken

    @property
    def worst(self) -> Worst:
        """The row with the largest error, of the trial too."""
        return max(self._measured, key=lambda row: row.ulp)

    @property
    def _measured(self) -> tuple[Worst, ...]:
        return (*self.rows, *(self.trial.rows if self.trial else ()))

    @property
    def regions(self) -> list[str]:
        """The regions that occur, in their order."""
        return list(dict.fromkeys(row.region for row in self.rows))

    def by_function(self) -> dict[tuple[str, str], dict[str, Worst]]:
        """``(function, dtype)`` → region → row."""
        found: dict[tuple[str, str], dict[str, Worst]] = {}
        for row in self.rows:
            found.setdefault((row.function, row.dtype), {})[row.region] = row
        return found

    def _repr_markdown_(self) -> str:
        regions = self.regions
        lines = [
            f"**{self.name}**: worst error in {self.unit}; {self.points} points, budget {self.budget:g} "
            f"{'met' if self.within_budget else '**not met**'}",
            "",
            f"| function | dtype | {' | '.join(regions)} |",
            f"|---|---|{'---:|' * len(regions)}",
        ]
        for (function, dtype), rows in self.by_function().items():
            cells = (ulp_text(rows[region].ulp) if region in rows else "" for region in regions)
            lines.append(f"| {function} | {dtype} | {' | '.join(cells)} |")
        lines += [f"\nnot kept, {c.dtype}: {c.what} ({c.figure:.3g} > {c.allowed:g})" for c in self.broken]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: floats as hex where they are inputs, so that they are exact."""
        content: dict[str, Any] = {
            "name": self.name,
            "formula": self.formula,
            "ok": self.ok,
            "budget_ulp": self.budget,
            "points": self.points,
            "oracle_digits": round(self.digits, 1),
            "unresolved": self.unresolved,
            "versions": self.versions,
            "worst": [_row(row) for row in self.rows],
        }
        if self.unit != "ulp":
            content["unit"] = self.unit
        if self.trial:
            content["trial"] = self.trial.as_dict()
        if self.claims:
            content["claims"] = [_claim(claim) for claim in self.claims]
        return content


def merged(name: str, reports: Sequence[Report]) -> Report:
    """One report for the members of a family: the worst of each row."""
    rows = _worst(
        (row for r in reports for row in r.rows), lambda row: (row.function, row.dtype, row.region), lambda row: row.ulp
    )
    claims = _worst((c for r in reports for c in r.claims), lambda c: (c.what, c.dtype), lambda c: c.figure)
    return Report(
        name,
        "; ".join(r.formula for r in reports),
        max(r.budget for r in reports),
        rows,
        min(r.digits for r in reports),
        sum(r.unresolved for r in reports),
        sum(r.points for r in reports),
        reports[0].versions,
        claims,
    )


def _worst(items: Iterable[T], key: Callable[[T], object], figure: Callable[[T], float]) -> tuple[T, ...]:
    """Of those with one key the first with the largest figure."""
    best: dict[object, T] = {}
    for item in items:
        known = best.setdefault(key(item), item)
        if figure(item) > figure(known):
            best[key(item)] = item
    return tuple(best.values())


def _row(row: Worst) -> dict[str, Any]:
    fields = asdict(row)
    point = fields.pop("point")
    fields["ulp"] = float(f"{row.ulp:.3g}")
    fields["computed"] = float(row.computed).hex()
    return {**fields, "at": _exactly(point)}


def _claim(claim: Claim) -> dict[str, Any]:
    fields = asdict(claim)
    return {**fields, "figure": float(f"{claim.figure:.3g}"), "ok": claim.ok, "point": _exactly(fields["point"])}


def _exactly(point: dict[str, Any]) -> dict[str, str]:
    return {k: float(point[k]).hex() for k in ("cov12", "var1", "var2")}
