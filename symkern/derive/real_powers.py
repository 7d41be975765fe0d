"""Real powers: finite sums of ``w |x|^p exp(α x²)`` on either side of zero, ``p > −1/2``.

``|x|^p``, ``relu(x)^p``, ``sign(x)|x|^p``, roots of a rectifier, with Gaussian factors.  In the normalised powers
``x_±^p/Γ(p+1)`` a derivative lowers ``p`` by one, down to the point mass at ``p = −1`` and beyond.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy
from sympy import Add, Expr, Mul, Pow, S, Symbol, gamma

from symkern.activation import Activation
from symkern.derivation import Derivation, NotDerived, Step
from symkern.derive.atoms import MAX_ATOMS, OutsideError, canonical, exponent
from symkern.derive.errors import DisagreementError
from symkern.derive.existence import existence
from symkern.derive.thresholds import NUMERICALLY, vanishes
from symkern.functions import Orthant
from symkern.symbols import cov12, gap, var, var1, var2, x

NAME = "real_powers"
LARGEST = 32
"""Powers up to here: the kernel of one more leaves the range of floats."""

t = Symbol("t", positive=True)
"""``|x|`` on one side."""


class PowerAtom(NamedTuple):
    """``(side x)_+^power / Γ(power + 1) · exp(quadratic x²)``."""

    side: int
    power: Expr
    quadratic: Expr


PowerAtoms = dict[PowerAtom, Expr]
"""Atom → weight."""


def real_powers(activation: Activation) -> Derivation | NotDerived:
    """Pairs of one-sided powers, each Gauss' hypergeometric function of ``ρ²`` (DLMF 15; Cho & Saul 2009 for whole p).

    Raises:
        DisagreementError: the covariance derivative is not the kernel of ``f'``.
    """
    formula = activation.expression
    if not has_real_power(formula):
        return NotDerived(activation, ())
    try:
        atoms = power_atoms(formula)
    except OutsideError as outside:
        return NotDerived(activation, ((NAME, outside.reason),))
    d_atoms = slopes(atoms)
    nngp, d_nngp = expectation(atoms), expectation(d_atoms)
    if not vanishes(nngp.rewrite(sympy.hyper).diff(cov12) - d_nngp, activation):
        raise DisagreementError(f"{activation.name}: the derivative of the NNGP kernel is not the kernel of f'")
    pair = Orthant(*sympy.symbols("p q", real=True), cov12, var1, var2)
    steps = (
        Step("f as a sum of powers on either side of zero", _expression(atoms)),
        Step("each pair tilts the Gaussian by its factors exp(αx²); what is left is Orthant(p, q, cov12, var1, var2)"),
        Step(
            "Orthant = E[X_+^p Y_+^q] / (Γ(p+1) Γ(q+1)), an even and an odd hypergeometric function of the correlation",
            pair.rewrite(sympy.hyper),
        ),
        Step("the pairs summed: E[f(X) f(Y)]", nngp),
        Step("f': the power is lowered by one; at p = 0 that is a point mass", _expression(d_atoms)),
        Step("the same engine on f': E[f'(X) f'(Y)]", d_nngp),
        Step(f"checked: ∂/∂cov12 of the one is the other, {NUMERICALLY} (Price 1958)"),
    )
    return Derivation(
        activation=activation,
        nngp=nngp,
        d_nngp=d_nngp,
        variance=variance(atoms),
        rule=NAME,
        steps=steps,
        domain=existence(atom.quadratic for atom in atoms),
    )


def has_real_power(e: Expr) -> bool:
    """Whether ``x`` stands under an exponent that is no whole number."""
    return any(n.base.has(x) and not n.exp.is_Integer and not n.exp.has(x) for n in e.atoms(Pow))


def power_atoms(e: Expr) -> PowerAtoms:
    """The atoms of a formula.

    Raises:
        OutsideError: a factor is outside of the class.
    """
    found: PowerAtoms = {}
    for side in (1, -1):
        half = e.xreplace({x: side * t})
        half = half.replace(lambda n: isinstance(n, (sympy.cosh, sympy.sinh)), lambda n: n.rewrite(sympy.exp))
        for term in Add.make_args(sympy.expand(half)):
            power, quadratic, weight = _one_term(term, side)
            if weight != 0:
                atom = PowerAtom(side, power, quadratic)
                found[atom] = found.get(atom, S.Zero) + weight * gamma(power + 1)
    found = {atom: weight for atom, w in found.items() if (weight := sympy.expand(w)) != 0}
    if len(found) > MAX_ATOMS:
        raise OutsideError(f"it expands to more than {MAX_ATOMS} terms")
    return found


def _one_term(term: Expr, side: int) -> tuple[Expr, Expr, Expr]:
    """Power, coefficient of ``x²`` in the exponent, and weight."""
    power, quadratic, weight = S.Zero, S.Zero, S.One
    for factor in Mul.make_args(term):
        base, up = factor.as_base_exp()
        if not factor.has(t):
            weight *= factor
        elif base == t and not up.has(t):
            power += up
        elif isinstance(factor, sympy.exp):
            square, linear, constant = exponent(factor.args[0], t, _shown(factor, side))
            if linear != 0:
                shown = _shown(factor, side)
                raise OutsideError(f"the factor {shown} beside a real power of x gives parabolic cylinder functions")
            quadratic += square
            weight *= sympy.exp(constant)
        else:
            where = f"where x {'>' if side > 0 else '<'} 0"
            raise OutsideError(
                f"the factor {_shown(factor, side)} ({where}) beside a real power of x has no closed form"
            )
    if not power.is_Rational:
        raise OutsideError(f"the exponent {power} is no rational number: give it a value")
    if power <= -S.Half:
        raise OutsideError(f"E[f(X)^2] diverges: Abs(x)**({power}) is too large at zero")
    if power > LARGEST:
        raise OutsideError(f"it has a power of x above {LARGEST}")
    if not quadratic.is_real:
        raise OutsideError("a complex exponent stands beside a real power of x")
    return power, canonical(quadratic), weight


def _shown(e: Expr, side: int) -> Expr:
    """As the user wrote it, or nearly so."""
    return e.subs(t, side * x)


def slopes(atoms: PowerAtoms) -> PowerAtoms:
    """The atoms of ``f'``."""
    found: PowerAtoms = {}
    for (side, power, quadratic), weight in atoms.items():
        lower = PowerAtom(side, power - 1, quadratic)
        found[lower] = found.get(lower, S.Zero) + side * weight
        if quadratic != 0:
            higher = PowerAtom(side, power + 1, quadratic)
            found[higher] = found.get(higher, S.Zero) + 2 * side * quadratic * (power + 1) * weight
    return {atom: weight for atom, weight in found.items() if weight != 0}


def expectation(atoms: PowerAtoms) -> Expr:
    """``E[f(X) f(Y)]``: each pair tilted, then an orthant's moment."""
    terms = []
    for (s, p, a), weight1 in atoms.items():
        for (u, q, b), weight2 in atoms.items():
            determinant = 1 - 2 * a * var1 - 2 * b * var2 + 4 * a * b * gap()
            c, v, w = s * u * cov12, var1 - 2 * b * gap(), var2 - 2 * a * gap()
            moment = Orthant(p, q, c / determinant, v / determinant, w / determinant)
            terms.append(weight1 * weight2 * moment / sympy.sqrt(determinant))
    return sympy.factor_terms(Add(*terms))


def variance(atoms: PowerAtoms) -> Expr:
    """``E[f(X)²]``: on one side powers add up, ``E[X_+^n] = 2^(n/2) Γ((n+1)/2) v^(n/2) / (2 sqrt(π))``."""
    terms = []
    for (s, p, a), weight1 in atoms.items():
        for (u, q, b), weight2 in atoms.items():
            if s == u:
                determinant, n = 1 - 2 * (a + b) * var, p + q
                moment = (2 * var / determinant) ** (n / 2) * gamma((n + 1) / 2) / (2 * sympy.sqrt(sympy.pi))
                terms.append(weight1 * weight2 * moment / (gamma(p + 1) * gamma(q + 1) * sympy.sqrt(determinant)))
    return sympy.factor_terms(Add(*terms))


def _expression(atoms: PowerAtoms) -> Expr:
    """The sum as an expression, a point mass as such."""
    terms = []
    for (side, power, quadratic), weight in atoms.items():
        if power == -1:
            terms.append(weight * sympy.DiracDelta(x))
        else:
            one_sided = sympy.Max(0, side * x) ** power * (sympy.Heaviside(side * x) if power <= 0 else 1)
            terms.append(weight / gamma(power + 1) * one_sided * sympy.exp(quadratic * x**2))
    return Add(*terms)


__all__ = ["PowerAtom", "expectation", "power_atoms", "real_powers", "slopes", "variance"]
