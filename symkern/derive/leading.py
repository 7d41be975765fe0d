"""The derivation of one pair of atoms written out, so that a reader can check the method on it by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import sympy
from sympy import Expr, Symbol

from symkern.derivation import Step
from symkern.derive.atoms import Atom
from symkern.derive.real_atoms import Normal, RealAtom
from symkern.derive.real_atoms import Step as StepFactor
from symkern.derive.tilt import moment, tilted
from symkern.symbols import cov12, var1, var2

X, Y, Z = (Symbol(name, real=True) for name in "XYZ")


A = TypeVar("A", Atom, RealAtom)


def leading(atoms: Iterable[A]) -> A:
    """The atom that shows most of the method: with a threshold, with an exponential, of the highest power."""

    def shown(atom: A) -> tuple[bool, bool, int]:
        return isinstance(atom, RealAtom) and atom.factor is not None, _grows(atom), atom.power

    return max(atoms, key=shown)


def tilt_steps(atom: Atom | RealAtom) -> tuple[Step, ...]:
    """The tilt of an atom at ``X`` and itself at ``Y``: the pair, then ``D``, ``Σ′``, the mean, and the factor in front."""
    pair = Step("a pair of them, the leading atom with itself", atom.term(X) * atom.term(Y))
    determinant, (m1, m2), (s11, s12, s22), exponent = tilted(*(atom.quadratic, atom.linear) * 2)
    if not _grows(atom):
        law = sympy.ImmutableMatrix([[var1, cov12], [cov12, var2]])
        return pair, Step("it has no exponential: D = 1, the mean is 0, and the covariance Σ′ is Σ itself", law)
    covariance = sympy.ImmutableMatrix([[s11, s12], [s12, s22]]).applyfunc(lambda e: _over(e, determinant))
    mean = sympy.ImmutableMatrix([m1, m2]).applyfunc(lambda e: _over(e, determinant))
    factor = determinant**-sympy.S.Half * sympy.exp(_over(exponent, determinant))
    return (
        pair,
        Step("its exponential tilts the Gaussian by A = diag(α, α), b = (β, β): D = det(I − 2ΣA)", determinant),
        Step("the tilted covariance Σ′ = (I − 2ΣA)⁻¹ Σ", covariance),
        Step("the tilted mean Σ′b", mean),
        Step("the factor in front, D^(−1/2) exp(½ bᵀΣ′b)", factor),
    )


def power_step(atom: Atom) -> tuple[Step, ...]:
    """The moment of the powers under the tilted law."""
    if not atom.power:
        return ()
    determinant, mean, scatter, _ = tilted(*(atom.quadratic, atom.linear) * 2)
    terms = moment(atom.power, atom.power, mean, scatter)
    what = "its powers, by E[x g] = E[x] E[g] + Σ Cov(x, ξ) E[∂g/∂ξ] (Isserlis 1918)"
    return (Step(what, sympy.Add(*(_over(n, determinant**m) for m, n in terms.items()))),)


def half_space_step(atom: RealAtom) -> tuple[Step, ...]:
    """The half-spaces that the pair's thresholds cut out."""
    factor = atom.factor
    if isinstance(factor, StepFactor):
        return (
            Step(
                "its thresholds are the half-spaces U > 0, and W > 0 with Y for X: U", factor.side * (X - factor.knot)
            ),
        )
    if isinstance(factor, Normal):
        what = "its thresholds are the half-spaces U > 0, and W > 0 with Y for X and another standard normal for Z: U"
        return (Step(what, factor.slope * X + factor.shift + sympy.sqrt(factor.noise) * Z),)
    return ()


def _grows(atom: Atom | RealAtom) -> bool:
    return bool(atom.quadratic != 0 or atom.linear != 0)


def _over(numerator: Expr, denominator: Expr) -> Expr:
    return sympy.factor_terms(numerator) / denominator


__all__ = ["half_space_step", "leading", "power_step", "tilt_steps"]
