"""`simulate`: realizations of a network at several sizes, finished ones kept."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from functools import singledispatch
from typing import Any

from dmft.cost import check_cost
from dmft.errors import spelling
from dmft.models.convolution import LinearConvolution
from dmft.models.gated_linear import GatedLinear
from dmft.models.layered import LayeredNetwork
from dmft.models.manifolds import Ball, Ellipsoid, Manifolds, PointCloud
from dmft.models.perceptron import Perceptron
from dmft.models.statement import Statement
from dmft.models.teacher_student import TeacherStudent
from validation.ensemble import checked_count, checked_sizes, root_seed
from validation.gated.running import simulate_gated
from validation.layered.running import simulate_layered
from validation.manifolds.running import simulate_manifolds
from validation.online.running import simulate_online
from validation.perceptrons.running import simulate_perceptron
from validation.plan import Plan, planned
from validation.realization import run_realization
from validation.runs import all_runs, checked_executor
from validation.simulation import Simulation
from validation.simulators.question import question_of

_BYTES_A_REALIZATION = 1000  # seeds, and the numbers that are kept of it


@singledispatch
@spelling
def simulate(
    network: Statement,
    sizes: Any = None,
    *,
    n_realizations: int = 8,
    duration: float = 100.0,
    burn_in: float | None = None,
    dt: float | None = None,
    dtype: str = "float32",
    measure: Any = ("correlation",),
    initial_states: int = 1,
    integrator: str | None = None,
    couplings: Any = None,
    storage: str = "dense",
    array_module: Any = "numpy",
    seed: Any,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Simulation:
    """Simulate a network at several sizes, and measure it while it runs.

    Equation: that of the network's docstring, with couplings drawn anew in every realization: any sum of random, mean,
    low-rank and (in one population) plastic couplings, and of drives, of any number of populations, in continuous or in
    discrete time (`dmft.Map`). Adams-Bashforth 4; with white noise the exponential
    Adams-Bashforth 2 with exact noise increments. The response to an input is exact (`validation.simulators.inputs`), a
    mean of the couplings of one population is stepped implicitly (`validation.simulators.mean`). Of N units, N f_a are
    in population a, rounded by largest remainders (`validation.simulators.layout`); results of a network of named
    populations have a dimension "population".

    Parameters
    ----------
    network : a `dmft.Network`, or a short name of one. For a `dmft.Perceptron` other keywords apply, those of
        `validation.perceptrons.running.simulate_perceptron`: load, measure, limits, ridge; for a `dmft.GatedLinear` or
        `dmft.LinearConvolution` those of `validation.gated.running.simulate_gated`: data, test, beside, rate,
        scale; for a `dmft.LayeredNetwork` those of `validation.layered.running.simulate_layered`: rule, inputs,
        outputs; for a `dmft.TeacherStudent` those of `validation.online.running.simulate_online`: rule, rate, duration;
        for manifolds those of
        `validation.manifolds.running.simulate_manifolds`: load, labels, measure.
    sizes : number of neurons, or several; default 500, 1000, 2000, for a balanced network its scale K, the square of
        `Mean.scale`, for sparse couplings of a stated probability the size at which it holds. Left out where
        `couplings` are given.
    n_realizations : number of independent networks of each size.
    duration : time measured, without the burn-in, in units of tau.
    burn_in : time run before it; default 50. Near a transition, where relaxation is slow, take more.
    dt : time step; default 0.1 (0.05 with white noise), less for g > 4, for tau < 1, for large means between
        populations and for fast sinusoids; 1 in discrete time. The default is rounded
        down to a divisor of the sampling interval 0.5; a dt that is given is kept, and the interval is rounded to a
        multiple of it.
    dtype : "float32" or "float64": precision of couplings, states and products. One seed draws the same couplings and
        initial states in both.
    measure : words ("correlation", "lyapunov", "jacobian", "dimension", "kappa", "outlier") or measures with settings,
        like ``validation.Lyapunov(k=4)``.
    initial_states : states run with the same couplings; results are averaged over them.
    integrator : None for the default; "adams-bashforth-4", "runge-kutta-4", "exponential-adams-bashforth-2".
    couplings : a matrix J of one's own, shape (N, N), or a sparse one of scipy; [i, j] acts from j to i. It is the same
        in every realization, in place of the random couplings, their means and a low-rank term; units are those of the
        populations one after the other, and time steps are those of the statement.
    storage : "dense", or "revealed": for very large N, drawn where the activity meets them, without a matrix (see
        `validation.simulators.revealed`; independent couplings only, and slow with white noise, which leaves every
        subspace in each step).
    array_module : "numpy", or "cupy" (or a module like it) to keep couplings and states on its device; random couplings
        only. One seed draws the same network on both.
    seed : integer >= 0, or a `numpy.random.SeedSequence`. The same seed is the same networks at each size.
    executor : runs realizations; any `concurrent.futures.Executor`. The results do not depend on the number of workers.
    checkpoint : path of a log that keeps every finished realization; the same call with the same path goes on where it
        was interrupted, and one with more sizes or realizations runs only those that are new. A log of another
        experiment is refused, saying what differs. Only one run can use it at a time.
    progress : show a progress bar.

    Returns
    -------
    Simulation

    Raises
    ------
    ValueError, TypeError : for arguments out of range; dt above the stability limit.
    TooCostlyError : a ValueError, for what does not fit in memory, or would take weeks; before anything is allocated.
    SimulationError : if a state is no longer finite.
    CheckpointError : for a checkpoint of another experiment, damaged, or in use.
    OSError : if the checkpoint cannot be written.

    Warns
    -----
    AccuracyWarning : for sparse couplings at sizes where theory is not accurate (see `dmft.Sparse`).

    Accuracy
    --------
    Of the time step: 5e-5 of the state for dt = 0.1 without noise; with white noise the variance is high by up to
    0.1 % at dt = 0.05, of order dt^2 (tests/invariants/test_simulation_order.py), that of filters by 0.02 % at 0.1
    (test_filter_noise_bias.py). float32 changes averages by less than 1e-3 of their error.

    Cost
    ----
    One product with the couplings for each step and for each state or tangent vector: N = 1000, 100 tau, 0.07 s of one
    core for each realization in float32.
    """
    plan = planned(
        network, duration, burn_in, dt, dtype, measure, initial_states, integrator, storage, array_module, couplings
    )
    checked = checked_sizes(_default_sizes(network, plan) if sizes is None else sizes)
    if plan.couplings is not None and checked != (len(plan.couplings),):
        raise ValueError(f"sizes must be left out: the couplings are of {len(plan.couplings)} neurons, got {sizes}")
    count = checked_count("n_realizations", n_realizations)
    root = root_seed(seed)
    workers = checked_executor(executor)
    for size in checked:
        plan.check_size(size, workers)
    runs = float(min(count, 10**30))  # an integer can be larger than any float
    check_cost(
        f"{runs:.6g} runs of N = {', '.join(map(str, checked))} for {plan.duration + plan.burn_in:.3g} tau each",
        seconds=runs * sum(plan.seconds(size) for size in checked) / workers,
        memory=runs * len(checked) * _BYTES_A_REALIZATION,
        remedy="take fewer realizations, a shorter duration, or smaller sizes",
    )
    return all_runs(
        plan, run_realization, checked, count, root, executor=executor, checkpoint=checkpoint, progress=progress
    )


simulate.register(Perceptron, simulate_perceptron)
simulate.register(GatedLinear, simulate_gated)
simulate.register(LinearConvolution, simulate_gated)
simulate.register(LayeredNetwork, simulate_layered)
simulate.register(TeacherStudent, simulate_online)
for _shape in (Ball, Ellipsoid, PointCloud, Manifolds):
    simulate.register(_shape, simulate_manifolds)


@simulate.register(type)
def _(network: type, *_: Any, **__: Any) -> Any:  # type: ignore[misc]  # what is no statement is refused
    raise TypeError(
        f"simulate takes a statement, got the class {network.__name__} itself: write {network.__name__}(..)"
    )


def _default_sizes(network: Any, plan: Plan) -> int | None:
    """Return the number of rows of given couplings, or that of a stated probability; of a scaled mean its square."""
    mean = network.compose().couplings.mean
    if plan.couplings is not None:
        return len(plan.couplings)
    question = question_of(network)
    stated = None if question.synapses is None else question.synapses.size(question.fractions)
    if stated is not None:
        return round(stated)
    return None if mean is None or mean.scale == 1.0 else round(mean.scale**2)
