"""The named activations, as data: one row each."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from functools import lru_cache

from symkern.activation import Activation, Parameter
from symkern.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """A named formula.

    Attributes:
        name: of the module; its CapWords form names the layer.
        formula: in ``x`` and the parameters, as a user would type it.
        description: one line of what it is.
        parameters: with their defaults, in the layer's order.
        aliases: other names that find it.
        reference: where it comes from.
    """

    name: str
    formula: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = field(default=())
    reference: str = ""

    def activation(self) -> Activation:
        """The row as an activation."""
        return _activation(self)


@lru_cache(maxsize=256)
def _activation(entry: Entry) -> Activation:
    from symkern.parse import parse_activation

    expression = parse_activation(entry.formula, entry.parameters)
    return Activation(entry.name, expression, entry.parameters, entry.description, entry.reference)


_SCALE = Parameter("a", 1.0, description="output scale")
_FREQUENCY = Parameter("b", 1.0, description="input scale")
_PHASE = Parameter("c", 0.0, description="input phase shift")

ENTRIES: tuple[Entry, ...] = (
    Entry("sin", "a*sin(b*x + c)", "the sine a sin(b x + c)", (_SCALE, _FREQUENCY, _PHASE), ("sine",)),
    Entry("cos", "a*cos(b*x + c)", "the cosine a cos(b x + c)", (_SCALE, _FREQUENCY, _PHASE), ("cosine",)),
    Entry("exp", "a*exp(b*x)", "the exponential a exp(b x)", (_SCALE, _FREQUENCY), ("exponential",)),
    Entry(
        "gaussian",
        "a*exp(b*x**2)",
        "the Gaussian a exp(b x^2)",
        (_SCALE, Parameter("b", -1.0, description="coefficient of x^2; where it is positive, small variances only")),
    ),
    Entry("gabor", "exp(-x**2)*sin(x)", "the Gabor function exp(-x^2) sin(x)"),
    Entry(
        "rbf",
        "sqrt(2)*sin(sqrt(2*gamma)*x + pi/4)",
        "the activation whose NNGP kernel is the squared exponential exp(-gamma (var1 + var2 - 2 cov12))",
        (Parameter("gamma", 1.0, "positive", "inverse squared length scale, 1 / (2 l^2)"),),
        ("squared_exponential",),
        "Han et al. 2022, arXiv 2209.04121",
    ),
    Entry(
        "relu", "Max(0, x)", "the rectified linear unit max(0, x)", aliases=("rectifier",), reference="Cho & Saul 2009"
    ),
    Entry(
        "leaky_relu",
        "Max(0, x) - alpha*Max(0, -x)",
        "the leaky rectified linear unit: x above zero, alpha x below",
        (Parameter("alpha", 0.1, description="slope below zero"),),
        ("leakyrelu",),
    ),
    Entry("abs", "Abs(x)", "the absolute value"),
    Entry(
        "erf",
        "a*erf(b*x) + c",
        "the error function a erf(b x) + c",
        (_SCALE, _FREQUENCY, Parameter("c", 0.0, description="output shift")),
        reference="Williams 1996",
    ),
    Entry(
        "gelu",
        "x*Phi(x)",
        "the Gaussian error linear unit x Phi(x)",
        reference="Tsuchida et al. 2021, arXiv 2002.08517",
    ),
)

_BY_NAME: dict[str, Entry] = {name: entry for entry in ENTRIES for name in (entry.name, *entry.aliases)}


def find(name: str) -> Entry | None:
    """The row of that name or alias (case does not count), or None."""
    return _BY_NAME.get(name) or _BY_NAME.get(name.lower())


def lookup(name: str) -> Entry:
    """The row of that name.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    entry = find(name)
    if entry is None:
        near = difflib.get_close_matches(name.lower(), _BY_NAME, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"no activation is called {name!r}{hint}")
    return entry
