"""solve_periodic: the locked state of a network driven by common periodic inputs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.budget import OutOfWorkError, allow, limited
from dmft.errors import answering
from dmft.models.by_weight import by_weight
from dmft.models.checks import one_of, positive
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.walk import walk
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.input import gaussian_blocks
from dmft.theories.periodic.locked import ITERATIONS, locked_state, nothing
from dmft.theories.periodic.solution import PeriodicSolution, with_error
from dmft.theories.solution import OnFailure, delivered

_TIME, _PAIR = 1e-3, 4e-7  # seconds of an iteration: of a time, and of a pair of times
_FINE, _MOST = 5e-4, 512  # error at which points are no longer doubled, and points up to which they are
_OF_FASTEST = 32.0  # points in the least period of a drive


@answering
def solve_periodic(
    network: Any,
    *,
    n: int | None = None,
    rtol: float = 1e-8,
    max_steps: int = 200,
    init: PeriodicSolution | None = None,
    on_failure: OnFailure = "raise",
) -> PeriodicSolution:
    """Solve for the locked state of a network under inputs that are common to each population and repeat.

    tau_a m_a' = -m_a + h_a + sum_b A_ab <phi_b> + I_a(t),
    (1 + tau_a d_t)(1 + tau_a d_s) c_a(t, s) = sum_b K_ab <phi_b(x(t)) phi_b(x(s))> + s_a,
    with c doubly periodic, so that c(t, t + P) = c(t, t): x repeats with the drive. A_ab = M_ab f_b, with the scale of
    `Mean`, K_ab = g_ab^2 f_b. The operators are inverted in Fourier modes, c is iterated with Anderson acceleration,
    and m is the periodic orbit at the variances of each iterate.

    Parameters
    ----------
    network : of one or several populations, each with a `Sinusoid` of common phase, another common drive that has a
        period, or none; one period in all. (For random phases the locked state is stationary: solve_stationary.)
        Populations under a `Weighted` drive are solved given the weight: `by_weight` of the network is taken.
    n : points per period, at least 16; by default 8 in the shortest time constant, at least 128 and at most 1024, and
        up to 512 doubled until the error is below 5e-4 (a strong drive, which silences neurons for a part of the
        period).
    rtol : largest residual of the undamped map relative to the variance that counts as converged.
    max_steps : largest number of iterations.
    init : solution of a neighbouring network to start from.
    on_failure : "raise", "warn" or "ignore".

    Raises
    ------
    NotConvergedError : if the iteration stops short of `rtol`, from its own start and along walks from other
        amplitudes; UNRESOLVED, if n points leave an error of more than 10 %; NO_SOLUTION, where mean couplings keep the
        means from repeating, or drive them away from the state.
    ValueError, TypeError : for a network without a common periodic drive, or fewer than 16 points.

    Notes
    -----
    At low frequencies (below about 0.03) there are several locked solutions; a constant start leads to the one that
    sits on the static fixed point in every episode of activity. With mean couplings that excite there may be several at
    any frequency: the one that Newton's method for the means finds from where they start (`init=` for another).
    Accuracy: error O(n^-2) (`tests/invariants/test_periodic_invariants.py`), bounded by `convergence.error`, from a
    state on n/2 points (`tests/limits/test_nonstationary_error.py`; of several populations
    `tests/limits/test_population_periods.py`). Cost: of each population 10-30 iterations of n^2/2 averages, 30 ms at
    n = 128, and a fifth more for the error; up to 1 s where the drive is so strong that it takes 512 points.
    """
    network = by_weight(network)
    blocks = gaussian_blocks(network)
    reason = not_locked(blocks)
    if reason is not None:
        raise ValueError(f"{reason}, got {network!r}")
    given = n is not None
    resolved = 8.0 * (blocks.period or 1.0) / float(np.min(blocks.tau))
    resolved = max(resolved, _OF_FASTEST * (blocks.period or 0.0) / (blocks.fastest or 1.0))
    n = int(positive("n", min(max(128, 2 ** math.ceil(math.log2(resolved))), 1024) if n is None else n))
    if n < 16:
        raise ValueError(f"n must be at least 16 to resolve a period, got {n}")
    rtol = positive("rtol", rtol)
    max_steps = int(positive("max_steps", max_steps))
    one_of("on_failure", on_failure, ("raise", "warn", "ignore"))
    try:
        with limited():
            allow(_seconds(n, len(blocks)))
            solution = _searched(blocks, n, rtol, max_steps, init, given)
    except OutOfWorkError as error:
        detail = (
            f"stopped: {error}; start from a neighbouring point (init=), give a smaller n or a larger rtol, or use a "
            "less steep nonlinearity"
        )
        solution = nothing(blocks, n, Convergence(Status.MAX_STEPS, math.inf, 0, (), detail, math.inf))
    except FloatingPointError as error:
        raise ValueError(f"there is no static state to start from: {error}") from None
    return delivered(solution, on_failure)


def _searched(
    blocks: Blocks, n: int, rtol: float, max_steps: int, init: PeriodicSolution | None, given: bool
) -> PeriodicSolution:
    """Return the state from its own start, or walked to from other amplitudes, with its error."""
    solution = locked_state(blocks, n=n, rtol=rtol, max_steps=max_steps, init=init)
    if solution.convergence.status not in (Status.CONVERGED, Status.NON_FINITE, Status.NO_SOLUTION):
        solution = _walked(blocks, n, rtol, max_steps) or solution
    if solution.convergence.converged:
        other = n // 2 if n >= 32 else 2 * n
        coarse = locked_state(blocks, n=other, rtol=max(rtol, 1e-7), max_steps=max_steps, init=solution)
        found = with_error(solution, coarse)
        while not given and found.convergence.error > _FINE and n < _MOST:
            n, coarse = 2 * n, solution
            allow(_seconds(n, len(blocks)))
            solution = locked_state(blocks, n=n, rtol=rtol, max_steps=max_steps, init=coarse)
            if not solution.convergence.converged:
                break
            found = with_error(solution, coarse)
        solution = found
    return solution


def _seconds(n: int, size: int) -> float:
    """Return what the iterations on n points take at most, as long as they go well."""
    return ITERATIONS * n * size * (_TIME + _PAIR * n)


def not_locked(blocks: Blocks) -> str | None:
    """Return why a network has no locked state that is known here; None if it has."""
    if blocks.noisy or (blocks.phased and blocks.moved):
        return "a private input keeps x from repeating with the drive; march with solve_nonstationary"
    if blocks.phased or blocks.period == 0.0:
        return "solve_periodic needs a Sinusoid of common phase, or another common drive with a period"
    if blocks.period is None:
        return "the common drives have no period together that is a few of each; march with solve_nonstationary"
    return None


def _walked(blocks: Blocks, n: int, rtol: float, max_steps: int) -> PeriodicSolution | None:
    """Return the state reached from those of stronger and of weaker inputs, or None."""

    def solve(strength: float, nearest: PeriodicSolution | None) -> PeriodicSolution | None:
        near = blocks if strength == 1.0 else blocks.driven(strength)
        found = locked_state(near, n=n, rtol=rtol, max_steps=max_steps, init=nearest)
        return found if found.convergence.converged else None

    for factor in (2.0, 0.5, 5.0):
        state, part = walk(solve, factor, 1.0, most=16)
        if state is not None and part >= 1.0:
            return state
    return None
