"""The mean of h over one step of the row march, in compiled code: m' = -m + input(t) - inhibition <phi>(m, c0).

The balance makes it stiff, with a rate up to 1 + inhibition; SDIRK2 (L-stable, second order) follows it with sub-steps
short enough to resolve the drive, and is not held back by the rate.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.gaussian.closed_pairs import first

GAMMA = 1.0 - math.sqrt(0.5)
_LAST = 1e-8  # a step of Newton's method as small as this leaves its square


@compiled(error_model="numpy")
def _stage(
    kind: int, known: float, weight: float, drive: float, inhibition: float, v: float, offsets: FloatArray, start: float
) -> tuple[float, float]:
    """Solve m = known + weight f(m) by Newton with bisection as a guard; return m and f(m)."""
    m = start
    low, high = -np.inf, np.inf
    for _ in range(60):
        rate, slope = 0.0, 0.0
        for offset in offsets:
            f, d = first(kind, m + offset, v)
            rate += f
            slope += d
        rate /= len(offsets)
        slope /= len(offsets)
        force = -m + drive - inhibition * rate
        excess = m - known - weight * force
        if excess > 0.0:
            high = m
        else:
            low = m
        step = excess / (1.0 + weight * (1.0 + inhibition * slope))
        m -= step
        if abs(step) <= _LAST * (1.0 + abs(m)):
            break
        if low > -np.inf and high < np.inf and not low < m < high:
            m = 0.5 * (low + high)
    return m, (m - known) / weight


@compiled(error_model="numpy")
def advance_mean(
    kind: int,
    m: float,
    v_from: float,
    v_to: float,
    h: float,
    inhibition: float,
    drive: FloatArray,
    offsets: FloatArray,
) -> float:
    """Return the mean one step h later.

    drive[i, k] and offsets[i, k, :] are the input and the offsets of the phases at stage k of sub-step i; the variance
    goes linearly from v_from to v_to.
    """
    n_sub = drive.shape[0]
    step = h / n_sub
    k = 0.0
    for i in range(n_sub):
        v = v_from + (v_to - v_from) * (i + GAMMA) / n_sub
        _, k1 = _stage(kind, m, GAMMA * step, drive[i, 0], inhibition, v, offsets[i, 0], m + GAMMA * step * k)
        v = v_from + (v_to - v_from) * (i + 1.0) / n_sub
        known, ahead = m + (1.0 - GAMMA) * step * k1, m + step * k1
        m, k = _stage(kind, known, GAMMA * step, drive[i, 1], inhibition, v, offsets[i, 1], ahead)
    return m


@compiled(error_model="numpy")
def mean_over_period(
    kind: int,
    start: float,
    m: FloatArray,
    v: FloatArray,
    after: FloatArray,
    h: float,
    inhibition: float,
    drive: FloatArray,
) -> float:
    """Write the mean over a period to m, from m[0] = start, and return it one period later.

    v, after : variance at the points, and one step later.
    """
    none = np.zeros((drive.shape[1], 2, 1))
    x = start
    for t in range(m.size):
        m[t] = x
        x = advance_mean(kind, x, v[t], after[t], h, inhibition, drive[t], none)
    return x
