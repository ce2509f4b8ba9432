"""The means of all populations over one step of a march, tau_a m_a' = -m_a + input_a(t) + sum_b A_ab <phi_b>(m_b, c_b).

SDIRK2 as of `numerics.two_time.mean`, whose equation is that of one population in compiled code.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages

_LAST = 1e-8  # a step of Newton's method as small as this leaves its square
_WORSE = 2.0  # growth of the residual at which a step of Newton's method is taken back by half


def advance_means(
    averages: Averages,
    blocks: Blocks,
    m: FloatArray,
    v_from: FloatArray,
    v_to: FloatArray,
    h: float,
    drive: FloatArray,
    offsets: FloatArray,
) -> FloatArray:
    """Return the means one step h later, shape (P,).

    drive[a, i, k] and offsets[a, i, k, :] are the input and the offsets of the phases at stage k of sub-step i; the
    variances go linearly from v_from to v_to.
    """
    from dmft.numerics.two_time.mean import GAMMA

    n_sub = drive.shape[1]
    weight = GAMMA * h / n_sub / blocks.tau
    moved = np.zeros_like(m)  # in a part GAMMA of a sub-step, at the last rate
    for i in range(n_sub):
        middle, end = (v_from + (v_to - v_from) * (i + s) / n_sub for s in (GAMMA, 1.0))
        m1 = _stage(averages, blocks.A, m, weight, drive[:, i, 0], middle, offsets[:, i, 0], m + moved)
        known = m + (1.0 - GAMMA) / GAMMA * (m1 - m)
        m = _stage(averages, blocks.A, known, weight, drive[:, i, 1], end, offsets[:, i, 1], m + (m1 - m) / GAMMA)
        moved = m - known
    return m


def _stage(
    averages: Averages,
    A: FloatArray,
    known: FloatArray,
    weight: FloatArray,
    force: FloatArray,
    variance: FloatArray,
    phases: FloatArray,
    start: FloatArray,
) -> FloatArray:
    """Solve m = known + weight (-m + force + A <phi>) by Newton's method."""
    if not np.any(A):
        return np.asarray((known + weight * force) / (1.0 + weight))
    x, step, last = start, np.zeros_like(start), np.inf
    for _ in range(60):
        rate, slope = (y.mean(axis=1) for y in averages.first(x[:, None] + phases, variance[:, None]))
        excess = x - known - weight * (-x + force + A @ rate)
        size = float(np.max(np.abs(excess)))
        if size > _WORSE * last:
            step = 0.5 * step
            x = x + step
            continue
        last = size
        step = np.linalg.solve(np.diag(1.0 + weight) - weight[:, None] * A * slope, excess)
        x = x - step
        if np.all(np.abs(step) <= _LAST * (1.0 + np.abs(x))):
            break
    return x
