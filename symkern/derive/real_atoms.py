"""Reduce a formula to real atoms ``w x^k exp(α x² + β x) T(x)``, or name the factor that is outside.

``T`` is 1, a step ``1(s (x − t) > 0)``, a probability ``P(sqrt(noise) Z <= slope x + shift)`` (``erf`` has noise 1/2, the
normal CDF has noise 1), or, in derivatives, a point mass.  Two steps multiply to steps; a step times a probability, or two
probabilities, would give a kernel of four half-spaces, which has no closed form.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy
from sympy import Add, Dummy, Expr, Mul, Poly, Pow, S, Symbol, oo

from symkern.derive.atoms import MAX_ATOMS, MAX_POWER, OutsideError, canonical, exponent, stranger
from symkern.derive.pieces import SHARP, less, pieces


class Step(NamedTuple):
    """1 on one side of the knot (``side`` 1: to the right), 0 on the other."""

    side: int
    knot: Expr

    def factor(self, x: Symbol) -> Expr:
        """As an expression."""
        return sympy.Heaviside(self.side * (x - self.knot))


class Normal(NamedTuple):
    """``P(sqrt(noise) Z <= slope x + shift)``."""

    slope: Expr
    shift: Expr
    noise: Expr

    def factor(self, x: Symbol) -> Expr:
        """As an expression."""
        return (1 + sympy.erf((self.slope * x + self.shift) / sympy.sqrt(2 * self.noise))) / 2


class Point(NamedTuple):
    """A unit mass at the knot."""

    knot: Expr

    def factor(self, x: Symbol) -> Expr:
        """As an expression."""
        return sympy.DiracDelta(x - self.knot)


Factor = Step | Normal | Point | None


class RealAtom(NamedTuple):
    """``(x − center)^power exp(quadratic x² + linear x) · factor(x)``."""

    power: int
    quadratic: Expr
    linear: Expr
    factor: Factor = None
    center: Expr = S.Zero

    def term(self, x: Symbol) -> Expr:
        """The atom as an expression."""
        smooth = (x - self.center) ** self.power * sympy.exp(self.quadratic * x**2 + self.linear * x)
        return smooth if self.factor is None else smooth * self.factor.factor(x)


RealAtoms = dict[RealAtom, Expr]
"""Atom → weight (free of ``x``)."""

ONE = RealAtom(0, S.Zero, S.Zero)


def real_atoms(e: Expr, x: Symbol) -> RealAtoms:
    """The atoms of a formula.

    Raises:
        OutsideError: a factor is outside of the class.
    """
    if not e.has(x):
        return {ONE: e}
    if e == x:
        return {RealAtom(1, S.Zero, S.Zero): S.One}
    if isinstance(e, Add):
        return _sum([real_atoms(arg, x) for arg in e.args])
    if isinstance(e, Mul):
        result: RealAtoms = {ONE: S.One}
        for arg in e.args:
            result = _product(result, real_atoms(arg, x))
        return result
    if isinstance(e, SHARP):
        return _cut(e, x)
    if isinstance(e, Pow):
        return _power(e, x)
    if e.has(*SHARP):
        return _cut(e, x)
    if isinstance(e, sympy.exp):
        return _exponential(e.args[0], x, e)
    if isinstance(e, (sympy.cosh, sympy.sinh)):
        sign = 1 if isinstance(e, sympy.cosh) else -1
        down = {k: sign * w for k, w in _exponential(-e.args[0], x, e).items()}
        return {k: w / 2 for k, w in _sum([_exponential(e.args[0], x, e), down]).items()}
    if isinstance(e, (sympy.erf, sympy.erfc)):
        return _error_function(e, x)
    if isinstance(e, (sympy.sin, sympy.cos)):
        raise OutsideError(f"the factor {e} is a wave, which has no closed form beside thresholds and error functions")
    raise OutsideError(stranger(e))


def _cut(e: Expr, x: Symbol) -> RealAtoms:
    parts = []
    for piece in pieces(e, x):
        inside = real_atoms(piece.form, x)
        parts += [_product(inside, side) for side in _interval(piece.low, piece.high)]
    return _sum(parts)


def _interval(low: Expr, high: Expr) -> list[RealAtoms]:
    """The indicator of an interval: one step where it is a half-line, else the difference of two."""
    if low == -oo:
        return [{ONE: S.One} if high == oo else {ONE._replace(factor=Step(-1, high)): S.One}]
    after = {ONE._replace(factor=Step(1, low)): S.One}
    return [after if high == oo else {**after, ONE._replace(factor=Step(1, high)): S.NegativeOne}]


def _power(e: Pow, x: Symbol) -> RealAtoms:
    base, exponent = e.args
    if not base.has(x) and base.is_positive:
        return _exponential(exponent * sympy.log(base), x, e) if not exponent.has(*SHARP) else _cut(e, x)
    if not (exponent.is_Integer and 0 < exponent <= MAX_POWER):
        if e.has(*SHARP) and not (exponent.has(x)):
            flat = pieces(e, x)
            if all(p.form.is_polynomial(x) for p in flat):
                return _cut(e, x)
        raise OutsideError(f"the factor {e} is a power that is no whole number from 1 to {MAX_POWER}")
    inner = real_atoms(base, x)
    result = inner
    for _ in range(int(exponent) - 1):
        result = _product(result, inner)
    return result


def _exponential(argument: Expr, x: Symbol, e: Expr) -> RealAtoms:
    quadratic, linear, constant = exponent(argument, x, e)
    if not all(c.is_real for c in (quadratic, linear, constant)):
        raise OutsideError(f"the factor {e} has a complex exponent beside a threshold or an error function")
    return {RealAtom(0, canonical(quadratic), canonical(linear)): sympy.exp(constant)}


def _error_function(e: Expr, x: Symbol) -> RealAtoms:
    argument = e.args[0]
    polynomial = argument.expand().as_poly(x)
    if polynomial is None or polynomial.degree() != 1:
        raise OutsideError(f"the factor {e} is an error function whose argument is not affine in x")
    slope, shift = (canonical(polynomial.coeff_monomial(x**k)) for k in (1, 0))
    noise = S.Half
    content = _common_root(slope, shift)
    if content != 1:  # erf(sqrt(q) (a x + b)): q goes into the noise, so that a and b may stay rational
        slope, shift, noise = canonical(slope / content), canonical(shift / content), canonical(noise / content**2)
    normal = RealAtom(0, S.Zero, S.Zero, Normal(slope, shift, noise))
    if isinstance(e, sympy.erf):
        return {normal: S(2), ONE: S.NegativeOne}
    return {RealAtom(0, S.Zero, S.Zero, Normal(-slope, -shift, noise)): S(2)}


def _common_root(slope: Expr, shift: Expr) -> Expr:
    """The positive irrational factor, a square root, that slope and shift have in common."""
    roots = [f for f in Mul.make_args(slope) if f.is_Pow and abs(f.exp) == S.Half and f.is_positive]
    common = Mul(*roots)
    rest = canonical(shift / common)
    return common if not rest.has(*roots) else S.One


def product(a: RealAtom, b: RealAtom) -> RealAtoms:
    """The product of two atoms.

    Raises:
        OutsideError: it would have two factors.
    """
    smooth = RealAtom(
        a.power + b.power, canonical(a.quadratic + b.quadratic), canonical(a.linear + b.linear), a.factor or b.factor
    )
    if a.factor is None or b.factor is None:
        return {smooth: S.One}
    first, second = a.factor, b.factor
    if not (isinstance(first, Step) and isinstance(second, Step)):
        raise OutsideError(
            f"the product of {first.factor(Symbol('x'))} and {second.factor(Symbol('x'))} gives four half-spaces"
        )
    if first.side == second.side:
        outer = first if first.knot == second.knot or less(second.knot, first.knot) == (first.side > 0) else second
        return {smooth._replace(factor=outer): S.One}
    rising, falling = (first, second) if first.side > 0 else (second, first)
    if rising.knot == falling.knot or not less(rising.knot, falling.knot):
        return {}
    return {smooth._replace(factor=rising): S.One, smooth._replace(factor=Step(1, falling.knot)): S.NegativeOne}


def _product(left: RealAtoms, right: RealAtoms) -> RealAtoms:
    if len(left) * len(right) > MAX_ATOMS**2:
        raise OutsideError(f"it expands to more than {MAX_ATOMS} terms")
    terms: list[RealAtoms] = []
    for a, wa in left.items():
        for b, wb in right.items():
            terms.append({atom: w * wa * wb for atom, w in product(a, b).items()})
    return _sum(terms)


def _sum(sums: list[RealAtoms]) -> RealAtoms:
    total: RealAtoms = {}
    for s in sums:
        for atom, weight in s.items():
            total[atom] = total.get(atom, S.Zero) + weight
    total = {atom: weight for atom, w in total.items() if (weight := sympy.expand(w)) != 0}
    if len(total) > MAX_ATOMS:
        raise OutsideError(f"it expands to more than {MAX_ATOMS} terms")
    if any(atom.power > MAX_POWER for atom in total):
        raise OutsideError(f"it has a power of x above {MAX_POWER}")
    return total


def slopes(atoms: RealAtoms) -> RealAtoms:
    """The atoms of ``f'``, point masses of jumps included."""
    parts: list[RealAtoms] = []
    for atom, weight in atoms.items():
        k, a, b, factor, center = atom
        if k:
            parts.append({atom._replace(power=k - 1, center=center if k > 1 else S.Zero): k * weight})
        parts.append({atom._replace(power=k + 1): 2 * a * weight})
        parts.append({atom: (b + 2 * a * center) * weight})
        if isinstance(factor, Step):
            t = factor.knot
            jump = factor.side * (t - center) ** k * sympy.exp(a * t**2 + b * t)
            parts.append({RealAtom(0, S.Zero, S.Zero, Point(t)): jump * weight})
        elif isinstance(factor, Normal):
            s, c, noise = factor
            density = s / sympy.sqrt(2 * sympy.pi * noise) * sympy.exp(-(c**2) / (2 * noise))
            tilted = RealAtom(k, canonical(a - s**2 / (2 * noise)), canonical(b - s * c / noise), center=center)
            parts.append({tilted: density * weight})
    return _sum(parts)


def centred(atoms: RealAtoms) -> RealAtoms:
    """The atoms with their powers taken about the knots: where ``f`` is continuous no jumps are left, and so on."""
    x = Dummy("x", real=True)
    groups: dict[RealAtom, Expr] = {}
    for atom, weight in atoms.items():
        key = atom._replace(power=0, center=S.Zero)
        groups[key] = groups.get(key, S.Zero) + weight * (x - atom.center) ** atom.power
    parts: list[RealAtoms] = []
    for key, polynomial in groups.items():
        center = key.factor.knot if isinstance(key.factor, Step) else S.Zero
        about = Poly(polynomial.subs(x, x + center), x)
        parts += [{key._replace(power=n, center=center if n else S.Zero): w} for (n,), w in about.terms()]
    return _sum(parts)


def expression_of(atoms: RealAtoms, x: Symbol) -> Expr:
    """The sum as an expression."""
    return Add(*(weight * atom.term(x) for atom, weight in atoms.items()))


__all__ = [
    "ONE",
    "Factor",
    "Normal",
    "Point",
    "RealAtom",
    "RealAtoms",
    "Step",
    "centred",
    "expression_of",
    "product",
    "real_atoms",
    "slopes",
]
