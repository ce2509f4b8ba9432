"""Eigenvalues of the Jacobian at snapshots of a running network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.ensemble import checked_count
from validation.estimators import Accumulator, Measure, Sampling
from validation.simulators.simulator import Simulator


@dataclass(frozen=True)
class Jacobian(Measure):
    """Eigenvalues of -1 + J diag(phi'(x)) at equally spaced times; each costs of order 10 N^3 in float64.

    Parameters
    ----------
    snapshots : number of times in a realization, the last one at its end.
    """

    snapshots: int = 1

    word = "jacobian"
    needs_matrix = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "snapshots", checked_count("snapshots", self.snapshots))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        return {"jacobian_eigenvalues": (("snapshot", "neuron"), "1/tau")}

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return the times of the snapshots, counted from the end of the burn-in."""
        if self.snapshots > sampling.n_samples:
            raise ValueError(
                f"snapshots must be at most the number of samples, {sampling.n_samples}, got {self.snapshots}"
            )
        return {"snapshot": sampling.interval * np.asarray(self._samples(sampling), dtype=float)}

    def _samples(self, sampling: Sampling) -> list[int]:
        return [round(sampling.n_samples * (i + 1) / self.snapshots) for i in range(self.snapshots)]

    def start(self, simulator: Simulator, sampling: Sampling) -> Snapshots:
        """Return the accumulator of one realization."""
        return Snapshots(self._samples(sampling))


class Snapshots(Accumulator):
    """Eigenvalues at the chosen samples, of the first state."""

    def __init__(self, at: list[int]) -> None:
        self._at = at
        self._seen = 0
        self._eigenvalues: list[NDArray[np.complex128]] = []

    def update(self, simulator: Simulator) -> None:
        """Take the eigenvalues if it is time."""
        self._seen += 1
        if self._seen in self._at:
            self._eigenvalues.append(np.linalg.eigvals(simulator.jacobian()).astype(np.complex128))

    def result(self) -> dict[str, Any]:
        """Return the eigenvalues, shape (snapshots, N)."""
        return {"jacobian_eigenvalues": np.array(self._eigenvalues)}
