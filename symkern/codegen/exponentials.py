"""Sums of exponentials, written so that they do not cancel.

``collect``  products of exponentials become one exponential; a sum becomes ``Σ coefficient · exp(exponent)``.
``pair``     ``p e^{E+U} + q e^{E−U} = e^E ((p + q) cosh U + (p − q) sinh U)`` where ``U`` is odd in ``cov12``: the
             difference near ``U = 0`` becomes a hyperbolic sine, which the primitives compute without cancellation.
             Where ``p`` and ``q`` depend on the covariance, that form cancels at large ``U`` instead: then both are
             kept, and ``by_size`` chooses.
``split``    ``K = K(0) + (K − K(0))`` with ``K(0)`` at ``cov12 = 0``, where X and Y are independent and the kernel is the
             product of two means: each factor, and ``cosh U − 1``, is small without cancellation.
"""

from __future__ import annotations

import sympy
from sympy import Add, Expr, Mul, Poly, Pow, S

from symkern.codegen.functions import by_size, exp_cosh, exp_coshm1, exp_sinh, expm1
from symkern.codegen.polynomials import stable
from symkern.codegen.signs import Sign, cancels, sign
from symkern.symbols import cov12, var1, var2

Exponentials = dict[Expr, Expr]
"""exponent → coefficient; the exponent 0 holds what has no exponential."""

_ORDER = (cov12, var1, var2)
COVARIANCE = set(_ORDER)


def collect(e: Expr) -> Exponentials:
    """``e`` as ``Σ coefficient · exp(exponent)``; exponents that depend on the covariance only."""
    e = e.rewrite([sympy.sinh, sympy.cosh, sympy.tanh], sympy.exp) if e.has(sympy.sinh, sympy.cosh) else e
    return {k: v for k, v in _collect(e).items() if v != 0}


def _collect(e: Expr) -> Exponentials:
    if not e.has(sympy.exp):
        return {S.Zero: e}
    if isinstance(e, sympy.exp) and e.args[0].free_symbols & COVARIANCE:
        return {canonical(e.args[0]): S.One}
    if isinstance(e, Add):
        total: Exponentials = {}
        for arg in e.args:
            for exponent, coefficient in _collect(arg).items():
                total[exponent] = total.get(exponent, S.Zero) + coefficient
        return total
    if isinstance(e, Mul):
        product: Exponentials = {S.Zero: S.One}
        for arg in e.args:
            product = _product(product, _collect(arg))
        return product
    if isinstance(e, Pow) and e.args[1].is_Integer and 0 < e.args[1] <= 8:
        product = {S.Zero: S.One}
        for _ in range(int(e.args[1])):
            product = _product(product, _collect(e.args[0]))
        return product
    return {S.Zero: e}


def _product(left: Exponentials, right: Exponentials) -> Exponentials:
    total: Exponentials = {}
    for a, p in left.items():
        for b, q in right.items():
            exponent = canonical(a + b) if a != 0 and b != 0 else a + b
            total[exponent] = total.get(exponent, S.Zero) + p * q
    return total


def canonical(exponent: Expr) -> Expr:
    """One spelling of an exponent, expanded numerator over expanded denominator."""
    numerator, denominator = ratio(exponent)
    return numerator / denominator


def ratio(e: Expr) -> tuple[Expr, Expr]:
    """Expanded numerator and denominator; the denominator primitive with a positive constant term, or one."""
    numerator, denominator = sympy.fraction(sympy.together(e))
    if not denominator.free_symbols & COVARIANCE:
        return sympy.expand(e), S.One
    content, primitive = Poly(denominator, *_ORDER).primitive()
    if primitive.coeff_monomial(1).could_extract_minus_sign():
        content, primitive = -content, -primitive
    return sympy.expand(numerator / content), primitive.as_expr()


def parity(exponent: Expr) -> tuple[Expr, Expr]:
    """The even and the odd part in ``cov12``."""
    numerator, denominator = ratio(exponent)
    if sympy.expand(denominator.subs(cov12, -cov12)) != denominator:
        turned = exponent.subs(cov12, -cov12)
        return sympy.together((exponent + turned) / 2), sympy.together((exponent - turned) / 2)
    turned = sympy.expand(numerator.subs(cov12, -cov12))
    even, odd = sympy.expand((numerator + turned) / 2), sympy.expand((numerator - turned) / 2)
    return _factored(even, denominator), _factored(odd, denominator)


def _factored(numerator: Expr, denominator: Expr) -> Expr:
    return sympy.factor_terms(numerator) / denominator if numerator != 0 else S.Zero


def pair(exponentials: Exponentials) -> Expr:
    """The sum, with exponentials that differ by the sign of ``cov12`` paired into hyperbolic functions."""
    rest = dict(exponentials)
    terms: list[Expr] = []
    while rest:
        exponent = min(rest, key=sympy.default_sort_key)
        p = rest.pop(exponent)
        even, odd = parity(exponent)
        partner = canonical(exponent.subs(cov12, -cov12)) if odd != 0 else exponent
        if partner not in rest:
            terms.append(p * sympy.exp(_tidy(exponent)))
            continue
        q = rest[partner]
        if sign(sympy.fraction(odd)[0]) is Sign.MINUS_COV:
            odd, p, q = -odd, q, p
        plus, minus = _simplified(p + q), _simplified(p - q)
        paired = plus * exp_cosh(even, odd) + minus * exp_sinh(even, odd)
        del rest[partner]
        if not _worth_pairing(plus, minus, p, q):
            apart = Add(*(exponentials[k] * sympy.exp(_tidy(k)) for k in (exponent, partner)))
            paired = by_size(odd, paired, apart)
        terms.append(paired)
    return Add(*terms)


def _tidy(exponent: Expr) -> Expr:
    return _factored(*ratio(exponent))


def _worth_pairing(plus: Expr, minus: Expr, p: Expr, q: Expr) -> bool:
    """Constant weights always; weights that depend on the covariance where no sum is left that may cancel."""
    if not (p.free_symbols | q.free_symbols) & COVARIANCE:
        return True
    of_cosh, of_sinh = _sign(plus), _sign(minus) * Sign.COV
    return of_cosh is not Sign.UNKNOWN and of_cosh is of_sinh


def _sign(weight: Expr) -> Sign:
    return sign(stable(weight) if weight.is_polynomial(*COVARIANCE) else weight)


def _simplified(coefficient: Expr) -> Expr:
    """Half-angle identities among the parameters: ``1 − cos 2c = 2 sin² c``, then factors."""
    if coefficient.has(sympy.cos):
        doubled = [n for n in coefficient.atoms(sympy.cos) if not n.free_symbols & COVARIANCE]
        for cosine in sorted(doubled, key=sympy.default_sort_key):
            half = cosine.args[0] / 2
            candidates = (
                coefficient,
                coefficient.subs(cosine, 1 - 2 * sympy.sin(half) ** 2),
                coefficient.subs(cosine, 2 * sympy.cos(half) ** 2 - 1),
            )
            coefficient = min(
                (sympy.factor(c) for c in candidates), key=lambda c: (len(c.atoms(Add)), c.count_ops(), str(c))
            )
        return coefficient
    return sympy.factor(coefficient)


def split(e: Expr) -> Expr:
    """``e = e(cov12=0) + (e − e(0))`` where that leaves no cancellation, else ``e`` itself.

    Tried on sums of at least two exponentials whose coefficients do not depend on the covariance.
    """
    if not cancels(e) or not e.has(sympy.exp, exp_cosh):
        return e
    terms = [t for term in Add.make_args(e) for t in Add.make_args(sympy.expand_mul(term))]
    if not all(_is_plain(term) for term in terms):
        return e
    at_zero = sympy.expand(Add(*(expanded_at_zero(term) for term in terms)))
    means = _product_of_means(at_zero)
    if means is None:
        return e
    return means + Add(*(_minus_zero(term) for term in terms))


def _is_plain(term: Expr) -> bool:
    """A constant times one exponential, or a polynomial."""
    coefficient, rest = term.as_independent(*COVARIANCE, as_Add=False)
    del coefficient
    return isinstance(rest, (exp_cosh, exp_sinh, sympy.exp)) or rest.is_polynomial(*COVARIANCE)


def expanded_at_zero(term: Expr) -> Expr:
    """The term at ``cov12 = 0``."""
    term = term.replace(exp_sinh, lambda e, u: S.Zero if u.subs(cov12, 0) == 0 else exp_sinh(e, u))
    term = term.replace(exp_cosh, lambda e, u: sympy.exp(e) if u.subs(cov12, 0) == 0 else exp_cosh(e, u))
    return term.subs(cov12, 0)


def _product_of_means(at_zero: Expr) -> Expr | None:
    """``at_zero`` as a product of factors in ``var1`` alone and in ``var2`` alone, ``1 − e^z`` as ``−expm1(z)``."""
    if len(collect(at_zero)) < 2:
        return None
    separated = at_zero.replace(
        lambda n: isinstance(n, sympy.exp),
        lambda n: Mul(*(sympy.exp(t) for t in Add.make_args(sympy.expand(n.args[0])))),
    )
    names = sorted(separated.atoms(sympy.exp), key=sympy.default_sort_key)
    if not names:
        return None
    letters = {n: sympy.Dummy(f"z{i}") for i, n in enumerate(names)}
    factored = sympy.factor(separated.xreplace(letters)).xreplace({d: n for n, d in letters.items()})
    factors = Mul.make_args(factored)
    if any({var1, var2} <= factor.free_symbols for factor in factors):
        return None
    return Mul(*(difference_to_expm1(factor) for factor in factors))


def difference_to_expm1(factor: Expr) -> Expr:
    """``p − p e^z → −p expm1(z)`` in one factor (an integer power of it included)."""
    if isinstance(factor, Pow) and factor.args[1].is_Integer:
        return Pow(difference_to_expm1(factor.args[0]), factor.args[1])
    exponentials = collect(factor) if isinstance(factor, Add) else {}
    if len(exponentials) == 2 and S.Zero in exponentials:
        ((z, weight),) = ((k, v) for k, v in exponentials.items() if k != 0)
        if sympy.expand(weight + exponentials[S.Zero]) == 0:
            return weight * expm1(_tidy(z))
    return factor


def _minus_zero(term: Expr) -> Expr:
    """``term − term(cov12 = 0)`` without cancellation."""
    coefficient, rest = term.as_independent(*COVARIANCE, as_Add=False)
    if isinstance(rest, exp_cosh):
        return coefficient * exp_coshm1(*rest.args)
    if isinstance(rest, exp_sinh):
        return term
    if isinstance(rest, sympy.exp):
        start = rest.args[0].subs(cov12, 0)
        return coefficient * sympy.exp(_tidy(start)) * expm1(_tidy(canonical(rest.args[0] - start)))
    return sympy.expand(term - term.subs(cov12, 0))
