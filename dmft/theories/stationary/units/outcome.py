"""From a state of linear units to a solution that says how it ended and how far it may be off."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.stationary.balanced.averages_error import CLOSED
from dmft.theories.stationary.nothing import nothing
from dmft.theories.stationary.populations.static import Static, jacobian
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.units.equations import Point
from dmft.theories.stationary.units.floquet import HARMONICS, FloquetGrowth
from dmft.theories.stationary.units.perturbations import Growth
from dmft.theories.stationary.units.process import FilteredProcess
from dmft.theories.stationary.units.settle import ROUNDING, State
from dmft.theories.stationary.units.table import Tables
from dmft.theories.units import Units

_LEFT = 1e-7  # of the variance, at the end of a window
_MISMATCH = 1e-6  # of the covariance there from its limit, relative to the variance
_LEAVES = (
    "the state that was found solves the equations, but means and covariances that all units share leave it: they "
    "oscillate, or go to another state; validation.simulate follows them"
)


def moving_solution(
    units: Units, tables: Tables, state: State, question: Question, stable: bool | None = None
) -> StationarySolution:
    """Return the solution of a moving state; `stable` whether its means and covariances stay, where that was asked."""
    point, grid = state.point, state.equations.grid
    c0, centred = point.c[:, 0], tables.centred
    wrong = tables.checked(c0, point.m) + tables.error(point.table)
    amplitudes, omega = (None, 0.0) if units.wave is None else units.wave
    about = () if centred else (point.m.copy(), frozen_of(units, state))
    process = FilteredProcess(grid, point.c.copy(), wrong, units.blocks.noisy, amplitudes, omega, *about)
    name = "chaotic"
    if units.blocks.noisy or units.blocks.phased:
        name = "driven, stable" if _growth_of(units, process, point)(0.0) < 1.0 else "driven, chaotic"
    ended = _ended(state, wrong, question)
    if name == "driven, chaotic" and process.repeats(units):
        detail = (
            "the state found repeats itself with the drive and is unstable, and the chaotic one was not found; start "
            "from a neighbouring point (init=)"
        )
        ended = Convergence(Status.STALLED, ended.residual, ended.steps, ended.history, detail, math.inf)
    if stable is False and ended.converged:
        ended = Convergence(Status.UNSTABLE, ended.residual, ended.steps, ended.history, _LEAVES, ended.error)
    far = state.equations.far(point)
    return StationarySolution(
        network=units.blocks.statement,
        convergence=ended,
        settings={"window": grid.window, "step": grid.step, "rtol": question.rtol},
        **_functions(units, process, question, point.q, point.p),
        mean_phi=units.blocks.shaped(np.zeros(len(units)) if centred else point.table.phi),
        mean_slope=units.blocks.shaped(tables.slope(c0) if centred else point.table.slope),
        mean_square_slope=units.blocks.shaped(point.p[:, 0]),
        decay_rate=decay_rate(units, tables.slope(c0) ** 2 if centred else far) if units.wave is None else math.nan,
        state=name,
        stable=stable,
        process=process,
    )


def frozen_of(units: Units, state: State) -> FloatArray:
    """Return what covariances come to, shape (P,): by a Newton step from the end of the window, no further than what
    moves may reach there."""
    point = state.point
    end, heard = point.c[:, -1], units.steady[:, None] ** 2 * units.K
    lacking = heard @ point.q[:, -1] + units.steady**2 * units.blocks.threshold_variance - end
    try:
        further = np.linalg.solve(np.eye(len(end)) - heard * point.p[:, -1], lacking)
    except np.linalg.LinAlgError:
        return np.asarray(end)
    reach = _LEFT * float(np.max(point.c[:, 0]))
    return np.asarray(np.maximum(end + np.clip(further, -reach, reach), 0.0))


def _growth_of(units: Units, process: FilteredProcess, point: Point) -> Callable[[float], float]:
    if process.repeats(units):
        return FloquetGrowth(units, process.slopes_of_a_turn(units, HARMONICS))
    return Growth(units, process.grid, point.p, process.far(units))


def quiescent_solution(units: Units, question: Question, growth: float) -> StationarySolution:
    """Return the state in which nothing moves."""
    grid = LagGrid(1.0, 1)
    process = FilteredProcess(grid, np.zeros((len(units), 2)), 0.0)
    still = np.zeros((len(units), 2))
    slopes = np.tile(units.slopes[:, None] ** 2, (1, 2))
    return StationarySolution(
        network=units.blocks.statement,
        convergence=Convergence(Status.CONVERGED, 0.0, 0, (), "", 0.0),
        settings={"rtol": question.rtol},
        **_functions(units, process, question, still, slopes),
        mean_phi=units.blocks.shaped(np.zeros(len(units))),
        mean_slope=units.blocks.shaped(units.slopes),
        mean_square_slope=units.blocks.shaped(units.slopes**2),
        decay_rate=math.inf,
        state="quiescent",
        stable=growth < 1.0,
        process=process,
    )


def failed(units: Units, question: Question, status: Status, detail: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason."""
    process = FilteredProcess(LagGrid(1.0, 1), np.full((len(units), 2), math.nan), math.nan)
    lags = np.array([0.0, 1.0]) if question.lags is None else question.lags
    of = (len(units),) if units.blocks.named else ()
    return nothing(units.blocks.statement, status, detail, lags=lags, process=process, of=of)


def decay_rate(units: Units, far: FloatArray) -> float:
    """Return the rate at which covariances decay: of the zeros of 1 - K p H(s) H(-s), p = <phi' phi'> at far lags, and
    under noise the poles.

    nan for several populations, of which it is not computed.
    """
    if len(units) > 1:
        return math.nan
    top, bottom = units.transfers[0].descending
    mirrored = [p * (-1.0) ** np.arange(len(p))[::-1] for p in (top, bottom)]
    whole = np.polysub(np.polymul(bottom, mirrored[1]), float(units.K[0, 0] * far[0]) * np.polymul(top, mirrored[0]))
    rates = np.abs(np.roots(whole).real)
    of_noise = [rate for noise in units.own_noise for _, rate in noise]
    return float(min([*rates, *of_noise]))


def _functions(
    units: Units, process: FilteredProcess, question: Question, q: FloatArray, p: FloatArray
) -> dict[str, Any]:
    """Return the arrays of a solution, at the lags of its grid or at those asked for."""
    lags, c = process.grid.lags, process.covariance
    if question.lags is not None:
        lags = question.lags
        c = process.covariance_at(lags)
        q, p = (
            (np.zeros_like(c), np.tile(p[:, :1], (1, len(lags))))
            if not np.any(c)
            else process.averages_of(units, c, lags)
        )
    shaped, zero = units.blocks.shaped, np.zeros(len(units))
    means = zero if process.means is None else process.means
    frozen = zero if units.wave is None else np.full(len(units), math.nan)
    return {
        "lags": lags.copy(),
        "corr_x": shaped(np.array(c) + means[:, None] ** 2),
        "corr_phi": shaped(np.array(q)),
        "corr_slope": shaped(np.array(p)),
        "mean_x": shaped(means.copy()),
        "variance": shaped(process.covariance[:, 0].copy()),
        "static_variance": shaped(frozen if process.frozen is None else process.frozen.copy()),
    }


def _ended(state: State, wrong: float, question: Question) -> Convergence:
    """Return how a state ended; its error is that of another grid, of the averages and of rounding."""
    steps, rtol = len(state.history), question.rtol
    error = state.change + 2.0 * state.sensitivity * wrong + 10.0 * ROUNDING
    last = state.history[-1]
    if not last <= max(rtol, 1e-11):
        status = Status.NON_FINITE if not math.isfinite(last) else Status.STALLED
        return Convergence(status, last, steps, state.history, error=math.inf)
    if state.left > _LEFT:
        detail = (
            f"the window of {state.equations.grid.window:.4g} is shorter than the memory, which leaves "
            f"{state.left:.1g} of the variance at its end: the state is too close to its onset; move away from it"
        )
        return Convergence(Status.GRID_TOO_SHORT, state.left, steps, state.history, detail, math.inf)
    mismatch = _from_limit(state)
    if mismatch > _MISMATCH:
        detail = f"the covariance has not come to its limit at the end of the window, by {mismatch:.1g}"
        return Convergence(Status.GRID_TOO_SHORT, mismatch, steps, state.history, detail, math.inf)
    if not state.residual <= rtol:
        detail = (
            f"a grid of half the step and twice the window leaves a residual above rtol = {rtol:g}, and moves the "
            f"covariances by {state.change:.1e} of the variance; give a larger rtol, or a less steep nonlinearity"
        )
        return Convergence(Status.UNRESOLVED, min(state.residual, state.change), steps, state.history, detail, error)
    if wrong > max(rtol, 1e-11):
        detail = f"the averages of the nonlinearity are wrong by up to {wrong:.1e}, more than rtol = {rtol:g}"
        return Convergence(Status.UNRESOLVED, wrong, steps, state.history, detail, error)
    return Convergence(Status.CONVERGED, state.residual, steps, state.history, "", error)


def _from_limit(state: State) -> float:
    """Return by how much covariances at the end of the window do not solve the equations of a limit."""
    units, point = state.equations.units, state.point
    if state.equations.tables.centred:
        return 0.0
    heard = units.steady**2 * (units.K @ point.q[:, -1] + units.blocks.threshold_variance)
    return float(np.max(np.abs(point.c[:, -1] - heard)) / max(float(np.max(point.c[:, 0])), 1e-300))


def still_solution(units: Units, still: Static, question: Question) -> StationarySolution:
    """Return the solution of a fixed point that a network keeps."""
    grid, n = LagGrid(1.0, 1), len(units)
    process = FilteredProcess(
        grid, np.tile(still.c0[:, None], (1, 2)), CLOSED, means=still.m.copy(), frozen=still.c0.copy()
    )
    try:
        inverse = np.linalg.inv(np.eye(2 * n) - jacobian(still.blocks, still.one, still.pair))
        amplified = float(np.max(np.abs(inverse).sum(axis=1)))
    except np.linalg.LinAlgError:
        amplified = math.inf
    quiet = not (np.any(still.c0 > 0.0) or np.any(still.one.phi))
    error = still.residual if quiet else amplified * (still.residual + 4.0 * CLOSED)
    status = Status.CONVERGED if still.residual <= max(question.rtol, 1e-12) else Status.STALLED
    shaped, pair = units.blocks.shaped, still.pair
    q, p = (np.tile(of[0][:, None], (1, 2)) for of in (pair.q, pair.p))
    return StationarySolution(
        network=units.blocks.statement,
        convergence=Convergence(status, still.residual, 0, (), "", error),
        settings={"rtol": question.rtol},
        **_functions(units, process, question, q, p),
        mean_phi=shaped(still.one.phi),
        mean_slope=shaped(still.one.slope),
        mean_square_slope=shaped(pair.p[0]),
        decay_rate=math.inf,
        state="quiescent" if quiet else "fixed point",
        stable=True,
        process=process,
    )
