"""``symkern bench derive``: how long each stage takes, from the formula to the text of the module."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from sympy.core.cache import clear_cache

from symkern import catalogue, families
from symkern.activation import Activation, Kernel
from symkern.api import as_activation, derive
from symkern.codegen.measures import Plan
from symkern.codegen.module import Writer
from symkern.derivation import Derivation
from symkern.references import Progress

STAGES = ("parse", "derive", "rewrite", "print")
"""The formula read; both kernels, Price's check, slopes, steps; stabilised with their arithmetic chosen; written as code."""


@dataclass(frozen=True)
class Times:
    """Seconds of each stage for one activation.

    Attributes:
        derived: whether there is a closed form; the last two stages are zero where there is none.
    """

    name: str
    stages: dict[str, float]
    derived: bool

    @property
    def total(self) -> float:
        """Seconds in all."""
        return sum(self.stages.values())

    @property
    def slowest(self) -> str:
        """The stage that takes longest."""
        return max(self.stages, key=lambda stage: self.stages[stage])

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        stages = {stage: round(t, 4) for stage, t in self.stages.items()}
        return {"name": self.name, "derived": self.derived, **stages, "total": round(self.total, 4)}


def timed(names: Sequence[str], *, progress: Progress | None = None) -> list[Times]:
    """The catalogue's entries and every sampled member of a family, or those named; one after the other.

    SymPy's cache is emptied before each, so that their order does not matter; a first derivation that is not counted
    loads what is loaded on first use.

    Raises:
        FormulaError, UsageError: see :func:`symkern.derive`.
    """
    everything = [*(e.name for e in catalogue.ENTRIES), *(f.name for f in families.FAMILIES)]
    jobs = [job for name in names or everything for job in _jobs(name.strip())]
    _times("", partial(as_activation, "x*Phi(x)"))
    found = []
    try:
        for done, (name, read) in enumerate(jobs):
            if progress:
                progress(done, len(jobs))
            found.append(_times(name, read))
    finally:
        gc.unfreeze()
    return found


def _jobs(name: str) -> list[tuple[str, Callable[[], Activation | Kernel]]]:
    """What a name stands for: names to show, and what reads each formula."""
    entry, family = catalogue.find(name), families.find(name)
    if family is not None:
        return [
            (families.member_name(family, family.check(a)), partial(families.activation, family, a))
            for a in family.samples
        ]
    if entry is not None:
        return [(entry.name, entry.given if entry.kernel else entry.activation)]
    return [(name, partial(as_activation, name))]


def _times(name: str, read: Callable[[], Activation | Kernel]) -> Times:
    clear_cache()
    gc.collect()
    gc.freeze()  # what the entries before have left is no garbage to be looked through again
    marks = [time.perf_counter()]
    given = read()
    marks.append(time.perf_counter())
    derivation = derive(nngp=given) if isinstance(given, Kernel) else derive(given, closed_form=True)
    marks.append(time.perf_counter())
    if isinstance(derivation, Derivation):
        writer = Writer(derivation, Plan())
        marks.append(time.perf_counter())
        writer.text()
        marks.append(time.perf_counter())
    spent = [end - start for start, end in pairwise(marks)]
    stages = dict(zip(STAGES, [*spent, 0.0, 0.0], strict=False))
    return Times(name, stages, isinstance(derivation, Derivation))


__all__ = ["STAGES", "Times", "timed"]
