"""float32 kernels inside of which float64 is allowed: the same values, whatever JAX does with them outside."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symkern.generated import relu, sin
from symkern.numerics import double_inputs, exp, rounded, rounded_from_two, rounded_once
from symkern.numerics.rounded import x64
from symkern.numerics.words import one_word


@rounded_once
def kernel(cov12: Any, var1: Any, var2: Any, *, a: Any = 1.0) -> Any:
    """Two outputs, one of which cancels."""
    cov12, var1, var2, a = double_inputs(cov12, var1, var2, a)
    return (exp(cov12) - exp(cov12 * a)).value, (a * var1 * var2).value


def points(*shape: int) -> tuple[Any, ...]:
    random = np.random.default_rng(3)
    v1, v2 = random.uniform(0.5, 2, (2, *shape)).astype("float32")
    return (random.uniform(-0.4, 0.4, shape).astype("float32"), v1, v2)


def wide(function: Any, *arguments: Any, **parameters: Any) -> Any:
    """The same function of float64 arguments."""
    with x64(True):
        return jax.tree.map(
            np.asarray,
            function(*(np.float64(a) for a in arguments), **{k: np.float64(p) for k, p in parameters.items()}),
        )


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("mode", [lambda f: f, jax.jit])
def test_rounded_once(mode: Any, allowed: bool) -> None:
    c, v1, v2 = points(4, 3)
    with x64(allowed):
        found = mode(lambda *x: kernel(*x, a=np.float32(1 - 2.0**-20)))(c, v1[:, :1], v2[:1])
    exact = wide(kernel, c, v1[:, :1], v2[:1], a=1 - 2.0**-20)
    for one, other in zip(found, exact, strict=True):
        assert one.dtype == jnp.float32
        assert one.shape == (4, 3)
        np.testing.assert_array_equal(one, np.broadcast_to(other, (4, 3)).astype("float32"))


def test_nothing_outside_is_float64() -> None:
    program = str(jax.make_jaxpr(jax.grad(lambda c, v, w: kernel(c, v, w)[0]))(*points()))
    assert "float32_kernel" in program
    assert "f64" not in program


def test_values_and_derivatives_under_every_transformation() -> None:
    c, v1, v2 = points(5)
    f = lambda *x: kernel(*x, a=2.0)[0]  # noqa: E731
    g = [wide(lambda *x, i=i: jax.vmap(jax.grad(f, argnums=i))(*x), c, v1, v2) for i in range(3)]
    for transformed in (lambda f: f, jax.jit, jax.checkpoint):
        for i in range(3):
            found = jax.vmap(jax.grad(transformed(f), argnums=i))(c, v1, v2)
            np.testing.assert_array_equal(found, g[i].astype("float32"))
    forward = jax.vmap(jax.jacfwd(jax.jacrev(f)))(c, v1, v2)
    np.testing.assert_allclose(forward, np.exp(np.float64(c)) - 4 * np.exp(2 * np.float64(c)), rtol=1e-6)
    third = jax.vmap(jax.grad(jax.grad(jax.grad(f))))(c, v1, v2)
    np.testing.assert_allclose(third, np.exp(np.float64(c)) - 8 * np.exp(2 * np.float64(c)), rtol=1e-6)
    total = jax.lax.scan(lambda s, x: (s + f(*x), None), jnp.float32(0), (c, v1, v2))[0]
    np.testing.assert_allclose(total, np.sum(f(c, v1, v2)), rtol=1e-6)


def test_parameters_have_derivatives() -> None:
    c, v1, v2 = points()
    found = jax.grad(lambda a: kernel(c, v1, v2, a=a)[1])(jnp.float32(3))
    np.testing.assert_array_equal(found, np.float32(np.float64(v1) * np.float64(v2)))


@pytest.mark.parametrize("axes", [(0, None, None), (0, 1, None), (None, 0, 2), (1, 1, 1)])
def test_batches_along_any_axis(axes: tuple[Any, ...]) -> None:
    c, v1, v2 = points(6, 6, 6)
    given = [a if axis is not None else a[0, 0] for a, axis in zip((c, v1, v2), axes, strict=True)]
    found = jax.vmap(kernel, in_axes=axes)(*given)[0]
    rows = [np.moveaxis(a, axis, 0) if axis is not None else [a] * 6 for a, axis in zip(given, axes, strict=True)]
    np.testing.assert_array_equal(found, np.stack([kernel(*row)[0] for row in zip(*rows, strict=True)]))


def test_float64_keeps_two_words() -> None:
    seen = []

    @rounded_once
    def one(x: Any) -> Any:
        seen.append((np.dtype(x.dtype), one_word()))
        return x

    @rounded_from_two
    def two(x: Any) -> Any:
        seen.append((np.dtype(x.dtype), one_word()))
        return x

    with x64(True):
        one(jnp.float64(1))
        one(jnp.float32(1))
        two(jnp.float32(1))
    assert set(seen[:1]) == {(np.dtype("float64"), False)}
    assert (np.dtype("float64"), True) in seen[1:]
    assert seen[-1] == (np.dtype("float64"), False)


def test_words_do_not_mix() -> None:
    """What was traced in one word is not taken for what is traced in two, although both are of float64."""

    def text() -> str:
        with x64(True):
            return jax.jit(lambda *x: relu.nngp_fn(*x)).lower(*(np.ones(7) * v for v in (0.1, 1.0, 2.0))).as_text()

    jax.clear_caches()
    before = text()
    jax.clear_caches()
    jax.jit(relu.nngp_fn)(*(np.ones(7, "float32") for _ in range(3)))
    assert text() == before


def test_two_words_of_float32_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    c, v1, v2 = points(50)
    usual = sin.nngp_fn(c, v1, v2)
    monkeypatch.setattr(rounded, "WITHOUT_FLOAT64", True)
    program = str(jax.make_jaxpr(sin.nngp_fn)(c, v1, v2))
    assert "float32_kernel" not in program
    np.testing.assert_allclose(sin.nngp_fn(c, v1, v2), usual, rtol=2e-7)
    script = "from symkern.numerics import rounded; print(rounded.WITHOUT_FLOAT64)"
    environment = {**os.environ, "SYMKERN_WITHOUT_FLOAT64": "1"}
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout == "True\n"
