"""What a derivation found: a kernel with its steps and domain, or the reasons why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from sympy import Basic, Expr
from sympy.logic.boolalg import Boolean

from symkern.activation import Activation, Kernel
from symkern.series.hermite import HermiteFields
from symkern.series.regimes import Tables

if TYPE_CHECKING:
    from symkern.codegen.measures import Plan


@dataclass(frozen=True)
class Step:
    """One step of a derivation: what was done, and the expression it produced."""

    what: str
    expression: Basic | None = None

    def __str__(self) -> str:
        return self.what if self.expression is None else f"{self.what}:  {self.expression}"


Slopes = tuple[Expr, Expr, Expr]


@dataclass(frozen=True)
class AlmostEverywhere:
    """``E[g(X) g(Y)]`` of ``g = f'`` between the jumps of ``f``, without their point masses: what automatic differentiation
    of a network sees.  Its derivatives and its edge are as in :class:`Derivation`.
    """

    d_nngp: Expr
    slopes: Slopes
    edge: Expr


@dataclass(frozen=True)
class NearZero:
    """A kernel where ``rate`` times either variance is below ``limit``, where the closed form would cancel: that of the
    activation's power series on both sides of zero, cut where nothing is seen of the rest.
    """

    kernel: Expr
    variance: Expr
    rate: Expr
    limit: Expr


@dataclass(frozen=True)
class Derivation:
    """The kernel of an activation, in ``symkern.symbols`` and the activation's parameters.

    Attributes:
        activation: what was derived; the kernel itself where no activation is known.
        nngp: ``E[f(X) f(Y)]``.
        d_nngp: ``E[f'(X) f'(Y)]``, equal to the derivative of ``nngp`` with respect to ``cov12`` (Price 1958).
        variance: ``E[f(X)^2]`` as a function of ``symkern.symbols.var``.
        kind: ``"closed form"``.
        rule: name of the derivation rule.
        steps: how it was found.
        domain: where the expectation exists, as a condition on the covariance; ``true`` for every covariance.
        slopes: the derivatives of ``nngp`` and of ``d_nngp`` by ``cov12, var1, var2``, where automatic differentiation of the
            formula would divide by the gap.
        edges: ``nngp`` and ``d_nngp`` as the variance of one input goes to zero, in that of the other, ``symkern.symbols.var``;
            where the formulas divide by it.
        almost_everywhere: the kernel of ``f'`` without the point masses of jumps, where ``f`` jumps.
        near_zero: ``nngp`` and ``d_nngp`` at small variances, where ``f`` has a kink at zero and the formulas cancel.
        warnings: what whoever uses the kernel must know.
    """

    activation: Activation | Kernel
    nngp: Expr
    d_nngp: Expr
    variance: Expr
    rule: str
    steps: tuple[Step, ...]
    domain: Boolean
    kind: Literal["closed form", "series"] = "closed form"
    slopes: tuple[Slopes, Slopes] | None = None
    edges: tuple[Expr, Expr] | None = None
    almost_everywhere: AlmostEverywhere | None = None
    near_zero: tuple[NearZero | None, NearZero | None] = (None, None)
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The activation's name, which becomes the module's."""
        return self.activation.name

    @cached_property
    def _sources(self) -> dict[Plan, str]:
        return {}

    def source(self, plan: Plan | None = None) -> str:
        """The text of the generated module; the same bytes for the same formula and plan.

        ``plan`` has what measurements asked for (:mod:`symkern.trials`); without one the generator's estimates are all there is.
        """
        from symkern.codegen.measures import Plan
        from symkern.codegen.module import module_source

        plan = plan or Plan()
        if plan not in self._sources:
            self._sources[plan] = module_source(self, plan)
        return self._sources[plan]

    def write(self, directory: str | Path, *, force: bool = False) -> Path:
        """Write the module into ``directory``, atomically.

        Raises:
            UsageError: the folder cannot be written, or holds a file of that name which symkern did not generate.
        """
        from symkern.files import write_module

        return write_module(Path(directory), self.name, self.source(), force=force)

    def compile(self) -> ModuleType:
        """The generated module as an object, without writing a file."""
        from symkern.codegen.load import load_source

        return load_source(self.name, self.source())

    def _repr_latex_(self) -> str:
        from symkern.notation import NNGP, latex_of

        return f"$\\displaystyle {NNGP[0]} = {latex_of(self.nngp)}$"


@dataclass(frozen=True, kw_only=True)
class Approximation(Derivation):
    """The kernel of an activation without a closed form, with a bound; ``kind`` is ``"series"``.

    ``nngp``, ``d_nngp`` and ``variance`` are the integrals that are approximated, ``domain`` is where the bound holds.

    Attributes:
        tables: of both kernels of ``g``.
        scaling: ``inner`` and ``outer`` of ``f(x) = outer g(inner x)``, in the parameters.
        g: that function of ``x``.
    """

    tables: tuple[Tables, Tables] | tuple[HermiteFields, HermiteFields]
    scaling: tuple[Expr, Expr]
    g: Expr

    def source(self, plan: Plan | None = None) -> str:
        """The text of the generated module; there is nothing to plan."""
        from symkern.codegen.series_module import series_source

        del plan
        return series_source(self)


@dataclass(frozen=True)
class NotDerived:
    """No closed form was found: an answer, with its reasons.

    Attributes:
        activation: what was asked for.
        reasons: ``(rule, reason)`` pairs; a reason names the factor that is outside of the rule's class.
    """

    activation: Activation
    reasons: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return False

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"there is no {name}: {self}")

    def _repr_markdown_(self) -> str:
        reasons = dict.fromkeys(reason for _, reason in self.reasons)
        return "\n".join([f"**{self.activation.name}**: no closed form known", "", *(f"- {why}" for why in reasons)])

    def __str__(self) -> str:
        why = "; ".join(dict.fromkeys(reason for _, reason in self.reasons))
        return f"{self.activation.name}: no closed form known: {why}"

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        reasons = [{"rule": rule, "reason": reason} for rule, reason in dict.fromkeys(self.reasons)]
        formula = str(self.activation.expression)
        return {"name": self.activation.name, "formula": formula, "kind": "not derived", "reasons": reasons}
