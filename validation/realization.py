"""One run of one network: the unit of work that an executor gets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.models.network import Network
from validation.ensemble import RealizationSeed, check_memory
from validation.errors import SimulationError
from validation.estimators import Measure, Sampling
from validation.simulators import Simulator, simulator_for


@dataclass(frozen=True)
class Plan:
    """How a realization is run; equal plans of one network are the same experiment, whatever the sizes and seeds.

    Attributes
    ----------
    network : the network.
    dt : time step in units of tau.
    dtype : precision of couplings and states.
    initial_states : number of initial states of the same couplings.
    integrator : name of the method, None for the simulator's default.
    measures : the estimators.
    couplings : "explicit", or "revealed": drawn where the activity meets them.
    sampling : when they see the state.
    """

    network: Network
    dt: float
    dtype: str
    initial_states: int
    integrator: str | None
    measures: tuple[Measure, ...]
    sampling: Sampling
    couplings: str = "explicit"

    @property
    def duration(self) -> float:
        """Time measured, in units of tau."""
        return self.sampling.n_samples * self.sampling.interval

    @property
    def burn_in(self) -> float:
        """Time thrown away before it, in units of tau."""
        return self.sampling.n_burn * self.sampling.interval

    def n_tangents(self, n: int) -> int:
        """Return the number of tangent vectors that the estimators need."""
        return max(measure.n_tangents(n) for measure in self.measures)

    def check_size(self, n: int, workers: int) -> None:
        """Refuse a size that does not fit in memory or has too few neurons for what is asked."""
        itemsize, tangents = np.dtype(self.dtype).itemsize, self.n_tangents(n)
        if self.couplings == "revealed":
            # The first block of directions; each further one asks for itself.
            needed = (12 * self.initial_states * (1 + tangents) + 128) * n * itemsize
        else:
            kind = simulator_for(self.network)
            needed = kind.memory(self.network, n, self.initial_states, tangents, itemsize)
        check_memory(needed, n, workers)


def run_realization(plan: Plan, size: int, seed: RealizationSeed) -> dict[str, Any]:
    """Draw one network, run it, and return name -> number or array.

    One BLAS thread: work is spread over realizations, and a product must not depend on how many of them run at once.

    Raises
    ------
    SimulationError : if the state is no longer finite; seen within one sampling interval.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), np.errstate(over="ignore", invalid="ignore"):
        simulator = simulator_for(plan.network)(
            plan.network,
            size,
            dt=plan.dt,
            dtype=np.dtype(plan.dtype).type,
            n_states=plan.initial_states,
            n_tangents=plan.n_tangents(size),
            generators=seed.generators(4),
            integrator=plan.integrator,
            **({} if plan.couplings == "explicit" else {"couplings": plan.couplings}),
        )
        return observed(simulator, plan, f"realization {seed.spawn_key[-1]} of N = {size}, seed {seed.entropy}")


def observed(simulator: Simulator, plan: Plan, whose: str = "the run") -> dict[str, Any]:
    """Run a simulator through burn-in and sampling; return name -> number or array.

    Raises
    ------
    SimulationError : if the state is no longer finite, naming `whose` it is.
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
    return found
