"""Simulator of the balanced network: the stiff mean is split off and stepped implicitly.

J = -J0 sqrt(K)/N + g z/sqrt(N), so h_i = M + y_i + z_i with dy/dt = -y + (g z/sqrt(N)) phi(h), z the response to a
private input, and dM/dt = -M + sqrt(K) (I0 - J0 <phi>_i) + I(t). The rate of M, up to 1 + sqrt(K) J0, would force an
explicit method to steps of 0.3/sqrt(K); M is one number a state, and an implicit method costs a few averages over the
neurons. The same split holds for tangent vectors, v_i = mu + w_i.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from dmft.models.drive import Sinusoid
from dmft.models.named import BalancedNetwork
from dmft.models.nonlinearity import ReLU
from validation.ensemble import couplings
from validation.simulators.balanced_mean import GAMMA, advance_relu_mean, advance_tangent_mean
from validation.simulators.inputs import response_to
from validation.simulators.integrators import INTEGRATORS, Integrator, check_integrator, default_integrator
from validation.simulators.product import CouplingProduct
from validation.simulators.readout import Readout

_SUBSTEPS = 2
_STEPS_PER_PERIOD = 40
_DEFAULT_STEP = {"adams-bashforth-4": 0.1, "runge-kutta-4": 0.1, "exponential-adams-bashforth-2": 0.05}


class BalancedSimulator(Readout):
    """States and tangent vectors of one `BalancedNetwork`.

    Rows of the state: y of the states (n_states, N), then w of the tangent vectors (n_states, n_tangents, N); M has the
    shape (n_states,), mu the shape (n_states, n_tangents). Parameters as for `RateSimulator`.
    """

    def __init__(
        self,
        network: BalancedNetwork,
        n: int,
        *,
        dt: float,
        dtype: Any = np.float32,
        n_states: int = 1,
        n_tangents: int = 0,
        generators: list[np.random.Generator],
        integrator: str | None = None,
    ) -> None:
        self.network, self.n, self.dt = network, n, dt
        self.n_states, self.n_tangents = n_states, n_tangents
        self._inhibition, self._excitation = (math.sqrt(network.size) * x for x in (network.J0, network.I0))
        self.time = 0.0
        for_couplings, for_state, for_input, for_tangents = generators
        private = None if network.drive is None or network.drive.common else network.drive
        self._response = response_to(private, (n_states, n), dtype, for_input)
        rows = n_states * (1 + n_tangents)
        self._product = CouplingProduct(couplings(n, network.g, 0.0, dtype, for_couplings), rows)
        self._state = np.empty((rows, n), dtype=dtype)
        # h of the scale that balance gives it: the constant input over the inhibition is a rate
        self.mean = np.zeros(n_states)
        self._state[:n_states] = for_state.standard_normal((n_states, n), dtype=np.float32)
        self._state[:n_states] *= 2.0 * max(network.I0 / network.J0, 0.1)
        self._presynaptic = np.empty((rows, n), dtype=dtype)
        self._mu = np.zeros((n_states, n_tangents))
        if n_tangents:
            self._w[...] = for_tangents.standard_normal((n_states, n_tangents, n), dtype=np.float32)
        kind = INTEGRATORS[integrator or default_integrator(network.drive)]
        self._integrator: Integrator = kind(self, self._state.shape, dtype, dt)
        if n_tangents:
            self.orthonormalise()

    @classmethod
    def check(cls, network: BalancedNetwork, integrator: str | None) -> type[Self]:
        """Refuse an integrator that does not fit the drive; return the class."""
        check_integrator(integrator, network.drive)
        return cls

    @classmethod
    def default_dt(cls, network: BalancedNetwork, integrator: str | None = None) -> float:
        """Return the default time step: the method's own, less for fast sinusoids."""
        step = min(
            _DEFAULT_STEP[integrator or default_integrator(network.drive)], 0.99 * cls.largest_dt(network, integrator)
        )
        if isinstance(network.drive, Sinusoid):
            step = min(step, 1.0 / (_STEPS_PER_PERIOD * network.drive.frequency))
        return step

    @classmethod
    def largest_dt(cls, network: BalancedNetwork, integrator: str | None = None) -> float:
        """Return the largest stable step of the fluctuations: their eigenvalues reach to -1 - g sqrt<phi'^2>."""
        radius = max(network.g, 1.0)
        method = integrator or default_integrator(network.drive)
        return float(INTEGRATORS[method].stability / (1.0 + radius))  # type: ignore[attr-defined]

    @classmethod
    def time_step_bias(cls, network: BalancedNetwork, dt: float, integrator: str | None = None) -> float:
        """Return a bound on the relative bias of averages: the mean is stepped to second order."""
        return float(2e-3 * (dt / 0.1) ** 2)

    @classmethod
    def memory(cls, network: BalancedNetwork, n: int, n_states: int, n_tangents: int, itemsize: int) -> int:
        """Return the bytes that a run allocates, roughly."""
        rows = n_states * (1 + n_tangents)
        return n * n * (itemsize + (4 if itemsize != 4 else 0)) + 14 * rows * n * itemsize

    @property
    def couplings(self) -> NDArray[Any]:
        """The fluctuating part of the couplings, g z/sqrt(N), shape (N, N); [i, j] acts from j to i."""
        return self._product.couplings

    @property
    def _w(self) -> NDArray[Any]:
        return self._state[self.n_states :].reshape(self.n_states, self.n_tangents, self.n)

    def _h(self, y: NDArray[Any]) -> NDArray[Any]:
        return _raised(y + self._response.z, self.mean)

    @property
    def x(self) -> NDArray[Any]:
        """The state h, shape (N, n_states)."""
        return self._h(self._state[: self.n_states]).T

    @property
    def tangents(self) -> NDArray[Any]:
        """The tangent vectors, shape (N, n_tangents, n_states)."""
        return (self._w + self._mu[:, :, None].astype(self._w.dtype)).transpose(2, 1, 0)

    def step(self) -> None:
        """Advance the states and their tangent vectors by dt: first what the couplings drive, then the mean."""
        before = self._state[: self.n_states] + self._response.z
        slope, w = self.slope.T, self._w.copy()
        self._integrator.step(self._state)
        after = self._state[: self.n_states] + self._response.z
        self._advance_mean(before, after)
        if self.n_tangents:
            kappa = self._inhibition
            advance_tangent_mean(slope, self.slope.T, w, self._w, self._mu, self.dt, kappa, _SUBSTEPS)
        self.time += self.dt

    def _advance_mean(self, before: NDArray[Any], after: NDArray[Any]) -> None:
        """SDIRK2 for M of all states, with y + z linear over the step."""
        net, h = self.network, self.dt / _SUBSTEPS
        weight = GAMMA * h
        stages = self.time + self.dt * (np.arange(_SUBSTEPS)[:, None] + np.array([GAMMA, 1.0])) / _SUBSTEPS
        inputs = self._excitation + (np.zeros_like(stages) if net.drive is None else net.drive.at(stages))
        change = after - before
        if isinstance(net.nonlinearity, ReLU):
            advance_relu_mean(before, change, self.mean, inputs, self.dt, self._inhibition)
            return
        # One slope a step: the iteration below is Newton's with a frozen derivative.
        slope = _average(net.nonlinearity.derivative(_raised(before, self.mean)))
        pivot = 1.0 + weight * (1.0 + self._inhibition * slope)
        m = self.mean
        for i in range(_SUBSTEPS):
            known = m
            for stage, at in enumerate(((i + GAMMA) / _SUBSTEPS, (i + 1.0) / _SUBSTEPS)):
                y = before + before.dtype.type(at) * change
                stage_m = self._implicit(known, weight, float(inputs[i, stage]), y, m, pivot)
                if stage == 0:
                    known = m + (1.0 - GAMMA) / GAMMA * (stage_m - m)
            m = stage_m
        self.mean = m

    def _implicit(
        self,
        known: NDArray[Any],
        weight: float,
        drive: float,
        y: NDArray[Any],
        start: NDArray[Any],
        pivot: NDArray[Any],
    ) -> NDArray[Any]:
        """Solve m = known + weight (-m + drive - sqrt(K) J0 <phi(m + y)>); `pivot` approximates the derivative."""
        phi, kappa = self.network.nonlinearity, self._inhibition
        m, last = start, np.full(len(start), np.inf)
        for _ in range(60):
            h = _raised(y, m)
            step = (m - known - weight * (-m + drive - kappa * _average(phi(h)))) / pivot
            stuck = np.abs(step) > 0.5 * last
            if np.any(stuck):  # the slope has changed, as when silence ends: take it anew
                fresh = 1.0 + weight * (1.0 + kappa * _average(phi.derivative(h)))
                step = np.where(stuck, step * pivot / fresh, step)
                pivot = np.where(stuck, fresh, pivot)
            m = m - step
            last = np.abs(step)
            if np.all(last <= 1e-6 * (1.0 + np.abs(m))):
                break
        return m

    def couple(self, state: NDArray[Any], out: NDArray[Any]) -> None:
        """Write the product of the couplings' fluctuations with phi(h), and with phi' v, to the rows."""
        n_states, source = self.n_states, self._presynaptic
        h = self._h(state[:n_states])
        source[:n_states] = self.network.nonlinearity(h)
        if self.n_tangents:
            slope = np.asarray(self.network.nonlinearity.derivative(h), dtype=source.dtype)
            shape = (n_states, self.n_tangents, self.n)
            v = state[n_states:].reshape(shape) + self._mu[:, :, None].astype(source.dtype)
            np.multiply(v, slope[:, None, :], out=source[n_states:].reshape(shape))
        self._product(source, out)

    def advance_input(self, step: float) -> None:
        """Move the response to the private input by a step."""
        self._response.advance(step)

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors of each state orthonormal; return the logs of their stretching.

        V = w + mu = Q R: w, mu and the history of w are all multiplied by R^-1, so that the split goes on.
        """
        logs = np.empty((self.n_states, self.n_tangents))
        history = self._integrator.history[:, self.n_states :]
        history = history.reshape(len(history), *self._w.shape)
        for i, w in enumerate(self._w):
            vectors = w + self._mu[i][:, None].astype(w.dtype)
            r = np.linalg.qr(vectors.T, mode="r")
            logs[i] = np.log(np.abs(np.diagonal(r)))
            for rows in (w, *history[:, i]):
                rows[...] = solve_triangular(r, rows, trans="T", check_finite=False)
            self._mu[i] = solve_triangular(r, self._mu[i], trans="T", check_finite=False)
        return logs

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return -1 + J diag(phi'(h)), mean couplings included, shape (N, N), in float64."""
        matrix = self.couplings.astype(np.float64)
        matrix -= self._inhibition / self.n
        matrix *= np.asarray(self.slope[:, state], dtype=np.float64)
        matrix[np.diag_indices(self.n)] -= 1.0
        return matrix


def _raised(y: NDArray[Any], m: NDArray[Any]) -> NDArray[Any]:
    return y + m[:, None].astype(y.dtype)


def _average(values: NDArray[Any]) -> NDArray[Any]:
    """Average over neurons, in double precision."""
    return np.asarray(np.mean(values, axis=1, dtype=np.float64))
