"""Inputs in discrete time: what a unit hears at each step, in the same form as `inputs` has it in continuous time.

x(t + 1) = J phi(x(t)) + input(t + 1): the response of an isolated unit is the input itself. White noise is independent
from step to step, and its intensity is its variance.
"""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.drives import Constant, Drive, OfTime, OrnsteinUhlenbeck, Sinusoid, Weighted, WhiteNoise
from validation.simulators.inputs import ConstantResponse, Response, SinusoidResponse, SumOfResponses, WeightedResponse


@singledispatch
def input_of(drive: Any, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    """Return what units hear of a drive, or of a tuple of them; shape is (n_states, N)."""
    raise TypeError(f"the simulator knows no drive {drive!r} in discrete time")


@input_of.register(tuple)
def _of_all(drives: tuple[Drive, ...], shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return SumOfResponses([input_of(drive, shape, dtype, rng) for drive in drives], dtype)


input_of.register(Constant, ConstantResponse)


@input_of.register(Sinusoid)
def _sinusoid(drive: Sinusoid, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return SinusoidResponse(drive, shape, dtype, rng, tau=0.0)


@input_of.register(Weighted)
def _weighted(drive: Weighted, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    weights = drive.drawn(shape[1], rng).astype(dtype)
    return WeightedResponse(input_of(drive.signal, (1, 1), dtype, rng), weights)


class Noise:
    """u <- a u + sqrt((1 - a^2) variance) times a standard normal; of that variance from the start."""

    def __init__(
        self, fade: float, variance: float, shape: tuple[int, int], dtype: Any, rng: np.random.Generator
    ) -> None:
        self._fade, self._rng = fade, rng
        self._size = math.sqrt(max(0.0, 1.0 - fade**2) * variance)
        self._draw: NDArray[Any] = np.empty(shape, dtype=dtype)
        rng.standard_normal(out=self._draw, dtype=self._draw.dtype.type)
        self.z: NDArray[Any] = math.sqrt(variance) * self._draw

    def advance(self, step: float) -> None:
        """Draw the next step."""
        self._rng.standard_normal(out=self._draw, dtype=self._draw.dtype.type)
        self.z *= self._fade
        self.z += self._size * self._draw


@input_of.register(WhiteNoise)
def _white(drive: WhiteNoise, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return Noise(0.0, drive.intensity, shape, dtype, rng)


@input_of.register(OrnsteinUhlenbeck)
def _coloured(drive: OrnsteinUhlenbeck, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return Noise(math.exp(-1.0 / drive.correlation_time), drive.variance, shape, dtype, rng)


@input_of.register(OfTime)
class InputInTime:
    """The value of the function at each step."""

    def __init__(self, drive: OfTime, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> None:
        self._drive, self._time = drive, 0.0
        self.z = np.full((1, 1), float(drive.at(0.0)), dtype=dtype)

    def advance(self, step: float) -> None:
        """Move by one step."""
        self._time += step
        self.z[...] = float(self._drive.at(self._time))
