"""The single-site process of a network whose mean is set by its own rate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.stationary.balanced.exponent import exponent_of, ground_level
from dmft.theories.stationary.balanced.mean_averages import site_of
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True, eq=False)
class BalancedProcess:
    """A Gaussian process around its mean, and around the response to a sinusoid if there is one, on a mesh of lags.

    Attributes
    ----------
    mesh : whose nodes are the lags of the solution.
    conditional : covariance given the phase of the sinusoid, at the lags; `cov_x` without one.
    branch : "chaotic", "locked" (x repeats with the drive, or does not move) or "noisy" (a private random input).
    """

    mesh: HalfLine = field(repr=False)
    conditional: FloatArray = field(repr=False)
    branch: str

    references: ClassVar[tuple[str, ...]] = ("engelken2022",)
    words: ClassVar[str] = "a network with means"

    def cov_x(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return the covariance of x over neurons, around the mean, within the window."""
        return np.asarray(self.mesh.interpolate(self.conditional, lags) + site_of(solution.reduction).response(lags))

    def corr_x(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return C^x within the window."""
        return self.cov_x(solution, lags) + solution.mean_x**2

    def corr_phi(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return C^phi within the window."""
        return np.asarray(self.mesh.interpolate(solution.corr_phi, lags))

    def corr_slope(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return <phi' phi'> within the window."""
        return np.asarray(self.mesh.interpolate(solution.corr_slope, lags))


def locked_exponent(solution: Any) -> float:
    """Return the largest exponent of a solution by its Hill problem, (1 + lambda)^2 = top of d^2 + g^2 <phi' phi'>."""
    return exponent_of(ground_level(solution.process.mesh, -(solution.reduction.g**2) * solution.corr_slope))


def state_of(process: BalancedProcess, driven: bool, variance: float, slopes: FloatArray) -> str:
    """Return the name of the state; `slopes` are g^2 <phi' phi'> at the lags."""
    if not np.all(np.isfinite(slopes)):
        return "none"
    if driven:
        # The exponent is positive where a level of -d^2 - slopes lies below -1: one factorisation tells.
        return "driven, stable" if process.mesh.is_positive(1.0 - slopes) else "driven, chaotic"
    if process.branch == "chaotic":
        return "chaotic"
    return "fixed point" if variance > 0 else "quiescent"
