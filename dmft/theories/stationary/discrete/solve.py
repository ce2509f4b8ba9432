"""Stationary states in discrete time: the state that the one-step map settles in, its frozen part, and their errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.one_step import OneStep, radius
from dmft.theories.stationary.discrete.overlap import least_overlap
from dmft.theories.stationary.discrete.process import SteppedProcess, correlations_at
from dmft.theories.stationary.discrete.settle import Search, Steady, searched, starts_of
from dmft.theories.stationary.nothing import nothing
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

_LAGS = 20
_ROUNDING = 4e-15
_FAR = 1e8  # variance at which a phi that is linear next to 0 alone bends


def solve_discrete(question: Question) -> StationarySolution:
    """Return the stationary state."""
    blocks, init = question.blocks, question.init
    step = OneStep(blocks)
    starts = starts_of(step)
    if init is not None and np.all(np.isfinite(init.variance)):
        given = blocks.populated(init.mean_x), blocks.populated(init.variance)
        if given[0].shape == blocks.bias.shape:
            found = searched(step, [given])
            if found.states:
                return solution_of(question, step, found.states[0], found.steps, None)
            starts = [given, *starts]
    found = searched(step, starts)
    if found.states:
        return solution_of(question, step, found.states[0], found.steps, len(found.states) - 1)
    detail = _runs_away(step) or _why_not(found)
    if found.left is not None:
        return solution_of(question, step, found.left, found.steps, None, detail)
    return failed(question, Status.NO_SOLUTION, detail)


def _runs_away(step: OneStep) -> str:
    """Return why linear units have no state to stay in, with the largest couplings that they have one at; else ""."""
    blocks, size = step.blocks, len(step.blocks)
    here, far = (step.moments(np.zeros(size), np.full(size, c)) for c in (1.0, _FAR))
    slopes = np.array([average.slope for average in far])
    if any(abs(a.square_slope - b.slope**2) > 1e-12 * b.slope**2 for a, b in zip(here, far, strict=True)):
        return ""  # some phi bends
    of_variance, of_mean = radius(blocks.K * slopes**2), radius(blocks.A * slopes)
    if max(of_variance, of_mean) <= 1.0:
        return ""
    if of_variance > 1.0:
        what = f"variances are multiplied by rho(g_ab^2 f_b phi'^2) = {of_variance:.6g}"
        least = f"g at most {1.0 / math.sqrt(of_variance):.4g} times what it is"
    else:
        what = f"means are multiplied by |rho(M_ab f_b phi')| = {of_mean:.6g}"
        least = f"mean couplings at most {1.0 / of_mean:.4g} times what they are"
    why = f"units are linear, and {what} in each step"
    return f"there is no bounded solution: {why}; take {least}, or a phi that saturates"


def _why_not(found: Search) -> str:
    follow = "dmft.solve_nonstationary follows it"
    if found.cycle > 1:
        return f"there is no steady state to stay in: the means go round a cycle of {found.cycle} steps; {follow}"
    if found.cycle == 1:
        return "the state found is marginal: after a small change of mean or variance neither comes back"
    if found.cycle == -1:
        return f"no steady state was reached: mean or variance move on, or come to rest too slowly; {follow}"
    return "there is no bounded solution: mean or variance grow with each step; lower the couplings"


def solution_of(
    question: Question, step: OneStep, state: Steady, steps: int, others: int | None, failure: str = ""
) -> StationarySolution:
    """Return the solution of a steady state: with its frozen part, its errors, and how it ended (`failure`: why not).

    Parameters
    ----------
    steps : of the search.
    others : further states in which the network may stay; None where that is not known.
    """
    blocks, mean, variance = question.blocks, state.mean, state.variance
    residual, errors = _errors(step, state)
    mean_error, variance_error = np.split(errors, 2)
    moments = step.moments(mean, variance)
    growth = radius(blocks.K * [f.square_slope for f in moments])
    frozen, frozen_error = _frozen(step, state, growth, mean_error, variance_error)
    scale = np.max(variance) if np.any(variance > 0) else 1.0
    of_mean = np.max(mean_error) / (np.max(np.abs(mean)) + math.sqrt(scale))
    error = max(float(np.max(variance_error)) / scale, float(np.max(frozen_error)) / scale, float(of_mean))
    status, detail = Status.CONVERGED, ""
    if failure:
        status, detail = Status.NO_SOLUTION, failure
    elif not max(residual, step.averages_error) <= question.rtol:
        status = Status.UNRESOLVED
    process = SteppedProcess(frozen, mean_error, variance_error, frozen_error)
    lags = np.arange(_LAGS + 1.0) if question.lags is None else question.lags
    corr_x, corr_phi, corr_slope = correlations_at(step, mean, variance, frozen, lags)
    known: dict[str, Any] = {
        "corr_x": corr_x,
        "corr_phi": corr_phi,
        "corr_slope": corr_slope,
        "mean_x": mean,
        "mean_phi": np.array([f.mean for f in moments]),
        "mean_slope": np.array([f.slope for f in moments]),
        "mean_square_slope": np.array([f.square_slope for f in moments]),
        "variance": variance,
        "static_variance": frozen,
    }
    return StationarySolution(
        network=blocks.statement,
        convergence=Convergence(status, residual, steps, (residual,), detail, error),
        settings={"rtol": question.rtol},
        lags=lags,
        state=_name(blocks.noisy, np.any(variance > 0.0) or np.any(known["mean_phi"]), growth)
        if not failure
        else "none",
        stable=state.stable,
        others=others,
        process=process,
        **{name: blocks.shaped(values) for name, values in known.items()},
    )


def _errors(step: OneStep, state: Steady) -> tuple[float, FloatArray]:
    """Return the residual by other nodes, relative, and bounds on the errors of mean and variance, shape (2P,)."""
    mean, variance = state.mean, state.variance
    m, v = step(mean, variance, other=True)
    residual = np.concatenate([np.abs(m - mean), np.abs(v - variance)])
    size = np.concatenate([np.abs(mean) + np.sqrt(variance), variance])
    relative = float(np.max(residual / np.maximum(size, 1e-12 + 1e-3 * np.max(size))))
    moments = step.moments(mean, variance)
    sums = np.concatenate([np.abs(step.blocks.A) @ [abs(f.mean) for f in moments], variance])
    off = 2.0 * residual + (_ROUNDING + step.averages_error) * (sums + size)
    try:
        return relative, np.abs(np.linalg.inv(np.eye(len(off)) - state.jacobian)) @ off
    except np.linalg.LinAlgError:
        return relative, np.full(len(off), math.inf)


def _frozen(
    step: OneStep, state: Steady, growth: float, mean_error: FloatArray, variance_error: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the frozen part and a bound on its error: all of the variance where small differences die out."""
    mean, variance = state.mean, state.variance
    zero = np.zeros((len(mean), 1))
    if not step.blocks.noisy and growth <= 1.0:
        return variance, variance_error
    found = least_overlap(step, mean, variance, zero, start=zero[:, 0])
    # What the errors of mean and variance make of it, by the derivatives of c = K q(c; m, v) + s.
    c = found.covariance[:, 0]
    here, moved = step.held(mean, variance, c)[0], np.zeros(len(mean))
    for m, v in ((mean + mean_error, variance), (mean, variance + variance_error)):
        moved += np.abs(step.held(m, v, c)[0] - here)
    sensitivity = np.abs(np.linalg.inv(np.eye(len(mean)) - step.blocks.K * found.slopes[:, 0]))
    return c, found.error[:, 0] + sensitivity @ (step.blocks.K @ moved)


def _name(noisy: bool, active: Any, growth: float) -> str:
    if noisy:
        return "driven, chaotic" if growth > 1.0 else "driven, stable"
    if not active:
        return "quiescent"
    return "chaotic" if growth > 1.0 else "fixed point"


def failed(question: Question, status: Status, detail: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason."""
    blocks = question.blocks
    empty = np.full(len(blocks), math.nan)
    return nothing(
        blocks.statement,
        status,
        detail,
        lags=np.arange(_LAGS + 1.0) if question.lags is None else question.lags,
        process=SteppedProcess(empty, empty, empty, empty),
        of=np.shape(blocks.shaped(empty)),
        settings={"rtol": question.rtol},
    )
