"""The stationary solution: correlation functions at any lag, and the state they describe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.theories.solution import Solution
from dmft.theories.stationary.single_site import GaussianSite

if TYPE_CHECKING:
    import xarray

FloatArray = NDArray[np.float64]


class SingleSite(Protocol):
    """Averages over the single-site process at one lag; they depend on the lag only if the drive does."""

    @property
    def variance(self) -> float:
        """Variance of the Gaussian part of x."""
        ...

    @property
    def mean(self) -> float:
        """<phi>."""
        ...

    @property
    def mean_slope(self) -> float:
        """<phi'>."""
        ...

    @property
    def mean_square_slope(self) -> float:
        """<phi'^2>."""
        ...

    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi(x(t)) phi(x(t + lag))>, given the covariance of the Gaussian part."""
        ...

    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi'(x(t)) phi'(x(t + lag))>."""
        ...

    def corr_driven(self, lags: ArrayLike) -> FloatArray:
        """Return the correlation of the part of x that is not Gaussian (the response to a sinusoid)."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class StationarySolution(Solution):
    """Stationary state of a random network.

    Attributes
    ----------
    lags : shape (n_lag,), one-sided, lags[0] = 0, in units of tau.
    corr_x, corr_phi : C^x, C^phi at the lags, shape (n_lag,): <x(t) x(t + lag)>, the mean not subtracted.
    corr_slope : <phi'(t) phi'(t + lag)> at the lags, shape (n_lag,).
    mean_phi, mean_slope, mean_square_slope : <phi>, <phi'>, <phi'^2>.
    variance : variance of the Gaussian part of x (all of C^x(0), except under a sinusoidal drive).
    decay_rate : kappa, the rate in units of 1/tau at which the slowest part of C^x decays, exp(-kappa lag); infinite
        for a state that does not fluctuate.
    phase : name of the state: "quiescent", "fixed point", "chaotic", "driven, stable" or "driven, chaotic".
    others : number of other stable states found on the way; None if none was looked for (`dmft.branches` looks).
    """

    lags: FloatArray = field(repr=False)
    corr_x: FloatArray = field(repr=False)
    corr_phi: FloatArray = field(repr=False)
    corr_slope: FloatArray = field(repr=False)
    mean_phi: float
    mean_slope: float
    mean_square_slope: float
    variance: float
    decay_rate: float
    phase: str
    others: int | None = None
    correlation: Callable[[ArrayLike], FloatArray] = field(repr=False)
    single_site: SingleSite = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988",)
    coordinates: ClassVar[dict[str, str]] = {"lags": "tau"}
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {
        "corr_x": (("lags",), "1"),
        "corr_phi": (("lags",), "1"),
        "corr_slope": (("lags",), "1"),
        "mean_phi": ((), "1"),
        "mean_slope": ((), "1"),
        "mean_square_slope": ((), "1"),
        "variance": ((), "1"),
        "decay_rate": ((), "1/tau"),
    }

    def corr_x_at(self, lag: ArrayLike) -> Any:
        """Return C^x at any lag: a float for a number, an array for an array."""
        return _like(lag, self.correlation(lag) + self.single_site.corr_driven(lag))

    def corr_phi_at(self, lag: ArrayLike) -> Any:
        """Return C^phi at any lag: a float for a number, an array for an array."""
        return _like(lag, self.single_site.corr_phi(self.correlation(lag), lag))

    def corr_slope_at(self, lag: ArrayLike) -> Any:
        """Return <phi'(t) phi'(t + lag)> at any lag: a float for a number, an array for an array."""
        return _like(lag, slope_along(self.single_site, self.correlation, lag))

    def to_xarray(self) -> xarray.Dataset:
        """Return the arrays as a labelled dataset, with the phase among the attributes."""
        return super().to_xarray().assign_attrs(phase=self.phase)


def slope_along(site: SingleSite, correlation: Any, lags: ArrayLike) -> FloatArray:
    """Return <phi' phi'> at lags: through C(0) - C, steep next to lag 0, where that is known to more digits."""
    drop = getattr(correlation, "drop", None)
    if drop is not None and isinstance(site, GaussianSite):
        return site.averages.corr_slope_below(drop(lags))
    return site.corr_slope(correlation(lags), lags)


def _like(lag: ArrayLike, values: FloatArray) -> Any:
    return float(values) if np.ndim(lag) == 0 else np.asarray(values)
