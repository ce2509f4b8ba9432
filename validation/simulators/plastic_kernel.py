"""One pass over the couplings of a plastic network: decay, update, product."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(fastmath=True, cache=True)
def update_and_multiply(fixed, plastic, old, new, decay, gain_old, gain_new, out):
    """Do A <- decay A + gain_old old old^T + gain_new new new^T and out = (J + A) new, reading J and A once.

    Parameters
    ----------
    fixed, plastic : J and A, shape (N, N), C order; A is overwritten.
    old, new : rates at the beginning and the end of the step, shape (N,).
    decay, gain_old, gain_new : see `synaptic_weights`.
    out : shape (N,), overwritten.
    """
    n = len(new)
    for i in range(n):
        a = gain_old * old[i]
        b = gain_new * new[i]
        total = plastic.dtype.type(0.0)
        for j in range(n):
            value = decay * plastic[i, j] + a * old[j] + b * new[j]
            plastic[i, j] = value
            total += (fixed[i, j] + value) * new[j]
        out[i] = total


def synaptic_weights(k: float, p: float, n: int, dt: float) -> tuple[float, float, float]:
    """Return (decay, gain of the old rates, gain of the new ones) for p dA/dt = -A + (k/n) phi phi^T over one step.

    Exact for phi phi^T linear in time over the step.
    """
    ratio = dt / p
    decay = np.exp(-ratio)
    mean = -np.expm1(-ratio) / ratio
    return float(decay), float(k / n * (mean - decay)), float(k / n * (1.0 - mean))


class ExplicitSynapses:
    """A as a matrix: for spectra and for small networks; 3 N^2 memory accesses a step."""

    def __init__(self, k: float, p: float, n: int, dt: float, dtype: type) -> None:
        kind = np.dtype(dtype).type
        self._weights = tuple(kind(value) for value in synaptic_weights(k, p, n, dt))
        self.matrix: NDArray = np.zeros((n, n), dtype=dtype)
        self._old: NDArray | None = None
        self.halted = False

    def product(self, couplings: NDArray, rates: NDArray, out: NDArray) -> None:
        """Take in the new rates, and write (J + A) rates to out."""
        if self.halted:
            out[...] = couplings @ rates + self.matrix @ rates
            return
        old = rates if self._old is None else self._old
        decay, gain_old, gain_new = self._weights
        if self._old is None:
            gain_old = gain_new = decay.dtype.type(0.0)
        update_and_multiply(couplings, self.matrix, old, rates, decay, gain_old, gain_new, out)
        self._old = rates.copy()
