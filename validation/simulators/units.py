"""The simulator of networks of units that state their equations: Runge-Kutta, a matrix of couplings for each field."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.drives import Constant, OrnsteinUhlenbeck, Sinusoid
from validation.ensemble import couplings as draw_couplings
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
from validation.simulators.steps import chosen_integrator
from validation.simulators.unit_states import UnitStates


class UnitSimulator(NetworkInTime):
    """States and tangent vectors of one network of N units ds/dt = F(s, eta), stepping in time.

    Parameters and attributes are those of `NetworkInTime`; x is the first state, and the rates are what the first field
    carries.
    """

    def _begin(self, question: Question, start: NDArray[Any], asked: Asked) -> None:
        chosen_integrator(question, asked.integrator)
        (units,) = question.populations
        equations: Any = units.stated
        n, dtype, rows, n_fields = self.n, asked.dtype, len(start), len(equations.fields)
        if asked.couplings is not None and n_fields > 1:
            raise ValueError("couplings must be drawn where units hear several fields: leave couplings out")
        self._units = UnitStates(equations, units.nonlinearity, self.n_states, self.n_tangents, n, self.dt, dtype)
        if asked.couplings is not None:
            transposed = [np.array(np.asarray(asked.couplings).T, dtype=dtype, order="C")]
        else:
            transposed = [draw_couplings(n, gain, 0.0, dtype, asked.for_couplings) for gain in question.by_field]
        self._products = [CouplingProduct(matrix, rows, self._arrays) for matrix in transposed]
        self._response = SumOfResponses(
            [input_to_field(drive, (self.n_states, n), dtype, asked.for_input) for drive in units.drives], dtype
        )
        self._units.begin(start)
        self._eta = np.zeros((n_fields, rows, n), dtype=dtype)

    @property
    def couplings(self) -> NDArray[Any]:
        """J of the first field, shape (N, N), [i, j] acts from j to i."""
        return self._products[0].couplings

    @property
    def x(self) -> NDArray[Any]:
        """The first states, shape (N, n_states)."""
        return self._units.first()[: self.n_states].T.copy()

    @property
    def rates(self) -> NDArray[Any]:
        """What the first field carries, shape (N, n_states)."""
        return self._units.outputs()[0, : self.n_states].T

    @property
    def slope(self) -> NDArray[Any]:
        """Its slopes by the first state, shape (N, n_states)."""
        return np.asarray(self._units.output_slopes(0)[0]).T

    @property
    def tangents(self) -> NDArray[Any]:
        """The perturbations of x, shape (N, n_tangents, n_states)."""
        rows = self._units.first()[self.n_states :]
        return rows.reshape(self.n_states, self.n_tangents, self.n).transpose(2, 1, 0)

    def step(self) -> None:
        """Advance the states and their tangent vectors by dt, by the classical method of order 4."""
        for stage in range(4):
            self._couple()
            self._units.stage(stage, self._eta)
            if stage in (0, 2) and self._moves:
                self._response.advance(0.5 * self.dt)
        self.time += self.dt

    def _couple(self) -> None:
        """Write the fields of the present stage, and what they make of tangent vectors."""
        sent = self._units.outputs()
        for product, source, eta in zip(self._products, sent, self._eta, strict=True):
            product(source, eta)
        if self._moves:
            self._eta[0, : self.n_states] += self._response.z

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors of each state orthonormal, all components together; return the logs of their
        stretching."""
        logs = np.empty((self.n_states, self.n_tangents))
        for state in range(self.n_states):
            first = self.n_states + state * self.n_tangents
            rows = slice(first, first + self.n_tangents)
            whole = self._units.vectors(rows).astype(np.float64)
            triangle = np.linalg.qr(whole.T, mode="r")
            logs[state] = np.log(np.abs(np.diagonal(triangle)))
            self._units.recombine(rows, np.linalg.inv(triangle).T)
        return logs

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return the matrix of the linear flow at a state, component after component, (d N, d N), in float64."""
        self._couple()
        by_state, by_field = self._units.matrices(state, self._eta)
        d, n = self._units.order, self.n
        matrix = np.zeros((d, n, d, n))
        each = np.arange(n)
        matrix[:, each, :, each] = np.moveaxis(by_state, -1, 0)
        for k, product in enumerate(self._products):
            coupled = product.couplings.astype(np.float64)
            slopes = [np.asarray(part[state], dtype=np.float64) for part in self._units.output_slopes(k)]
            for i in range(d):
                for j, slope in enumerate(slopes):
                    matrix[i, :, j, :] += by_field[i, k][:, None] * coupled * slope
        return matrix.reshape(d * n, d * n)

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
        "OrnsteinUhlenbeck or Sinusoid"
    )


input_to_field.register(Constant, ConstantResponse)


@input_to_field.register(OrnsteinUhlenbeck)
def _coloured(drive: OrnsteinUhlenbeck, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return GaussianResponse([[-1.0 / drive.correlation_time]], [[drive.variance]], shape, dtype, rng)


@input_to_field.register(Sinusoid)
def _sine(drive: Sinusoid, shape: tuple[int, int], dtype: Any, rng: np.random.Generator) -> Response:
    return SinusoidResponse(drive, shape, dtype, rng, tau=0.0)
