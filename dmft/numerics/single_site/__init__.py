"""Effective single-site processes by sampling: noise of a given covariance, memory, and variance reduction.

All on a `Circle`, a periodic window of time: a stationary Gaussian noise is then independent Fourier columns, which
`CircularNoise` keeps fixed between iterations and moment matched.
"""

from dmft.numerics.single_site.circle import Circle
from dmft.numerics.single_site.control_variate import CONTROL, Controlled, controlled_correlation, gaussian_response
from dmft.numerics.single_site.elementwise import fast, mean_slope
from dmft.numerics.single_site.memory import Multiplier, memory_kernel, paths_with_memory
from dmft.numerics.single_site.noise import CircularNoise
from dmft.numerics.single_site.response import CausalBasis
from dmft.numerics.single_site.threads import one_blas_thread

__all__ = [
    "CONTROL",
    "CausalBasis",
    "Circle",
    "CircularNoise",
    "Controlled",
    "Multiplier",
    "controlled_correlation",
    "fast",
    "gaussian_response",
    "mean_slope",
    "memory_kernel",
    "one_blas_thread",
    "paths_with_memory",
]
