"""Families: activations whose formula changes its shape with an integer or a list of coefficients.

A member is derived and compiled when it is first asked for, and cached.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import ModuleType
from typing import Any

from symkern.errors import UsageError

MAX_DEGREE = 64
MAX_POWER = 32


@dataclass(frozen=True)
class Family:
    """A rule that makes an activation of an argument.

    Attributes:
        name: of the module; its CapWords form names the layer.
        argument: the layer's argument.
        default: the member that ``symkern derive`` shows and verifies first.
        samples: the members that are verified.
        formula: in words of mathematics, for the docstring.
        description: one line.
        check: turns the user's argument into a canonical hashable one, or raises UsageError.
        expression: the member's formula in ``x``.
        budget: ulps allowed for the errors of its members.
    """

    name: str
    argument: str
    default: Any
    samples: tuple[Any, ...]
    formula: str
    description: str
    check: Callable[[Any], Any]
    expression: Callable[[Any], Any]
    budget: float = 4.0


def _degree(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not 0 <= int(value) <= MAX_DEGREE:
        raise UsageError(f"degree must be an integer between 0 and {MAX_DEGREE}, not {value!r}")
    return int(value)


def _exponent(value: Any) -> Fraction:
    try:
        exponent = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    except (TypeError, ValueError):
        raise UsageError(f"p must be a number, not {value!r}") from None
    if not -1 < 2 * exponent <= 2 * MAX_POWER:
        raise UsageError(f"p must be above -1/2 (else E[f(X)^2] is infinite) and at most {MAX_POWER}, not {value!r}")
    return exponent


def _coefficients(value: Any) -> tuple[float, ...]:
    try:
        coefficients = tuple(float(c) for c in value)
    except (TypeError, ValueError):
        raise UsageError(
            f"coef must be a sequence of numbers [c0, c1, ...] for c0 + c1 x + ..., not {value!r}"
        ) from None
    if not all(map(math.isfinite, coefficients)):
        raise UsageError(f"coef must be finite numbers, not {value!r}")
    while coefficients and coefficients[-1] == 0:
        coefficients = coefficients[:-1]
    if len(coefficients) > MAX_DEGREE + 1:
        raise UsageError(f"coef has degree {len(coefficients) - 1}; the largest is {MAX_DEGREE}")
    return coefficients


def _monomial(degree: int) -> Any:
    from symkern.symbols import x

    return x**degree


def _rectified_monomial(degree: int) -> Any:
    from sympy import Heaviside

    from symkern.symbols import x

    return x**degree * Heaviside(x)


def _rectified_power(p: Fraction) -> Any:
    from sympy import Heaviside, Max, Rational

    from symkern.symbols import x

    if p == 0:
        return Heaviside(x)
    return Max(0, x) ** Rational(p.numerator, p.denominator) * (Heaviside(x) if p < 0 else 1)


def _abs_power(p: Fraction) -> Any:
    from sympy import Abs, Rational

    from symkern.symbols import x

    return Abs(x) ** Rational(p.numerator, p.denominator)


def _hermite(degree: int) -> Any:
    import sympy

    from symkern.symbols import x

    return sympy.expand(sympy.hermite_prob(degree, x)) / sympy.sqrt(sympy.factorial(degree))


def _polynomial(coefficients: Sequence[float]) -> Any:
    import sympy

    from symkern.symbols import x

    return sympy.Add(*(sympy.Rational(c) * x**n for n, c in enumerate(coefficients)))


FAMILIES: tuple[Family, ...] = (
    Family(
        "monomial",
        "degree",
        3,
        (0, 1, 2, 3, 4, 5, 6, 8),
        "x^degree",
        "the monomial x^degree, of any degree",
        _degree,
        _monomial,
    ),
    Family(
        "rectified_monomial",
        "degree",
        2,
        (0, 1, 2, 3, 4, 5, 7),
        "max(0, x)^degree",
        "the rectified monomial max(0, x)^degree: arc-cosine kernels of any order (Cho & Saul 2009)",
        _degree,
        _rectified_monomial,
    ),
    Family(
        "rectified_power",
        "p",
        1.5,
        (1.5, 0.5, 2.5, 0.3, 1.0),
        "max(0, x)^p",
        "the rectified power max(0, x)^p for real p > -1/2",
        _exponent,
        _rectified_power,
        16.0,
    ),
    Family(
        "abs_power",
        "p",
        0.5,
        (0.5, 1.5, 0.25, -0.25, 2.7),
        "|x|^p",
        "the absolute power |x|^p for real p > -1/2",
        _exponent,
        _abs_power,
        16.0,
    ),
    Family(
        "hermite",
        "degree",
        3,
        (0, 1, 2, 3, 4, 5),
        "He_degree(x) / sqrt(degree!)",
        "the normalised probabilists' Hermite polynomial, for any variance; at unit variance its kernel is cov12^degree",
        _degree,
        _hermite,
    ),
    Family(
        "polynomial",
        "coef",
        (0.5, 1.0, -0.25, 0.125),
        ((0.5, 1.0, -0.25, 0.125), (1.0,), (0.0, 1.0, 0.5), (1.0, 0.0, -3.0, 0.0, 2.0)),
        "coef[0] + coef[1] x + ... + coef[n] x^n",
        "the polynomial with these coefficients, constant first",
        _coefficients,
        _polynomial,
    ),
)


def find(name: str) -> Family | None:
    """The family of that name, or None."""
    return next((f for f in FAMILIES if f.name == name.lower()), None)


def member_name(family: Family, argument: Any) -> str:
    """A plain identifier for one member."""
    if isinstance(argument, (int, Fraction)):
        return f"{family.name}_{argument}".replace("/", "_").replace("-", "m")
    text = "_".join(f"{c:g}" for c in argument) or "0"
    return family.name + "_" + text.replace("-", "m").replace(".", "p").replace("+", "")


def activation(family: Family, argument: Any) -> Any:
    """The activation of one member.

    Raises:
        UsageError: the argument does not fit.
    """
    from symkern.activation import Activation

    canonical = family.check(argument)
    return Activation(
        member_name(family, canonical),
        family.expression(canonical),
        description=f"{family.formula}, {family.argument} = {canonical}",
    )


def member(name: str, argument: Any) -> ModuleType:
    """The compiled module of one member; derived on the first call, cached from then on.

    Raises:
        UsageError: the argument does not fit.
    """
    family = find(name)
    if family is None:
        raise UsageError(f"no family is called {name!r}")
    return _compiled(name, family.check(argument))


@lru_cache(maxsize=256)
def _compiled(name: str, canonical: Any) -> ModuleType:
    from symkern.api import derive

    family = find(name)
    assert family is not None
    derivation = derive(activation(family, canonical))
    return derivation.compile()


__all__ = ["FAMILIES", "Family", "activation", "find", "member", "member_name"]
