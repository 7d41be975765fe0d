"""The class with thresholds: finite sums of ``w x^k exp(α x² + β x) T(x)``, with ``T`` a step or a normal probability.

The ReLU family, arc-cosine kernels, error functions, GELU, ELU, clips, splines, with exponential and Gaussian factors.
"""

from __future__ import annotations

import sympy
from sympy import Expr

from symkern.activation import Activation
from symkern.derivation import AlmostEverywhere, Derivation, NearZero, NotDerived, Step
from symkern.derive.atoms import OutsideError
from symkern.derive.engine import Engine
from symkern.derive.errors import DisagreementError
from symkern.derive.existence import existence
from symkern.derive.field import SAMPLES
from symkern.derive.one_sided import Cut, cuts
from symkern.derive.pieces import SHARP
from symkern.derive.real_atoms import (
    Point,
    RealAtoms,
    centred,
    expression_of,
    real_atoms,
    slopes,
)
from symkern.symbols import cov12, var, var1, var2, x

NAME = "thresholds"
DIGITS = 50


def thresholds(activation: Activation) -> Derivation | NotDerived:
    """Tilt each pair of atoms, then integrate its powers by parts down to ``Phi2`` of two half-spaces.

    The covariance derivative is found twice, as ``∂/∂cov12`` of the result and by the same engine on ``f'`` (jumps give
    point masses, Price 1958), and the two must be the same terms.

    Raises:
        DisagreementError: they are not.
    """
    if not activation.expression.has(*SHARP, sympy.erf, sympy.erfc):
        return NotDerived(activation, ())
    try:
        return _derived(activation, centred(real_atoms(activation.expression, x)))
    except OutsideError as outside:
        return NotDerived(activation, ((NAME, outside.reason),))


def _derived(activation: Activation, atoms: RealAtoms) -> Derivation:
    d_atoms = centred(slopes(atoms))
    engine = Engine([*atoms.items(), *d_atoms.items()])
    kernel, d_kernel = engine.expectation(atoms), engine.expectation(d_atoms)
    algebra = engine.algebra
    price = algebra.add(algebra.diff(kernel), algebra.scale(d_kernel, -algebra.field.one))
    symbolic = not price
    if price and not vanishes(algebra.expression(price), activation):
        raise DisagreementError(f"{activation.name}: the derivative of the NNGP kernel is not the kernel of f'")
    nngp, d_nngp = algebra.expression(kernel), algebra.expression(d_kernel)
    steps = (
        Step("f as a sum of atoms w xᵏ exp(αx² + βx) T(x)", expression_of(atoms, x)),
        *engine.steps(atoms),
        Step(f"with their weights, summed over all pairs ({len(atoms) ** 2}) and simplified: E[f(X) f(Y)]", nngp),
        Step("f', with a point mass for every jump", expression_of(d_atoms, x)),
        Step("the same for f': E[f'(X) f'(Y)]", d_nngp),
        Step(f"checked: ∂/∂cov12 of the one is the other, {'symbolically' if symbolic else NUMERICALLY} (Price 1958)"),
    )
    return Derivation(
        activation=activation,
        nngp=nngp,
        d_nngp=d_nngp,
        variance=algebra.expression(engine.variance(atoms)).subs(var1, var),
        rule=NAME,
        steps=steps,
        domain=existence(atom.quadratic for atom in atoms),
        slopes=((d_nngp, *engine.by_variances(kernel)), engine.slopes(d_kernel)),
        edges=(engine.edge(atoms), engine.edge(d_atoms)),
        almost_everywhere=_almost_everywhere(engine, d_atoms),
        near_zero=_near_zero(activation, atoms),
    )


def _near_zero(activation: Activation, atoms: RealAtoms) -> tuple[NearZero | None, NearZero | None]:
    """Both kernels of the activation's power series."""
    values = {p.symbol: sympy.Rational(p.default) for p in activation.parameters}
    first, second = cuts(atoms, values)
    return _kernel_of(first), _kernel_of(second)


def _kernel_of(series: Cut | None) -> NearZero | None:
    if series is None:
        return None
    engine = Engine(list(series.atoms.items()))
    kernel, variance = (
        engine.algebra.expression(of(series.atoms, series.highest)) for of in (engine.expectation, engine.variance)
    )
    return NearZero(kernel, variance.subs(var1, var), series.rate, series.limit)


def _almost_everywhere(engine: Engine, d_atoms: RealAtoms) -> AlmostEverywhere | None:
    """The kernel of ``f'`` without its point masses, where it has any."""
    plain = {atom: weight for atom, weight in d_atoms.items() if not isinstance(atom.factor, Point)}
    if len(plain) == len(d_atoms):
        return None
    kernel = engine.expectation(plain)
    return AlmostEverywhere(engine.algebra.expression(kernel), engine.slopes(kernel), engine.edge(plain))


NUMERICALLY = f"to {DIGITS} digits at {len(SAMPLES)} points"


def vanishes(e: Expr, activation: Activation) -> bool:
    """Whether an expression with irrational constants, which have no one form, is zero to 50 digits at sample points."""
    values = {p.symbol: sympy.Rational(p.default) + sympy.Rational(1, 7) for p in activation.parameters}
    for r, a, b in SAMPLES:
        terms = [t.subs({cov12: r * (a + b) / 9, var1: a, var2: b} | values) for t in sympy.Add.make_args(e.expand())]
        sizes = [t.evalf(DIGITS + 10) for t in terms]
        if abs(sum(sizes)) > sympy.Float(10) ** -DIGITS * max(abs(s) for s in sizes):
            return False
    return True


__all__ = ["thresholds"]
