"""Largest Lyapunov exponent of driven states: by the tangent kernel where it stays local, else of the locked state."""

from __future__ import annotations

from dataclasses import replace

from dmft.budget import allow
from dmft.errors import answering
from dmft.numerics.convergence import Status
from dmft.numerics.value import Value
from dmft.observables.kernel_lyapunov import LONGEST_SEARCH, chaotic, kernel_exponent, read_off, valued
from dmft.observables.locked_lyapunov import of_locked, of_populations, of_torus
from dmft.observables.lyapunov import exponent_of, lyapunov_exponent
from dmft.theories.nonstationary import NonstationarySolution
from dmft.theories.periodic import PeriodicSolution, not_locked, solve_periodic
from dmft.theories.reduction import Reduction, reduced_or_none
from dmft.theories.stationary import StationarySolution, solve_stationary
from dmft.theories.stationary.balanced import BalancedProcess, bounded_exponent

SLOW = 0.045  # frequency below which locked states are not unique


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
    if reduced_or_none(solution.network) is None:
        return of_locked(solution, dt)
    return _driven(solution.reduction, dt, solution)


@exponent_of.register
@answering
def _(process: NonstationarySolution, solution: NonstationarySolution, *, dt: float | None = None) -> Value:
    if solution.convergence.status is Status.NON_FINITE:
        raise ValueError("the activity diverges; its Lyapunov exponent would mean nothing")
    if solution.period is None:
        raise ValueError("the drive has no period: the exponent of such a solution is not defined by one period")
    if reduced_or_none(solution.network) is None:
        return of_populations(solution, dt)
    network = solution.reduction
    if not network.common:  # the state that the march tends to, without its steps, whatever it has reached
        return lyapunov_exponent(_stationary(solution))
    settled = solution.state == "chaotic" and solution.convergence.converged
    found = read_off(solution.march) if settled and dt is None else None
    if found is not None:
        return valued(found)
    if not_locked(solution.blocks) is not None:  # a private input beside the common one: never locked
        return chaotic(network.statement, dt, 1.0)
    return _driven(network, dt, None)


def _stationary(march: NonstationarySolution) -> StationarySolution:
    """Return the stationary state that a march tends to: of several the one of nearest variance."""
    state = solve_stationary(march.network)
    if not march.reduction.centred or march.reduction.symmetry:
        return state
    late = march.blocks.populated(march.variance)[:, -1]
    return solve_stationary(march.network, init=replace(state, variance=march.blocks.shaped(late)))


def _driven(network: Reduction, dt: float | None, locked: PeriodicSolution | None) -> Value:
    """Return the exponent under a common sinusoid, of whose locked state it is where that is stable.

    Slow input has several locked states, and leaves an episode of silence in each period that cuts the memory: the
    kernel then stays local, whatever the sign of the exponent, in the state that the network is really in.
    """
    allow(LONGEST_SEARCH)
    if network.period and 1.0 / network.period < SLOW:
        found = kernel_exponent(network.statement, dt=dt)
        if found.exponent is not None:
            return valued(found)
    locked = solve_periodic(network.statement, on_failure="ignore") if locked is None else locked
    unstable = 1.0
    if locked.convergence.converged:
        exponent = of_torus(locked)
        if exponent <= 0.0:
            return exponent
        unstable = float(exponent)
    return chaotic(network.statement, dt, unstable)
