"""The states of the filters of one population: companion form, stages of Runge-Kutta, and what a delay holds back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.simulators.filter_kernel import advance_filters

_POINTS = 4  # of the polynomial between remembered inputs
_AHEAD = (0.0, 0.5, 0.5, 1.0)  # where the stages look, in steps


class FilterStates:
    """States s of the filters of `count` units, for every row, shape (order, rows, count).

    ds/dt = A s + b eta(t - D), x = c s, scaled so that b and c have no large numbers: time by the fastest pole.

    Parameters
    ----------
    transfer : H, from which A, b, c and the delay D are read.
    rows, count : of the network.
    dt : time step.
    dtype : of the states.
    """

    def __init__(self, transfer: Any, rows: int, count: int, dt: float, dtype: Any) -> None:
        top, bottom = transfer.descending
        self.order = d = len(bottom) - 1
        self.count = count
        scale = float(np.max(np.abs(np.roots(bottom))))
        powers = scale ** np.arange(d)
        self.flow = np.zeros((d, d))
        self.flow[:-1, 1:] = scale * np.eye(d - 1)  # s_k = (d/dt)^k u/scale^k
        self.flow[-1] = -bottom[:0:-1] * powers / powers[-1]
        self.entry, self.read = np.zeros(d), np.zeros(d)
        self.entry[-1] = 1.0 / powers[-1]
        self.read[: len(top)] = top[::-1] * powers[: len(top)]
        balance = math.sqrt(float(np.linalg.norm(self.read) / np.linalg.norm(self.entry)))
        self.entry, self.read = self.entry * balance, self.read / balance
        self._dt, kind = dt, np.dtype(dtype).type
        self._flow, self._entry, self._read = (part.astype(kind) for part in (self.flow, self.entry, self.read))
        shape = (d, rows, count)
        self._s, self._probe, self._sum = (np.zeros(shape, dtype=dtype) for _ in range(3))
        self._delay = transfer.delay
        if self.delayed:
            if self._delay < 3.0 * dt * (1.0 - 1e-9):
                raise ValueError(f"dt must be at most a third of every delay, {self._delay:g}; got {dt:g}")
            self._places, self._weights = _interpolation(self._delay / dt)
            self._buffer = np.zeros((int(self._places.max()) + 1, rows, count), dtype=dtype)
            self._newest = 0

    @property
    def delayed(self) -> bool:
        """Whether it hears its input later."""
        return bool(self._delay > 0.0)

    def begin(self, x: NDArray[Any]) -> None:
        """Put x = c s at the values of rows, shape (rows, count), along c."""
        self._s[...] = self._read[:, None, None] / np.sum(self._read**2) * x
        self._probe[...] = self._s

    def outputs(self) -> NDArray[Any]:
        """Return c s of the present stage, shape (rows, count)."""
        return combined(self._read, self._probe)

    def remember(self, eta: NDArray[Any]) -> None:
        """Keep the input of the start of a step."""
        if self.delayed:
            self._newest = (self._newest + 1) % len(self._buffer)
            self._buffer[self._newest] = eta

    def stage(self, stage: int, eta: NDArray[Any]) -> None:
        """Go on by one stage, with the input of its time."""
        heard = self._heard(stage) if self.delayed else eta
        states, probe, total = (a.reshape(self.order, -1) for a in (self._s, self._probe, self._sum))  # views
        dt = self._s.dtype.type(self._dt)
        advance_filters(stage, dt, self._flow, self._entry, heard.reshape(-1), states, probe, total)

    def _heard(self, stage: int) -> NDArray[Any]:
        """Return eta(t - D) at the time of a stage, by a polynomial through the four values around it."""
        which = (0, 1, 1, 2)[stage]
        slots = (self._newest - self._places[which]) % len(self._buffer)
        weights = self._weights[which].astype(self._s.dtype)
        return combined(weights, self._buffer[slots])

    def vectors(self, rows: slice) -> NDArray[Any]:
        """Return the states of rows as vectors, shape (n_rows, order count)."""
        return self._s[:, rows].transpose(1, 0, 2).reshape(rows.stop - rows.start, -1)

    def recombine(self, rows: slice, mixing: NDArray[np.float64]) -> None:
        """Replace rows by combinations of them, shape (n_rows, n_rows), in the delay too."""
        matrix = mixing.astype(self._s.dtype)
        self._s[:, rows] = np.einsum("ij,djn->din", matrix, self._s[:, rows])
        self._probe[...] = self._s
        if self.delayed:
            self._buffer[:, rows] = np.einsum("ij,djn->din", matrix, self._buffer[:, rows])


def combined(weights: NDArray[Any], parts: NDArray[Any]) -> NDArray[Any]:
    """Return sum_j weights[..., j] parts[j]: np.tensordot(weights, parts, 1), without its overhead on few units."""
    found: NDArray[Any] = weights @ parts.reshape(len(parts), -1)
    return found.reshape(*weights.shape[:-1], *parts.shape[1:])


def _interpolation(delay: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for t - D, t - D + 1/2, t - D + 1 (in steps) how many steps back the four values around lie, and their
    weights, shape (3, 4) each."""
    places, weights = [], []
    for ahead in (0.0, 0.5, 1.0):
        back = delay - ahead
        first = max(math.floor(back) - 1, 0)
        nodes = first + np.arange(_POINTS)
        places.append(nodes)
        weights.append([np.prod([(back - m) / (k - m) for m in nodes if m != k]) for k in nodes])
    return np.array(places), np.array(weights)
