"""The limits of the grammar: far above any activation in use, far below what makes SymPy slow."""

from __future__ import annotations

from fractions import Fraction

LENGTH = 10_000  # characters of a formula
DEPTH = 50  # nested parentheses, calls, signs and powers
NODES = 2_000  # numbers, names, operators and calls
DIGITS = 60  # of one number as written
NUMBER_EXPONENT = 300  # of one number as written, either sign
MAGNITUDE = 1.001e300  # of any constant; its inverse bounds the small ones
EXPONENT = 64  # of a power
SIZE = 10_000  # digits that powers of powers, multiplied out, may give a coefficient
CONSTANT_DIGITS = 1_000  # digits of an exact fraction
IRRATIONALS = 64  # constants such as sqrt(2) or 2/pi
SUMS = 7  # of them within one another: evalf takes twice as long at each
CANCELLATION = 1e-10  # a constant sum smaller than this part of its terms is refused
CALL_CHOICES = 16  # arguments of one Max or Min, or branches, with all the Max and Min inside: pairwise comparisons
CHOICES = 128  # of the whole formula
NESTED_CHOICES = 6  # Max, Min and Piecewise within one another
RANGE = "the limits are 1e300 and its inverse"
WEIGHT = 1_000  # nodes of the SymPy tree, repeated parts counted each time
HEIGHT = 8  # functions, roots and divisions within one another
DEGREE = 16  # of a polynomial in symbols of known sign: SymPy factors its derivative to learn its sign
DEGREES = 128  # of all these polynomials together
EXPANSION = 10_000  # terms times degree of what SymPy multiplies out, see measure.py
STEEP = 1e4  # a constant argument of an exponential function


def in_range(value: float | Fraction) -> bool:
    """Whether a nonzero constant fits a float with room to compute, so that its value here is right."""
    return 1 / MAGNITUDE <= value <= MAGNITUDE or 1 / MAGNITUDE <= -value <= MAGNITUDE
