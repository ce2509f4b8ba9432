"""Largest Lyapunov exponent of driven states: by the tangent kernel where it stays local, else of the locked state."""

from __future__ import annotations

import math
from dataclasses import replace

from dmft.errors import answering
from dmft.numerics.convergence import Status
from dmft.numerics.value import Value
from dmft.observables.kernel_exponent import KernelExponent, kernel_exponent, read_off
from dmft.observables.lyapunov import exponent_of, lyapunov_exponent
from dmft.theories.nonstationary import NonstationarySolution
from dmft.theories.periodic import PeriodicSolution, not_locked, solve_periodic
from dmft.theories.periodic import locked_exponent as torus_exponent
from dmft.theories.reduction import Reduction
from dmft.theories.stationary import StationarySolution, solve_stationary
from dmft.theories.stationary.balanced import BalancedProcess, bounded_exponent

SLOW = 0.045  # frequency below which locked states are not unique
_CRITICAL = 0.5  # window times the locked state's exponent


@exponent_of.register
@answering
def _(process: BalancedProcess, solution: StationarySolution) -> Value:
    number, error = bounded_exponent(solution)
    return Value(number, 0.0, f"{process.branch}: Hill problem of the lag", (), error)


@exponent_of.register
@answering
def _(process: PeriodicSolution, solution: PeriodicSolution, *, dt: float | None = None) -> Value:
    if not solution.convergence.converged:
        raise ValueError("the solution has not converged; its Lyapunov exponent would mean nothing")
    return _driven(solution.reduction, dt, solution)


def _of_torus(solution: PeriodicSolution) -> Value:
    """Return the exponent of the locked state; its error from the state on half as many points."""
    exponent, history = torus_exponent(solution)
    error = math.nan
    if solution.coarse is not None and solution.coarse.convergence.converged:
        error = abs(exponent - torus_exponent(solution.coarse)[0])
        if len(solution.coarse.times) > len(solution.times):
            error *= 2.0
        error += abs(1.0 + exponent) * solution.averages_error[1]
    return Value(exponent, 0.0, "locked: torus", history, error)


@exponent_of.register
@answering
def _(process: NonstationarySolution, solution: NonstationarySolution, *, dt: float | None = None) -> Value:
    network = solution.reduction
    if solution.convergence.status is Status.NON_FINITE:
        raise ValueError("the activity diverges; its Lyapunov exponent would mean nothing")
    if solution.period is None:
        raise ValueError("the drive has no period: the exponent of such a solution is not defined by one period")
    if not network.common:  # the state that the march tends to, without its steps, whatever it has reached
        return lyapunov_exponent(_stationary(solution))
    settled = solution.state == "chaotic" and solution.convergence.converged
    found = read_off(solution.march) if settled and dt is None else None
    if found is not None:
        return _valued(found)
    if not_locked(network) is not None:  # a private input beside the common one, or another common one: never locked
        return _chaotic(network, dt, 1.0)
    return _driven(network, dt, None)


def _stationary(march: NonstationarySolution) -> StationarySolution:
    """Return the stationary state that a march tends to: of several the one of nearest variance."""
    state = solve_stationary(march.network)
    if not march.reduction.centred or march.reduction.symmetry:
        return state
    return solve_stationary(march.network, init=replace(state, variance=float(march.variance[-1])))


def _driven(network: Reduction, dt: float | None, locked: PeriodicSolution | None) -> Value:
    """Return the exponent under a common sinusoid, of whose locked state it is where that is stable.

    Slow input has several locked states, and leaves an episode of silence in each period that cuts the memory: the
    kernel then stays local, whatever the sign of the exponent, in the state that the network is really in.
    """
    if network.period and 1.0 / network.period < SLOW:
        found = kernel_exponent(network, dt=dt)
        if found.exponent is not None:
            return _valued(found)
    locked = solve_periodic(network.statement, on_failure="ignore") if locked is None else locked
    unstable = 1.0
    if locked.convergence.converged:
        exponent = _of_torus(locked)
        if exponent <= 0.0:
            return exponent
        unstable = float(exponent)
    return _chaotic(network, dt, unstable)


def _valued(found: KernelExponent) -> Value:
    assert found.exponent is not None
    branch = "chaotic" if found.exponent > 0 else "locked in its active episodes"
    method = f"{branch}: tangent kernel, window {found.window:.4g}"
    return Value(found.exponent, 0.0, method, found.history, found.error)


def _chaotic(network: Reduction, dt: float | None, unstable: float) -> Value:
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
