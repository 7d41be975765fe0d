"""Makes `normal_data.py`, Chebyshev coefficients, and `legendre_data.py`, Gauss-Legendre nodes, to 38 digits.

``python symkern/numerics/normal_tables.py`` (needs mpmath; a second).  Nothing imports it at run time.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath

CENTRE = 6
COUNT = 52
POINTS = 120
DIGITS = 38
ORDERS = (20, 32, 44)


def mills(x: Any) -> Any:
    """The Mills ratio ∫_0^∞ e^(-xρ - ρ²/2) dρ = √(2π) e^(x²/2) Φ(-x), for x >= 0."""
    if x > 100:
        return sum((-1) ** j * mpmath.fac2(2 * j - 1) / x ** (2 * j + 1) for j in range(20))
    return mpmath.sqrt(mpmath.pi / 2) * mpmath.exp(x * x / 2) * mpmath.erfc(x / mpmath.sqrt(2))


def moment(x: Any) -> Any:
    """∫_0^∞ ρ e^(-xρ - ρ²/2) dρ = 1 - x mills(x), for x >= 0."""
    if x > 100:
        return sum((-1) ** (j + 1) * mpmath.fac2(2 * j - 1) / x ** (2 * j) for j in range(1, 20))
    return 1 - x * mills(x)


def chebyshev(function: Callable[[Any], Any], power: int) -> list[Any]:
    """The coefficients in t = (x - CENTRE) / (x + CENTRE) of (x + CENTRE)^power function(x), 0 <= x < ∞."""
    angles = [mpmath.pi * (2 * j + 1) / (2 * POINTS) for j in range(POINTS)]
    places = [CENTRE * (1 + mpmath.cos(a)) / (1 - mpmath.cos(a)) for a in angles]
    values = [(x + CENTRE) ** power * function(x) for x in places]
    sums = [sum(v * mpmath.cos(n * a) for v, a in zip(values, angles, strict=True)) for n in range(COUNT)]
    return [s * (2 if n else 1) / POINTS for n, s in enumerate(sums)]


def legendre(order: int) -> tuple[list[Any], list[Any]]:
    """Nodes and weights of Gauss and Legendre on [0, 1], by Newton's method."""
    nodes, weights = [], []
    for j in range(order):
        x = mpmath.cos(mpmath.pi * (4 * j + 3) / (4 * order + 2))
        for _ in range(8):
            before, here = mpmath.legendre(order - 1, x), mpmath.legendre(order, x)
            slope = order * (before - x * here) / (1 - x * x)
            x -= here / slope
        nodes.append((1 - x) / 2)
        weights.append(1 / ((1 - x * x) * slope**2))
    return nodes, weights


def written(name: str, numbers: list[Any]) -> str:
    """One tuple of decimal strings."""
    lines = [f'    "{mpmath.nstr(x, DIGITS, min_fixed=-2, max_fixed=3)}",' for x in numbers]
    return "\n".join([f"{name} = (", *lines, ")"])


def modules() -> dict[str, str]:
    """The texts of both files, by their names."""
    with mpmath.workdps(60):
        series = {"MILLS": chebyshev(mills, 1), "MOMENT": chebyshev(moment, 2)}
        rules = {}
        for order in ORDERS:
            rules[f"NODES_{order}"], rules[f"WEIGHTS_{order}"] = legendre(order)
        normal, nodes = ([written(*item) for item in tables.items()] for tables in (series, rules))
    return {
        "normal_data.py": "\n".join([_head("the normal distribution"), f"CENTRE = {CENTRE}", *normal, ""]),
        "legendre_data.py": "\n".join([_head("Gauss-Legendre quadrature"), *nodes, ""]),
    }


def _head(about: str) -> str:
    return f'"""Tables for {about}, written by `normal_tables.py`: not to be edited."""\n'


if __name__ == "__main__":
    for name, text in modules().items():
        Path(__file__).with_name(name).write_text(text, encoding="utf-8")
