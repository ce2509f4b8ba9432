"""solve_periodic: the locked state of a network driven by a common periodic input."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import OutOfWorkError, allow, limited
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import one_of, positive
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.two_time.torus import Torus
from dmft.numerics.walk import walk
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.initial import initial_state
from dmft.theories.nonstationary.input import gaussian_blocks
from dmft.theories.nonstationary.periodic_map import PeriodicMap
from dmft.theories.solution import OnFailure, Solution, array, coordinate, delivered

_ITERATIONS = 30.0  # of the map, typically
_TIME, _PAIR = 1e-3, 4e-7  # seconds of an iteration: of a time, and of a pair of times
_FINE, _MOST = 5e-4, 512  # error at which points are no longer doubled, and points up to which they are
_ACCURACY = 0.1  # error relative to the variance above which a state counts as not resolved
_REPEATS = 1e-8  # gap of the means after a period, relative to their size, that is none
_AMPLIFIED = 10.0  # allowance for what the equations make of errors of averages and of the iteration


@dataclass(frozen=True, eq=False, kw_only=True)
class PeriodicSolution(Solution):
    """A state that repeats with the drive. Arrays have an axis of populations before the others where these are named.

    Attributes
    ----------
    times : one period, shape (n,), in units of tau.
    mean_x, variance, mean_phi : of x over neurons, and <phi(x)>, shape (n,).
    covariance : [t, s], shape (n, n); doubly periodic: the covariance over a lag of whole periods is the variance.
    slopes : <phi'(t) phi'(s)>, shape (n, n).
    period : of the drive.
    state : "locked". Where its exponent is positive it is unstable, and a network goes to the chaotic state instead.
    averages_error : errors of <phi phi> and <phi' phi'> in it, relative to the mean squares.
    coarse : the state on half as many points, from which the error is known.
    """

    times: FloatArray = coordinate("times", "tau")
    mean_x: FloatArray = array("times")
    variance: FloatArray = array("times")
    mean_phi: FloatArray = array("times")
    covariance: FloatArray = array("times", "times_2")
    slopes: FloatArray = field(repr=False)
    period: float
    state: str = "locked"
    averages_error: tuple[float, float] = (0.0, 0.0)
    coarse: PeriodicSolution | None = field(default=None, repr=False)

    references: ClassVar[tuple[str, ...]] = ("engelken2022",)


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
    """Solve for the locked state of a network under a common sinusoid.

    m' = -m + sqrt(K) (I0 - J0 <phi>) + I(t),   (1 + d_t)(1 + d_s) c(t, s) = g^2 <phi(h(t)) phi(h(s))>,
    with c doubly periodic, so that c(t, t + P) = c(t, t): h repeats with the drive. The operators are inverted in
    Fourier modes, c is iterated with Anderson acceleration, and m is the periodic orbit at the variance of each
    iterate.

    Parameters
    ----------
    network : with a `Sinusoid` of common phase. (For random phases the locked state is stationary: solve_stationary.)
    n : points per period, at least 16; by default 8 a unit of time, at least 128 and at most 1024, and up to 512
        doubled until the error is below 5e-4 (a strong drive, which silences neurons for a part of the period).
    rtol : largest residual of the undamped map relative to the variance that counts as converged.
    max_steps : largest number of iterations.
    init : solution of a neighbouring network to start from.
    on_failure : "raise", "warn" or "ignore".

    Raises
    ------
    NotConvergedError : if the iteration stops short of `rtol`, from its own start and along walks from other
        amplitudes; UNRESOLVED, if n points leave an error of more than 10 %.
    ValueError, TypeError : for a network without a common sinusoid, or fewer than 16 points.

    Notes
    -----
    At low frequencies (below about 0.03) there are several locked solutions; a constant start leads to the one that
    sits on the static fixed point in every episode of activity. Accuracy: error O(n^-2)
    (`tests/invariants/test_periodic_invariants.py`), bounded by `convergence.error`, from a state on n/2 points
    (`tests/limits/test_nonstationary_error.py`). Cost: 10-30 iterations of n^2/2 averages, 30 ms at n = 128, and a
    fifth more for the error; up to 1 s where the drive is so strong that it takes 512 points.
    """
    blocks = gaussian_blocks(network)
    reason = not_locked(blocks)
    if reason is not None:
        raise ValueError(f"{reason}, got {network!r}")
    given = n is not None
    resolved = 8.0 * (blocks.period or 1.0) / float(np.min(blocks.tau))
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
        solution = _nothing(blocks, n, Convergence(Status.MAX_STEPS, math.inf, 0, (), detail, math.inf))
    except FloatingPointError as error:
        raise ValueError(f"there is no static state to start from: {error}") from None
    return delivered(solution, on_failure)


def _searched(
    blocks: Blocks, n: int, rtol: float, max_steps: int, init: PeriodicSolution | None, given: bool
) -> PeriodicSolution:
    """Return the state from its own start, or walked to from other amplitudes, with its error."""
    solution = locked_state(blocks, n=n, rtol=rtol, max_steps=max_steps, init=init)
    if not solution.convergence.converged and solution.convergence.status is not Status.NON_FINITE:
        solution = _walked(blocks, n, rtol, max_steps) or solution
    if solution.convergence.converged:
        other = n // 2 if n >= 32 else 2 * n
        coarse = locked_state(blocks, n=other, rtol=max(rtol, 1e-7), max_steps=max_steps, init=solution)
        found = _with_error(solution, coarse)
        while not given and found.convergence.error > _FINE and n < _MOST:
            n, coarse = 2 * n, solution
            allow(_seconds(n, len(blocks)))
            solution = locked_state(blocks, n=n, rtol=rtol, max_steps=max_steps, init=coarse)
            if not solution.convergence.converged:
                break
            found = _with_error(solution, coarse)
        solution = found
    return solution


def _seconds(n: int, size: int) -> float:
    """Return what the iterations on n points take at most, as long as they go well."""
    return _ITERATIONS * n * size * (_TIME + _PAIR * n)


def not_locked(blocks: Blocks) -> str | None:
    """Return why a network has no locked state that is known here; None if it has."""
    if blocks.noisy or blocks.phased:
        return "a private input keeps x from repeating with the drive; march with solve_nonstationary"
    if blocks.period == 0.0:
        return "solve_periodic needs a periodic drive of common phase, like Sinusoid(amplitude, frequency)"
    if blocks.period is None:
        return "the common drives must have one period together; march with solve_nonstationary"
    return None


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
        seconds=_ITERATIONS * 1e-7 * size * float(n) ** 2,
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
        start, problem.mean = _resampled(init, n)
    try:
        c, outcome = problem.iterate(start, rtol, max_steps)
        _, slopes = problem.apply(c)
        variance = np.maximum(np.diagonal(c, axis1=1, axis2=2), 0.0)
        rate, _ = averages.first(problem.mean, variance)
        if not all(np.all(np.isfinite(x)) for x in (c, rate, problem.mean, slopes)):
            outcome = Convergence(Status.NON_FINITE, math.inf, outcome.steps, outcome.history)
        elif outcome.converged:
            outcome = _held(outcome, problem, variance)
    except FloatingPointError as failure:
        outcome = Convergence(Status.NON_FINITE, math.inf, 0, (), f"stopped: {failure}", math.inf)
        return _nothing(blocks, n, outcome)
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


def _held(outcome: Convergence, problem: PeriodicMap, variance: FloatArray) -> Convergence:
    """Return the outcome of a state that converged, which fails where its means do not repeat, or leave it."""
    if not problem.gap <= _REPEATS:
        detail = "the means do not repeat with the drive: mean couplings make them move by themselves; march instead"
        return dataclasses.replace(outcome, status=Status.STALLED, detail=detail)
    if problem.returning(variance) >= 1.0:
        detail = (
            "the state repeats, but its means leave it; start from another (init=), or march with solve_nonstationary"
        )
        return dataclasses.replace(outcome, status=Status.STALLED, detail=detail)
    return outcome


def _nothing(blocks: Blocks, n: int, outcome: Convergence) -> PeriodicSolution:
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


def _with_error(solution: PeriodicSolution, coarse: PeriodicSolution) -> PeriodicSolution:
    """Return a converged solution with its error, from a state on half as many points (twice as many, if few)."""
    outcome = solution.convergence
    few, many = sorted((solution, coarse), key=lambda s: len(s.times))
    error = math.inf
    if coarse.convergence.converged:
        (v, m), (v_few, m_few) = ([s.blocks.populated(x) for x in (s.variance, s.mean_x)] for s in (many, few))
        largest = np.maximum(np.max(v, axis=1), 1e-300)
        size = np.sqrt(largest + np.max(m**2, axis=1))
        v, m = (np.array([np.interp(few.times, many.times, x, period=many.period) for x in y]) for y in (v, m))
        differences = np.max(np.abs(v - v_few), axis=1) / largest, np.max(np.abs(m - m_few), axis=1) / size
        scale = 1.0 if coarse is few else 2.0
        error = scale * float(np.max(differences)) + _AMPLIFIED * (solution.averages_error[0] + outcome.residual)
    outcome = dataclasses.replace(outcome, error=error)
    if not error <= _ACCURACY:
        detail = (
            f"not resolved: {len(solution.times)} points a period leave an error of {error:.2g} of the variance, more "
            f"than {_ACCURACY:g}; raise n"
        )
        outcome = dataclasses.replace(outcome, status=Status.UNRESOLVED, detail=detail)
    return dataclasses.replace(solution, convergence=outcome, coarse=coarse)


def _resampled(init: PeriodicSolution, n: int) -> tuple[FloatArray, FloatArray]:
    from scipy.signal import resample

    c, m = init.blocks.populated(init.covariance), init.blocks.populated(init.mean_x)
    if len(init.times) == n:
        return np.array(c), np.array(m)
    return resample(resample(c, n, axis=1), n, axis=2), resample(m, n, axis=1)


def locked_exponent(solution: PeriodicSolution) -> tuple[float, tuple[float, ...]]:
    """Return the exponent of the locked state, stable or not, and the iterates of lambda that led to it.

    lambda with spectral radius 1 of p_a -> [(1 + lambda tau_a + tau_a d_t)(... d_s)]^-1 sum_b K_ab <phi_b' phi_b'> p_b
    over doubly periodic p: the kernel of a locked state spreads over all lags, and grows as its mode of Bloch momentum
    0.
    """
    torus, blocks = Torus(len(solution.times), solution.period), solution.blocks
    return torus.exponent(blocks.populated(solution.slopes), blocks.K, blocks.tau)
