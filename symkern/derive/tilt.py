"""Gaussian expectations of pairs of atoms, by exponential tilting.

With ``A = diag(α1, α2)``, ``b = (β1, β2)`` and ``Σ`` the covariance of ``u = (X, Y)``,

    E[e^{uᵀAu + bᵀu} g(u)] = D^{-1/2} · e^{½ bᵀΣ'b} · E'[g(u)],   D = det(I − 2ΣA),   Σ' = (I − 2ΣA)^{-1} Σ,

where ``u ~' N(Σ'b, Σ')``.  No inverse of ``Σ`` is needed, so ``ρ = ±1`` and ``var = 0`` are ordinary points.
Inside the domain ``I − 2 Σ^{1/2} Re(A) Σ^{1/2} > 0`` both eigenvalues of ``I − 2ΣA`` have positive real part, so
their arguments add up to less than π and the principal root of ``D`` is the right branch.
"""

from __future__ import annotations

from functools import lru_cache

import sympy
from sympy import Expr, I, Rational, S

from symkern.derive.atoms import Atom, AtomSum
from symkern.derive.kernel_sum import KernelSum, Mode, add_term, normalised
from symkern.symbols import cov12, gap, var1, var2


def expectation(left: AtomSum, right: AtomSum) -> KernelSum:
    """``Re E[f(X) h(Y)]`` for ``f = Σ left`` and ``h = Σ right``; both real functions, so this is the expectation."""
    total: KernelSum = {}
    for first, w1 in left.items():
        for second, w2 in right.items():
            _add_pair(total, first, second, sympy.expand(w1 * w2))
    return normalised(total)


def _add_pair(total: KernelSum, first: Atom, second: Atom, weight: Expr) -> None:
    determinant, mean, scatter, exponent = tilted(first.quadratic, first.linear, second.quadratic, second.linear)
    d_re, d_im = _split(determinant)
    q_re, q_im = _split(exponent)
    if d_im == 0:
        mode = Mode(d_re, -S.Half if d_re != 1 else S.Zero, q_re, q_im, (S.Zero, S.One), "cos")
        conjugate: Expr = S.One
    else:
        norm = sympy.expand(d_re**2 + d_im**2)
        conjugate = d_re - I * d_im
        q_re, q_im = _split(exponent * conjugate)
        mode = Mode(norm, -Rational(1, 4), q_re, q_im, (d_im, d_re), "cos")
    w_re, w_im = weight.as_real_imag()
    for m, numerator in moment(first.power, second.power, mean, scatter).items():
        n_re, n_im = _split(numerator * conjugate**m)
        add_term(total, mode, m, sympy.expand(w_re * n_re - w_im * n_im))
        add_term(total, mode._replace(trig="sin"), m, sympy.expand(-w_re * n_im - w_im * n_re))


@lru_cache(maxsize=4096)
def tilted(a1: Expr, b1: Expr, a2: Expr, b2: Expr) -> tuple[Expr, tuple[Expr, Expr], tuple[Expr, Expr, Expr], Expr]:
    """``D``, and the numerators over ``D`` of the mean ``Σ'b``, of ``Σ'`` and of the exponent ``½ bᵀΣ'b``."""
    g = gap()
    (a1, b1, a2, b2) = (_explicit(e) for e in (a1, b1, a2, b2))
    determinant = sympy.expand((1 - 2 * a1 * var1) * (1 - 2 * a2 * var2) - 4 * a1 * a2 * cov12**2)
    s11, s12, s22 = sympy.expand(var1 - 2 * a2 * g), cov12, sympy.expand(var2 - 2 * a1 * g)
    mean = (sympy.expand(s11 * b1 + s12 * b2), sympy.expand(s12 * b1 + s22 * b2))
    exponent = sympy.expand((b1 * mean[0] + b2 * mean[1]) / 2)
    return determinant, mean, (s11, s12, s22), exponent


@lru_cache(maxsize=4096)
def moment(k: int, l: int, mean: tuple[Expr, Expr], scatter: tuple[Expr, Expr, Expr]) -> dict[int, Expr]:
    """``E'[X^k Y^l]`` as ``{m: numerator over D^m}``, by Isserlis' recursion on the first factor."""
    if k == 0 and l == 0:
        return {0: S.One}
    if k == 0:  # the same recursion with X and Y changed over
        return moment(l, 0, (mean[1], mean[0]), (scatter[2], scatter[1], scatter[0]))
    result: dict[int, Expr] = {}
    for factor, i, j in (
        (mean[0], k - 1, l),
        ((k - 1) * scatter[0], k - 2, l),
        (l * scatter[1], k - 1, l - 1),
    ):
        if factor == 0 or i < 0 or j < 0:
            continue
        for m, numerator in moment(i, j, mean, scatter).items():
            result[m + 1] = sympy.expand(result.get(m + 1, S.Zero) + factor * numerator)
    return {m: n for m, n in result.items() if n != 0}


def _explicit(e: Expr) -> Expr:
    """``e`` as ``re + I im``."""
    re, im = e.as_real_imag()
    return re + I * im


def _split(e: Expr) -> tuple[Expr, Expr]:
    """Real and imaginary part of a polynomial in ``I`` with otherwise real letters."""
    e = sympy.expand(e)
    return e.coeff(I, 0), e.coeff(I, 1)
