"""Long formulas as loops: the bits and derivatives of their operations one by one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symkern.evaluation import x64
from symkern.numerics import straight
from symkern.numerics.double_word import DoubleWord, double_word
from symkern.numerics.steps import Number, Row, Step, in_order
from symkern.numerics.words import Arithmetic, computing_in

Formula = Callable[..., Any]


def evaluated(formula: Formula, *inputs: jax.Array, loops: bool = True) -> jax.Array:
    """Both words, one under the other; under ``jit`` in loops, as beside a function that takes long."""
    with computing_in(Arithmetic.EVERY_DIGIT):
        numbers = straight.written_down([double_word(x, x) for x in inputs])
        for number in numbers:
            if isinstance(number, straight.Listed):
                number.formula.long = loops
        pair = formula(*numbers).pair
    shape = jnp.broadcast_shapes(*(x.shape for x in inputs))
    return jnp.stack([jnp.broadcast_to(word, shape) for word in pair])


def both(formula: Formula, transformed: Callable[[Formula], Formula], *inputs: Any) -> tuple[np.ndarray, np.ndarray]:
    """The same of the formula as loops, and eagerly, so one by one."""
    function = transformed(lambda *x: evaluated(formula, *x))
    return np.asarray(jax.jit(function)(*inputs)), np.asarray(function(*inputs))


def polynomial(x: DoubleWord, y: DoubleWord) -> DoubleWord:
    """All operations and kinds of operands; chains, and values that are used again and again."""
    p = x * y
    q = -(p + x) * 3 - y / 4
    r = (q * q - 7) / y + Fraction(1, 3) * x
    total = double_word(1, x)
    for k in range(2, 5):
        total = total + r * k - p / k
    s = 2 / total - 0.1 * (1 - q)
    return s**3 * 8 + (p - s) * (r + 1e-3) - total**2


def points(dtype: Any) -> tuple[jax.Array, jax.Array]:
    rng = np.random.default_rng(0)
    return tuple(jnp.asarray(rng.lognormal(0, 3, 500) * rng.choice([-1, 1], 500), dtype) for _ in range(2))  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def _double():
    with x64(True):
        yield


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_bits(dtype: str) -> None:
    x, y = points(dtype)
    loops = np.asarray(jax.jit(lambda x, y: evaluated(polynomial, x, y))(x, y))
    np.testing.assert_array_equal(loops, evaluated(polynomial, x, y))


OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: -a,
    lambda a, b: a * 0.5,
    lambda a, b: 3 - a,
    lambda a, b: a * Fraction(5, 7),
    lambda a, b: 11 * a,
    lambda a, b: 1 / a,
    lambda a, b: a + 0.1,
]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 40), st.integers(0, 40)), min_size=5, max_size=40))
def test_any_formula(program: list[tuple[int, int, int]]) -> None:
    """Bits, infinities and NaN."""

    def formula(*numbers: DoubleWord) -> DoubleWord:
        known = list(numbers)
        for operation, i, j in program:
            known.append(OPERATIONS[operation](known[i % len(known)], known[j % len(known)]))
        return known[-1] + known[-2]

    x, y = points(np.float64)
    loops, one_by_one = both(formula, lambda f: f, x[:40], y[:40])
    np.testing.assert_array_equal(loops, one_by_one)


@pytest.mark.parametrize(
    "transformed",
    [
        jax.grad,
        jax.jacfwd,
        pytest.param(jax.hessian, marks=pytest.mark.slow),
        pytest.param(lambda f: jax.jacrev(jax.grad(f)), marks=pytest.mark.slow, id="reverse over reverse"),
        pytest.param(lambda f: jax.jacfwd(jax.hessian(f)), marks=pytest.mark.slow, id="third"),
    ],
)
def test_derivatives(transformed: Callable[[Formula], Formula]) -> None:
    x, y = points(np.float64)
    inputs = jnp.stack([1 + jnp.abs(x) % 1, 2 + jnp.abs(y) % 1], 1)[:20]
    loops, one_by_one = both(polynomial, lambda f: jax.vmap(transformed(lambda v: f(v[0], v[1]).sum())), inputs)
    assert np.isfinite(one_by_one).all()
    np.testing.assert_allclose(loops, one_by_one, rtol=1e-9, atol=1e-9 * np.abs(one_by_one).max())


def test_what_does_not_move_has_no_derivative() -> None:
    """Zero times an infinite derivative would be NaN."""

    def formula(x: DoubleWord, y: DoubleWord) -> DoubleWord:
        total = y + 1
        for k in range(3, 9):
            total = total * k + y
        return x * (1 / (y - y) + total)  # infinite, and constant to derivatives by x

    slope = jax.jit(lambda x, y: jax.grad(lambda x: evaluated(formula, x, y)[0].sum())(x))
    assert np.isposinf(slope(jnp.ones(3), jnp.ones(3))).all()


def test_numbers_keep_their_shapes() -> None:
    """What depends on one argument is computed at its shape."""
    x, y = (a[:6] for a in points(np.float64))

    def formula(x: DoubleWord, y: DoubleWord) -> DoubleWord:
        rows, columns = x * x + 3, y / 3 - 1
        for k in range(3, 9):
            rows, columns = rows * k + x, columns / k - y
        assert rows.shape == (6, 1) and columns.shape == (1, 6)
        return rows * columns + (rows + columns) * 7 - columns * 5

    loops = np.asarray(jax.jit(lambda x, y: evaluated(formula, x, y))(x[:, None], y[None]))
    assert loops.shape == (2, 6, 6)
    np.testing.assert_array_equal(loops, evaluated(formula, x[:, None], y[None]))


def test_vmap() -> None:
    x, y = (a[:6] for a in points(np.float64))

    def formula(x: DoubleWord, y: DoubleWord) -> DoubleWord:
        total = x * y
        for k in range(3, 9):
            total = total * k + x * y
        return total

    mapped = jax.vmap(jax.vmap(lambda a, b: evaluated(formula, a, b), (None, 0)), (0, None))
    whole = evaluated(formula, x[:, None], y[None])
    np.testing.assert_array_equal(np.moveaxis(jax.jit(mapped)(x, y), 2, 0), whole)


def test_only_what_is_compiled_is_written_down() -> None:
    """Not without ``jit``, and only to every digit."""
    one = double_word(jnp.ones(3), np.float64)
    with computing_in(Arithmetic.EVERY_DIGIT):
        assert straight.written_down([one]) == (one,)
    seen = []

    def traced(x: jax.Array) -> jax.Array:
        for chosen in Arithmetic:
            with computing_in(chosen):
                seen.extend(straight.written_down([double_word(x, x)]))
        return x

    jax.jit(traced)(jnp.ones(3))
    assert [isinstance(number, straight.Listed) for number in seen] == [c is Arithmetic.EVERY_DIGIT for c in Arithmetic]


def test_a_long_formula_is_a_short_program() -> None:
    """XLA is given an operation for each loop, not for each step."""

    def long(x: DoubleWord, y: DoubleWord) -> DoubleWord:
        total = x
        for k in range(3, 103):
            total = total + x * y * Fraction(1, k)
        return total

    def size(loops: bool) -> int:
        text = jax.jit(lambda x, y: evaluated(long, x, y, loops=loops)).lower(jnp.ones(3), jnp.ones(3)).as_text()
        return text.count("call @multiply")

    assert size(False) > 100
    assert size(True) < 5


def test_runs_are_long() -> None:
    """Products that do not depend on one another come before their sums; a chain is one run."""
    add, multiply = object(), object()
    steps = [Step(multiply, (Row(0, 1.0), Row(1, 1.0)))]  # type: ignore[arg-type]
    for k in range(1, 9, 2):  # row 2 + k - 1 is the sum so far
        steps.append(Step(multiply, (Row(0, 1.0), Number(float(k), 0.0))))  # type: ignore[arg-type]
        steps.append(Step(add, (Row(2 if k == 1 else 2 + k - 1, 1.0), Row(2 + k, 1.0))))  # type: ignore[arg-type]
    order = in_order(steps, 2)
    kinds = [steps[k].kind for k in order]
    assert sorted(order) == list(range(len(steps)))
    assert sum(a != b for a, b in pairwise(kinds)) == 2
