"""Lyapunov exponents: tangent vectors, made orthonormal once an interval; their stretching is averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.checks import positive
from validation.ensemble import checked_count
from validation.estimators import Accumulator, Measure, Sampling
from validation.simulators.simulator import Simulator

# Running estimates that are kept, so that memory does not grow with the duration.
_MOST_CHECKPOINTS = 32


@dataclass(frozen=True)
class Lyapunov(Measure):
    """The k largest exponents (natural log, in units of 1/tau) by repeated QR.

    Equation: dV/dt = (-1 + J diag(phi'(x(t)))) V; lambda_i = <log R_ii>/interval [Benettin et al., Meccanica 15, 9
    (1980)]. The leading vector is aligned during the burn-in; what is left of its misalignment lowers the exponent by
    about log(1/overlap)/duration.

    Parameters
    ----------
    k : number of exponents.
    interval : time between two QR factorisations, in units of tau, a multiple of the sampling interval.
    """

    k: int = 1
    interval: float = 1.0

    word = "lyapunov"

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", checked_count("k", self.k))
        object.__setattr__(self, "interval", positive("interval", self.interval))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        return {
            "lyapunov_exponent": ((), "1/tau"),
            "lyapunov_exponents": (("exponent",), "1/tau"),
            "lyapunov_history": (("exponent_time", "exponent"), "1/tau"),
        }

    def n_tangents(self, n: int) -> int:
        """Return k.

        Raises
        ------
        ValueError : if k > n.
        """
        if self.k > n:
            raise ValueError(f"k must be at most the number of neurons, {n}, got {self.k}")
        return self.k

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return the index of the exponents and the times of the running estimates.

        Raises
        ------
        ValueError : if the duration is shorter than one interval.
        """
        if sampling.n_samples < self._every(sampling):
            raise ValueError(
                f"interval must be at most the duration, {sampling.n_samples * sampling.interval:g} tau, "
                f"got {self.interval:g}"
            )
        n_factorisations = sampling.n_samples // self._every(sampling)
        return {
            "exponent": np.arange(1, self.k + 1, dtype=float),
            "exponent_time": self._every(sampling) * sampling.interval * _checkpoints(n_factorisations),
        }

    def n_results(self, sampling: Sampling) -> float:
        """Return the number of exponents, with their running estimates."""
        return 40 * self.k

    def _every(self, sampling: Sampling) -> int:
        return max(1, round(self.interval / sampling.interval))

    def start(self, simulator: Simulator, sampling: Sampling) -> StretchingLogs:
        """Return the accumulator of one realization."""
        return StretchingLogs(self.k, self._every(sampling), sampling)


def _checkpoints(n_factorisations: int) -> NDArray[np.int64]:
    """Numbers of factorisations after which the running estimate is kept, the last one at the end."""
    kept = min(_MOST_CHECKPOINTS, n_factorisations)
    return np.array([n_factorisations * (i + 1) // kept for i in range(kept)], dtype=np.int64)


class StretchingLogs(Accumulator):
    """Logs of the stretching of the tangent vectors, averaged over the states of the same couplings."""

    def __init__(self, k: int, every: int, sampling: Sampling) -> None:
        self._every = every
        self._interval = every * sampling.interval
        self._n_burn = sampling.n_burn
        self._checkpoints = set(_checkpoints(sampling.n_samples // every).tolist())
        self._seen = 0
        self._factorisations = 0
        self._sum = np.zeros(k)
        self._history: list[NDArray[np.float64]] = []

    def burn(self, simulator: Simulator) -> None:
        """Let the vectors align; the last call leaves them orthonormal."""
        self._seen += 1
        if self._seen % self._every == 0 or self._seen == self._n_burn:
            simulator.orthonormalise()

    def update(self, simulator: Simulator) -> None:
        """Add the stretching since the last factorisation."""
        self._seen += 1
        if (self._seen - self._n_burn) % self._every == 0:
            self._sum += np.mean(simulator.orthonormalise(), axis=0)
            self._factorisations += 1
            if self._factorisations in self._checkpoints:
                self._history.append(self._sum / (self._factorisations * self._interval))

    def result(self) -> dict[str, Any]:
        """Return the exponents in the order of the vectors, and their running estimates."""
        exponents = self._history[-1]
        return {
            "lyapunov_exponent": float(exponents[0]),
            "lyapunov_exponents": exponents,
            "lyapunov_history": np.array(self._history),
        }
