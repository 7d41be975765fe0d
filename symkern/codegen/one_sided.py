"""A regime of its own where both variances are small, for activations with a kink at zero."""

from __future__ import annotations

from dataclasses import replace

from symkern.codegen.functions import by_variance
from symkern.codegen.stabilised import Stabilised, stabilised
from symkern.derivation import NearZero
from symkern.symbols import var, var1, var2

NAME = "one_sided_series"


def with_one_sided_series(kernel: Stabilised, near: NearZero | None) -> Stabilised:
    """The kernel with the one of the activation's power series beside it."""
    if near is None:
        return kernel
    limit, rate = near.limit, near.rate
    series = by_variance(limit, rate * var1, rate * var2, stabilised(near.kernel).expression, kernel.expression)
    scale = "" if rate == 1 else f" of {1 / rate}"
    note = f"both variances below {limit}{scale}: the kernel of f's power series on both sides of zero"
    return replace(
        kernel, expression=series, double=True, rewrites=(*kernel.rewrites, NAME), notes=(*kernel.notes, note)
    )


def variance_with_series(variance: Stabilised, near: NearZero | None) -> Stabilised:
    """The same on the diagonal."""
    if near is None:
        return variance
    rate = near.rate * var
    series = by_variance(near.limit, rate, rate, stabilised(near.variance).expression, variance.expression)
    return replace(variance, expression=series, double=True)


__all__ = ["variance_with_series", "with_one_sided_series"]
