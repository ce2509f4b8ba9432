"""Order parameters of low-rank couplings, and the outlier of the couplings that were drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackError, eigs

from validation.errors import SimulationError
from validation.estimators import Accumulator, Measure, Sampling
from validation.simulators.simulator import Simulator


@dataclass(frozen=True)
class OrderParameters(Measure):
    """`kappa`, the modulus of kappa_r = n^r . phi/N, and `frequency`, at which it rotates.

    States of odd phi come with either sign, and replicas choose: what is averaged is the root of the mean square over
    time, sum_r kappa_r^2 of a state, which its sign does not enter. It lies above the modulus of the mean by what kappa
    fluctuates in N units, of order 1/N. The frequency is the mean number of turns of (kappa_1, kappa_2) in a unit of
    time, of either sense; 0 of a rank other than two.
    """

    word = "kappa"

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        return {"kappa": ((), "1"), "frequency": ((), "1/tau")}

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return none."""
        return {}

    def start(self, simulator: Simulator, sampling: Sampling) -> OrderParameterSums:
        """Return the accumulator of one realization.

        Raises
        ------
        ValueError : if the couplings have no low-rank term of known vectors.
        """
        if simulator.low_rank is None:
            raise ValueError(
                "kappa needs low-rank couplings that the simulation draws: Couplings(low_rank=LowRank(...))"
            )
        return OrderParameterSums(sampling)


class OrderParameterSums(Accumulator):
    """Squares of kappa, and the angle that (kappa_1, kappa_2) has turned."""

    def __init__(self, sampling: Sampling) -> None:
        self._interval, self._samples = sampling.interval, 0
        self._squares: Any = 0.0
        self._turned: Any = 0.0
        self._last: Any = None

    def update(self, simulator: Simulator) -> None:
        """Add this sample."""
        assert simulator.low_rank is not None
        kappa = simulator.low_rank.order_parameters(simulator.rates)
        self._squares = self._squares + np.sum(kappa**2, axis=0)
        if len(kappa) == 2:
            now = kappa[0] + 1j * kappa[1]
            if self._last is not None:
                self._turned = self._turned + np.angle(now * np.conj(self._last))
            self._last = now
        self._samples += 1

    def result(self) -> dict[str, Any]:
        """Return the averages over the states."""
        kappa = float(np.mean(np.sqrt(self._squares / self._samples)))
        time = 2.0 * math.pi * self._interval * max(1, self._samples - 1)
        return {"kappa": kappa, "frequency": float(np.mean(np.abs(self._turned))) / time}


@dataclass(frozen=True)
class Outlier(Measure):
    """The eigenvalue of largest real part of the couplings J that were drawn: `outlier`, and `outlier_imaginary` >= 0.

    Theory evaluated there fits a single network, where that of the stated overlaps scatters by 1/sqrt(N) (sheet 5.4).
    """

    word = "outlier"
    needs_matrix = True

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        return {"outlier": ((), "1"), "outlier_imaginary": ((), "1")}

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return none."""
        return {}

    def start(self, simulator: Simulator, sampling: Sampling) -> OutlierOfCouplings:
        """Return the accumulator of one realization."""
        return OutlierOfCouplings(simulator)


class OutlierOfCouplings(Accumulator):
    """The outlier, found once."""

    def __init__(self, simulator: Simulator) -> None:
        self._found = rightmost(simulator.couplings)

    def update(self, simulator: Simulator) -> None:
        """Do nothing: the couplings do not change."""

    def result(self) -> dict[str, Any]:
        """Return its parts."""
        return {"outlier": self._found.real, "outlier_imaginary": abs(self._found.imag)}


def rightmost(matrix: NDArray[Any]) -> complex:
    """Return the eigenvalue of largest real part of a matrix, by Arnoldi's method (by all of them below N = 100).

    Raises
    ------
    SimulationError : if the iteration does not converge: there is no outlier, but the edge of a disc.
    """
    if len(matrix) < 100:
        values = np.linalg.eigvals(matrix.astype(np.float64))
    else:
        try:
            start = np.ones(len(matrix)) + np.arange(len(matrix)) / len(matrix)  # the same answer every time
            values = eigs(matrix.astype(np.float64), k=2, which="LR", v0=start, ncv=60, return_eigenvectors=False)
        except ArpackError as error:
            raise SimulationError(f"the couplings have no outlier that stands out of their disc: {error}") from error
    return complex(values[np.argmax(values.real)])
