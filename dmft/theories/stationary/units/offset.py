"""The state of filters about means: fixed points first, as of leaky units alike, then what moves.

Without noise activity begins at zero and follows the relaxation of leaky units that rest where the filters do; if that
ends where a network of the filters stays, it is the answer. Else, and under noise, Newton's method begins at
covariances that decay from high activity, and at means that go with them. Means that are zero by symmetry and do not
stay are pushed off it. A state whose means and covariances leave it together is UNSTABLE.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Status
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.solve import UNBOUNDED, heated
from dmft.theories.stationary.populations.static import KICK, Static, at_rest, relaxed
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.units.begin import bump, heard_alone, like, ripples, unbounded
from dmft.theories.stationary.units.outcome import failed, moving_solution, still_solution
from dmft.theories.stationary.units.resting import at_rest_alike, bulk_growth, kept
from dmft.theories.stationary.units.settle import Begin, Start, State, moving, settle
from dmft.theories.stationary.units.shared import growing_modes
from dmft.theories.stationary.units.table import Tables
from dmft.theories.units import Units

_CENTRED = 1e-9  # of a mean over the deviation, below which it is 0 by symmetry
_SOLVED = 1e-6  # residual of what is a state at all
_STILL = 1e-7  # part of the variance that moves, below which a state does not
_ONLY_MEANS = (
    "nothing is random, so that means alone can move, and none of their fixed points was found to hold them: they "
    "oscillate, as validation.simulate follows them"
)
_LEFT_TOGETHER = (
    "a fixed point was found that single units would keep, but means and covariances that all units share leave it: "
    "they oscillate, or go to another state; validation.simulate follows them"
)
_LEFT_ALONE = "the state that was found does not move, and a network leaves it; start from a neighbouring point (init=)"


def solve_about_means(units: Units, question: Question, window: float | None) -> StationarySolution:
    """Return the state of filters with means, thresholds, or nonlinearities that are not odd."""
    sites = Sites(units.blocks.nonlinearities)
    init = question.init
    if init is not None and not (np.all(np.isfinite(init.variance)) and len(np.atleast_1d(init.mean_x)) == len(units)):
        init = None
    calm: tuple[Static, ...] = ()
    if not units.blocks.noisy:
        alike = at_rest_alike(units)
        if init is not None and init.state in ("quiescent", "fixed point"):
            calm = (relaxed(alike, sites, np.atleast_1d(init.mean_x), np.atleast_1d(init.variance)),)
            if not (calm[0].found and kept(units, calm[0])[0]):
                calm = ()
        calm = calm or at_rest(alike, sites)
        if calm[-1].unbounded:
            return failed(units, question, Status.NO_SOLUTION, UNBOUNDED)
        if calm[-1].found and kept(units, calm[-1])[0] and (init is None or init.state != "chaotic"):
            return still_solution(units, calm[-1], question)
        if not np.any(units.K):
            return failed(units, question, Status.NO_SOLUTION, _ONLY_MEANS)
    if unbounded(units):
        return _held_low(units, question, window)
    return _moving(units, sites, question, window, calm)


def _moving(
    units: Units, sites: Sites, question: Question, window: float | None, calm: tuple[Static, ...]
) -> StationarySolution:
    noise = heard_alone(units)
    alike = at_rest_alike(units, noise)
    hot = heated(alike, sites)
    if hot.unbounded:
        hot = heated(alike, sites, raised=0.0)
    if hot.unbounded:
        return _held_low(units, question, window)
    omega = units.fastest_growth(units.K * np.maximum(hot.pair.p[0], 1e-12), 0.0)[1]
    starts: list[Begin] = [(_decaying(units, hot.c0, omega), hot.m), (bump(units, omega), hot.m)]
    init = question.init
    if init is not None and np.all(np.isfinite(init.variance)) and len(np.atleast_1d(init.mean_x)) == len(units):
        starts.insert(0, (like(question), np.atleast_1d(np.asarray(init.mean_x, dtype=float))))
    tables = Tables(units.blocks.nonlinearities, centred=False)
    near = next((still for still in calm[::-1] if still.found), None)
    rippled, rate = ([], None) if near is None else ripples(units, near, sites)
    state = _settled(units, tables, [*rippled, *starts], question, window, rate)
    if not _moves(units, state):
        near = relaxed(at_rest_alike(units), sites, state.point.m, np.maximum(state.point.c[:, 0], 0.0))
        if near.found and kept(units, near)[0]:
            return still_solution(units, near, question)
        if near.found and bulk_growth(units, near) < 1.0:
            return failed(units, question, Status.UNSTABLE, _LEFT_TOGETHER)
        return failed(units, question, Status.STALLED, _LEFT_ALONE)
    here = _judged(units, tables, state, question)
    if here.stable is not False or np.any(units.blocks.bias) or not _is_centred(state):
        return here
    return _pushed(units, sites, tables, state, question, window) or here


def _held_low(units: Units, question: Question, window: float | None) -> StationarySolution:
    """Return the state that noise alone leads to, where large activity grows without limit and a network keeps that."""
    none = failed(units, question, Status.NO_SOLUTION, UNBOUNDED)
    if not units.blocks.noisy:
        return none
    blocks, tables = units.blocks, Tables(units.blocks.nonlinearities, centred=False)
    alone = heard_alone(units) + units.steady**2 * blocks.threshold_variance
    low: list[Begin] = [(_decaying(units, alone, 0.0), units.steady * blocks.bias)]
    found = _judged(units, tables, _settled(units, tables, low, question, window), question)
    known = found.convergence.status in (Status.CONVERGED, Status.UNRESOLVED)
    return found if known and found.stable else none


def _moves(units: Units, state: State) -> bool:
    return units.blocks.noisy or (state.history[-1] <= _SOLVED and moving(state.point.c) > _STILL)


def _same(state: State) -> Start:
    """Return the covariances of a state at any lags."""
    grid, c = state.equations.grid, state.point.c

    def start(lags: FloatArray) -> FloatArray:
        return np.array([np.interp(lags, grid.lags, values) for values in c])

    return start


def _settled(
    units: Units,
    tables: Tables,
    starts: list[Begin],
    question: Question,
    window: float | None,
    rate: float | None = None,
) -> State:
    told, most = question.callback, question.max_steps
    return settle(units, tables, starts, question.rtol, most, window=window, rate=rate, callback=told)


def _judged(units: Units, tables: Tables, state: State, question: Question) -> StationarySolution:
    """Return the solution of a moving state, its shared modes counted."""
    growing = growing_modes(state.equations, state.point) if state.history[-1] <= 1e-6 else None
    stable = None if growing is None else growing == 0
    return moving_solution(units, tables, state, question, stable)


def _is_centred(state: State) -> bool:
    return bool(np.all(np.abs(state.point.m) <= _CENTRED * np.sqrt(np.maximum(state.point.c[:, 0], 1e-300))))


def _pushed(
    units: Units, sites: Sites, tables: Tables, state: State, question: Question, window: float | None
) -> StationarySolution | None:
    """Return a state off means that are zero by symmetry, from a push along their fastest mode; None without one."""
    point = state.point
    values, vectors = np.linalg.eig(units.steady[:, None] * units.blocks.A * point.table.slope)
    mode = vectors[:, int(np.argmax(values.real))].real
    mode = mode / mode[int(np.argmax(np.abs(mode)))]
    m = KICK * float(np.max(point.size)) * mode
    near = relaxed(at_rest_alike(units, heard_alone(units)), sites, m, np.maximum(point.c[:, 0], 0.0))
    aside = near.found and bool(np.any(near.m))
    if aside and not units.blocks.noisy and kept(units, near)[0]:
        return still_solution(units, near, question)
    starts: list[Begin] = [(_same(state), m), (_same(state), 4.0 * m)]
    if aside:
        starts.append((_decaying(units, near.c0, 0.0), near.m))
    for start in starts:
        other = _settled(units, tables, [start], question, window)
        if not _is_centred(other):
            found = _judged(units, tables, other, question)
            if found.convergence.converged and found.stable is not False:
                return found
    return None


def _decaying(units: Units, c0: FloatArray, omega: float) -> Start:
    """Return covariances that decay from c0 in twice the slowest time of the poles."""
    rates = np.array([0.5 * float(np.min(np.abs(t.poles.real))) for t in units.transfers])

    def start(lags: FloatArray) -> FloatArray:
        return np.asarray(c0[:, None] * np.exp(-np.multiply.outer(rates, lags)) * np.cos(omega * lags))

    return start
