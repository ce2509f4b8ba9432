"""What `simulate` is asked to do, checked and with its defaults filled in."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.cost import check_cost
from dmft.models.checks import non_negative, one_of, positive
from dmft.models.serialization import network_from_mapping, network_to_mapping
from dmft.models.statement import Statement
from validation.ensemble import check_memory, checked_count
from validation.estimators import Measure, Sampling
from validation.estimators.words import checked_measures, measure_of
from validation.finite_size_law import Law, law_of
from validation.simulators import steps
from validation.simulators.arrays import module_name
from validation.simulators.question import question_of
from validation.simulators.requirements import (
    check_size,
    check_storage,
    inputs_of,
    needed_bytes,
    warn_of_coherence,
)
from validation.simulators.steps import time_step_bias

# Of one core: below what was measured, so that nothing is refused that would come to an end.
_SECONDS_A_STEP = 1e-5
_PRODUCTS_A_SECOND = 2e11
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
    sampling : when they see the state.
    storage : "dense", or "revealed": drawn where the activity meets them.
    array_module : name of the module of arrays.
    couplings : rows of a matrix of one's own; None for couplings that are drawn.
    recorded : whether the runs are the user's own, each sample then a step.
    """

    network: Statement
    dt: float
    dtype: str
    initial_states: int
    integrator: str | None
    measures: tuple[Measure, ...]
    sampling: Sampling
    storage: str = "dense"
    array_module: str = "numpy"
    couplings: tuple[tuple[float, ...], ...] | None = field(default=None, repr=False)
    recorded: bool = False

    def __post_init__(self) -> None:
        if self.couplings is not None:  # lists, if it comes from a file
            object.__setattr__(self, "couplings", tuple(map(tuple, self.couplings)))

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

    def to_mapping(self) -> dict[str, Any]:
        """Return the experiment as what JSON can hold.

        Raises
        ------
        TypeError : if the network holds a user's own function.
        """
        mapping = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        mapping["network"] = network_to_mapping(self.network)
        mapping["sampling"] = dataclasses.asdict(self.sampling)
        measures: tuple[Any, ...] = self.measures
        mapping["measures"] = [{"word": m.word, **dataclasses.asdict(m)} for m in measures]
        return mapping

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Plan:
        """Return the experiment that `to_mapping` described."""
        fields = dict(mapping)
        fields["network"] = network_from_mapping(fields["network"])
        fields["sampling"] = Sampling(**fields["sampling"])
        fields["measures"] = tuple(measure_of(m) for m in fields["measures"])
        return cls(**fields)

    def same(self) -> dict[str, Any]:
        """Return what must agree for simulations to be pooled."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def told(self) -> dict[str, Any]:
        """Return the settings, for the attributes of a dataset."""
        return {name: getattr(self, name) for name in ("dt", "dtype", "duration", "burn_in", "initial_states")}

    @property
    def extent(self) -> str:
        """How much of a network is measured."""
        return f"{self.duration:g} tau"

    @property
    def sentence(self) -> str:
        """The settings in a line."""
        words = ", ".join(measure.word for measure in self.measures)
        if self.recorded:
            return f"recorded: {self.duration:g} tau, every {self.dt:.4g} tau; {words}"
        return f"{self.duration:g} tau after {self.burn_in:g} tau, dt {self.dt:.4g}, {self.dtype}; {words}"

    def law(self, quantity: str, simulation: Any) -> Law:
        """Return bounds on how far a quantity of N neurons lies from the limit of large N."""
        return law_of(quantity, simulation)

    def step_bias(self) -> float:
        """Return a bound on what the time step does to a quantity, relative; 0 of runs whose step is not known."""
        return 0.0 if self.recorded else time_step_bias(self.network, self.dt, self.integrator)

    def caution(self, n: int) -> None:
        """Warn where theory is known to be off at this number of neurons."""
        warn_of_coherence(question_of(self.network), n)

    def check_size(self, n: int, workers: int) -> None:
        """Refuse a size that does not fit in memory or has too few neurons for what is asked."""
        itemsize, tangents = np.dtype(self.dtype).itemsize, self.n_tangents(n)
        check_size(self.network, n)
        needed = needed_bytes(self.network, n, self.initial_states, tangents, itemsize, self.storage)
        check_memory(needed + self._measured_bytes(n, itemsize), n, workers)

    def _measured_bytes(self, n: int, itemsize: int) -> int:
        """Return the bytes that the estimators keep: the ring of the last states of the correlations, above all."""
        kept = max(measure.n_states_kept(self.sampling) for measure in self.measures)
        return self.initial_states * kept * n * itemsize

    def seconds(self, n: int) -> float:
        """Return the time that a realization of n neurons takes on one core, in seconds, estimated from below."""
        rows = self.initial_states * (1 + self.n_tangents(n))
        # What is drawn where the activity meets it is a product with a few hundred directions instead of n; of sparse
        # couplings alone there are as many as synapses.
        width = inputs_of(self.network, n) if self.storage == "dense" else min(n, 128)
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
    storage: str,
    array_module: Any,
    couplings: Any = None,
) -> Plan:
    """Return the plan that the arguments of `simulate` state, with its defaults filled in.

    Raises
    ------
    ValueError, TypeError : for arguments out of range, and for what does not go together.
    """
    question = question_of(network)
    steps.chosen_integrator(question, integrator)
    duration = positive("duration", duration)
    burn_in = _BURN_IN if burn_in is None else non_negative("burn_in", burn_in)
    one_of("dtype", dtype, ("float32", "float64"))
    if question.discrete:
        if dt not in (None, 1):
            raise ValueError(f"dt must be left out in discrete time, where a step is 1, got {dt}")
        step = interval = 1.0
    elif dt is None:
        step = default_dt(network, integrator)
        interval = steps.INTERVAL
    else:
        step = positive("dt", dt)
        limit = steps.largest_dt(network, integrator)
        if step > limit * (1.0 + 1e-9):  # not for the rounding of the limit itself
            raise ValueError(
                f"dt must be at most {limit:.4g}, the stability limit of the integrator here, got {step:g}"
            )
        interval = step * max(1, round(steps.INTERVAL / step))
    if duration < interval:
        raise ValueError(f"duration must be at least one sampling interval, {interval:g} tau, got {duration:g}")
    sampling = Sampling(interval, math.ceil(burn_in / interval - 1e-9), math.ceil(duration / interval - 1e-9))
    plan = Plan(
        network=network,
        dt=step,
        dtype=dtype,
        initial_states=checked_count("initial_states", initial_states),
        integrator=integrator,
        measures=tuple(chosen.among(question.names) for chosen in checked_measures(measure)),
        sampling=sampling,
        storage=one_of("storage", storage, ("dense", "revealed")),
        array_module=module_name(array_module),
        couplings=None if couplings is None else checked_matrix(couplings),
    )
    check_cost(
        f"a run of {duration + burn_in:.3g} tau",
        seconds=plan._n_steps * _SECONDS_A_STEP,
        remedy="take a shorter duration or burn_in, or a longer dt",
    )
    for chosen in plan.measures:  # before the coordinates of the results are made
        check_cost(
            f"the measure {chosen.word!r}",
            memory=16 * chosen.n_results(sampling),
            remedy="ask for fewer exponents, or shorter lags",
        )
    matrix = couplings is not None or any(chosen.needs_matrix for chosen in plan.measures)
    check_storage(network, storage, plan.array_module, matrix=matrix)
    for chosen in plan.measures:
        chosen.coordinates(sampling)
    return plan


def checked_matrix(couplings: Any) -> tuple[tuple[float, ...], ...]:
    """Return rows of couplings of one's own; refuse what is no square matrix of finite numbers."""
    try:
        matrix = np.asarray(couplings.toarray() if hasattr(couplings, "toarray") else couplings, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"couplings must be None or a square matrix of numbers, got {couplings!r}") from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2 or not np.all(np.isfinite(matrix)):
        raise ValueError(f"couplings must be a square matrix of finite numbers, got one of shape {matrix.shape}")
    return tuple(map(tuple, matrix.tolist()))


def default_dt(network: Statement, integrator: str | None = None, *, shortened: float = 1.0) -> float:
    """Return the time step that `simulate` takes by default, times `shortened`, made a divisor of the interval."""
    wanted = steps.default_dt(network, integrator)
    if question_of(network).discrete:
        return 1.0
    return steps.dividing(shortened * wanted)
