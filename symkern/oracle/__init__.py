"""The oracle: expectations by quadrature at high precision, independent of every derivation.

It imports nothing from ``derive`` or ``codegen``, and no JAX.
"""

from symkern.oracle.expectation import d_nngp, nngp, variance
from symkern.oracle.value import OracleError, Value

__all__ = ["OracleError", "Value", "d_nngp", "nngp", "variance"]
