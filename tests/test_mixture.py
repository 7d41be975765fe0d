"""Kernels of mixtures of Gaussians and error functions, and tables with a mixture beyond their variances, beside the oracle."""

from __future__ import annotations

import json
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from resolved import largest_error

from symkern.domain import Point
from symkern.elementwise import numerical_kernels
from symkern.evaluation import DTYPES, derivatives, values, x64
from symkern.generated import tanh
from symkern.numerics import AngularKernels, AngularTable, MixtureTable, Regimes
from symkern.parse import parse_activation
from symkern.references import Reference, references
from symkern.series import mixture as making
from symkern.series.angular import NotConvergedError
from symkern.series.cells import Cells, cells, number
from symkern.series.fields import Fields
from symkern.series.mixture import MixtureFields, mixture, worst_of
from symkern.series.polar import reach
from symkern.series.regimes import RegimeFields, fields_of
from symkern.symbols import x

ALL_KINDS = "2*exp(-x**2/4) - exp(-x**2)/3 - x*exp(-x**2)/3 + erf(x/2) - erf(2*x)/4 + x*erf(3*x)/5 + 1/7 + x/9"
"""At smaller variances than the others: that takes the oracle long."""
MIXTURE = {
    "bumps": ((0.0, 1 / 7), (0.5, 2.0), (1.0, -1 / 3)),
    "x_bumps": ((0.0, 1 / 9), (1.0, -1 / 3)),
    "erfs": ((0.5, 1.0), (2.0, -0.25)),
    "x_erfs": ((3.0, 0.2),),
}
PLACES = (
    (1e-6, 1e-6, 0.9),
    (1e-6, 1e4, -0.4),
    (0.3, 0.3, 1.0),
    (0.3, 0.3, -1.0),
    (0.7, 40.0, 0.9),
    (0.7, 40.0, -0.999),
    (150.0, 2.0, 0.0),
    (150.0, 150.0, 1 - 1e-9),
    (150.0, 150.0, -0.4),
    (1e4, 3.0, 0.7),
    (1e4, 1e4, 1.0),
)
"""Two variances and a correlation."""
LARGEST = 1e4


def places(formula: str = "") -> list[Point]:
    """On the domain's edge for ``ρ = ±1`` too."""
    least = [(min(v, 30.0), min(w, 30.0), rho) for v, w, rho in PLACES] if formula == ALL_KINDS else PLACES
    return [Point(rho * (v if v == w else (v * w) ** 0.5), v, w, "interior") for v, w, rho in least]


@cache
def true(formula: str) -> list[Reference]:
    return references(parse_activation(formula, []), places(formula), digits=16)


@cache
def cells_of(formula: str, *, slope: bool = False) -> Cells:
    f = parse_activation(formula, [])
    return cells(number(f.diff(x) if slope else f), reach(LARGEST))


def table_of(fields: MixtureFields) -> MixtureTable:
    given = fields.as_dict()
    return MixtureTable(**given)


def off(found: np.ndarray, formula: str, *, slope: bool = False) -> float:
    return largest_error(found, true(formula), slope=slope)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_pair_of_terms(dtype: str) -> None:
    """Each kind with each, polynomials included, at every correlation and variance."""
    one = MixtureTable(largest=LARGEST, order=0, bound=0.0, **MIXTURE)
    kernels = AngularKernels(nngp=one, d_nngp=one)  # type: ignore[arg-type]
    for mode in ("eager", "jit"):
        found = values(kernels.nngp_fn, places(ALL_KINDS), dtype, {}, mode)
        mirrored = [Point(p.cov12, p.var2, p.var1, p.region) for p in places(ALL_KINDS)]
        assert off(found, ALL_KINDS) <= 64 * np.finfo(dtype).eps
        assert np.array_equal(found, values(kernels.nngp_fn, mirrored, dtype, {}, mode))


@pytest.mark.parametrize("slope", [False, True], ids=["nngp", "d_nngp"])
@pytest.mark.parametrize(
    "formula",
    [
        "tanh(x)",
        pytest.param("x/(1 + exp(-x))", marks=pytest.mark.slow),
        pytest.param("1/(1 + exp(-x))", marks=pytest.mark.slow),
        pytest.param("1/cosh(x)", marks=pytest.mark.slow),
    ],
)
def test_the_bound_holds_at_every_variance(formula: str, slope: bool) -> None:
    fields = mixture(cells_of(formula, slope=slope), LARGEST, 1e-10)
    assert fields.bound <= 1e-10 and fields_again(fields) == fields
    one = table_of(fields)
    kernels = AngularKernels(nngp=one, d_nngp=one)  # type: ignore[arg-type]
    assert (
        1e-3 * fields.bound
        <= off(values(kernels.nngp_fn, places(), "float64", {}), formula, slope=slope)
        <= fields.bound
    )


def fields_again(fields: MixtureFields) -> MixtureFields:
    return MixtureFields.of(json.loads(json.dumps(fields.as_dict())))


def test_a_looser_tolerance_takes_fewer_terms() -> None:
    loose, tight = (mixture(cells_of("tanh(x)"), LARGEST, t) for t in (1e-5, 1e-10))
    assert len(loose.erfs) < len(tight.erfs)
    assert tight.bound < 1e-10 < loose.bound < 1e-5
    assert worst_of(tight, cells_of("tanh(x)")) <= tight.bound


@pytest.mark.parametrize(("formula", "largest"), [("atan(x)", 1e4), ("sin(3*x)", 10.0)])
def test_no_mixture_is_an_answer(formula: str, largest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tails of powers need scales without end, waves have none; no number of terms that is tried is enough."""
    monkeypatch.setattr(making, "COUNTS", making.COUNTS[:5])
    with pytest.raises(NotConvergedError, match="a mixture has an error of"):
        making.mixture(cells(number(parse_activation(formula, [])), reach(largest)), largest, 1e-10)


@cache
def regimes() -> tuple[tuple[RegimeFields, RegimeFields], AngularKernels]:
    """Those of tanh: the committed tables up to a variance of 100, and beyond it mixtures."""
    tables = [Fields.of(getattr(tanh.KERNELS, kernel)) for kernel in ("nngp", "d_nngp")]
    mixtures = [mixture(cells_of("tanh(x)", slope=slope), LARGEST, 1e-10) for slope in (False, True)]
    pair = [RegimeFields(near, beyond) for near, beyond in zip(tables, mixtures, strict=True)]
    nngp, d_nngp = (Regimes(near=AngularTable(**f.near.as_dict()), beyond=table_of(f.beyond)) for f in pair)
    return (pair[0], pair[1]), AngularKernels(nngp=nngp, d_nngp=d_nngp)


@pytest.mark.parametrize(
    "slope", [pytest.param(False, marks=pytest.mark.slow, id="nngp"), pytest.param(True, id="d_nngp")]
)
def test_regimes_are_one_kernel(slope: bool) -> None:
    pair, kernels = regimes()
    fields, fn = pair[slope], kernels.d_nngp_fn if slope else kernels.nngp_fn
    assert fields_of(json.loads(json.dumps(fields.as_dict()))) == fields
    assert fields.largest == kernels.table("d_nngp" if slope else "nngp").largest == LARGEST
    for mode in ("eager", "jit"):
        assert off(values(fn, places(), "float64", {}, mode), "tanh(x)", slope=slope) <= fields.bound
    with x64(True):
        edge = np.nextafter(100.0, [0.0, 200.0])
        below, above = fn(30.0, edge, edge)
        assert 0 < abs(above - below) <= 2 * fields.bound * below


def test_beyond_the_mixture_there_is_nothing() -> None:
    (fields, _), kernels = regimes()
    with x64(True):
        v = jnp.asarray([99.0, 101.0, 1e4, 1.001e4])
        assert np.isnan(kernels.variance_fn(v)).tolist() == [False, False, False, True]
        assert np.isnan(kernels.nngp_fn(v / 2, v, 1.0)).tolist() == [False, False, False, True]
        assert np.array_equal(kernels.variance_fn(v[:3]), kernels.nngp_fn(v[:3], v[:3], v[:3]))
        bound = kernels.error_bound_fn(0.0, v[:3], v[:3]) / kernels.variance_fn(v[:3])
        least = min(fields.near.bound, fields.beyond.bound)
        assert np.all((least <= bound) & (bound <= 1.1 * fields.bound))


def test_a_gram_matrix_through_both_regimes() -> None:
    """Under two ``vmap``, as neural-tangents calls a kernel."""
    _, kernels = regimes()
    with x64(True):
        inputs = jnp.asarray(np.random.default_rng(0).normal(size=(12, 3)) * np.geomspace(0.1, 80, 12)[:, None])
        v = (inputs**2).sum(1)
        whole = jax.jit(jax.vmap(jax.vmap(kernels.nngp_fn, (0, None, 0)), (0, 0, None)))(inputs @ inputs.T, v, v)
        direct = kernels.nngp_fn(inputs @ inputs.T, v[:, None], v[None])
        assert np.allclose(whole, direct, rtol=1e-12, atol=0)
        assert np.linalg.eigvalsh(whole).min() > -1e-8


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
def test_derivatives_beyond(dtype: str) -> None:
    """By differences in float64, also at equal variances."""
    _, kernels = regimes()
    at = [
        Point(200.0, 400.0, 400.0, "interior"),
        Point(-3.0, 900.0, 0.5, "interior"),
        Point(90.0, 99.0, 150.0, "interior"),
    ]
    first, *second = derivatives(kernels.nngp_fn, at, dtype, {})
    assert np.all(np.isfinite(first)) and np.all(np.isfinite(second))
    for i, p in enumerate(at):
        for k in (1, 2):
            step = 1e-3 * p.values[k]
            moved = [Point(*(v + s * step * (j == k) for j, v in enumerate(p.values)), "interior") for s in (1, -1)]
            up, down = values(kernels.nngp_fn, moved, "float64", {})
            assert first[k, i] == pytest.approx((up - down) / (2 * step), rel=2e-3)
            slopes = derivatives(kernels.nngp_fn, moved, "float64", {})[0]
            assert second[k][k, i] == pytest.approx((slopes[k, 0] - slopes[k, 1]) / (2 * step), rel=2e-2)


def test_code_at_large_variances() -> None:
    """The same for an activation that is given as code."""
    kernels = numerical_kernels(jnp.tanh, None, 1e-5, LARGEST)
    assert isinstance(kernels.d_nngp, Regimes) and kernels.d_nngp.largest == LARGEST
    for fn, table, slope in ((kernels.nngp_fn, kernels.nngp, False), (kernels.d_nngp_fn, kernels.d_nngp, True)):
        assert isinstance(table, Regimes)
        bound = max(table.near.bound, table.beyond.bound)
        assert bound <= 1e-5
        assert off(values(fn, places(), "float64", {}), "tanh(x)", slope=slope) <= bound
