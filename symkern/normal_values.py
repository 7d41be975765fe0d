"""The normal distribution function of two variables in any number of digits, fast enough for thousands of values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flint import acb, arb, ctx
from mpmath import mp, mpf

MANY = 600
"""Bits that may cancel in the sum of Owen's functions; beyond, in the tails, the integral over the angle loses none."""


def phi2(h: mpf, k: mpf, r: mpf, far: int = 250) -> mpf:
    """``P(Z <= h, W <= k)`` with correlation ``r``, ``|r| < 1``; 0 where the density is that of ``far`` deviations and less."""
    h, k, r = map(mpf, (h, k, r))
    if h > 0 and k > 0:
        return mp.ncdf(h) - mp.ncdf(-k) + phi2(-h, -k, r, far)
    if max(h, k) > 0 and (r > 0 or h + k >= 0):
        return mp.ncdf(min(h, k)) - phi2(-max(h, k), min(h, k), -r, far)
    if min(h, k) < -far or (h + k < 0 and (h + k) ** 2 > 2 * far**2 * (1 + r)):
        return mpf(0)
    lost = 20
    while lost <= MANY:
        with mp.workprec(mp.prec + lost):
            parts = _parts(h, k, r)
            total = mp.fsum(parts)
            gone = max(map(mp.mag, parts)) - mp.mag(total) + 20 if total > 0 else 2 * lost
        if gone <= lost:
            return +total
        lost = int(gone)
    with mp.workprec(mp.prec + 20), _flint(mp.prec + 60):
        value = _by_angle(h, k, r)
    return +value


def _parts(h: mpf, k: mpf, r: mpf) -> list[mpf]:
    """Owen 1956: the summands."""
    s = mp.sqrt((1 - r) * (1 + r))
    parts = [mp.ncdf(h) / 2, mp.ncdf(k) / 2]
    parts += [-mp.sign(b) / 4 if a == 0 else -_owen(a, (b - r * a) / (a * s)) for a, b in ((h, k), (k, h))]
    if h * k < 0 or (h * k == 0 and h + k < 0):
        parts.append(-mp.one / 2)
    return parts


def _owen(h: mpf, a: mpf) -> mpf:
    """Owen's ``T(h, a)``, odd in ``a`` and even in ``h``."""
    h, size = abs(h), abs(a)
    if size <= 1:
        value = _quadrature(h, size, mp.prec)
    else:
        first, second = mp.ncdf(-h), mp.ncdf(-size * h)
        value = (first + second) / 2 - first * second - _quadrature(size * h, 1 / size, mp.prec)
    return value if a > 0 else -value


@lru_cache(maxsize=4096)
def _quadrature(h: mpf, a: mpf, bits: int) -> mpf:
    """``T(h, a)`` for ``h >= 0`` and ``0 <= a <= 1``."""
    if a == 0:
        return mpf(0)
    with _flint(bits + 40):
        square, slope = _arb(h * h * a * a) / 2, _arb(a * a)
        # beyond is less than 2^-(bits + 60) of it
        end = min(mp.one, mp.sqrt(1.4 * (bits + 60)) / (h * a)) if h else mp.one
        integral = _integral(lambda y: (-square * y * y).exp() / (1 + slope * y * y), 0, end, bits)
    return a * mp.exp(-h * h / 2) * integral / (2 * mp.pi)


def _by_angle(h: mpf, k: mpf, r: mpf) -> mpf:
    """Plackett 1954: the integral over the angle of the correlation, from 0 for positive ones, else from ``-π/2``."""
    first, second = _arb(h), _arb(k)
    if r >= 0:
        squares, product = (first * first + second * second) / 2, first * second

        def slope(t: acb) -> acb:
            return ((t.sin() * product - squares) / t.cos() ** 2).exp()

        return mp.ncdf(h) * mp.ncdf(k) + _integral(slope, 0, mp.asin(r), mp.prec) / (2 * mp.pi)
    apart, product = (first + second) ** 2 / 2, first * second

    def rest(u: acb) -> acb:  # in the angle that is left to -π/2
        return (product / (1 + u.cos()) - apart / u.sin() ** 2).exp()

    end, gap, bits = mp.acos(-r), (h + k) ** 2 / 2, mp.prec
    # where the square of the sine is less, it is next to nothing
    least = gap / (gap / (1 - r * r) + abs(h * k) + bits + 60)
    return _integral(rest, mp.asin(mp.sqrt(least)), end, bits) / (2 * mp.pi)


def _integral(f: Callable[[acb], acb], low: Any, high: Any, bits: int) -> mpf:
    """FLINT's, with an error bound, to a relative tolerance."""
    first, last = (acb(_arb(mpf(v))) for v in (low, high))
    found = acb.integral(lambda t, _: f(t), first, last, rel_tol=arb(2) ** -bits, abs_tol=arb(2) ** -(10**6))
    if found.real.rel_accuracy_bits() < bits - 20:
        return mp.nan
    mantissa, exponent = found.real.mid().man_exp()
    return mp.ldexp(mpf(int(mantissa)), int(exponent))


@contextmanager
def _flint(bits: int) -> Iterator[None]:
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def _arb(value: mpf) -> arb:
    sign, mantissa, exponent, _ = value._mpf_
    ball: arb = arb((-1) ** sign * int(mantissa)) * arb(2) ** exponent
    return ball


__all__ = ["phi2"]
