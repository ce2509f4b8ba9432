"""The mean of the couplings, which may be stiff, split off and stepped implicitly.

J = m/N + g z/sqrt(N), so x_i = M + y_i + z_i with dy/dt = -y + (g z/sqrt(N)) phi(x), z the response to a private input,
and dM/dt = -M + m <phi>_i + I(t), I the input that is common to all. The rate of M, up to 1 + sqrt(K) J0 in a balanced
network, would force an explicit method to steps of 0.3/sqrt(K); M is one number a state, and an implicit method costs a
few averages over the neurons. The same split holds for tangent vectors, v_i = mu + w_i.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from dmft.models.nonlinearity import ReLU
from validation.simulators.mean_kernels import GAMMA, advance_relu_mean, advance_tangent_mean
from validation.simulators.question import Question

_SUBSTEPS = 2


class MeanCouplings:
    """M of the states, shape (n_states,), and mu of their tangent vectors, shape (n_states, n_tangents); 0 at first.

    Parameters
    ----------
    question : what is simulated, with a mean.
    n_states, n_tangents, dt : of the simulation.
    """

    word: ClassVar[str] = "couplings of a mean"
    on_devices: ClassVar[bool] = False

    def __init__(self, question: Question, n_states: int, n_tangents: int, dt: float) -> None:
        self.nonlinearity, self._dt = question.nonlinearity, dt
        self._constant = sum(drive.constant for drive in question.common)
        self._moving = [drive for drive in question.common if drive.period != 0]
        self._stages = dt * (np.arange(_SUBSTEPS)[:, None] + np.array([GAMMA, 1.0])) / _SUBSTEPS
        self.inhibition = -(question.mean or 0.0)
        self.mean = np.zeros(n_states)
        self.mu = np.zeros((n_states, n_tangents))

    def raised(self, y: NDArray[Any]) -> NDArray[Any]:
        """Return y + M of each state."""
        return _raised(y, self.mean)

    def raised_tangents(self, w: NDArray[Any]) -> NDArray[Any]:
        """Return w + mu of each tangent vector, shape (n_states, n_tangents, N)."""
        return np.asarray(w + self.mu[:, :, None].astype(w.dtype))

    def advance(self, before: NDArray[Any], after: NDArray[Any], time: float) -> None:
        """SDIRK2 for M of all states, with y + z linear over the step, and the common input at its stages."""
        inputs = np.full_like(self._stages, self._constant)
        for drive in self._moving:
            inputs += drive.at(time + self._stages)
        self.mean = advanced(self.nonlinearity, self.mean, before, after - before, inputs, self._dt, self.inhibition)

    def advance_tangents(
        self, slope: NDArray[Any], slope_after: NDArray[Any], w: NDArray[Any], w_after: NDArray[Any]
    ) -> None:
        """Advance mu, with the averages of the slopes and of the vectors linear over the step."""
        advance_tangent_mean(slope, slope_after, w, w_after, self.mu, self._dt, self.inhibition, _SUBSTEPS)

    def recombine(self, state: int, triangle: NDArray[Any]) -> None:
        """Move the tangent vectors of a state into a new basis, mu <- R^-T mu."""
        self.mu[state] = solve_triangular(triangle, self.mu[state], trans="T", check_finite=False)


@singledispatch
def advanced(
    phi: Any,
    m: NDArray[np.float64],
    before: NDArray[Any],
    change: NDArray[Any],
    inputs: NDArray[np.float64],
    step: float,
    kappa: float,
) -> NDArray[np.float64]:
    """Return M of each state after a step of M' = -M + input - kappa <phi(M + y)>, y = before + (t/step) change.

    before, change : shape (n_states, N). inputs[i, k] : at stage k of sub-step i.
    """
    weight = GAMMA * step / len(inputs)
    # One slope a step: the iteration below is Newton's with a frozen derivative.
    pivot = 1.0 + weight * (1.0 + kappa * _average(phi.derivative(_raised(before, m))))
    for i, stages in enumerate(inputs):
        known = m
        for stage, at in enumerate(((i + GAMMA) / len(inputs), (i + 1.0) / len(inputs))):
            y = before + before.dtype.type(at) * change
            stage_m = _solved(phi, known, weight, float(stages[stage]), y, m, pivot, kappa)
            if stage == 0:
                known = m + (1.0 - GAMMA) / GAMMA * (stage_m - m)
        m = stage_m
    return m


@advanced.register(ReLU)
def _of_relu(phi: ReLU, m: Any, before: Any, change: Any, inputs: Any, step: float, kappa: float) -> Any:
    m = m.copy()
    advance_relu_mean(before, change, m, inputs, step, kappa)
    return m


def _solved(
    phi: Any,
    known: NDArray[Any],
    weight: float,
    drive: float,
    y: NDArray[Any],
    start: NDArray[Any],
    pivot: NDArray[Any],
    kappa: float,
) -> NDArray[Any]:
    """Solve m = known + weight (-m + drive - kappa <phi(m + y)>); `pivot` approximates the derivative."""
    m, last = start, np.full(len(start), np.inf)
    for _ in range(60):
        x = _raised(y, m)
        step = (m - known - weight * (-m + drive - kappa * _average(phi(x)))) / pivot
        stuck = np.abs(step) > 0.5 * last
        if np.any(stuck):  # the slope has changed, as when silence ends: take it anew
            fresh = 1.0 + weight * (1.0 + kappa * _average(phi.derivative(x)))
            step = np.where(stuck, step * pivot / fresh, step)
            pivot = np.where(stuck, fresh, pivot)
        m = m - step
        last = np.abs(step)
        if np.all(last <= 1e-6 * (1.0 + np.abs(m))):
            break
    return m


def _raised(y: NDArray[Any], m: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(y + m[:, None].astype(y.dtype))


def _average(values: NDArray[Any]) -> NDArray[Any]:
    """Average over neurons, in double precision."""
    return np.asarray(np.mean(values, axis=1, dtype=np.float64))
