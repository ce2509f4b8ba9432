"""Plastic couplings without N^2 storage: A as a weighted sum over past rates.

    A(t) = (k/N) sum_m w_m phi(t_m) phi(t_m)^T,    A phi = (k/N) sum_m w_m phi(t_m) (phi(t_m) . phi),
with the weights of `plastic_kernel.synaptic_weights` by the age of the rates, so the sum obeys the same recursion. One
pass over L N numbers a step, L = 12 p/dt, in place of 3 N^2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.simulators.history_kernel import add_history, add_perturbation
from validation.simulators.plastic_kernel import synaptic_weights

_LIFETIMES = 12.0  # exp(-12) = 6e-6


class RateHistory:
    """Past rates of one state, and of its tangent vectors, in a buffer that stays contiguous.

    Parameters
    ----------
    k, p, n, dt : of the network.
    n_tangents : number of tangent vectors.
    dtype : precision.
    """

    def __init__(self, k: float, p: float, n: int, dt: float, n_tangents: int, dtype: type) -> None:
        self.length = self.length_of(p, dt)
        self._p, self._dt = p, dt
        self._weights, self._scale_of_first = self._weighted(k, n, dtype)
        self._buffer: NDArray[Any] = np.zeros((1 + n_tangents, 2 * self.length, n), dtype=dtype)
        self._seen: NDArray[Any] = np.zeros(self.length, dtype=dtype)
        self._end = self.length  # one past the newest row
        self._taken = 0

    @staticmethod
    def length_of(p: float, dt: float) -> int:
        """Return how many rates are kept."""
        return max(2, math.ceil(_LIFETIMES * p / dt))

    def _weighted(self, k: float, n: int, dtype: type) -> tuple[NDArray[Any], float]:
        """Return the weights by age, oldest first, and the factor of the very first rates.

        A starts at 0 when the first rates come in: they count only for the step that they begin.
        """
        decay, old, new = synaptic_weights(k, self._p, n, self._dt)
        ages = np.arange(self.length - 1, -1, -1)
        weights = decay ** np.maximum(ages - 1, 0) * (decay * new + old)
        weights[-1] = new
        return weights.astype(dtype), math.sqrt(old / (decay * new + old)) if k else 1.0

    def couple(
        self, rates: NDArray[Any], moved: NDArray[Any], out: NDArray[Any], out_moved: NDArray[Any], *, halted: bool
    ) -> None:
        """Take in the new rates unless halted; add A phi to out, and A phi' dx + dA phi to out_moved.

        dA = (k/N) sum_m w_m (dphi phi^T + phi dphi^T).

        Parameters
        ----------
        rates : phi, shape (N,).
        moved : phi' dx of the tangent vectors, shape (n_tangents, N).
        out, out_moved : of the same shapes, added to.
        """
        if not halted:
            self._push(rates, moved)
        if self._taken < 2:
            return
        past = self._past(0)
        add_history(past, self._weights, rates, out, self._seen)
        for index, (vector, target) in enumerate(zip(moved, out_moved, strict=True)):
            add_perturbation(past, self._past(1 + index), self._weights, self._seen, rates, vector, target)

    def _push(self, rates: NDArray[Any], moved: NDArray[Any]) -> None:
        if self._end == self._buffer.shape[1]:
            self._buffer[:, : self.length - 1] = self._buffer[:, self._end - self.length + 1 :]
            self._end = self.length - 1
        scale = 1.0 if self._taken else self._scale_of_first
        np.multiply(rates, scale, out=self._buffer[0, self._end])
        np.multiply(moved, scale, out=self._buffer[1:, self._end])
        self._taken += 1
        self._end += 1

    def imprint(self, rates: NDArray[Any]) -> None:
        """Set A to what rates held for ever would make of it, (k/N) phi phi^T, unperturbed."""
        self._buffer[0], self._buffer[1:] = rates, 0.0
        self._taken = self.length

    def rescale(self, k: float) -> None:
        """Go on with another plasticity strength; A is multiplied by the ratio of the two."""
        self._weights = self._weighted(k, self._buffer.shape[2], self._buffer.dtype.type)[0]

    @property
    def perturbations(self) -> tuple[NDArray[Any], ...]:
        """What is linear in the tangent vectors, a vector first in each."""
        return (self._buffer[1:],)

    def matrix(self) -> NDArray[np.float64]:
        """Return A, shape (N, N)."""
        past = self._past(0).astype(np.float64)
        return np.asarray((past.T * self._weights) @ past)

    def _past(self, which: int) -> NDArray[Any]:
        return self._buffer[which, self._end - self.length : self._end]
