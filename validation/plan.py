"""What `simulate` is asked to do, checked and with its defaults filled in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.cost import check_cost
from dmft.models.checks import non_negative, one_of, positive
from dmft.models.statement import Statement
from validation.ensemble import check_memory, checked_count, coupling_bytes
from validation.estimators import Measure, Sampling, checked_measures
from validation.simulators import simulator_for
from validation.simulators.arrays import module_name

# Of one core: below what was measured, so that nothing is refused that would come to an end.
_SECONDS_A_STEP = 1e-5
_PRODUCTS_A_SECOND = 2e11
_INTERVAL = 0.5
_BURN_IN = 50.0


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
    array_module : name of the module of arrays.
    """

    network: Statement
    dt: float
    dtype: str
    initial_states: int
    integrator: str | None
    measures: tuple[Measure, ...]
    sampling: Sampling
    couplings: str = "explicit"
    array_module: str = "numpy"

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
        kind = simulator_for(self.network)
        needed = kind.memory(self.network, n, self.initial_states, tangents, itemsize)
        if self.couplings == "revealed":
            # The first block of directions; each further one asks for itself.
            needed += 128 * n * itemsize - coupling_bytes(n, itemsize)
        check_memory(needed + self._measured_bytes(n, itemsize), n, workers)

    def _measured_bytes(self, n: int, itemsize: int) -> int:
        """Return the bytes that the estimators keep: the ring of the last states of the correlations, above all."""
        lags = max(
            (len(m.coordinates(self.sampling)["lag"]) for m in self.measures if m.word == "correlation"), default=0
        )
        return 2 * self.initial_states * lags * n * itemsize

    def seconds(self, n: int) -> float:
        """Return the time that a realization of n neurons takes on one core, in seconds, estimated from below."""
        rows = self.initial_states * (1 + self.n_tangents(n))
        # What is drawn where the activity meets it is a product with a few hundred directions instead of n.
        width = n if self.couplings == "explicit" else min(n, 128)
        return self._n_steps * (_SECONDS_A_STEP + 2.0 * n * width * rows / _PRODUCTS_A_SECOND)

    @property
    def _n_steps(self) -> float:
        return (self.sampling.n_burn + self.sampling.n_samples) * (self.sampling.interval / self.dt)


def planned(
    network: Statement,
    duration: float,
    burn_in: float | None,
    dt: float | None,
    dtype: str,
    measure: Any,
    initial_states: int,
    integrator: str | None,
    couplings: str,
    array_module: Any,
) -> Plan:
    """Return the plan that the arguments of `simulate` state, with its defaults filled in.

    Raises
    ------
    ValueError, TypeError : for arguments out of range, and for what does not go together.
    """
    kind = simulator_for(network).check(network, integrator)
    duration = positive("duration", duration)
    burn_in = _BURN_IN if burn_in is None else non_negative("burn_in", burn_in)
    one_of("dtype", dtype, ("float32", "float64"))
    if dt is None:
        step = default_dt(network, integrator)
        interval = _INTERVAL
    else:
        step = positive("dt", dt)
        limit = kind.largest_dt(network, integrator)
        if step > limit * (1.0 + 1e-9):  # not for the rounding of the limit itself
            raise ValueError(
                f"dt must be at most {limit:.4g}, the stability limit of the integrator here, got {step:g}"
            )
        interval = step * max(1, round(_INTERVAL / step))
    if duration < interval:
        raise ValueError(f"duration must be at least one sampling interval, {interval:g} tau, got {duration:g}")
    sampling = Sampling(interval, math.ceil(burn_in / interval - 1e-9), math.ceil(duration / interval - 1e-9))
    plan = Plan(
        network=network,
        dt=step,
        dtype=dtype,
        initial_states=checked_count("initial_states", initial_states),
        integrator=integrator,
        measures=checked_measures(measure),
        sampling=sampling,
        couplings=one_of("couplings", couplings, ("explicit", "revealed")),
        array_module=module_name(array_module),
    )
    check_cost(
        f"a run of {duration + burn_in:.3g} tau",
        seconds=plan._n_steps * _SECONDS_A_STEP,
        remedy="take a shorter duration or burn_in, or a longer dt",
    )
    for chosen in plan.measures:
        _check_measure(chosen, sampling)
    if plan.array_module != "numpy":
        _check_device(plan)
    if couplings == "revealed":
        _check_revealed(plan)
    for chosen in plan.measures:
        chosen.coordinates(sampling)
    return plan


def _check_measure(chosen: Any, sampling: Sampling) -> None:
    """Refuse an estimator whose results would not fit in memory, before their coordinates are made."""
    kept = 40 * getattr(chosen, "k", 0)  # exponents with their running estimates
    if chosen.word == "correlation":
        kept = min(chosen.max_lag / sampling.interval, sampling.n_samples / 2)
    elif chosen.word == "dimension":
        kept = len(chosen.lags)
    check_cost(f"the measure {chosen.word!r}", memory=16 * kept, remedy="ask for fewer exponents, or shorter lags")


def _check_device(plan: Plan) -> None:
    if not getattr(simulator_for(plan.network), "on_devices", False):
        raise ValueError(f"array_module must be 'numpy' but for a RandomNetwork, got {plan.array_module!r}")
    if plan.couplings == "revealed":
        raise ValueError(f"array_module must be 'numpy' with revealed couplings, got {plan.array_module!r}")


def _check_revealed(plan: Plan) -> None:
    if not getattr(simulator_for(plan.network), "reveals", False):
        raise ValueError(f"couplings='revealed' is for a RandomNetwork or a PlasticNetwork, got {plan.network!r}")
    symmetry = getattr(plan.network, "symmetry", 0.0)
    if symmetry != 0.0:
        raise ValueError(f"couplings='revealed' needs independent couplings, symmetry = 0, got {symmetry}")
    if any(m.word == "jacobian" for m in plan.measures):
        raise ValueError("couplings='revealed' has no matrix: measure must not hold 'jacobian'")


def default_dt(network: Statement, integrator: str | None = None, *, shortened: float = 1.0) -> float:
    """Return the time step that `simulate` takes by default, times `shortened`, made a divisor of the interval."""
    wanted = simulator_for(network).check(network, integrator).default_dt(network, integrator)
    return float(_INTERVAL / math.ceil(_INTERVAL / (shortened * wanted) - 1e-9))
