"""Correlation functions of x and phi(x), averaged over neurons and time while the network runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.checks import positive
from validation.estimators import Accumulator, Measure, Sampling
from validation.simulators.simulator import Simulator


@dataclass(frozen=True)
class Correlations(Measure):
    """C^x(lag) = <x_i(t) x_i(t + lag)> and C^phi(lag), not mean-subtracted, and the means of x, phi, phi' and phi'^2.

    A ring of the last states is kept: (number of lags) x N numbers, whatever the duration.

    Parameters
    ----------
    max_lag : largest lag in units of tau, default 20; at most half the duration is used.
    """

    max_lag: float = 20.0

    word = "correlation"

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_lag", positive("max_lag", self.max_lag))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        scalars = ("mean_x", "mean_phi", "mean_slope", "mean_square_slope")
        return {"corr_x": (("lag",), "1"), "corr_phi": (("lag",), "1"), **{name: ((), "1") for name in scalars}}

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return the lags: multiples of the sampling interval."""
        return {"lag": np.arange(self._n_lags(sampling)) * sampling.interval}

    def _n_lags(self, sampling: Sampling) -> int:
        return 1 + min(int(self.max_lag / sampling.interval + 1e-9), (sampling.n_samples - 1) // 2)

    def n_results(self, sampling: Sampling) -> float:
        """Return the number of lags."""
        return min(self.max_lag / sampling.interval, sampling.n_samples / 2)

    def n_states_kept(self, sampling: Sampling) -> int:
        """Return the length of the ring, of x and of phi(x)."""
        return 2 * self._n_lags(sampling)

    def start(self, simulator: Simulator, sampling: Sampling) -> CorrelationSums:
        """Return the accumulator of one realization."""
        return CorrelationSums(self._n_lags(sampling), simulator)


class CorrelationSums(Accumulator):
    """Sums over time of the products of the present state with those of the last `n_lags` samples."""

    def __init__(self, n_lags: int, simulator: Simulator) -> None:
        self._n_lags = n_lags
        shape = (2, simulator.n_states, n_lags, simulator.n)
        self._ring = np.zeros(shape, dtype=simulator.x.dtype)
        self._products = np.zeros((2, n_lags))
        self._means = np.zeros(4)
        self._samples = 0

    def update(self, simulator: Simulator) -> None:
        """Add the products of this sample."""
        slot = self._samples % self._n_lags
        # The sample taken `lag` intervals ago lies `lag` slots back; the slots not yet filled hold zeros.
        order = (slot - np.arange(self._n_lags)) % self._n_lags
        x, slope = simulator.x, simulator.slope
        rates = simulator.rates
        scale = 1.0 / (simulator.n * simulator.n_states)
        for kind, now in enumerate((x, rates)):
            for state in range(simulator.n_states):
                ring = self._ring[kind, state]
                ring[slot] = now[:, state]
                self._products[kind] += scale * (ring @ ring[slot])[order].astype(np.float64)
        square = np.vdot(slope, slope)
        self._means += [np.mean(a, dtype=np.float64) for a in (x, rates, slope)] + [float(square) * scale]
        self._samples += 1

    def result(self) -> dict[str, Any]:
        """Return the averages; lag l has been seen (number of samples - l) times."""
        counts = np.maximum(self._samples - np.arange(self._n_lags), 1)
        mean_x, mean_phi, mean_slope, mean_square_slope = self._means / max(self._samples, 1)
        return {
            "corr_x": self._products[0] / counts,
            "corr_phi": self._products[1] / counts,
            "mean_x": mean_x,
            "mean_phi": mean_phi,
            "mean_slope": mean_slope,
            "mean_square_slope": mean_square_slope,
        }
