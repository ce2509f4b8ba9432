"""The response of an isolated neuron to its input, known exactly: no time step error.

The equation of motion is linear but for the couplings, so x = y + z with tau dy/dt = -y + J phi(y + z) and tau dz/dt =
-z + input. The part z does not depend on the network, and is the sum of the responses to each input by itself:
Gaussian with an exact update, a sine, or an integral of what is known. Only y, which is smoother than x by one order
(two, for coloured noise), is left to the integrator. A further kind of drive is a class here with one line, `register`.
"""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from dmft.models.drives import Constant, Drive, OfTime, OrnsteinUhlenbeck, Sinusoid, Weighted, WhiteNoise

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
def response_to(drive: Any, shape: tuple[int, int], dtype: Any, rng: np.random.Generator, tau: float = 1.0) -> Response:
    """Return the response of isolated neurons to a drive, or to a tuple of them; shape is (n_states, N)."""
    raise TypeError(f"the simulator knows no drive {drive!r}")


@response_to.register(tuple)
def _of_all(
    drives: tuple[Drive, ...], shape: tuple[int, int], dtype: Any, rng: np.random.Generator, tau: float = 1.0
) -> Response:
    parts = [response_to(drive, shape, dtype, rng, tau) for drive in drives]
    return parts[0] if len(parts) == 1 else SumOfResponses(parts, dtype)


class SumOfResponses:
    """The sum of the responses to several drives, each drawn from the same generator in turn; 0 for none."""

    def __init__(self, parts: list[Response], dtype: Any) -> None:
        self._parts, self._zero = parts, np.zeros((), dtype=dtype)

    @property
    def z(self) -> NDArray[Any]:
        """The response."""
        return sum((part.z for part in self._parts), self._zero)

    def advance(self, step: float) -> None:
        """Move every response."""
        for part in self._parts:
            part.advance(step)


@response_to.register(Constant)
class ConstantResponse:
    """z is the input."""

    def __init__(self, drive: Constant, shape: tuple[int, int], dtype: Any, rng: Any, tau: float = 1.0) -> None:
        self.z = np.full((1, 1), drive.value, dtype=dtype)

    def advance(self, step: float) -> None:
        """Do nothing."""


@response_to.register(OfTime)
class ResponseInTime:
    """z(t + h) = exp(-h) z(t) + int_0^h exp(s - h) f(t + s) ds for tau = 1, in double precision; z(0) = 0."""

    def __init__(self, drive: OfTime, shape: tuple[int, int], dtype: Any, rng: Any, tau: float = 1.0) -> None:
        self._drive, self._tau, self._time, self._exact = drive, tau, 0.0, 0.0
        self.z = np.zeros((1, 1), dtype=dtype)

    def advance(self, step: float) -> None:
        """Integrate over the step by Gauss-Legendre nodes: a jump of f within it costs an error of the step's order."""
        ahead = 0.5 * step * (1.0 + _NODES)
        gained = 0.5 * step * _WEIGHTS @ (np.exp((ahead - step) / self._tau) * self._drive.at(self._time + ahead))
        self._exact = math.exp(-step / self._tau) * self._exact + float(gained) / self._tau
        self._time += step
        self.z[...] = self._exact


class GaussianResponse:
    """The last component of u, du/dt = A u + white noise, of the stationary covariance S; updated exactly.

    A step maps by the propagator P = exp(A step), and the increment has the covariance S - P S P^T.
    """

    def __init__(
        self, flow: ArrayLike, covariance: ArrayLike, shape: tuple[int, int], dtype: Any, rng: np.random.Generator
    ) -> None:
        self.flow, self.covariance = np.array(flow), np.array(covariance)
        self._rng, self._dtype = rng, np.dtype(dtype).type
        self._steps: dict[float, tuple[NDArray[Any], NDArray[Any]]] = {}
        self._state, self._draw, self._moved = (np.empty((len(self.flow), *shape), dtype=dtype) for _ in range(3))
        self._mixed_draw(_square_root(self.covariance).astype(dtype), self._state)

    @property
    def z(self) -> NDArray[Any]:
        """The response."""
        return np.asarray(self._state[-1])

    @property
    def components(self) -> NDArray[Any]:
        """All of u, shape (d, *shape)."""
        return self._state

    def advance(self, step: float) -> None:
        """Make u P u + the exact increment."""
        if step not in self._steps:
            propagator = self.propagator(step)
            increment = self.covariance - propagator @ self.covariance @ propagator.T
            self._steps[step] = propagator.astype(self._dtype), _square_root(increment).astype(self._dtype)
        propagator, root = self._steps[step]
        _apply(propagator, self._state, self._moved)
        self._mixed_draw(root, self._state)
        self._state += self._moved

    def propagator(self, step: float) -> NDArray[np.float64]:
        """Return exp(A step)."""
        return np.asarray(expm(self.flow * step))

    def _mixed_draw(self, matrix: NDArray[Any], out: NDArray[Any]) -> None:
        self._rng.standard_normal(out=self._draw, dtype=self._dtype)
        _apply(matrix, self._draw, out)


def _apply(matrix: NDArray[Any], source: NDArray[Any], out: NDArray[Any]) -> None:
    """Write the product of a matrix of components with a source, components first."""
    if len(matrix) == 1:
        np.multiply(source, matrix[0, 0], out=out)
    else:
        np.matmul(matrix, source.reshape(len(matrix), -1), out=out.reshape(len(matrix), -1))


@response_to.register(WhiteNoise)
def _white(
    drive: WhiteNoise, shape: tuple[int, int], dtype: Any, rng: np.random.Generator, tau: float = 1.0
) -> Response:
    return GaussianResponse([[-1.0 / tau]], [[drive.intensity / (2.0 * tau)]], shape, dtype, rng)


@response_to.register(OrnsteinUhlenbeck)
def _coloured(
    drive: OrnsteinUhlenbeck, shape: tuple[int, int], dtype: Any, rng: np.random.Generator, tau: float = 1.0
) -> Response:
    """Return the response of (input, z): <u u> = s^2, <u z> = <z z> = s^2/(1 + r tau), r = 1/correlation_time."""
    rate, leak = 1.0 / drive.correlation_time, 1.0 / tau
    mixed = drive.variance / (1.0 + rate * tau)
    flow = [[-rate, 0.0], [leak, -leak]]
    return GaussianResponse(flow, [[drive.variance, mixed], [mixed, mixed]], shape, dtype, rng)


@response_to.register(Sinusoid)
class SinusoidResponse:
    """z = A sin(w t + phase + theta_i - atan(w tau))/sqrt(1 + (w tau)^2), w = 2 pi frequency; theta are of every state.

    In discrete time (tau = 0) it is the input itself.
    """

    def __init__(
        self, drive: Sinusoid, shape: tuple[int, int], dtype: Any, rng: np.random.Generator, tau: float = 1.0
    ) -> None:
        self._omega = 2.0 * math.pi * drive.frequency
        self._time = 0.0
        n = shape[1]
        phases = rng.uniform(0.0, 2.0 * math.pi, n) if drive.phased else np.zeros(n)
        phases += drive.phase - math.atan(self._omega * tau)
        amplitude = drive.amplitude / math.sqrt(1.0 + (self._omega * tau) ** 2)
        self._sine = (amplitude * np.sin(phases)).astype(dtype)
        self._cosine = (amplitude * np.cos(phases)).astype(dtype)
        self.z = self._sine[None, :].copy()

    def advance(self, step: float) -> None:
        """Move the phase; computed from the time, so that nothing accumulates."""
        self._time += step
        angle = math.fmod(self._omega * self._time, 2.0 * math.pi)
        kind = self.z.dtype.type
        self.z[0] = kind(math.cos(angle)) * self._sine + kind(math.sin(angle)) * self._cosine


class WeightedResponse:
    """The response of a unit of weight 1, times the weights."""

    def __init__(self, signal: Response, weights: NDArray[Any]) -> None:
        self._signal, self._weights = signal, weights

    @property
    def z(self) -> NDArray[Any]:
        """The response, shape (1, N)."""
        return np.asarray(self._weights * self._signal.z)

    def advance(self, step: float) -> None:
        """Move that of weight 1."""
        self._signal.advance(step)


@response_to.register(Weighted)
def _weighted(
    drive: Weighted, shape: tuple[int, int], dtype: Any, rng: np.random.Generator, tau: float = 1.0
) -> Response:
    weights = drive.drawn(shape[1], rng).astype(dtype)
    return WeightedResponse(response_to(drive.signal, (1, 1), dtype, rng, tau), weights)


def _square_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
