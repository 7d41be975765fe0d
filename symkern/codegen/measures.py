"""What is done to a kernel beyond rewriting: leading terms, series, words; by estimate, or as measurements chose.

The estimates (:mod:`near_zero`, :mod:`widths`) are made at a few covariances.  Where the code they lead to is measured to be worse
than the budget, :mod:`symkern.trials` tries the measures below, in this order, and keeps those that help: a :class:`Plan`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sympy

from symkern.activation import Activation
from symkern.codegen.large_variances import with_large_variances
from symkern.codegen.near_zero import LONG, USUAL, Extent, with_series
from symkern.codegen.one_sided import with_one_sided_series
from symkern.codegen.parity import parity, with_leading_term
from symkern.codegen.stabilised import Stabilised, stabilised_kernel
from symkern.codegen.widths import with_words
from symkern.derivation import Derivation
from symkern.taylor import derivative, taylor

KERNELS = ("nngp", "d_nngp")

MEASURES = {
    "two_words": "two words of float64 for float32",
    "double_words": "double words",
    "summed": "above variances of one, exponentials summed with the largest taken out",
    "every_digit": "functions to every digit of two words",
    "long_series": "longer series for small variances",
    "no_series": "no series for small variances",
    "no_leading_term": "no leading term at small correlation",
}
"""Names, in the order in which they are tried, and what they do."""

STATED = "stated_slopes"
"""Derivatives by the variances as formulas of their own, for both kernels: a measure that changes no values."""

FLOAT32_ONLY = ("two_words",)
"""Those that change nothing in float64."""


@dataclass(frozen=True)
class Plan:
    """Measures chosen for each kernel, and what the measurements said, for the module's docstring."""

    nngp: tuple[str, ...] = ()
    d_nngp: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def adding(self, kernel: str, measure: str) -> Plan:
        """The plan with one more measure."""
        return replace(self, **{kernel: (*self.of(kernel), measure)})

    def of(self, kernel: str) -> tuple[str, ...]:
        """The measures for one kernel."""
        measures: tuple[str, ...] = getattr(self, kernel)
        return measures

    def as_dict(self) -> dict[str, list[str]]:
        """For a certificate."""
        return {name: list(getattr(self, name)) for name in (*KERNELS, "notes")}

    @staticmethod
    def from_dict(content: Any) -> Plan:
        """What ``as_dict`` wrote; anything else is the plan without measures."""
        if not isinstance(content, dict):
            return Plan()
        found = {name: tuple(map(str, content.get(name) or ())) for name in (*KERNELS, "notes")}
        return Plan(**{k: tuple(m for m in v if k == "notes" or m in (*MEASURES, STATED)) for k, v in found.items()})


def stabilised_kernels(derivation: Derivation, plan: Plan) -> tuple[Stabilised, Stabilised]:
    """Both kernels, ready to print."""
    activation, slopes = derivation.activation, derivation.slopes
    extents = [_extent(plan.of(name)) for name in KERNELS]
    series: list[Any] = [None, None]
    if isinstance(activation, Activation) and not activation.parameters and any(extents):
        coefficients = taylor(activation.expression, max(e.terms for e in extents if e))
        if coefficients is not None:
            series = [coefficients, derivative(coefficients)]
    sides = (
        (derivation.nngp, derivation.d_nngp, -1),
        (derivation.d_nngp, slopes[1][0] if slopes is not None else None, 1),
    )
    defaults = {p.symbol: sympy.Rational(p.default) for p in activation.parameters}
    symmetry = parity(activation) if slopes is not None else 0
    found = []
    rows = zip(KERNELS, extents, series, sides, derivation.near_zero, strict=True)
    for name, extent, coefficients, (formula, slope, odd), near in rows:
        measures, kernel = plan.of(name), stabilised_kernel(formula)
        if symmetry == odd and slope is not None and "no_leading_term" not in measures:
            kernel = with_leading_term(kernel, slope)
        if extent is not None and coefficients is not None:
            kernel = with_series(kernel, formula, coefficients, extent)
        kernel = with_one_sided_series(kernel, near)
        if "double_words" in measures:
            kernel = replace(kernel, double=True)
        kernel = with_large_variances(with_words(kernel, defaults), formula, early="summed" in measures)
        kernel = replace(kernel, every_digit=kernel.double and "every_digit" in measures)
        found.append(replace(kernel, words=2) if "two_words" in measures and kernel.double else kernel)
    return found[0], found[1]


def _extent(measures: tuple[str, ...]) -> Extent | None:
    if "no_series" in measures:
        return None
    return LONG if "long_series" in measures else USUAL


__all__ = ["FLOAT32_ONLY", "KERNELS", "MEASURES", "STATED", "Plan", "stabilised_kernels"]
