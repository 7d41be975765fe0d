"""The gap, the clamp, and the promotion of a covariance, against exact rationals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numerics_points import DTYPES, FLOAT32, FLOAT64, eager, fractions_of, ulps, unit, worst_error, x64

from symkern.numerics import DoubleWord, admissible, double_words, gap, promote

COUNT = 600
MODES = [eager, jax.jit]
NAN, INF = np.nan, np.inf


@pytest.fixture(autouse=True)
def _x64():
    with x64():
        yield


def covariances(dtype: Any, exponent: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Correlations up to ±1 and a few ulps beyond, equal and unequal variances between 10^-exponent and 10^exponent."""
    random = np.random.default_rng(5)
    eps = np.finfo(dtype).eps
    v1 = (10.0 ** random.uniform(-exponent, exponent, COUNT)).astype(dtype)
    near = (v1 * (1 + random.integers(-3, 4, COUNT) * eps)).astype(dtype)
    v2 = np.where(random.random(COUNT) < 0.5, near, 10.0 ** random.uniform(-exponent, exponent, COUNT)).astype(dtype)
    off = np.where(random.random(COUNT) < 0.5, 0, 10.0 ** random.uniform(np.log10(eps), 0, COUNT))
    bound = np.sqrt(v1.astype(np.longdouble)) * np.sqrt(v2.astype(np.longdouble))
    c = (random.choice([-1, 1], COUNT) * bound * (1 - off)).astype(dtype)
    return (c * (1 + random.integers(-3, 4, COUNT) * eps)).astype(dtype), v1, v2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("extreme", [False, True], ids=["contract", "extreme"])
def test_the_gap_is_right_to_its_last_bit(extreme, dtype, mode):
    """Measured over 20,000 points: 1.9 units; over variances of 1e±37 (1e±300) in its value half an ulp."""
    c, v1, v2 = covariances(dtype, (37 if dtype == FLOAT32 else 300) if extreme else 6)
    exact = [max(Fraction(0), p * q - r * r) for p, q, r in zip(*map(fractions_of, (v1, v2, c)), strict=True)]
    assert sum(e == 0 for e in exact) > 20
    found = mode(gap)(c, v1, v2)
    if not extreme:
        assert worst_error(found, exact) <= 2.2 * unit(dtype)
    form = np.finfo(dtype)
    normal = np.array([e == 0 or float(form.tiny) * 2 < e < float(form.max) / 2 for e in exact])
    values = np.asarray(found.value)[normal]
    assert ulps(values, [e for e, ok in zip(exact, normal, strict=True) if ok]).max() <= 0.51


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_covariance_beyond_the_bound_becomes_the_bound(dtype, mode):
    c, v1, v2 = covariances(dtype, 8)
    found, w1, w2 = mode(double_words)(c, v1, v2)
    np.testing.assert_array_equal(w1.value, v1)
    np.testing.assert_array_equal(w2.value, v2)
    plain = np.asarray(mode(admissible)(c, v1, v2)[0])
    beyond = 0
    for k, (p, q, r, exact) in enumerate(zip(*map(fractions_of, (v1, v2, c, found)), strict=True)):
        if r * r <= p * q:
            assert exact == r or abs(exact / r - 1) < 6 * unit(dtype)
        else:
            beyond += 1
            assert exact * r > 0
            assert abs(float(exact * exact / (p * q) - 1)) / 2 < 6 * unit(dtype)
        assert plain[k] == np.asarray(found.value)[k]
    assert beyond > 50


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_diagonal_stays_as_it_is(dtype, mode):
    v = jnp.asarray(10.0 ** np.random.default_rng(6).uniform(-8, 4, COUNT), dtype)
    for sign in (1, -1):
        np.testing.assert_array_equal(mode(admissible)(sign * v, v, v)[0], sign * v)
        assert not mode(gap)(sign * v, v, v).value.any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_exchanging_the_variances_changes_no_bit(dtype):
    c, v1, v2 = covariances(dtype, 8)
    for function in (gap, lambda *a: double_words(*a)[0]):
        one, two = function(c, v1, v2), function(c, v2, v1)
        np.testing.assert_array_equal(one.hi, two.hi)
        np.testing.assert_array_equal(one.lo, two.lo)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", MODES)
def test_special_covariances(mode, dtype):
    c, v1, v2, clamped, gaps = (
        jnp.asarray(row, dtype)
        for row in zip(
            # cov12, var1, var2, the clamped covariance, the gap
            (0, 0, 0, 0, 0),
            (2, 0, 0, 0, 0),
            (0, 0, 3, 0, 0),
            (-5, 4, 4, -4, 0),
            (1, -1, 4, NAN, NAN),
            (1, -1, -1, NAN, NAN),
            (NAN, 1, 1, NAN, NAN),
            (0, NAN, 1, NAN, NAN),
            (0, INF, 1, 0, INF),
            (INF, INF, INF, INF, NAN),
            strict=True,
        )
    )
    words = mode(double_words)(c, v1, v2)
    np.testing.assert_array_equal(words[0].value, clamped)
    np.testing.assert_array_equal(mode(admissible)(c, v1, v2)[0], clamped)
    np.testing.assert_array_equal(mode(gap)(c, v1, v2).value, gaps)
    for words_of, given in zip(words[1:], (v1, v2), strict=True):
        np.testing.assert_array_equal(words_of.value, jnp.where(given >= 0, given, NAN))


@pytest.mark.parametrize("dtype", DTYPES)
def test_tiny_covariances_are_not_rounded(dtype):
    c = jnp.asarray([1.2345678e-37, -3.3333333e-33, 7.7777777e-25], dtype)
    for clamped in (admissible(c, dtype(1), dtype(1))[0], double_words(c, dtype(1), dtype(1))[0].value):
        np.testing.assert_array_equal(clamped, c)


DTYPE_TABLE = [
    (np.float32(1), np.float32(1), np.float32(1), FLOAT32),
    (np.float32(1), np.float64(1), np.float32(1), FLOAT64),
    (np.float32(1), 1, 1.0, FLOAT32),
    (1, 1, 1, FLOAT64),
    (0.5, 1.0, 1.0, FLOAT64),
    (np.int32(1), np.int32(1), np.int32(1), FLOAT64),
    (np.float16(1), np.float16(1), np.float16(1), FLOAT32),
    (jnp.bfloat16(1), 1.0, 1.0, FLOAT32),
]


@pytest.mark.parametrize(("cov12", "var1", "var2", "dtype"), DTYPE_TABLE)
def test_the_inputs_decide_the_dtype(cov12, var1, var2, dtype):
    for word in double_words(cov12, var1, var2):
        assert isinstance(word, DoubleWord)
        assert word.dtype == dtype
    assert {a.dtype for a in admissible(cov12, var1, var2)} == {np.dtype(dtype)}
    assert gap(cov12, var1, var2).dtype == dtype
    with x64(False):
        assert {a.dtype for a in admissible(cov12, var1, var2)} == {np.dtype(FLOAT32)}


def test_parameters_follow_the_inputs():
    c = jnp.float32(0.5)
    for parameter in (0.1, 2, np.float64(0.1), jnp.asarray(0.1)):
        assert promote(parameter, c).dtype == FLOAT32
    assert jax.jit(lambda b: promote(b, c))(0.1).dtype == FLOAT32
    assert promote(0.1, FLOAT64).dtype == FLOAT64


def test_complex_covariances_are_refused():
    with pytest.raises(TypeError, match="covariances are real"):
        double_words(1j, 1.0, 1.0)


def test_shapes_broadcast():
    c, v1, v2 = jnp.ones((2, 3)) / 2, jnp.ones((2, 1)), jnp.ones(3)
    assert [w.shape for w in double_words(c, v1, v2)] == [(2, 3), (2, 1), (3,)]
    assert gap(c, v1, v2).shape == (2, 3)
    assert double_words(0.5, v1, v2)[0].shape == (2, 3)
    assert jax.vmap(jax.vmap(lambda c, v, w: gap(c, v, w).value, (0, None, 0)), (0, 0, None))(
        c, v1[:, 0], v2
    ).shape == (2, 3)


def test_the_gradient_of_the_gap_beyond_the_bound_is_that_at_the_bound():
    by_c = jax.grad(lambda c: gap(c, 1.0, 2.5).value)(jnp.float64(np.float32(2.5**0.5)))
    assert float(by_c) == pytest.approx(-2 * 2.5**0.5, rel=1e-15)
