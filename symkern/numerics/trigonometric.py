"""Sine and cosine of a pair, to plain accuracy."""

import jax.numpy as jnp

from symkern.numerics.elementary import operation, value
from symkern.numerics.exact import Pair, fast_two_sum


@operation(lambda z, x: value(cos(x)))
def sin(x: Pair) -> Pair:
    s, c = jnp.sin(x[0]), jnp.cos(x[0])
    return fast_two_sum(s, x[1] * c)


@operation(lambda z, x: -value(sin(x)))
def cos(x: Pair) -> Pair:
    s, c = jnp.sin(x[0]), jnp.cos(x[0])
    return fast_two_sum(c, -x[1] * s)
