"""From units stated by equations to a solution with all of its errors."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.unit_paths import BlowUpError
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.stated_units.coherent import shared_growth, shared_growth_still
from dmft.theories.stationary.stated_units.nothing_moves import at_rest, failed, of_populations
from dmft.theories.stationary.stated_units.pilot import FORGOTTEN, WINDOWS, check_paths, pilot
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.stated_units.sets import Sets, Solved
from dmft.theories.stationary.stated_units.starts import Start
from dmft.theories.stationary.stated_units.state import Outputs, Row, begun, combined, packed
from dmft.theories.stationary.stated_units.still import growth, name_of, settles

_PATHS = 256
_SEEDS, _MOST_SEEDS = 8, 64  # independent sets of paths, and how many an accuracy may ask for
_MORE = 8  # sets at a time
_OF_SAMPLING = 0.7  # part of an accuracy that the scatter of sets may take
_LEAST_PATHS = 64
_SENSITIVE = 2.0  # largest logarithmic derivative of growth by the state that is allowed for
_FORGOT = 0.01  # part of outputs that another beginning of the paths may change; less is a part of the error
_RESOLVED = 0.02  # change of C(0) by another basis for the memory


def solve_stated_units(
    units: StatedUnits,
    *,
    paths: int | None,
    seed: Any,
    accuracy: float | None,
    max_steps: int,
    start: Start = begun,
) -> StationarySolution:
    """Solve the dynamical mean-field theory of units ds/dt = F_a(s, eta), outputs o_k, by sampling.

    cov(eta_ka, eta_ka) = sum_b g_k,ab^2 f_b <o_kb o_kb> + C_I,a and <eta_1a> = sum_b M_ab f_b <o_1b> + bias_a: Gaussian
    fields on a ring of times (a frozen part where <o o> does not decay to zero), paths of the units in them, and the
    correlations and means of their outputs, iterated to the fixed point with random numbers held fixed. With partially
    symmetric couplings a unit hears rho g^2 int S(u) o(t - u) du of its own past too, S = <do/deta>
    (`dmft.theories.stated_memory`).

    Parameters
    ----------
    units : the question.
    paths : of each independent set; None for 256.
    seed : entropy of the random numbers.
    accuracy : largest relative error of C(0) that is accepted: sets are added until it is reached, 64 at most.
    max_steps : of each iteration.
    start : where the iteration begins.

    Notes
    -----
    Errors are one sigma of the mean over independent sets (Student's, each with its own fixed point), and on top of it
    what half the step, a shorter window, the rest of the iteration and another basis for S change.
    Accuracy: linear units within their errors over seeds (`tests/statistical/test_stated_units_errors.py`).
    """
    n_paths = _PATHS if paths is None else paths
    frozen = units.turn or not units.centred
    least = _PATHS if frozen else _LEAST_PATHS  # of a few strata of what is frozen the tails are not known
    if n_paths < least or n_paths % 2:
        raise ValueError(f"paths must be even and at least {least} for these units stated by equations, got {n_paths}")
    check_paths(units, n_paths, _SEEDS)
    sequence = np.random.SeedSequence(seed)
    settings: dict[str, Any] = {"paths": n_paths, "seed": seed}
    try:
        return _solved(units, n_paths, sequence, accuracy, max_steps, settings, start)
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
    start: Start,
) -> StationarySolution:
    children = sequence.spawn(_MOST_SEEDS + 1)
    goal = 1.0 if accuracy is None else accuracy
    found = pilot(units, paths, children[0], max_steps, goal, start)
    units = found.units
    if found.died and units.driven:
        detail = "what the outputs send is so small that its square is 0; measure outputs in another unit"
        return failed(units, Status.UNRESOLVED, detail)
    if found.died:
        return at_rest(units, settings)
    if not found.forgotten:
        detail = (
            f"the longest window tried, {WINDOWS[-1]:g}, is shorter than the memory of the unit; the state is too "
            "close to a transition, or frozen"
        )
        return failed(units, Status.GRID_TOO_SHORT, detail)
    sets, n_sets = Sets(found, paths, max_steps, goal), _SEEDS
    solved = sets.solved(children[1 : 1 + n_sets])
    while accuracy is not None and n_sets < _MOST_SEEDS:
        missing = _errors(units, solved)["sampling"] / (_OF_SAMPLING * accuracy)
        if not missing > 1.0:
            break
        n_sets = min(n_sets + _MORE, max(n_sets + 1, math.ceil(n_sets * missing**2)), _MOST_SEEDS)
        solved = sets.solved(children[1 : 1 + n_sets])
    return _assembled(units, solved, accuracy, {**settings, "seeds": n_sets})


def _assembled(
    units: StatedUnits, solved: Solved, accuracy: float | None, settings: dict[str, Any]
) -> StationarySolution:
    grid, errors = solved.grid, _errors(units, solved)
    value = combined(lambda *rows: np.mean(rows, axis=0), *solved.rows)
    changes = (_scatter(solved), solved.variations.step, solved.variations.window, solved.variations.memory)
    error = combined(lambda *parts: sum(np.abs(part) for part in parts), *changes)
    corr_x_error = error.corr_x + solved.distance * np.abs(value.corr_x[:, :1])
    output_errors = error.outputs + solved.distance * np.abs(value.outputs[:, :1])
    largest = max(
        float(np.max(parts[:, 0] / np.abs(whole[:, 0])))
        for parts, whole in ((corr_x_error, value.corr_x), (output_errors, value.outputs))
    )
    first = list(units.first)
    variance = value.corr_x[:, 0] - value.mean_x**2
    settled = settles(solved.rows, solved.distance)
    convergence, stable = _outcome(solved, largest, errors, accuracy, settings), None
    shared = 0
    if settled and not units.noisy:
        still = Outputs(np.zeros_like(value.outputs), value.frozen, value.means, value.waves, value.memory)
        state = packed(still, units)
        further = np.random.SeedSequence(settings["seed"]).spawn(_MOST_SEEDS + 3)
        grows, unsure = growth(state, units, grid, further[-2])
        unsure += _SENSITIVE * largest * grows
        shared = 0 if units.turn else shared_growth_still(units, grid, state, further[-1])
        if convergence.converged and units.turn and np.any(units.means):
            detail = "whether shared perturbations of the means grow is not known where nothing but a sinusoid moves"
            convergence = replace(convergence, status=Status.UNRESOLVED, detail=detail)
        stable = None if abs(grows - 1.0) <= unsure else grows < 1.0
        if convergence.converged and stable is False:
            detail = f"the fixed point is unstable: what moves grows by {grows:.3g} in a turn around the network"
            convergence = replace(convergence, status=Status.UNSTABLE, detail=detail)
    else:
        shared = shared_growth(units, value.response)
    if convergence.converged and shared:
        stable, detail = False, f"{shared} shared perturbations of the means grow: a network leaves this state"
        convergence = replace(convergence, status=Status.UNSTABLE, detail=detail)
    return StationarySolution(
        network=units.statement,
        convergence=convergence,
        stable=stable,
        settings={**settings, "window": grid.window, "step": grid.step, "errors": errors},
        lags=grid.lags.copy(),
        corr_x=of_populations(units, value.corr_x),
        corr_phi=of_populations(units, value.outputs[first]),
        corr_x_error=of_populations(units, corr_x_error),
        corr_phi_error=of_populations(units, output_errors[first]),
        mean_x=of_populations(units, value.mean_x),
        mean_phi=math.nan if units.centred else of_populations(units, value.means[first]),
        variance=of_populations(units, variance),
        static_variance=math.nan if units.centred else of_populations(units, value.frozen_x),
        state=name_of(units, settled),
        process=UnitProcess(
            outputs=value.outputs,
            output_errors=output_errors,
            means=value.means,
            mean_errors=error.means + solved.distance * np.sqrt(np.abs(value.outputs[:, 0])),
            frozen=value.frozen,
            mean_x_errors=error.mean_x + solved.distance * np.sqrt(np.abs(value.corr_x[:, 0])),
            waves=value.waves,
            waves_x=value.waves_x,
            omega=grid.omega,
            response=value.response,
            memory=value.memory,
            memory_rate=math.nan if units.memory is None else units.memory.rate,
        ),
    )


def _scatter(solved: Solved) -> Row:
    n = len(solved.rows)
    factor = student(n) / math.sqrt(n)
    return combined(lambda *rows: factor * np.std(rows, axis=0, ddof=1), *solved.rows)


def _errors(units: StatedUnits, solved: Solved) -> dict[str, float]:
    """Return what makes the error of C(0), relative to it."""

    def largest(change: Row) -> float:
        of = ((change.corr_x, value.corr_x), (change.outputs, value.outputs))
        return max(float(np.max(np.abs(part[:, 0]) / np.abs(whole[:, 0]))) for part, whole in of)

    value = combined(lambda *rows: np.mean(rows, axis=0), *solved.rows)
    return {
        "sampling": largest(_scatter(solved)),
        "steps": largest(solved.variations.step),
        "window": largest(solved.variations.window),
        "iteration": float(solved.distance),
        **({"memory": largest(solved.variations.memory)} if units.memory is not None else {}),
    }


def _outcome(
    solved: Solved, error: float, errors: dict[str, float], accuracy: float | None, settings: dict[str, Any]
) -> Convergence:
    """Return how the solves ended, or what is wrong with all of them."""
    worst, status, detail = solved.outcome, Status.CONVERGED, ""
    if not math.isfinite(error):
        status, error = Status.NON_FINITE, math.inf
    elif solved.variations.remembered > FORGOTTEN:
        status, error = Status.GRID_TOO_SHORT, math.nan
        lag = solved.grid.lags[solved.grid.tapered_from]
        detail = (
            f"the longest window tried, {WINDOWS[-1]:g}, is shorter than the memory of the unit: C({lag:g}) is still "
            f"{solved.variations.remembered:.2g} of C(0); the state is too close to a transition, or frozen"
        )
    elif solved.variations.begun > _FORGOT:
        status, error = Status.GRID_TOO_SHORT, math.nan
        detail = (
            "units remember where they began: other starts of the paths change outputs by "
            f"{solved.variations.begun:.2g}; they have several states of their own "
            "between which they do not go, or forget more slowly than the window"
        )
    elif errors.get("memory", 0.0) > _RESOLVED:
        status = Status.UNRESOLVED
        detail = (
            f"what units hear of their own past is not resolved: other functions for their response change C by "
            f"{errors['memory']:.2g}; the state is too close to a transition, or responses are of many times"
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
