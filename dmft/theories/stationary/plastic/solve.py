"""Solving the sampled self-consistency of a plastic network."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.budget import MOST, OutOfWorkError, allow, limited
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import integer, positive
from dmft.numerics.convergence import Convergence
from dmft.numerics.fixed_point import FixedPointMethod
from dmft.numerics.sampling import PeriodicGrid, PeriodicNoise
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.slow_fixed_point import solve_slow
from dmft.theories.plastic_couplings import refuse_other_couplings
from dmft.theories.reduction import Reduction, reduced
from dmft.theories.solution import OnFailure, delivered
from dmft.theories.stationary.plastic.errors import measured
from dmft.theories.stationary.plastic.outcome import outcome_of, quiescent, state_of, stopped
from dmft.theories.stationary.plastic.paths import PlasticMap, burn_in_time, seconds_of_sweep
from dmft.theories.stationary.plastic.pilot import SHORTEST_WINDOW, dies_out, grid_of, held, pilot
from dmft.theories.stationary.plastic.process import RememberedProcess, standard_error
from dmft.theories.stationary.solution import StationarySolution

_ASIDE = (0.9, 1.1)  # of the mean of the sets before, where a set starts: what it does not forget is in the scatter
_LEAST_RTOL = 1e-12
_FEW = 7  # sets, with those for the errors, that a search has time for however costly the averages are
_SWEEPS, _BYTES = 16, 120.0  # of a set; of a path and step
_OF_ACCURACY, _LOOSEST = 1.0 / 40.0, 5e-4  # distance from the fixed point, beside the accuracy; at most
_PATIENCE = 4.0  # times the estimate of a solve that it may take


@one_blas_thread()
@answering
def solve_plastic(
    network: Any,
    *,
    seed: int = 0,
    init: StationarySolution | None = None,
    samples: int = 128,
    noise_seeds: int = 8,
    window: float | None = None,
    step: float | None = None,
    accuracy: float = 2e-3,
    rtol: float | None = None,
    max_steps: int = 60,
    method: FixedPointMethod | None = None,
    on_failure: OnFailure = "raise",
    callback: Callable[[int, float], Any] | None = None,
) -> StationarySolution:
    """Solve the stationary state of a plastic network by sampling its single-site process.

    dx/dt = -x + eta + k int du exp(-u/p)/p C(u) phi(x(t - u)),  <eta eta> = g^2 C,  C = <phi phi>: for independent
    J_ij there is no other response term [Clark & Abbott, PRX 14, 021001 (2024)]. Noise of fixed random numbers on a
    periodic window, moment matched; a Gaussian control variate; Anderson iteration on C at the lags.

    Parameters
    ----------
    network : a `PlasticNetwork` with odd phi.
    seed : of the random numbers.
    init : neighbouring solution to start from (continuation in k or g); its window and step are taken over.
    samples : paths per set of random numbers.
    noise_seeds : number of independent sets, that start above and below in turn: their scatter is the sampling error.
    window : length of the periodic window in units of tau; by default 16 half-lives of C^phi, at least 204.8.
    step : time step; by default min(0.2, 0.4 p), and 0.1 above g = 4.
    accuracy : largest error of C^phi(0) that is accepted, of all causes.
    rtol : distance from the fixed point at which the iteration of a set stops, relative to C^phi(0); by
        default a fortieth of `accuracy`, at most 5e-4.
    max_steps : of the iteration, per set.
    method : by default Anderson's acceleration, stopped by the distance (`dmft.numerics.slow_fixed_point`); another
        method is stopped by its residual.
    on_failure : "raise", "warn" or "ignore".
    callback : called with (iteration, residual).

    Returns
    -------
    StationarySolution

    Raises
    ------
    ValueError, TypeError : for phi not odd, a window shorter than 40 tau or 10 p, `init` on another grid, samples < 16,
        settings of the wrong kind or out of range; TooCostlyError for more work or memory than there is.
    NotConvergedError : (``on_failure="raise"``) residual above `rtol`, standard error above `accuracy` (it says how
        many samples are needed), or a state whose correlation does not decay in the window.

    Notes
    -----
    Accuracy: the errors hold scatter, bias, steps, window and iteration (`tests/statistical/test_sampled_errors.py`);
    k = 0 is exact to 1e-5; the default settings give C^phi(0) to 5e-4 for -4 <= k <= 1 at g = 2, p = 2.5
    (`tests/reference/test_plastic_numbers.py`). Hebbian synapses make the state slow, and the accuracy asked for is not
    reached at k = 2 (g = 2: 2e-3), k = 1.5 at g = 1.2 (3e-3), in the chaos below g = 1 (4e-3), and where the state is
    nearly static (1e-2). Below g = 1 the chaotic state is found by following it down in k with `init`.
    Cost: 0.01 s of CPU a sweep of 128 paths over 205 tau, 12 to 25 sweeps a set, and half as much again for the errors.
    """
    network = reduced(network)
    _check(network, samples, noise_seeds, window)
    rtol = min(_OF_ACCURACY * positive("accuracy", accuracy), _LOOSEST) if rtol is None else rtol
    _check_settings(seed=seed, step=step, accuracy=accuracy, rtol=rtol, max_steps=max_steps)
    children = np.random.SeedSequence(seed).spawn(noise_seeds + 1)
    if step is None:
        step = init.process.step if init is not None else min(0.2 if network.g <= 4 else 0.1, 0.4 * network.p)
    seconds = _seconds(network, samples, noise_seeds, window or max(SHORTEST_WINDOW, 20.0 * network.p), step)

    def solve(step_map: PlasticMap, start: FloatArray) -> tuple[FloatArray, Convergence]:
        if method is not None:
            return method.solve(step_map, start, rtol=rtol, max_steps=max_steps, callback=callback)
        scale = np.full(len(start), max(float(start[0]), np.finfo(float).tiny))
        return solve_slow(step_map, start, scale, tolerance=rtol, max_steps=max_steps, callback=callback)

    settings = {
        "seed": seed,
        "samples": samples,
        "noise_seeds": noise_seeds,
        "window": window,
        "step": step,
        "accuracy": accuracy,
        "rtol": rtol,
        "method": repr(method),
    }
    try:
        with limited():
            beside = MOST * max(0.0, (noise_seeds + 4) / _FEW - 1.0) + 0.5 * seconds  # averages, whatever the sampling
            allow(max(beside, _PATIENCE * seconds - MOST))
            solution = _solved(network, init, settings, solve, children)
    except OutOfWorkError as error:
        solution = stopped(network, settings, str(error))
    return delivered(solution, on_failure)


def _solved(
    network: Reduction,
    init: StationarySolution | None,
    settings: dict[str, Any],
    solve: Callable[[PlasticMap, FloatArray], tuple[FloatArray, Convergence]],
    children: list[np.random.SeedSequence],
) -> StationarySolution:
    """Return the state by all sets of random numbers, with its errors; `solve` iterates a map from a start."""
    window, step, samples, noise_seeds = (settings[name] for name in ("window", "step", "samples", "noise_seeds"))
    if init is not None:
        grid = grid_of(init, window, step)
        guess = np.array(init.corr_phi)
    else:
        grid, guess = pilot(network, window, step, np.random.default_rng(children[-1]))
        first = window or max(SHORTEST_WINDOW, 20.0 * network.p)
        allow(0.5 * (grid.window / first - 1.0) * _seconds(network, samples, noise_seeds, first, step))
    settings |= {"window": grid.window, "step": grid.step}
    found, endings = [], []
    for index, child in enumerate(children[:noise_seeds]):
        noise = PeriodicNoise(grid, samples, np.random.default_rng(child))
        step_map = PlasticMap(network, noise)
        # Below g = 1 there are two states: aside of the moving one is the other.
        guess = held(step_map, guess * (_ASIDE[index % 2] if network.g >= 1 else 1.0))
        if dies_out(network, guess):
            return quiescent(network, grid, noise_seeds, settings)
        best, ending = solve(step_map, guess)
        found.append(step_map.correlations(best))
        endings.append(ending)
        guess = np.mean(found, axis=0)[1]
    rows = np.stack(found, axis=1)
    mean = rows.mean(axis=1)
    scatter = student(noise_seeds) * standard_error(rows.swapaxes(0, 1))
    state = state_of(mean[1])
    parts = {"sampling": scatter, "iteration": np.abs(mean[:, :1]) * max(_distance(ending) for ending in endings)}
    if all(ending.converged for ending in endings):
        finer = PeriodicNoise(
            PeriodicGrid(2 * grid.n_steps, 0.5 * grid.step), samples, np.random.default_rng(children[0])
        )
        first = PeriodicNoise(grid, samples, np.random.default_rng(children[0]))
        changes = measured(network, first, finer, rows[1, 0], lambda a, b: solve(a, b)[0])
        mean = mean + changes.correction
        parts |= {"bias": changes.bias_error, "steps and window": changes.error()}
    statistical = np.hypot(scatter, parts.get("bias", 0.0))
    error = statistical + parts.get("steps and window", 0.0) + parts["iteration"]
    relative = np.max(error[:, 0] / np.maximum(np.abs(mean[:, 0]), np.finfo(float).tiny))
    settings["errors"] = {
        name: float(np.max(np.broadcast_to(part, mean.shape)[:, 0] / np.maximum(mean[:, 0], np.finfo(float).tiny)))
        for name, part in parts.items()
    }
    ending = outcome_of(endings, mean[1], error[1, 0], state, samples, settings["accuracy"], grid, float(relative))
    return StationarySolution(
        network=network.statement,
        convergence=ending,
        settings=settings,
        lags=grid.lags,
        corr_x=mean[0],
        corr_phi=mean[1],
        corr_x_error=error[0],
        corr_phi_error=error[1],
        variance=float(mean[0, 0]),
        state=state,
        process=RememberedProcess(rows[0], rows[1], grid.step),
    )


def _distance(ending: Convergence) -> float:
    """Return what is left of an iteration; a method that does not know it has its residual, at best."""
    return ending.residual if math.isnan(ending.error) else ending.error


def _check_settings(*, seed: Any, step: float | None, accuracy: float, rtol: float, max_steps: Any) -> None:
    """Refuse settings that are of the wrong kind or out of their range."""
    integer("seed", seed, least=0)
    integer("max_steps", max_steps, least=1)
    if step is not None:
        positive("step", step)
    positive("accuracy", accuracy)
    if positive("rtol", rtol) < _LEAST_RTOL:
        raise ValueError(
            f"rtol must be at least {_LEAST_RTOL:g}, what rounding lets an iteration of samples reach, got {rtol:g}"
        )


def _seconds(network: Reduction, samples: int, noise_seeds: int, window: float, step: float) -> float:
    """Return an estimate of what a solve takes on such a window, and refuse it where that is too much."""
    rows = 2.0 * (window + burn_in_time(network)) / step  # at half the step
    reach = min(10.0 * network.p, 0.25 * window) / step if network.k else 1.0
    seconds = _SWEEPS * (noise_seeds + 4) * 2.0 * seconds_of_sweep(network, samples, window, step)
    check_cost(
        f"sampling {samples} paths of {window:g} tau in steps of {step:g}",
        seconds=seconds,
        memory=_BYTES * samples * rows + 8.0 * 32.0 * 2.0 * reach,
        remedy="take fewer samples, a shorter window or a larger step; slow synapses (large p) need long windows",
    )
    return seconds


def _check(network: Any, samples: int, noise_seeds: int, window: float | None) -> None:
    refuse_other_couplings(network)
    if not network.odd:
        raise ValueError(f"phi must be odd (the sampler takes <phi> = 0), got {network.nonlinearity!r}")
    integer("samples", samples, least=16)
    if integer("noise_seeds", noise_seeds) < 2:
        raise ValueError(f"noise_seeds must be at least 2 (the standard error is their scatter), got {noise_seeds}")
    shortest = max(40.0, 10.0 * network.p)
    if window is not None and positive("window", window) < shortest:
        raise ValueError(f"window must be at least max(40, 10 p) = {shortest:g} tau, the memory; got {window:g}")
