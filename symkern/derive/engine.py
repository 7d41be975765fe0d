"""Expectations of pairs of real atoms: integrated by parts down to half-spaces of the normal distribution in the plane."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product as product_of

import sympy
from sympy import Expr, S

from symkern.derivation import Slopes, Step
from symkern.derive.field import Field
from symkern.derive.half_spaces import Gaussian, HalfSpaces, correlation, limit
from symkern.derive.leading import half_space_step, leading, tilt_steps
from symkern.derive.real_atoms import ONE, Normal, Point, RealAtom, RealAtoms, product
from symkern.derive.real_atoms import Step as StepFactor
from symkern.derive.terms import Algebra, Terms
from symkern.derive.weights import Weight, weights
from symkern.fractions import Fraction
from symkern.functions import exchanged
from symkern.symbols import var, var2, x


class Engine:
    """Expectations of pairs of real atoms, over one field that holds all their coefficients."""

    def __init__(self, atoms: list[tuple[RealAtom, Expr]]) -> None:
        letters: list[Expr] = []
        for atom, weight in atoms:
            letters += [
                atom.quadratic,
                atom.linear,
                atom.center,
                *(e for w in weights(weight) for e in (w.rational, w.radicand, w.growth)),
            ]
            letters += atom.factor or ()
        self.field = Field(e for e in letters if isinstance(e, Expr))
        self.algebra = Algebra(self.field)
        self.half_spaces = HalfSpaces(self.algebra)

    def expectation(self, atoms: RealAtoms, highest: int | None = None) -> Terms:
        """``E[f(X) f(Y)]``; of the powers in X and Y together none beyond the ``highest``."""
        parts = []
        for first, second, weight in _pairs(atoms, highest):
            terms = self.pair(first, second)
            parts += [self._weighted(terms, w) for w in weights(weight)]
        return self.algebra.add(*parts)

    def _weighted(self, terms: Terms, weight: Weight) -> Terms:
        f = self.field
        scaled = self.algebra.scale(terms, f.element(weight.rational))
        return self.algebra.times(scaled, f.sqrt(f.element(weight.radicand)), weight.pi, f.element(weight.growth))

    def edge(self, atoms: RealAtoms) -> Expr:
        """``f(0) E[f(Y)]`` in ``var``, with the mean of both sides where ``f`` jumps at zero."""
        parts = [self._weighted(self.pair(ONE, atom), w) for atom, weight in atoms.items() for w in weights(weight)]
        mean = self.algebra.expression(self.algebra.add(*parts)).subs(var2, var)
        zero = at_zero(atoms)
        edge = zero * mean
        return sympy.Piecewise((zero**2, sympy.Eq(var, 0)), (edge, True)) if _is_undecided(edge) else edge

    def slope(self, terms: Terms, by: int) -> Expr:
        """The derivative by ``cov12`` (0), ``var1`` (1) or ``var2`` (2)."""
        slope = self.algebra.diff(terms, by)
        elementary = all(key.special[0] in ("one", "angle") for key in slope)
        return self.algebra.expression(slope) if elementary else self.algebra.sum(slope)  # code gathers by function

    def slopes(self, terms: Terms) -> Slopes:
        """The derivatives by ``cov12``, ``var1`` and ``var2``."""
        return self.slope(terms, 0), *self.by_variances(terms)

    def by_variances(self, terms: Terms) -> tuple[Expr, Expr]:
        """The derivatives by ``var1`` and ``var2`` of what X and Y may be exchanged in."""
        first = self.slope(terms, 1)
        return first, exchanged(first)

    def variance(self, atoms: RealAtoms, highest: int | None = None) -> Terms:
        """``E[f(X)²]`` as a function of ``var1``; powers as in :meth:`expectation`."""
        parts = []
        for first, second, weight in _pairs(atoms, highest):
            for (one, two), sign in _merged(first, second).items():
                terms = self.pair(one, two, same=True)
                parts += [self._weighted(terms, w) for w in weights(weight * sign)]
        return self.algebra.add(*parts)

    def steps(self, atoms: RealAtoms) -> tuple[Step, ...]:
        """The leading pair written out: its tilt, its half-spaces, its powers."""
        first = leading(atoms)
        steps = [*tilt_steps(first), *half_space_step(first)]
        if first.factor is not None:
            bare = first._replace(power=0)
            probability = self.algebra.expression(self.pair(bare, bare))
            steps.append(Step("their probability under the tilted law, times the factor in front", probability))
        if first.power:
            what = "its powers, by E[x G] = E[x] E[G] + Σ Cov(x, ξ) E[∂G/∂ξ], which turns half-spaces into points"
            steps.append(Step(what, self.algebra.expression(self.pair(first, first))))
        return tuple(steps)

    def pair(self, first: RealAtom, second: RealAtom, *, same: bool = False) -> Terms:
        """``E[first(X) second(Y)]``; with ``same``, ``Y`` is ``X``."""
        f = self.field
        a1, b1, a2, b2 = (f.element(e) for e in (first.quadratic, first.linear, second.quadratic, second.linear))
        if same:
            determinant = 1 - 2 * (a1 + a2) * f.v1
            s11 = s12 = s22 = f.v1 / determinant
        else:
            determinant = (1 - 2 * a1 * f.v1) * (1 - 2 * a2 * f.v2) - 4 * a1 * a2 * f.c**2
            s11, s12 = (f.v1 - 2 * a2 * f.gap) / determinant, f.c / determinant
            s22 = (f.v2 - 2 * a1 * f.gap) / determinant
        mean = (s11 * b1 + s12 * b2, s12 * b1 + s22 * b2)
        growth = (b1 * mean[0] + b2 * mean[1]) / 2
        law, above, points = self._law(mean, ((s11, s12), (s12, s22)), first, second)
        if first.factor is not None and second.factor is not None and not same:
            self.algebra.know_density(growth, limit(f, law, 2), limit(f, law, 3), correlation(f, law, 2, 3))
        terms = self.half_spaces.at_points(first.power, second.power, law, above, points)
        return self.algebra.times(terms, f.sqrt(1 / determinant), 0, growth)

    def _law(
        self,
        mean: tuple[Fraction, Fraction],
        cov: tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]],
        first: RealAtom,
        second: RealAtom,
    ) -> tuple[Gaussian, tuple[int, ...], tuple[int, ...]]:
        """The law of X and Y about their centers, and of the linear form of each factor: which are half-spaces, which points."""
        f = self.field
        forms: list[tuple[Fraction, Fraction, Fraction]] = []
        above, points = [], []
        for i, atom in ((2, first), (3, second)):
            factor = atom.factor
            if isinstance(factor, StepFactor):
                side = f.number(factor.side)
                forms.append((side, -side * f.element(factor.knot), f.zero))
            elif isinstance(factor, Normal):
                forms.append((f.element(factor.slope), f.element(factor.shift), f.element(factor.noise)))
            elif isinstance(factor, Point):
                forms.append((f.one, -f.element(factor.knot), f.zero))
            else:
                forms.append((f.zero, f.zero, f.one))
            if isinstance(factor, Point):
                points.append(i)
            elif factor is not None:
                above.append(i)
        (p, p0, pn), (q, q0, qn) = forms
        (s11, s12), (_, s22) = cov
        full = (
            (s11, s12, p * s11, q * s12),
            (s12, s22, p * s12, q * s22),
            (p * s11, p * s12, p * p * s11 + pn, p * q * s12),
            (q * s12, q * s22, p * q * s12, q * q * s22 + qn),
        )
        about = (m - f.element(atom.center) for m, atom in zip(mean, (first, second), strict=True))
        law = Gaussian((*about, p * mean[0] + p0, q * mean[1] + q0), full)
        return law, tuple(above), tuple(points)


def _pairs(atoms: RealAtoms, highest: int | None) -> Iterator[tuple[RealAtom, RealAtom, Expr]]:
    """Two atoms and the product of their weights."""
    for (first, w1), (second, w2) in product_of(atoms.items(), repeat=2):
        if highest is None or first.power + second.power <= highest:
            yield first, second, w1 * w2


def _is_undecided(edge: Expr) -> bool:
    """Whether a density ``exp(−t²/(2 var))`` is divided by a power of ``var``: 0/0 where both variances are zero."""
    divided = (
        n for n in edge.atoms(sympy.Mul) if any(f.is_Pow and f.base == var and f.exp.is_negative for f in n.args)
    )
    return any(isinstance(f, sympy.exp) and f.has(var) for n in divided for f in n.args)


def at_zero(atoms: RealAtoms) -> Expr:
    """``f(0)``; infinite where ``f`` has a point mass there."""
    total = S.Zero
    for atom, weight in atoms.items():
        factor = atom.factor
        if isinstance(factor, Point):
            if factor.knot == 0:
                return sympy.oo
        else:
            value = S.One if factor is None else factor.factor(x).subs(x, 0).subs(sympy.Heaviside(0), S.Half)
            total += weight * value * (-atom.center) ** atom.power
    return sympy.simplify(total)


def _merged(first: RealAtom, second: RealAtom) -> dict[tuple[RealAtom, RealAtom], Expr]:
    """The product of two atoms at one point, two steps made one."""
    if not (isinstance(first.factor, StepFactor) and isinstance(second.factor, StepFactor)):
        return {(first, second): S.One}
    bare = second._replace(factor=None)
    steps = product(ONE._replace(factor=first.factor), ONE._replace(factor=second.factor))
    return {(first._replace(factor=step.factor), bare): sign for step, sign in steps.items()}


__all__ = ["Engine", "at_zero"]
