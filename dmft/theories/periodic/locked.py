"""The locked state of a network on a given number of points, and its exponent."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from dmft.cost import check_cost
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.two_time.torus import Torus
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.initial import initial_state
from dmft.theories.nonstationary.periodic_map import PeriodicMap
from dmft.theories.periodic.solution import PeriodicSolution, resampled

ITERATIONS = 30.0  # of the map, typically
_REPEATS = 1e-8  # gap of the means after a period, relative to their size, that is none


def locked_state(
    blocks: Blocks, *, n: int, rtol: float, max_steps: int = 200, init: PeriodicSolution | None = None
) -> PeriodicSolution:
    """Return the locked state on n points, converged or not, without its discretisation error.

    Raises
    ------
    TooCostlyError : for more points than memory or a day allow.
    """
    averages, size = Averages(blocks.nonlinearities), len(blocks)
    assert blocks.period
    check_cost(
        f"a locked state on {n} x {n} points",
        seconds=ITERATIONS * 1e-7 * size * float(n) ** 2,
        memory=8.0 * 20.0 * size * float(n) ** 2,
        remedy="give a smaller n, or march with solve_nonstationary and a window",
        longest=86400.0,
    )
    problem = PeriodicMap(blocks, averages, Torus(n, blocks.period))
    if init is None:
        mean, variance = initial_state(blocks, averages, None)
        start = np.broadcast_to(np.maximum(variance, 1e-3)[:, None, None], (size, n, n))
        problem.mean = np.tile(mean[:, None], n)
    else:
        start, problem.mean = resampled(init, n)
    try:
        c, outcome = problem.iterate(start, rtol, max_steps)
        _, slopes = problem.apply(c)
        variance = np.maximum(np.diagonal(c, axis1=1, axis2=2), 0.0)
        rate, _ = averages.first(problem.mean, variance)
        if not all(np.all(np.isfinite(x)) for x in (c, rate, problem.mean, slopes)):
            outcome = Convergence(Status.NON_FINITE, math.inf, outcome.steps, outcome.history)
        elif outcome.converged:
            outcome = _held(outcome, problem)
    except FloatingPointError as failure:
        outcome = Convergence(Status.NON_FINITE, math.inf, 0, (), f"stopped: {failure}", math.inf)
        return nothing(blocks, n, outcome)
    return PeriodicSolution(
        network=blocks.statement,
        convergence=outcome,
        settings={"n": n},
        times=problem.torus.times,
        mean_x=blocks.shaped(problem.mean.copy()),
        variance=blocks.shaped(variance),
        mean_phi=blocks.shaped(rate),
        covariance=blocks.shaped(c.copy()),
        slopes=blocks.shaped(slopes),
        period=problem.torus.period,
        averages_error=(float(averages.error), float(averages.slope_error)),
    )


def _held(outcome: Convergence, problem: PeriodicMap) -> Convergence:
    """Return the outcome of a state that converged, which fails where its means do not repeat, or leave it."""
    if not problem.gap <= _REPEATS:
        detail = "the means do not repeat with the drive: mean couplings make them move by themselves; march instead"
        return dataclasses.replace(outcome, status=Status.NO_SOLUTION, detail=detail)
    if problem.left >= 1.0:
        detail = (
            "the state repeats, but its means leave it; start from another (init=), or march with solve_nonstationary"
        )
        return dataclasses.replace(outcome, status=Status.NO_SOLUTION, detail=detail)
    return outcome


def nothing(blocks: Blocks, n: int, outcome: Convergence) -> PeriodicSolution:
    """Return a solution that holds nothing but the reason."""
    assert blocks.period
    line, plane = np.full((len(blocks), n), np.nan), np.full((len(blocks), n, n), np.nan)
    return PeriodicSolution(
        network=blocks.statement,
        convergence=outcome,
        settings={"n": n},
        times=Torus(n, blocks.period).times,
        mean_x=blocks.shaped(line),
        variance=blocks.shaped(line.copy()),
        mean_phi=blocks.shaped(line.copy()),
        covariance=blocks.shaped(plane),
        slopes=blocks.shaped(plane.copy()),
        period=blocks.period,
    )


def locked_exponent(solution: PeriodicSolution) -> tuple[float, tuple[float, ...]]:
    """Return the exponent of the locked state, stable or not, and the iterates of lambda that led to it.

    lambda with spectral radius 1 of p_a -> [(1 + lambda tau_a + tau_a d_t)(... d_s)]^-1 sum_b K_ab <phi_b' phi_b'> p_b
    over doubly periodic p: the kernel of a locked state spreads over all lags, and grows as its mode of Bloch momentum
    0.
    """
    torus, blocks = Torus(len(solution.times), solution.period), solution.blocks
    return torus.exponent(blocks.populated(solution.slopes), blocks.K, blocks.tau)
