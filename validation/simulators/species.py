"""The simulator of Lotka-Volterra equations: each species follows its own field exactly over a step.

x' = x (r - x) + lambda with a constant r = K + h is solved by a quotient of positive sums, so that abundances stay
positive whatever the step, and a fixed point of the network is one of the steps. r over a step is the mean of what it
is before, and after a step at the former: of second order (`tests/invariants/test_species_simulation.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.ensemble import couplings as draw_couplings
from validation.simulators.frames import orthonormalise
from validation.simulators.network_in_time import Asked, NetworkInTime
from validation.simulators.product import CouplingProduct
from validation.simulators.question import Question
from validation.simulators.species_kernel import add_mean, step_species
from validation.simulators.steps import chosen_integrator


class SpeciesSimulator(NetworkInTime):
    """Abundances of N species, and their tangent vectors, stepping in time.

    Parameters and attributes are those of `NetworkInTime`; x is the abundance, which is what the couplings carry. All
    begin positive, of a size at which competition does not empty the network at once.
    """

    def _begin(self, question: Question, start: NDArray[Any], asked: Asked) -> None:
        chosen_integrator(question, asked.integrator)
        (units,) = question.populations
        self._capacity, self._immigration = 1.0 + float(question.constant), float(units.immigration or 0.0)
        self._mean = 0.0 if question.means is None else float(question.means[0, 0])
        if asked.couplings is not None:
            matrix = np.array(np.asarray(asked.couplings).T, dtype=asked.dtype, order="C")
            self._mean = 0.0
        else:
            gain = float(question.gains[0, 0])
            matrix = draw_couplings(self.n, gain, question.symmetry, asked.dtype, asked.for_couplings)
        self._product = CouplingProduct(matrix, len(start), self._arrays)
        self._s = start
        size = self._capacity / (1.0 + max(0.0, -self._mean))
        self._s[: self.n_states] = np.abs(self._s[: self.n_states]) * size
        self._field = np.zeros_like(self._s)

    @property
    def couplings(self) -> NDArray[Any]:
        """J with its mean, shape (N, N), [i, j] acts from j to i."""
        matrix = self._product.couplings
        return np.asarray(matrix + matrix.dtype.type(self._mean / self.n))

    @property
    def x(self) -> NDArray[Any]:
        """The abundances, shape (N, n_states)."""
        return self._s[: self.n_states].T.copy()

    @property
    def rates(self) -> NDArray[Any]:
        """What the couplings carry: the abundances, shape (N, n_states)."""
        return self.x

    @property
    def slope(self) -> NDArray[Any]:
        """Its slopes by the abundance, 1, shape (N, n_states)."""
        return np.ones_like(self.x)

    @property
    def growth_when_rare(self) -> NDArray[Any]:
        """K + h, the rate at which a species would grow if it were rare, shape (N, n_states)."""
        self._couple(self._s)
        return (self._field[: self.n_states] + self._capacity).T

    @property
    def tangents(self) -> NDArray[Any]:
        """The perturbations of x, shape (N, n_tangents, n_states)."""
        rows = self._s[self.n_states :]
        return rows.reshape(self.n_states, self.n_tangents, self.n).transpose(2, 1, 0)

    @property
    def velocity(self) -> NDArray[Any]:
        """Dx/dt, shape (N, n_states)."""
        x = self.x
        return np.asarray(x * (self.growth_when_rare - x) + self._immigration)

    def step(self) -> None:
        """Advance abundances and tangent vectors by dt; the latter by the derivative of the step itself."""
        self._couple(self._s)
        before = self._field.copy()
        self._couple(self._stepped(before))
        self._s = self._stepped(0.5 * (before + self._field))
        self.time += self.dt

    def _couple(self, rows: NDArray[Any]) -> None:
        """Write what the couplings make of rows."""
        self._product(rows, self._field)
        if self._mean:
            add_mean(rows, self._mean, self._field)

    def _stepped(self, field: NDArray[Any]) -> NDArray[Any]:
        """Return the rows after a step in these fields (of tangent vectors: in what tangent vectors make of them)."""
        out = np.empty_like(self._s)
        step_species(self._s, field, self.n_states, self.n_tangents, self._capacity, self._immigration, self.dt, out)
        return out

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors of each state orthonormal; return the logs of their stretching."""
        frames = self._s[self.n_states :].reshape(self.n_states, self.n_tangents, self.n)
        logs, _ = orthonormalise(frames, np.zeros((0, *frames.shape), dtype=frames.dtype))
        return logs

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return the matrix of the linear flow at a state, in float64."""
        x = self.x[:, state].astype(np.float64)
        growth = self.growth_when_rare[:, state].astype(np.float64)
        matrix: NDArray[np.float64] = x[:, None] * self.couplings.astype(np.float64)
        matrix[np.diag_indices(self.n)] += growth - 2.0 * x
        return matrix
