"""One run of one network: the unit of work that an executor gets, and a piece of the log of a simulation."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.blas import one_blas_thread
from dmft.sweeps.log import Log, damaged
from validation.ensemble import RealizationSeed
from validation.errors import SimulationError
from validation.packing import unpacked
from validation.plan import Plan
from validation.simulators.filters import FilterSimulator
from validation.simulators.question import question_of
from validation.simulators.simulator import Simulator
from validation.simulators.species import SpeciesSimulator
from validation.simulators.units import UnitSimulator


def finished_realizations(
    log: Log, plan: Any, seeds: Iterable[RealizationSeed]
) -> dict[RealizationSeed, dict[str, Any]]:
    """Return those of the realizations that the log of an experiment holds: name -> number or array.

    Raises
    ------
    CheckpointError, SimulationError : if the log is damaged, or a realization in it is not what the experiment has.
    """
    names = {name for measure in plan.measures for name in measure.variables}
    stored, found = dict(log), {}
    for seed in seeds:
        if seed.key in stored:
            _, arrays = unpacked(stored[seed.key], f"realization {seed.key} of {log.path}")
            if not names <= arrays.keys():
                raise damaged(log.path, f"realization {seed.key} holds no {', '.join(sorted(names - arrays.keys()))}")
            found[seed] = {name: array[()] for name, array in arrays.items()}
    return found


def run_realization(plan: Plan, size: int, seed: RealizationSeed) -> dict[str, Any]:
    """Draw one network, run it, and return name -> number or array.

    One BLAS thread: work is spread over realizations, and a product must not depend on how many of them run at once.

    Raises
    ------
    SimulationError : if the state is no longer finite; seen within one sampling interval.
    """
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        question = question_of(plan.network)
        kind: Any = FilterSimulator if question.filtered else Simulator
        kind = SpeciesSimulator if question.species else UnitSimulator if question.stated else kind
        simulator: Any = kind(
            plan.network,
            size,
            dt=plan.dt,
            dtype=np.dtype(plan.dtype).type,
            n_states=plan.initial_states,
            n_tangents=plan.n_tangents(size),
            generators=seed.generators(4),
            integrator=plan.integrator,
            couplings=plan.couplings,
            storage=plan.storage,
            array_module=plan.array_module,
        )
        return observed(simulator, plan, f"realization {seed.spawn_key[-1]} of N = {size}, seed {seed.entropy}")


def observed(simulator: Simulator, plan: Plan, whose: str = "the run") -> dict[str, Any]:
    """Run a simulator through burn-in and sampling; return name -> number or array.

    Raises
    ------
    SimulationError : if the state is no longer finite, or what was measured is not, naming `whose` it is.
    """
    sampling = plan.sampling
    running = [measure.start(simulator, sampling) for measure in plan.measures]
    stride = round(sampling.interval / plan.dt)
    for sample in range(-sampling.n_burn, sampling.n_samples):
        for _ in range(stride):
            simulator.step()
        x = simulator.x
        if not math.isfinite(float(np.vdot(x, x))):
            raise SimulationError(
                f"the state is not finite at t = {simulator.time:.6g} tau (burn-in included) in {whose}: activity "
                f"grows without bound, or dt = {plan.dt:.3g} is too large for this network"
            )
        for estimate in running:
            if sample < 0:
                estimate.burn(simulator)
            else:
                estimate.update(simulator)
    found: dict[str, Any] = {}
    for estimate in running:
        found.update(estimate.result())
    for name, value in found.items():
        # Errors may be unknown, averages may not.
        if not name.endswith("_error") and not np.all(np.isfinite(value)):
            raise SimulationError(
                f"{name} is not finite in {whose}, though the state is: the nonlinearity or its derivative is not "
                f"finite where the activity goes, got {plan.network!r}"
            )
    return found


def stacked(rows: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """Return name -> array with the realizations first, read-only."""
    arrays = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays
