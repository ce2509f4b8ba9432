"""Effective single-site processes by sampling: noise of a given covariance, memory, and variance reduction.

All on a `PeriodicGrid`: a stationary Gaussian noise is then independent Fourier columns, which `PeriodicNoise` keeps
fixed between iterations and moment matched.
"""

from dmft.numerics.sampling.control_variate import CONTROL, controlled_correlation, gaussian_response
from dmft.numerics.sampling.elementwise import fast, mean_slope
from dmft.numerics.sampling.memory import Multiplier, memory_kernel, paths_with_memory
from dmft.numerics.sampling.noise import PeriodicNoise
from dmft.numerics.sampling.periodic_grid import PeriodicGrid
from dmft.numerics.sampling.response import CausalBasis

__all__ = [
    "CONTROL",
    "CausalBasis",
    "Multiplier",
    "PeriodicGrid",
    "PeriodicNoise",
    "controlled_correlation",
    "fast",
    "gaussian_response",
    "mean_slope",
    "memory_kernel",
    "paths_with_memory",
]
