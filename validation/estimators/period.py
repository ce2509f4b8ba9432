"""Mean, variance, rate and covariance of h against the phase of a periodic drive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dmft.models.checks import positive
from validation.estimators import Accumulator, Measure, Sampling
from validation.simulators.simulator import Simulator


@dataclass(frozen=True)
class OverPeriod(Measure):
    """Averages over neurons at each phase of the drive, over whole periods.

    Results, against the time since the period's start: `period_mean`, `period_variance` and `period_rate` (the mean and
    variance over neurons of h, the mean of phi), and `period_covariance`, the covariance over neurons of h(t) and
    h(t - lag). In a network of named populations all of them are by population, which is their first dimension.

    Parameters
    ----------
    period : of the drive, in units of tau; a multiple of the sampling interval.
    max_lag : largest lag of the covariance; one period by default.
    populations : filled in by `simulate`.
    """

    period: float
    max_lag: float | None = None
    populations: tuple[str, ...] = ()

    word = "period"

    def __post_init__(self) -> None:
        object.__setattr__(self, "period", positive("period", self.period))
        if self.max_lag is not None:
            object.__setattr__(self, "max_lag", positive("max_lag", self.max_lag))
        object.__setattr__(self, "populations", tuple(self.populations))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        scalars = ("period_mean", "period_variance", "period_rate")
        by = ("population",) if self.populations else ()
        return {
            **{name: ((*by, "phase"), "1") for name in scalars},
            "period_covariance": ((*by, "phase", "period_lag"), "1"),
        }

    def among(self, populations: tuple[str, ...]) -> Self:
        """Return the measure of these populations."""
        return replace(self, populations=populations)

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return the times in the period, the lags, and the names of the populations.

        Raises
        ------
        ValueError : if a period is not a multiple of the sampling interval, or it or a lag longer than the duration.
        """
        n, lags = self._counts(sampling)
        names = {"population": np.array(self.populations)} if self.populations else {}
        return {
            **names,
            "phase": sampling.interval * np.arange(n, dtype=float),
            "period_lag": sampling.interval * np.arange(lags, dtype=float),
        }

    def _counts(self, sampling: Sampling) -> tuple[int, int]:
        n = round(self.period / sampling.interval)
        if n < 1 or abs(n * sampling.interval - self.period) > 1e-9 * self.period:
            raise ValueError(
                f"period must be a multiple of the sampling interval, {sampling.interval:g}, got {self.period:g}"
            )
        if n > sampling.n_samples:
            raise ValueError(
                f"period must be at most the duration, {sampling.n_samples * sampling.interval:g}, got {self.period:g}"
            )
        longest = sampling.n_samples * sampling.interval
        if self.max_lag is not None and self.max_lag > longest:
            raise ValueError(f"max_lag must be at most the duration, {longest:g}, got {self.max_lag:g}")
        return n, 1 + round((self.max_lag or self.period) / sampling.interval)

    def start(self, simulator: Simulator, sampling: Sampling) -> PeriodSums:
        """Return the accumulator of one realization."""
        return PeriodSums(*self._counts(sampling), sampling.interval, simulator)


class PeriodSums(Accumulator):
    """Sums by phase; the deviations from the mean over neurons of the last samples are kept for the covariance."""

    def __init__(self, n: int, n_lags: int, interval: float, simulator: Simulator) -> None:
        self._n, self._interval = n, interval
        self._blocks, self._named = simulator.layout.slices, bool(simulator.names)
        self._ring = np.full((n_lags, simulator.n, simulator.n_states), np.nan, dtype=simulator.x.dtype)
        self._sums = np.zeros((2, len(self._blocks), n))
        self._counts = np.zeros(n)
        self._products = np.zeros((len(self._blocks), n, n_lags))
        self._pairs = np.zeros((n, n_lags))
        self._seen = 0

    def update(self, simulator: Simulator) -> None:
        """Add this sample."""
        phase = round(simulator.time / self._interval) % self._n
        x, rates = simulator.x, simulator.rates
        n_lags = len(self._ring)
        slot = self._seen % n_lags
        for block, own in enumerate(self._blocks):
            mean = np.mean(x[own], axis=0, dtype=np.float64)
            self._ring[slot, own] = x[own] - mean
            self._sums[:, block, phase] += float(mean.mean()), float(np.mean(rates[own], dtype=np.float64))
        self._counts[phase] += 1
        for lag in range(min(n_lags, self._seen + 1)):
            earlier = self._ring[(slot - lag) % n_lags]
            for block, own in enumerate(self._blocks):
                product = float(np.vdot(self._ring[slot, own], earlier[own]))
                self._products[block, phase, lag] += product / x[own].size
            self._pairs[phase, lag] += 1
        self._seen += 1

    def result(self) -> dict[str, Any]:
        """Return the averages."""
        mean, rate = self._sums / np.maximum(self._counts, 1)
        covariance = self._products / np.maximum(self._pairs, 1)
        found = {
            "period_mean": mean,
            "period_variance": covariance[..., 0].copy(),
            "period_rate": rate,
            "period_covariance": covariance,
        }
        return found if self._named else {name: values[0] for name, values in found.items()}
