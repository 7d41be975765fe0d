"""The rows of the catalogue, as data."""

from __future__ import annotations

from symkern.activation import Option, Parameter
from symkern.entry import Entry

_SCALE = Parameter("a", 1.0, description="output scale")
_FREQUENCY = Parameter("b", 1.0, description="input scale")
_PHASE = Parameter("c", 0.0, description="input phase shift")
_STABILIZE = Option("do_stabilize", False, "the kernel is computed at unit variances anyway")

WAVES = (
    Entry("sin", "a*sin(b*x + c)", "the sine a sin(b x + c)", (_SCALE, _FREQUENCY, _PHASE), ("sine",)),
    Entry("cos", "a*cos(b*x + c)", "the cosine a cos(b x + c)", (_SCALE, _FREQUENCY, _PHASE), ("cosine",)),
    Entry(
        "rbf",
        "sqrt(2)*sin(sqrt(2*gamma)*x + pi/4)",
        "the activation whose NNGP kernel is the squared exponential exp(-gamma (var1 + var2 - 2 cov12))",
        (Parameter("gamma", 1.0, "positive", "inverse squared length scale, 1 / (2 l^2)"),),
        ("squared_exponential",),
        "Han et al. 2022, arXiv 2209.04121",
    ),
    Entry("gabor", "exp(-x**2)*sin(x)", "the Gabor function exp(-x^2) sin(x)"),
    Entry(
        "morlet",
        "exp(-x**2/2)*cos(omega*x)",
        "the Morlet wavelet exp(-x^2/2) cos(omega x), without its normalisation",
        (Parameter("omega", 5.0, description="central frequency"),),
    ),
    Entry("x_sin", "x*sin(x)", "x sin(x)", aliases=("xsin",)),
    Entry(
        "snake",
        "x + sin(a*x)**2/a",
        "the snake x + sin(a x)^2 / a",
        (Parameter("a", 1.0, "positive", "frequency"),),
        reference="Ziyin, Hartwig & Ueda 2020, arXiv 2006.08195",
    ),
)

EXPONENTIALS = (
    Entry("exp", "a*exp(b*x)", "the exponential a exp(b x)", (_SCALE, _FREQUENCY), ("exponential",)),
    Entry(
        "gaussian",
        "a*exp(b*x**2)",
        "the Gaussian a exp(b x^2)",
        (_SCALE, Parameter("b", -1.0, description="coefficient of x^2; where it is positive, small variances only")),
    ),
    Entry("sinh", "sinh(x)", "the hyperbolic sine"),
    Entry("cosh", "cosh(x)", "the hyperbolic cosine"),
    Entry(
        "ricker",
        "(1 - x**2)*exp(-x**2/2)",
        "the Ricker wavelet (1 - x^2) exp(-x^2/2), without its normalisation",
        aliases=("mexican_hat",),
    ),
    Entry("laplace", "exp(-Abs(x))", "the two-sided exponential exp(-|x|)"),
    Entry(
        "exp_normalized",
        "sqrt(var1*var2)*exp(gamma*(cov12/sqrt(var1*var2) + shift))",
        "the kernel sqrt(var1 var2) exp(gamma (rho + shift)) of the correlation rho",
        (
            Parameter("gamma", 1.0, description="weight of the correlation; a kernel where it is not negative"),
            Parameter("shift", -1.0, description="added to the correlation"),
        ),
        ("expnormalized",),
        "Shankar et al. 2020, arXiv 2003.02237",
        kernel=True,
        options=(Option("do_clip", False, "a correlation beyond 1 by rounding counts as 1 anyway"),),
    ),
)

RECTIFIERS = (
    Entry(
        "relu",
        "Max(0, x)",
        "the rectified linear unit max(0, x)",
        aliases=("rectifier",),
        reference="Cho & Saul 2009",
        options=(_STABILIZE,),
    ),
    Entry(
        "leaky_relu",
        "Max(0, x) - alpha*Max(0, -x)",
        "the leaky rectified linear unit: x above zero, alpha x below",
        (Parameter("alpha", 0.1, description="slope below zero"),),
        ("leakyrelu",),
        options=(_STABILIZE,),
    ),
    Entry(
        "abrelu",
        "a*Min(x, 0) + b*Max(x, 0)",
        "a min(x, 0) + b max(x, 0)",
        (
            Parameter("a", 0.1, description="slope below zero"),
            Parameter("b", 1.0, description="slope above zero"),
        ),
        ("ab_relu",),
        "Tsuchida, Roosta & Gallagher 2018, arXiv 1711.09090",
        layer="ABRelu",
        options=(_STABILIZE,),
    ),
    Entry("abs", "Abs(x)", "the absolute value", options=(_STABILIZE,)),
    Entry(
        "squared_relu", "relu(x)**2", "max(0, x)^2", aliases=("relu2",), reference="So et al. 2021, arXiv 2109.08668"
    ),
    Entry(
        "shifted_relu",
        "Max(x - bias, 0)",
        "the rectified linear unit max(0, x - bias)",
        (Parameter("bias", 0.5, description="where it starts to rise"),),
        reference="Song, Yang & Zhang 2021, arXiv 2110.04622",
    ),
    Entry(
        "thresholded_relu",
        "Piecewise((x, x > theta), (0, True))",
        "x above theta, 0 below; it jumps at theta",
        (Parameter("theta", 1.0, description="where it jumps"),),
        reference="Konda, Memisevic & Krueger 2014, arXiv 1402.3337",
    ),
    Entry("relu6", "Min(Max(x, 0), 6)", "min(max(0, x), 6)"),
    Entry(
        "elu",
        "Piecewise((x, x > 0), (alpha*(exp(x) - 1), True))",
        "the exponential linear unit: x above zero, alpha (exp(x) - 1) below",
        (Parameter("alpha", 1.0, description="the negative limit"),),
        reference="Clevert, Unterthiner & Hochreiter 2015, arXiv 1511.07289",
    ),
    Entry(
        "selu",
        "1.0507009873554805*Piecewise((x, x > 0), (1.6732632423543772*(exp(x) - 1), True))",
        "the self-normalising exponential linear unit",
        reference="Klambauer et al. 2017, arXiv 1706.02515",
    ),
    Entry(
        "celu",
        "Piecewise((x, x > 0), (alpha*(exp(x/alpha) - 1), True))",
        "the continuously differentiable exponential linear unit: x above zero, alpha (exp(x/alpha) - 1) below",
        (Parameter("alpha", 1.0, "positive", "the negative limit, and the scale of the exponential"),),
        reference="Barron 2017, arXiv 1704.07483",
    ),
)

CLIPS = (
    Entry("sign", "sign(x)", "the sign"),
    Entry("step", "Heaviside(x)", "the unit step, 1/2 at zero", aliases=("heaviside",)),
    Entry("hard_tanh", "clip(x, -1, 1)", "x cut off at -1 and 1", aliases=("hardtanh",)),
    Entry(
        "hard_sigmoid",
        "clip(x/6 + 1/2, 0, 1)",
        "x/6 + 1/2 cut off at 0 and 1",
        aliases=("hardsigmoid",),
    ),
    Entry(
        "hard_swish",
        "x*clip(x/6 + 1/2, 0, 1)",
        "x times the hard sigmoid",
        aliases=("hardswish", "hard_silu"),
        reference="Howard et al. 2019, arXiv 1905.02244",
    ),
    Entry(
        "soft_shrink",
        "Max(x - lambd, 0) - Max(-x - lambd, 0)",
        "x drawn towards zero by lambd",
        (Parameter("lambd", 0.5, "positive", "half the width of the dead zone"),),
        ("softshrink", "soft_threshold"),
    ),
    Entry(
        "hard_shrink",
        "Piecewise((x, x > lambd), (x, x < -lambd), (0, True))",
        "x where |x| > lambd, 0 elsewhere; it jumps at both",
        (Parameter("lambd", 0.5, "positive", "half the width of the dead zone"),),
        ("hardshrink", "hard_threshold"),
    ),
    Entry("triangle", "Max(0, 1 - Abs(x))", "the triangle max(0, 1 - |x|), the linear B-spline"),
    Entry(
        "b_spline",
        "Piecewise((0, Abs(x) >= 2), ((2 - Abs(x))**3/6, Abs(x) >= 1), (2/3 - x**2 + Abs(x)**3/2, True))",
        "the cubic B-spline with knots -2, -1, 0, 1, 2",
        aliases=("bspline", "cubic_b_spline"),
        reference="Schoenberg 1946",
    ),
)

PROBABILITIES = (
    Entry(
        "erf",
        "a*erf(b*x) + c",
        "the error function a erf(b x) + c",
        (_SCALE, _FREQUENCY, Parameter("c", 0.0, description="output shift")),
        reference="Williams 1996",
    ),
    Entry(
        "sigmoid_like",
        "erf(x/2.4020563531719796)/2 + 1/2",
        "the error function nearest to the logistic sigmoid on [-5, 5]",
        layer="Sigmoid_like",
    ),
    Entry("probit", "Phi(x)", "the normal distribution function Phi(x)", aliases=("normal_cdf",)),
    Entry(
        "gelu",
        "x*Phi(x)",
        "the Gaussian error linear unit x Phi(x)",
        reference="Tsuchida et al. 2021, arXiv 2002.08517",
        options=(Option("approximate", False, "of the finite-width activation, which is exact here"),),
    ),
    Entry(
        "gelu_erf_scaled",
        "x*Phi(beta*x)",
        "the Gaussian error linear unit x Phi(beta x) of another steepness",
        (Parameter("beta", 1.0, description="steepness"),),
    ),
    Entry("quadratic_gelu", "x**2*Phi(x)", "x^2 Phi(x), a smooth squared rectifier"),
    Entry("x_erf", "x*erf(x)", "x erf(x), a smooth absolute value", aliases=("xerf",)),
)

ENTRIES: tuple[Entry, ...] = (*WAVES, *EXPONENTIALS, *RECTIFIERS, *CLIPS, *PROBABILITIES)

__all__ = ["ENTRIES"]
