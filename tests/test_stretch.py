"""The variable in which tables of angles are written where variances are large."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.polynomial import chebyshev

from symkern.evaluation import x64
from symkern.series.angular import ENDS
from symkern.stretch import place_of, stretched

SOME = [ends for ends in ENDS if ends]
PLACES = np.sort(np.concatenate([np.linspace(-1, 1, 501), *(s * (1 - np.geomspace(1e-15, 0.1, 60)) for s in (1, -1))]))


@pytest.mark.parametrize("ends", ENDS)
def test_it_rises_from_end_to_end_and_is_odd(ends: float) -> None:
    found = stretched(PLACES, ends)
    assert np.all(np.diff(found) >= 0)
    assert np.array_equal(stretched(-PLACES, ends), -found)
    assert np.abs(stretched(np.array([-1.0, 0.0, 1.0]), ends) - [-1, 0, 1]).max() <= 2.0**-52


@pytest.mark.parametrize("ends", SOME)
def test_it_is_nearly_an_inverse_hyperbolic_tangent(ends: float) -> None:
    """Away from its ends, where the rule has poles in place of a cut."""
    a, inside = 1 / (1 + ends), PLACES[np.abs(PLACES) < 0.8]
    found = stretched(inside, ends)
    ratio = found[inside != 0] / np.arctanh(a * inside[inside != 0])
    assert np.ptp(ratio) <= 0.02 * ratio.mean()


@pytest.mark.parametrize("ends", ENDS)
def test_places_come_back(ends: float) -> None:
    assert np.abs(place_of(stretched(PLACES, ends), ends) - PLACES).max() <= 2.0**-51
    assert np.abs(stretched(place_of(PLACES, ends), ends) - PLACES).max() <= 2.0**-47


@pytest.mark.parametrize("ends", SOME)
def test_jax_computes_the_same(ends: float) -> None:
    """float32 in float32; the slope at an end is large, and so is what the rounding of a place is worth."""
    true = stretched(PLACES, ends)
    with x64(True):
        found = jax.jit(lambda x: stretched(x, ends))(jnp.asarray(PLACES))
        assert found.dtype == np.float64
        assert np.abs(np.asarray(found) - true).max() <= 2.0**-50
    with x64(False):
        single = PLACES.astype(np.float32)
        short = jax.jit(lambda x: stretched(x, ends))(jnp.asarray(single))
        assert short.dtype == np.float32
        assert np.abs(np.asarray(short) - stretched(single.astype(np.float64), ends)).max() <= 2.0**-20


def test_it_takes_half_as_many_polynomials() -> None:
    """Of the kernel of a steep error function, which is singular at angles of 0.03 √-1 and of π - 0.03 √-1."""
    steep = 2000.0

    def needed(ends: float) -> int:
        def kernel(x: np.ndarray) -> np.ndarray:
            found: np.ndarray = np.arcsin(np.cos(np.pi / 2 * (1 + place_of(x, ends))) * steep / (1 + steep))
            return found

        return int(np.flatnonzero(np.abs(chebyshev.chebinterpolate(kernel, 511)) > 1e-10)[-1])

    assert 2 * needed(0.02) <= needed(0.0)
