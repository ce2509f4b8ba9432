"""The single-site process of a network with low-rank couplings, on a mesh of lags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine


@dataclass(frozen=True, eq=False)
class LowRankProcess:
    """A Gaussian process around its mean; beyond the mesh it has reached its limit, or rotates on.

    Attributes
    ----------
    mesh : nodes in [0, T]; T is a multiple of half a period of what rotates.
    covariance, phi, slope : c, <phi phi> and <phi' phi'> on the nodes.
    half_period : of the rotation; 0 without one.
    tau : unit of time of the mesh and of the half period; lags that are asked for are in that of the statement.
    """

    mesh: HalfLine = field(repr=False)
    covariance: FloatArray = field(repr=False)
    phi: FloatArray = field(repr=False)
    slope: FloatArray = field(repr=False)
    half_period: float = 0.0
    tau: float = 1.0

    references: ClassVar[tuple[str, ...]] = ("mastrogiuseppe2018",)
    words: ClassVar[str] = "a network with low-rank couplings"

    def cov_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return the covariance of x over units, around its mean."""
        return self.at(self.covariance, lags)

    def corr_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^x."""
        return np.asarray(self.at(self.covariance, lags) + solution.mean_x**2)

    def corr_phi(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^phi."""
        return self.at(self.phi, lags)

    def corr_slope(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return <phi' phi'>."""
        return self.at(self.slope, lags)

    def at(self, values: FloatArray, lags: FloatArray) -> FloatArray:
        """Return what is known on the nodes at any lags."""
        end, period = self.mesh.length, 2.0 * self.half_period
        t = np.abs(np.asarray(lags, dtype=float)) / self.tau
        if period > 0.0:  # even about the end
            beyond = np.mod(t - end, period)
            t = np.where(t > end, end - np.minimum(beyond, period - beyond), t)
        return self.mesh.interpolate(values, np.minimum(t, end))
