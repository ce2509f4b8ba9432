"""From a state of several populations to a solution that says how it ended and how far it may be off."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.coupled_elements import solve_coupled
from dmft.numerics.gaussian.dispatch import is_closed
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.balanced.averages_error import CLOSED, nested
from dmft.theories.stationary.nothing import nothing
from dmft.theories.stationary.populations.process import PopulationProcess, shaped
from dmft.theories.stationary.populations.settle import ROUNDING, State
from dmft.theories.stationary.populations.site import TwoTimes
from dmft.theories.stationary.populations.stability import judged
from dmft.theories.stationary.populations.static import Static, jacobian
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

_DECAYED = 10.0  # rates times window below which a window is too short
_NO_DIGITS = "solved, but this close to a transition rounding leaves no digit of the variance; move away from it"
_MISMATCH = 1e-6  # of the covariance at the end of a window from its limit, relative to the variance


def moving_solution(
    blocks: Blocks, state: State, question: Question, *, status: Status | None = None, detail: str = "", **more: Any
) -> StationarySolution:
    """Return the solution of a moving state; `status` where another outcome than its numbers' is known, `stable` where
    that has been looked at closely."""
    point, mesh = state.point, state.equations.mesh
    errors = averages_errors(state)
    process = PopulationProcess(mesh, point.c.copy(), state.frozen, point.m.copy(), errors.max(axis=1))
    convergence = _outcome(blocks, state, errors, question.rtol, question.max_steps)
    if status is not None and convergence.converged:
        convergence = Convergence(status, state.residual, convergence.steps, state.history, detail, convergence.error)
    if convergence.converged and "stable" not in more:
        more["stable"] = judged(blocks, state, thorough=False)[0]
    return _assembled(
        blocks,
        process,
        convergence,
        question,
        dataclasses.replace(point.pair, p=point.slopes),
        decay_rate=state.kappa,
        state=_name(blocks, state),
        mean_phi=point.one.phi,
        mean_slope=point.one.slope,
        mean_square_slope=point.slopes[0],
        **more,
    )


def static_solution(blocks: Blocks, static: Static, question: Question, **more: Any) -> StationarySolution:
    """Return the solution of a fixed point."""
    mesh = HalfLine(np.array([0.0, float(np.max(blocks.tau))]))
    flat = np.tile(static.c0, (len(mesh.nodes), 1))
    process = PopulationProcess(mesh, flat, static.c0, static.m, np.full(2, CLOSED))
    try:
        inverse = np.linalg.inv(np.eye(2 * len(blocks)) - jacobian(blocks, static.one, static.pair))
        amplified = float(np.max(np.abs(inverse).sum(axis=1)))
    except np.linalg.LinAlgError:
        amplified = math.inf
    error = amplified * (static.residual + 4.0 * CLOSED) if float(np.max(static.c0)) > 0 else static.residual
    status = Status.CONVERGED if static.residual <= max(question.rtol, ROUNDING) else Status.STALLED
    quiet = not np.any(static.c0 > 0)
    return _assembled(
        blocks,
        process,
        Convergence(status, static.residual, 0, (), "", error),
        question,
        None,
        decay_rate=math.inf,
        state="quiescent" if quiet and not np.any(static.one.phi) else "fixed point",
        stable=static.stable,
        mean_phi=static.one.phi,
        mean_slope=static.one.slope,
        mean_square_slope=static.pair.p[0],
        **more,
    )


def failed(blocks: Blocks, question: Question, status: Status, detail: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason."""
    mesh, empty = HalfLine(np.array([0.0, 1.0])), np.full(len(blocks), math.nan)
    process = PopulationProcess(mesh, np.tile(empty, (len(mesh.nodes), 1)), empty, empty, np.full(2, math.nan))
    lags = mesh.nodes.copy() if question.lags is None else question.lags
    of = np.shape(number(blocks, empty))
    return nothing(blocks.statement, status, detail, lags=lags, process=process, of=of)


def number(blocks: Blocks, values: FloatArray) -> Any:
    """Return values of shape (P,) as they are, or as a float for a single population without a name."""
    return np.array(values) if blocks.named else float(values[0])


def _assembled(
    blocks: Blocks,
    process: PopulationProcess,
    convergence: Convergence,
    question: Question,
    on_mesh: TwoTimes | None,
    **fields: Any,
) -> StationarySolution:
    """Return a solution; `on_mesh` are the averages on the mesh of the process, where they are known."""
    lags = process.mesh.nodes.copy() if question.lags is None else question.lags
    known = question.lags is None and on_mesh is not None
    averages = on_mesh if known and on_mesh is not None else process.averages_at(blocks, lags)
    c = process.covariance if known else process.covariance_at(lags)
    for name in ("mean_phi", "mean_slope", "mean_square_slope"):
        fields[name] = number(blocks, fields[name])
    return StationarySolution(
        network=blocks.statement,
        convergence=convergence,
        settings={"window": process.mesh.length, "rtol": question.rtol},
        lags=lags,
        corr_x=shaped(blocks, c + process.means**2),
        corr_phi=shaped(blocks, averages.q),
        corr_slope=shaped(blocks, averages.p),
        mean_x=number(blocks, process.means),
        variance=number(blocks, process.covariance[0]),
        static_variance=number(blocks, process.frozen),
        process=process,
        **fields,
    )


def averages_errors(state: State) -> FloatArray:
    """Return the relative errors of <phi phi> and <phi' phi'> of each population, shape (2, P); of the latter relative
    to the larger of <phi'^2> and <phi^2>/c0, as slopes count.

    A series is held against nested quadrature, which shares no node with it, in the middle of the covariances; what was
    made up for it has its own bound.
    """
    sites, point = state.equations.sites, state.point
    errors, late, incomplete = np.full((2, len(point.m)), CLOSED), sites.late.copy(), sites.incomplete
    middle = 0.5 * np.maximum(point.c[-1:], 0.0) + 0.5 * point.c[:1]
    used = sites.two_times(middle, point.m, point.c[0], np.ones(middle.shape), derivatives=False)
    for a, phi in enumerate(sites.nonlinearities):
        c0, m = float(point.c[0, a]), float(point.m[a])
        if sites.closed(a) or not c0 > 0 or (m == 0.0 and is_closed(phi)):
            continue
        if a in incomplete:
            exact = sites.exact(a, m, c0, float(np.min(point.c[:, a])))
            errors[:, a] += [exact.error + exact.disagreement[0], exact.slope_error + exact.disagreement[1]]
            continue
        errors[:, a] += late[:, a]
        other = nested(phi, m, m, c0, float(middle[0, a]))
        if other is None:
            other = np.array(sites.averages(a, m, c0).at(float(middle[0, a])))
        square = float(np.max(point.pair.q[:, a]))
        scale = np.maximum([square, max(float(np.max(point.slopes[:, a])), square / c0)], 1e-300)
        errors[:, a] = np.maximum(errors[:, a], np.abs(np.array([used.q[0, a], used.p[0, a]]) - other) / scale)
    return errors


def _outcome(blocks: Blocks, state: State, errors: FloatArray, rtol: float, max_steps: int) -> Convergence:
    """Return how a state ended: residual on other nodes, window, averages, and the bound on all of them."""
    steps, residual = len(state.history), state.residual
    if not residual <= max(rtol, ROUNDING):
        status = Status.MAX_STEPS if steps > max_steps else Status.STALLED
        return Convergence(status, residual, steps, state.history)
    length, point = state.equations.mesh.length, state.point
    sensitivity = np.where(np.isfinite(state.sensitivity), state.sensitivity, math.inf)
    bound = state.error + sensitivity @ (2.0 * errors[0]) + ROUNDING
    error = float(np.max(bound))
    error += 10.0 * math.exp(-2.0 * state.kappa * length) if state.kappa > 0 else math.inf
    if not state.kappa * length >= _DECAYED:
        detail = (
            f"the window of {length:.4g} is shorter than the memory, which decays at a rate of {state.kappa:.2g}: the "
            "state is too close to a transition; move away from it"
        )
        return Convergence(Status.GRID_TOO_SHORT, residual, steps, state.history, detail, error)
    limit = blocks.K @ point.pair.q[-1] + blocks.threshold_variance
    limit = limit + (blocks.private_covariance(np.array([length]))[:, 0] if blocks.noisy else 0.0)
    mismatch = float(np.max(np.abs(point.c[-1] - limit)) / max(float(np.max(point.c[0])), 1e-300))
    if mismatch > _MISMATCH:
        detail = f"the covariance has not come to its limit at the end of the window of {length:.4g}, by {mismatch:.1g}"
        return Convergence(Status.GRID_TOO_SHORT, mismatch, steps, state.history, detail, error)
    if not error < 1.0:
        return Convergence(Status.UNRESOLVED, residual, steps, state.history, _NO_DIGITS, error)
    of_phi = float(np.max(errors[0]))
    if of_phi > max(rtol, 10 * ROUNDING):
        worst = blocks.nonlinearities[int(np.argmax(errors[0]))]
        detail = (
            f"the averages of {worst!r} are wrong by up to {of_phi:.1e}, more than rtol = {rtol:g}; give "
            f"rtol={10.0 ** math.ceil(math.log10(2.0 * of_phi)):.0e}, or a nonlinearity that is less steep"
        )
        return Convergence(Status.UNRESOLVED, residual + of_phi, steps, state.history, detail, error)
    return Convergence(Status.CONVERGED, max(residual, 0.0), steps, state.history, "", error)


def _name(blocks: Blocks, state: State) -> str:
    if not blocks.noisy:
        return "chaotic" if state.moves else "fixed point"
    return "driven, stable" if holds(blocks, state.equations.mesh, state.point.slopes) else "driven, chaotic"


def holds(blocks: Blocks, mesh: HalfLine, slopes: FloatArray) -> bool:
    """Whether perturbations die out: (1 - tau_a^2 d^2) - K <phi' phi'> keeps a positive function positive."""
    P = len(blocks)
    load = np.tile(mesh.weights[:, None, None], (1, P, 1))
    try:
        answer = solve_coupled(mesh, blocks.tau**2, np.eye(P) - blocks.K * slopes[:, None, :], load)
    except np.linalg.LinAlgError:
        return False
    return bool(np.all(answer > 0.0))
