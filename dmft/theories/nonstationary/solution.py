"""The solution in two times: mean and covariance of h, and what state it has reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.nonstationary.marching import March
from dmft.theories.solution import Solution, array, coordinate


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NonstationarySolution(Solution):
    """Mean and covariance over neurons of x(t), from an initial state independent of the couplings.

    Arrays have an axis of populations before the others where these are named.

    Attributes
    ----------
    times : shape (n_time,), from 0, in units of tau.
    mean_x, variance : of x over neurons, shape (n_time,).
    mean_phi : <phi(x)>, shape (n_time,).
    mean_x_error, variance_error : of what is sampled, of sampling (one sigma, from independent runs, whose noise feeds
        back on itself) and of the step (what twice the step adds); None of a march, whose error is
        `convergence.error`.
    lags : shape (n_lag,): 0, dt, ... up to the window.
    band : covariance of h around its mean, [t, lag] = cov(h(t), h(t - lag)), shape (n_time, n_lag); NaN where t < lag.
    corr_x, corr_phi : <x(t) x(s)>, <phi(t) phi(s)>, [t, s], shape (n_time, n_time); None of a march.
    corr_x_error, corr_phi_error : of these, of sampled units; else None.
    response : G(t, s) = <d phi(x(t))/d xi(s)> in units of 1/tau, [t, s], zero for s >= t; None of a march.
    overlaps : of low-rank couplings kappa_r = n_r . phi/N, shape (n_time, rank); else None.
    period : period of the drive (in steps, in discrete time), 0 for a drive constant in time, None without a period.
    state : "chaotic" (the covariance decays over lags of whole periods), "locked" (it does not: h repeats with the
        drive), "transient" (the last period still differs from the one before, there is no period, or it is sampled),
        or "noisy" (a private random input: the covariance decays whatever the state).
    march : the march that has come this far; `solve_nonstationary(..., init=solution)` goes on with it. None of what is
        sampled.
    """

    times: FloatArray = coordinate("times", "tau")
    mean_x: FloatArray = array("times")
    variance: FloatArray = array("times")
    mean_phi: FloatArray = array("times")
    mean_x_error: FloatArray | None = array("times", default=None)
    variance_error: FloatArray | None = array("times", default=None)
    lags: FloatArray = coordinate("lags", "tau")
    band: FloatArray = array("times", "lags")
    band_phi: FloatArray | None = array("times", "lags", default=None)
    overlap: FloatArray | None = array("times", default=None)
    overlaps: FloatArray | None = array("times", "rank", default=None)
    corr_x: FloatArray | None = array("times", "times_2", default=None)
    corr_phi: FloatArray | None = array("times", "times_2", default=None)
    corr_x_error: FloatArray | None = array("times", "times_2", default=None)
    corr_phi_error: FloatArray | None = array("times", "times_2", default=None)
    response: FloatArray | None = array("times", "times_2", unit="1/tau", default=None)
    period: float | None
    state: str
    march: March | None = field(default=None, repr=False)

    references: ClassVar[tuple[str, ...]] = ("engelken2022",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.band_phi is not None:
            object.__setattr__(self, "references", ("molgedey1992", "poole2016", "schoenholz2017"))
        elif self.overlaps is not None:
            object.__setattr__(self, "references", ("mastrogiuseppe2018",))
        elif self.corr_x_error is not None:
            object.__setattr__(self, "references", ("roy2019",))
        elif self.march is None:
            object.__setattr__(self, "references", ("crisanti1987", "marti2018"))  # of the equations that were solved

    @property
    def covariance(self) -> FloatArray:
        """Covariance as [t, s], shape (n_time, n_time), symmetric; NaN beyond the window, of named populations each."""
        *populations, n, width = self.band.shape
        full = np.full((*populations, n, n), np.nan)
        for lag in range(min(width, n)):
            i = np.arange(lag, n)
            full[..., i, i - lag] = full[..., i - lag, i] = self.band[..., lag:, lag]
        return full

    def last_period(self) -> slice:
        """Return the rows of the last period, its first time included and its last not: `variance[..., rows]`.

        Raises
        ------
        ValueError : without a period, or if the duration is shorter than one.
        """
        if not self.period:
            raise ValueError("the drive has no period")
        cells = round(self.period / (self.times[1] - self.times[0]))
        if len(self.times) <= cells:
            raise ValueError(f"duration must be at least one period, {self.period:.6g}; got {self.times[-1]:.6g}")
        return slice(len(self.times) - 1 - cells, len(self.times) - 1)
