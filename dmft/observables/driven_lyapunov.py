"""Largest Lyapunov exponent of driven states: by the tangent kernel where it stays local, else of the locked state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dmft.models.balanced import BalancedNetwork
from dmft.models.common_input import is_common
from dmft.models.drive import Sinusoid
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.observables.value import Value
from dmft.theories.balanced_stationary import (
    BalancedStationarySolution,
    bounded_exponent,
    solve_balanced_stationary,
)
from dmft.theories.nonstationary import NonstationarySolution
from dmft.theories.nonstationary.asymptotic import march_to_period
from dmft.theories.nonstationary.marching import March
from dmft.theories.nonstationary.solve import CELLS_PER_PERIOD, DEFAULT_DT, largest_step
from dmft.theories.periodic import PeriodicSolution, solve_periodic
from dmft.theories.periodic import locked_exponent as torus_exponent
from dmft.theories.stationary import solve_stationary

_WINDOW = 30.0
_LONGEST_WINDOW = 300.0
_LONGEST_MARCH = 5000.0
_SPREAD = 1e-4  # k at the edge of the window over k on the diagonal, above which the window cuts the kernel
SLOW = 0.045  # frequency below which locked states are not unique
_CRITICAL = 0.5  # window times the locked state's exponent
_TOLERANCE = 1e-7  # of the exponent, from one period to the next


@dataclass(frozen=True)
class KernelExponent:
    """Exponent of the state that a march reaches, by its tangent kernel.

    exponent : extrapolated to dt = 0; None if the kernel does not stay local: the state is locked.
    window, duration : of the march that it took.
    history : exponents of the last march, period by period.
    """

    exponent: float | None
    window: float
    duration: float
    history: tuple[float, ...]


def kernel_exponent(
    network: Any, *, dt: float | None = None, init: Any = None, accuracy: float = 2e-5, memory: float = 0.0
) -> KernelExponent:
    """Return the exponent of the chaotic state by the tangent kernel.

    The march goes on until the exponent of its last period has settled to `accuracy`; the window is lengthened until
    the kernel fits into it; two steps, dt and 2 dt (or the largest allowed), are extrapolated to dt = 0. `memory`
    is a first guess of the window.
    """
    drive_period = _period(network)
    if dt is None and isinstance(network.drive, Sinusoid) and drive_period < 2.0 * DEFAULT_DT * CELLS_PER_PERIOD:
        dt = 0.5 * drive_period / CELLS_PER_PERIOD  # twice this step, for the extrapolation, must resolve the period
    window = min(max(_WINDOW, 2.2 * drive_period, memory), _LONGEST_WINDOW)
    duration = max(80.0, 6.0 * drive_period, 1.5 * window)
    while True:
        march = march_to_period(network, dt=dt, window=window, duration=duration, init=init)
        exponent, spread, history = _grown(march)
        previous = math.inf
        while spread <= _SPREAD and abs(exponent - previous) > accuracy and duration < _LONGEST_MARCH:
            previous = exponent
            duration = 1.3 * march.grid.n_steps * march.grid.dt
            march.advance(math.ceil(duration / march.grid.dt))
            exponent, spread, history = _grown(march)
        if spread <= _SPREAD or window >= _LONGEST_WINDOW or exponent < -0.02:
            break
        window *= 1.5
    if spread > _SPREAD:
        return KernelExponent(None, window, duration, history)
    step = march.grid.dt
    wider = min(2.0 * step, largest_step(march.force))
    if wider > 1.2 * step:
        coarse = march_to_period(network, dt=wider, window=window, duration=duration, init=init)
        exponent += (exponent - _grown(coarse)[0]) / ((coarse.grid.dt / step) ** 2 - 1.0)
    return KernelExponent(exponent, window, duration, history)


def _grown(march: March) -> tuple[float, float, tuple[float, ...]]:
    from dmft.numerics.two_time.tangent import growth

    history, kernel = growth(march.force.g2 * march.slopes, march.grid.dt, 1000, _TOLERANCE)
    return float(history[-1]), float(kernel[-2]), tuple(float(x) for x in history)


def _period(network: Any) -> float:
    frequency = getattr(network.drive, "frequency", None)
    return 1.0 / frequency if frequency else 1.0


@lyapunov_exponent.register
def _(solution: BalancedStationarySolution) -> Value:
    number, error = bounded_exponent(solution)
    return Value(number, 0.0, f"{solution.branch}: Hill problem of the lag", (), error)


@lyapunov_exponent.register
def _(solution: PeriodicSolution, *, dt: float | None = None) -> Value:
    slow = _slow(solution.network, dt)
    if slow is not None:
        return slow
    exponent, history = torus_exponent(solution)
    if exponent <= 0.0:
        return Value(exponent, 0.0, "locked: torus", history)
    return _chaotic(solution.network, dt, exponent)


@lyapunov_exponent.register
def _(solution: NonstationarySolution, *, dt: float | None = None) -> Value:
    network: Any = solution.network
    if solution.period is None:
        raise ValueError("the drive has no period: the exponent of such a solution is not defined by one period")
    if not (isinstance(network.drive, Sinusoid) and is_common(network.drive)):
        if isinstance(network, BalancedNetwork):
            return lyapunov_exponent(solve_balanced_stationary(network))
        return lyapunov_exponent(solve_stationary(network))
    slow = _slow(network, dt)
    if slow is not None:
        return slow
    locked = solve_periodic(network, n=_points(solution.period), on_failure="ignore")
    exponent = 1.0
    if locked.convergence.converged:
        exponent, history = torus_exponent(locked)
        if exponent <= 0.0:
            return Value(exponent, 0.0, "locked: torus", history)
    return _chaotic(network, dt, exponent)


def _slow(network: Any, dt: float | None) -> Value | None:
    """Return the exponent by the kernel if the drive is slow and the kernel local.

    Slow input has several locked states, and leaves an episode of silence in each period that cuts the memory: the
    kernel then stays local, whatever the sign of the exponent, in the state that the network is really in.
    """
    if network.drive.frequency >= SLOW:
        return None
    found = kernel_exponent(network, dt=dt)
    return None if found.exponent is None else _valued(found)


def _valued(found: KernelExponent) -> Value:
    assert found.exponent is not None
    branch = "chaotic" if found.exponent > 0 else "locked in its active episodes"
    return Value(found.exponent, 0.0, f"{branch}: tangent kernel, window {found.window:.4g}", found.history)


def _points(period: float) -> int:
    return max(128, 2 ** math.ceil(math.log2(6.0 * period)))


def _chaotic(network: Any, dt: float | None, unstable: float) -> Value:
    """Return the exponent where the locked state is unstable: of the chaotic state, never of the locked one.

    The memory of the chaotic state diverges as it merges with the locked one, whose exponent is `unstable`.
    """
    found = kernel_exponent(network, dt=dt, memory=_CRITICAL / max(unstable, 1e-3))
    if found.exponent is None:
        raise ValueError(
            "no exponent: the locked state found is unstable, but the march reaches another one that is locked too "
            f"(low frequencies have several); last slope {found.history[-1]:.4f}"
        )
    return _valued(found)
