"""One spelling for algebraic functions of the covariance and their angles.

A formula typed by hand is a rational function of the covariance, of square roots and of other functions.  Roots become
letters, so that ``sqrt(v1 v2) sqrt(1 - c²/(v1 v2))`` is ``sqrt(v1 v2 - c²)``.  Angles of a correlation
``r = p/sqrt(p² + s²)`` become ``atan2`` of ``p`` and ``s``, which keeps its digits near ``r = ±1``: ``acos r = atan2(s, p)`` and
``asin r = π/2 - acos r``.
"""

from __future__ import annotations

import sympy
from sympy import Add, Dummy, Expr, Function, Mul, Poly, Pow, Rational, S

from symkern.derive.sampled import COVARIANCE, sampled_sign

Monomial = tuple[int, ...]
_TURNS = (S.Zero, Rational(-1, 2), S.NegativeOne)


def normal_form(e: Expr) -> Expr:
    """The expression as ``Σ R √Q F``: rational, a product of square roots, a product of functions of normal arguments."""
    surds = _Surds()
    return surds.spelled(surds.plain(e))


class _Surds:
    """Letters for roots, angles and other functions; ``spelled`` undoes what ``plain`` does."""

    def __init__(self) -> None:
        self.squares: dict[Dummy, Expr] = {}  # of a root's letter, in letters
        self.roots: dict[Expr, Dummy] = {}
        self.angles: dict[tuple[Expr, Expr], Dummy] = {}
        self.functions: dict[Expr, Dummy] = {}

    def plain(self, e: Expr) -> Expr:
        """The expression as a rational function of letters."""
        if isinstance(e, (Add, Mul)):
            return e.func(*(self.plain(a) for a in e.args))
        if isinstance(e, Pow):
            if e.exp.is_Integer:
                return self.plain(e.base) ** e.exp
            if e.exp.is_Rational and e.exp.q == 2:
                return self.root(self.plain(e.base)) ** (2 * e.exp)
        if isinstance(e, sympy.acos):
            return self.acos(e)
        if isinstance(e, sympy.asin):
            return sympy.pi / 2 - self.acos(sympy.acos(e.args[0]))
        if isinstance(e, sympy.atan2):
            return self.atan2(e)
        if isinstance(e, (Function, Pow)):
            return self.opaque(e)
        return e

    def opaque(self, e: Expr) -> Expr:
        """A letter for a function of normal arguments."""
        spelled = e.func(*(normal_form(a) if isinstance(a, Expr) else a for a in e.args))
        return self.functions.setdefault(spelled, Dummy(real=True)) if spelled.func == e.func else self.plain(spelled)

    def root(self, square: Expr) -> Expr:
        """The square root: factors that are nowhere negative have letters of their own, what is left has one."""
        numerator, denominator = sympy.fraction(sympy.cancel(self.reduced(square)))
        outside, inside = S.One, S.One
        for part, side in ((numerator, 1), (denominator, -1)):
            constant, factors = sympy.factor_list(part)
            inside *= constant**side
            for base, n in factors:
                sign = self.sign(base)
                if sign == 0:
                    inside *= base ** (side * n)
                    continue
                inside *= sign**n
                outside *= base ** (side * (n // 2)) * sign ** (n // 2)
                if n % 2:
                    outside *= self.letter(sympy.expand(sign * base)) ** side
        if inside.is_Rational and inside >= 0:
            return outside * sympy.prod(self.letter(sympy.Integer(p)) ** n for p, n in _halves(inside))
        return outside * self.letter(sympy.cancel(inside))

    def sign(self, base: Expr) -> int:
        """1 or -1 where the sign is known on the whole domain, else 0."""
        if base.is_nonnegative or base.is_nonpositive:
            return 1 if base.is_nonnegative else -1
        return 0 if base.atoms(Dummy) else sampled_sign(base)

    def letter(self, square: Expr) -> Dummy:
        """The letter of a root."""
        if square not in self.roots:
            self.roots[square] = Dummy(nonnegative=True)
            self.squares[self.roots[square]] = square
        return self.roots[square]

    def reduced(self, e: Expr) -> Expr:
        """A quotient without common factors; no letter of a root has a power above one, or divides the denominator."""
        while True:
            numerator, denominator = sympy.fraction(sympy.cancel(sympy.together(e)))
            polys = [(letter, Poly(numerator, letter), Poly(denominator, letter)) for letter in self.squares]
            alone = [letter for letter, _, below in polys if below.degree() > 0 and below.nth(0) == 0]
            if not alone and all(max(above.degree(), below.degree()) < 2 for _, above, below in polys):
                return numerator / denominator
            factor = alone[0] if alone else S.One
            e = self._lowered(numerator * factor) / self._lowered(denominator * factor)

    def _lowered(self, e: Expr) -> Expr:
        """A polynomial with even powers of roots replaced."""
        for letter, square in self.squares.items():
            if e.has(letter):
                e = Add(*(c * letter ** (n % 2) * square ** (n // 2) for (n,), c in Poly(e, letter).terms()))
        return e

    # Angles

    def acos(self, e: Expr) -> Expr:
        """``acos r`` as the letter of an angle, where ``r²`` is rational."""
        r = self.plain(e.args[0])
        square = self.reduced(r**2)
        if square.atoms(Dummy):
            return self.opaque(e)
        top, bottom = sympy.fraction(sympy.cancel(square))
        side = sampled_sign(bottom)
        if side == 0:
            return self.opaque(e)
        top, bottom = sympy.expand(side * top), sympy.expand(side * bottom)
        along = self.spelled(r * self.root(bottom))
        return self.angle(sympy.sqrt(sympy.expand(bottom - top)), along)

    def atan2(self, e: Expr) -> Expr:
        """``atan2`` with a root for one argument as the letter of an angle."""
        y, x = (normal_form(a) for a in e.args)
        if y == 0 or _is_root(y):
            return self.angle(y, x)
        return sympy.pi / 2 - self.angle(x, y) if x == 0 or _is_root(x) else self.opaque(sympy.atan2(y, x))

    def angle(self, across: Expr, along: Expr) -> Expr:
        """``atan2(across, along)`` with ``across >= 0``; opposite directions share a letter."""
        if along == 0:
            return sympy.pi / 2
        if across == 0 and sampled_sign(along):
            return S.Zero if sampled_sign(along) > 0 else sympy.pi
        if along.could_extract_minus_sign():
            return sympy.pi - self.angle(across, -along)
        return self.angles.setdefault((across, along), Dummy(real=True))

    # Back

    def spelled(self, e: Expr) -> Expr:
        """The expression in SymPy's functions."""
        numerator, denominator = sympy.fraction(self.reduced(e))
        letters = [*self.squares, *self.angles.values(), *self.functions.values()]
        outer, inner = S.One, S.One
        constant, factors = sympy.factor_list(denominator)
        for base, n in factors:
            if base.has(*letters):
                outer *= base**n
            else:
                inner *= base**n
        poly = Poly(numerator, *letters) if letters else Poly(numerator, sympy.Dummy())
        weights = {monomial: sympy.cancel(c / (constant * inner)) for monomial, c in poly.terms()}
        names = self._names()
        terms = [self._term(monomial, weight, letters, names) for monomial, weight in weights.items()]
        terms = self._turned(weights, letters, names) if self.angles else terms
        total = sympy.factor_terms(Add(*terms))
        return total / outer.xreplace(names) if outer != 1 else total

    def _names(self) -> dict[Expr, Expr]:
        """What each letter stands for."""
        names: dict[Expr, Expr] = {letter: e for e, letter in self.functions.items()}
        names |= {letter: sympy.atan2(*e) for e, letter in self.angles.items()}
        for letter, square in self.squares.items():
            names[letter] = sympy.sqrt(square.xreplace(names))
        return names

    def _term(
        self, monomial: Monomial, weight: Expr, letters: list[Dummy], names: dict[Expr, Expr], angle: Expr = S.One
    ) -> Expr:
        """One term; a root stands below the line where that makes its weight simpler."""
        product = angle
        for letter, n in zip(letters, monomial, strict=bool(letters)):
            name = names[letter]
            if n and letter in self.squares:
                turned = sympy.cancel(weight * self.squares[letter])
                if not self.squares[letter].atoms(Dummy) and turned.count_ops() < weight.count_ops():
                    weight, n = turned, -n
            product *= name**n
        return _upright(sympy.factor(weight)) * product

    def _turned(self, weights: dict[Monomial, Expr], letters: list[Dummy], names: dict[Expr, Expr]) -> list[Expr]:
        """The terms, with quarter turns beside an angle taken into it: ``π - θ`` is the angle of the opposite direction."""
        left, terms = dict(weights), []
        for (across, along), letter in self.angles.items():
            at = letters.index(letter)
            if any(m[at] > 1 for m in left):
                continue
            for monomial in [m for m in left if m[at] == 1]:
                weight = left.pop(monomial)
                rest = (*monomial[:at], 0, *monomial[at + 1 :])
                beside = left.pop(rest, S.Zero)
                after = [sympy.cancel(beside - weight * turn * sympy.pi) for turn in _TURNS]
                turn = min(range(len(_TURNS)), key=lambda k: _length(after[k]))
                if after[turn] != 0:
                    left[rest] = after[turn]
                angle = (sympy.atan2(across, along), -sympy.atan2(along, across), -sympy.atan2(across, -along))[turn]
                terms.append(self._term(rest, weight, letters, names, angle))
        return terms + [self._term(m, weight, letters, names) for m, weight in left.items()]


def _upright(product: Expr) -> Expr:
    """The product with sums turned round that have more negative terms than positive ones."""
    for factor in Mul.make_args(product):
        base, n = factor.as_base_exp()
        if (
            isinstance(base, Add)
            and n.is_Integer
            and 2 * sum(t.could_extract_minus_sign() for t in base.args) > len(base.args)
        ):
            product = product / factor * (-1) ** n * (-base) ** n
    return product


def _length(e: Expr) -> int:
    return 0 if e == 0 else len(Add.make_args(sympy.expand(sympy.fraction(e)[0])))


def _is_root(e: Expr) -> bool:
    return isinstance(e, Pow) and e.exp == S.Half


def _halves(number: Rational) -> list[tuple[int, int]]:
    """Primes with their powers in a positive rational."""
    return sorted(sympy.factorrat(number).items())


__all__ = ["COVARIANCE", "normal_form"]
