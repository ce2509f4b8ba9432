"""One stage of the classical method for linear filters, in one pass over their states."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.compiled import compiled


@compiled(nogil=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
def advance_filters(stage: int, dt: Any, flow: Any, entry: Any, heard: Any, s: Any, probe: Any, total: Any) -> None:
    """Advance ds/dt = flow s + entry heard by one of four stages.

    Parameters
    ----------
    stage : 0 to 3.
    dt : the step, in the precision of the states.
    flow, entry : shapes (d, d) and (d,).
    heard : input at the time of the stage, shape (n,).
    s : states at the start of the step, shape (d, n); those of its end after stage 3.
    probe : where the rate is asked for, shape (d, n); overwritten by the place of the next stage.
    total : sum of the rates so far, shape (d, n); overwritten.
    """
    order, size = s.shape
    real = s.dtype.type
    weight, ahead = real(1.0), real(0.5) * dt
    if stage == 1 or stage == 2:
        weight = real(2.0)
    if stage == 2:
        ahead = dt
    sixth = dt / real(6.0)
    rate = np.empty(order, s.dtype)
    for i in range(size):
        for k in range(order):
            rate[k] = entry[k] * heard[i]
            for j in range(order):
                rate[k] += flow[k, j] * probe[j, i]
        for k in range(order):
            if stage == 0:
                total[k, i] = rate[k]
            else:
                total[k, i] += weight * rate[k]
            if stage < 3:
                probe[k, i] = s[k, i] + ahead * rate[k]
            else:
                s[k, i] += sixth * total[k, i]
                probe[k, i] = s[k, i]
