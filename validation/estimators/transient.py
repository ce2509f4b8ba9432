"""Mean, variance and rate against the time since the start, and how states keep what they were at given times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dmft.models.checks import non_negative, positive
from validation.estimators import Accumulator, Measure, Sampling


@dataclass(frozen=True)
class Transient(Measure):
    """Averages over units at each time since the start; needs burn_in=0.

    Results: `transient_mean` and `transient_variance` of x over units, `transient_phi`, the mean of what the first
    field carries, against the time; `transient_corr`, the mean over units of x(t_w) x(t_w + lag), against the waiting
    times and the lag. In a network of named populations all of them are by population, which is their first dimension.

    Parameters
    ----------
    waiting : times t_w from which correlations are taken, multiples of the sampling interval; none by default.
    max_lag : largest lag of these.
    populations : filled in by `simulate`.
    """

    waiting: tuple[float, ...] = ()
    max_lag: float = 10.0
    populations: tuple[str, ...] = ()

    word = "transient"

    def __post_init__(self) -> None:
        object.__setattr__(self, "waiting", tuple(non_negative("waiting", time) for time in self.waiting))
        object.__setattr__(self, "max_lag", positive("max_lag", self.max_lag))
        object.__setattr__(self, "populations", tuple(self.populations))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        by = ("population",) if self.populations else ()
        scalars = {f"transient_{name}": ((*by, "time"), "1") for name in ("mean", "variance", "phi")}
        return {**scalars, "transient_corr": ((*by, "waiting", "transient_lag"), "1")} if self.waiting else scalars

    def among(self, populations: tuple[str, ...]) -> Self:
        """Return the measure of these populations."""
        return replace(self, populations=populations)

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return the times, the waiting times, the lags, and the names of the populations.

        Raises
        ------
        ValueError : with a burn-in; if a waiting time is not sampled, or a lag ends after the duration.
        """
        rows, lags = self.rows(sampling)
        names = {"population": np.array(self.populations)} if self.populations else {}
        found = {**names, "time": sampling.interval * np.arange(1, sampling.n_samples + 1, dtype=float)}
        if len(rows):
            found["waiting"] = sampling.interval * rows.astype(float)
            found["transient_lag"] = sampling.interval * np.arange(lags, dtype=float)
        return found

    def rows(self, sampling: Sampling) -> tuple[NDArray[Any], int]:
        """Return the numbers of the samples at the waiting times, and of the lags."""
        if sampling.n_burn:
            raise ValueError("a transient is measured from the start: give burn_in=0")
        rows, lags = np.array([round(t / sampling.interval) for t in self.waiting], dtype=int), 0
        for row, time in zip(rows, self.waiting, strict=True):
            if row < 1 or abs(row * sampling.interval - time) > 1e-9 * max(time, 1.0):
                raise ValueError(
                    f"waiting must be multiples of the sampling interval, {sampling.interval:g}, from the first on; "
                    f"got {time:g}"
                )
            lags = 1 + round(self.max_lag / sampling.interval)
            if row + lags - 1 > sampling.n_samples:
                raise ValueError(
                    f"waiting times and max_lag must end within the duration, "
                    f"{sampling.n_samples * sampling.interval:g}; got {time:g} and {self.max_lag:g}"
                )
        return rows, lags

    def n_states_kept(self, sampling: Sampling) -> int:
        """Return the number of waiting times."""
        return len(self.waiting)

    def start(self, simulator: Any, sampling: Sampling) -> TransientRecord:
        """Return the accumulator of one realization, which begins with nothing heard before."""
        simulator.forget()
        return TransientRecord(*self.rows(sampling), sampling.n_samples, simulator)


class TransientRecord(Accumulator):
    """Averages at each time; the states at waiting times are kept."""

    def __init__(self, rows: NDArray[Any], lags: int, n_samples: int, simulator: Any) -> None:
        self._blocks, self._named = simulator.layout.slices, bool(simulator.names)
        self._rows, self._lags, self._seen = rows, lags, 0
        self._line = np.zeros((3, len(self._blocks), n_samples))
        self._corr = np.zeros((len(self._blocks), len(rows), lags))
        self._kept: dict[int, NDArray[Any]] = {}

    def update(self, simulator: Any) -> None:
        """Add this sample."""
        x, rates = (np.asarray(of, dtype=np.float64) for of in (simulator.x, simulator.rates))
        at = self._seen
        self._seen += 1
        for waiting, row in enumerate(self._rows):
            if row == self._seen:
                self._kept[waiting] = x.copy()
            lag = self._seen - row
            if 0 <= lag < self._lags:
                for block, own in enumerate(self._blocks):
                    self._corr[block, waiting, lag] = np.mean(self._kept[waiting][own] * x[own])
            elif lag == self._lags:
                del self._kept[waiting]
        for block, own in enumerate(self._blocks):
            variance = np.mean(np.var(x[own], axis=0))
            self._line[:, block, at] = np.mean(x[own]), variance, np.mean(rates[own])

    def result(self) -> dict[str, Any]:
        """Return the averages."""
        found = dict(zip(("transient_mean", "transient_variance", "transient_phi"), self._line, strict=True))
        if len(self._rows):
            found["transient_corr"] = self._corr
        return found if self._named else {name: values[0] for name, values in found.items()}
