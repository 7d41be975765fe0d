"""``symkern.verify``: a generated module against the oracle."""

from __future__ import annotations

import importlib
import math
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType
from typing import Any

import numpy as np
from sympy import Expr, Rational

from symkern import catalogue, families
from symkern.activation import Parameter
from symkern.claims import claims
from symkern.domain import points
from symkern.errors import UsageError
from symkern.evaluation import compiling
from symkern.measure import worst_errors
from symkern.references import Progress, Reference, kernel_references, references
from symkern.report import Report, merged
from symkern.symbols import cov12, var1, var2, x

BUDGET = 4.0
"""Ulps allowed where a module does not say: 16 for those with normal distribution functions."""

ENOUGH = 16
"""Digits of the oracle for kernels with a bound."""

RESOLVED = 20.0
"""Digits below which the oracle's answer counts as a bound only; twelve are enough beside a bound."""


def verify(
    what: str | ModuleType,
    *,
    parameters: Mapping[str, float] | None = None,
    number: int = 200,
    digits: int = 30,
    processes: int | None = None,
    progress: Progress | None = None,
    contract: bool = True,
) -> Report:
    """Measure a generated module's errors against the oracle, and what else the contract promises.

    Args:
        what: a module, or the name of a committed one (``"sin"``).
        parameters: values for the module's parameters; rounded to float32, so that both dtypes are given the same.
        number: how many points, about; they are stratified over the domain.
        digits: of the oracle.
        processes: for the oracle; all cores where not given.
        progress: called with (points done, points in all).
        contract: also judge symmetry, the variance map and gradients (:mod:`symkern.claims`).

    Raises:
        UsageError: no such module, or no such parameter.
    """
    module = generated_module(what) if isinstance(what, str) else what

    def measured(module: ModuleType, parameters: Mapping[str, float], number: int) -> Report:
        with compiling(module, formula_at(module, parameters)[0], contract=contract):
            question = asked(module, parameters, number, digits=digits, processes=processes, progress=progress)
        return judged(module, question, contract=contract, processes=processes)

    if hasattr(module, "FAMILY"):
        return _verify_family(module, parameters, number, measured)
    return measured(module, parameters or {}, number)


def generated_module(name: str) -> ModuleType:
    """The committed module of that name or alias.

    Raises:
        UsageError: there is none.
    """
    entry = catalogue.find(name)
    plain = entry.name if entry else name.lower() if families.find(name) else name
    try:
        return importlib.import_module(f"symkern.generated.{plain}")
    except ModuleNotFoundError as error:
        if error.name != f"symkern.generated.{plain}":
            raise
        catalogue.lookup(name)
        raise UsageError(f"there is no generated module {name!r}; make it with `symkern derive {name}`") from None


def _verify_family(
    module: ModuleType, parameters: Mapping[str, Any] | None, number: int, measured: Callable[..., Report]
) -> Report:
    family = families.find(module.FAMILY)
    assert family is not None
    if parameters is not None and set(parameters) != {family.argument}:
        raise UsageError(f"{family.name} has the parameter {family.argument}")
    arguments = [parameters[family.argument]] if parameters else list(family.samples)
    each = max(24, number // len(arguments))
    return merged(family.name, [measured(families.member(family.name, a), {}, each) for a in arguments])


@dataclass(frozen=True)
class Question:
    """What a module is measured against: its parameters' values, its formula with them, the oracle's answers."""

    values: dict[str, float]
    formula: Expr
    answers: list[Reference]


def asked(
    module: ModuleType,
    parameters: Mapping[str, float],
    number: int,
    *,
    digits: int = 30,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Question:
    """The oracle's answers about a module at so many points; arguments as those of :func:`verify`."""
    values, f = formula_at(module, parameters)
    if hasattr(module, "NNGP"):
        return Question(values, f, kernel_references(f, points(number), progress=progress))
    largest = module.largest_variance(**values) if hasattr(module, "KERNELS") else math.inf
    at = [p for p in points(number) if max(p.var1, p.var2) <= largest]
    digits = digits if math.isinf(largest) else min(digits, ENOUGH)
    return Question(values, f, references(f, at, digits=digits, processes=processes, progress=progress))


def judged(module: ModuleType, question: Question, *, contract: bool, processes: int | None = None) -> Report:
    """The module's errors beside the answers; with ``contract`` also the claims."""
    values, answers = question.values, question.answers
    unit = "bound" if hasattr(module, "KERNELS") else "ulp"
    resolved = [r.digits for r in answers if r.digits >= (RESOLVED if unit == "ulp" else 12.0)]
    return Report(
        name=module.__name__.rpartition(".")[2],
        formula=str(question.formula),
        budget=budget_of(module),
        unit=unit,
        rows=tuple(worst_errors(module, answers, values)),
        digits=min(resolved, default=0.0),
        unresolved=len(answers) - len(resolved),
        points=len(answers),
        versions=versions(),
        claims=tuple(claims(module, answers, values, processes=processes)) if contract else (),
    )


def budget_of(module: ModuleType) -> float:
    """Ulps allowed, or bounds."""
    return float(getattr(module, "BUDGET", BUDGET))


def formula_at(module: ModuleType, parameters: Mapping[str, float]) -> tuple[dict[str, float], Expr]:
    """The parameters' values, rounded to float32, and the module's formula (or kernel) with them filled in exactly.

    Raises:
        UsageError: the module has no such parameter.
    """
    from symkern.parse import parse

    unknown = set(parameters) - set(module.PARAMETERS)
    if unknown:
        raise UsageError(f"{module.__name__} has no parameter {sorted(unknown)[0]!r}")
    values = {k: float(np.float32(parameters.get(k, default))) for k, default in module.PARAMETERS.items()}
    declared = [Parameter(name, value) for name, value in values.items()]
    alone = hasattr(module, "NNGP")
    variables = (cov12, var1, var2) if alone else (x,)
    names = {s.name: s for s in (*variables, *(p.symbol for p in declared))}
    f = parse(module.NNGP if alone else module.FORMULA, names, required=(), defaults=values)
    return values, f.subs({p.symbol: Rational(p.default) for p in declared})


def versions() -> dict[str, str]:
    """Of what takes part in a verification."""
    names = ("symkern", "jax", "jaxlib", "sympy", "mpmath", "numpy")
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
