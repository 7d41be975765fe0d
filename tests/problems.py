"""Problems as data: activations of the exponential-polynomial class with kernels typed by hand, and what lies outside.

The closed forms come from the literature or from Isserlis' theorem, not from symkern; they are evaluated with mpmath.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mpmath import cos, cosh, exp, mpf, sinh, sqrt

Kernel = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Problem:
    """An activation and, where it is known, its NNGP kernel as a function of ``(c, v, w)`` and the parameters."""

    name: str
    formula: str
    exact: Kernel | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    largest_variance: float = 4.0


def _s(v: mpf, w: mpf) -> mpf:
    return (v + w) / 2


PROBLEMS: tuple[Problem, ...] = (
    Problem("sin", "sin(x)", lambda c, v, w: exp(-_s(v, w)) * sinh(c), tags=("odd",)),
    Problem("cos", "cos(x)", lambda c, v, w: exp(-_s(v, w)) * cosh(c), tags=("even",)),
    Problem(
        "shifted_sine",
        "a*sin(b*x + c)",
        lambda k, v, w, a, b, c: (
            a**2 / 2 * (exp(-(b**2) * (_s(v, w) - k)) - cos(2 * c) * exp(-(b**2) * (_s(v, w) + k)))
        ),
        {"a": 1.5, "b": -0.75, "c": 0.625},
    ),
    Problem("exp", "exp(x)", lambda c, v, w: exp(_s(v, w) + c)),
    Problem("sinh", "sinh(x)", lambda c, v, w: exp(_s(v, w)) * sinh(c), tags=("odd",)),
    Problem("cosh", "cosh(x)", lambda c, v, w: exp(_s(v, w)) * cosh(c), tags=("even",)),
    Problem("gaussian", "exp(-x**2)", lambda c, v, w: 1 / sqrt((1 + 2 * v) * (1 + 2 * w) - 4 * c**2), tags=("even",)),
    Problem(
        "growing",
        "exp(x**2/16)",
        lambda c, v, w: 1 / sqrt((1 - v / 8) * (1 - w / 8) - c**2 / 64),
        tags=("even",),
        largest_variance=3.0,
    ),
    Problem(
        "rbf",
        "sqrt(2)*sin(sqrt(2*gamma)*x + pi/4)",
        lambda c, v, w, gamma: exp(-gamma * (v + w - 2 * c)),
        {"gamma": 0.5},
    ),
    Problem("identity", "x", lambda c, v, w: c, tags=("odd",)),
    Problem("square", "x**2", lambda c, v, w: v * w + 2 * c**2, tags=("even",)),
    Problem("cube", "x**3", lambda c, v, w: 9 * c * v * w + 6 * c**3, tags=("odd",)),
    Problem("fourth", "x**4", lambda c, v, w: 9 * (v * w) ** 2 + 72 * v * w * c**2 + 24 * c**4, tags=("even",)),
    Problem("line", "2*x + 1", lambda c, v, w: 4 * c + 1),
    Problem("parabola", "x + x**2", lambda c, v, w: c + v * w + 2 * c**2),
    Problem("hermite2", "(x**2 - 1)/sqrt(2)", lambda c, v, w: c**2 + (v - 1) * (w - 1) / 2, tags=("even",)),
    Problem(
        "snake",
        "x + sin(x)**2",
        lambda c, v, w: c + (1 - exp(-2 * v) - exp(-2 * w) + exp(-2 * (v + w)) * cosh(4 * c)) / 4,
    ),
    Problem("expm1", "exp(x) - 1", lambda c, v, w: exp(_s(v, w) + c) - exp(v / 2) - exp(w / 2) + 1),
    Problem(
        "x_sin",
        "x*sin(x)",
        lambda c, v, w: exp(-_s(v, w)) * (c * sinh(c) + (v * w + c**2) * cosh(c) - c * (v + w) * sinh(c)),
        tags=("even",),
    ),
    Problem(
        "ricker",
        "(1 - x**2)*exp(-x**2/2)",
        lambda c, v, w: ((1 + v) * (1 + w) + 2 * c**2) / ((1 + v) * (1 + w) - c**2) ** mpf(2.5),
        tags=("even",),
    ),
    Problem("gabor", "exp(-x**2)*sin(x)", tags=("odd",)),
    Problem("morlet", "exp(-x**2/2)*cos(5*x)", tags=("even",)),
    Problem("chirp", "cos(x**2 + x)", largest_variance=2.0),
    Problem("odd_chirp", "x*sin(a*x**2)", None, {"a": 0.5}, ("odd",), 2.0),
    Problem("growing_wave", "exp(x)*sin(x)", largest_variance=2.0),
    Problem("bump", "x**2*exp(-(x - 1)**2/2)"),
    Problem("two_gaussians", "exp(-x**2) - 2*exp(-x**2/3)", tags=("even",)),
    Problem("power_of_two", "2**x"),
    Problem("hidden_sine", "tan(x)*cos(x)", lambda c, v, w: exp(-_s(v, w)) * sinh(c), tags=("odd", "quotient")),
    Problem(
        "cancelled",
        "(exp(2*x) - 1)/(exp(x) - 1)",
        lambda c, v, w: exp(_s(v, w) + c) + exp(v / 2) + exp(w / 2) + 1,
        tags=("quotient",),
    ),
)

OUTSIDE: tuple[tuple[str, str], ...] = (
    ("tanh(x)", "tanh(x)"),
    ("x*tanh(x)", "tanh(x)"),
    ("sin(x)/x", "1/x"),
    ("exp(x**3)", "exp(x**3)"),
    ("exp(sin(x))", "exp(sin(x))"),
    ("sin(exp(x))", "sin(exp(x))"),
    ("1/(1 + x**2)", "x**2 + 1"),
    ("sigmoid(x)", "exp(-x)"),
    ("atan(x)", "atan(x)"),
    ("x + sech(x)", "1/cosh(x)"),
    ("log(1 + x**2)", "log(x**2 + 1)"),
    ("sqrt(1 + x**2)", "sqrt(x**2 + 1)"),
)
"""(formula, the factor that the reason must name)."""


def covariances(largest: float) -> tuple[tuple[str, str, str], ...]:
    """Exact rational covariances, as strings, with variances up to ``largest``."""
    base = (
        ("0.3", "0.7", "0.5"),
        ("-0.4", "1", "0.8"),
        ("0", "0.25", "2"),
        ("0.5", "0.5", "0.5"),
        ("1e-3", "2", "1e-2"),
    )
    return tuple(t for t in base if float(t[1]) <= largest and float(t[2]) <= largest)
