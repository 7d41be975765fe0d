"""Ball arithmetic: an order of magnitude faster than mpmath, and every ball knows its rounding errors.

Arb has most functions, and exponents without bound.  Where rounding leaves too little of a sum it is computed with more bits.
Searches that come before a sum ask balls too, then mpmath.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, Protocol

import sympy
from flint import arb, ctx
from mpmath import mp, mpf, workprec
from mpmath.libmp import mpf_pos, round_nearest
from sympy import Expr

from symkern.oracle import error_function
from symkern.oracle.formula import SMOOTH
from symkern.oracle.integrand import MPMATH, Arithmetic, Function, constant_value, evaluator, hoisted
from symkern.oracle.magnitudes import Magnitudes, Rows, UndecidedError
from symkern.oracle.removable import Spherical, spherical_ball
from symkern.symbols import x

RAISED = (1, 3)
"""Multiples of mpmath's precision that are tried in searches."""
ULPS = 3
"""What mpmath computed in a few steps is right to two to this power units in the last place."""
MORE = 16
"""Bits beside the working precision for sums."""
GUARD = 64
"""Bits more for constants, whose terms may cancel."""
TRIES = 8
"""The precision of a sum is raised so many times at most."""
MOST = 50_000
"""And to no more bits than this."""

FUNCTIONS = {f.__name__: getattr(arb, f.__name__) for f in (*SMOOTH, sympy.log) if f is not Spherical}
FUNCTIONS["Spherical"] = spherical_ball
FUNCTIONS |= {"erf": error_function.erf, "erfc": error_function.erfc, "Rising": error_function.rising}


class Integrable(Protocol):
    """What has an integrand in any arithmetic."""

    @property
    def formula(self) -> Expr:
        """The activation."""

    def integrand(self, arithmetic: Arithmetic = MPMATH) -> Rows:
        """The integrand at mpmath's current precision."""


def known(value: mpf) -> arb:
    """What mpmath computed at its current precision."""
    return arb(value, abs(mp.ldexp(value, ULPS - mp.prec)))


def ball_constant(constant: Expr) -> arb:
    """A number without ``x`` to mpmath's current precision."""
    return _ball_constant(constant, mp.prec)


@lru_cache(maxsize=4096)
def _ball_constant(constant: Expr, prec: int) -> arb:
    with workprec(prec + GUARD):
        value = constant_value(constant)
    with workprec(prec):
        return known(value)


def ball_evaluator(formula: Expr) -> Function:
    """``f`` for balls, with its constants to mpmath's current precision."""
    compiled, constants = _compile(formula)
    return partial(compiled, tuple(map(ball_constant, constants)))


@lru_cache(maxsize=256)
def _compile(formula: Expr) -> tuple[Callable[..., Any], tuple[Expr, ...]]:
    body, names, constants = hoisted(formula, roots=False)
    return sympy.lambdify([names, x], body, modules=FUNCTIONS, cse=True), constants


def _total(balls: Iterable[arb]) -> arb:
    return sum(balls, arb(0))


def middle(ball: arb) -> mpf:
    """Its midpoint."""
    return mp.make_mpf(mpf_pos(ball.mid()._mpf_, mp.prec, round_nearest))


BALLS = Arithmetic(ball_evaluator, arb.exp, known, arb, _total, middle, arb.abs_lower)


def values(formula: Expr, places: Iterable[mpf]) -> list[mpf]:
    """``f`` at many places, right to mpmath's current precision; what balls do not know so well is computed by mpmath."""
    bits, exact, found = int(mp.prec), evaluator(formula), []
    with workprec(bits + GUARD):
        f = ball_evaluator(formula)
    with ctx.workprec(bits + GUARD):
        for place in places:
            ball = f(arb(place))
            good = isinstance(ball, arb) and ball.is_finite() and ball.rel_accuracy_bits() > bits
            found.append(middle(ball) if good else exact(place))
    return found


def bells(h: mpf, columns: Iterable[int]) -> list[mpf]:
    """``exp(-(k h)**2 / 2)``, right to mpmath's current precision."""
    with ctx.workprec(mp.prec + GUARD):
        half = arb(h) ** 2 / -2
        return [middle((half * (k * k)).exp()) for k in columns]


def tilts(h: mpf, first: int, offsets: Iterable[Fraction]) -> list[tuple[mpf, mpf]]:
    """``exp(delta h**2)`` and ``exp(first delta h**2 - (delta h)**2 / 2)``, right to mpmath's current precision."""
    found = []
    with ctx.workprec(mp.prec + GUARD):
        square = arb(h) ** 2
        for offset in offsets:
            delta = arb(offset.numerator) / offset.denominator
            move = delta * square
            found.append((middle(move.exp()), middle((move * (first - delta / 2)).exp())))
    return found


def certain(compute: Callable[[], tuple[arb, mpf]], digits: float) -> tuple[mpf, mpf, mpf]:
    """A ball's middle, the scale that counts, and the radius, with so many bits that it is ``digits`` below the scale.

    Args:
        compute: gives the ball and the scale at the precision of mpmath and of Arb, which are the same.
        digits: decimal ones.

    Raises:
        UndecidedError: where no number of bits is enough.
    """
    bits = int(mp.prec)
    for _ in range(TRIES):
        with workprec(bits), ctx.workprec(bits):
            ball, scale = compute()
            radius, tolerance = middle(ball.rad()), scale * mpf(10) ** -digits
            if ball.is_finite() and radius <= tolerance:
                return middle(ball), scale, radius
            known_ = ball.is_finite() and tolerance
            bits += int(mp.log(radius / tolerance, 2)) + 20 if known_ else bits
        if bits > MOST:
            break
    raise UndecidedError


def ball_rows(problem: Integrable) -> tuple[tuple[int, Rows], ...]:
    """The integrand at rising precisions in bits."""
    found = []
    for factor in RAISED:
        with workprec(factor * mp.prec):
            found.append((int(mp.prec), problem.integrand(BALLS)))
    return tuple(found)


def magnitudes(problem: Integrable) -> Magnitudes:
    """How large the integrand is, at mpmath's current precision or better."""
    return Magnitudes(problem.integrand(), ball_rows(problem))


__all__ = [
    "BALLS",
    "MORE",
    "Integrable",
    "ball_constant",
    "ball_evaluator",
    "ball_rows",
    "bells",
    "certain",
    "known",
    "magnitudes",
    "middle",
    "tilts",
    "values",
]
