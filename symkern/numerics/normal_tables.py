"""Makes `normal_data.py`: Chebyshev coefficients and Gauss-Legendre nodes to 38 digits. Nothing imports it at run time.

``python -m symkern.numerics.normal_tables > symkern/numerics/normal_data.py`` (needs mpmath; a second).
"""

from collections.abc import Callable
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


def module() -> str:
    """The text of `normal_data.py`."""
    with mpmath.workdps(60):
        tables = {"MILLS": chebyshev(mills, 1), "MOMENT": chebyshev(moment, 2)}
        for order in ORDERS:
            tables[f"NODES_{order}"], tables[f"WEIGHTS_{order}"] = legendre(order)
        parts = [written(name, numbers) for name, numbers in tables.items()]
    head = '"""Tables for the normal distribution, written by `normal_tables.py`: not to be edited."""\n'
    return "\n".join([head, f"CENTRE = {CENTRE}", *parts, ""])


if __name__ == "__main__":
    print(module(), end="")
