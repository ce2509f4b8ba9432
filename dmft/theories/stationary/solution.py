"""`StationarySolution`: correlation functions of lag, averages, and the state that they describe."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.brief import shortened
from dmft.models.checks import numbers
from dmft.numerics.sampling.periodic_grid import even_spline
from dmft.theories.composed import composed
from dmft.theories.solution import Solution, array, coordinate


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class StationarySolution(Solution):
    """Stationary state of a network.

    Of named populations every array, and each number but the decay rate, has an axis of populations in front: shapes
    (P, n_lag) and (P,).

    Attributes
    ----------
    lags : shape (n_lag,), one-sided, lags[0] = 0, in units of tau (of time, where a tau is given).
    corr_x, corr_phi : C^x, C^phi at the lags, shape (n_lag,): <x(t) x(t + lag)>, the mean not subtracted.
    corr_slope : <phi'(t) phi'(t + lag)> at the lags, shape (n_lag,); None where it is not known.
    corr_x_error, corr_phi_error : errors of what is sampled, shape (n_lag,): one sigma of the sampling, and on top of
        it bounds on those of steps, window and iteration; None where nothing is sampled.
    mean_x, mean_phi, mean_slope, mean_square_slope : <x>, <phi>, <phi'>, <phi'^2>; nan where they are not known.
    variance : of x over neurons and time; of the Gaussian part of x under a sinusoid in a network of zero mean.
    static_variance : its frozen part, the variance over neurons of the mean of x over time; nan where it is not known.
    kappa, kappa_error : of low-rank couplings |kappa|, kappa_r = n_r . phi/N (its mean over a turn), and the error.
    overlaps : kappa_r, shape (rank,), at one time.
    frequency : turns of kappa per unit time.
    survival, response : of species the fraction that lives, and the response of the mean to a constant input, in the
        field of the others as it is; None of other units.
    decay_rate : kappa, the rate in units of 1/tau at which the slowest part of C^x decays, exp(-kappa lag); infinite
        for a state that does not fluctuate; nan where it is not known.
    state : "quiescent", "fixed point", "chaotic", "driven, stable" or "driven, chaotic"; of what is sampled "driven"
        (by noise), of low-rank couplings "structured static", "structured chaotic", "rotating", "rotating chaotic",
        and the names of driven ones with "structured" or "rotating" before them, and, of plastic couplings, "fixed
        points" (a correlation that does not decay within the window); "none" without a solution.
    stable : whether a network stays in the state; None where it was not looked at.
    others : number of other states found on the way; None if none was looked for (`dmft.branches` looks).
    process : the single-site process as the method that solved it knows it: `corr_x`, `corr_phi` and `corr_slope` of a
        solution at any lags, and `references`.
    """

    lags: FloatArray = coordinate("lags", "tau")
    corr_x: FloatArray = array("lags")
    corr_phi: FloatArray = array("lags")
    corr_slope: FloatArray = array("lags", default=None)
    corr_x_error: FloatArray = array("lags", default=None)
    corr_phi_error: FloatArray = array("lags", default=None)
    mean_x: float = array(default=0.0)
    mean_phi: float = array(default=math.nan)
    mean_slope: float = array(default=math.nan)
    mean_square_slope: float = array(default=math.nan)
    variance: float = array()
    static_variance: float = array(default=math.nan)
    kappa: float = array(default=None)
    kappa_error: float = array(default=None)
    overlaps: FloatArray = array("rank", default=None)
    frequency: float = array(unit="1/tau", default=None)
    survival: float = array(default=None)
    response: float = array(default=None)
    decay_rate: float = array(unit="1/tau", default=math.nan)
    state: str
    stable: bool | None = None
    others: int | None = None
    process: Any = field(repr=False)

    @property
    def cov_x(self) -> FloatArray:
        """Covariance of x over neurons at the lags, around its mean, shape (n_lag,)."""
        return np.asarray(self.cov_x_at(self.lags))

    def cov_x_at(self, lag: ArrayLike) -> Any:
        """Return the covariance of x at any lag: a float for a number, an array for an array."""
        known = getattr(self.process, "cov_x", None)  # where the mean is large, subtracting it would cost digits
        lags = _distance(lag)
        if known is not None:
            return _like(lag, known(self, lags))
        squared = np.square(self.mean_x)  # of each population
        return _like(lag, self.process.corr_x(self, lags) - squared.reshape(squared.shape + (1,) * np.ndim(lags)))

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988",)

    def __post_init__(self) -> None:
        super().__post_init__()
        # Of the equations that were solved, and of those by which the input enters them.
        object.__setattr__(self, "references", tuple(dict.fromkeys(self.process.references + _of_input(self.network))))

    @property
    def sampled(self) -> bool:
        """Whether the state is a mean over random numbers, with errors."""
        return self.corr_x_error is not None

    def corr_x_at(self, lag: ArrayLike) -> Any:
        """Return C^x at any lag: a float for a number, an array for an array."""
        return _like(lag, self.process.corr_x(self, _distance(lag)))

    def corr_phi_at(self, lag: ArrayLike) -> Any:
        """Return C^phi at any lag: a float for a number, an array for an array."""
        return _like(lag, self.process.corr_phi(self, _distance(lag)))

    def corr_slope_at(self, lag: ArrayLike) -> Any:
        """Return <phi'(t) phi'(t + lag)> at any lag: a float for a number, an array for an array."""
        return _like(lag, self.process.corr_slope(self, _distance(lag)))


class Interpolated:
    """A process known at the lags only: cubic splines between them, 0 beyond."""

    def corr_x(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return C^x."""
        return _interpolated(solution.lags, solution.corr_x, lags)

    def corr_phi(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return C^phi."""
        return _interpolated(solution.lags, solution.corr_phi, lags)

    def corr_slope(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Refuse: it is not sampled."""
        raise ValueError("<phi' phi'> of a sampled state is not known at any lag")


def _interpolated(known: FloatArray, values: FloatArray, lags: FloatArray) -> FloatArray:
    return np.asarray(np.where(lags <= known[-1], even_spline(known, values, lags), 0.0))


def _distance(lag: ArrayLike) -> FloatArray:
    lags = numbers("lag", lag)
    if not np.all(np.isfinite(lags)):
        raise ValueError(f"lag must be finite, in units of time; got {shortened(lag)}")
    return np.asarray(np.abs(lags))


def _like(lag: ArrayLike, values: FloatArray) -> Any:
    return float(values) if np.ndim(lag) == np.ndim(values) == 0 else np.asarray(values)


def _of_input(network: Any) -> tuple[str, ...]:
    """Return the papers on private input of a continuous network: noise, sinusoids of random phase."""
    inputs = [population.drive for population in composed(network).named.values() if population.drive is not None]
    drives = [drive for whole in inputs for drive in getattr(whole, "drives", (whole,))]
    discrete = any(population.dynamics.discrete for population in composed(network).named.values())
    noise = any(drive.white or drive.rates for drive in drives) and not discrete
    waves = any(getattr(drive, "phases", "") == "random" for drive in drives)
    return (("schuecker2018",) if noise else ()) + (("rajan2010",) if waves else ())
