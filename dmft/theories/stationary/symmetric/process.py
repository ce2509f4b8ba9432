"""The sampled process of partially symmetric couplings: its response, and its spectrum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling.sampling_error import together
from dmft.theories.stationary.solution import Interpolated, StationarySolution
from dmft.theories.stationary.symmetric.sampler import N_QUANTILES, row_of


@dataclass(frozen=True, eq=False)
class EchoedProcess(Interpolated):
    """A process that hears its own past, sampled.

    Attributes
    ----------
    omega : angular frequencies of the response, from 0, shape (n_omega,), in rad/tau.
    response_z : H(w), response of phi to z = F (eta + xi), shape (n_omega,); S = F H.
    quantiles : of |x|, at probabilities (k + 1/2)/n, shape (n,).
    mean_slope_error : error of <phi'>, which the response starts from.
    members : corr_x, corr_phi, real and imaginary part of H, quantiles and <phi'> of each independent group, one in a
        row.
    """

    omega: FloatArray = field(repr=False)
    response_z: ComplexArray = field(repr=False)
    quantiles: FloatArray = field(repr=False)
    mean_slope_error: float
    members: FloatArray = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("crisanti1987", "marti2018")
    words: ClassVar[str] = "a network with partially symmetric couplings"

    def response(self, omega: ArrayLike) -> ComplexArray:
        """Return S(w) = int R(u) exp(-i w u) du, below the highest frequency of `omega`."""
        w = np.asarray(omega, dtype=float)
        found = self._response_z(np.abs(w)) / (1.0 + 1j * np.abs(w))
        return np.asarray(np.where(w < 0, found.conj(), found))

    @cached_property
    def _response_z(self) -> Callable[[FloatArray], ComplexArray]:
        from scipy.interpolate import CubicSpline

        # H(-w) = H(w)*: a few points on the other side, so that the spline has no end at 0
        w = np.concatenate([-self.omega[8:0:-1], self.omega])
        values = np.concatenate([self.response_z[8:0:-1].conj(), self.response_z])
        spline: Callable[[FloatArray], ComplexArray] = CubicSpline(w, values)
        return spline


def groups(solution: StationarySolution) -> list[StationarySolution]:
    """Return the solution of each independent group of paths.

    A function of them has their scatter for its error, and differs in its mean from that of `with_bias` by what
    sampling biases it, see `sampling_error`.
    """
    return [_of(solution, row) for row in solution.process.members]


def with_bias(solution: StationarySolution) -> StationarySolution:
    """Return the solution of all paths together, the bias of sampling not taken off."""
    process = solution.process
    value = row_of(solution.corr_x, solution.corr_phi, process.response_z, process.quantiles, solution.mean_slope)
    return _of(solution, together(value, process.members))


def _of(solution: StationarySolution, row: FloatArray) -> StationarySolution:
    corr_x, corr_phi, real, imaginary, quantiles, slope = parts(row, len(solution.lags))
    process = replace(solution.process, response_z=real + 1j * imaginary, quantiles=quantiles)
    return replace(
        solution,
        corr_x=corr_x,
        corr_phi=corr_phi,
        mean_slope=float(slope[0]),
        variance=float(corr_x[0]),
        process=process,
    )


def parts(row: FloatArray, n_lags: int) -> list[FloatArray]:
    """Return the functions that stand in a row."""
    n_omega = 2 * n_lags + 1
    return np.split(row, np.cumsum([n_lags, n_lags, n_omega, n_omega, N_QUANTILES]))


def spectrum_phi(solution: StationarySolution, omega: ArrayLike) -> FloatArray:
    """Return the transform of C^phi."""
    w = np.asarray(omega, dtype=float)
    unique, inverse = np.unique(w.ravel(), return_inverse=True)
    lags = solution.lags
    weights = np.full(len(lags), 2.0)
    weights[0] = 1.0
    # White noise makes a cusp at lag 0, which a sum over lags does not see: it is transformed by itself.
    cusp = _cusp(solution)
    smooth = solution.corr_phi - cusp * np.exp(-lags)
    values = lags[1] * np.cos(np.outer(unique, lags)) @ (weights * smooth) + 2.0 * cusp / (1.0 + unique**2)
    return np.asarray(values[inverse].reshape(w.shape), dtype=float)


def _cusp(solution: StationarySolution) -> float:
    """Return -dC^phi/dlag at lag 0+: <phi'^2> times half the intensity of white noise."""
    reduction = solution.reduction
    if not reduction.intensity:
        return 0.0
    slope = np.asarray(reduction.nonlinearity.derivative(np.array(solution.process.quantiles)))
    return 0.5 * reduction.intensity * float(np.mean(slope**2))
