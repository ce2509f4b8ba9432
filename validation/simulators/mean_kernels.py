"""The stiff mean of a network over one step, in compiled code: SDIRK2, for states and for tangent vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.compiled import compiled

GAMMA = 1.0 - math.sqrt(0.5)

_compiled = compiled(nogil=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")


@_compiled
def _relu_averages(before: NDArray[Any], change: NDArray[Any], at: Any, m: Any) -> tuple[float, float]:
    """Return <phi(h)> and <phi'(h)>, h = before + at change + m, with sums in double precision."""
    rate, slope = 0.0, 0.0
    for i in range(before.size):
        h = before[i] + at * change[i] + m
        rate += np.float64(max(h, before.dtype.type(0)))
        slope += 1.0 if h > 0 else 0.0
    return rate / before.size, slope / before.size


@_compiled
def _relu_stage(
    before: NDArray[Any], change: NDArray[Any], at: float, known: float, weight: float, drive: float, kappa: float,
    start: float,
) -> float:  # fmt: skip
    """Solve m = known + weight (-m + drive - kappa <phi(h)>), h = before + at change + m, by Newton's method."""
    real = before.dtype.type
    m = start
    for _ in range(60):
        rate, slope = _relu_averages(before, change, real(at), real(m))
        step = (m - known - weight * (-m + drive - kappa * rate)) / (1.0 + weight * (1.0 + kappa * slope))
        m -= step
        if abs(step) <= 1e-5 * (1.0 + abs(m)):  # what is left is of second order
            break
    return m


@_compiled
def advance_relu_mean(
    before: NDArray[Any], change: NDArray[Any], m: NDArray[np.float64], inputs: NDArray[np.float64], step: float,
    kappa: float,
) -> None:  # fmt: skip
    """Advance m' = -m + input - kappa <max(0, m + y)> of each state in place, y = before + (t/step) change.

    before, change : shape (n_states, N). inputs[i, k] : at stage k of sub-step i.
    """
    n_sub = inputs.shape[0]
    weight = GAMMA * step / n_sub
    for state in range(m.size):
        y, d = before[state], change[state]
        x = m[state]
        for i in range(n_sub):
            middle = _relu_stage(y, d, (i + GAMMA) / n_sub, x, weight, inputs[i, 0], kappa, x)
            known = x + (1.0 - GAMMA) / GAMMA * (middle - x)
            x = _relu_stage(y, d, (i + 1.0) / n_sub, known, weight, inputs[i, 1], kappa, middle)
        m[state] = x


@_compiled
def _slope_averages(slope: NDArray[Any], w: NDArray[Any]) -> tuple[float, float]:
    pull, push = 0.0, 0.0
    for i in range(slope.size):
        pull += np.float64(slope[i])
        push += np.float64(slope[i] * w[i])
    return pull / slope.size, push / slope.size


@_compiled
def advance_tangent_mean(
    slopes: NDArray[Any], slopes_after: NDArray[Any], w: NDArray[Any], w_after: NDArray[Any], mu: NDArray[np.float64],
    step: float, kappa: float, n_sub: int,
) -> None:  # fmt: skip
    """Advance mu' = -mu - kappa <phi' (w + mu)> in place, with the two averages linear over the step.

    slopes : shape (n_states, N). w : shape (n_states, n_tangents, N). mu : shape (n_states, n_tangents).
    """
    weight = GAMMA * step / n_sub
    for state in range(mu.shape[0]):
        for k in range(mu.shape[1]):
            a0, b0 = _slope_averages(slopes[state], w[state, k])
            a1, b1 = _slope_averages(slopes_after[state], w_after[state, k])
            x = mu[state, k]
            for i in range(n_sub):
                at = (i + GAMMA) / n_sub
                pivot = 1.0 + weight * (1.0 + kappa * (a0 + at * (a1 - a0)))
                middle = (x - weight * kappa * (b0 + at * (b1 - b0))) / pivot
                known = x + (1.0 - GAMMA) / GAMMA * (middle - x)
                at = (i + 1.0) / n_sub
                pivot = 1.0 + weight * (1.0 + kappa * (a0 + at * (a1 - a0)))
                x = (known - weight * kappa * (b0 + at * (b1 - b0))) / pivot
            mu[state, k] = x
