"""From the arguments of `simulate` to a plan, checked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.cost import check_cost
from dmft.models.checks import non_negative, one_of, positive
from dmft.models.statement import Statement
from validation.ensemble import checked_count
from validation.estimators import Sampling
from validation.estimators.words import checked_measures
from validation.plan import INTERVAL, SECONDS_A_STEP, Plan, default_dt
from validation.simulators import steps
from validation.simulators.arrays import module_name
from validation.simulators.question import question_of
from validation.simulators.requirements import (
    check_storage,
)

_BURN_IN = 50.0


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
        interval = INTERVAL
    else:
        step = positive("dt", dt)
        limit = steps.largest_dt(network, integrator)
        if step > limit * (1.0 + 1e-9):  # not for the rounding of the limit itself
            raise ValueError(
                f"dt must be at most {limit:.4g}, the stability limit of the integrator here, got {step:g}"
            )
        interval = step * max(1, round(INTERVAL / step))
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
        couplings=None if couplings is None else _checked_matrix(couplings),
    )
    check_cost(
        f"a run of {duration + burn_in:.3g} tau",
        seconds=plan._n_steps * SECONDS_A_STEP,
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


def _checked_matrix(couplings: Any) -> tuple[tuple[float, ...], ...]:
    try:
        matrix = np.asarray(couplings.toarray() if hasattr(couplings, "toarray") else couplings, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"couplings must be None or a square matrix of numbers, got {couplings!r}") from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2 or not np.all(np.isfinite(matrix)):
        raise ValueError(f"couplings must be a square matrix of finite numbers, got one of shape {matrix.shape}")
    return tuple(map(tuple, matrix.tolist()))
