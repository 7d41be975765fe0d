"""Kernels may be traced in several threads at once: nothing that they need is kept in a place that is everybody's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from symkern.evaluation import DTYPES, x64
from symkern.numerics.hypergeometric_tables import Hypergeometric
from symkern.verification import generated_module


def test_tables_do_not_depend_on_what_others_do_with_mpmath() -> None:
    third, half = Fraction(1, 3), Fraction(1, 2)
    function = Hypergeometric(half, third, Fraction(9, 4), half, -1, Fraction(1))
    alone = function.connection()
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(function.connection) for _ in range(6)]
        for k in range(2000):
            with mpmath.workdps(15 + k % 90):
                assert mpmath.mp.dps == 15 + k % 90
                mpmath.sin(mpmath.mpf(k))
        assert all(job.result() == alone for job in jobs)


@pytest.mark.parametrize("name", ["gelu", "cos"])
def test_both_dtypes_are_traced_at_once(name: str) -> None:
    module = generated_module(name)

    def value(dtype: str) -> np.ndarray:
        with x64(dtype == "float64"):
            numbers = [jnp.asarray(np.array([v]), dtype) for v in (0.25, 1.0, 2.0)]
            return np.asarray(jax.jit(module.nngp_and_d_nngp_fn)(*numbers))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(value, [*DTYPES, *DTYPES]))
    for dtype, result in zip([*DTYPES, *DTYPES], found, strict=True):
        assert result.dtype == dtype
        assert np.array_equal(result, value(dtype))
