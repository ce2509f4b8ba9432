"""The simulator of networks of filters: each unit in state space, Runge-Kutta, and a buffer for delays.

x = H (J phi(x) + inputs) is written ds/dt = A s + b eta(t - D), x = c s + z, with A, b, c the companion form of H, eta
the product with the couplings, and z the response of an isolated unit to its own input, drawn from its stochastic
equation and known exactly. Tangent vectors go through the same filter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.simulators.blocks import BlockMeans
from validation.simulators.filter_inputs import filtered_response
from validation.simulators.filter_states import FilterStates
from validation.simulators.frames import orthonormalise_together
from validation.simulators.network_in_time import Asked, NetworkInTime
from validation.simulators.product import CouplingProduct
from validation.simulators.question import Question
from validation.simulators.random import random_couplings
from validation.simulators.steps import chosen_integrator


class FilterSimulator(NetworkInTime):
    """States and tangent vectors of one network of N filters, stepping in time.

    Parameters and attributes are those of `NetworkInTime`.
    """

    def _begin(self, question: Question, start: NDArray[Any], asked: Asked) -> None:
        chosen_integrator(question, asked.integrator)
        n_states, dtype, rows = self.n_states, asked.dtype, len(start)
        self.random: Any = None
        self.block_means: BlockMeans | None = None
        if asked.couplings is not None:
            transposed = np.array(np.asarray(asked.couplings).T, dtype=dtype, order="C")
            self.random = CouplingProduct(transposed, rows, self._arrays)
        else:
            self.random = random_couplings(
                question, self.layout, rows, dtype, asked.for_couplings, self._arrays, asked.storage
            )
            if question.block_means is not None:
                self.block_means = BlockMeans(question.block_means, self.layout)
        self._slices, counts = self.layout.slices, self.layout.counts
        self._blocks = [
            FilterStates(units.transfer, rows, count, self.dt, dtype)
            for units, count in zip(question.populations, counts, strict=True)
        ]
        self._responses = [
            filtered_response(units.drives, units.transfer, (n_states, count), dtype, asked.for_input)
            for units, count in zip(question.populations, counts, strict=True)
        ]
        steady = np.repeat([_steady(units.transfer) for units in question.populations], counts)
        self._held = (steady * self.layout.drawn_thresholds(dtype, asked.for_input)).astype(dtype)
        self._z = np.zeros((n_states, self.n), dtype=dtype)
        self._respond()
        for block, own in zip(self._blocks, self._slices, strict=True):
            block.begin(start[:, own])
        self._source, self._eta = np.empty_like(start), np.zeros_like(start)
        self._waits = all(block.delayed for block in self._blocks)

    @property
    def couplings(self) -> NDArray[Any]:
        """J, its mean included, shape (N, N), [i, j] acts from j to i."""
        matrix = np.zeros((self.n, self.n)) if self.random is None else self.random.couplings
        return matrix if self.block_means is None else matrix.astype(np.float64) + self.block_means.couplings

    def _rows(self) -> NDArray[Any]:
        """Return x of the states, without z, and the tangent vectors, shape (rows, N)."""
        return np.concatenate([block.outputs() for block in self._blocks], axis=1)

    @property
    def x(self) -> NDArray[Any]:
        """The state, shape (N, n_states)."""
        return (self._rows()[: self.n_states] + self._z).T

    @property
    def tangents(self) -> NDArray[Any]:
        """The perturbations of x, shape (N, n_tangents, n_states)."""
        return self._rows()[self.n_states :].reshape(self.n_states, self.n_tangents, self.n).transpose(2, 1, 0)

    def forget(self) -> None:
        """Begin at the normal numbers themselves; of several variables of a unit, those along which they were put."""
        rows = self._rows()
        rows[: self.n_states] -= self._z
        for block, own in zip(self._blocks, self._slices, strict=True):
            block.begin(rows[:, own])

    def step(self) -> None:
        """Advance the states and their tangent vectors by dt, by the classical method of order 4."""
        self._couple()
        for block, own in zip(self._blocks, self._slices, strict=True):
            block.remember(self._eta[:, own])
        for stage in range(4):
            if stage and not self._waits:
                self._couple()
            for block, own in zip(self._blocks, self._slices, strict=True):
                block.stage(stage, self._eta[:, own])
            if stage in (0, 2) and self._moves:
                for response in self._responses:
                    response.advance(0.5 * self.dt)
                self._respond()
        self.time += self.dt

    def _respond(self) -> None:
        for response, own in zip(self._responses, self._slices, strict=True):
            self._z[:, own] = self._held[:, own] + response.z

    def _couple(self) -> None:
        """Write sum_j J_ij phi(x_j), and what it makes of tangent vectors, for the states of the present stage."""
        n_states, rows = self.n_states, self._rows()
        x = rows[:n_states] + self._z
        self._source[:n_states] = self._phi(x)
        if self.n_tangents:
            slope = self._phi.derivative(x)
            vectors = rows[n_states:].reshape(n_states, self.n_tangents, self.n)
            self._source[n_states:] = (vectors * slope[:, None, :]).reshape(-1, self.n)
        if self.random is None:
            self._eta[...] = 0
        else:
            self.random(self._source, self._eta)
        if self.block_means is not None:
            self.block_means.add(self._source, self._eta)

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors of each state orthonormal in the states of the filters; return the logs of their
        stretching. What a delay still holds of them moves into the new basis with them."""
        return orthonormalise_together(self._blocks, self.n_states, self.n_tangents)

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return the matrix of the linear flow at a state, component after component of each population, in float64.

        Raises
        ------
        ValueError : with a delay, of which no matrix is the flow.
        """
        if any(block.delayed for block in self._blocks):
            raise ValueError("measure must be without 'jacobian' where a filter has a delay: no matrix is its flow")
        slope = np.asarray(self.slope[:, state], dtype=np.float64)
        coupled = self.couplings.astype(np.float64) * slope
        starts = np.cumsum([0, *(block.order * block.count for block in self._blocks)])
        matrix = np.zeros((starts[-1], starts[-1]))
        for a, (block, own) in enumerate(zip(self._blocks, self._slices, strict=True)):
            rows = slice(starts[a], starts[a + 1])
            matrix[rows, rows] += np.kron(block.flow, np.eye(block.count))
            for b, (other, its) in enumerate(zip(self._blocks, self._slices, strict=True)):
                between = np.kron(np.outer(block.entry, other.read), coupled[own, its])
                matrix[rows, starts[b] : starts[b + 1]] += between
        return matrix

    @property
    def velocity(self) -> NDArray[Any]:
        """Refuse: it is not kept. Raises ValueError."""
        raise ValueError("velocities are not known of filters")


def _steady(transfer: Any) -> float:
    """Return H(0), what a filter makes of a constant input."""
    return float(transfer.at(0.0).real)
