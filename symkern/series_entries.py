"""The rows of the catalogue without a closed form: their modules are tables with a bound."""

from __future__ import annotations

from symkern.activation import Parameter
from symkern.entry import Entry

_STEEPNESS = Parameter("beta", 1.0, description="steepness")

SERIES: tuple[Entry, ...] = (
    Entry("tanh", "tanh(x)", "the hyperbolic tangent"),
    Entry("sigmoid", "sigmoid(x)", "the logistic sigmoid 1/(1 + exp(-x))", aliases=("logistic", "expit")),
    Entry(
        "softplus",
        "softplus(beta*x)/beta",
        "log(1 + exp(beta x))/beta, a smooth rectifier",
        (_STEEPNESS,),
        reference="Dugas et al. 2001",
    ),
    Entry("silu", "x*sigmoid(x)", "x times its sigmoid", layer="SiLU", reference="Elfwing et al. 2018"),
    Entry("swish", "x*sigmoid(beta*x)", "x sigmoid(beta x)", (_STEEPNESS,), reference="Ramachandran et al. 2017"),
    Entry("mish", "x*tanh(softplus(x))", "x tanh(log(1 + exp(x)))", reference="Misra 2019"),
    Entry("log_sigmoid", "-softplus(-x)", "the logarithm of the logistic sigmoid", aliases=("logsigmoid",)),
    Entry("log_cosh", "log(cosh(x))", "the logarithm of the hyperbolic cosine", aliases=("logcosh",)),
    Entry("softsign", "x/(1 + Abs(x))", "x/(1 + |x|)", aliases=("soft_sign",)),
    Entry("arctan", "atan(x)", "the arc tangent", aliases=("atan",)),
    Entry(
        "gelu_tanh",
        "x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))",
        "the approximation of x Phi(x) by a hyperbolic tangent",
        reference="Hendrycks and Gimpel 2016",
    ),
    Entry("tanh_shrink", "x - tanh(x)", "x less its hyperbolic tangent", aliases=("tanhshrink",)),
    Entry("sech", "sech(x)", "the hyperbolic secant"),
    Entry(
        "sinc",
        "sin(b*x)/(b*x)",
        "the cardinal sine sin(b x)/(b x), with b = pi the one of signal processing",
        (Parameter("b", 1.0, description="frequency"),),
    ),
)

__all__ = ["SERIES"]
