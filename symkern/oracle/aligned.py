"""One dimension for activations with knots: ``E[f(a Z) f(b Z)]`` and ``E[f(a Z)]``."""

from __future__ import annotations

from fractions import Fraction

from mpmath import mp, mpf, workdps

from symkern.oracle.inputs import to_mpf
from symkern.oracle.magnitudes import Magnitudes, UndecidedError
from symkern.oracle.measure import ONE, Measure, room
from symkern.oracle.mesh import LN10, Rule, mesh
from symkern.oracle.pieces import Pieces
from symkern.oracle.scan import Scan, outer_reach
from symkern.oracle.settle import TooDearError
from symkern.oracle.window import DivergenceError, find_window

#: ``(sign, variance)`` of each factor, one or two of them.
Factors = tuple[tuple[int, Fraction], ...]


def line(pieces: Pieces, factors: Factors, most: float, accuracy: float) -> tuple[mpf, mpf]:
    """The expectation of a product over one standard normal, and the scale below which its accuracy counts.

    A point mass of one factor meets the other as a function; where it meets a point mass the expectation is infinite.

    Raises:
        TooDearError: where it takes more than ``most`` values of the integrand.
        DivergenceError: where it is infinite.
        UndecidedError: where no window is found.
    """
    with workdps(int(accuracy + 16 + 2 * room(pieces, accuracy))):
        measure, rule = Measure.of(pieces), Rule.of(accuracy)
        scales = [sign * mp.sqrt(to_mpf(variance)) for sign, variance in factors]
        product = measure.scaled(scales[0])
        product = product.times(measure.scaled(scales[1])) if len(scales) > 1 else product
        steep = [k for k, power in enumerate(product.powers) if power is not None and power <= -1]
        if any(any(product.functions[k : k + 2]) for k in steep) and len(scales) > 1 and scales[0] * scales[1] > 0:
            raise DivergenceError
        if steep:  # the factors are infinite on opposite sides, or of opposite signs: that is a limit, and no integral
            raise UndecidedError
        terms = _masses(measure, scales)
        mass = mp.fsum(map(abs, terms))
        reach = _reach(measure, product, scales, accuracy * LN10)
        panels = [part for p in mesh(product, -reach, reach, rule) for part in p.parts(mpf(rule.reach))]
        if len(panels) * rule.order > most:
            raise TooDearError
        for panel in panels:
            terms += [w * panel.f(z) * mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi) for z, w in rule.nodes(panel)]
        return mp.fsum(terms), max(mass, mp.fsum(map(abs, terms)))


def _reach(measure: Measure, product: Measure, scales: list[mpf], nats: float) -> mpf:
    """How far out the product counts."""
    first = Scan.of(measure, scales[0])
    second = Scan.of(measure, scales[1]) if len(scales) > 1 else Scan.of(ONE, mpf(1))
    if not any(product.functions):
        return mpf(1)
    try:
        return mpf(outer_reach(first, second, nats))
    except UndecidedError:
        if not (first.near() and second.near()):
            raise
        window = find_window(lambda: Magnitudes(lambda z: lambda _: product.at(z) * mp.exp(-z * z / 2)), 1, nats + 10)
        return mpf(max(map(abs, window.box[0])))


def _masses(measure: Measure, scales: list[mpf]) -> list[mpf]:
    """What the point masses of each factor add."""
    found = []
    for k, scale in enumerate(scales):
        for t, size in measure.masses:
            z = t / scale
            rest = measure.average(scales[1 - k] * z) if len(scales) > 1 else mpf(1)
            found.append(size * mp.npdf(z) / abs(scale) * rest)
    return found


__all__ = ["Factors", "line"]
