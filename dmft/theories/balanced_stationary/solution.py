"""The stationary solution of a balanced network."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.balanced_stationary.exponent import exponent_of, ground_level
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
    corr_phi, corr_slope : <phi phi>, <phi' phi'> at the lags; under a sinusoid of more than 10 cycles per tau, averaged
        over a period of it at each lag (what is left out is of order 1/w^2).
    mean, variance : of h over neurons; a variance of 0 is a network at rest.
    rate : <phi(h)>.
    conditional : covariance of h given the phase of the sinusoid, at the lags; cov_h without one.
    branch : "chaotic", "locked" (h repeats with the drive, or does not move) or "noisy" (a private random input).
    stable : whether the state is one that a network stays in: of a static state by its bulk and by its mean and
        variance together; of a moving one by how its energy depends on the variance; None where it was not looked at.
    others : number of other states of the undriven network that were found on the way; None if not all were looked for.
    """

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
    stable: bool | None = None
    others: int | None = None

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

    @property
    def phase(self) -> str:
        """The state's name: "quiescent", "fixed point", "chaotic", "driven, stable" or "driven, chaotic"; "none"."""
        from dmft.theories.balanced_stationary.site import site_of

        if not np.all(np.isfinite(self.corr_slope)):
            return "none"
        if not site_of(self.reduction).driven:
            if self.branch == "chaotic":
                return "chaotic"
            return "fixed point" if self.variance > 0 else "quiescent"
        return "driven, chaotic" if locked_exponent(self) > 0 else "driven, stable"

    def cov_h_at(self, lag: ArrayLike) -> FloatArray:
        """Return cov_h at any lag within the window."""
        from dmft.theories.balanced_stationary.site import site_of

        t = np.abs(np.asarray(lag, dtype=float))
        return np.asarray(self.mesh.interpolate(self.conditional, t) + site_of(self.reduction).response(t))

    def to_xarray(self) -> xarray.Dataset:
        """Return the arrays as a labelled dataset, with the branch and the phase among the attributes."""
        return super().to_xarray().assign_attrs(branch=self.branch, phase=self.phase)


def locked_exponent(solution: BalancedStationarySolution) -> float:
    """Return the largest exponent of a solution by its Hill problem, (1 + lambda)^2 = top of d^2 + g^2 <phi' phi'>."""
    slopes = solution.reduction.g**2 * solution.corr_slope
    return exponent_of(ground_level(solution.mesh, -slopes)) if np.all(np.isfinite(slopes)) else math.nan
