"""The measured part of stabilisation: where code is not well within its budget, measures are tried, and kept where the error falls.

The code is evaluated on the whole of the contract's domain beside the derived formula in 60 digits and more
(:mod:`symkern.formula_values`), and beside the oracle's answers.  Measures are tried in a fixed order, from the start again after
each that is kept, so that the outcome is the same each time; it is a :class:`symkern.codegen.measures.Plan`, which the certificate
records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from types import ModuleType

from symkern.codegen.load import load_source
from symkern.codegen.measures import FLOAT32_ONLY, KERNELS, MEASURES, STATED, Plan
from symkern.derivation import Derivation
from symkern.differences import GRADIENT, Slopes
from symkern.domain import Point, points
from symkern.evaluation import DTYPES, gradients
from symkern.figures import ulp_text
from symkern.formula_values import formula_references, formula_slopes
from symkern.measure import worst_errors
from symkern.references import Reference
from symkern.report import Trial, Worst
from symkern.tables import place

EVERYWHERE = 1500
"""More points than the domain's grid has: all of it."""

GRADIENTS_AT = 300
"""Points at which derivatives are measured."""

WORTHWHILE = 2.0
"""The factor by which an error must fall for a measure to be kept."""

MARGIN = 4.0
"""Measures are tried until the worst of the sample is so many times below the budget: between its points errors are larger."""


@dataclass(frozen=True)
class Choice:
    """What was chosen: the plan, its module (but for the notes in the docstring), and its errors."""

    plan: Plan
    module: ModuleType
    trial: Trial


def chosen_plan(
    derivation: Derivation, answers: Sequence[Reference], values: Mapping[str, float], budget: float
) -> Choice:
    """The measures that bring errors below the budget, or nearer to it; what remains above stands in the plan's notes.

    Args:
        derivation: its code is measured.
        answers: of the oracle.
        values: of the parameters.
        budget: ulps allowed.
    """
    known = {r.point for r in answers}
    fresh = formula_references(derivation, [p for p in points(EVERYWHERE) if p not in known], values)
    references = [*answers, *fresh]
    plans = _Plans(derivation, references, values)
    plan, notes = Plan(), []
    for kernel in KERNELS:
        while step := _next_measure(plans, plan, kernel, budget / MARGIN):
            measure, after = step
            notes.append(
                f"{kernel}: {MEASURES[measure]} ({ulp_text(plans.worst(plan, kernel))} ulp before, {ulp_text(after)} after)"
            )
            plan = plan.adding(kernel, measure)
    plan = _with_gradients(plans, plan, notes)
    rows = plans.rows(plan)
    found = []
    for kernel, dtype in product(KERNELS, DTYPES):
        row = max((r for r in rows if (r.function, r.dtype) == (f"{kernel}_fn", dtype)), key=lambda r: r.ulp)
        found.append(row)
        if row.ulp > budget:
            notes.append(f"{kernel} in {dtype} is {ulp_text(row.ulp)} ulp off at {place(row.point)}, above the budget")
    return Choice(replace(plan, notes=tuple(notes)), plans.module(plan), Trial(len(references), tuple(found)))


def _next_measure(plans: _Plans, plan: Plan, kernel: str, target: float) -> tuple[str, float] | None:
    """The first of the measures left that is worth it, and the error with it; None where the target is met."""
    before = plans.worst(plan, kernel)
    for measure in MEASURES if before > target else ():
        candidate = plan.adding(kernel, measure)
        if measure in plan.of(kernel) or not plans.differs(candidate, plan):
            continue
        if measure in FLOAT32_ONLY and plans.worst(plan, kernel, "float32") <= target:
            continue
        after = plans.worst(candidate, kernel)
        if after <= target or after < before / WORTHWHILE:
            return measure, after
    return None


def _with_gradients(plans: _Plans, plan: Plan, notes: list[str]) -> Plan:
    """Derivatives by the variances are stated where automatic ones are not right and these are better."""
    stated = plan.adding("nngp", STATED)
    if not plans.differs(stated, plan) or not plans.slopes:  # they are already, or are known nowhere
        return plan
    before, point, of = plans.gradient(plan)
    if before > GRADIENT / MARGIN:
        after, place_after, of_after = plans.gradient(stated)
        if after < before / WORTHWHILE:
            text = "derivatives by the variances as formulas of their own"
            notes.append(f"gradient of {of}: {text} ({ulp_text(before)} ulp before, {ulp_text(after)} after)")
            plan, before, point, of = stated, after, place_after, of_after
    if before > GRADIENT:
        notes.append(f"the gradient of {of} is {ulp_text(before)} ulp off at {place(point)}, above the contract's 64")
    return plan


class _Plans:
    """Measures plans, each once."""

    def __init__(self, derivation: Derivation, references: Sequence[Reference], values: Mapping[str, float]) -> None:
        self.derivation, self.references, self.values = derivation, references, values
        self._rows: dict[Plan, list[Worst]] = {}
        self._modules: dict[Plan, ModuleType] = {}

    def module(self, plan: Plan) -> ModuleType:
        """The code."""
        if plan not in self._modules:
            self._modules[plan] = load_source(self.derivation.name, self.derivation.source(plan))
        return self._modules[plan]

    def differs(self, first: Plan, second: Plan) -> bool:
        """Whether the code of two plans is not the same."""
        return self.derivation.source(first) != self.derivation.source(second)

    def rows(self, plan: Plan) -> list[Worst]:
        """Worst errors, jitted, by function, dtype and region."""
        if plan not in self._rows:
            self._rows[plan] = worst_errors(self.module(plan), self.references, self.values, modes=("jit",))
        return self._rows[plan]

    def gradient(self, plan: Plan) -> tuple[float, Point, str]:
        """The largest error of a derivative by a variance, or of ``d_nngp`` by ``cov12``, in either dtype; where, and of which."""
        name, slopes = next(iter(self.slopes.items()))
        found = [(0.0, slopes[0].point, name)]
        for (name, slopes), dtype in product(self.slopes.items(), DTYPES):
            chosen = [s for s in slopes if (dtype == "float64" or s.point.single) and s.fits(dtype)]
            if not chosen:
                continue
            kernel = getattr(self.module(plan), f"{name}_fn")
            by_cov12, *by_variances = gradients(kernel, [s.point for s in chosen], dtype, self.values)
            for s, *row in zip(chosen, *by_variances, by_cov12, strict=True):
                found += [(s.ulps(k, float(row[k]), dtype), s.point, name) for k in range(len(s.values))]
        return max(found, key=lambda row: row[0])

    @cached_property
    def slopes(self) -> dict[str, list[Slopes]]:
        """Of both formulas, at some of the points."""
        at = points(GRADIENTS_AT)
        found = {name: formula_slopes(self.derivation, at, self.values, of=name) for name in KERNELS}
        return {name: slopes for name, slopes in found.items() if slopes}

    def worst(self, plan: Plan, kernel: str, dtype: str | None = None) -> float:
        """The largest error of one kernel, in either dtype or in one."""
        rows = (row for row in self.rows(plan) if row.function == f"{kernel}_fn" and dtype in (None, row.dtype))
        return max(row.ulp for row in rows)


__all__ = ["Choice", "chosen_plan"]
