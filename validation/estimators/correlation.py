"""Correlation functions of x and phi(x), averaged over neurons and time while the network runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dmft.models.checks import positive
from validation.estimators import Accumulator, Measure, Sampling
from validation.simulators.simulator import Simulator

_AVERAGES = ("mean_x", "mean_phi", "mean_slope", "mean_square_slope")


@dataclass(frozen=True)
class Correlations(Measure):
    """C^x(lag) = <x_i(t) x_i(t + lag)> and C^phi(lag), not mean-subtracted, and the means of x, phi, phi' and phi'^2.

    `variance` is that of x over neurons and time, C^x(0) - mean_x^2, and `static_variance` that of the neurons' means
    over time, the frozen part: the covariance over neurons of their means over the first and over the last third of the
    run, in which what is left of fluctuations is their correlation at a lag of a third of it. In a network of named
    populations all of them are by population, which is their first dimension.

    A ring of the last states is kept: (number of lags) x N numbers, whatever the duration.

    Parameters
    ----------
    max_lag : largest lag in units of tau, default 20; at most half the duration is used.
    populations : filled in by `simulate`.
    """

    max_lag: float = 20.0
    populations: tuple[str, ...] = ()

    word = "correlation"

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_lag", positive("max_lag", self.max_lag))
        object.__setattr__(self, "populations", tuple(self.populations))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        by = ("population",) if self.populations else ()
        scalars = (*_AVERAGES, "variance", "static_variance")
        return {"corr_x": ((*by, "lag"), "1"), "corr_phi": ((*by, "lag"), "1"), **{name: (by, "1") for name in scalars}}

    def among(self, populations: tuple[str, ...]) -> Self:
        """Return the measure of these populations."""
        return replace(self, populations=populations)

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return the lags, multiples of the sampling interval, and the names of the populations."""
        lags = {"lag": np.arange(self._n_lags(sampling)) * sampling.interval}
        return {"population": np.array(self.populations), **lags} if self.populations else lags

    def _n_lags(self, sampling: Sampling) -> int:
        return 1 + min(int(self.max_lag / sampling.interval + 1e-9), (sampling.n_samples - 1) // 2)

    def n_results(self, sampling: Sampling) -> float:
        """Return the number of lags."""
        return max(1, len(self.populations)) * min(self.max_lag / sampling.interval, sampling.n_samples / 2)

    def n_states_kept(self, sampling: Sampling) -> int:
        """Return the length of the ring, of x and of phi(x)."""
        return 2 * self._n_lags(sampling)

    def start(self, simulator: Simulator, sampling: Sampling) -> CorrelationSums:
        """Return the accumulator of one realization."""
        return CorrelationSums(self._n_lags(sampling), simulator, sampling.n_samples)


class CorrelationSums(Accumulator):
    """Sums over time of the products of the present state with those of the last `n_lags` samples."""

    def __init__(self, n_lags: int, simulator: Simulator, n_samples: int) -> None:
        self._n_lags, self._third = n_lags, max(1, n_samples // 3)
        self._last = n_samples - self._third
        shape = (2, simulator.n_states, n_lags, simulator.n)
        self._ring = np.zeros(shape, dtype=simulator.x.dtype)
        self._blocks, self._named = simulator.layout.slices, bool(simulator.names)
        self._products = np.zeros((2, len(self._blocks), n_lags))
        self._means = np.zeros((len(_AVERAGES), len(self._blocks)))
        self._now = np.zeros((len(_AVERAGES), simulator.n_states, simulator.n))
        self._starts = [own.start for own in self._blocks]
        self._sizes = np.array([(own.stop - own.start) * simulator.n_states for own in self._blocks])
        # Sums over the first and the last third of the run, for each neuron.
        self._early, self._late = (np.zeros((simulator.n, simulator.n_states)) for _ in range(2))
        self._samples = 0

    def update(self, simulator: Simulator) -> None:
        """Add the products of this sample."""
        slot = self._samples % self._n_lags
        # The sample taken `lag` intervals ago lies `lag` slots back; the slots not yet filled hold zeros.
        order = (slot - np.arange(self._n_lags)) % self._n_lags
        x, slope = simulator.x, simulator.slope
        rates = simulator.rates
        for kind, now in enumerate((x, rates)):
            for state in range(simulator.n_states):
                ring = self._ring[kind, state]
                ring[slot] = now[:, state]
                for block, own in enumerate(self._blocks):
                    scale = 1.0 / ((own.stop - own.start) * simulator.n_states)
                    products = ring[:, own] @ ring[slot, own]
                    self._products[kind, block] += scale * products[order].astype(np.float64)
        # Over the units of each population first, all quantities together.
        np.stack([a.T for a in (x, rates, slope)], out=self._now[:3])
        np.square(self._now[2], out=self._now[3])
        sums = np.add.reduceat(self._now.sum(axis=1), self._starts, axis=1)
        self._means += sums / self._sizes
        if self._samples < self._third:
            self._early += x
        if self._samples >= self._last:
            self._late += x
        self._samples += 1

    def result(self) -> dict[str, Any]:
        """Return the averages; lag l has been seen (number of samples - l) times."""
        counts = np.maximum(self._samples - np.arange(self._n_lags), 1)
        corr_x, corr_phi = self._products / counts
        means = self._means / max(self._samples, 1)
        found: dict[str, Any] = {"corr_x": corr_x, "corr_phi": corr_phi, **dict(zip(_AVERAGES, means, strict=True))}
        found["variance"] = corr_x[:, 0] - means[0] ** 2
        found["static_variance"] = np.array([self._frozen(own) for own in self._blocks])
        return found if self._named else {name: values[0] for name, values in found.items()}

    def _frozen(self, own: slice) -> float:
        """Return the covariance over the neurons of a population of their means over two parts of the run."""
        early, late = (sums[own] / self._third for sums in (self._early, self._late))
        return float(np.mean((early - early.mean(axis=0)) * (late - late.mean(axis=0))))
