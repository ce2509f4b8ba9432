"""The stationary solution of a balanced network, and its exponent by the Hill problem of the lag."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.models.balanced import BalancedNetwork
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.solution import Solution

if TYPE_CHECKING:
    import xarray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class BalancedStationarySolution(Solution):
    """Stationary state of a balanced network.

    Attributes
    ----------
    lags : nodes of the mesh of lags, from 0, in units of tau.
    cov_h : covariance of h over neurons at the lags, around the mean, the response to a sinusoid included.
    corr_phi, corr_slope : <phi phi>, <phi' phi'> at the lags.
    mean, variance : of h over neurons.
    rate : <phi(h)>.
    conditional : covariance of h given the phase of the sinusoid, at the lags; cov_h without one.
    branch : "chaotic", "locked" (h repeats with the drive, or does not move) or "noisy" (a private random input).
    """

    network: BalancedNetwork
    lags: FloatArray = field(repr=False)
    cov_h: FloatArray = field(repr=False)
    corr_phi: FloatArray = field(repr=False)
    corr_slope: FloatArray = field(repr=False)
    conditional: FloatArray = field(repr=False)
    mean: float
    variance: float
    rate: float
    branch: str
    mesh: HalfLine = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("engelken2022",)
    coordinates: ClassVar[dict[str, str]] = {"lags": "tau"}
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {
        "cov_h": (("lags",), "1"),
        "corr_phi": (("lags",), "1"),
        "corr_slope": (("lags",), "1"),
        "mean": ((), "1"),
        "variance": ((), "1"),
        "rate": ((), "1"),
    }

    def cov_h_at(self, lag: ArrayLike) -> FloatArray:
        """Return cov_h at any lag within the window."""
        return self.mesh.interpolate(self.cov_h, np.abs(np.asarray(lag, dtype=float)))

    def to_xarray(self) -> xarray.Dataset:
        """Return the arrays as a labelled dataset, with the branch among the attributes."""
        return super().to_xarray().assign_attrs(branch=self.branch)


def locked_exponent(solution: BalancedStationarySolution) -> float:
    """Return the largest exponent of a solution by its Hill problem, (1 + lambda)^2 = top of d^2 + g^2 <phi' phi'>."""
    level, _ = solution.mesh.lowest(1.0 - solution.network.g**2 * solution.corr_slope)
    return -1.0 + math.sqrt(1.0 - level)
