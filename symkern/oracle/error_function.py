"""``erfc`` in balls, in half of Arb's time: Taylor polynomials of ``g(u) = exp(u**2) erfc(u)`` about places close together.

``g_n = g^(n)(u) / n!`` satisfies ``(n + 1) g_(n+1) = 2 u g_n + 2 g_(n-1)`` with ``g_1 = 2 u g_0 - 2 / sqrt(pi)``.  From
``g(u) = 2 / sqrt(pi) int exp(-t**2 - 2 u t) dt`` over ``t > 0`` it is below ``2**n Gamma((n + 1) / 2) / (n! sqrt(pi))`` for all
``u >= 0``, which bounds the rest.
"""

from __future__ import annotations

from functools import lru_cache

from flint import arb, arb_poly, ctx

DENSE = 64
"""Places on a unit length."""
NEAR, FAR = 0.5, 60.0
"""Between these polynomials are used."""
SHARP = 30
"""Balls with fewer bits are left to Arb."""
STEP = 64
"""Bits of polynomials are a multiple of this, so that they serve many precisions."""


def erfc(u: arb) -> arb:
    """``1 - erf(u)``, to full relative accuracy."""
    tail, right = _tail(u)
    if tail is None:
        return u.erfc()
    return tail if right else 2 - tail


def erf(u: arb) -> arb:
    """``erf(u)``."""
    tail, right = _tail(u)
    if tail is None:
        return u.erf()
    return 1 - tail if right else tail - 1


def rising(u: arb) -> arb:
    """``1 + erf(u)``, to full relative accuracy."""
    return erfc(-u)


def _tail(u: arb) -> tuple[arb | None, bool]:
    """``erfc(|u|)``, None where Arb is to be asked, and whether ``u > 0``."""
    middle = float(u)
    size, right = abs(middle), middle > 0
    if not NEAR < size < FAR or u.rel_accuracy_bits() <= SHARP:
        return None, right
    place, polynomial = _expansion(round(DENSE * size), ctx.prec // STEP)
    return polynomial((u if right else -u) - place) * (-u * u).exp(), right


@lru_cache(maxsize=32768)
def _expansion(number: int, steps: int) -> tuple[arb, arb_poly]:
    """A place, and a polynomial about it; its first coefficient is a ball that holds what is left out."""
    bits = STEP * (steps + 1)
    saved, ctx.prec = ctx.prec, bits + STEP // 2
    try:
        u, (last, rest) = arb(number) / DENSE, _rest(bits)
        double = 2 * u
        terms = [(u * u).exp() * u.erfc()]
        terms.append(double * terms[0] - 2 / arb.pi().sqrt())
        for n in range(1, last):
            terms.append((double * terms[n] + 2 * terms[n - 1]) / (n + 1))
        terms[0] += rest
        return u, arb_poly(terms)
    finally:
        ctx.prec = saved


@lru_cache(maxsize=64)
def _rest(bits: int) -> tuple[int, arb]:
    """The degree that so many bits take, and a ball that holds all terms beyond.

    ``g`` is above ``1 / (2 sqrt(pi) (u + 1))``.
    """
    # Half of the distance between two places, and a little: a middle is rounded.
    distance, least = arb(1) / (2 * DENSE) + arb(FAR) / 2**SHARP, 1 / (arb(2) ** bits * 4 * (FAR + 1))
    degree = 1
    while True:
        beyond = (
            (2 * distance) ** (degree + 1) * (arb(degree + 2) / 2).gamma() / (arb(degree + 2).gamma() * arb.pi().sqrt())
        )
        if beyond < least:
            return degree, arb(0, beyond.upper())
        degree += 1


__all__ = ["erf", "erfc", "rising"]
