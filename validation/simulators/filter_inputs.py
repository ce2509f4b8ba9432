"""The response of an isolated filter to its input, known exactly: drawn from its stochastic equation."""

from __future__ import annotations

import cmath
import math
from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov

from dmft.models.drives import Constant, OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from validation.simulators.filter_states import FilterStates, combined
from validation.simulators.inputs import GaussianResponse, Response, SinusoidResponse, SumOfResponses


@singledispatch
def filtered_response(
    drive: Any, transfer: Any, shape: tuple[int, int], dtype: Any, rng: np.random.Generator
) -> Response:
    """Return the response of isolated filters to a drive, or to a tuple of them; shape is (n_states, units).

    Raises
    ------
    TypeError : for a drive of another kind.
    """
    raise TypeError(
        f"the simulator of filters knows no drive {drive!r}: take Constant, WhiteNoise, OrnsteinUhlenbeck or Sinusoid"
    )


@filtered_response.register(tuple)
def _of_all(drives: Any, transfer: Any, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return SumOfResponses([filtered_response(drive, transfer, shape, dtype, rng) for drive in drives], dtype)


@filtered_response.register(Constant)
class FilteredConstant:
    """z = H(0) value."""

    def __init__(self, drive: Constant, transfer: Any, shape: tuple[int, int], dtype: Any, rng: Any) -> None:
        self.z: NDArray[Any] = np.full((1, 1), drive.value * transfer.at(0.0).real, dtype=dtype)

    def advance(self, step: float) -> None:
        """Do nothing."""


@filtered_response.register(WhiteNoise)
def _white(drive: WhiteNoise, transfer: Any, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    flow, entry, read = _companion(transfer)
    return _drawn(flow, math.sqrt(drive.intensity) * entry, read, shape, dtype, rng)


@filtered_response.register(OrnsteinUhlenbeck)
def _coloured(
    drive: OrnsteinUhlenbeck, transfer: Any, shape: tuple[int, int], dtype: Any, rng: np.random.Generator
) -> Response:
    flow, entry, read = _companion(transfer)
    d, rate = len(flow), 1.0 / drive.correlation_time
    whole = np.zeros((d + 1, d + 1))
    whole[:d, :d], whole[:d, d], whole[d, d] = flow, entry, -rate
    drawn = np.append(np.zeros(d), math.sqrt(2.0 * rate * drive.variance))
    return _drawn(whole, drawn, np.append(read, 0.0), shape, dtype, rng)


@filtered_response.register(Sinusoid)
def _sine(drive: Sinusoid, transfer: Any, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    response = complex(transfer.at(2j * math.pi * drive.frequency))
    turned = replace(drive, phases="common", phase=0.0, amplitude=drive.amplitude * abs(response))
    if drive.phased:
        return SinusoidResponse(replace(turned, phases="random"), shape, dtype, rng, tau=0.0)
    return SinusoidResponse(replace(turned, phase=drive.phase + cmath.phase(response)), shape, dtype, rng, tau=0.0)


def _companion(transfer: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    states = FilterStates(replace(transfer, delay=0.0), 1, 1, 1.0, np.float64)
    return states.flow, states.entry, states.read


def _drawn(
    flow: NDArray[np.float64],
    entry: NDArray[np.float64],
    read: NDArray[np.float64],
    shape: tuple[int, int],
    dtype: Any,
    rng: np.random.Generator,
) -> Response:
    """Return c u of du = A u dt + b dW, stationary."""
    covariance = solve_continuous_lyapunov(flow, -np.outer(entry, entry))
    return Read(GaussianResponse(flow, 0.5 * (covariance + covariance.T), shape, dtype, rng), read)


class Read:
    """A combination of the components of a Gaussian response."""

    def __init__(self, response: GaussianResponse, read: NDArray[np.float64]) -> None:
        self._response, self._read = response, read

    @property
    def z(self) -> NDArray[Any]:
        """The response."""
        components = self._response.components
        return combined(self._read.astype(components.dtype), components)

    def advance(self, step: float) -> None:
        """Move every component."""
        self._response.advance(step)
