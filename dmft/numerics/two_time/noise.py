"""What private noise adds to a row of the covariance in a step: exact, whatever the step.

A unit that leaks, x' = -x + xi, from x(0) = 0, is x(t) = y(t) - exp(-t) y(0) with the stationary response y to the same
noise, of covariance F(lag). Its covariance C(u, t) is F(t - u) - exp(-u) F(t) - exp(-t) F(u) + exp(-t - u) F(0).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled


class NoiseSteps(NamedTuple):
    """Increments of the covariance of x under private noise, on the grid of a march.

    Attributes
    ----------
    lagged : F(k h + h) - exp(-h) F(k h) over the lag k; empty without coloured noise.
    decay : exp(-u h) over time u.
    variance : C(t + h, t + h) - exp(-2 h) C(t, t) over time, that of white noise included.
    white : the part of white noise in it.
    deviation : standard deviation of x(t + h) - exp(-h) x(t) under coloured noise, over time.
    """

    lagged: FloatArray
    decay: FloatArray
    variance: FloatArray
    white: float
    deviation: FloatArray


def noise_steps(h: float, filtered: FloatArray, white: float) -> NoiseSteps:
    """Return the increments of steps of h; `filtered` is F at k h, one entry more than steps; `white` an intensity."""
    e = np.exp(-h)
    of_white = float(-0.5 * white * np.expm1(-2.0 * h))
    t = h * np.arange(len(filtered))
    if not np.any(filtered):
        zeros = np.zeros(len(t) - 1)
        return NoiseSteps(np.zeros(0), np.zeros(0), zeros + of_white, of_white, zeros)
    lagged = filtered[1:] - e * filtered[:-1]
    decay = np.exp(-t)
    variance = filtered[0] * (1.0 + decay * decay) - 2.0 * decay * filtered
    beside = filtered[1] - decay[:-1] * filtered[1:] - decay[1:] * filtered[:-1] + decay[:-1] * decay[1:] * filtered[0]
    spread = variance[1:] + e * e * variance[:-1] - 2.0 * e * beside
    rise = variance[1:] - e * e * variance[:-1]
    return NoiseSteps(lagged, decay[:-1], rise + of_white, of_white, np.sqrt(np.maximum(spread, 0.0)))


@compiled(error_model="numpy")
def add_noise(n: int, lo: int, sign: float, steps: NoiseSteps, row: FloatArray) -> None:
    """Add `sign` times what coloured noise adds in the step from n to row[lo..n]."""
    if steps.lagged.size == 0:
        return
    last = steps.lagged[n]
    for u in range(lo, n + 1):
        row[u] += sign * (steps.lagged[n - u] - steps.decay[u] * last)


@compiled(error_model="numpy")
def noise_of_step(n: int, steps: NoiseSteps) -> tuple[float, float, float]:
    """Return what noise adds to the variance in the step from n, its white part, and the deviation of the coloured."""
    return steps.variance[n], steps.white, steps.deviation[n]
