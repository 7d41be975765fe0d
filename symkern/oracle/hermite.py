"""Gauss-Hermite rules for a normal variable: a handful of nodes does where the function is nearly a polynomial."""

from __future__ import annotations

from functools import lru_cache

from mpmath import mp, mpf, workprec
from numpy.polynomial.hermite_e import hermegauss


def gauss_hermite(order: int) -> tuple[list[mpf], list[mpf]]:
    """Nodes and weights of ``E[g(Z)] = sum w g(z)`` at the current precision."""
    return _rule(order, mp.prec)


@lru_cache(maxsize=128)
def _rule(order: int, prec: int) -> tuple[list[mpf], list[mpf]]:
    """Newton's method on the orthonormal Hermite polynomials, from NumPy's nodes in double precision."""
    nodes, weights = [], []
    with workprec(prec + 30):
        for guess in hermegauss(order)[0]:
            z, move = mpf(float(guess)), mpf(1)
            while abs(move) > mpf(2) ** (-prec // 2 - 10):  # the last step doubles the digits
                value, before = _orthonormal(order, z)
                move = value / (mp.sqrt(order) * before)
                z -= move
            nodes.append(z)
            weights.append(1 / (order * _orthonormal(order, z)[1] ** 2))
    return nodes, weights


def _orthonormal(order: int, z: mpf) -> tuple[mpf, mpf]:
    """``He_n(z)/sqrt(n!)`` and its predecessor."""
    before, value = mpf(0), mpf(1)
    for k in range(order):
        before, value = value, (z * value - mp.sqrt(k) * before) / mp.sqrt(k + 1)
    return value, before


__all__ = ["gauss_hermite"]
