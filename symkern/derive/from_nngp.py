"""A kernel without an activation: its covariance derivative, limits and checks, from the formula alone."""

from __future__ import annotations

import sympy
from sympy import Expr, Rational, Symbol, true

from symkern.activation import Kernel
from symkern.derivation import Derivation, Slopes, Step
from symkern.derive.definite import ROUNDING, counterexample, samples
from symkern.derive.errors import DisagreementError
from symkern.derive.sampled import DIGITS, disagreement, not_real, place
from symkern.derive.surds import normal_form
from symkern.errors import UsageError
from symkern.symbols import cov12, var, var1, var2

NAME = "from_nngp"
EXCHANGED = {var1: var2, var2: var1}
Values = dict[Symbol, Rational]
INFINITE = (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo)


def from_nngp(kernel: Kernel, *, accept_indefinite: bool = False) -> Derivation:
    """``d_nngp = ∂K/∂cov12``, which is ``E[f'(X) f'(Y)]`` of any activation ``f`` that has this kernel (Price 1958).

    A kernel that is positive semi-definite for points of every dimension is ``Σ a_n(var1, var2) cov12^n`` with positive
    semi-definite ``a_n`` (Schoenberg 1942), so its derivative is one too: both are tried on Gram matrices.  A kernel that
    fails is refused; where only its derivative does, it is no kernel in some higher dimension, which is a warning.

    Raises:
        UsageError: the formula is not real, is not symmetric, is infinite on the diagonal, or has a Gram matrix with a negative
            eigenvalue (and ``accept_indefinite`` is not set).
        DisagreementError: the simplified kernel is not the given one.
    """
    given = kernel.expression
    complex_at = not_real(given)
    if complex_at:
        raise UsageError(f"{kernel.name} is no kernel: it is complex-valued at {place(complex_at)}")
    nngp = normal_form(given)
    if disagreement(given, nngp):
        raise DisagreementError(f"{kernel.name}: the simplified kernel is not the given one")
    symmetry = _symmetry(kernel, nngp)
    variance = _variance(kernel, nngp)
    d_nngp = normal_form(nngp.diff(cov12))
    values = {p.symbol: Rational(p.default) for p in kernel.parameters}
    warnings, definiteness = _definiteness(kernel.name, nngp, d_nngp, values, accept_indefinite)
    steps = (
        Step("the NNGP kernel as given", given),
        *([Step("square roots collected, and angles of a correlation as atan2", nngp)] if nngp != given else []),
        Step(f"checked: exchanging var1 and var2 changes nothing, {symmetry}"),
        Step("its derivative by cov12: E[f'(X) f'(Y)] of any activation that has this kernel (Price 1958)", d_nngp),
        *(Step(text) for text in definiteness),
    )
    edges = _edge(nngp, values), _edge(d_nngp, values)
    return Derivation(
        activation=kernel,
        nngp=nngp,
        d_nngp=d_nngp,
        variance=variance,
        rule=NAME,
        steps=steps,
        domain=true,
        slopes=(_slopes(nngp), _slopes(d_nngp)),
        edges=None if None in edges else edges,
        warnings=warnings,
    )


def _symmetry(kernel: Kernel, nngp: Expr) -> str:
    """How the kernel is known to be symmetric."""
    exchanged = nngp.xreplace(EXCHANGED)
    if sympy.expand(nngp - exchanged) == 0 or normal_form(exchanged - nngp) == 0:
        return "symbolically"
    found = disagreement(nngp, exchanged)
    if found is None:
        return f"to {DIGITS} digits at sample points"
    point, one, two = found
    raise UsageError(
        f"{kernel.name} is no kernel: it is not symmetric in var1 and var2: at {place(point)} it is {float(one):.6g}, "
        f"and {float(two):.6g} with var1 and var2 exchanged"
    )


def _variance(kernel: Kernel, nngp: Expr) -> Expr:
    """The kernel on the diagonal."""
    at = {cov12: var, var1: var, var2: var}
    for e in (kernel.expression, nngp):
        variance = e.subs(at)
        if not variance.has(*INFINITE):
            return normal_form(variance)
    raise UsageError(f"{kernel.name} is no kernel: it is not finite at cov12 = var1 = var2")


def _definiteness(
    name: str, nngp: Expr, d_nngp: Expr, values: Values, accept_indefinite: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Warnings, and what was checked."""
    chosen = ", parameters at their defaults" if values else ""
    checked = f"{len(samples())} Gram matrices have no eigenvalue below -1e-{ROUNDING} (a sample, not a proof{chosen})"
    found = counterexample(nngp, values)
    if found is not None:
        text = f"{name} is no kernel: {found}"
        if not accept_indefinite:
            raise UsageError(f"{text}; to derive it all the same, accept it as indefinite (--accept-indefinite)")
        return (text,), (f"WARNING: {text}",)
    found = counterexample(d_nngp, values)
    if found is not None:
        text = f"{name} is no kernel in some higher dimension, and NTKs may be indefinite: of d_nngp, {found}"
        return (text,), (f"checked: {checked}", f"WARNING: {text}")
    return (), (f"checked: {checked}, nor have those of d_nngp where it is finite",)


def _slopes(e: Expr) -> Slopes:
    by_cov12, by_var1, by_var2 = (normal_form(e.diff(s)) for s in (cov12, var1, var2))
    return by_cov12, by_var1, by_var2


def _edge(e: Expr, values: Values) -> Expr | None:
    """The limit at ``var1 = 0`` along ``cov12 = 0``, as a function of ``var2``, here ``var``; None where it is not found.

    The sign of an infinite one is that at ``values``.
    """
    uncorrelated = normal_form(e.subs(cov12, 0).subs(var2, var))
    at_zero = uncorrelated.subs(var1, 0)
    if not at_zero.has(*INFINITE):
        return at_zero
    try:
        limit = sympy.limit(uncorrelated, var1, 0, "+")
    except NotImplementedError:
        return None
    if limit.has(sympy.Limit, sympy.nan, sympy.zoo):
        return None
    return limit.subs({var: 1} | values) if limit.has(sympy.oo) else limit


__all__ = ["from_nngp"]
