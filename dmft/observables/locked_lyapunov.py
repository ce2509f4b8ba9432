"""Largest Lyapunov exponent of locked states, and of several populations under a common drive.

Where the locked state is stable the exponent is its own; else that of the chaotic state which a march reaches.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.numerics.value import Value
from dmft.observables.kernel_lyapunov import chaotic, read_off, valued
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.theories.nonstationary import NonstationarySolution
from dmft.theories.periodic import PeriodicSolution, locked_exponent, not_locked, solve_periodic
from dmft.theories.stationary import solve_stationary

_NEAR = 0.02  # distance from a state, relative to its variance, at which a march has come to it


def of_torus(solution: PeriodicSolution) -> Value:
    """Return the exponent of the locked state; its error from the state on half as many points."""
    exponent, history = locked_exponent(solution)
    error = math.nan
    if solution.coarse is not None and solution.coarse.convergence.converged:
        error = abs(exponent - locked_exponent(solution.coarse)[0])
        if len(solution.coarse.times) > len(solution.times):
            error *= 2.0
        error += abs(1.0 + exponent) * solution.averages_error[1]
    return Value(exponent, 0.0, "locked: torus", history, error)


def of_locked(solution: PeriodicSolution, dt: float | None) -> Value:
    """Return the exponent of a locked state of several populations where it is stable, else of the chaotic state that
    a march reaches."""
    exponent = of_torus(solution)
    return exponent if exponent <= 0.0 else chaotic(solution.network, dt, float(exponent))


def of_populations(march: NonstationarySolution, dt: float | None) -> Value:
    """Return the exponent of the state that a march of several populations has come to, found without its steps: of the
    stationary or the locked one, or by the tangent kernel of the chaotic one under a common drive.

    Raises
    ------
    ValueError : unless that state is the one that is found.
    """
    blocks = march.blocks
    if blocks.moved and (march.state == "chaotic" or not_locked(blocks) is not None):
        settled = march.state == "chaotic" and march.convergence.converged and dt is None
        found = read_off(march.march) if settled else None
        return chaotic(march.network, dt, 1.0) if found is None else valued(found)
    if blocks.moved:
        state: Any = solve_periodic(march.network, on_failure="ignore")
        rows = march.last_period() if len(march.times) > round(march.period / march.settings["dt"]) else slice(0)
        late = [np.max(blocks.populated(x)[:, rows], axis=1, initial=0.0) for x in (march.variance, march.mean_x)]
        there = [np.max(blocks.populated(x), axis=1) for x in (state.variance, state.mean_x)]
    else:
        state = solve_stationary(march.network, on_failure="ignore")
        late = [blocks.populated(x)[:, -1] for x in (march.variance, march.mean_x)]
        there = [blocks.populated(x) for x in (state.variance, state.mean_x)]
    gaps = np.abs(late[0] - there[0]), np.abs(late[1] - there[1]) * np.sqrt(there[0])
    error = max(_NEAR, 3.0 * march.convergence.error)
    if not (state.convergence.converged and all(np.all(gap <= error * there[0]) for gap in gaps)):
        raise ValueError(
            "no exponent: the march has not come to the state that dmft.solve_stationary (under a common drive "
            "dmft.solve_periodic) finds; march longer, or take the exponent of that state among dmft.branches"
        )
    return lyapunov_exponent(state)
