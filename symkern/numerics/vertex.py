"""Where two half-planes meet: the geometry behind the distribution function of two correlated normals.

With independent standard normals as coordinates, {Z <= h, W <= k} is a wedge whose sides have distance |h| and |k| from
the origin. A is the distance of its vertex, and B1 = (k - r h)/√(1-r²), B2 = (h - r k)/√(1-r²) run along the sides from
the foot of the perpendicular to the vertex, so A² = h² + B1² = k² + B2².
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from symkern.numerics.arithmetic import sqrt
from symkern.numerics.double_word import DoubleWord, applied
from symkern.numerics.exact import format_of
from symkern.numerics.gaussian import chosen, stacked, unstacked


class Vertex(NamedTuple):
    """Lengths in units of `unit`, a power of two, which makes the larger of |h| and |k| lie in [1, 2).

    `along_h` and `along_k` are B1 and B2, `half` is tan(γ/2) (see `vertex`), `positive` whether r >= 0.
    """

    h: DoubleWord
    k: DoubleWord
    along_h: DoubleWord
    along_k: DoubleWord
    distance: DoubleWord
    half: DoubleWord
    positive: Array
    unit: Array

    def back(self, length: DoubleWord) -> DoubleWord:
        """A length as it was before it was scaled."""
        return DoubleWord(length.hi * self.unit, length.lo * self.unit, length.history)


def absolute(x: DoubleWord) -> DoubleWord:
    """|x|, exactly."""
    return chosen(x.hi < 0, -x, x)


def below(x: DoubleWord, y: DoubleWord) -> Array:
    """Whether x < y."""
    return (x.hi < y.hi) | ((x.hi == y.hi) & (x.lo < y.lo))


def _power_near(x: Array) -> tuple[Array, Array]:
    """2^-f and 2^f with 1 <= 2^-f x < 2; between the smallest normal float and its reciprocal."""
    form = format_of(x.dtype)
    shift = form.bits.type(form.precision - 1)
    field = jnp.clip(lax.bitcast_convert_type(x, form.bits) >> shift, 1, 2 * form.bias - 1).astype(form.bits)
    down = form.bits.type(2 * form.bias) - field
    return lax.bitcast_convert_type(down << shift, x.dtype), lax.bitcast_convert_type(field << shift, x.dtype)


def _times(x: DoubleWord, factor: Array) -> DoubleWord:
    return DoubleWord(x.hi * factor, x.lo * factor, x.history)


def far(x: DoubleWord) -> float:
    """A length whose square does not overflow, and beyond which nothing is left of a normal density."""
    return float(2.0 ** (format_of(x.dtype).bias // 2 - 1))


def _limited(x: DoubleWord) -> DoubleWord:
    """x, but no further out than ``far``."""
    high = jnp.clip(x.hi, -far(x), far(x))
    return DoubleWord(high, jnp.where(high == x.hi, x.lo, 0), x.history)


def root_of_squares(x: DoubleWord, y: DoubleWord) -> DoubleWord:
    """√(x² + y²)."""
    return applied(sqrt, x * x + y * y)


def vertex(h: DoubleWord, k: DoubleWord, c: DoubleWord, s: DoubleWord) -> Vertex:
    """The vertex for r = c / √(c² + s²).

    `half` is tan(γ/2) for the angle γ <= π/2 between the sides, √((1-|r|)/(1+|r|)): with it neither 1 - r nor k - r h is
    formed where they cancel, (k - r h)/√(1-r²) = (k ∓ h)/√(1-r²) ± half h.  h = k = 0 is treated as h = -1, k = ∓1
    in units of 0.
    """
    up, _ = _power_near(jnp.maximum(jnp.abs(c.hi), s.hi))
    c, s = _times(c, up), _times(s, up)
    root = root_of_squares(c, s).fenced
    positive = c.hi >= 0
    half = (s / (root + absolute(c))).fenced
    least = 2.0 ** (3 - format_of(s.dtype).bias)
    inverse = (root / chosen(s.hi > least, s, root * least)).fenced

    size = jnp.maximum(jnp.abs(h.hi), jnp.abs(k.hi))
    up, unit = _power_near(size)
    none = size == 0
    h, k = (_times(x, up) for x in (h, k))
    h = DoubleWord(jnp.where(none, -1, h.hi), h.lo, h.history).fenced
    k = DoubleWord(jnp.where(none, jnp.where(positive, -1, 1), k.hi), k.lo, k.history).fenced
    x, y = stacked(k, h), stacked(h, k)
    y = chosen(positive, y, -y)
    # in one word too: computed in two loops of XLA's, only one of which contracts products, a B near zero has two signs
    along_h, along_k = unstacked(_limited((x - y) * inverse + half * y).apart)
    distance = root_of_squares(h, along_h).fenced
    return Vertex(h, k, along_h, along_k, distance, half, positive, jnp.where(none, 0, unit))
