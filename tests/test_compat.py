"""neural-tangents 0.6.5 on this JAX: what is lent, what is mended, what is left alone, and what a user reads."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from symkern import compat

pytestmark = pytest.mark.layers

HIDE = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""


def python(code: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter's outcome."""
    command = [sys.executable, *flags, "-c", textwrap.dedent(code)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def output(code: str, *flags: str) -> list[str]:
    done = python(code, *flags)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_nothing_is_imported_before_first_use():
    code = """
        import sys, symkern.stax, symkern.compat
        print([m for m in ("jax", "sympy", "neural_tangents", "tensorflow") if m in sys.modules])
    """
    assert output(code) == ["[]"]


def test_first_use_leaves_jax_and_tensorflow_alone():
    """Also with every warning an error, as in a strict test suite."""
    code = """
        import importlib, sys, warnings
        from symkern import compat
        names = [n for e in compat.ENTRIES if e.name != "neural_tangents.experimental" and e.needed() for n in e.lend()]
        nt = compat.neural_tangents()
        assert compat.neural_tangents() is nt is sys.modules["neural_tangents"]
        assert not {"tensorflow", "tf2jax"} & set(sys.modules)
        for name in names:
            parent, _, attribute = name.rpartition(".")
            assert name not in sys.modules, name
            try:
                module = importlib.import_module(parent)
            except ImportError:
                continue
            assert attribute not in vars(module), name
        assert all(s.needed == s.applied for s in compat.report())
        try:
            nt.experimental.empirical_ntk_fn_tf
        except AttributeError as error:
            print(error)
    """
    (line,) = output(code, "-W", "error")
    assert line.startswith("symkern keeps TensorFlow out")


@pytest.mark.parametrize("hidden", ["neural_tangents", "frozendict"])
def test_without_the_extra_one_line_says_what_to_install(hidden):
    code = f"""
        HIDDEN = {{{hidden!r}}}
        exec({HIDE!r})
        from symkern.stax import layer
        try:
            layer("Identity", lambda x: x, lambda c, v, w: c, lambda c, v, w: c)
        except ImportError as error:
            assert error.__suppress_context__ and not error.__cause__
            assert "neural_tangents.experimental" not in sys.modules
            print(error)
    """
    (line,) = output(code)
    assert hidden in line
    assert "symkern[stax]" in line
    assert "pip install --no-deps neural-tangents==0.6.5 && pip install frozendict" in line


@pytest.mark.parametrize(("module", "name"), [("jax.core", "ShapedArray"), ("jax.lax", "copy_p")])
def test_a_name_that_no_entry_restores_is_named(module, name):
    code = f"""
        import sys, jax, {module}
        del {module}.{name}
        from symkern import compat
        try:
            compat.neural_tangents()
        except ImportError as error:
            assert error.__suppress_context__ and not error.__cause__
            print(error)
    """
    (line,) = output(code)
    assert f"needs {module}.{name}, which JAX {jax.__version__} lacks" in line


@pytest.mark.parametrize(
    ("raised", "named"),
    [
        ("cannot import name 'Jaxpr' from 'jax.core' (core.py)", "jax.core.Jaxpr"),
        ("module 'jax.core' has no attribute 'Jaxpr'", "jax.core.Jaxpr"),
        ("No module named 'jax.util'", "jax.util"),
        ("jax.interpreters.ad.zeros_like_p was removed in JAX v0.9.0.", "jax.interpreters.ad.zeros_like_p"),
        ("something\nelse", "something else"),
    ],
)
def test_the_missing_name_is_read_from_any_wording(raised, named):
    message = str(compat._unusable(ImportError(raised), "9.9"))
    assert f"needs {named}, which JAX 9.9 lacks" in message
    assert "\n" not in message


def test_a_neural_tangents_imported_before_is_left_as_it_is():
    code = """
        import sys, types
        sys.modules["neural_tangents"] = theirs = types.ModuleType("neural_tangents")
        from symkern import compat
        assert compat.neural_tangents() is theirs
        assert not any(status.applied for status in compat.report())
        assert set(vars(theirs)) == set(vars(types.ModuleType("neural_tangents")))
    """
    assert output(code) == []


def test_threads_share_one_import():
    code = """
        import threading
        from symkern import compat
        load, calls, found = compat._load, [], []
        compat._load = lambda: calls.append(1) or load()
        threads = [threading.Thread(target=lambda: found.append(compat.neural_tangents())) for _ in range(8)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        print(len(calls), len(found), len({id(f) for f in found}))
    """
    assert output(code) == ["1 8 1"]


def test_a_name_that_exists_is_not_replaced():
    original = jax.core.ShapedArray
    with compat._lent("jax.core.ShapedArray", object()), compat._lent("jax.core.symkern_test", 1):
        assert jax.core.ShapedArray is original
        assert jax.core.symkern_test == 1
    assert jax.core.ShapedArray is original
    assert not hasattr(jax.core, "symkern_test")


def test_entries_are_told_apart_and_explained():
    names = [entry.name for entry in compat.ENTRIES]
    assert len(set(names)) == len(names)
    assert all(entry.what and entry.since for entry in compat.ENTRIES)
    assert [status.name for status in compat.report()] == names


def test_safe_map_and_zip_insist_on_equal_lengths():
    assert compat._safe_map(lambda a, b: a + b, [1, 2], (3, 4)) == [4, 6]
    assert compat._safe_zip([1, 2], (3, 4)) == [(1, 3), (2, 4)]
    with pytest.raises(ValueError, match="zip"):
        compat._safe_map(max, [1], [1, 2])
    with pytest.raises(ValueError, match="zip"):
        compat._safe_zip([1], [1, 2])


@pytest.fixture(scope="module")
def network():
    """A small CNN, its parameters and two batches."""
    stax = compat.neural_tangents().stax
    init_fn, apply_fn, kernel_fn = stax.serial(
        stax.Conv(4, (3, 3)), stax.Relu(), stax.Flatten(), stax.Dense(8), stax.Sin(), stax.Dense(3)
    )
    k1, k2, k3 = jax.random.split(jax.random.PRNGKey(1), 3)
    x1, x2 = jax.random.normal(k1, (4, 5, 5, 2)), jax.random.normal(k2, (2, 5, 5, 2))
    return apply_fn, kernel_fn, init_fn(k3, x1.shape)[1], x1, x2


def empirical_ntk(nt, apply_fn, implementation):
    kind = nt.NtkImplementation[implementation]
    return nt.empirical_ntk_fn(apply_fn, trace_axes=(), vmap_axes=0, implementation=kind)


@pytest.mark.parametrize("name", ["AUTO", "NTK_VECTOR_PRODUCTS", "STRUCTURED_DERIVATIVES"])
def test_finite_width_kernels_agree(network, name, capsys):
    nt = compat.neural_tangents()
    apply_fn, _, params, x1, x2 = network
    expected = jax.jit(empirical_ntk(nt, apply_fn, "JACOBIAN_CONTRACTION"))(x1, x2, params)
    found = jax.jit(empirical_ntk(nt, apply_fn, name))(x1, x2, params)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * float(jnp.abs(expected).max()))


def test_structured_derivatives_one_operation_at_a_time(network):
    nt = compat.neural_tangents()
    stax = nt.stax
    init_fn, apply_fn, _ = stax.serial(stax.Dense(4), stax.Sin(), stax.Dense(2))
    _, _, _, x1, x2 = network
    x1, x2 = x1[:, 0, 0], x2[:, 0, 0]
    params = init_fn(jax.random.PRNGKey(0), x1.shape)[1]
    found, expected = (
        empirical_ntk(nt, apply_fn, name)(x1, x2, params) for name in ("STRUCTURED_DERIVATIVES", "JACOBIAN_CONTRACTION")
    )
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * float(jnp.abs(expected).max()))


def test_linearization_and_prediction(network):
    nt = compat.neural_tangents()
    apply_fn, kernel_fn, params, x1, _ = network
    doubled = jax.tree_util.tree_map(lambda p: 1.01 * p, params)
    linear = nt.linearize(apply_fn, params)(doubled, x1)
    quadratic = nt.taylor_expand(apply_fn, params, 2)(doubled, x1)
    exact = apply_fn(doubled, x1)
    assert float(jnp.abs(quadratic - exact).max()) < float(jnp.abs(linear - exact).max()) < 0.01
    predict = nt.predict.gradient_descent_mse_ensemble(kernel_fn, x1, jnp.ones((4, 1)), diag_reg=1e-4)
    np.testing.assert_allclose(predict(x_test=x1, get="ntk"), 1, atol=0.01)
    assert nt.predict.max_learning_rate(kernel_fn(x1, None, "ntk")) > 0
