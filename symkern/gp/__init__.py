"""Generated kernels as covariances of Gaussian processes, outside of neural-tangents.

:func:`covariance` is the network in plain JAX; ``symkern.gp.tinygp`` and ``symkern.gp.gpjax`` are kernels of those packages, to be
imported where they are installed (the extras ``symkern[tinygp]`` and ``symkern[gpjax]``).
"""

from symkern.gp.network import covariance

__all__ = ["covariance"]
