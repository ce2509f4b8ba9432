"""Plastic couplings as a matrix: the equation of A taken literally, 3 N^2 memory accesses a step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from validation.simulators.plastic_kernel import perturb_and_multiply, synaptic_weights, update_and_multiply


class ExplicitSynapses:
    """A of one state, and dA of its tangent vectors, as matrices; A = 0 at first.

    Parameters
    ----------
    fixed : J, shape (N, N), C order; its precision is that of A.
    k, p, dt : of the network.
    n_tangents : number of tangent vectors, each with N^2 numbers of its own.
    """

    def __init__(self, fixed: NDArray, k: float, p: float, dt: float, n_tangents: int) -> None:
        n, dtype = len(fixed), fixed.dtype
        self._fixed = fixed
        self._p, self._dt, self._kind = p, dt, dtype.type
        self._matrix: NDArray = np.zeros((n, n), dtype=dtype)
        self._perturbations: NDArray = np.zeros((n_tangents, n, n), dtype=dtype)
        self._old: NDArray | None = None
        self._moved_old: NDArray = np.zeros((n_tangents, n), dtype=dtype)
        self.halted = False
        self._set(k)

    def _set(self, k: float) -> None:
        self._k = k
        self._weights = tuple(self._kind(value) for value in synaptic_weights(k, self._p, len(self._matrix), self._dt))

    def couple(self, rates: NDArray, moved: NDArray, out: NDArray, out_moved: NDArray) -> None:
        """Take in the new rates and write (J + A) phi to out, (J + A) phi' dx + dA phi to out_moved.

        Parameters
        ----------
        rates : phi, shape (N,).
        moved : phi' dx of the tangent vectors, shape (n_tangents, N).
        out, out_moved : of the same shapes, overwritten.
        """
        old = rates if self._old is None else self._old
        decay, gain_old, gain_new = self._weights
        if self._old is None or self.halted:
            # nothing is learned: at the first step there is no step behind
            gain_old = gain_new = self._kind(0.0)
            decay = self._kind(1.0)
        update_and_multiply(self._fixed, self._matrix, old, rates, decay, gain_old, gain_new, out)
        np.matmul(moved, self._fixed.T, out=out_moved)
        out_moved += moved @ self._matrix.T
        for index, perturbation in enumerate(self._perturbations):
            perturb_and_multiply(
                perturbation,
                old,
                rates,
                self._moved_old[index],
                moved[index],
                decay,
                gain_old,
                gain_new,
                out_moved[index],
            )
        if not self.halted:
            self._old, self._moved_old = rates.copy(), moved.copy()

    def imprint(self, rates: NDArray) -> None:
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

    def recombine(self, triangle: NDArray) -> None:
        """Move the perturbations into a new basis, dA <- R^-T dA (rows are vectors)."""
        from scipy.linalg import solve_triangular

        for rows in (self._perturbations, self._moved_old):
            flat = rows.reshape(len(rows), -1)
            rows[...] = solve_triangular(triangle, flat, trans="T", check_finite=False).reshape(rows.shape)

    def matrix(self) -> NDArray[np.float64]:
        """Return A, shape (N, N)."""
        return self._matrix.astype(np.float64)
