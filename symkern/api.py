"""``symkern.derive``: from what a user has in hand to a derivation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Symbol, nan, zoo

from symkern import catalogue, families
from symkern.activation import Activation, Kernel, Parameter
from symkern.assumptions import with_fixed_exponents, with_signs
from symkern.derivation import Derivation, NotDerived
from symkern.derive import derive_activation
from symkern.derive.from_nngp import from_nngp
from symkern.errors import UsageError
from symkern.files import check_name
from symkern.series.fields import MAX_VARIANCE, TOLERANCE
from symkern.series.making import check
from symkern.symbols import cov12, var1, var2, x


def derive(
    what: str | Expr | Activation | None = None,
    *,
    nngp: str | Expr | Kernel | None = None,
    name: str | None = None,
    parameters: Mapping[str, float] | None = None,
    accept_indefinite: bool = False,
    closed_form: bool = False,
    tolerance: float = TOLERANCE,
    max_variance: float = MAX_VARIANCE,
) -> Derivation | NotDerived:
    """Derive the NNGP kernel and its covariance derivative of an activation, or what follows from an NNGP kernel alone.

    Where there is no closed form, both kernels are approximated with a bound (``kind`` is ``"series"``), which takes up to a
    minute the first time.

    Args:
        what: a name of the catalogue (``"sin"``), a formula in ``x`` (``"a*sin(b*x + c)"``), a SymPy expression in a
            symbol called ``x``, or an :class:`~symkern.activation.Activation`.
        nngp: in place of ``what``, the kernel itself: a formula in ``cov12, var1, var2``, a SymPy expression in symbols of
            these names, or a :class:`~symkern.activation.Kernel`.
        name: the module's name, a plain identifier; made from the formula where it is not given.
        parameters: the formula's parameters with their default values.  For a catalogue entry, other defaults; for a
            family (``"monomial"``), its argument: ``parameters={"degree": 3}``.
        accept_indefinite: derive from an ``nngp`` with an indefinite Gram matrix all the same, with a warning.
        closed_form: refuse an approximation.
        tolerance: of an approximation, relative to ``√(K11 K22)``; from 1e-13 to 1e-2.
        max_variance: up to which an approximation holds.

    Returns:
        The derivation, or :class:`~symkern.derivation.NotDerived` (which is falsy) with the reasons.

    Raises:
        FormulaError: the formula cannot be read.
        UsageError: the name or a parameter does not fit; ``nngp`` is no kernel, with the counterexample; the tolerance or
            the largest variance is out of range.
    """
    check(tolerance, max_variance)
    entry = catalogue.find(what.strip()) if isinstance(what, str) and nngp is None else None
    if entry is not None and entry.kernel:
        what, nngp = None, entry.given()
    if nngp is not None and what is None:
        kernel = with_fixed_exponents(as_kernel(nngp, name=name, parameters=parameters))
        return from_nngp(kernel, accept_indefinite=accept_indefinite)
    if what is None or nngp is not None:
        raise UsageError("derive takes either an activation or nngp, the formula of a kernel")
    if accept_indefinite:
        raise UsageError("accept_indefinite is for nngp, the formula of a kernel: that of an activation is definite")
    activation = with_fixed_exponents(as_activation(what, name=name, parameters=parameters))
    result = derive_activation(activation)
    signed = with_signs(activation) if isinstance(result, NotDerived) else None
    result = result if signed is None else derive_activation(signed)
    if closed_form or not isinstance(result, NotDerived):
        return result
    from symkern.approximation import approximate

    approximation = approximate(activation, tolerance=tolerance, max_variance=max_variance)
    if isinstance(approximation, NotDerived):
        return replace(result, reasons=(*result.reasons, *approximation.reasons))
    return approximation


def as_activation(
    what: str | Expr | Activation, *, name: str | None = None, parameters: Mapping[str, float] | None = None
) -> Activation:
    """What a user has in hand as an activation; arguments as in :func:`derive`."""
    given = dict(parameters or {})
    if isinstance(what, Activation):
        return _renamed(_with_defaults(what, given), name)
    if isinstance(what, str):
        family = families.find(what.strip())
        if family is not None:
            return _renamed(families.activation(family, _family_argument(family, given)), name)
        entry = catalogue.find(what.strip())
        if entry is not None:
            return _renamed(_with_defaults(entry.activation(), given), name)
        return _from_formula(what, name, given)
    if isinstance(what, Expr):
        return _from_expression(what, name, given)
    raise UsageError(f"derive takes a name, a formula or a SymPy expression, not {type(what).__name__}")


def as_kernel(
    nngp: str | Expr | Kernel, *, name: str | None = None, parameters: Mapping[str, float] | None = None
) -> Kernel:
    """What a user has in hand as a kernel without an activation; arguments as in :func:`derive`."""
    given = dict(parameters or {})
    if isinstance(nngp, Kernel):
        return replace(
            nngp, name=check_name(name or nngp.name), parameters=_defaults(nngp.name, nngp.parameters, given)
        )
    if isinstance(nngp, str):
        from symkern.parse import parse_kernel

        expression, used = _parsed(parse_kernel, nngp, given)
        return Kernel(check_name(name or name_of(nngp, "kernel")), expression, used)
    if isinstance(nngp, Expr):
        expression, used = _in_symbols(nngp, (cov12, var1, var2), given)
        return Kernel(check_name(name or name_of(str(nngp), "kernel")), expression, used)
    raise UsageError(f"nngp is a formula or a SymPy expression, not {type(nngp).__name__}")


def _family_argument(family: families.Family, given: dict[str, Any]) -> Any:
    unknown = set(given) - {family.argument}
    if unknown:
        raise UsageError(f"{family.name} has no parameter {sorted(unknown)[0]!r}; it has {family.argument}")
    return given.get(family.argument, family.default)


def _renamed(activation: Activation, name: str | None) -> Activation:
    if name is None:
        return activation
    return Activation(
        check_name(name), activation.expression, activation.parameters, activation.description, activation.reference
    )


def _with_defaults(activation: Activation, given: Mapping[str, float]) -> Activation:
    changed = replace(activation, parameters=_defaults(activation.name, activation.parameters, given))
    if given and changed.at().has(nan, zoo):
        values = ", ".join(f"{key} = {value:g}" for key, value in changed.defaults().items())
        raise UsageError(
            f"{activation.name}: {activation.expression} is infinite or undefined everywhere with {values}"
        )
    return changed


def _defaults(name: str, parameters: tuple[Parameter, ...], given: Mapping[str, float]) -> tuple[Parameter, ...]:
    """The parameters with other defaults."""
    known = {p.name for p in parameters}
    for key in given:
        if key not in known:
            has = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise UsageError(f"{name} has no parameter {key!r}; {has}")
    return tuple(replace(p, default=_number(p.name, given.get(p.name, p.default))) for p in parameters)


def _number(name: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UsageError(f"parameter {name} must be a number, not {value!r}") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise UsageError(f"parameter {name} must be finite, not {value!r}")
    return number


def _from_formula(text: str, name: str | None, given: Mapping[str, float]) -> Activation:
    from symkern.parse import KNOWN_FUNCTIONS, parse_activation

    word = text.strip()
    if word in KNOWN_FUNCTIONS and word not in given:
        text = f"{word}(x)"
    elif word.isidentifier() and word not in {"x", *given} and catalogue.nearest(word):
        catalogue.lookup(word)  # no formula, but nearly a name: the message has it
    expression, used = _parsed(parse_activation, text, given)
    return Activation(check_name(name or name_of(text)), expression, used)


def _parsed(
    parse: Callable[[str, Iterable[Parameter]], Expr], text: str, given: Mapping[str, float]
) -> tuple[Expr, tuple[Parameter, ...]]:
    """The formula, and the parameters that it has."""
    parameters = tuple(Parameter(key, _number(key, value)) for key, value in given.items())
    expression = parse(text, parameters)
    signed = _with_signs(expression, parameters)
    if signed != parameters:
        expression = parse(text, signed)
    return expression, tuple(p for p in signed if p.symbol in expression.free_symbols)


def _with_signs(e: Expr, parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """The parameters; one under a root or a logarithm, without which the formula is not real, is positive by default."""
    roots = [n for n in e.atoms(sympy.Pow) if not n.exp.is_integer and not n.has(x)]
    inside = {s for n in [*(r.base for r in roots), *e.atoms(sympy.log)] if not n.has(x) for s in n.free_symbols}
    return tuple(
        Parameter(p.name, p.default, "positive", p.description) if p.symbol in inside and p.default > 0 else p
        for p in parameters
    )


def _from_expression(e: Expr, name: str | None, given: Mapping[str, float]) -> Activation:
    expression, used = _in_symbols(e, (x,), given)
    return Activation(check_name(name or name_of(str(e))), expression, used)


def _in_symbols(
    e: Expr, variables: tuple[Symbol, ...], given: Mapping[str, float]
) -> tuple[Expr, tuple[Parameter, ...]]:
    """SymPy's own symbols are taken by name; every one that is no variable needs a value in ``parameters``."""
    known = {v.name: v for v in variables}
    parameters = {key: Parameter(key, _number(key, value)) for key, value in given.items()}
    replaced: dict[Symbol, Symbol] = {}
    for symbol in e.free_symbols:
        if symbol.name in known:
            replaced[symbol] = known[symbol.name]
        elif symbol.name in parameters:
            replaced[symbol] = parameters[symbol.name].symbol
        else:
            raise UsageError(f"the symbol {symbol.name!r} is no parameter: give parameters={{{symbol.name!r}: VALUE}}")
    expression = e.xreplace(replaced)
    if not expression.has(*variables):
        raise UsageError(f"{e} is not a function of {', '.join(known)}")
    if expression.has(sympy.zoo, sympy.nan, sympy.oo):
        raise UsageError(f"{e} is not finite")
    # Symbols with other assumptions leave forms such as sqrt(x**2) unevaluated: build it anew with ours.
    expression = expression.doit()
    return expression, tuple(p for p in parameters.values() if p.symbol in expression.free_symbols)


def name_of(formula: str, otherwise: str = "activation") -> str:
    """A plain identifier made from a formula; ``otherwise`` where that is long."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", formula.replace("**", "_pow_").replace("-", "_minus_")).strip("_").lower()
    if not words or len(words) > 40:
        return otherwise
    return words if words[0].isalpha() else f"f_{words}"
