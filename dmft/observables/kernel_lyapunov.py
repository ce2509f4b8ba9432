"""Largest Lyapunov exponent of the chaotic state under a common drive, by the tangent kernel along a march.

(1 + tau_a d_t)(1 + tau_a d_s) k_a(t, s) = sum_b K_ab <phi_b'(t) phi_b'(s)> k_b(t, s), seeded on the diagonals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.budget import allow, spend
from dmft.models.by_weight import by_weight
from dmft.numerics.value import Value
from dmft.theories.nonstationary.grid import CELLS_PER_PERIOD, DEFAULT_DT, largest_step
from dmft.theories.nonstationary.initial import march_to_period
from dmft.theories.nonstationary.input import gaussian_blocks
from dmft.theories.nonstationary.marching import March

_WINDOW = 30.0  # of these times, in units of the longest time constant
_LONGEST_WINDOW = 300.0
_LONGEST_MARCH = 5000.0
_SHORTEST_MARCH = 80.0
_SPREAD = 1e-4  # k at the edge of the window over k on the diagonal, above which the window cuts the kernel
_CRITICAL = 0.5  # window times the locked state's exponent
_SETTLED = 2e-5  # change of the exponent over the last period that is left
_SECOND_ORDER, _HALVINGS = 1e-4, 3  # what a step may change to be extrapolated; how often it is halved if it does more
_TOLERANCE = 1e-7  # of the exponent, from one period to the next
_LONG_PERIOD = 100.0  # period from which on steps are longer than the default
_MOST_CELLS = 3e9  # cells that the growth of a kernel is followed over
_A_CELL = 2e-9  # seconds of one of them
LONGEST_SEARCH = 600.0  # seconds of an exponent under a slow drive, which takes as long


@dataclass(frozen=True)
class KernelExponent:
    """Exponent of the state that a march reaches, by its tangent kernel.

    exponent : extrapolated to dt = 0; None if the kernel does not stay local: the state is locked.
    window, duration : of the march that it took.
    history : exponents of the march, period by period, before its step is shortened.
    error : what the extrapolation changed, what the last period did, and what the averages of slopes lost.
    """

    exponent: float | None
    window: float
    duration: float
    history: tuple[float, ...]
    error: float = math.nan


def kernel_exponent(
    network: Any, *, dt: float | None = None, init: Any = None, accuracy: float = _SETTLED, memory: float = 0.0
) -> KernelExponent:
    """Return the exponent of the chaotic state by the tangent kernel.

    The march goes on until the exponent of its last period has settled to `accuracy`; the window is lengthened until
    the kernel fits into it; two steps, dt and 2 dt (or the largest allowed), are extrapolated to dt = 0, and without
    `dt` they are halved until two limits agree. `memory` is a first guess of the window.

    Raises
    ------
    TooCostlyError : for a drive so slow or so fast that a march would take more than ten minutes.
    ValueError : if the activity diverges, or phi is not finite.
    """
    network = by_weight(network)
    blocks = gaussian_blocks(network)
    least, longest_tau = float(np.min(blocks.tau)), float(np.max(blocks.tau))
    drive_period, dt_given = blocks.period or longest_tau, dt is not None
    if dt is None and blocks.period:
        fastest = min(drive_period, blocks.fastest or drive_period)
        if fastest < 2.0 * DEFAULT_DT * least * CELLS_PER_PERIOD:
            dt = 0.5 * fastest / CELLS_PER_PERIOD  # twice this step, to extrapolate, must resolve the period
        elif drive_period > _LONG_PERIOD * least:
            dt = least * min(0.25, DEFAULT_DT * math.sqrt(drive_period / (_LONG_PERIOD * least)))
    longest = max(_LONGEST_WINDOW * longest_tau, 2.2 * drive_period)
    window = min(max(_WINDOW * longest_tau, 2.2 * drive_period, memory), longest)
    duration = max(_SHORTEST_MARCH * longest_tau, 6.0 * drive_period, 1.5 * window)
    while True:
        march = march_to_period(network, dt=dt, window=window, duration=duration, init=init)
        exponent, spread, history = _grown(march)
        previous = math.inf
        while spread <= _SPREAD and abs(exponent - previous) > accuracy and duration < _LONGEST_MARCH * longest_tau:
            previous = exponent
            duration = 1.3 * march.grid.n_steps * march.grid.dt
            march.advance(math.ceil(duration / march.grid.dt))
            exponent, spread, history = _grown(march)
        if spread <= _SPREAD or window >= longest or exponent < -0.02 / longest_tau:
            break
        window *= 1.5
    if not spread <= _SPREAD:
        return KernelExponent(None, window, duration, history)
    unsettled = 2.0 * abs(exponent - previous) if math.isfinite(previous) else accuracy
    wider, coarse = min(2.0 * march.grid.dt, largest_step(march.blocks)), None
    if wider > 1.2 * march.grid.dt:
        coarse = march_to_period(network, dt=wider, window=window, duration=duration, init=init)
    unsettled += accuracy
    best, error, change = _extrapolated(march, exponent, coarse, unsettled)
    if dt_given or not abs(change) > _SECOND_ORDER:
        return KernelExponent(best, window, duration, history, error)
    best, error = _refined(network, march, best, error, unsettled, window=window, duration=duration, init=init)
    return KernelExponent(best, window, duration, history, error)


def _extrapolated(march: March, exponent: float, coarse: March | None, error: float) -> tuple[float, float, float]:
    """Return the exponent at dt = 0, from a march with a longer step, its error, and what the step has changed.

    The error is nan without such a march. It bounds the truth where the step is of second order, as it is where it
    changes little: at strong and fast drives phi is crossed within a step, and what is left falls more slowly.
    """
    if coarse is None:
        return exponent, math.nan, math.nan
    error += _rate(march, exponent) * float(march.averages.slope_error)
    change = (exponent - _grown(coarse)[0]) / ((coarse.grid.dt / march.grid.dt) ** 2 - 1.0)
    return exponent + change, error + abs(change), change


def _refined(
    network: Any, march: March, best: float, error: float, unsettled: float, **run: Any
) -> tuple[float, float]:
    """Return the exponent at dt = 0 and its error from marches of ever shorter steps, until two limits agree."""
    unsettled += _rate(march, best) * float(march.averages.slope_error)
    for _ in range(_HALVINGS):
        if 4.0 * march.grid.n_steps * march.grid.width > _MOST_CELLS / 10.0:
            return best, 4.0 * error  # not seen to be of second order
        finer = march_to_period(network, dt=0.5 * march.grid.dt, **run)
        new = _extrapolated(finer, _grown(finer)[0], march, 0.0)[0]
        change, best, march = abs(new - best), new, finer
        error = change + unsettled
        if change <= _SECOND_ORDER:
            break
    return best, error


def read_off(march: Any) -> KernelExponent | None:
    """Return the exponent of a march in its chaotic state; None if its window cuts the kernel, its step is long, or it
    is gone.

    The march and its companion, which has steps twice as long, go on for a period, with their slopes.
    """
    if not isinstance(march, March) or march.companion is None:  # of a solution that was stored
        return None
    later = march.tangents()
    first = _grown(later)[0]
    later.advance(later.grid.n_steps + later.grid.period)
    exponent, spread, history = _grown(later)
    if not spread <= _SPREAD:
        return None
    unsettled = 2.0 * abs(exponent - first) + _SETTLED
    exponent, error, change = _extrapolated(later, exponent, march.companion.tangents(), unsettled)
    if not abs(change) <= _SECOND_ORDER:
        return None
    grid = later.grid
    return KernelExponent(exponent, grid.width * grid.dt, grid.n_steps * grid.dt, history, error)


def _grown(march: March) -> tuple[float, float, tuple[float, ...]]:
    """Return the exponent, the spread of the kernel and the history; a kernel that underflows has spread."""
    blocks, h = march.blocks, march.grid.dt
    if march.failure or not np.all(np.isfinite(march.v[:, -1])):
        reason = march.failure or "the variance is not finite; the activity grows without bound"
        raise ValueError(f"no exponent: {reason}")
    slopes = march.slopes
    periods = int(min(1000.0, max(20.0, _MOST_CELLS / slopes.size)))
    if len(blocks) == 1:
        from dmft.numerics.two_time.tangent import growth

        tau = float(blocks.tau[0])
        history, kernel = growth(blocks.K[0, 0] * slopes[0], h / tau, periods, _TOLERANCE * tau)
        history = history / tau
    else:
        from dmft.numerics.two_time.coupled_tangent import growth_together

        history, kernel = growth_together(slopes, h / blocks.tau, blocks.K, h, periods, _TOLERANCE)
    spend(_A_CELL * len(blocks) * slopes.size * len(history))
    shown = tuple(float(x) for x in history)
    if not math.isfinite(shown[-1]):
        finite = [x for x in shown if math.isfinite(x)]
        slowest = -1.0 / float(np.max(blocks.tau))
        return (finite[-1] if finite else slowest), math.inf, tuple(finite) or (slowest,)
    return shown[-1], float(np.max(np.abs(kernel[..., -2]))), shown


def _rate(march: March, exponent: float) -> float:
    """Return what a relative error of slopes is multiplied with in an exponent."""
    return abs(1.0 / float(np.min(march.blocks.tau)) + exponent)


def valued(found: KernelExponent) -> Value:
    """Return an exponent that was found as the value of it that is shown."""
    assert found.exponent is not None
    branch = "chaotic" if found.exponent > 0 else "locked in its active episodes"
    method = f"{branch}: tangent kernel, window {found.window:.4g}"
    return Value(found.exponent, 0.0, method, found.history, found.error)


def chaotic(network: Any, dt: float | None, unstable: float) -> Value:
    """Return the exponent where the locked state is unstable: of the chaotic state, never of the locked one.

    The memory of the chaotic state diverges as it merges with the locked one, whose exponent is `unstable`.
    """
    allow(LONGEST_SEARCH)
    found = kernel_exponent(network, dt=dt, memory=_CRITICAL / max(unstable, 1e-3))
    if found.exponent is None:
        raise ValueError(
            "no exponent: the locked state found is unstable, but the march reaches another one that is locked too "
            f"(low frequencies have several); last slope {found.history[-1]:.4f}"
        )
    return valued(found)
