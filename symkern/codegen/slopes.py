"""Derivatives of kernels that are stated, and not left to automatic differentiation.

Where that would divide by zero (``ρ = ±1``, a variance of zero), and where measurements ask for them: the derivative of code whose
terms cancel is computed in plain floats, and has none of the digits of its double words.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from symkern.codegen.parity import ODD, parity, with_leading_term
from symkern.codegen.stabilised import Stabilised, stabilised
from symkern.derivation import Derivation, Slopes
from symkern.functions import exchanged
from symkern.symbols import cov12, var1, var2

Stated = tuple[Stabilised, ...]
"""By ``cov12``, ``var1``, ``var2``."""


def stated_slopes(derivation: Derivation, nngp: Stabilised, d_nngp: Stabilised) -> tuple[Stated, Stated]:
    """Those of both kernels."""
    (_, *by_variances), (by_cov12, *d_by_variances) = derivation.slopes or (
        _slopes(derivation.nngp),
        _slopes(derivation.d_nngp),
    )
    first = d_nngp, *_pair(*by_variances)
    is_odd = derivation.slopes is not None and parity(derivation.activation) == ODD
    if is_odd:  # and so are its derivatives by the variances
        first = d_nngp, *(with_leading_term(s, slope) for s, slope in zip(first[1:], d_by_variances, strict=True))
    second = stabilised(by_cov12), *_pair(*d_by_variances)
    return alike_slopes(nngp, first), alike_slopes(d_nngp, second)


def alike_slopes(kernel: Stabilised, slopes: Stated) -> Stated:
    """The slopes in double words, and at unit variances where the kernel is."""
    if kernel.degrees is None:
        return tuple(replace(kernel.alike(s), double=True) for s in slopes)
    (a, b) = kernel.degrees
    by = ((a - 1, b - 1), (a - 2, b), (a, b - 2))
    return tuple(replace(kernel.alike(s), double=True, degrees=d) for s, d in zip(slopes, by, strict=True))


def _slopes(kernel: Expr) -> Slopes:
    return kernel.diff(cov12), kernel.diff(var1), kernel.diff(var2)


def _pair(by_var1: Expr, by_var2: Expr) -> Stated:
    """By the variances, the second one from the first where X and Y may be exchanged."""
    first = stabilised(by_var1)
    return first, first.exchanged() if by_var2 == exchanged(by_var1) else stabilised(by_var2)


__all__ = ["Stated", "alike_slopes", "stated_slopes"]
