"""One dimension for activations with knots: ``E[f(a Z) f(b Z)]`` and ``E[f(a Z)]``."""

from __future__ import annotations

from fractions import Fraction

from flint import arb
from mpmath import mp, mpf, workdps

from symkern.oracle.balls import BALLS, certain, known, middle
from symkern.oracle.inputs import to_mpf
from symkern.oracle.integrand import MPMATH, Arithmetic
from symkern.oracle.magnitudes import Magnitudes, UndecidedError
from symkern.oracle.measure import Measure, room
from symkern.oracle.mesh import LN10, Rule, mesh
from symkern.oracle.pieces import Pieces
from symkern.oracle.scan import level, outer_reach, scanned
from symkern.oracle.settle import DIGITS, Estimate, TooDearError
from symkern.oracle.window import DivergenceError, find_window

#: ``(sign, variance)`` of each factor, one or two of them.
Factors = tuple[tuple[int, Fraction], ...]


def line(pieces: Pieces, factors: Factors, most: float, accuracy: float) -> Estimate:
    """The expectation of a product over one standard normal.

    A point mass of one factor meets the other as a function; where it meets a point mass the expectation is infinite.

    Raises:
        TooDearError: where it takes more than ``most`` values of the integrand.
        DivergenceError: where it is infinite.
        UndecidedError: where no window is found.
    """
    with workdps(int(accuracy + 16 + 2 * room(pieces, accuracy))):
        product, scales = _product(pieces, factors, MPMATH)
        steep = [k for k, power in enumerate(product.powers) if power is not None and power <= -1]
        if any(any(product.functions[k : k + 2]) for k in steep) and len(scales) > 1 and scales[0] * scales[1] > 0:
            raise DivergenceError
        if steep:  # the factors are infinite on opposite sides, or of opposite signs: that is a limit, and no integral
            raise UndecidedError
        reach = _reach(pieces, product, factors, accuracy * LN10)
        rule = Rule.of(accuracy, BALLS)

        def summed() -> tuple[arb, mpf]:
            terms = _terms(pieces, factors, rule, reach, most)
            return BALLS.total(terms), middle(BALLS.total(map(abs, terms)))

        return Estimate(*certain(summed, accuracy + DIGITS))


def _product(pieces: Pieces, factors: Factors, arithmetic: Arithmetic) -> tuple[Measure, list[mpf]]:
    """The function of ``z``, without point masses, and the scales of its factors."""
    measure = Measure.of(pieces, arithmetic)
    scales = [sign * mp.sqrt(to_mpf(variance)) for sign, variance in factors]
    product = measure.scaled(scales[0])
    return (product.times(measure.scaled(scales[1])) if len(scales) > 1 else product), scales


def _terms(pieces: Pieces, factors: Factors, rule: Rule, reach: mpf, most: float) -> list[arb]:
    """What point masses add, and the nodes of all panels."""
    product, scales = _product(pieces, factors, BALLS)
    terms = _masses(Measure.of(pieces, BALLS), scales)
    panels = [part for p in mesh(product, -reach, reach, rule) for part in p.parts(mpf(rule.reach))]
    if len(panels) * rule.order > most:
        raise TooDearError
    scale = (2 * arb.pi()).rsqrt()
    for panel in panels:
        terms += [scale * w * panel.f(z) * (z * z / -2).exp() for z, w in rule.nodes(panel)]
    return terms


def _reach(pieces: Pieces, product: Measure, factors: Factors, nats: float) -> mpf:
    """How far out the product counts."""
    if not any(product.functions):
        return mpf(1)
    scans = [scan if sign > 0 else scan.mirrored for sign, v in factors for scan in [scanned(pieces, v)]]
    first, second = scans if len(scans) > 1 else (scans[0], level())
    try:
        return mpf(outer_reach(first, second, nats))
    except UndecidedError:
        if not (first.near() and second.near()):
            raise
        window = find_window(lambda: Magnitudes(lambda z: lambda _: product.at(z) * mp.exp(-z * z / 2)), 1, nats + 10)
        return mpf(max(map(abs, window.box[0])))


def _masses(measure: Measure, scales: list[mpf]) -> list[arb]:
    """What the point masses of each factor add."""
    found = []
    for k, scale in enumerate(scales):
        for t, size in measure.masses:
            z = known(t / scale)
            rest = measure.average(scales[1 - k] * (t / scale)) if len(scales) > 1 else 1
            found.append(size * (z * z / -2).exp() * (2 * arb.pi()).rsqrt() / known(abs(scale)) * rest)
    return found


__all__ = ["Factors", "line"]
