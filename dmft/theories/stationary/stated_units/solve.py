"""From units stated by equations to a solution with all of its errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.budget import allow
from dmft.cost import check_cost
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.unit_paths import BlowUpError
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.nothing import nothing, unmoved
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.stated_units.rest import growth_at_rest
from dmft.theories.stationary.stated_units.sampler import SECONDS, parts_of
from dmft.theories.stationary.stated_units.search import (
    FORGOTTEN,
    WINDOWS,
    Solved,
    pilot,
    solve_seeds,
    step_of,
)

_PATHS = 256
_SEEDS, _MOST_SEEDS = 8, 64  # independent sets of paths, and how many an accuracy may ask for
_SWEEPS = 40  # about, of a seed
_BYTES = 200.0  # of a path and step
_LEAST_PATHS = 64


def solve_stated_units(
    units: StatedUnits,
    *,
    paths: int | None,
    seed: Any,
    accuracy: float | None,
    max_steps: int,
) -> StationarySolution:
    """Solve the dynamical mean-field theory of units ds/dt = F(s, eta), outputs o_k of mean zero, by sampling.

    <eta_k eta_k> = g_k^2 <o_k o_k> + C_I: Gaussian fields on a ring of times, paths of the unit in them, and the
    correlations of its outputs, iterated to the fixed point with random numbers held fixed.

    Parameters
    ----------
    units : the question.
    paths : of each independent set; None for 256.
    seed : entropy of the random numbers.
    accuracy : largest relative error of C(0) that is accepted: sets are added until it is reached, 64 at most.
    max_steps : of each iteration.

    Notes
    -----
    Errors are one sigma of the mean over independent sets (Student's, each with its own fixed point), and on top of it
    what half the step, a shorter window and the rest of the iteration change.
    Accuracy: linear units within their errors over seeds (`tests/statistical/test_stated_units_errors.py`).
    """
    n_paths = _PATHS if paths is None else paths
    if n_paths < _LEAST_PATHS:
        raise ValueError(f"paths must be at least {_LEAST_PATHS} for units stated by equations, got {n_paths}")
    _check_cost(units, n_paths)
    sequence = np.random.SeedSequence(seed)
    settings: dict[str, Any] = {"paths": n_paths, "seed": seed}
    try:
        return _solved(units, n_paths, sequence, accuracy, max_steps, settings)
    except BlowUpError as error:
        detail = (
            f"stopped: a unit is not finite any more: {error}; the equations grow without limit in such a field, or "
            "faster than the step follows"
        )
        return failed(units, Status.NON_FINITE, detail)


def _solved(
    units: StatedUnits,
    paths: int,
    sequence: np.random.SeedSequence,
    accuracy: float | None,
    max_steps: int,
    settings: dict[str, Any],
) -> StationarySolution:
    children = sequence.spawn(_MOST_SEEDS + 1)
    found = pilot(units, paths, children[0], max_steps)
    if found.died:
        return _at_rest(units, settings)
    if not found.forgotten:
        detail = (
            f"the longest window tried, {WINDOWS[-1]:g}, is shorter than the memory of the unit; the state is too "
            "close to a transition, or frozen"
        )
        return failed(units, Status.GRID_TOO_SHORT, detail)
    n_seeds = _SEEDS
    solved = solve_seeds(units, found, paths, children[1 : 1 + n_seeds], max_steps)
    while accuracy is not None and _errors(units, solved)["sampling"] > 0.7 * accuracy and n_seeds < _MOST_SEEDS:
        n_seeds = min(2 * n_seeds, _MOST_SEEDS)
        solved = solve_seeds(units, found, paths, children[1 : 1 + n_seeds], max_steps)
    return _assembled(units, solved, accuracy, {**settings, "seeds": n_seeds})


def _assembled(
    units: StatedUnits, solved: Solved, accuracy: float | None, settings: dict[str, Any]
) -> StationarySolution:
    grid = solved.grid
    value = solved.seeds.mean(axis=0)
    error = _scatter(solved) + np.abs(solved.step_change) + np.abs(solved.window_change)
    corr_x, outputs, response = parts_of(value, units, grid)
    corr_x_error, output_errors, _ = parts_of(error, units, grid)
    iteration = solved.distance
    corr_x_error = corr_x_error + iteration * abs(corr_x[0])
    output_errors = output_errors + iteration * np.abs(outputs[:, :1])
    which = units.carried[0]
    largest = max(corr_x_error[0] / corr_x[0], float(np.max(output_errors[:, 0] / outputs[:, 0])))
    return StationarySolution(
        network=units.statement,
        convergence=_outcome(solved, float(largest), _errors(units, solved), accuracy, settings),
        settings={**settings, "window": grid.window, "step": grid.step, "errors": _errors(units, solved)},
        lags=grid.lags.copy(),
        corr_x=corr_x,
        corr_phi=outputs[which],
        corr_x_error=corr_x_error,
        corr_phi_error=output_errors[which],
        mean_x=0.0,
        variance=float(corr_x[0]),
        state="driven" if units.noisy else "chaotic",
        process=UnitProcess(outputs, output_errors, grid.omega, response),
    )


def _scatter(solved: Solved) -> Any:
    n = len(solved.seeds)
    return student(n) * solved.seeds.std(axis=0, ddof=1) / math.sqrt(n)


def _errors(units: StatedUnits, solved: Solved) -> dict[str, float]:
    """Return what makes the error of C(0), relative to it."""
    size, n = np.abs(solved.seeds.mean(axis=0)), solved.grid.n_lags
    at = [k * n for k in range(1 + units.n_outputs)]
    return {
        "sampling": float(np.max(_scatter(solved)[at] / size[at])),
        "steps": float(np.max(np.abs(solved.step_change)[at] / size[at])),
        "window": float(np.max(np.abs(solved.window_change)[at] / size[at])),
        "iteration": float(solved.distance),
    }


def _outcome(
    solved: Solved, error: float, errors: dict[str, float], accuracy: float | None, settings: dict[str, Any]
) -> Convergence:
    """Return how the solves ended, or what is wrong with all of them."""
    worst, status, detail = solved.outcome, Status.CONVERGED, ""
    if not (math.isfinite(error) and np.all(np.isfinite(solved.seeds))):
        status, error = Status.NON_FINITE, math.inf
    elif solved.remembered > FORGOTTEN:
        status, error = Status.GRID_TOO_SHORT, math.nan
        lag = solved.grid.lags[solved.grid.tapered_from]
        detail = (
            f"the longest window tried, {WINDOWS[-1]:g}, is shorter than the memory of the unit: C({lag:g}) is still "
            f"{solved.remembered:.2g} of C(0); the state is too close to a transition, or frozen"
        )
    elif not (worst.converged or worst.error <= errors["sampling"]):
        status, error = Status.STALLED, (error if worst.error < 1.0 else math.nan)
        detail = f"not converged: after {worst.steps} steps C is still {worst.error:.1g} of C(0) from the solution; "
        detail += "raise max_steps, or paths (close to a transition few paths have no solution)"
    elif accuracy is not None and error > accuracy:
        status = Status.STALLED
        detail = (
            f"the relative error {error:.1e} of C(0) is above the accuracy {accuracy:.1e} after "
            f"{settings['seeds']} sets of paths ({', '.join(f'{name} {part:.1e}' for name, part in errors.items())}); "
            "raise paths, or accept less"
        )
    return Convergence(status, worst.residual, worst.steps, worst.history, detail, error)


def _at_rest(units: StatedUnits, settings: dict[str, Any]) -> StationarySolution:
    """Return the state at rest to which activity has died; where rest is not stable, nothing."""
    growth = growth_at_rest(units)
    if not growth < 1.0:
        detail = (
            f"activity died from its start, though rest is not stable (it grows by {growth:.4g} in a turn): the state "
            "is too close to its onset for these paths; move away from it, or raise paths"
        )
        return failed(units, Status.STALLED, detail)
    return unmoved(
        units.statement,
        Convergence(Status.CONVERGED, 0.0, 0, (), "", 0.0),
        np.array([0.0, 1.0]),
        0.0,
        state="quiescent",
        stable=True,
        settings=settings,
        process=_nothing(units, 0.0),
    )


def failed(units: StatedUnits, status: Status, detail: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason."""
    return nothing(units.statement, status, detail, lags=np.array([0.0, 1.0]), process=_nothing(units, math.nan))


def _nothing(units: StatedUnits, value: float) -> UnitProcess:
    k, fields = units.n_outputs, len(units.gains)
    still = np.full((k, 2), value)
    return UnitProcess(still, still.copy(), np.zeros(1), np.full((k, fields, 1), math.nan + 0j))


def _check_cost(units: StatedUnits, paths: int) -> None:
    step = step_of(units)
    n_steps = round(WINDOWS[1] / step)
    sweep = SECONDS * paths * n_steps * units.n_outputs
    check_cost(
        f"a solve with {paths} paths",
        seconds=_SEEDS * sweep,
        memory=_BYTES * paths * n_steps,
        remedy="take fewer paths",
    )
    allow(2.0 * _SWEEPS * _SEEDS * sweep * WINDOWS[-1] / WINDOWS[1])
