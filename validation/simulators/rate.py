"""Simulator of the rate network dx_i/dt = -x_i + sum_j J_ij phi(x_j) + input."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dmft.models.drive import Sinusoid
from dmft.models.named import RandomNetwork
from validation.ensemble import coupling_bytes
from validation.ensemble import couplings as draw_couplings
from validation.simulators.arrays import Arrays
from validation.simulators.frames import orthonormalise
from validation.simulators.inputs import response_to
from validation.simulators.integrators import INTEGRATORS, Integrator, check_integrator, default_integrator
from validation.simulators.product import CouplingProduct
from validation.simulators.readout import Readout
from validation.simulators.revealed import RevealedProduct

# Steps: for each period of a sinusoid, and for each tau by each method (the leak limits them, not the couplings).
_STEPS_PER_PERIOD = 40
_DEFAULT_STEP = {"adams-bashforth-4": 0.1, "runge-kutta-4": 0.2, "exponential-adams-bashforth-2": 0.05}
# Bias of averages at dt = 0.1, and its order in dt.
_BIAS = {"adams-bashforth-4": (1e-4, 4), "runge-kutta-4": (1e-6, 4), "exponential-adams-bashforth-2": (5e-3, 2)}


class RateSimulator(Readout):
    """States and tangent vectors of one `RandomNetwork`, all multiplied by the couplings in one product.

    States are rows inside: (n_states, N) for y = x - z (see `inputs`), then the tangent vectors (n_states, n_tangents,
    N).

    Parameters
    ----------
    network : what is simulated.
    n : number of neurons.
    dt : time step in units of tau.
    dtype : precision of couplings and states.
    n_states : number of initial states of the same couplings; private inputs are independent between them.
    n_tangents : number of tangent vectors of each state.
    generators : for the couplings, the initial state, the input and the tangents.
    integrator : one of `INTEGRATORS`; None for the default of the network's drive.
    couplings : "explicit", or "revealed" (see `revealed`).
    array_module : name of the module of arrays (see `arrays`); revealed couplings are numpy's.
    """

    reveals = True  # couplings="revealed" is understood
    on_devices = True  # so is array_module

    def __init__(
        self,
        network: RandomNetwork,
        n: int,
        *,
        dt: float,
        dtype: Any = np.float32,
        n_states: int = 1,
        n_tangents: int = 0,
        generators: list[np.random.Generator],
        integrator: str | None = None,
        couplings: str = "explicit",
        array_module: str = "numpy",
    ) -> None:
        self._arrays = arrays = Arrays(array_module)
        self.network, self.n, self.dt = network, n, dt
        self.n_states, self.n_tangents = n_states, n_tangents
        self.time = 0.0
        for_couplings, for_state, for_input, for_tangents = generators
        arrays.check(network.nonlinearity, dtype)
        self._response = response_to(network.drive, (n_states, n), dtype, for_input)
        self._z = arrays.to_device(self._response.z)
        rows = n_states * (1 + n_tangents)
        self._product: CouplingProduct | RevealedProduct
        if couplings == "revealed":
            self._product = RevealedProduct(n, network.g, dtype, for_couplings)
        else:
            # What is drawn serves as J^T: a matrix of either symmetry has the law of its transpose.
            transposed = draw_couplings(n, network.g, network.symmetry, dtype, for_couplings)
            self._product = CouplingProduct(transposed, rows, arrays)
        start = np.empty((rows, n), dtype=dtype)
        start[:n_states] = for_state.standard_normal((n_states, n), dtype=np.float32)
        if n_tangents:
            arrays.check(network.nonlinearity.derivative, dtype)
            start[n_states:] = for_tangents.standard_normal((rows - n_states, n), dtype=np.float32)
        self._state: Any = arrays.to_device(start)
        self._presynaptic: Any = arrays.empty((rows, n), dtype)
        kind = INTEGRATORS[integrator or default_integrator(network.drive)]
        self._integrator: Integrator = kind(self, self._state.shape, dtype, dt, arrays)
        if n_tangents:
            self.orthonormalise()

    @classmethod
    def default_dt(cls, network: RandomNetwork, integrator: str | None = None) -> float:
        """Return the default time step: the method's own, less for large g and for fast sinusoids."""
        step = _DEFAULT_STEP[integrator or default_integrator(network.drive)] / max(1.0, network.g / 4.0)
        step = min(step, cls.largest_dt(network, integrator))
        if isinstance(network.drive, Sinusoid):
            step = min(step, 1.0 / (_STEPS_PER_PERIOD * network.drive.frequency))
        return step

    @classmethod
    def largest_dt(cls, network: RandomNetwork, integrator: str | None = None) -> float:
        """Return the largest stable step: the Jacobian's eigenvalues reach to -1 - R.

        R = g sqrt<phi'^2> <= g max|phi'|; activity that saturates keeps it below sqrt(g) for g > 1 (1.19 at g = 2, 1.41
        at 3, 1.79 at 5, 2.5 at 10 for tanh), which is the bound taken there.
        """
        x = np.linspace(-3.0, 3.0, 121)
        with np.errstate(all="ignore"):
            steepest = float(np.max(np.abs(np.asarray(network.nonlinearity.derivative(x), dtype=float))))
        if not math.isfinite(steepest):
            raise ValueError(
                f"nonlinearity must have a finite slope between -3 and 3 to be simulated, got {network.nonlinearity!r}"
            )
        scaled = network.g * steepest
        radius = min(scaled, math.sqrt(scaled)) * (1.0 + abs(network.symmetry))
        method = integrator or default_integrator(network.drive)
        return float(INTEGRATORS[method].stability / (1.0 + radius))  # type: ignore[attr-defined]

    @classmethod
    def time_step_bias(cls, network: RandomNetwork, dt: float, integrator: str | None = None) -> float:
        """Return a bound on the relative bias that the time step leaves in averages (tests/invariants)."""
        coefficient, order = _BIAS[integrator or default_integrator(network.drive)]
        return float(coefficient * (dt / 0.1) ** order)

    @classmethod
    def memory(cls, network: RandomNetwork, n: int, n_states: int, n_tangents: int, itemsize: int) -> int:
        """Return the bytes that a run allocates, roughly: couplings, and the rows with their history."""
        rows = n_states * (1 + n_tangents)
        return coupling_bytes(n, itemsize) + 12 * rows * n * itemsize

    @property
    def couplings(self) -> NDArray[Any]:
        """J, shape (N, N), [i, j] acts from j to i."""
        return self._product.couplings

    @property
    def _tangents(self) -> NDArray[Any]:
        return self._state[self.n_states :].reshape(self.n_states, self.n_tangents, self.n)

    @property
    def x(self) -> NDArray[Any]:
        """The state, shape (N, n_states)."""
        return self._arrays.to_host(self._state[: self.n_states] + self._z).T

    @property
    def tangents(self) -> NDArray[Any]:
        """The tangent vectors, shape (N, n_tangents, n_states)."""
        return self._arrays.to_host(self._tangents).transpose(2, 1, 0)

    def step(self) -> None:
        """Advance the states and their tangent vectors by dt."""
        self._integrator.step(self._state)
        self.time += self.dt

    def couple(self, state: NDArray[Any], out: NDArray[Any]) -> None:
        """Write sum_j J_ij phi(x_j) to the rows of the states and sum_j J_ij phi'(x_j) v_j to those of the tangents."""
        n_states, source = self.n_states, self._presynaptic
        x = state[:n_states] + self._z
        source[:n_states] = self.network.nonlinearity(x)
        if self.n_tangents:
            slope = self.network.nonlinearity.derivative(x)
            shape = (n_states, self.n_tangents, self.n)
            np.multiply(state[n_states:].reshape(shape), slope[:, None, :], out=source[n_states:].reshape(shape))
        self._product(source, out)

    def advance_input(self, step: float) -> None:
        """Move the response to the input by a step."""
        self._response.advance(step)
        if self.network.drive is not None:
            self._z = self._arrays.to_device(self._response.z)

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors of each state orthonormal; return the logs of their stretching."""
        history = self._integrator.history[:, self.n_states :]
        history = history.reshape(len(history), *self._tangents.shape)
        if self._arrays.on_host:
            return orthonormalise(self._tangents, history)
        # Once a tau, on the host: the products, ten times a tau, are what a device is for.
        frames, earlier = self._arrays.to_host(self._tangents), self._arrays.to_host(history)
        logs = orthonormalise(frames, earlier)
        self._tangents[...] = self._arrays.to_device(frames)
        history[...] = self._arrays.to_device(earlier)
        return logs

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return -1 + J diag(phi'(x)), shape (N, N), in float64."""
        matrix = self.couplings.astype(np.float64)
        matrix *= np.asarray(self.slope[:, state], dtype=np.float64)
        matrix[np.diag_indices(self.n)] -= 1.0
        return matrix

    @classmethod
    def check(cls, network: RandomNetwork, integrator: str | None) -> type[Self]:
        """Refuse an integrator that does not fit the drive; return the class."""
        check_integrator(integrator, network.drive)
        return cls
