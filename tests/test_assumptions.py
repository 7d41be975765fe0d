"""Signs of parameters that a formula takes for granted, and what its module does where they do not hold."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symkern
from symkern.derivation import Derivation, NotDerived

CLIPS = {
    "clip(x, -a, a)": ({"a": 1.0}, {"a": "positive"}, {"a": 2.0}, {"a": -1.0}),
    "clip(x, lo, hi)": ({"lo": -1.0, "hi": 2.0}, {"lo": "negative", "hi": "positive"}, {"lo": -0.5}, {"lo": 0.5}),
}


@pytest.mark.parametrize("text", ["clip(x, -a, a)", pytest.param("clip(x, lo, hi)", marks=pytest.mark.slow)])
def test_a_default_declares_the_sign(text: str) -> None:
    defaults, signs, good, bad = CLIPS[text]
    d = symkern.derive(text, name="clipped", parameters=defaults)
    assert isinstance(d, Derivation), d
    assert {p.name: p.sign for p in d.activation.parameters} == signs
    module = d.compile()
    numbers = {k: float(v) for k, v in (defaults | good).items()}
    low, high = (-numbers["a"], numbers["a"]) if "a" in numbers else (numbers["lo"], numbers["hi"])
    fixed = symkern.derive(f"clip(x, {low}, {high})", name="fixed").compile()
    at = (0.3, 1.5, 0.7)
    assert float(module.nngp_fn(*at, **good)) == pytest.approx(float(fixed.nngp_fn(*at)), rel=1e-6)
    for function in (module.nngp_fn, module.d_nngp_fn):
        assert np.isnan(function(*at, **bad))
        assert np.isnan(jax.jit(function)(*at, **{k: jnp.float32(v) for k, v in bad.items()}))
    assert np.isnan(module.variance_fn(1.0, **bad))


def test_signs_are_not_assumed_without_need() -> None:
    d = symkern.derive("a*Max(0, x - b)", name="free", parameters={"a": 1.0, "b": 0.5})
    assert isinstance(d, Derivation)
    assert [p.sign for p in d.activation.parameters] == ["real", "real"]


def test_an_order_that_signs_do_not_tell() -> None:
    for defaults in ({"a": 0.0, "b": 1.0}, {"a": 1.0, "b": 2.0}):
        result = symkern.derive("clip(x, a, b)", name="f", parameters=defaults, closed_form=True)
        assert isinstance(result, NotDerived)
        assert "depends on the values of the parameters" in str(result)
