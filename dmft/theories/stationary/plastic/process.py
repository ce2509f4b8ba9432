"""The sampled process of plastic couplings: sets of random numbers, each solved self-consistently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.stationary.solution import Interpolated, StationarySolution


@dataclass(frozen=True, eq=False)
class RememberedProcess(Interpolated):
    """A process with the memory that plastic couplings hold, sampled on a periodic window.

    Attributes
    ----------
    corr_x_samples, corr_phi_samples : C^x, C^phi of each set as sampled, shape (n_set, n_lag). The solution has their
        mean, with the bias of sampling taken off and extrapolated to no step.
    step : distance of two lags, which is the time step of the sampled paths.
    """

    corr_x_samples: FloatArray = field(repr=False)
    corr_phi_samples: FloatArray = field(repr=False)
    step: float

    references: ClassVar[tuple[str, ...]] = ("clark2024",)
    words: ClassVar[str] = "a network with plastic couplings"

    @property
    def window(self) -> float:
        """Length of the periodic window that was sampled; the lags cover a quarter of it."""
        return 4.0 * int(self.corr_phi_samples.shape[1]) * self.step

    def per_set(self, function: Callable[[FloatArray], float]) -> tuple[float, float]:
        """Return a functional of C^phi and its standard error from the scatter between the sets of random numbers.

        Parameters
        ----------
        function : maps C^phi at the lags, shape (n_lag,), to a number.
        """
        values = np.array([function(row) for row in self.corr_phi_samples])
        return float(values.mean()), standard_error(values)


def checked_plastic(solution: Any) -> StationarySolution:
    """Return a solution of plastic couplings; refuse another.

    Raises
    ------
    TypeError : for what is none.
    """
    if not (isinstance(solution, StationarySolution) and isinstance(solution.process, RememberedProcess)):
        raise TypeError(f"solution must be that of a network with plastic couplings, got {type(solution).__name__}")
    return solution


def standard_error(samples: FloatArray) -> Any:
    """Return the standard error of the mean over the first axis; nan for a single sample."""
    n = len(samples)
    if n < 2:
        return np.full(samples.shape[1:], np.nan) if samples.ndim > 1 else float("nan")
    error = samples.std(axis=0, ddof=1) / np.sqrt(n)
    return error if samples.ndim > 1 else float(error)
