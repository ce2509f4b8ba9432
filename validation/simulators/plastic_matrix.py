"""Plastic couplings as a matrix: the equation of A taken literally, 2 N^2 memory accesses a step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.simulators.plastic_kernel import perturb_and_multiply, synaptic_weights, update_and_multiply


class SynapticMatrix:
    """A of one state, and dA of its tangent vectors, as matrices; A = 0 at first.

    Parameters
    ----------
    k, p, n, dt : of the network.
    n_tangents : number of tangent vectors, each with N^2 numbers of its own.
    dtype : precision.
    """

    def __init__(self, k: float, p: float, n: int, dt: float, n_tangents: int, dtype: type) -> None:
        self._p, self._dt, self._kind = p, dt, np.dtype(dtype).type
        self._matrix: NDArray[Any] = np.zeros((n, n), dtype=dtype)
        self._perturbations: NDArray[Any] = np.zeros((n_tangents, n, n), dtype=dtype)
        self._old: NDArray[Any] | None = None
        self._moved_old: NDArray[Any] = np.zeros((n_tangents, n), dtype=dtype)
        self._set(k)

    def _set(self, k: float) -> None:
        self._k = k
        self._weights = tuple(self._kind(value) for value in synaptic_weights(k, self._p, len(self._matrix), self._dt))

    def couple(
        self, rates: NDArray[Any], moved: NDArray[Any], out: NDArray[Any], out_moved: NDArray[Any], *, halted: bool
    ) -> None:
        """Take in the new rates unless halted; add A phi to out, and A phi' dx + dA phi to out_moved.

        Parameters
        ----------
        rates : phi, shape (N,).
        moved : phi' dx of the tangent vectors, shape (n_tangents, N).
        out, out_moved : of the same shapes, added to.
        """
        old = rates if self._old is None else self._old
        decay, gain_old, gain_new = self._weights
        if self._old is None or halted:  # nothing is learned: at the first step there is no step behind
            decay, gain_old, gain_new = self._kind(1.0), self._kind(0.0), self._kind(0.0)
        update_and_multiply(self._matrix, old, rates, decay, gain_old, gain_new, out)
        out_moved += moved @ self._matrix.T
        for i, perturbation in enumerate(self._perturbations):
            perturb_and_multiply(
                perturbation, old, rates, self._moved_old[i], moved[i], decay, gain_old, gain_new, out_moved[i]
            )
        if not halted:
            self._old, self._moved_old = rates.copy(), moved.copy()

    def imprint(self, rates: NDArray[Any]) -> None:
        """Set A to what rates held for ever would make of it, (k/N) phi phi^T, unperturbed."""
        self._old = np.array(rates)
        self._matrix[...] = self._kind(self._k / len(rates)) * np.outer(rates, rates)
        self._perturbations[...] = self._moved_old[...] = 0.0

    def rescale(self, k: float) -> None:
        """Go on with another plasticity strength; A is multiplied by the ratio of the two."""
        ratio = self._kind(k / self._k)
        self._matrix *= ratio
        self._perturbations *= ratio
        self._set(k)

    @property
    def perturbations(self) -> tuple[NDArray[Any], ...]:
        """What is linear in the tangent vectors, a vector first in each."""
        return self._perturbations, self._moved_old

    def matrix(self) -> NDArray[np.float64]:
        """Return A, shape (N, N)."""
        return self._matrix.astype(np.float64)
