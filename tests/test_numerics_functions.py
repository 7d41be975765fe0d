"""Exponentials, sines and cosines of double words against mpmath, over the whole range of their results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from numerics_points import (
    DIGITS,
    DTYPES,
    FLOAT32,
    FLOAT64,
    MODES,
    mpf_of,
    spread,
    ulps,
    with_low_words,
    worst_error,
    x64,
)

from symkern.numerics import (
    arc_rest,
    atan2,
    cos,
    double_word,
    every_digit,
    exp,
    exp_cosh,
    exp_coshm1,
    exp_sinh,
    expm1,
    log,
    pi,
    sin,
)
from symkern.numerics.angle import upper_angle

COUNT = 250


@pytest.fixture(autouse=True)
def _x64():
    with x64(), mpmath.workdps(DIGITS):
        yield


@dataclass(frozen=True)
class Case:
    """A function, its reference, a sampler of its arguments, and the bits of accuracy in float32 and float64."""

    name: str
    function: Callable[..., Any]
    exact: Callable[..., Any]
    arguments: Callable[[np.random.Generator, float], tuple[np.ndarray, ...]]
    bits: tuple[float, float] = (34.0, 63.2)

    def __str__(self) -> str:
        return self.name


def even(random: np.random.Generator, limit: float) -> np.ndarray:
    return random.uniform(-limit, limit, COUNT)


def tiny(random: np.random.Generator, _: float) -> np.ndarray:
    return spread(random, COUNT, -12, 0)


def below(random: np.random.Generator, _: float) -> tuple[np.ndarray, np.ndarray]:
    """The arguments of a kernel: e = -(v1 + v2)/2, |u| <= |e|."""
    e = -(10.0 ** random.uniform(-8, 1, COUNT))
    return e, e * random.choice([-1, 1], COUNT) * (1 - 10.0 ** random.uniform(-8, 0, COUNT))


def cancelling(random: np.random.Generator, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """e + |u| is small though both are large."""
    u = spread(random, COUNT, 1, 3)
    return random.uniform(-limit / 2, limit / 2, COUNT) - np.abs(u), u


def near_multiples(random: np.random.Generator, _: float) -> np.ndarray:
    return random.integers(-2000, 2000, COUNT) * float(pi) / 2 + spread(random, COUNT, -7, -1)


def coshm1(u: Any) -> Any:
    return 2 * mpmath.sinh(u / 2) ** 2


CASES = [
    Case("exp", exp, mpmath.exp, lambda r, limit: (even(r, limit / 2),)),
    Case("exp, small", exp, mpmath.exp, lambda r, limit: (tiny(r, limit),)),
    Case("exp, huge", exp, mpmath.exp, lambda r, limit: (np.abs(spread(r, COUNT, 0, 9)) * r.choice([1, -1], COUNT),)),
    Case("expm1", expm1, mpmath.expm1, lambda r, limit: (even(r, 2),)),
    Case("expm1, small", expm1, mpmath.expm1, lambda r, limit: (tiny(r, limit),)),
    Case("expm1, all", expm1, mpmath.expm1, lambda r, limit: (even(r, limit),)),
    Case("cos", cos, mpmath.cos, lambda r, limit: (even(r, 10),), (34, 63)),
    Case("cos, near zeros", cos, mpmath.cos, lambda r, limit: (near_multiples(r, limit),), (34, 63)),
    Case("sin", sin, mpmath.sin, lambda r, limit: (even(r, 4000),), (34, 63)),
    Case("sin, small", sin, mpmath.sin, lambda r, limit: (tiny(r, limit),), (34, 63)),
    Case("sin, near zeros", sin, mpmath.sin, lambda r, limit: (near_multiples(r, limit),), (34, 63)),
]
for _name, _function, _factor in (
    ("sinh", exp_sinh, mpmath.sinh),
    ("cosh", exp_cosh, mpmath.cosh),
    ("coshm1", exp_coshm1, coshm1),
):
    CASES += [
        Case(
            f"exp_{_name}",
            _function,
            lambda e, u, f=_factor: mpmath.exp(e) * f(u),
            lambda r, _: (even(r, 5), even(r, 5)),
        ),
        Case(
            f"exp_{_name}, small",
            _function,
            lambda e, u, f=_factor: mpmath.exp(e) * f(u),
            lambda r, _: (even(r, 5), tiny(r, _)),
        ),
        Case(f"exp_{_name}, kernel", _function, lambda e, u, f=_factor: mpmath.exp(e) * f(u), below),
        Case(f"exp_{_name}, cancelling", _function, lambda e, u, f=_factor: mpmath.exp(e) * f(u), cancelling),
    ]


def sampled(case: Case, dtype: Any) -> tuple[list[Any], list[Any]]:
    random = np.random.default_rng(11)
    arguments = case.arguments(random, 87.0 if dtype == FLOAT32 else 708.0)
    words = [with_low_words(random, a, dtype) for a in arguments]
    return words, [case.exact(*at) for at in zip(*map(mpf_of, words), strict=True)]


def worst_where_normal(found: Any, exact: list[Any], dtype: Any) -> float:
    """The worst error where the low word of the result is a normal number."""
    form = np.finfo(dtype)
    lowest, highest = mpmath.mpf(float(form.tiny)) / float(form.epsneg) ** 2, mpmath.mpf(float(form.max))
    good = [i for i, e in enumerate(exact) if lowest < abs(e) < highest]
    kept = jax.tree_util.tree_map(lambda word: word[np.array(good)], found)
    return worst_error(kept, [exact[i] for i in good])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_functions_are_right_well_beyond_one_word(case, dtype):
    """Where the low word of the result is a normal number the bits of the table, elsewhere those of a float."""
    words, exact = sampled(case, dtype)
    found = jax.jit(case.function)(*words)
    form = np.finfo(dtype)
    highest = mpmath.mpf(float(form.max))
    bits = case.bits[0 if dtype == FLOAT32 else 1]
    assert worst_where_normal(found, exact, dtype) <= 2.0**-bits
    for value, e in zip(np.asarray(found.value), exact, strict=True):
        if abs(e) > highest * (1 + float(form.eps)):
            assert value == (np.inf if e > 0 else -np.inf)
        elif abs(e) < float(form.tiny):
            assert abs(value) <= form.tiny  # the CPU flushes subnormal numbers to zero
        else:
            assert abs(mpmath.mpf(float(value)) - e) <= 0.51 * float(form.eps) * abs(e)


def wide_angles(random: np.random.Generator, _: float) -> tuple[np.ndarray, np.ndarray]:
    return spread(random, COUNT, -6, 2), spread(random, COUNT, -3, 3)


def narrow_angles(random: np.random.Generator, _: float) -> tuple[np.ndarray, np.ndarray]:
    return random.uniform(0, 0.49, COUNT), random.uniform(1, 1.5, COUNT)


def rest_of_angle(y: Any, x: Any) -> Any:
    with mpmath.workdps(2 * DIGITS):
        return mpmath.atan2(y, x) - sum((-1) ** k * (y / x) ** (2 * k + 1) / (2 * k + 1) for k in range(3))


DIGITS_CASES = [
    *CASES,
    Case("atan2", atan2, mpmath.atan2, wide_angles),
    Case("log", log, mpmath.log, lambda r, _: (np.abs(spread(r, COUNT, -20, 20)),)),
    Case("arc_rest", lambda y, x: arc_rest(y, x, 3), rest_of_angle, narrow_angles),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", DIGITS_CASES, ids=str)
def test_every_digit_is_right_where_it_is_asked_for(case, dtype):
    """But those that the argument's own last digits decide: 2^-106 of an exponent of 700 is 2^-96 of the exponential."""
    words, exact = sampled(case, dtype)
    found = jax.jit(every_digit(case.function))(*words)
    assert worst_where_normal(found, exact, dtype) <= 2.0 ** -(36 if dtype == FLOAT32 else 96)


def test_differentiation_keeps_the_digits_of_the_value():
    """JAX traces the derivative of a jitted function after the call that asked for every digit."""
    x = with_low_words(np.random.default_rng(14), np.linspace(-3, 3, 50), FLOAT64)

    def rest(shift: Any) -> Any:
        return jnp.sum((every_digit(exp)(x + double_word(shift, x)) - double_word(1, x)).lo)

    plain = jax.jit(rest)(jnp.zeros(50))
    value, _ = jax.value_and_grad(jax.jit(rest))(jnp.zeros(50))
    assert value == plain
    assert value != jax.jit(lambda shift: jnp.sum((exp(x + double_word(shift, x)) - double_word(1, x)).lo))(
        jnp.zeros(50)
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", [exp_sinh, exp_coshm1])
def test_constants_and_modes_change_nothing_that_matters(function, dtype):
    """Contraction and constant folding reach the last few bits of these functions, not the bits that are promised."""
    random = np.random.default_rng(12)
    e, u = (with_low_words(random, a, dtype) for a in below(random, 0))
    factor = mpmath.sinh if function is exp_sinh else coshm1
    exact = [mpmath.exp(a) * factor(b) for a, b in zip(mpf_of(e), mpf_of(u), strict=True)]
    found = [mode(function)(e, u) for mode in MODES]
    found += [
        jax.jit(lambda e: function(e, u))(e),
        jax.jit(lambda u: function(e, u))(u),
        jax.jit(lambda: function(e, u))(),
    ]
    found += [jax.vmap(function)(e, u), jax.lax.map(lambda at: function(*at), (e, u))]
    assert max(worst_error(f, exact) for f in found) <= 2.0 ** -(34 if dtype == FLOAT32 else 63.2)


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_with_tiny_factors_neither_overflow_nor_lose_bits(dtype):
    """e^E alone overflows, sinh U alone would lose its low bits."""
    random = np.random.default_rng(13)
    least = -36.0 if dtype == FLOAT32 else -290.0
    e = double_word(jnp.asarray(random.uniform(-2, 80, COUNT).astype(dtype)), dtype)
    for function, factor, power in ((exp_sinh, mpmath.sinh, 1), (exp_coshm1, coshm1, 2)):
        u = double_word(jnp.asarray(spread(random, COUNT, least / power, -3).astype(dtype)), dtype)
        exact = [mpmath.exp(a) * factor(b) for a, b in zip(mpf_of(e), mpf_of(u), strict=True)]
        normal = np.array([abs(x) > 2 * float(np.finfo(dtype).tiny) for x in exact])
        assert ulps(jax.jit(function)(e, u).value, exact)[normal].max() <= 1.01


@pytest.mark.parametrize("dtype", DTYPES)
def test_special_values(dtype):
    inf, nan = np.inf, np.nan
    x = double_word(jnp.asarray([0, inf, -inf, nan, 1e9, -1e9], dtype), dtype)
    np.testing.assert_array_equal(exp(x).value, np.array([1, inf, 0, nan, inf, 0]))
    np.testing.assert_array_equal(expm1(x).value, np.array([0, inf, -1, nan, inf, -1]))
    np.testing.assert_array_equal(cos(x).value[:4], np.array([1, nan, nan, nan]))
    zero = x * 0
    np.testing.assert_array_equal(exp_sinh(double_word(-2, dtype), zero).value, np.array([0, nan, nan, nan, 0, 0]))
    np.testing.assert_array_equal(exp_cosh(x, double_word(0, dtype)).value, np.array([1, inf, 0, nan, inf, 0]))
    np.testing.assert_array_equal(
        exp_sinh(double_word(1e9, dtype), double_word(jnp.asarray([-1.0, 1e-3], dtype), dtype)).value,
        np.array([-inf, inf]),
    )
    for function in (exp_sinh, exp_cosh, exp_coshm1):
        assert np.isnan(function(double_word(nan, dtype), double_word(1, dtype)).value)
        assert np.isnan(function(double_word(1, dtype), double_word(nan, dtype)).value)
        assert function(double_word(-1e9, dtype), double_word(1e8, dtype)).value == 0
        assert function(double_word(-1e9, dtype), double_word(1e9, dtype)).value == 0.5


def test_large_angles_have_plain_accuracy():
    x = jnp.asarray([1e10, -3e15, 1e30], FLOAT32)
    np.testing.assert_array_equal(sin(double_word(x, x)).value, jnp.sin(x))
    np.testing.assert_array_equal(cos(double_word(x, x)).value, jnp.cos(x))


def test_a_sum_of_exponents_that_cancels_is_normalised():
    """The low words of e = -1e9 and u = 1e9 are larger than their sum may be."""
    for dtype in DTYPES:
        e, u = (double_word(sign * (10**9 + 0.4), dtype) for sign in (-1, 1))
        for function in (exp_sinh, exp_cosh, exp_coshm1):
            assert function(e, u).value == 0.5
        shift = double_word(10**9 + 0.4, dtype) + 1
        assert abs(exp_sinh(e, shift).value - np.e / 2) < 1e-4


@pytest.mark.parametrize("dtype", DTYPES)
def test_angles_in_plain_floats(dtype):
    random = np.random.default_rng(2)
    with x64():
        y = np.abs(
            np.concatenate([random.normal(size=2000), 10.0 ** random.uniform(-30, 30, 500), [0, 0, 0, 1, 1]])
        ).astype(dtype)
        x = np.concatenate([random.normal(size=2000), random.normal(size=500), [0, 1, -1, 0, -1]]).astype(dtype)
        found = np.asarray(upper_angle(jnp.asarray(y), jnp.asarray(x)), np.float64)
    true = np.arctan2(y.astype(np.longdouble), x.astype(np.longdouble))
    assert np.all(np.abs(found - true) <= 4 * np.finfo(dtype).eps * true)
    assert np.isnan(upper_angle(jnp.asarray(np.nan), jnp.asarray(1.0)))
