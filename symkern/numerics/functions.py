"""The functions of double words that generated code calls."""
from symkern.numerics import arithmetic, exponential, trigonometric
from symkern.numerics.double_word import DoubleWord


def sqrt(x: DoubleWord) -> DoubleWord:
    return DoubleWord(*arithmetic.sqrt(x.pair))

def exp(x: DoubleWord) -> DoubleWord:
    return DoubleWord(*exponential.exp(x.pair))

def expm1(x: DoubleWord) -> DoubleWord:
    return DoubleWord(*exponential.expm1(x.pair))

def exp_sinh(e: DoubleWord, u: DoubleWord) -> DoubleWord:
    return DoubleWord(*exponential.exp_sinh(e.pair, u.pair))

def exp_cosh(e: DoubleWord, u: DoubleWord) -> DoubleWord:
    return DoubleWord(*exponential.exp_cosh(e.pair, u.pair))

def exp_coshm1(e: DoubleWord, u: DoubleWord) -> DoubleWord:
    return DoubleWord(*exponential.exp_coshm1(e.pair, u.pair))

def sin(x: DoubleWord) -> DoubleWord:
    return DoubleWord(*trigonometric.sin(x.pair))

def cos(x: DoubleWord) -> DoubleWord:
    return DoubleWord(*trigonometric.cos(x.pair))
