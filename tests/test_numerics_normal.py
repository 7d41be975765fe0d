"""The normal distribution functions of double words against mpmath: every tail, every correlation, both dtypes.

The reference for two variables is checked against the integral over one of the variables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from normal_reference import cdf, cdf2
from numerics_points import (
    DIGITS,
    DTYPES,
    FLOAT32,
    mpf_of,
    one_by_one,
    spread,
    ulps,
    unit,
    with_low_words,
    worst_error,
    x64,
)

from symkern.numerics import DoubleWord, Phi, double_word, every_digit, exp_Phi, exp_Phi2, normal_tables
from symkern.numerics.words import Arithmetic, computing_in

COUNT = 10
Random = np.random.Generator
Points = tuple[np.ndarray, ...]


@pytest.fixture(autouse=True)
def _x64():
    with x64(), mpmath.workdps(DIGITS):
        yield


@pytest.mark.parametrize(
    "at", [(1, 2, 0.5, 0.9), (-1, 2, -0.5, 0.9), (-3, 1, -1, 0.5), (-2, -3, -1, 1), (0.5, -0.5, -1, 0.1)]
)
def test_reference_agrees_with_the_integral_over_one_variable(at):
    h, k, c, s = map(mpmath.mpf, at)
    root = mpmath.sqrt(c * c + s * s)
    integrand = lambda z: mpmath.npdf(z) * cdf((k * root - c * z) / s)  # noqa: E731
    other = mpmath.quad(integrand, [h - 40, *(h - mpmath.mpf(j) / 2 for j in range(40, -1, -1))])
    assert abs(cdf2(h, k, c, s) / other - 1) < mpmath.mpf(10) ** -50


def test_tables_are_what_the_generator_writes():
    folder = Path(normal_tables.__file__).parent
    for name, text in normal_tables.modules().items():
        assert (folder / name).read_text(encoding="utf-8") == text


def uniform(random: Random, limit: float) -> np.ndarray:
    return random.uniform(-limit, limit, COUNT)


ONE: dict[str, Callable[[Random, float], Points]] = {
    "middle": lambda r, _: (r.uniform(-1, 1, 200), r.uniform(-12, 9, 200)),
    "near 0": lambda r, _: (np.zeros(200), spread(r, 200, -10, 0.5)),
    "positive": lambda r, limit: (r.uniform(-limit / 3, limit, 200), 10.0 ** r.uniform(0, 2, 200)),
    "tilted": lambda r, limit: tilted(r, limit, 10.0 ** r.uniform(0, 2.2, 200)),
}


def tilted(random: Random, limit: float, h: np.ndarray) -> Points:
    return h * h / 2 + random.uniform(-limit / 3, limit, h.size), -h


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ONE)
def test_one_variable_is_right_to_both_words(name, dtype):
    """Measured over all: 11 units of 2^-48 and 13 of 2^-106."""
    points = ONE[name](np.random.default_rng(1), 80.0 if dtype == FLOAT32 else 700.0)
    e, h = (with_low_words(np.random.default_rng(2), a, dtype) for a in points)
    exact = [mpmath.exp(a) * cdf(b) for a, b in zip(*map(mpf_of, (e, h)), strict=True)]
    found = jax.jit(exp_Phi)(e, h)
    checked(found, exact, 16 * unit(dtype))
    np.testing.assert_array_equal(found.value, exp_Phi(e, h).value)


def checked(found: DoubleWord, exact: list[Any], bound: float) -> None:
    """The bound where the low word is normal, one float's accuracy below, and infinity above."""
    form = np.finfo(found.dtype)
    least, most = mpmath.mpf(float(form.tiny)) / float(form.epsneg) ** 2, mpmath.mpf(float(form.max))
    good = np.array([least < x < most or x == 0 for x in exact])
    kept = jax.tree_util.tree_map(lambda word: word[good], found)
    assert worst_error(kept, [x for x, fine in zip(exact, good, strict=True) if fine]) <= bound
    small = np.array([form.tiny < x <= least for x in exact])
    if small.any():
        assert ulps(found.value[small], [x for x, low in zip(exact, small, strict=True) if low]).max() <= 1.5
    assert np.isinf(np.asarray(found.value)[np.array([x > most * 1.001 for x in exact])]).all()


@dataclass(frozen=True)
class Case:
    """Thresholds and correlations; `scaled` makes the result about 1 by E."""

    name: str
    points: Callable[[Random], Points]
    scaled: bool = False

    def __str__(self) -> str:
        return self.name


def angles(random: Random) -> Points:
    angle = random.uniform(0.05, 3.09, COUNT)
    return np.cos(angle), np.sin(angle)


def thin(random: Random, sign: int, least: float, most: float) -> Points:
    return np.full(COUNT, float(sign)), 10.0 ** random.uniform(least, most, COUNT)


def beside(random: Random, sign: int, limit: float) -> Points:
    """h = ±k but for 1e-12 to 1, while 1 - |r| is 1e-24 to 0.01."""
    h = uniform(random, limit)
    return h, sign * h + spread(random, COUNT, -12, 0), *thin(random, sign, -12, -1)


def equal(random: Random, sign: int, least: float) -> Points:
    h = uniform(random, 4)
    return h, sign * h, *thin(random, sign, least, -1)


def on_the_line(random: Random) -> Points:
    c, s = angles(random)
    h = uniform(random, 4)
    return h, h * c, c, s


def touching(random: Random, sign: int) -> Points:
    """h and ±k far out and apart by less than the angle between the sides makes of it."""
    h = -(10.0 ** random.uniform(0, 2, COUNT))
    c, s = thin(random, sign, -3, 0)
    return h, sign * h * (1 + 0.3 * s * random.uniform(-1, 1, COUNT)), c, s


def far(random: Random, sign: int) -> Points:
    return -(10.0 ** random.uniform(0, 2, COUNT)), sign * 10.0 ** random.uniform(-1, 2, COUNT), *angles(random)


CASES = [
    Case("middle", lambda r: (uniform(r, 3), uniform(r, 3), *angles(r))),
    Case("c, s of any size", lambda r: (uniform(r, 3), uniform(r, 3), *(1e5 * x for x in angles(r)))),
    Case("h, k of any size", lambda r: (spread(r, COUNT, -9, 1), spread(r, COUNT, -9, 1), *angles(r))),
    Case("tiny h, k", lambda r: (spread(r, COUNT, -19, -9), spread(r, COUNT, -19, -9), *thin(r, -1, -9, 0))),
    Case("k = h r", on_the_line),
    *(Case(f"r near {s}", lambda r, s=s: (uniform(r, 4), uniform(r, 4), *thin(r, s, -12, -1))) for s in (1, -1)),
    *(Case(f"r near {s}, k near {s} h", lambda r, s=s: beside(r, s, 4)) for s in (1, -1)),
    *(Case(f"r near {s}, k = {s} h", lambda r, s=s: equal(r, s, -9)) for s in (1, -1)),
    *(Case(f"r = {s}", lambda r, s=s: (*beside(r, s, 4)[:3], np.zeros(COUNT))) for s in (1, -1)),
    *(Case(f"touching, r near {s}", lambda r, s=s: touching(r, s), True) for s in (1, -1)),
    Case("both far out", lambda r: far(r, -1), True),
    Case("one far out", lambda r: far(r, 1), True),
]


def sampled(case: Case, dtype: Any) -> tuple[list[DoubleWord], list[Any]]:
    random = np.random.default_rng(3)
    words = [with_low_words(random, a, dtype) for a in case.points(random)]
    exact = [cdf2(*at) for at in zip(*map(mpf_of, words), strict=True)]
    exponents = np.zeros(COUNT)
    if case.scaled:
        exponents = np.array([float(-mpmath.log(x)) for x in exact]) + random.uniform(-9, 9, COUNT)
    e = with_low_words(random, exponents, dtype)
    return [e, *words], [mpmath.exp(a) * x for a, x in zip(mpf_of(e), exact, strict=True)]


phi2 = jax.jit(exp_Phi2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_two_variables_are_right_relatively(case, dtype):
    """Measured: 2^-41 (2^-82), and 6 E 2^-48 in float32, where the last bit of E itself is E 2^-48."""
    words, exact = sampled(case, dtype)
    found = phi2(*words)
    steepest = float(np.abs(words[0].hi).max())
    checked(found, exact, 2.0**-40.5 + steepest * 2.0**-45 if dtype == FLOAT32 else 2.0**-81)


@pytest.mark.parametrize("name", ["middle", "r near -1, k near -1 h", "both far out"])
def test_two_variables_to_every_digit(name):
    """Measured: 2^-94 far out, where the exponent is hundreds, and 2^-98 elsewhere; 2^-82 without."""
    words, exact = sampled(next(case for case in CASES if case.name == name), np.float64)
    checked(jax.jit(every_digit(exp_Phi2))(*words), exact, 2.0**-93 if name == "both far out" else 2.0**-97.5)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("swapped", [False, True])
def test_signs_of_what_cancels_in_one_word(sign, swapped):
    """Thresholds as kernels have them, with k - r h all rounding: one side of its zero in the whole program, whatever XLA fuses.

    Measured: 2e-15 beside two words.
    """
    random = np.random.default_rng(3)
    var1, var2 = random.uniform(0.01, 2, (2, 2000)).astype(np.float32).astype(float)
    c = sign * (random.uniform(-0.9, 0.9, 2000) * np.sqrt(var1 * var2)).astype(np.float32).astype(float)
    h, k = -np.sqrt(var2), -c / np.sqrt(var1)
    at = (0 * c, *((k, h) if swapped else (h, k)), c, np.sqrt(var1 * var2 - c * c))
    words = [DoubleWord(jnp.asarray(x), jnp.zeros(2000)) for x in at]
    with computing_in(Arithmetic.ONE_WORD):
        one = exp_Phi2(*words)
    np.testing.assert_allclose(one.hi, exp_Phi2(*words).hi, rtol=1e-14)


def exact_slopes(h: Any, k: Any, c: Any, s: Any) -> tuple[Any, ...]:
    root = mpmath.sqrt(c * c + s * s)
    r, t = c / root, s / root
    density = mpmath.exp(-(h * h - 2 * r * h * k + k * k) / (2 * t * t)) / (2 * mpmath.pi)
    by_h, by_k = (mpmath.npdf(x) * cdf((y - r * x) / t) for x, y in ((h, k), (k, h)))
    return cdf2(h, k, c, s), by_h, by_k, density * s / root**2, -density * c / root**2


@pytest.mark.parametrize("dtype", DTYPES)
def test_derivatives_are_right_in_the_tails_and_near_full_correlation(dtype):
    random = np.random.default_rng(4)
    cases = [
        case for case in CASES if case.name in ("middle", "r near -1, k near -1 h", "touching, r near 1", "one far out")
    ]
    points = [np.concatenate(at) for at in zip(*(case.points(random) for case in cases), strict=True)]
    h, k, c, s = (np.asarray(a, dtype) for a in points)
    slopes = [exact_slopes(*at) for at in zip(*([mpmath.mpf(float(x)) for x in a] for a in (h, k, c, s)), strict=True)]
    e = np.array([-float(mpmath.log(at[0])) for at in slopes]).astype(dtype)

    def value(*at: Any) -> Any:
        return exp_Phi2(*(double_word(x, dtype) for x in at)).value

    found = jax.jit(jax.vmap(jax.grad(value, argnums=(1, 2, 3, 4))))(*map(jnp.asarray, (e, h, k, c, s)))
    scale = [mpmath.exp(mpmath.mpf(float(x))) for x in e]
    tiny, huge = float(np.finfo(dtype).tiny), float(np.finfo(dtype).max)
    for i, gradient in enumerate(found, 1):
        exact = [at[i] * factor for at, factor in zip(slopes, scale, strict=True)]
        normal = np.array([tiny < abs(x) < huge for x in exact])
        assert normal.sum() > COUNT
        assert ulps(gradient[normal], [x for x, fine in zip(exact, normal, strict=True) if fine]).max() <= 8


@pytest.mark.parametrize("dtype", DTYPES)
def test_derivatives_of_one_variable(dtype):
    h = np.asarray([-100.0, -20.0, -3.0, 0.0, 1e-3, 2.0, 8.0], dtype)
    e = np.asarray([5000.0, 200.0, 0.0, 0.0, 1.0, 3.0, 20.0], dtype)
    by_e, by_h = jax.vmap(jax.grad(lambda *a: exp_Phi(*(double_word(x, dtype) for x in a)).value, (0, 1)))(e, h)
    points = [(mpmath.mpf(float(a)), mpmath.mpf(float(b))) for a, b in zip(e, h, strict=True)]
    assert ulps(by_e, [mpmath.exp(a) * cdf(b) for a, b in points]).max() <= 0.51
    assert ulps(by_h, [mpmath.exp(a - b * b / 2) / mpmath.sqrt(2 * mpmath.pi) for a, b in points]).max() <= 0.51


def test_second_derivatives():
    def value(h: Any, k: Any) -> Any:
        return exp_Phi2(*(double_word(x, np.float64) for x in (0, h, k, -0.6, 0.8))).value

    h, k = 0.3, 0.2
    (_, mixed), _ = jax.jit(jax.hessian(value, (0, 1)))(h, k)
    assert mixed == pytest.approx(np.exp(-(h * h + k * k + 1.2 * h * k) / 1.28) / (1.6 * np.pi), rel=1e-13)


@pytest.mark.parametrize("dtype", [pytest.param("float32", marks=pytest.mark.slow), "float64"])
def test_modes_agree(dtype):
    """Eager and jitted results are the same floats, and so are those of a mapped and broadcast function."""
    random = np.random.default_rng(5)
    at = [with_low_words(random, a, dtype) for a in (np.zeros(COUNT), *CASES[0].points(random))]
    jitted = np.asarray(phi2(*at).value)
    if dtype == FLOAT32:
        np.testing.assert_array_max_ulp(np.asarray(exp_Phi2(*at).value), jitted, 1)
    else:
        first = DoubleWord(at[0].hi[0], at[0].lo[0])  # E = 0 everywhere
        mapped = jax.vmap(lambda *rest: phi2(first, *rest))(*at[1:])
        np.testing.assert_array_max_ulp(np.asarray(mapped.value), jitted, 1)
    few = [DoubleWord(x.hi[:3], x.lo[:3]) for x in at[:2]]
    np.testing.assert_array_max_ulp(np.asarray(one_by_one(exp_Phi)(*few).value), np.asarray(exp_Phi(*few).value), 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_special_values(dtype):
    inf, nan = np.inf, np.nan

    def words(*numbers: float) -> DoubleWord:
        return double_word(jnp.asarray(numbers, dtype), dtype)

    np.testing.assert_array_equal(Phi(words(0, inf, -inf, nan, 50, -1e9)).value, [0.5, 1, 0, nan, 1, 0])
    found = exp_Phi(words(0, 1e4, -1e4, inf, -inf, nan), words(0, 5, 5, 1, 1, 1)).value
    np.testing.assert_array_equal(found, [0.5, inf, 0, inf, 0, nan])
    half, one = dtype(0.5), np.asarray(Phi(words(1)).value)[0]
    rows = [
        (0, inf, inf, 0.5, 1, 1),
        (0, inf, 1, 0.5, 1, one),
        (0, 1, inf, -0.5, 1, one),
        (0, -inf, inf, 0.5, 1, 0),
        (0, 1, 1, 1, 0, one),
        (0, 1, -1, -1, 0, 0),
        (0, 0, 0, 1, 0, half),
        (0, 0, 0, -1, 0, 0),
        (0, 0, 0, 0, 1, half / 2),
        (0, 0, 0, -1, 1e-30, dtype(1e-30) / (2 * np.pi)),
        (1e4, 3, 2, 0.5, 1, inf),
        (1e4, 3, 2, -1, 1, inf),
        (-1e4, 3, 2, 0.5, 1, 0),
        *((*(nan if i == j else 1 for i in range(5)), nan) for j in range(5)),
    ]
    for some in (rows[:COUNT], rows[-COUNT:]):  # the shape of the other tests: nothing is compiled again
        *arguments, exact = zip(*some, strict=True)
        np.testing.assert_allclose(phi2(*(words(*a) for a in arguments)).value, exact, rtol=2 * np.finfo(dtype).eps)


def test_no_overflow_just_below_the_largest_float():
    """e^E alone, and both terms of a difference, overflow; the result does not."""
    e = np.float32(89.0)
    at = [double_word(jnp.full(COUNT, x, np.float32), np.float32) for x in (e, -0.5, -0.4, 1.0, 0.1)]
    exact = mpmath.exp(89) * cdf2(*(mpf_of(x)[0] for x in at[1:]))
    assert ulps(phi2(*at).value[:1], [exact]).max() <= 0.51
    assert (
        ulps(exp_Phi(double_word(e, np.float32), double_word(0, np.float32)).value, [mpmath.exp(89) / 2]).max() <= 0.51
    )
