"""Real sums of tilted Gaussian moments: the form in which kernels of the exponential-polynomial class come out.

A term is ``N · R^(root − m) · exp(growth / R) · trig(phase / R − θ/2)`` with ``N, R, growth, phase`` polynomials in
``cov12, var1, var2`` (and the parameters) and ``θ = atan2(angle)``.  The form is closed under ``∂/∂cov12`` and two
sums are equal exactly where their polynomials are, so that Price's theorem can be checked without guessing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sympy
from sympy import Add, Expr, Poly, Rational, S

from symkern.symbols import cov12, var1, var2


class Mode(NamedTuple):
    """Everything of a term but its numerators.

    ``trig`` is ``"cos"`` or ``"sin"``; ``angle`` is ``(Im D, Re D)`` or ``(0, 1)`` where the determinant is real.
    """

    denominator: Expr
    root: Rational
    growth: Expr
    phase: Expr
    angle: tuple[Expr, Expr]
    trig: str

    def factor(self, m: int) -> Expr:
        """The term with numerator one, in the way people write it."""
        r = self.denominator
        theta = sympy.atan2(*self.angle) / 2 if self.angle[0] != 0 else S.Zero
        phase = _over(self.phase, r) - theta
        trig = sympy.cos(phase) if self.trig == "cos" else sympy.sin(phase)
        return r ** (self.root - m) * sympy.exp(_over(self.growth, r)) * trig


FEW_TERMS = 60
"""A numerator with more terms is left expanded: factoring it takes minutes and helps nobody."""

KernelSum = dict[Mode, dict[int, Expr]]
"""mode → m → numerator ``N``."""


def _over(numerator: Expr, denominator: Expr) -> Expr:
    """``numerator/denominator`` with the numerator's common factors taken out."""
    if denominator == 1:
        return sympy.factor_terms(numerator)
    return sympy.factor_terms(numerator) / denominator


def add_term(total: KernelSum, mode: Mode, m: int, numerator: Expr) -> None:
    """Add ``numerator`` to the term, after turning the mode to its canonical sign."""
    mode, sign = canonical_sign(mode)
    if sign == 0:
        return
    row = total.setdefault(mode, {})
    row[m] = row.get(m, S.Zero) + sign * numerator


def canonical_sign(mode: Mode) -> tuple[Mode, int]:
    """Of a phase and its negative, one; the factor that this costs (0: the term vanishes)."""
    leading = mode.angle[0] if mode.angle[0] != 0 else mode.phase
    if leading == 0:
        return mode, int(mode.trig == "cos")
    if not leading.could_extract_minus_sign():
        return mode, 1
    flipped = mode._replace(phase=sympy.expand(-mode.phase), angle=(sympy.expand(-mode.angle[0]), mode.angle[1]))
    return flipped, 1 if mode.trig == "cos" else -1


def normalised(total: KernelSum) -> KernelSum:
    """One numerator a mode, over the lowest power of its denominator; zero terms dropped."""
    result: KernelSum = {}
    for mode, row in total.items():
        top = max(row)
        r = mode.denominator
        numerator = sympy.expand(Add(*(n * r ** (top - m) for m, n in row.items())))
        numerator = _tidy(numerator)
        if numerator == 0:
            continue
        top, numerator = _divided(numerator, r, top)
        result[mode] = {top: numerator}
    return result


def _divided(numerator: Expr, r: Expr, m: int) -> tuple[int, Expr]:
    """Divide numerator and denominator by ``r`` as often as it goes."""
    if not r.free_symbols & {cov12, var1, var2}:
        return m, numerator
    while m > 0 and len(Add.make_args(numerator)) <= 8 * FEW_TERMS:
        quotient, rest = sympy.div(numerator, r, cov12, var1, var2)
        if rest != 0:
            break
        m, numerator = m - 1, sympy.expand(quotient)
    return m, numerator


def _tidy(numerator: Expr) -> Expr:
    """Trigonometric identities among the parameters (``sin² + cos² = 1``)."""
    if not numerator.has(sympy.sin, sympy.cos):
        return numerator
    return sympy.expand(Add(*(sympy.trigsimp(c) * mono for mono, c in _coefficients(numerator))))


def _coefficients(numerator: Expr) -> list[tuple[Expr, Expr]]:
    poly = Poly(numerator, cov12, var1, var2)
    return [(cov12**i * var1**j * var2**k, coefficient) for (i, j, k), coefficient in poly.terms()]


def is_zero(total: KernelSum) -> bool:
    """Whether the sum vanishes identically (its polynomials do)."""
    return all(
        sympy.simplify(c) == 0 for row in normalised(total).values() for n in row.values() for _, c in _coefficients(n)
    )


def difference(left: KernelSum, right: KernelSum) -> KernelSum:
    """``left − right``."""
    total: KernelSum = {mode: dict(row) for mode, row in left.items()}
    for mode, row in right.items():
        for m, n in row.items():
            add_term(total, mode, m, -n)
    return normalised(total)


def derivative(total: KernelSum) -> KernelSum:
    """``∂/∂cov12``, by the product rule on the polynomials."""
    result: KernelSum = {}
    for mode, row in total.items():
        r, growth, phase = mode.denominator, mode.growth, mode.phase
        dr, dgrowth, dphase = (e.diff(cov12) for e in (r, growth, phase))
        di, dre = mode.angle
        dtheta = sympy.expand(dre * di.diff(cov12) - di * dre.diff(cov12)) if di != 0 else S.Zero
        other, sign = ("sin", -1) if mode.trig == "cos" else ("cos", 1)
        for m, n in row.items():
            add_term(result, mode, m, n.diff(cov12))
            add_term(result, mode, m + 1, (mode.root - m) * dr * n)
            add_term(result, mode, m + 2, sympy.expand(n * (dgrowth * r - growth * dr)))
            turned = mode._replace(trig=other)
            add_term(result, turned, m + 2, sign * sympy.expand(n * (dphase * r - phase * dr)))
            add_term(result, turned, m + 1, -sign * sympy.expand(n * dtheta) / 2)
    return normalised(result)


def expression(total: KernelSum) -> Expr:
    """The sum in canonical form: factored numerators, exponents combined."""
    return _gathered([(_factored(n), mode, m) for mode, row in total.items() for m, n in row.items()])


def _factored(numerator: Expr) -> Expr:
    """Factored where that is quick and may be of use to a reader."""
    return sympy.factor(numerator) if len(Add.make_args(numerator)) <= FEW_TERMS else sympy.factor_terms(numerator)


def _gathered(terms: list[tuple[Expr, Mode, int]]) -> Expr:
    """The terms, with what is common to all of them in front."""
    return sympy.factor_terms(Add(*(n * mode.factor(m) for n, mode, m in terms)), radical=True)


def substituted(total: KernelSum, values: Mapping[Expr, Expr]) -> Expr:
    """The sum at special values of the covariance, each term cancelled on its own."""
    terms = []
    for mode, row in total.items():
        at = {name: sympy.factor(getattr(mode, name).subs(values)) for name in ("denominator", "growth", "phase")}
        angle = tuple(sympy.factor(a.subs(values)) for a in mode.angle)
        for m, n in row.items():
            ratio = sympy.cancel(n.subs(values) / at["denominator"] ** m)
            growth = sympy.cancel(at["growth"] / at["denominator"])
            phase = sympy.cancel(at["phase"] / at["denominator"])
            theta = sympy.atan2(*angle) / 2 if angle[0] != 0 else S.Zero
            trig = sympy.cos(phase - theta) if mode.trig == "cos" else sympy.sin(phase - theta)
            terms.append(
                sympy.factor(ratio) * at["denominator"] ** mode.root * sympy.exp(sympy.factor_terms(growth)) * trig
            )
    return sympy.factor_terms(Add(*terms), radical=True)


def symmetric_pair(total: KernelSum) -> bool:
    """Whether the sum is symmetric under ``var1 ↔ var2`` (it must be)."""
    swap = {var1: var2, var2: var1}
    turned: KernelSum = {}
    for mode, row in total.items():
        other = Mode(
            mode.denominator.subs(swap, simultaneous=True),
            mode.root,
            mode.growth.subs(swap, simultaneous=True),
            mode.phase.subs(swap, simultaneous=True),
            (mode.angle[0].subs(swap, simultaneous=True), mode.angle[1].subs(swap, simultaneous=True)),
            mode.trig,
        )
        for m, n in row.items():
            add_term(turned, other, m, n.subs(swap, simultaneous=True))
    return not difference(total, turned)
