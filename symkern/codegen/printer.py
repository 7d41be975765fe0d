"""SymPy → the text of a JAX expression.  Strict: an unknown function or symbol is an error, never printed as it is.

Two dialects share the arithmetic: ``jnp`` on arrays, and ``symkern.numerics`` on double words.  Sums are printed so that
exchanging ``var1`` and ``var2`` gives the same bits: terms that change into each other stand together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sympy
from sympy import Add, Dummy, Expr, Float, Integer, Mul, Pow, Rational, S, Symbol

from symkern.codegen.choices import CHOICES, choice
from symkern.codegen.exchange import Meanings
from symkern.codegen.functions import ORTHANTS, by_variance, mehler_sum, taylor_kernel
from symkern.codegen.signs import Sign, sign
from symkern.codegen.spelling import DOUBLE_FUNCTIONS, PLAIN_FUNCTIONS
from symkern.errors import SymkernError
from symkern.symbols import x

LARGE = 2**64
"""Integers beyond this one are not printed as such: they may be too large for a float32."""

_SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(5)


class PrintError(SymkernError):
    """An expression that has no rendering in JAX."""


@dataclass
class Printer:
    """Prints expressions of one function body.

    Attributes:
        double: double words or plain ``jnp``.
        names: the symbols that may occur, with their names in the code.
        meanings: what intermediate symbols stand for, to recognise terms that ``var1 ↔ var2`` exchanges.
        used: the functions of ``symkern.numerics`` that were printed.
    """

    double: bool
    names: Mapping[Symbol, str]
    meanings: Meanings = field(default_factory=Meanings)
    used: set[str] = field(default_factory=set)

    def __call__(self, e: Expr) -> str:
        """The text of ``e``."""
        return self._print(e)[0]

    def each(self, function: type[Expr], calls: Sequence[Sequence[Expr]]) -> str:
        """Several calls of one function of double words, computed together."""
        name = DOUBLE_FUNCTIONS[function]
        self.used |= {"each", name}
        rows = [f"({', '.join(map(self, call))})" for call in calls]
        return f"each({', '.join([name, *rows])})"

    def _print(self, e: Expr) -> tuple[str, int]:
        if isinstance(e, Symbol):
            if e not in self.names:
                raise PrintError(f"the symbol {e} has no place in the code")
            return self.names[e], _ATOM
        if isinstance(e, Integer):
            return self._integer(e), _ATOM if e >= 0 else _UNARY
        if isinstance(e, Rational) and self.double and e.q.bit_count() > 1:
            return self._constant(e), _ATOM
        if isinstance(e, (Rational, Mul)):
            return self._product(e)
        if isinstance(e, Add):
            return self._sum(e), _SUM
        if isinstance(e, Pow):
            return self._product(e) if e.args[1].could_extract_minus_sign() else self._power(*e.args)
        if e.is_number and not e.args:
            return self._constant(e), _ATOM
        return self._call(e), _ATOM

    def _wrapped(self, e: Expr, level: int) -> str:
        text, own = self._print(e)
        return text if own >= level else f"({text})"

    def _integer(self, e: Integer) -> str:
        """Double words take integers of any size exactly; in plain floats a large one must not become an int32."""
        return str(e) if self.double or abs(e) < 2**24 else repr(float(e))

    def _constant(self, e: Expr) -> str:
        """An irrational number or a float: the double nearest to it, and what that leaves."""
        if e == S.Infinity:
            return "jnp.inf"
        if e == S.Pi:
            self.used |= {"pi"} if self.double else set()
            return "pi" if self.double else "jnp.pi"
        if not self.double:
            return repr(float(e))
        high = float(e)
        low = float(sympy.N(e - Float(high, 60), 30, maxn=200)) if not isinstance(e, Float) else 0.0
        self.used.add("constant")
        return f"constant({high!r}, {low!r})"

    def _call(self, e: Expr) -> str:
        table = DOUBLE_FUNCTIONS if self.double else PLAIN_FUNCTIONS
        if e.is_number and e.is_real:
            return self._constant(e)
        if isinstance(e, sympy.Heaviside) and self.double:
            self.used.add("heaviside")
            return f"heaviside({self(e.args[0])}, {float(e.args[1])!r})"
        if not self.double and isinstance(e, CHOICES):
            return choice(e, self._with)
        if e.func not in table:
            raise PrintError(f"no JAX rendering of {e.func.__name__} in {e}")
        name = table[e.func]
        if not name.startswith("jnp."):
            self.used.add(name)
        if isinstance(e, ORTHANTS):
            return f"{name}({', '.join([*map(self._fraction, e.args[:2]), *map(self, e.args[2:])])})"
        if isinstance(e, by_variance):
            return f"{name}({', '.join([self._fraction(e.args[0]), *map(self, e.args[1:])])})"
        if isinstance(e, mehler_sum):
            return self._mehler_sum(name, *e.args)
        if isinstance(e, taylor_kernel):
            limit, *covariance = e.args[:4]
            return f"{name}({', '.join([self._fraction(limit), self._exact(e.args[4:]), *map(self, covariance)])})"
        return f"{name}({', '.join(self(a) for a in e.args)})"

    def _fraction(self, number: Expr) -> str:
        """An exponent, which the code must know exactly."""
        self.used |= set() if number.is_Integer else {"Fraction"}
        return str(number) if number.is_Integer else f"Fraction({number.p}, {number.q})"

    def _mehler_sum(self, name: str, limit: Expr, c: Expr, v: Expr, last: Expr, *rest: Expr) -> str:
        means, coefficients = rest[: int(last) + 1], rest[int(last) + 1 :]
        texts = self._fraction(limit), self._exact(coefficients), self(c), self(v), *map(self, means)
        return f"{name}({', '.join(texts)})"

    def _exact(self, numbers: Sequence[Expr]) -> str:
        """Coefficients, which the code must know to two words."""
        texts = (self._fraction(n) if n.is_Rational and not _is_long(n) else self._constant(n) for n in numbers)
        return f"({', '.join(texts)})"

    def _with(self, names: Mapping[Symbol, str]) -> Printer:
        """The same printer, some symbols under other names."""
        return Printer(self.double, {**self.names, **names}, self.meanings, self.used)

    def _root(self, base: Expr) -> str:
        if self.double:
            self.used.add("sqrt")
        return f"{'sqrt' if self.double else 'jnp.sqrt'}({self(base)})"

    def _power(self, base: Expr, exponent: Expr) -> tuple[str, int]:
        if base.is_number and base.is_real and exponent.is_number:
            return self._constant(Pow(base, exponent)), _ATOM
        if exponent == 1:
            return self._print(base)
        if isinstance(exponent, Integer):
            return f"{self._wrapped(base, _ATOM)}**{exponent}", _POWER
        if isinstance(exponent, Rational) and base.has(x) and not base.is_positive:
            self.used.add("real_power")
            return f"real_power({self(base)}, {float(exponent)!r})", _ATOM
        if isinstance(exponent, Rational) and exponent.q in (2, 4):
            whole, rest = divmod(exponent, 1)
            root = self._root(base)
            for _ in range({S.Half: 0, Rational(1, 4): 1, Rational(3, 4): 1}[rest]):
                root = f"{'sqrt' if self.double else 'jnp.sqrt'}({root})"
            factors = [root] * (3 if rest == Rational(3, 4) else 1)
            if whole:
                factors.insert(0, self._factor(base, Integer(whole)))
            return " * ".join(factors), _ATOM if len(factors) == 1 else _PRODUCT
        if not self.double and base.is_positive:
            return f"jnp.power({self(base)}, {self(exponent)})", _ATOM
        if isinstance(exponent, Rational) and self.double and sign(self.meanings.full(base)) is Sign.PLUS:
            self.used.add("power")
            return f"power({self(base)}, {self._fraction(exponent)})", _ATOM
        raise PrintError(f"no JAX rendering of the power {Pow(base, exponent)}")

    def _product(self, e: Expr) -> tuple[str, int]:
        coefficient, factors = e.as_coeff_mul()
        numbers = [f for f in factors if f.is_number and f.is_real]
        if self.double and (len(numbers) > 1 or _is_long(coefficient)):  # one constant instead of a quotient of several
            factors = (*(f for f in factors if f not in numbers), Dummy())
            constant = self._with({factors[-1]: self._constant(Mul(abs(coefficient), *numbers))})
            rest = Mul(*factors) * (-1 if coefficient.is_negative else 1)
            return constant._print(rest)
        above: list[tuple[Expr, Expr]] = []
        below: list[tuple[Expr, Expr]] = []
        for factor in sorted(factors, key=self._order):
            base, exponent = factor.as_base_exp() if isinstance(factor, Pow) else (factor, S.One)
            if exponent.could_extract_minus_sign():
                below.append((base, -exponent))
            else:
                above.append((base, exponent))
        number = abs(coefficient)
        if isinstance(number, Rational):
            top, bottom = Integer(number.p), Integer(number.q)
        else:
            top, bottom = number, S.One
        upper = self._factors(above, alone=top == 1)
        lower = self._factors(below, alone=bottom == 1)
        if top != 1 or not upper:
            upper.insert(0, self._wrapped(top, _PRODUCT))
        if bottom != 1:
            lower.insert(0, self._wrapped(bottom, _PRODUCT))
        text = " * ".join(upper)
        if lower:
            joined = " * ".join(lower)
            text += f" / ({joined})" if len(lower) > 1 or " * " in joined else f" / {joined}"
        if coefficient.could_extract_minus_sign():
            return f"-{text}", _UNARY if len(upper) == 1 and not lower else _SUM
        return text, _PRODUCT if len(upper) > 1 or lower else _POWER

    def _factors(self, factors: list[tuple[Expr, Expr]], *, alone: bool) -> list[str]:
        """The texts of factors; two that ``var1 ↔ var2`` exchanges are multiplied with each other first."""
        few = len(factors) < 2 or (alone and len(factors) == 2)
        powers = [] if few else [Pow(b, n, evaluate=False) if n != 1 else b for b, n in factors]
        groups = self.meanings.pairs(powers)
        if few or len(groups) == len(factors):
            return [self._factor(*f) for f in factors]
        split = [
            [f.args if isinstance(f, Pow) and f.args[1].is_positive else (f, S.One) for f in group] for group in groups
        ]
        return [
            self._factor(*group[0]) if len(group) == 1 else f"({' * '.join(self._factor(*f) for f in group)})"
            for group in split
        ]

    def _factor(self, base: Expr, exponent: Expr) -> str:
        text, level = self._power(base, exponent)
        return text if level >= _PRODUCT else f"({text})"

    def _order(self, e: Expr) -> tuple[int, object]:
        """Parameters first, then powers, then functions: the way people write products."""
        rank = (
            0 if e.is_Symbol or (isinstance(e, Pow) and e.args[0].is_Symbol) else 1 if isinstance(e, (Add, Pow)) else 2
        )
        return rank, sympy.default_sort_key(e)

    def _sum(self, e: Expr) -> str:
        groups = self.meanings.pairs(e.args)
        if len(groups) == 1:
            return self._only_pair(groups[0])
        pieces = [self._pair_text(group) for group in groups]
        text = ""
        for piece, negative in sorted(pieces, key=lambda p: p[1]):
            if not text:
                text = f"-{piece}" if negative else piece
            else:
                text += f" - {piece}" if negative else f" + {piece}"
        return text

    def _pair_text(self, group: tuple[Expr, ...]) -> tuple[str, bool]:
        """The text of one term or of an exchanged pair, without its sign, and whether the sign is negative."""
        negative = group[0].could_extract_minus_sign()
        if len(group) == 1:
            return self._term(-group[0] if negative else group[0]), negative
        (c1, r1), (c2, r2) = (t.as_coeff_Mul() for t in group)
        if c1 != c2 or isinstance(c1, Float):
            negative = False
            return f"({self(group[0])} + {self(group[1])})", negative
        inner = f"({self._wrapped(r1, _PRODUCT)} + {self._wrapped(r2, _PRODUCT)})"
        scale = abs(c1)
        if self.double and _is_long(scale):
            return f"{self._constant(scale)} * {inner}", bool(c1 < 0)
        top = "" if scale.p == 1 else f"{scale.p} * "
        bottom = "" if scale.q == 1 else f" / {scale.q}"
        return f"{top}{inner}{bottom}", bool(c1 < 0)

    def _only_pair(self, group: tuple[Expr, ...]) -> str:
        text, negative = self._pair_text(group)
        if negative:
            return f"-{text}"
        bare = text.startswith("(") and text.endswith(")") and "(" not in text[1:-1]
        return text[1:-1] if bare else text

    def _term(self, e: Expr) -> str:
        text, level = self._print(e)
        return text if level > _SUM else f"({text})"


def _is_long(number: Expr) -> bool:
    """Whether it is a quotient of integers of so many digits that they may be too large for a float."""
    return isinstance(number, Rational) and max(abs(number.p), number.q) > LARGE
