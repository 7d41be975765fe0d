"""The functions of the grammar, one row each; the parser, its checks and its messages all read this table.

A row holds the name, how SymPy builds it, and a float64 version for the check that a formula is real.  A function that
is complex on part of the real line states the interval on which it is real, the reason, and what to write instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sympy as sp


@dataclass(frozen=True)
class Function:
    """One function of the grammar.

    Attributes:
        name: its name in formulas.
        build: SymPy arguments to a SymPy expression.
        value: the same in float64; a pole may raise ``ValueError``, an overflow ``OverflowError``.
        arity: fewest and most arguments.
        spellings: other names people write.
        real_on: the closed interval of arguments with a real (or infinite) value.
        reason: what an argument outside it is.
        mend: what to write instead.
        choices: how many nested Max and Min it builds; their cost in SymPy is bounded by counting them.
        growth: by how much it multiplies the digits of its argument's coefficients.
        exponential: it contains ``exp(z)``, which SymPy turns into a power where ``z`` is a multiple of a logarithm.
        expands: SymPy multiplies its argument out to find the imaginary part, unless it knows that to be real.
    """

    name: str
    build: Callable[..., sp.Expr]
    value: Callable[..., float]
    arity: tuple[int, int] = (1, 1)
    spellings: tuple[str, ...] = ()
    real_on: tuple[float, float] = (-math.inf, math.inf)
    reason: str = ""
    mend: str = ""
    choices: int = 0
    growth: int = 1
    exponential: bool = False
    expands: bool = False


def _softplus(z: float) -> float:
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z > 0 else math.exp(z) / (1 + math.exp(z))


def _heaviside(z: float, at_zero: float = 0.5) -> float:
    return at_zero if z == 0 else float(z > 0)


def _clip(z: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """As NumPy has it: where the bounds cross, the upper one counts."""
    if low.is_Rational and high.is_Rational and low <= high:
        return sp.Max(low, sp.Min(z, high))
    return sp.Min(high, sp.Max(low, z))


_POSITIVE = (0.0, math.inf)
_UNIT = (-1.0, 1.0)
_ROWS = (
    Function("exp", sp.exp, math.exp, exponential=True),
    Function("expm1", lambda z: sp.exp(z) - 1, math.expm1, exponential=True),
    Function("log", sp.log, math.log, spellings=("ln",), real_on=_POSITIVE,
             reason="log of a negative number", mend="log(Abs(...))"),
    Function("log1p", lambda z: sp.log(1 + z), math.log1p, real_on=(-1.0, math.inf),
             reason="log1p of a number below -1", mend="log(1 + Abs(...))"),
    Function("sqrt", sp.sqrt, math.sqrt, real_on=_POSITIVE,
             reason="square root of a negative number", mend="sqrt(Abs(...)) or sqrt(relu(...))"),
    Function("cbrt", lambda z: sp.sign(z) * sp.Abs(z) ** sp.Rational(1, 3),
             lambda z: math.copysign(abs(z) ** (1 / 3), z)),
    Function("square", lambda z: z**2, lambda z: z * z, growth=2),
    Function("sin", sp.sin, math.sin),
    Function("cos", sp.cos, math.cos),
    Function("tan", sp.tan, math.tan),
    Function("asin", sp.asin, math.asin, spellings=("arcsin",), real_on=_UNIT,
             reason="asin of a number beyond 1", mend="asin(clip(..., -1, 1))"),
    Function("acos", sp.acos, math.acos, spellings=("arccos",), real_on=_UNIT,
             reason="acos of a number beyond 1", mend="acos(clip(..., -1, 1))"),
    Function("atan", sp.atan, math.atan, spellings=("arctan",)),
    Function("atan2", sp.atan2, math.atan2, arity=(2, 2), spellings=("arctan2",)),
    Function("sinh", sp.sinh, math.sinh, expands=True),
    Function("cosh", sp.cosh, math.cosh, expands=True),
    Function("tanh", sp.tanh, math.tanh, expands=True),
    Function("sech", lambda z: 1 / sp.cosh(z), lambda z: 1 / math.cosh(z), expands=True),
    Function("asinh", sp.asinh, math.asinh, spellings=("arcsinh",)),
    Function("erf", sp.erf, math.erf),
    Function("erfc", sp.erfc, math.erfc),
    Function("Phi", lambda z: (1 + sp.erf(z / sp.sqrt(2))) / 2, lambda z: math.erfc(-z / math.sqrt(2)) / 2,
             spellings=("ndtr", "normcdf", "norm_cdf")),
    Function("Abs", sp.Abs, abs, spellings=("abs", "absolute", "fabs")),
    Function("sign", sp.sign, lambda z: float((z > 0) - (z < 0)), spellings=("sgn",)),
    Function("Heaviside", sp.Heaviside, _heaviside, arity=(1, 2), spellings=("heaviside", "step"),
             expands=True),
    Function("Max", sp.Max, max, arity=(2, 16), spellings=("max", "maximum", "Maximum", "fmax"), choices=1),
    Function("Min", sp.Min, min, arity=(2, 16), spellings=("min", "minimum", "Minimum", "fmin"), choices=1),
    Function("clip", _clip, lambda z, low, high: min(high, max(low, z)),
             arity=(3, 3), spellings=("clamp", "Clip"), choices=2),
    Function("relu", lambda z: sp.Max(0, z), lambda z: max(0.0, z), spellings=("ReLU", "Relu", "ramp"), choices=1),
    Function("sigmoid", lambda z: 1 / (1 + sp.exp(-z)), _sigmoid, spellings=("expit", "logistic", "Sigmoid"),
             exponential=True),
    Function("softplus", lambda z: sp.log(1 + sp.exp(z)), _softplus, spellings=("Softplus",), exponential=True),
)  # fmt: skip

KNOWN_FUNCTIONS: Mapping[str, Function] = MappingProxyType({row.name: row for row in _ROWS})
FUNCTION_SPELLINGS: Mapping[str, Function] = MappingProxyType(
    {spelling: row for row in _ROWS for spelling in (row.name, *row.spellings)}
)
# These choose a branch instead of computing with their arguments; the grammar reads them itself.
CASES = ("Piecewise", "where")
CONSTANTS: Mapping[str, sp.Expr] = MappingProxyType({"pi": sp.pi, "E": sp.E})
NAMESPACED_CONSTANTS: Mapping[str, sp.Expr] = MappingProxyType({**CONSTANTS, "e": sp.E, "exp1": sp.E})
NAMESPACES = frozenset({
    "np", "jnp", "numpy", "jax.numpy", "math", "mpmath", "sp", "sympy", "scipy.special", "jsp.special",
    "jax.scipy.special", "jax.nn", "nn", "jax.lax", "lax", "torch", "torch.nn.functional", "torch.special", "F",
    "tf", "tf.math", "tf.nn",
})  # fmt: skip
# What people write that is not in the grammar, and the formula that says the same.
INSTEAD: Mapping[str, str] = MappingProxyType({
    "gelu": "x*Phi(x)", "silu": "x*sigmoid(x)", "swish": "x*sigmoid(x)", "mish": "x*tanh(softplus(x))",
    "elu": "where(x > 0, x, exp(x) - 1)", "celu": "where(x > 0, x, exp(x) - 1)", "leaky_relu": "Max(x, x/100)",
    "relu6": "clip(x, 0, 6)", "hard_tanh": "clip(x, -1, 1)", "hardtanh": "clip(x, -1, 1)", "sinc": "sin(pi*x)/(pi*x)",
    "softsign": "x/(1 + Abs(x))", "soft_sign": "x/(1 + Abs(x))", "log_sigmoid": "-softplus(-x)",
    "logsigmoid": "-softplus(-x)", "log2": "log(x)/log(2)", "log10": "log(x)/log(10)", "pow": "x**p", "power": "x**p",
    "exp2": "2**x", "hypot": "sqrt(x**2 + y**2)", "rsqrt": "1/sqrt(x)", "cot": "1/tan(x)", "sec": "1/cos(x)",
    "csc": "1/sin(x)", "coth": "1/tanh(x)", "csch": "1/sinh(x)", "cdf": "Phi(x)", "pdf": "exp(-x**2/2)/sqrt(2*pi)",
    "reciprocal": "1/x", "negative": "-x",
})  # fmt: skip

__all__ = [
    "CASES", "CONSTANTS", "FUNCTION_SPELLINGS", "INSTEAD", "KNOWN_FUNCTIONS", "NAMESPACED_CONSTANTS", "NAMESPACES",
    "Function",
]  # fmt: skip
