"""What XLA fuses stays small enough for it: no formula, and no chain of kernels, may be computed over and over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symkern
from symkern.generated.sin import nngp_fn as sin_nngp_fn
from symkern.numerics import double_word
from symkern.numerics.fence import LIMIT, fence

LARGEST = 2000
"""Instructions at which XLA cuts a loop into functions that call one another."""
COVARIANCE = tuple(np.full((3, 4), v, "float32") for v in (0.1, 0.7, 0.5))


def loops(function: Callable[..., Any], *arguments: Any) -> list[int]:
    """The number of instructions of each computation of the compiled program."""
    text = jax.jit(function).lower(*arguments).compile().as_text()
    return [len(body.splitlines()) for body in re.findall(r"^(?:%|ENTRY)[^\n]*\{\n(.*?)^\}", text, re.S | re.M)]


@pytest.mark.parametrize(
    "formula", ["x**2*exp(-(x - 1)**2/2)", pytest.param("x**3*exp(x)*sin(x)", marks=pytest.mark.slow)]
)
def test_large_kernels(formula: str) -> None:
    m = symkern.derive(formula, name="large").compile()
    slope = jax.grad(lambda *a: m.nngp_fn(*a).sum(), argnums=(0, 1, 2))
    for function, most in ((m.nngp_fn, 1), (m.d_nngp_fn, 1), (m.nngp_and_d_nngp_fn, 1), (slope, 1.8)):
        sizes = loops(function, *COVARIANCE)
        assert sizes and max(sizes) < most * LARGEST
        assert all(np.all(np.isfinite(a)) for a in jax.tree.leaves(jax.jit(function)(*COVARIANCE)))


def test_kernels_in_a_chain() -> None:
    """Written by hand, as in a network's recursion: each kernel is computed once."""

    def chain(depth: int) -> Callable[..., Any]:
        def f(c: Any, v: Any, w: Any) -> Any:
            for _ in range(depth):
                c, v, w = sin_nngp_fn(c, v, w), sin_nngp_fn(v, v, v), sin_nngp_fn(w, w, w)
            return c

        return f

    one, two, four = (sum(loops(chain(n), *COVARIANCE)) for n in (1, 2, 4))
    assert four - two < 2.2 * (two - one)


def test_a_long_product_of_double_words() -> None:
    def power(x: jax.Array) -> jax.Array:
        y = total = double_word(x, x)
        for n in range(150):
            y = y * total + n
            total = total - y / 3
        return (total / (1 + y * y)).value

    x = np.linspace(0.1, 0.2, 5, dtype="float32")
    assert max(loops(power, x)) < LARGEST
    np.testing.assert_array_equal(jax.jit(power)(x), power(x))


def test_the_limit_is_xla_s() -> None:
    assert LIMIT < LARGEST


def test_a_fence_is_the_identity() -> None:
    high, low = jnp.asarray([1.5, -0.0, jnp.inf, jnp.nan]), jnp.asarray([1e-9, 0.0, 0.0, 1.0])
    for f in (fence, jax.jit(fence), jax.vmap(fence)):
        for given, got in zip((high, low), f((high, low)), strict=True):
            np.testing.assert_array_equal(given, got)

    def first(x: jax.Array) -> jax.Array:
        h, l = fence((x * x, 3 * x))
        return h * 2 + l

    for derive in (jax.grad, jax.jacfwd, jax.jacrev):
        assert derive(first)(1.25) == 2 * 2 * 1.25 + 3
    assert jax.hessian(first)(1.25) == 4
    np.testing.assert_array_equal(jax.jit(jax.vmap(jax.grad(first)))(high), jax.vmap(jax.grad(first))(high))


def test_fences_are_for_programs() -> None:
    """Without `jit` a loop would be compiled at every fence, also where derivatives are taken."""
    compiled: list[str] = []
    jax.monitoring.register_event_duration_secs_listener(lambda event, *_, **__: compiled.append(event))

    def slope(*covariance: Any) -> Any:
        return jax.jvp(jax.grad(lambda c: sin_nngp_fn(c, *covariance[1:]).sum()), covariance[:1], covariance[1:2])

    slope(*COVARIANCE)
    compiled.clear()
    slope(*COVARIANCE)
    assert not [event for event in compiled if "backend_compile" in event]
