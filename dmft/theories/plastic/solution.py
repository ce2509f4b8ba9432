"""The stationary state of a plastic network: correlation functions with their standard errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.theories.solution import Solution

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class PlasticSolution(Solution):
    """Stationary state of a plastic network, sampled.

    The solution is a mean over several independent sets of random numbers, each solved self-consistently, with the bias
    of sampling taken off and extrapolated to no step. The residual in `convergence` is that of the iteration with its
    random numbers held fixed; all errors are in `corr_x_error` and `corr_phi_error`, and one by one, relative to lag 0,
    in ``settings["errors"]``.

    Attributes
    ----------
    lags : shape (n_lag,), one-sided, lags[0] = 0, in units of tau; they cover a quarter of the sampled window.
    corr_x, corr_phi : C^x, C^phi at the lags, shape (n_lag,).
    corr_x_error, corr_phi_error : errors of these, shape (n_lag,): of sampling, one sigma, and on top of it bounds on
        those of steps, window and iteration.
    corr_x_samples, corr_phi_samples : the functions of each set as sampled, shape (n_set, n_lag).
    phase : "quiescent", "chaotic", or "fixed points" (a state whose correlation does not decay in the window).
    """

    lags: FloatArray = field(repr=False)
    corr_x: FloatArray = field(repr=False)
    corr_phi: FloatArray = field(repr=False)
    corr_x_error: FloatArray = field(repr=False)
    corr_phi_error: FloatArray = field(repr=False)
    corr_x_samples: FloatArray = field(repr=False)
    corr_phi_samples: FloatArray = field(repr=False)
    phase: str

    references: ClassVar[tuple[str, ...]] = ("clark2024",)
    coordinates: ClassVar[dict[str, str]] = {"lags": "tau"}
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {
        "corr_x": (("lags",), "1"),
        "corr_phi": (("lags",), "1"),
        "corr_x_error": (("lags",), "1"),
        "corr_phi_error": (("lags",), "1"),
        "corr_x_samples": (("set", "lags"), "1"),
        "corr_phi_samples": (("set", "lags"), "1"),
    }

    @property
    def step(self) -> float:
        """Distance of two lags, which is the time step of the sampled paths."""
        return float(self.lags[1] - self.lags[0])

    @property
    def window(self) -> float:
        """Length of the periodic window that was sampled; the lags cover a quarter of it."""
        return 4.0 * len(self.lags) * self.step

    def corr_x_at(self, lag: ArrayLike) -> Any:
        """Return C^x at any lag within the kept range by cubic interpolation, and 0 beyond."""
        return self._at(lag, self.corr_x)

    def corr_phi_at(self, lag: ArrayLike) -> Any:
        """Return C^phi at any lag within the kept range by cubic interpolation, and 0 beyond."""
        return self._at(lag, self.corr_phi)

    def per_sample(self, function: Callable[[FloatArray], float]) -> tuple[float, float]:
        """Return a functional of C^phi and its standard error from the scatter between the sets of random numbers.

        Parameters
        ----------
        function : maps C^phi at the lags, shape (n_lag,), to a number.
        """
        values = np.array([function(row) for row in self.corr_phi_samples])
        return float(values.mean()), standard_error(values)

    def to_xarray(self):
        """Return the arrays as a labelled dataset, with the phase among the attributes."""
        return super().to_xarray().assign_attrs(phase=self.phase)

    def _at(self, lag: ArrayLike, values: FloatArray) -> Any:
        from scipy.interpolate import CubicSpline

        distance = np.abs(np.asarray(lag, dtype=float))
        spline = CubicSpline(self.lags, values, bc_type=((1, 0.0), "not-a-knot"))
        out = np.where(distance <= self.lags[-1], spline(np.minimum(distance, self.lags[-1])), 0.0)
        return float(out) if np.ndim(lag) == 0 else out


def standard_error(samples: FloatArray) -> Any:
    """Return the standard error of the mean over the first axis; nan for a single sample."""
    n = len(samples)
    if n < 2:
        return np.full(samples.shape[1:], np.nan) if samples.ndim > 1 else float("nan")
    error = samples.std(axis=0, ddof=1) / np.sqrt(n)
    return error if samples.ndim > 1 else float(error)
