"""A moving state on a window that is long enough and a mesh that a finer one confirms, with its error."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.breakpoints import breakpoints
from dmft.numerics.fixed_point import Callback
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.goal import Goal
from dmft.theories.stationary.populations.equations import DEAD, Equations, Point
from dmft.theories.stationary.populations.newton import settled
from dmft.theories.stationary.populations.site import LONGEST, Sites

ROUNDING = 1e-12  # what is left of a residual in 8-byte arithmetic, relative to the variance
MOVING = 1e-7  # part of the variance that moves, below which a state does not
_DECAYS = 18.0  # rates times window that are enough
WINDOW = 26.0  # that are taken
_LEFT = 10.0  # of exp(-rate times window), of the moving part, that may be left at the end of a window
_WINDOWS, _REFINEMENTS = 10, 10
_CLOSE = 1e-3  # residual from which on they are looked at closely
_TURNS = 5  # of Newton's method and graded quadrature
_LONGEST = 1e6  # window, in units of the largest tau
_MOST_NODES = 20000
_ON_THE_WAY = 1e-6  # residual on a window that may still be too short
_DEEP = 0.01  # part of rtol to which Newton goes on the mesh that a finer one is to confirm
_BLURRED = 1e-6  # correlation time of noise, over the least tau, below which it is white
_STEEP = 3.0  # from which on the first elements are made shorter by it
_KINK = (2e-6, 0.3, 12)  # edges next to lag 0, in units of the first element: from, to, how many

Start = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class State:
    """A state on a mesh.

    Attributes
    ----------
    residual : of the undamped map on a mesh of twice as many nodes.
    error : bound on the relative error of each c_a(0) by the mesh: what a Newton step on those nodes changes.
    sensitivity : d log c_a(0) over a relative error of the averages of b, shape (P, P).
    kappa : slowest rate at which correlations decay; nan if they do not within the window.
    begun : whether it moves by however little: it has just left a fixed point.
    """

    equations: Equations
    point: Point
    residual: float
    error: FloatArray
    sensitivity: FloatArray
    kappa: float
    history: tuple[float, ...]
    begun: bool = False

    @property
    def moves(self) -> bool:
        """Whether it moves: by more than a part of the variance that may be what a fixed point is off."""
        return self.begun or self.moving > MOVING

    @property
    def moving(self) -> float:
        """Largest part of a variance that is not frozen, over the populations."""
        c = self.point.c
        alive = c[0] > DEAD * max(float(np.max(c[0])), 1e-300)
        return float(np.max(1.0 - c[-1, alive] / c[0, alive], initial=0.0)) if np.any(alive) else 0.0

    @property
    def frozen(self) -> FloatArray:
        """What covariances come to, shape (P,): by a Newton step of c = K <phi phi> + s from the end of the window.

        It goes as far as what is left there of what moves may reach; next to an onset the rest of it is rounding.
        """
        blocks, point = self.equations.blocks, self.point
        end: FloatArray = point.c[-1]
        if not self.kappa > 0.0:
            return end
        lacking = blocks.K @ point.pair.q[-1] + blocks.threshold_variance - end
        try:
            further = np.linalg.solve(np.eye(len(end)) - blocks.K * point.slopes[-1], lacking)
        except np.linalg.LinAlgError:
            return end
        left = _LEFT * float(np.max(point.c[0] - end)) * math.exp(-self.kappa * self.equations.mesh.length)
        return np.asarray(np.maximum(end + np.clip(further, -left, left), 0.0), dtype=float)


def kappa_of(blocks: Blocks, slopes: FloatArray) -> float:
    """Return the slowest rate of decay around a limit with <phi' phi'> = `slopes`; nan where it is not approached."""
    square = np.linalg.eigvals((np.eye(len(blocks)) - blocks.K * slopes) / blocks.tau[:, None] ** 2).real.min()
    return math.sqrt(square) if square > 0.0 else math.nan


def slowest(blocks: Blocks) -> float:
    """Return the slowest rate at which a private input decays; infinite without a coloured one."""
    return min((rate for of in blocks.drives for drive in of for rate in drive.rates), default=math.inf)


def first_edges(blocks: Blocks, window: float, steep: float = 1.0) -> FloatArray:
    """Return the edges of elements to begin with: finer next to lag 0 where the cusp that white noise leaves meets a
    kink of phi, which makes averages singular there."""
    fastest = max((rate for of in blocks.drives for drive in of for rate in drive.rates), default=0.0)
    tau = float(np.min(blocks.tau))
    fine = 0.4 * min(tau, max(1.0 / fastest, _BLURRED * tau)) if fastest > 0.0 else 0.4 * tau
    edges = graded_edges(fine, math.inf, window, 1.7)
    kinked = any(place.width == 0.0 for phi in blocks.nonlinearities for place in breakpoints(phi))
    if kinked and np.any(blocks.white):
        edges = np.concatenate([[0.0], fine * np.geomspace(*_KINK), edges[1:]])
    elif steep > _STEEP:
        inner = np.geomspace(fine / steep, 0.4 * fine, math.ceil(math.log(steep) / math.log(3.0)) + 1)
        edges = np.concatenate([[0.0], inner, edges[1:]])
    return edges


def settle(
    blocks: Blocks,
    sites: Sites,
    start: Start,
    m: FloatArray,
    goal: Goal,
    *,
    steep: float = 1.0,
    window: float | None = None,
    first: float = 1.0,
    callback: Callback | None = None,
) -> State:
    """Solve from a start; the window is lengthened until correlations have decayed, then the mesh refined.

    Parameters
    ----------
    start : lags -> c, shape (n, P).
    m : means to begin with.
    goal : how well.
    first : length of the first step along the relaxation; infinite for Newton's method.
    steep : d log <phi phi>/d log c at lag 0: how much faster averages change there than c.
    callback : called as callback(step, residual) on the way to a first mesh.
    """
    slow = slowest(blocks)
    length = window or max(30.0 * float(np.max(blocks.tau)), WINDOW / slow)
    mesh = HalfLine(first_edges(blocks, length, steep))
    c = start(mesh.nodes)
    history: tuple[float, ...] = ()
    aim = replace(goal, rtol=max(goal.rtol, 1e-6) if goal.passing else max(_DEEP * goal.rtol, ROUNDING))
    rough = replace(aim, rtol=max(aim.rtol, _ON_THE_WAY))
    kappa = math.nan
    for _ in range(_WINDOWS):
        equations = Equations(blocks, sites, mesh)
        point, steps = settled(equations, equations.at(c, m), rough, first=first, callback=callback)
        history += steps
        kappa = min(kappa_of(blocks, point.slopes[-1]), slow)
        wanted = WINDOW / kappa if kappa > 0 else 2.5 * length
        if not point.residual <= 1e-3 or length >= _DECAYS / WINDOW * wanted or wanted > _LONGEST * np.max(blocks.tau):
            break
        length = min(wanted, 4.0 * length)
        longer = HalfLine(first_edges(blocks, length, steep))
        c, m, mesh = interpolated(mesh, point.c, longer.nodes), point.m, longer
        first = math.inf if first == math.inf or point.residual < _ON_THE_WAY else 30.0
    nothing = np.full(len(blocks), math.nan)
    unknown = State(equations, point, point.residual, nothing, nothing[:, None] * nothing, kappa, history)
    if goal.passing:
        return unknown
    return _refined(unknown, goal.rtol, aim)


def decaying(blocks: Blocks, c0: FloatArray) -> Start:
    """Return covariances that decay from c0 with twice the time constants."""

    def start(lags: FloatArray) -> FloatArray:
        return np.asarray(c0 * np.exp(-lags[:, None] / (2.0 * blocks.tau)))

    return start


def arrived(blocks: Blocks, state: State, rtol: float) -> bool:
    """Whether a state is solved, and moves."""
    return state.residual <= max(rtol, 1e-12) and (blocks.noisy or state.moves)


def _refined(state: State, rtol: float, aim: Goal) -> State:
    blocks, mesh, point = state.equations.blocks, state.equations.mesh, state.point
    sites = Sites(blocks.nonlinearities, LONGEST, state.equations.sites)
    history, equations = state.history, Equations(blocks, sites, mesh)
    for attempt in range(_REFINEMENTS):
        point, steps = _exact(equations, point, rtol, aim)
        history += steps
        if not point.residual <= max(rtol, ROUNDING):
            return State(equations, point, point.residual, state.error, state.sensitivity, state.kappa, history)
        halved = mesh.split()
        fine = Equations(blocks, sites, halved, _held(equations, halved))
        c = interpolated(mesh, point.c, fine.mesh.nodes)
        check = fine.at(c, point.m)
        if fine.made_up(check):
            check = fine.at(c, point.m)
        last = len(fine.mesh.nodes) > _MOST_NODES or attempt == _REFINEMENTS - 1
        if check.residual <= max(rtol, ROUNDING) or last:
            break
        weak = np.max(np.abs(check.weak) / fine.scale(check.c[0], check.m), axis=1)
        rough = fine.mesh.heavy_pairs(weak, rtol)
        mesh = mesh.split(rough)
        if sites.incomplete:  # each turn is dear, and there are several scales next to lag 0
            mesh = mesh.split(np.repeat(rough, np.where(rough, 2, 1)))
        equations = Equations(blocks, sites, mesh, _held(fine, mesh))
        point = equations.at(interpolated(fine.mesh, check.c, mesh.nodes), check.m)
    dead = equations.dead(point.c[0], point.m)
    if np.any(dead):
        point, check = (of.at(np.where(dead, 0.0, at.c), at.m) for of, at in ((equations, point), (fine, check)))
    try:
        change, sensitivity = fine.uncertainty(check)
        error = 2.0 * change + ROUNDING
    except np.linalg.LinAlgError:
        error, sensitivity = state.error, state.sensitivity
    kappa = min(kappa_of(blocks, point.slopes[-1]), slowest(blocks))
    return State(equations, point, check.residual, error, sensitivity, kappa, history)


def _held(equations: Equations, mesh: HalfLine) -> FloatArray:
    """Return what is made up for on one mesh on another."""
    return np.stack([interpolated(equations.mesh, part, mesh.nodes) for part in equations.held])


def _exact(equations: Equations, point: Point, rtol: float, aim: Goal) -> tuple[Point, tuple[float, ...]]:
    """Return the solution on a mesh, what series lack made up for."""
    at, history = settled(equations, equations.at(point.c, point.m), aim, first=math.inf)
    for _ in range(_TURNS):
        if not (at.residual <= _CLOSE and equations.made_up(at)):
            break
        again = equations.at(at.c, at.m)
        if again.residual <= max(aim.rtol, 0.1 * rtol):
            return again, history
        at, steps = settled(equations, again, replace(aim, rtol=0.3 * aim.rtol), first=math.inf)
        history += steps
    return at, history


def interpolated(mesh: HalfLine, c: FloatArray, lags: FloatArray) -> FloatArray:
    """Return c at lags, shape (n, P); beyond the window the values at its end."""
    return np.stack([mesh.interpolate(column, lags) for column in c.T], axis=-1)
