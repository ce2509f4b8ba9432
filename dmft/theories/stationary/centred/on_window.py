"""The route for any input: the equation on a window of lags, by Newton or by iteration.

Under a slow or a moderately fast sinusoid the mesh knows its half periods; under a fast one only the slow part of the
correlation is on the mesh (`fast_drive`). Elements are halved where the source is not resolved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.budget import OutOfWorkError, limited
from dmft.cost import check_cost
from dmft.models.drives import Sinusoid
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Callback, FixedPointMethod
from dmft.numerics.spectral_elements import DEGREE, HalfLine, graded_edges
from dmft.numerics.walk import walk
from dmft.theories.stationary.centred.driven_start import Start, driven_start, start_of
from dmft.theories.stationary.centred.fast_drive import RippledCorrelation, effective_slope
from dmft.theories.stationary.centred.fast_equation import FastEquation, FastTerms
from dmft.theories.stationary.centred.floquet import decay_of_cell
from dmft.theories.stationary.centred.lag_equation import EquationOnMesh
from dmft.theories.stationary.centred.on_orbit import without_state
from dmft.theories.stationary.centred.problem import REACH, MeshCorrelation, Problem, moving_phase
from dmft.theories.stationary.centred.verification import verified
from dmft.theories.stationary.solution import StationarySolution

_FINE = 0.05
_MOST_HALF_PERIODS = 120  # in a window; beyond, the drive is fast
_FAST = 2.0  # frequency above which a drive may be called fast
_MOST_NODES = 120_000
_ROUGH = 1e-3  # rtol of the first steps
_PERIODIC = 1e-9  # part by which C_G may have decayed after a period and still be called periodic


@dataclass(frozen=True)
class Search:
    """How a solution on a window is looked for: the settings of the user."""

    rtol: float
    max_steps: int
    window: float | None = None
    method: FixedPointMethod | None = None
    callback: Callback | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What every solver takes."""
        return {"rtol": self.rtol, "max_steps": self.max_steps, "callback": self.callback}


def solve_on_window(problem: Problem, start: Start | None, search: Search) -> StationarySolution:
    """Solve the equation on a window of lags (see `_solve_on_window`), within the work that a search is given."""
    threads = one_blas_thread() if problem.network.waves else nullcontext()  # products of thin tables of phases
    try:
        with limited(), threads:
            return _solve_on_window(problem, start, search)
    except OutOfWorkError as error:
        detail = (
            f"stopped: {error}; start from a neighbouring point (init=), give a shorter window= or a larger rtol, or "
            "use a less steep nonlinearity"
        )
        return problem.failed(Status.MAX_STEPS, detail)


def _solve_on_window(problem: Problem, start: Start | None, search: Search) -> StationarySolution:
    """Solve the equation on a window of lags, made longer until the correlation has reached its limit in it.

    Where the start does not lead to a state, the drive is made weaker (or stronger) until it does, and the state is
    followed back.
    """
    network = problem.network
    if start is None:
        return without_state(problem)
    solution = _attempt(problem, start, search)
    failed = solution.convergence.status in (Status.STALLED, Status.MAX_STEPS, Status.NON_FINITE)
    if not failed or search.method is not None or network.undriven:
        return solution

    def solve(strength: float, state: StationarySolution | None) -> StationarySolution | None:
        neighbour = replace(problem, network=network.scaled(strength) if strength != 1.0 else network)
        nearest = start_of(state) if state is not None else driven_start(neighbour)
        if nearest is None:
            return None
        found = _attempt(neighbour, nearest, search)
        return found if found.convergence.converged else None

    for factor in (0.9, 1.1, 0.7, 1.4, 0.3, 3.0):
        state, part = walk(solve, factor, 1.0, shortest=0.03, most=25)
        if state is not None and part == 1.0:
            return state
    return solution


def _attempt(problem: Problem, start: Start, search: Search) -> StationarySolution:
    wave = problem.network.wave
    rate = start.decay_rate if math.isfinite(start.decay_rate) and start.decay_rate > 0 else 1.0
    if wave is not None:
        end = search.window if search.window is not None else REACH / rate
        if wave.frequency >= _FAST and 2.0 * wave.frequency * end > _MOST_HALF_PERIODS:
            found = _on_decaying_mesh(problem, start, search, rate, wave)
            if found.convergence.status is not Status.STALLED or 2.0 * wave.frequency * end > 20 * _MOST_HALF_PERIODS:
                return found
        return _on_half_periods(problem, wave, start, search, rate)
    return _on_decaying_mesh(problem, start, search, rate)


def _on_decaying_mesh(
    problem: Problem, start: Start, search: Search, rate: float, wave: Sinusoid | None = None
) -> StationarySolution:
    """Solve for input that has a covariance (or none), or for the slow part under a sinusoid that is fast."""
    network = problem.network
    rates = [rate for drive in network.coloured for rate in drive.rates]
    slowest = min(rates, default=math.inf)
    fine = min(_FINE, 0.25 / max(rates, default=1.0))
    site_at = problem.single_sites()

    def mesh_to(end: float, rate: float) -> HalfLine:
        _check(4.0 / rate, end, fine)
        return HalfLine(graded_edges(fine, 4.0 / rate, end))

    def equation_on(mesh: HalfLine, sites: Any = site_at) -> EquationOnMesh:
        return EquationOnMesh(network, sites, mesh) if wave is None else FastEquation(network, sites, mesh, wave.omega)

    def rate_of(mesh: HalfLine, slope: FloatArray) -> float:
        return min(math.sqrt(max(1.0 - network.g**2 * float(slope[-1]), 1e-12)), slowest)

    return _grown(problem, start, search, min(rate, slowest), mesh_to, equation_on, rate_of)


def _on_half_periods(problem: Problem, wave: Sinusoid, start: Start, search: Search, rate: float) -> StationarySolution:
    """Solve under a sinusoid, on a mesh of its half periods."""
    network = problem.network
    half = 0.5 / wave.frequency
    site_at = problem.single_sites()
    parts = math.ceil(1.0 + min(wave.response, 3.0))

    def mesh_to(end: float, rate: float) -> HalfLine:
        # Two at least: the last one has the periodic limit, the first one what is around lag 0.
        cells = max(2, math.ceil(end / half * (1.0 - 1e-9)))
        _check(half / parts, cells * half, _FINE)
        first = graded_edges(_FINE, half / parts, half)
        later = half + half / parts * np.arange(1, (cells - 1) * parts + 1)
        return HalfLine(np.concatenate([first, later]))

    def equation_on(mesh: HalfLine, sites: Any = site_at) -> EquationOnMesh:
        return EquationOnMesh(network, sites, mesh)

    def rate_of(mesh: HalfLine, slope: FloatArray) -> float:
        return decay_of_cell(mesh, 1.0 - network.g**2 * slope, half)

    return _grown(problem, start, search, rate, mesh_to, equation_on, rate_of, fold=half)


def _grown(
    problem: Problem,
    start: Start,
    search: Search,
    rate: float,
    mesh_to: Callable[[float, float], HalfLine],
    equation_on: Callable[..., EquationOnMesh],
    rate_of: Callable[[HalfLine, FloatArray], float],
    fold: float = 0.0,
) -> StationarySolution:
    """Solve on windows that grow until the correlation has reached its limit."""
    network = problem.network
    end = search.window if search.window is not None else REACH / rate
    for _ in range(6):
        mesh = mesh_to(end, rate)
        end = mesh.length
        equation = equation_on(mesh)
        values = np.asarray(start.correlation(mesh.nodes), dtype=float)
        if network.waves:
            values = _roughly(equation_on(mesh, problem.single_sites(rough=True)), values, search)
        values, outcome, equation = _resolved(equation, values, search, equation_on)
        mesh = equation.mesh
        terms = equation.terms(values)
        correlation, slope = _read(equation, values, network.g, fold)
        rate = rate_of(mesh, slope)
        needed = REACH / rate if rate > 0 else math.inf
        settled = end >= 0.75 * needed
        if outcome.converged and (settled or search.window is not None):
            outcome = verified(equation, values, outcome, search.rtol, equation_on)
            if outcome.status is Status.STALLED and search.method is None and len(mesh.nodes) < _MOST_NODES // 2:
                finer = mesh.split()
                equation = equation_on(finer)
                values, outcome = equation.solve(mesh.interpolate(values, finer.nodes), None, **search.settings)
                mesh, terms = finer, equation.terms(values)
                correlation, slope = _read(equation, values, network.g, fold)
                if outcome.converged:
                    outcome = verified(equation, values, outcome, search.rtol, equation_on)
        state = "chaotic" if network.undriven else moving_phase(network, mesh, slope)
        solution = problem.solution(
            correlation, terms.site, outcome, state=state, decay_rate=rate if rate > 0 else 1.0 / end
        )
        if outcome.converged and fold > 0 and "chaotic" in state and _is_periodic(mesh, values, fold):
            detail = (
                "not converged: the state found repeats itself with the drive and is unstable, and the chaotic one was "
                "not found; start from a neighbouring point (init=)"
            )
            return replace(solution, convergence=replace(outcome, status=Status.STALLED, detail=detail))
        if not outcome.converged or settled:
            return solution
        if search.window is not None:
            break
        end, start = min(needed, 8.0 * end), start_of(solution)
    detail = f"the window is shorter than the memory of the process: got {end:.4g} tau, needed {needed:.4g} tau" + (
        f"; give window={math.ceil(needed)}" if math.isfinite(needed) else ""
    )
    return replace(solution, convergence=replace(outcome, status=Status.GRID_TOO_SHORT, detail=detail))


def _roughly(equation: EquationOnMesh, values: FloatArray, search: Search) -> FloatArray:
    """Return a better start by averages that cost little, where the right ones cost much."""
    if not getattr(equation.site_at(float(values[0])), "is_rough", False) or search.method is not None:
        return values
    settings = search.settings | {"rtol": max(_ROUGH, search.rtol), "callback": None}
    found, outcome = equation.newton(values, **settings)
    return found if math.isfinite(outcome.residual) and equation.variance(found) > 0 else values


def _read(
    equation: EquationOnMesh, values: FloatArray, gain: float, fold: float
) -> tuple[Callable[[ArrayLike], FloatArray], FloatArray]:
    """Return C_G as a function of the lag, and <phi' phi'> on the nodes as slow functions feel it."""
    if isinstance(equation, FastEquation):
        terms = equation.terms(values)
        assert isinstance(terms, FastTerms)
        ripple = RippledCorrelation(equation.mesh, values, terms.ripple, equation.omega)
        return ripple, effective_slope(ripple, terms.site, gain, equation.mesh.nodes)
    return MeshCorrelation(equation.mesh, values, fold), equation.slopes(values)[0]


def _resolved(
    equation: EquationOnMesh, values: FloatArray, search: Search, equation_on: Callable[..., EquationOnMesh]
) -> tuple[FloatArray, Convergence, EquationOnMesh]:
    """Solve, and halve elements on which the source is not resolved, until none is left."""
    steps = 0
    for _ in range(12):
        values, outcome = equation.solve(values, search.method, **search.settings)
        steps += outcome.steps
        outcome = replace(outcome, steps=steps)
        mesh = equation.mesh
        if not outcome.converged or len(mesh.nodes) > _MOST_NODES:
            break
        source = equation.gain**2 * equation.terms(values).corr_phi
        # What the source lacks are wave numbers beyond p/h, and (1 - d^2)^{-1} takes them down by their square.
        passed = np.minimum((np.diff(mesh.edges) / mesh.degree) ** 2, 1.0)
        unresolved = mesh.tails(source) * passed > 0.02 * search.rtol * equation.variance(values)
        unresolved &= mesh.tails(source) > 1e-14 * float(np.max(np.abs(source)))
        if not np.any(unresolved):
            break
        finer = mesh.split(unresolved)
        values = mesh.interpolate(values, finer.nodes)
        equation = equation_on(finer)
    return values, outcome, equation


def _is_periodic(mesh: HalfLine, values: FloatArray, half: float) -> bool:
    """Whether C_G comes back to its value at lag 0 after a period: no part of x moves on its own."""
    if mesh.length < 2.0 * half * (1.0 - 1e-9):
        return False
    again = float(mesh.interpolate(values, np.array([2.0 * half]))[0])
    return bool(again >= float(values[0]) * (1.0 - _PERIODIC))


def _check(longest: float, end: float, fine: float) -> None:
    """Refuse a window whose mesh would be too large."""
    elements = end / longest + math.log1p(longest / fine) / math.log(1.5)
    nodes = DEGREE * elements
    check_cost(
        f"a window of {end:.3g} tau",
        seconds=1e-3 * nodes,
        memory=8.0 * nodes * 400.0,
        longest=600.0,
        remedy="give a shorter window=, or leave it out",
    )
