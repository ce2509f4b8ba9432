"""The response of an isolated neuron to its input, known exactly: no time step error.

The equation of motion is linear but for the couplings, so x = y + z with dy/dt = -y + J phi(y + z) and dz/dt = -z +
input. The part z does not depend on the network, and is the sum of the responses to each input by itself: Gaussian with
an exact update, a sine, or an integral of what is known. Only y, which is smoother than x by one order (two, for
coloured noise), is left to the integrator. A further kind of drive is a class here with one line, `register`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import singledispatch
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dmft.models.drive import Constant, Drive, OfTime, OrnsteinUhlenbeck, Sinusoid, WhiteNoise

# On [-1, 1]: within a step, smooth functions to rounding.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)


class Response(Protocol):
    """The response z of isolated neurons."""

    @property
    def z(self) -> NDArray[Any]:
        """The response, in a shape that broadcasts to (n_states, N)."""
        ...

    def advance(self, step: float) -> None:
        """Move z by one step in time."""
        ...


@singledispatch
def response_to(drive: Drive, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    """Return the response of isolated neurons to a drive, in its stationary state; shape is (n_states, N)."""
    raise TypeError(f"the simulator knows no drive {drive!r}")


class Responses:
    """The sum of the responses to several drives, each drawn from the same generator in turn; 0 for none."""

    def __init__(self, drives: Sequence[Drive], shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> None:
        self._parts = [response_to(drive, shape, dtype, rng) for drive in drives]
        self.moves = bool(drives)
        self._zero = np.zeros((), dtype=dtype)

    @property
    def z(self) -> NDArray[Any]:
        """The response."""
        if len(self._parts) == 1:
            return self._parts[0].z
        return sum((part.z for part in self._parts), self._zero)

    def advance(self, step: float) -> None:
        """Move every response."""
        for part in self._parts:
            part.advance(step)


@response_to.register(Constant)
class ConstantResponse:
    """z is the input."""

    def __init__(self, drive: Constant, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> None:
        self.z = np.full((1, 1), drive.value, dtype=dtype)

    def advance(self, step: float) -> None:
        """Do nothing."""


@response_to.register(OfTime)
class ResponseInTime:
    """z(t + h) = exp(-h) z(t) + int_0^h exp(s - h) f(t + s) ds, in double precision; z(0) = 0."""

    def __init__(self, drive: OfTime, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> None:
        self._drive, self._time, self._exact = drive, 0.0, 0.0
        self.z = np.zeros((1, 1), dtype=dtype)

    def advance(self, step: float) -> None:
        """Integrate over the step by Gauss-Legendre nodes: a jump of f within it costs an error of the step's order."""
        ahead = 0.5 * step * (1.0 + _NODES)
        gained = 0.5 * step * _WEIGHTS @ (np.exp(ahead - step) * self._drive.at(self._time + ahead))
        self._exact = math.exp(-step) * self._exact + float(gained)
        self._time += step
        self.z[...] = self._exact


@response_to.register(WhiteNoise)
class WhiteNoiseResponse:
    """z is an Ornstein-Uhlenbeck process of variance intensity/2 and unit correlation time."""

    def __init__(self, drive: WhiteNoise, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> None:
        self._rng = rng
        self._deviation = math.sqrt(drive.intensity / 2.0)
        self.z = np.empty(shape, dtype=dtype)
        self._draw = np.empty(shape, dtype=dtype)
        rng.standard_normal(out=self.z, dtype=dtype)
        self.z *= self._deviation

    def advance(self, step: float) -> None:
        """z <- exp(-step) z + the exact increment."""
        self._rng.standard_normal(out=self._draw, dtype=self.z.dtype.type)
        self._draw *= self._deviation * math.sqrt(-math.expm1(-2.0 * step))
        self.z *= math.exp(-step)
        self.z += self._draw


@response_to.register(OrnsteinUhlenbeck)
class ColouredNoiseResponse:
    """(u, z): u an Ornstein-Uhlenbeck process, dz/dt = -z + u; jointly Gaussian, updated exactly.

    With r = 1/correlation_time, the stationary covariances are <u u> = s^2, <u z> = s^2/(1 + r), <z z> = s^2/(1 + r);
    a step maps by the propagator P = exp(A step), and the increment has the covariance S - P S P^T.
    """

    def __init__(self, drive: OrnsteinUhlenbeck, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> None:
        self._rng = rng
        self._rate = 1.0 / drive.correlation_time
        mixed = drive.variance / (1.0 + self._rate)
        self._covariance = np.array([[drive.variance, mixed], [mixed, mixed]])
        self._steps: dict[float, tuple[Any, Any]] = {}
        self._state = np.empty((2, *shape), dtype=dtype)
        self._draw = np.empty((2, *shape), dtype=dtype)
        rng.standard_normal(out=self._draw, dtype=dtype)
        self._mix(_square_root(self._covariance), self._draw, self._state)

    @property
    def z(self) -> NDArray[Any]:
        """The response."""
        return self._state[1]

    def advance(self, step: float) -> None:
        """(u, z) <- P (u, z) + the exact increment."""
        if step not in self._steps:
            propagator = self._propagator(step)
            increment = self._covariance - propagator @ self._covariance @ propagator.T
            self._steps[step] = propagator, _square_root(increment)
        propagator, root = self._steps[step]
        self._rng.standard_normal(out=self._draw, dtype=self._draw.dtype.type)
        moved = np.empty_like(self._state)
        self._mix(propagator, self._state, moved)
        self._mix(root, self._draw, self._state)
        self._state += moved

    def _propagator(self, step: float) -> NDArray[np.float64]:
        fade_u, fade_z = math.exp(-self._rate * step), math.exp(-step)
        gap = (1.0 - self._rate) * step
        # int_0^h e^{-(h-s)} e^{-r s} ds, written so that r = 1 is no special case.
        carried = fade_z * step * (math.expm1(gap) / gap if abs(gap) > 1e-12 else 1.0)
        return np.array([[fade_u, 0.0], [carried, fade_z]])

    @staticmethod
    def _mix(matrix: NDArray[Any], source: NDArray[Any], out: NDArray[Any]) -> None:
        m = matrix.astype(source.dtype)
        np.multiply(source[0], m[0, 0], out=out[0])
        out[0] += m[0, 1] * source[1]
        np.multiply(source[0], m[1, 0], out=out[1])
        out[1] += m[1, 1] * source[1]


@response_to.register(Sinusoid)
class SinusoidResponse:
    """z = A sin(w t + theta_i - atan w)/sqrt(1 + w^2), w = 2 pi frequency; the phases are the same in every state."""

    def __init__(self, drive: Sinusoid, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> None:
        self._omega = 2.0 * math.pi * drive.frequency
        self._time = 0.0
        n = shape[1]
        phases = rng.uniform(0.0, 2.0 * math.pi, n) if drive.phased else np.zeros(n)
        phases -= math.atan(self._omega)
        amplitude = drive.amplitude / math.sqrt(1.0 + self._omega**2)
        self._sine = (amplitude * np.sin(phases)).astype(dtype)
        self._cosine = (amplitude * np.cos(phases)).astype(dtype)
        self.z = self._sine[None, :].copy()

    def advance(self, step: float) -> None:
        """Move the phase; computed from the time, so that nothing accumulates."""
        self._time += step
        angle = math.fmod(self._omega * self._time, 2.0 * math.pi)
        kind = self.z.dtype.type
        self.z[0] = kind(math.cos(angle)) * self._sine + kind(math.sin(angle)) * self._cosine


def _square_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))
