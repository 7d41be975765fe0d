"""The oracle against closed forms typed by hand: is it accurate, and does it never understate its error?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import sympy as sp
from mpmath import mp, mpf, workdps
from sympy import Expr

from symkern.oracle import OracleError, Value, d_nngp, nngp, variance
from symkern.oracle.formula import feature_length, parity
from symkern.oracle.hermite import gauss_hermite
from symkern.oracle.inputs import Covariance, rational
from symkern.oracle.lattice import Lattice
from symkern.oracle.panels import gauss_legendre, integrate_plane
from symkern.oracle.price import d_nngp_by_differences
from symkern.symbols import x

Kernel = Callable[[mpf, mpf, mpf], mpf]


def tilted(k: float, c: mpf, v: mpf, w: mpf) -> tuple[mpf, mpf, mpf, mpf]:
    """Determinant and covariance of the Gaussian after multiplying by exp(-k (x**2 + y**2))."""
    k = mpf(k)
    d = (1 + 2 * k * v) * (1 + 2 * k * w) - 4 * k * k * c * c
    return d, (v * (1 + 2 * k * w) - 2 * k * c * c) / d, (w * (1 + 2 * k * v) - 2 * k * c * c) / d, c / d


def gabor(c: mpf, v: mpf, w: mpf) -> mpf:
    d, s, t, r = tilted(1, c, v, w)
    return mp.exp(-(s + t) / 2) * mp.sinh(r) / mp.sqrt(d)


def fast_gabor(c: mpf, v: mpf, w: mpf) -> mpf:
    d, s, t, r = tilted(0.5, c, v, w)
    return mp.exp(-25 * (s + t) / 2) * mp.cosh(25 * r) / mp.sqrt(d)


def moments(coefficients: dict[int, int]) -> Kernel:
    """A polynomial, by Isserlis' recurrence."""

    def kernel(c: mpf, v: mpf, w: mpf) -> mpf:
        @cache
        def moment(i: int, j: int) -> mpf:
            if i == j == 0:
                return mpf(1)
            if i == 0:
                return (j - 1) * w * moment(0, j - 2) if j > 1 else mpf(0)
            return ((i - 1) * v * moment(i - 2, j) if i > 1 else 0) + (j * c * moment(i - 1, j - 1) if j else 0)

        return sum(a * b * moment(i, j) for i, a in coefficients.items() for j, b in coefficients.items())

    return kernel


def growing(c: mpf, v: mpf, w: mpf) -> mpf:
    d = (1 - v / 4) * (1 - w / 4) - c * c / 16
    return 1 / mp.sqrt(d) if v < 4 and w < 4 and d > 0 else mp.inf


def chirp(c: mpf, v: mpf, w: mpf) -> mpf:
    a, b = (1 / mp.sqrt((1 - 2j * v) * (1 - 2j * s * w) + 4 * s * c * c) for s in (1, -1))
    return (a.real + b.real) / 2


def x_sine(c: mpf, v: mpf, w: mpf) -> mpf:
    return mp.exp(-(v + w) / 2) * ((v * w + c * c) * mp.cosh(c) + c * (1 - v - w) * mp.sinh(c))


def snake(c: mpf, v: mpf, w: mpf) -> mpf:
    return c + (1 - mp.exp(-2 * v) - mp.exp(-2 * w) + mp.exp(-2 * (v + w)) * mp.cosh(4 * c)) / 4


def bump(c: mpf, v: mpf, w: mpf) -> mpf:
    """1 + exp(-25 (x - 3)**2)."""

    def one(s: mpf) -> mpf:
        return mp.exp(-225 / (1 + 50 * s)) / mp.sqrt(1 + 50 * s)

    d, s, t, r = tilted(25, c, v, w)
    return 1 + one(v) + one(w) + mp.exp(-450 + 11250 * (s + t + 2 * r)) / mp.sqrt(d)


@dataclass(frozen=True, eq=False)
class Problem:
    name: str
    formula: Expr
    exact: Kernel
    derivative: Kernel | None = None
    largest: float = 1e4
    """the largest variance at which the points below take little time"""


def even(c: mpf, v: mpf, w: mpf) -> mpf:
    return mp.exp(-(v + w) / 2) * mp.cosh(c)


def odd(c: mpf, v: mpf, w: mpf) -> mpf:
    return mp.exp(-(v + w) / 2) * mp.sinh(c)


def exponential(c: mpf, v: mpf, w: mpf) -> mpf:
    return mp.exp((v + w) / 2 + c)


def difference(c: mpf, v: mpf, w: mpf) -> mpf:
    """x - sin(x): at small variance f itself cancels."""
    return c * (1 - mp.exp(-v / 2) - mp.exp(-w / 2)) + odd(c, v, w)


PROBLEMS = (
    Problem("sin", sp.sin(x), odd, even, largest=1e2),
    Problem("cos", sp.cos(x), even, odd, largest=1e2),
    Problem("exp", sp.exp(x), exponential, exponential),
    Problem("cosh", sp.cosh(x), lambda c, v, w: mp.exp((v + w) / 2) * mp.cosh(c)),
    Problem("gaussian", sp.exp(-(x**2)), lambda c, v, w: 1 / mp.sqrt(tilted(1, c, v, w)[0])),
    Problem("gabor", sp.exp(-(x**2)) * sp.sin(x), gabor),
    Problem("fast gabor", sp.exp(-(x**2) / 2) * sp.cos(5 * x), fast_gabor),
    Problem("x sin", x * sp.sin(x), x_sine, largest=1e2),
    Problem("snake", x + sp.sin(x) ** 2, snake, largest=1e2),
    Problem("x^3", x**3, moments({3: 1}), lambda c, v, w: 9 * moments({2: 1})(c, v, w)),
    Problem("x^11", x**11, moments({11: 1})),
    Problem("He4", x**4 - 6 * x**2 + 3, moments({4: 1, 2: -6, 0: 3})),
    Problem("exp(x^2/8)", sp.exp(x**2 / 8), growing),
    Problem("chirp", sp.cos(x**2), chirp, largest=4),
    Problem("x - sin", x - sp.sin(x), difference, largest=1e2),
    Problem("bump", 1 + sp.exp(-25 * (x - 3) ** 2), bump, largest=1),
)

E16 = Fraction(1, 10**16)
SMALL, LARGE = Fraction(1, 10**8), Fraction(10**4)
#: (cov12 / sqrt(var1 var2), var1, var2); the products of the variances are squares of rationals.
POINTS = (
    ("interior", Fraction(1, 2), Fraction(1), Fraction(1)),
    ("interior, unequal", Fraction(-3, 10), Fraction(9, 4), Fraction(1, 100)),
    ("near +1", 1 - E16, Fraction(1), Fraction(1)),
    ("near -1", -1 + Fraction(1, 10**5), Fraction(1), Fraction(1, 4)),
    ("exactly +1", Fraction(1), Fraction(4), Fraction(1, 4)),
    ("exactly -1", Fraction(-1), Fraction(1, 9), Fraction(1)),
    ("small", Fraction(9, 10), SMALL, SMALL),
    ("tiny rho", Fraction(1, 10**12), Fraction(1), Fraction(1)),
    ("tiny rho, negative", -Fraction(1, 10**12), Fraction(1, 4), Fraction(1)),
    ("independent", Fraction(0), Fraction(1), Fraction(1, 2)),
    ("one variance zero", Fraction(0), Fraction(0), Fraction(3, 2)),
    ("both zero", Fraction(0), Fraction(0), Fraction(0)),
    ("hundred", Fraction(99, 100), Fraction(100), Fraction(100)),
    ("hundred and small", Fraction(-1, 2), Fraction(100), SMALL),
    ("large", Fraction(9, 10), LARGE, LARGE),
    ("large, near +1", 1 - E16, LARGE, LARGE),
    ("large and small", Fraction(1, 2), LARGE, SMALL),
    ("large, independent", Fraction(0), LARGE, Fraction(1)),
)


def covariance(point: tuple[str, Fraction, Fraction, Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    _, rho, v, w = point
    root = Fraction(math.isqrt(v.numerator * w.numerator), math.isqrt(v.denominator * w.denominator))
    return rho * root, v, w


def judge(value: Value, exact: Kernel, numbers: tuple[Any, Any, Any], what: str) -> float:
    """Assert honesty; return the relative digits that are truly there."""
    with workdps(400):
        c, v, w = (mpf(q.numerator) / q.denominator for q in map(rational, numbers))
        want = exact(c, v, w)
        if mp.isinf(want) or mp.isinf(value.value):
            assert want == value.value, what
            return math.inf
        error = abs(value.value - want)
        assert error <= value.error, f"{what}: the error is {mp.nstr(error, 3)}, reported {mp.nstr(value.error, 3)}"
        return float(-mp.log10(error / abs(want))) if error and want else math.inf


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_accuracy_and_honesty(problem: Problem) -> None:
    reached = []
    for point in POINTS:
        if point[2] > problem.largest:
            continue
        numbers = covariance(point)
        value = nngp(problem.formula, *numbers)
        digits = judge(value, problem.exact, numbers, f"{problem.name}, {point[0]}")
        if value.method == "divergent":
            continue
        if not value.value:
            assert value.error < mpf(10) ** -100
            continue
        assert value.digits >= 25, f"{problem.name}, {point[0]}: {value}"
        assert digits >= 25
        reached.append(value.digits >= 30)
    assert sum(reached) >= 0.9 * len(reached)


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.derivative], ids=lambda p: p.name)
def test_derivative_by_covariance(problem: Problem) -> None:
    for point in POINTS:
        if point[2] <= problem.largest:
            numbers = covariance(point)
            value = d_nngp(problem.formula, *numbers)
            assert judge(value, problem.derivative, numbers, f"{problem.name}', {point[0]}") >= 25
            assert value.digits >= 25


STARVED = ({"max_dps": 24}, {"max_terms": 3000}, {"digits": 5}, {"max_dps": 40, "max_terms": 2e5})


@pytest.mark.parametrize("settings", STARVED, ids=str)
def test_honesty_when_starved(settings: dict[str, Any]) -> None:
    names = ("sin", "gabor", "snake", "exp(x^2/8)", "x - sin", "bump", "chirp")
    for problem in (p for p in PROBLEMS if p.name in names):
        for point in (p for p in POINTS[::4] if p[2] <= problem.largest):
            numbers = covariance(point)
            judge(nngp(problem.formula, *numbers, **settings), problem.exact, numbers, f"{problem.name}, {point[0]}")


def test_hermite_polynomials_are_orthonormal() -> None:
    for n in (1, 4, 9):
        value = nngp(sp.expand(sp.hermite_prob(n, x)) / sp.sqrt(sp.factorial(n)), Fraction(-2, 3), 1, 1)
        judge(value, lambda c, v, w, n=n: c**n, (Fraction(-2, 3), 1, 1), f"He{n}")
        assert value.digits >= 30


TINY = (
    ("1e-87: digits are bought", sp.sin(x), odd, (200, 400, 400), {"max_dps": 130}, 30),
    ("1e-87: too dear", sp.sin(x), odd, (200, 400, 400), {"max_dps": 60}, 0),
    ("1e-44: rho 0.99", sp.sin(x), odd, (990, 1000, 1000), {}, 30),
    ("1e-218 in one dimension", sp.cos(x), even, (0, 500, 500), {}, 30),
    ("beside an interior zero", 1 + 2 * x, lambda c, v, w: 1 + 4 * c, (-0.25 - 2.0**-40, 1, 1), {}, 30),
    ("rho 1e-30", sp.sin(x), odd, (1e-30, 1, 1), {}, 30),
)


@pytest.mark.parametrize(
    ("f", "exact", "numbers", "settings", "least"), [t[1:] for t in TINY], ids=[t[0] for t in TINY]
)
def test_tiny_results(f: Expr, exact: Kernel, numbers: tuple[Any, ...], settings: dict[str, Any], least: int) -> None:
    value = nngp(f, *numbers, **settings)
    judge(value, exact, numbers, str(f))
    assert value.digits >= least
    if not least:
        assert value.value == 0
        assert value.digits == 0
        assert value.error < mpf(10) ** -45


def test_zeros() -> None:
    odd_at_zero = nngp(sp.sin(x), 0, 2.0, 3.0)
    assert (odd_at_zero.value, odd_at_zero.error, odd_at_zero.digits) == (0, 0, math.inf)
    assert nngp(x * sp.exp(x), 0, 0, 1).method in {"constant", "product", "parity"}
    unforced = nngp(1 + 2 * x, -0.25, 1, 1)  # zero, but not by parity
    assert unforced.value == 0
    assert 0 < unforced.error < mpf(10) ** -100


def test_divergence() -> None:
    f = sp.exp(x**2 / 2)
    for numbers in ((0, 1, 0.5), (0.5, 0.6, 0.6), (0.3, 1.5, 0.1), (-1e-9, 1, 1)):
        value = nngp(f, *numbers)
        assert value.method == "divergent"
        assert value.value == mp.inf
    value = nngp(f, 0, 1 - 2.0**-30, 0.5)
    judge(value, lambda c, v, w: 1 / mp.sqrt((1 - v) * (1 - w) - c * c), (0, 1 - 2.0**-30, 0.5), "nearly divergent")
    assert value.digits >= 25
    assert nngp(sp.exp(sp.exp(x)), 0.1, 1, 1).method == "divergent"
    odd_and_divergent = x * f
    assert nngp(odd_and_divergent, 0, 2, 2).method == "divergent"
    assert nngp(odd_and_divergent, 0, 0, 2).value == 0, "X = 0, and f(0) f(Y) = 0"


CROSS = (
    ("interior", sp.sin(x), (0.4, 0.5, 0.6)),
    ("line", sp.cos(x) * x, (1, 1, 1)),
    ("neither odd nor even", sp.exp(x), (-0.6, 1, 0.5)),
)


@pytest.mark.parametrize(("f", "numbers"), [t[1:] for t in CROSS], ids=[t[0] for t in CROSS])
def test_the_second_method_agrees(f: Expr, numbers: tuple[Any, ...]) -> None:
    value = nngp(f, *numbers, digits=20, check=True)
    assert value.cross is not None
    assert value.digits >= 20, "the error covers the distance of both methods"


def test_prices_theorem_by_differences() -> None:
    f = x * sp.sin(x)
    rough, fine = d_nngp_by_differences(f, 0.3, 1, 2, digits=15), d_nngp(f, 0.3, 1, 2)
    assert rough.digits >= 14
    with workdps(50):
        assert abs(rough.value - fine.value) <= rough.error
    with pytest.raises(OracleError, match="inside"):
        d_nngp_by_differences(f, 1, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.largest == 1e2], ids=lambda p: p.name)
def test_large_variance(problem: Problem) -> None:
    for point in POINTS:
        if point[2] > problem.largest:
            numbers = covariance(point)
            with workdps(30):
                judge(nngp(problem.formula, *numbers), problem.exact, numbers, f"{problem.name}, {point[0]}")


@pytest.mark.slow
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_cross_and_price_everywhere(problem: Problem) -> None:
    for point in POINTS[:8]:
        numbers = covariance(point)
        value = nngp(problem.formula, *numbers, digits=20, check=True)
        assert value.digits >= 18 or value.cross is None or value.method == "divergent", f"{point[0]}: {value}"
        if point[0].startswith("interior") and value.method != "divergent":
            by_price, fine = d_nngp_by_differences(problem.formula, *numbers), d_nngp(problem.formula, *numbers)
            with workdps(60):
                assert abs(by_price.value - fine.value) <= by_price.error + fine.error, point[0]


def bumps(sharp: dict[int, int], base: int = 0) -> tuple[Expr, Callable[[mpf], mpf]]:
    """``base + sum exp(-a (x - b)**2)`` for ``b: a``, and its expectation at a variance."""
    f = base + sum(sp.exp(-a * (x - b) ** 2) for b, a in sharp.items())
    return (
        f,
        lambda v: (
            base + mp.fsum(mp.exp(-mpf(a) * b * b / (1 + 2 * a * v)) / mp.sqrt(1 + 2 * a * v) for b, a in sharp.items())
        ),
    )


def test_narrow_features_are_not_missed() -> None:
    """Each falls between all nodes of a coarse grid."""
    for sharp, base in (({0: 10**4, 5: 10**4}, 0), ({-1: 10**4, 3: 10**5, 0: 10**3}, 0), ({3: 10**4}, 1)):
        f, mean = bumps(sharp, base)
        value = nngp(f, 0, 1, 1, digits=12)
        judge(value, lambda c, v, w, mean=mean: mean(v) * mean(w), (0, 1, 1), str(f))
        assert value.digits >= 12

    def pair(rho: mpf) -> mpf:
        """Bumps exp(-400 (x - b)**2) at 0 and 3, variances of one."""
        a, d = mpf(400), 801**2 - (800 * rho) ** 2
        terms = [(p, q, a * a * (4 * (p * p + q * q) * (1 + 2 * a * (1 - rho**2)) + 8 * rho * p * q) / (2 * d))
                 for p in (0, 3) for q in (0, 3)]  # fmt: skip
        return mp.fsum(mp.exp(t - a * (p * p + q * q)) for p, q, t in terms) / mp.sqrt(d)

    numbers = (Fraction(-9, 10), 1, 1)
    value = nngp(bumps({0: 400, 3: 400})[0], *numbers)
    judge(value, lambda c, v, w: pair(c), numbers, "a bump at (3, 3) 39 digits below the rest")

    for f in (1 + 1 / sp.cosh(30 * (x - 3)) ** 2, 1 + sp.exp(30 * (x - 3)) / (1 + sp.exp(30 * (x - 3))) ** 2 * 4):
        value = nngp(f, 0, 1, 1, digits=8)
        with workdps(30):
            mass = mp.quad(lambda t: mp.npdf(3 + t / 30) / mp.cosh(t) ** 2 / 30, [-80, -20, -5, 0, 5, 20, 80])
            half = mp.quad(lambda t: mp.npdf(3 + t / 15) / mp.cosh(t) ** 2 / 15, [-80, -20, -5, 0, 5, 20, 80])
            assert abs(value.value - (1 + (mass if f.has(sp.cosh) else half)) ** 2) <= value.error + mpf(10) ** -20


def test_hidden_scales_of_formulas() -> None:
    assert feature_length(1 / sp.cosh(1000 * (x - 3)) ** 2) <= 1e-3
    assert feature_length(1 / (1 + sp.exp(1000 * (x - 3)))) <= 1e-3
    assert feature_length(sp.cos(x - 1) ** 10000) <= 0.01
    assert feature_length((1 + (x - 1) ** 2) ** -10000) <= 0.01
    assert feature_length(sp.exp(-(10**6) * sp.sin(x - 5) ** 2)) == pytest.approx(1 / math.sqrt(2e6), rel=1e-3)
    assert feature_length(sp.sin(sp.expand((x - 1) ** 12))) < math.inf, "a multiple root is no crash"


def test_growth_beyond_the_grid() -> None:
    value = nngp(sp.exp(2000 * x), LARGE, LARGE, LARGE)
    judge(value, lambda c, v, w: mp.exp(2 * mpf(2000) ** 2 * v), (LARGE, LARGE, LARGE), "exp(2000 x)")
    assert value.digits >= 30
    slow = nngp(sp.exp(x**2 / 2) / (1 + x**2), 0, 1, 1)  # (pi/2): it decays like a power
    assert slow.method == "unresolved"
    assert nngp(x * sp.exp(x**2 / 2) / (1 + x**2) ** 2, 0, 1, 1).method in {"unresolved", "parity"}


@pytest.mark.parametrize("f", [sp.exp(-sp.exp(x)), x * sp.tanh(sp.exp(x)), sp.sin(sp.exp(x))], ids=str)
def test_nested_exponentials_end(f: Expr) -> None:
    value = nngp(f, 0, 1, 1, digits=10)
    assert value.digits >= 10 or value.method == "unresolved"


def test_constants_that_cancel_and_starved_settings() -> None:
    zero = sp.sin(sp.Integer(1)) ** 2 + sp.cos(sp.Integer(1)) ** 2 - 1
    for f in (zero, x**2 + sp.sin(x + 1) ** 2 + sp.cos(x + 1) ** 2 - 1):
        value = nngp(f, 0, 0, 1)
        assert value.value == 0
        assert value.digits in {0, math.inf}
    for most in (-1, 0, 2, 5, 10, 12):
        assert nngp(sp.sin(x), 0.5, 1, 1, max_dps=most).method == "unresolved"
    with pytest.raises(OracleError, match="digits"):
        nngp(sp.sin(x), 0.5, 1, 1, digits=0)
    tiny = Fraction(1, 10**700)
    assert nngp(1 - sp.cos(x), 0, tiny, tiny).method == "unresolved"
    judge(nngp(sp.sin(x), tiny / 2, tiny, tiny), odd, (tiny / 2, tiny, tiny), "sin, variance 1e-700")


REFUSED = (
    (sp.Abs(sp.sin(x)), "without end"),
    (sp.Max(0, sp.floor(x)), "not smooth"),
    (sp.Max(0, sp.log(x)), "not smooth"),
    (sp.sign(x) * sp.sqrt(x), "not smooth"),
    (sp.Max(0, x) + sp.Symbol("a"), "substitute"),
    (sp.floor(x), "not smooth"),
    (sp.log(x), "not smooth"),
    (1 / x, "not smooth"),
    (sp.sqrt(x), "not smooth"),
    (sp.Symbol("a") * x, "substitute"),
)


@pytest.mark.parametrize(("f", "message"), REFUSED, ids=lambda p: str(p))
def test_refusals(f: Expr, message: str) -> None:
    for question in (nngp, d_nngp):
        with pytest.raises(OracleError, match=message) as caught:
            question(f, 0.5, 1, 1)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "numbers", [(2, 1, 1), (0.1, -1, 1), (math.nan, 1, 1), (0, math.inf, 1), (1e-9, 0, 1), ("c", 1, 1)]
)
def test_no_covariance(numbers: tuple[Any, ...]) -> None:
    with pytest.raises(OracleError):
        nngp(sp.sin(x), *numbers)


def test_rounding_beyond_the_bound_counts_as_one() -> None:
    v, w = 0.3, 0.7
    values = [nngp(sp.exp(x), math.sqrt(v * w) * (1 + k), v, w) for k in (1e-7, 2e-16)]
    assert values[0] == values[1]
    with workdps(60):
        assert abs(values[0].value - mp.exp((mp.sqrt(v) + mp.sqrt(w)) ** 2 / 2)) <= values[0].error


def test_inputs_are_exact() -> None:
    assert rational(0.1) == Fraction(0.1)
    assert rational(sp.Rational(1, 3)) == Fraction(1, 3)
    with workdps(50):
        third = mpf(1) / 3
    assert rational(third) == Fraction(int(third.man), 1) * Fraction(2) ** int(third.exp)
    near = Covariance.of(1 - E16, 1, 1)
    assert near.gap == 2 * E16 - E16**2
    assert near.aligned == 0
    with workdps(40):
        (a, b), (c, d) = near.rotated()
        assert abs(a * a + b * b - 1) < mpf(10) ** -38
        assert abs(a * c + b * d - (1 - mpf(10) ** -16)) < mpf(10) ** -38


def test_order_of_the_variances_and_irrational_constants() -> None:
    assert nngp(sp.sin(x), 0.1, 1, 2) == nngp(sp.sin(x), 0.1, 2, 1)
    assert variance(sp.sin(x), 2.0) == nngp(sp.sin(x), 2, 2, 2)
    f = sp.sqrt(2) * sp.sin(sp.pi * x) + sp.Float(0.1)
    numbers = (Fraction(1, 7), Fraction(1, 2), Fraction(1, 3))
    value = nngp(f, *numbers)
    judge(value, lambda c, v, w: 2 * odd(mp.pi**2 * c, mp.pi**2 * v, mp.pi**2 * w) + mpf(0.1) ** 2, numbers, str(f))
    assert value.digits >= 30
    assert nngp(sp.Integer(3) / 2, 0.5, 1, 1).value == 2.25


@pytest.mark.parametrize("rotated", [False, True])
def test_panels_split_at_kinks(rotated: bool) -> None:
    """``E|X Y| = 2/pi d1 d2 (sqrt(1 - r**2) + r asin r)``."""
    with workdps(30):
        covariance = Covariance.of(Fraction(1, 2), 1, Fraction(3, 2))
        d, m, s = covariance.sheared()
        matrix = covariance.rotated() if rotated else ((d, mpf(0)), (m * d, s))
        box = ((-9.0, 9.0), (-9.0, 9.0))
        value = integrate_plane(abs, matrix, box, (3.0, 3.0), 20, breakpoints=(mpf(0),))
        d1, d2 = mp.sqrt(1.5), mpf(1)
        r = mpf(0.5) / (d1 * d2)
        assert abs(value - 2 / mp.pi * d1 * d2 * (mp.sqrt(1 - r * r) + r * mp.asin(r))) < mpf(10) ** -14


def test_rules_are_exact_for_polynomials() -> None:
    with workdps(50):
        for order in (2, 7, 20):
            z, w = gauss_hermite(order)
            assert abs(mp.fdot(w, [t ** (2 * order - 2) for t in z]) / mp.fac2(2 * order - 3) - 1) < mpf(10) ** -45
            found = mp.fsum(p * t ** (2 * order - 2) for t, p in gauss_legendre(order))
            assert abs(found - mpf(2) / (2 * order - 1)) < mpf(10) ** -48


@pytest.mark.parametrize("m", ["0.9", "-0.3", "1e-12", "7e6", "-3.01"])
def test_lattices_fit(m: str) -> None:
    with workdps(40):
        hx, hy, slope = mpf("0.37"), mpf("0.11"), mpf(m)
        lattice = Lattice.fit(hx, hy, slope)
        shift = mpf(lattice.shift.numerator) / lattice.shift.denominator
        assert abs(slope * lattice.hx - shift * lattice.hy) < mpf(10) ** -36 * abs(slope)
        assert hx / 2 < lattice.hx <= hx * (1 + mpf(10) ** -38)
        assert hy / 2 < lattice.hy <= hy * (1 + mpf(10) ** -38)
        assert all(abs(lattice.rest(row)) <= Fraction(1, 2) for row in range(-20, 20))


def test_formulas_are_read() -> None:
    assert [parity(f) for f in (sp.sin(x), x * sp.sin(x), x + 1, sp.exp(x) + sp.exp(-x))] == [-1, 1, 0, 1]
    assert feature_length(x**5 + sp.exp(3 * x)) == math.inf
    assert feature_length(sp.sin(5 * x)) == pytest.approx(0.2)
    assert feature_length(1 + sp.exp(-100 * (x - 3) ** 2)) == pytest.approx(1 / math.sqrt(200))


@pytest.mark.parametrize(("c", "v", "w"), [(0.5, 1.0, 1.0), (-0.9, 1.0, 2.0), (3e-9, 1e-8, 1e-8), (20.0, 50.0, 20.0)])
def test_removable_poles(c: float, v: float, w: float) -> None:
    """``sin(x)/x`` is the mean of ``cos(s x)`` over ``|s| < 1``: its kernel by a second method, a smooth integral over a square."""
    with workdps(30):

        def moved(s: mpf, t: mpf, slopes: int) -> mpf:
            return (s * t) ** slopes * mp.exp(-(v * s * s + 2 * c * s * t + w * t * t) / 2) / 4

        edges = [-1, 0, 1]
        for ask, slopes in ((nngp, 0), (d_nngp, 1)):
            value = ask(sp.sin(x) / x, c, v, w, digits=20)
            exact = mp.quad(lambda s, t, n=slopes: moved(s, t, n), edges, edges)
            assert abs(value.value - (-1) ** slopes * exact) <= value.error + abs(exact) * mpf(10) ** -18
            assert value.digits > 19


def test_removable_poles_elsewhere() -> None:
    """Of any argument, with other factors, powers, and kinks; what stays a pole is refused."""
    shifted = variance(sp.sin(2 * x - 2) ** 2 / (3 * x - 3), 1, digits=16)
    with workdps(30):
        exact = mp.quad(
            lambda t: (mp.sin(2 * t - 2) ** 2 / (3 * t - 3)) ** 2 * mp.npdf(t),
            [-12, -4, -1, 0, mpf("0.98"), mpf("1.03"), 2, 4, 12],
        )
    assert abs(shifted.value - exact) < mpf(10) ** -14
    assert nngp(sp.sin(x) / sp.Abs(x), 1, 1, 1, digits=16).value == pytest.approx(0.763955654940914548)
    for formula in (sp.sin(x) / x**2, sp.sin(x) / (x - 1), sp.cos(x) / x):
        with pytest.raises(OracleError, match="not smooth"):
            nngp(formula, 0.5, 1, 1)
