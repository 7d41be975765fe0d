"""How the functions of stabilised expressions are spelled in the two dialects of generated code."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from symkern.codegen.activation_functions import log_cosh, sech, sigmoid, sinc, softplus
from symkern.codegen.functions import (
    arc_rest,
    by_correlation,
    by_ratio,
    by_size,
    by_variance,
    exp_cosh,
    exp_coshm1,
    exp_Density2,
    exp_Density2_over,
    exp_Phi,
    exp_Phi2,
    exp_sinh,
    exp_sum,
    expm1,
    mehler_sum,
    orthant,
    orthant_difference,
    taylor_kernel,
    where_finite,
)

PLAIN_FUNCTIONS: Mapping[type, str] = {
    sympy.exp: "jnp.exp",
    sympy.log: "jnp.log",
    sympy.sin: "jnp.sin",
    sympy.cos: "jnp.cos",
    sympy.tan: "jnp.tan",
    sympy.sinh: "jnp.sinh",
    sympy.cosh: "jnp.cosh",
    sympy.tanh: "jnp.tanh",
    sympy.asin: "jnp.arcsin",
    sympy.acos: "jnp.arccos",
    sympy.atan: "jnp.arctan",
    sympy.atan2: "jnp.arctan2",
    sympy.asinh: "jnp.arcsinh",
    sympy.Abs: "jnp.abs",
    sympy.sign: "jnp.sign",
    sympy.erf: "erf",
    sympy.erfc: "erfc",
    expm1: "jnp.expm1",
    log_cosh: "log_cosh",
    sech: "sech",
    sigmoid: "sigmoid",
    sinc: "sinc",
    softplus: "softplus",
}
DOUBLE_FUNCTIONS: Mapping[type, str] = {
    sympy.exp: "exp",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.atan: "atan",
    sympy.atan2: "atan2",
    sympy.log: "log",
    expm1: "expm1",
    exp_sinh: "exp_sinh",
    exp_cosh: "exp_cosh",
    exp_coshm1: "exp_coshm1",
    exp_sum: "exp_sum",
    where_finite: "where_finite",
    by_size: "by_size",
    by_ratio: "by_ratio",
    by_correlation: "by_correlation",
    by_variance: "by_variance",
    taylor_kernel: "taylor_kernel",
    mehler_sum: "mehler_sum",
    arc_rest: "arc_rest",
    exp_Phi: "exp_Phi",
    exp_Phi2: "exp_Phi2",
    exp_Density2: "exp_Density2",
    exp_Density2_over: "exp_Density2_over",
    orthant: "orthant",
    orthant_difference: "orthant_difference",
}

__all__ = ["DOUBLE_FUNCTIONS", "PLAIN_FUNCTIONS"]
