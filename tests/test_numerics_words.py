"""Operations that are compiled once for both arithmetics of two words are the same program in both."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from symkern import numerics
from symkern.evaluation import x64
from symkern.numerics.words import Arithmetic


def operations() -> dict[str, Any]:
    """Every operation on pairs of the package, by its name."""
    modules = {
        m.name: importlib.import_module(f"symkern.numerics.{m.name}") for m in pkgutil.iter_modules(numerics.__path__)
    }
    found = [v for m in modules.values() for v in vars(m).values() if inspect.isfunction(v)]
    third, half = Fraction(1, 3), Fraction(1, 2)
    orthant, power, arcs = modules["orthant"], modules["power"], modules["arcs"]
    found += [orthant.quadrant(third, half), orthant.parity(third, half, 0), power._power(third), arcs.arc_rest(2)]
    return {f.__wrapped__.__qualname__: f for f in found if "alternatives" in inspect.getclosurevars(f).nonlocals}


OPERATIONS = operations()


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_not_refined_is_one_program(name: str) -> None:
    function = OPERATIONS[name]
    held = inspect.getclosurevars(function).nonlocals
    signature = inspect.signature(function.__wrapped__, eval_str=True).parameters.values()
    with x64(True):
        one, zero = jnp.ones(3), jnp.zeros(3)
        arguments = tuple(one if p.annotation is jax.Array else (one, zero) for p in signature)
        two, every = (
            program(held["alternatives"][a], arguments) for a in (Arithmetic.TWO_WORDS, Arithmetic.EVERY_DIGIT)
        )
    assert (two == every) is not held["refined"]


def program(compiled: Any, arguments: Any) -> str:
    """A function and its derivatives, as JAX writes them."""
    traced = jax.make_jaxpr(lambda *a: jax.jvp(compiled, a, a))(*arguments)
    return re.sub(r"0x[0-9a-f]+", "", str(traced))


def test_all_operations_are_found() -> None:
    assert {"exp", "sin", "atan2", "exp_phi", "exp_phi2", "multiply", "raised", "rest", "moment", "part"} <= {
        name.rpartition(".")[2] for name in OPERATIONS
    }
