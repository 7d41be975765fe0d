"""Angles and logarithms of pairs: the plain function, then one Newton step with the accurate inverse.

The step uses sine, cosine or exponential of this package.  Measured on random points: angles are right to 2^-37
(2^-70) of themselves; the logarithm is right to 2^-36 (2^-65) absolutely, so near 1 to plain accuracy only.
"""

import jax.numpy as jnp

from symkern.numerics.arithmetic import add, multiply, negative
from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair, pair_if
from symkern.numerics.exponential import exp
from symkern.numerics.trigonometric import cos, sin


@operation(
    lambda z, y, x: value(x) / (value(x) ** 2 + value(y) ** 2),
    lambda z, y, x: -value(y) / (value(x) ** 2 + value(y) ** 2),
    refined=True,
)
def atan2(y: Pair, x: Pair) -> Pair:
    """The angle of (x, y), in (-π, π]; θ0 + (y cos θ0 − x sin θ0) / (x cos θ0 + y sin θ0)."""
    start = jnp.arctan2(y[0], x[0])
    angle = (start, jnp.zeros_like(start))
    c, s = cos(angle), sin(angle)
    across = add(multiply(y, c), negative(multiply(x, s)))
    along = value(x) * value(c) + value(y) * value(s)
    correction = value(across) / along
    return pair_if(jnp.isfinite(correction), start, correction, start)


@operation(lambda z, x: 1 / value(x), refined=True)
def log(x: Pair) -> Pair:
    """The natural logarithm; y0 + (x e^(−y0) − 1)."""
    start = jnp.log(x[0])
    ratio = multiply(x, exp((-start, jnp.zeros_like(start))))
    correction = value(add(ratio, (-jnp.ones_like(start), jnp.zeros_like(start))))
    return pair_if(jnp.isfinite(correction) & jnp.isfinite(start), start, correction, start)
