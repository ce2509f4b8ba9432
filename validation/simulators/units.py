"""The simulator of networks of units that state their equations: Runge-Kutta, a matrix of couplings for each field."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.drives import Constant, OrnsteinUhlenbeck, Sinusoid
from validation.simulators.blocks import BlockMeans
from validation.simulators.frames import orthonormalise_blocks
from validation.simulators.inputs import (
    ConstantResponse,
    GaussianResponse,
    Response,
    SinusoidResponse,
    SumOfResponses,
)
from validation.simulators.network_in_time import Asked, NetworkInTime
from validation.simulators.product import CouplingProduct
from validation.simulators.question import Question
from validation.simulators.random import random_couplings
from validation.simulators.steps import chosen_integrator
from validation.simulators.unit_states import UnitStates


class UnitSimulator(NetworkInTime):
    """States and tangent vectors of one network of N units ds/dt = F(s, eta), stepping in time.

    Parameters and attributes are those of `NetworkInTime`; x is the first state, and the rates are what the first field
    carries.
    """

    def _begin(self, question: Question, start: NDArray[Any], asked: Asked) -> None:
        chosen_integrator(question, asked.integrator)
        dtype, rows, n_fields = asked.dtype, len(start), len(question.by_field)
        if asked.couplings is not None and n_fields > 1:
            raise ValueError("couplings must be drawn where units hear several fields: leave couplings out")
        self._slices, counts, self._means = self.layout.slices, self.layout.counts, None
        if asked.couplings is not None:
            transposed = np.array(np.asarray(asked.couplings).T, dtype=dtype, order="C")
            self._products: list[Any] = [CouplingProduct(transposed, rows, self._arrays)]
        else:
            self._products = [
                random_couplings(
                    replace(question, gains=gain), self.layout, rows, dtype, asked.for_couplings, self._arrays, "dense"
                )
                for gain in question.by_field
            ]
            if question.means is not None:
                self._means = BlockMeans(question.means, self.layout)
        self._blocks = [
            UnitStates(units.stated, units.nonlinearity, self.n_states, self.n_tangents, count, self.dt, dtype)
            for units, count in zip(question.populations, counts, strict=True)
        ]
        self._responses = [
            SumOfResponses(
                [
                    input_to_field(drive, (self.n_states, count), dtype, asked.for_input)
                    for drive in units.drives
                    if not drive.white
                ],
                dtype,
            )
            for units, count in zip(question.populations, counts, strict=True)
        ]
        deviations = np.sqrt([units.threshold_variance for units in question.populations])
        self._thresholds = np.zeros(self.n, dtype=dtype)
        if np.any(deviations):
            drawn = asked.for_input.standard_normal(self.n, dtype=np.float32)
            self._thresholds += drawn * np.repeat(deviations, counts)
        self._white = [sum(drive.white for drive in units.drives) for units in question.populations]
        self._for_input = asked.for_input
        for block, own in zip(self._blocks, self._slices, strict=True):
            block.begin(start[:, own])
        self._sent, self._eta = (np.zeros((n_fields, rows, self.n), dtype=dtype) for _ in range(2))

    @property
    def couplings(self) -> NDArray[Any]:
        """J of the first field, its mean included, shape (N, N), [i, j] acts from j to i."""
        matrix: NDArray[Any] = self._products[0].couplings
        return matrix if self._means is None else matrix.astype(np.float64) + self._means.couplings

    @property
    def x(self) -> NDArray[Any]:
        """The first states, shape (N, n_states)."""
        return np.concatenate([block.first()[: self.n_states] for block in self._blocks], axis=1).T

    @property
    def rates(self) -> NDArray[Any]:
        """What the first field carries, shape (N, n_states)."""
        return np.concatenate([block.outputs()[0, : self.n_states] for block in self._blocks], axis=1).T

    @property
    def slope(self) -> NDArray[Any]:
        """Its slopes by the first state, shape (N, n_states)."""
        return np.concatenate([np.asarray(block.output_slopes(0)[0]) for block in self._blocks], axis=1).T

    @property
    def tangents(self) -> NDArray[Any]:
        """The perturbations of x, shape (N, n_tangents, n_states)."""
        rows = np.concatenate([block.first()[self.n_states :] for block in self._blocks], axis=1)
        return rows.reshape(self.n_states, self.n_tangents, self.n).transpose(2, 1, 0)

    def step(self) -> None:
        """Advance the states and their tangent vectors by dt, by the classical method of order 4; of white noise half
        is added before a step and half after it, which leaves an error of order dt^2."""
        self._kick()
        for stage in range(4):
            self._couple()
            for block, own in zip(self._blocks, self._slices, strict=True):
                block.stage(stage, self._eta[:, :, own])
            if stage in (0, 2) and self._moves:
                for response in self._responses:
                    response.advance(0.5 * self.dt)
        self._kick()
        self.time += self.dt

    def _kick(self) -> None:
        for white, block in zip(self._white, self._blocks, strict=True):
            if white:
                shape = (self.n_states, block.count)
                block.kick(math.sqrt(0.5 * self.dt * white) * self._for_input.standard_normal(shape))

    def _couple(self) -> None:
        """Write the fields of the present stage, and what they make of tangent vectors."""
        for block, own in zip(self._blocks, self._slices, strict=True):
            self._sent[:, :, own] = block.outputs()
        for product, source, eta in zip(self._products, self._sent, self._eta, strict=True):
            product(source, eta)
        if self._means is not None:
            self._means.add(self._sent[0], self._eta[0])
        self._eta[0, : self.n_states] += self._thresholds
        if self._moves:
            for response, own in zip(self._responses, self._slices, strict=True):
                self._eta[0, : self.n_states, own] += response.z

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors of each state orthonormal, all components together; return the logs of their
        stretching."""
        return orthonormalise_blocks(self._blocks, self.n_states, self.n_tangents)

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return the matrix of the linear flow at a state, component after component of each population, in float64."""
        self._couple()
        orders = [block.order for block in self._blocks]
        ends = np.cumsum([0] + [order * block.count for order, block in zip(orders, self._blocks, strict=True)])
        matrix = np.zeros((ends[-1], ends[-1]))
        couplings = [product.couplings.astype(np.float64) for product in self._products]
        couplings[0] = self.couplings.astype(np.float64)
        for a, (block, own) in enumerate(zip(self._blocks, self._slices, strict=True)):
            by_state, by_field = block.matrices(state, self._eta[:, :, own])
            each = np.arange(block.count)
            for b, (other, source) in enumerate(zip(self._blocks, self._slices, strict=True)):
                part = np.zeros((block.order, block.count, other.order, other.count))
                if a == b:
                    part[:, each, :, each] = np.moveaxis(by_state, -1, 0)
                for k, coupled in enumerate(couplings):
                    slopes = [np.asarray(row[state], dtype=np.float64) for row in other.output_slopes(k)]
                    for i in range(block.order):
                        for j, slope in enumerate(slopes):
                            part[i, :, j, :] += by_field[i, k][:, None] * coupled[own, source] * slope
                matrix[ends[a] : ends[a + 1], ends[b] : ends[b + 1]] = part.reshape(block.order * block.count, -1)
        return matrix

    @property
    def velocity(self) -> NDArray[Any]:
        """Refuse: it is not kept. Raises ValueError."""
        raise ValueError("velocities are not known of units that state their equations")


@singledispatch
def input_to_field(drive: Any, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    """Return an input itself, which adds to a field, drawn from its stochastic equation.

    Raises
    ------
    TypeError : for a drive of another kind.
    """
    raise TypeError(
        f"the simulator of units that state their equations knows no drive {drive!r}: take Constant, "
        "WhiteNoise, OrnsteinUhlenbeck or Sinusoid"
    )


input_to_field.register(Constant, ConstantResponse)


@input_to_field.register(OrnsteinUhlenbeck)
def _coloured(drive: OrnsteinUhlenbeck, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return GaussianResponse([[-1.0 / drive.correlation_time]], [[drive.variance]], shape, dtype, rng)


@input_to_field.register(Sinusoid)
def _sine(drive: Sinusoid, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return SinusoidResponse(drive, shape, dtype, rng, tau=0.0)
