"""Fixed points of maps with slow modes: the distance that is left decides when to stop, not the residual.

Where an eigenvalue of F' lies near 1, the residual F(x) - x is small long before x is near the fixed point. Anderson's
acceleration with a long memory knows better: its step is that of a quasi-Newton method, -(F' - 1)^-1 times the residual
in all directions met so far, and so an estimate of the distance. It is taken from several steps, since one may be
small by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Extrapolation

Map = Callable[[FloatArray], FloatArray]

DEPTH = 16  # differences of iterates that are combined
_PLAIN = 3  # plain steps to begin with
_LAST = 4  # steps of which the largest is the distance
_LAST_LEARNED = 2  # the same where slopes are known beforehand
_SAFE = 3.0  # of the distance: slow directions are known only as well as the steps have explored them
_FARTHEST = 0.5  # largest step, in units of the scale
_DIVERGED = 1e8  # residual, in units of the scale, from which nothing comes back


def learning() -> Extrapolation:
    """Return what learns of slopes from several solutions."""
    return Extrapolation(DEPTH, rcond=1e-9)


def solve_slow(
    function: Map,
    start: FloatArray,
    scale: FloatArray,
    *,
    tolerance: float,
    max_steps: int,
    callback: Callable[[int, float], Any] | None = None,
    learned: Extrapolation | None = None,
) -> tuple[FloatArray, Convergence]:
    """Return the solution of x = F(x), and how the iteration ended; `error` of the outcome is the distance left.

    Parameters
    ----------
    function : F.
    start : first iterate, shape (n,).
    scale : size of each entry of x, shape (n,): residuals and distances are measured in it.
    tolerance : distance at which to stop.
    max_steps : largest number of evaluations.
    callback : called as callback(step, residual).
    learned : what earlier solutions of nearly the same map, in the same scale, have learned of its slopes; it learns on
        (see `learning`). Neither plain steps nor a long run of short ones are needed where it knows some.
    """
    x = np.array(start, dtype=float)
    scale = np.maximum(scale, np.finfo(float).tiny)
    extrapolation = learning() if learned is None else learned
    extrapolation.elsewhere()
    plain, last = (0, _LAST_LEARNED) if extrapolation.knows else (_PLAIN, _LAST)
    history: list[float] = []
    lengths: list[float] = []
    best, best_norm, status = x, np.inf, Status.MAX_STEPS
    for index in range(max_steps):
        residual = (function(x) - x) / scale
        norm = float(np.max(np.abs(residual)))
        history.append(norm)
        if not norm < _DIVERGED:
            status = Status.NON_FINITE
            break
        if norm < best_norm:
            best, best_norm = x, norm
        if callback is not None:
            callback(index, norm)
        extrapolated = extrapolation(x / scale, residual)
        step = extrapolated if index >= plain else residual
        length = float(np.max(np.abs(step)))
        lengths.append(length)
        if index >= plain + last - 1 and _SAFE * max(lengths[-last:]) <= tolerance:
            status = Status.CONVERGED
            best = x + step * scale
            break
        if length == 0.0:
            status = Status.CONVERGED
            break
        x = x + step * min(1.0, _FARTHEST / length) * scale
    distance = _SAFE * max(lengths[-last:], default=float("inf"))
    return best, Convergence(status, best_norm, len(history), tuple(history), error=distance)
