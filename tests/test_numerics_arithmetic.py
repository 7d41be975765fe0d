"""Double-word arithmetic against exact rationals: error bounds, equal bits however it is compiled, special values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from operator import add, mul, sub, truediv
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numerics_points import (
    DTYPES,
    FLOAT32,
    FLOAT64,
    fractions_of,
    one_by_one,
    spread,
    ulps,
    unit,
    with_low_words,
    worst_error,
    x64,
)

from symkern.numerics import DoubleWord, double_word, gap, sqrt

COUNT = 400


@pytest.fixture(autouse=True)
def _x64():
    with x64():
        yield


@dataclass(frozen=True)
class Case:
    name: str
    function: Callable[..., DoubleWord]
    exact: Callable[..., Fraction]
    bound: float
    """Units of 2^-48 or 2^-106."""
    points: str = "ordinary"

    def __str__(self) -> str:
        return self.name


CASES = [
    Case("sum", lambda x, y: x + y, lambda x, y: x + y, 2.2),
    Case("difference", lambda x, y: x - y, lambda x, y: x - y, 2.2),
    Case("cancelling sum", lambda x, y: x + y, lambda x, y: x + y, 1.0, "cancelling"),
    Case("product", lambda x, y: x * y, lambda x, y: x * y, 4.2),
    Case("quotient", lambda x, y: x / y, lambda x, y: x / y, 4.2),
    Case("square", lambda x, y: x**2, lambda x, y: x**2, 4.2),
    Case("inverse cube", lambda x, y: x**-3, lambda x, y: x**-3, 12.0),
    Case("third", lambda x, y: x / 3, lambda x, y: x / 3, 4.0),
    Case("one more", lambda x, y: 1 + x, lambda x, y: 1 + x, 2.2),
    Case("one less", lambda x, y: x - 1, lambda x, y: x - 1, 2.2),
    Case("a tenth of it", lambda x, y: 0.1 * x, lambda x, y: Fraction(0.1) * x, 5.0),
    Case("a rational multiple", lambda x, y: Fraction(355, 113) * x, lambda x, y: Fraction(355, 113) * x, 5.0),
    Case("a big integer", lambda x, y: (2**40 + 1) - x, lambda x, y: 2**40 + 1 - x, 2.2),
]


@cache
def points(dtype: Any, kind: str) -> tuple[DoubleWord, DoubleWord]:
    random = np.random.default_rng(7)
    x = with_low_words(random, spread(random, COUNT, -5, 5), dtype)
    if kind == "ordinary":
        return x, with_low_words(random, spread(random, COUNT, -5, 5), dtype)
    off = 1 + random.choice([0, 1, -1], COUNT) * 2.0 ** random.integers(-np.finfo(dtype).nmant - 1, 0, COUNT)
    return x, with_low_words(random, -np.asarray(x.hi) * off, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_arithmetic_is_right_to_two_words(case, dtype):
    x, y = points(dtype, case.points)
    exact = [case.exact(*at) for at in zip(fractions_of(x), fractions_of(y), strict=True)]
    assert worst_error(jax.jit(case.function)(x, y), exact) <= case.bound * unit(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_square_roots_are_right_to_two_words(dtype):
    random = np.random.default_rng(8)
    least = -37 if dtype == FLOAT32 else -290
    for high in (np.abs(spread(random, COUNT, -8, 8)), np.abs(spread(random, COUNT, least, -least))):
        x = with_low_words(random, high, dtype)
        x = DoubleWord(x.hi, jnp.where(x.hi < 1e-20, 0, x.lo))  # a low word may not be subnormal
        root = fractions_of(jax.jit(sqrt)(x))
        # The relative error of a root is half that of its square, which is exact.
        errors = [abs(float(r * r / e - 1)) / 2 for r, e in zip(root, fractions_of(x), strict=True)]
        assert max(errors) <= 2.6 * unit(dtype)


def same_bits(x: DoubleWord, y: DoubleWord) -> bool:
    return all(bool(jnp.array_equal(a, b, equal_nan=True)) for a, b in zip(x.pair, y.pair, strict=True))


def busy(x: DoubleWord, y: DoubleWord) -> DoubleWord:
    w = x * y + x / (1 + y * y)
    return w + sqrt(w * w + 1) - 3 * (x + y) * (x - y)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_compiler_does_not_change_a_bit(dtype):
    x, y = points(dtype, "ordinary")
    expected = one_by_one(busy)(x, y)
    assert same_bits(expected, busy(x, y))
    assert same_bits(expected, jax.jit(busy)(x, y))
    assert same_bits(expected, jax.lax.map(lambda at: busy(*at), (x, y)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [CASES[0], CASES[1], CASES[3], CASES[4]], ids=str)
def test_constants_are_not_simplified_away(case, dtype):
    """XLA rewrites (x + k) - k into x where k is a constant."""
    x, y = points(dtype, "ordinary")
    rows, numbers = fractions_of(x), fractions_of(y)
    k, (third,) = double_word(y.hi[0], dtype), fractions_of(double_word(Fraction(1, 3), dtype))

    def number() -> DoubleWord:
        return double_word(Fraction(1, 3), dtype)

    attempts = {
        "first": (jax.jit(lambda y: case.function(x, y))(y), zip(rows, numbers, strict=True)),
        "second": (jax.jit(lambda x: case.function(x, y))(x), zip(rows, numbers, strict=True)),
        "scalar first": (jax.jit(lambda y: case.function(k, y))(y), [(fractions_of(k)[0], n) for n in numbers]),
        "scalar second": (jax.jit(lambda x: case.function(x, k))(x), [(n, fractions_of(k)[0]) for n in rows]),
        "number first": (
            jax.jit(lambda y: case.function(double_word(third, dtype), y))(y),
            [(third, n) for n in numbers],
        ),
        "number second": (
            jax.jit(lambda x: case.function(x, double_word(third, dtype)))(x),
            [(n, third) for n in rows],
        ),
        "both numbers": (
            jax.jit(lambda: case.function(double_word(0.1, dtype), double_word(0.7, dtype)))(),
            [(Fraction(0.1), Fraction(0.7))],
        ),
    }
    for name, (found, arguments) in attempts.items():
        assert worst_error(found, [case.exact(*at) for at in arguments]) <= 6 * unit(dtype), name


WITH_NUMBERS = [
    lambda x, y, n: n(3) * x + n(5),
    lambda x, y, n: (x + n(1)) + n(2),
    lambda x, y, n: (x * n(3)) * n(7),
    lambda x, y, n: (x * n(3) - n(1)) * n(9) - x * n(27),
    lambda x, y, n: n(1) - (n(1) - x),
    lambda x, y, n: (x + n(2047)) - n(2047),
    lambda x, y, n: n(-5) * (x - y) + n(11) * (n(3) + y),
    lambda x, y, n: (n(7) + n(9)) * x - (n(3) * n(3)) * y + (n(1) / n(3) - n(2)),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", WITH_NUMBERS, ids=range(len(WITH_NUMBERS)))
def test_whole_numbers_take_a_shorter_way_to_the_same_bits(function, dtype):
    """They are literals, which XLA may simplify; compared with arguments of the program, one operation at a time."""
    x, y = points(dtype, "ordinary")

    def general(x: DoubleWord, y: DoubleWord) -> DoubleWord:
        return function(x, y, lambda n: double_word(np.full(x.shape, n, dtype), x))

    def literal(x: DoubleWord, y: DoubleWord) -> DoubleWord:
        return function(x, y, lambda n: double_word(n, x))

    expected = one_by_one(general)(x, y)
    assert same_bits(expected, literal(x, y))
    assert same_bits(expected, jax.jit(literal)(x, y))
    assert same_bits(expected, jax.jit(lambda x: literal(x, y))(x))
    assert same_bits(expected, jax.lax.map(lambda at: literal(*at), (x, y)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_of_the_caller_may_be_contracted(dtype):
    x, y = points(dtype, "ordinary")
    assert not jax.jit(lambda x: gap(x * x, x * x, x * x).value)(x.hi).any()
    # Not contracted, the three products are off by half an ulp each; contracted, by no more than that.
    found = np.asarray(jax.jit(lambda x, y: gap(x * y, x * x, y * y).value)(x.hi, y.hi), FLOAT64)
    assert np.max(found / np.asarray(x.hi * y.hi, FLOAT64) ** 2) < 3 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
def test_small_products_keep_the_accuracy_of_one_word(dtype):
    """Where the low words underflow, what is left is as good as a float."""
    random, form = np.random.default_rng(9), np.finfo(dtype)
    least = int(form.minexp)
    exponents = random.integers(least + 1, -least - 1, COUNT)
    partners = np.clip(random.integers(least + 1, 0, COUNT) - exponents, least + 1, -least - 1)
    x, y = (jnp.asarray((random.uniform(1, 2, COUNT) * 2.0**e).astype(dtype)) for e in (exponents, partners))
    for operator in (mul, truediv):
        found = jax.jit(operator)(double_word(x, dtype), double_word(y, dtype)).value
        numbers = [operator(a, b) for a, b in zip(fractions_of(x), fractions_of(y), strict=True)]
        finite = np.array([abs(n) < Fraction(float(form.max)) for n in numbers])
        assert np.isinf(np.asarray(found)[~finite]).all()
        errors = ulps(np.asarray(found)[finite], [n for n, ok in zip(numbers, finite, strict=True) if ok])
        normal = np.array([n > 2 * Fraction(float(form.tiny)) for n, ok in zip(numbers, finite, strict=True) if ok])
        assert errors[normal].max() <= 1.5


@pytest.mark.parametrize("dtype", DTYPES)
def test_infinities_and_nan_are_those_of_floats(dtype):
    values = np.array([0.0, 1.0, -2.5, np.inf, -np.inf, np.nan, np.finfo(dtype).max, np.finfo(dtype).max / 3], dtype)
    x, y = (double_word(jnp.asarray(v), dtype) for v in (values[:, None], values[None]))
    with np.errstate(all="ignore"):
        expected = {add: values[:, None] + values, sub: values[:, None] - values, mul: values[:, None] * values}
        quotients = values[:, None] / values[:6]
    for operator, value in expected.items():
        np.testing.assert_array_equal(jax.jit(operator)(x, y).value, value, err_msg=operator.__name__)
    divisors = double_word(jnp.asarray(values[:6]), dtype)  # XLA's own quotient by the largest float is 0
    np.testing.assert_array_equal(jax.jit(truediv)(x, divisors).value, quotients)
    assert np.isfinite(jax.jit(mul)(x, y).lo).all()
    roots = jax.jit(sqrt)(double_word(jnp.asarray(values[:6]), dtype)).value
    np.testing.assert_array_equal(roots[jnp.asarray([0, 1, 3])], np.array([0, 1, np.inf], dtype))
    assert np.isnan(roots[jnp.asarray([2, 4, 5])]).all()


def test_a_number_enters_with_both_words():
    numbers = {
        0.1: Fraction(0.1),
        -(2**40) - 1: Fraction(-(2**40) - 1),
        Fraction(1, 3): Fraction(1, 3),
        np.float32(0.3): Fraction(float(np.float32(0.3))),
        np.float64(0.7): Fraction(0.7),
        np.int64(3): Fraction(3),
    }
    for dtype in DTYPES:
        for number, exact in numbers.items():
            assert worst_error(double_word(number, dtype), [exact]) <= unit(dtype) / 2
    third = double_word(1, FLOAT32) / 3
    assert worst_error(third, [Fraction(1, 3)]) <= 3 * unit(FLOAT32)
    assert np.isinf(double_word(float("inf"), FLOAT32).value)
    assert np.isinf(double_word(10**400, FLOAT64).value)
    assert np.isnan(double_word(float("nan"), FLOAT32).value)


def test_arrays_of_other_dtypes_are_converted():
    wide = jnp.asarray([0.1, 1 / 3], FLOAT64)
    narrowed = double_word(wide, FLOAT32)
    assert narrowed.dtype == FLOAT32
    assert worst_error(narrowed, fractions_of(wide)) <= unit(FLOAT32)
    assert double_word(jnp.asarray([1, 2]), FLOAT32).dtype == FLOAT32
    assert double_word(jnp.asarray([0.5], jnp.float16), FLOAT64).dtype == FLOAT64
    x = double_word(1, FLOAT32)
    for result in (
        x * wide,
        wide * x,
        np.asarray(wide) * x,
        x + 1,
        1 / x,
        np.float64(0.1) * x,
        jnp.float32(2) - x,
        x**0,
    ):
        assert isinstance(result, DoubleWord)
        assert result.dtype == FLOAT32


def test_what_does_not_mix_says_so():
    x = double_word(1, FLOAT32)
    with pytest.raises(TypeError, match="does not mix with float32"):
        x + double_word(1, FLOAT64)
    with pytest.raises(TypeError, match="real"):
        x * jnp.asarray(1j)
    with pytest.raises(TypeError, match="float32 or float64"):
        double_word(1, jnp.bfloat16)
    with pytest.raises(TypeError):
        x**0.5


def test_a_double_word_is_a_pytree_that_broadcasts():
    x = double_word(jnp.ones((3, 1), FLOAT32), FLOAT32)
    assert (x + jnp.ones((1, 4), FLOAT32)).shape == (3, 4)
    assert jax.tree_util.tree_structure(x).num_leaves == 2
    assert jax.tree_util.tree_map(lambda word: word[0], x).shape == (1,)
    assert jax.jit(lambda x: -x)(x).value.shape == (3, 1)


def test_float32_needs_no_x64():
    with x64(False):
        x = double_word(0.1, FLOAT32)
        assert worst_error(x * x, [Fraction(0.1) ** 2]) <= 5 * unit(FLOAT32)
        assert (x * jnp.ones(2)).dtype == FLOAT32
