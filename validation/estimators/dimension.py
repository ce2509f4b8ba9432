"""Participation ratio of the covariance matrix and sums of squared cross-covariances, unbiased by short runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.checks import non_negative, one_of
from validation.ensemble import checked_count
from validation.estimators import Sampling
from validation.simulators import Simulator

_KINDS = ("x", "phi")
_BLOCK = 8  # samples multiplied together: N^2 numbers are read and written once a block


@dataclass(frozen=True)
class Dimension:
    """Participation ratio PR/N = (tr Sigma)^2/(N tr Sigma^2) of x and phi(x), and psi(lag) = sum_ij C_ij(lag)^2/N.

    The square of an estimated covariance is too large by its variance, which lowers PR when the run is short. States of
    the same couplings from different initial conditions are independent: with Sigma_a from the a-th group of states,
        tr Sigma^2 <- mean of tr Sigma_a Sigma_b over a != b,   (tr Sigma)^2 <- mean of tr Sigma_a tr Sigma_b,
    and likewise at a lag, are unbiased, however short the run. The mean of x must be zero, as it is for odd phi.

    The theory averages tr Sigma^2 over couplings: 1/<1/PR> is closest to it (`harmonic_dimension`); the mean of PR lies
    above by the variance of 1/PR.

    Parameters
    ----------
    groups : number of groups of states, >= 2; memory and time grow with it. `simulate` needs initial_states >= groups.
    lags : lags of psi in units of tau, rounded to multiples of the sampling interval; each costs as much as lag 0.
    """

    groups: int = 4
    lags: tuple[float, ...] = (0.0,)

    word = "dimension"

    def __post_init__(self) -> None:
        if checked_count("groups", self.groups) < 2:
            raise ValueError(f"groups must be at least 2 for an unbiased estimate, got {self.groups}")
        lags = tuple(non_negative("lags", lag) for lag in self.lags)
        object.__setattr__(self, "lags", lags if 0.0 in lags else (0.0, *lags))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        found: dict[str, tuple[tuple[str, ...], str]] = {}
        for kind in _KINDS:
            found[f"dimension_{kind}"] = ((), "1")
            found[f"inverse_dimension_{kind}"] = ((), "1")
            found[f"dimension_{kind}_error"] = ((), "1")
            found[f"psi_{kind}"] = (("psi_lag",), "1")
        return found

    def n_tangents(self, n: int) -> int:
        """Return 0: no tangent vectors are needed."""
        return 0

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[np.float64]]:
        """Return the lags.

        Raises
        ------
        ValueError : if a lag is longer than the run.
        """
        steps = self._steps(sampling)
        if max(steps) >= sampling.n_samples:
            longest = (sampling.n_samples - 1) * sampling.interval
            raise ValueError(f"lags must be at most {longest:g}, the duration, got {max(self.lags):g}")
        return {"psi_lag": sampling.interval * np.array(steps, dtype=float)}

    def _steps(self, sampling: Sampling) -> list[int]:
        return [round(lag / sampling.interval) for lag in self.lags]

    def start(self, simulator: Simulator, sampling: Sampling) -> CovarianceSums:
        """Return the accumulator of one realization.

        Raises
        ------
        ValueError : if there are fewer states than groups.
        """
        if simulator.n_states < self.groups:
            raise ValueError(
                f"initial_states must be at least {self.groups}, one for each group of states, for an unbiased "
                f"estimate of the dimension, got {simulator.n_states}"
            )
        return CovarianceSums(self.groups, self._steps(sampling), simulator)


class CovarianceSums:
    """Sums over time and over the states of a group of a(t + lag) a(t)^T, for a = x and phi."""

    def __init__(self, groups: int, steps: list[int], simulator: Simulator) -> None:
        n = simulator.n
        self._steps, self._reach = steps, max(steps)
        self._groups = np.array_split(np.arange(simulator.n_states), groups)
        dtype = simulator.x.dtype
        # The last `reach` samples stay in front of the block, so that every lag finds its earlier sample.
        self._states = np.zeros((2, self._reach + _BLOCK, simulator.n_states, n), dtype=dtype)
        self._sums = np.zeros((2, len(steps), groups, n, n), dtype=dtype)
        self._product = np.empty((n, n), dtype=dtype)
        self._filled = 0
        self._samples = 0

    def burn(self, simulator: Simulator) -> None:
        """See nothing."""

    def update(self, simulator: Simulator) -> None:
        """Take the state; multiply when a block is full."""
        slot = self._reach + self._filled
        self._states[0, slot] = simulator.x.T
        self._states[1, slot] = simulator.rates.T
        self._filled += 1
        self._samples += 1
        if self._filled == _BLOCK:
            self._multiply()

    def _multiply(self) -> None:
        n = self._product.shape[0]
        first, last = self._reach, self._reach + self._filled
        for kind, states in enumerate(self._states):
            for index, step in enumerate(self._steps):
                for group, members in enumerate(self._groups):
                    # Before the first sample there are zeros, which add nothing.
                    later = states[first:last, members].reshape(-1, n)
                    earlier = states[first - step : last - step, members].reshape(-1, n)
                    np.matmul(later.T, earlier, out=self._product)
                    self._sums[kind, index, group] += self._product
        if self._reach:
            self._states[:, : self._reach] = self._states[:, last - self._reach : last].copy()
        self._filled = 0

    def result(self) -> dict[str, Any]:
        """Return dimensions, their error from leaving out one group at a time (at fixed couplings), and psi."""
        if self._filled:
            self._multiply()
        n = self._product.shape[0]
        members = np.array([len(m) for m in self._groups], dtype=float)
        found: dict[str, Any] = {}
        for kind, sums in zip(_KINDS, self._sums, strict=True):
            psi = []
            for step, of_lag in zip(self._steps, sums, strict=True):
                weights = 1.0 / (members * (self._samples - step))
                flat = of_lag.reshape(len(members), -1)
                psi.append(_across(_gram(flat) * np.outer(weights, weights)) / n)
                if step == 0:
                    squares = _gram(flat) * np.outer(weights, weights) / n
                    traces = np.trace(of_lag, axis1=1, axis2=2, dtype=np.float64) * weights / n
            inverse, error = _inverse_dimension(squares, traces)
            found[f"dimension_{kind}"] = 1.0 / inverse
            found[f"inverse_dimension_{kind}"] = inverse
            found[f"dimension_{kind}_error"] = error / inverse**2
            found[f"psi_{kind}"] = np.array(psi)
        return found


def _gram(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return the products of rows with each other, summed in double precision over stretches of single precision."""
    count, length = rows.shape
    out = np.zeros((count, count))
    for first in range(0, length, 1 << 16):
        block = rows[:, first : first + (1 << 16)].astype(np.float64)
        out += block @ block.T
    return out


def _across(products: NDArray[np.float64]) -> float:
    """Return the mean of the elements off the diagonal."""
    count = len(products)
    return float((products.sum() - np.trace(products)) / (count * (count - 1)))


def _inverse_dimension(squares: NDArray[np.float64], traces: NDArray[np.float64]) -> tuple[float, float]:
    """Return N tr Sigma^2/(tr Sigma)^2, and its error by the jackknife over groups (nan for two groups).

    The jackknife is right where the error comes from one fluctuating factor, and up to sqrt(2) too large where it comes
    from products of two (runs so short that noise exceeds the covariances).
    """

    def ratio(keep: NDArray[np.intp]) -> float:
        return _across(squares[np.ix_(keep, keep)]) / _across(np.outer(traces[keep], traces[keep]))

    everyone = np.arange(len(traces))
    if len(traces) < 3:
        return ratio(everyone), math.nan
    left_out = np.array([ratio(np.delete(everyone, k)) for k in everyone])
    return ratio(everyone), float(np.sqrt((len(traces) - 1) * np.var(left_out)))


def harmonic_dimension(simulation: Any, size: int, *, of: str = "phi") -> tuple[float, float]:
    """Return 1/<1/PR>/N over the networks of a size, and its standard error (nan for one network).

    Parameters
    ----------
    simulation : a `Simulation` with the measure "dimension".
    size : number of neurons.
    of : "phi" or "x".
    """
    one_of("of", of, _KINDS)
    name = f"inverse_dimension_{of}"
    mean = float(simulation.mean(name, size))
    return 1.0 / mean, float(simulation.standard_error(name, size)) / mean**2
