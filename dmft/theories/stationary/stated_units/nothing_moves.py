"""Solutions of stated units in which nothing moves, and those that hold nothing but a reason."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.nothing import nothing
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.stated_units.coherent import shared_growth_at_rest
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.stated_units.rest import growth_at_rest


def at_rest(units: StatedUnits, settings: dict[str, Any]) -> StationarySolution:
    """Return the state at rest to which activity has died; where rest is not stable, nothing."""
    growth = growth_at_rest(units)
    if growth < 1.0 and shared_growth_at_rest(units):
        detail = "rest is where activity died from its start, and shared perturbations of the means grow about it"
        return failed(units, Status.UNSTABLE, detail)
    if not growth < 1.0:
        detail = (
            f"activity died from its start, though rest is not stable (it grows by {growth:.4g} in a turn): the state "
            "is too close to its onset for these paths; move away from it, or raise paths"
        )
        return failed(units, Status.STALLED, detail)
    still = np.zeros((len(units.sites), 2))
    return StationarySolution(
        network=units.statement,
        convergence=Convergence(Status.CONVERGED, 0.0, 0, (), "", 0.0),
        settings=settings,
        lags=np.array([0.0, 1.0]),
        corr_x=of_populations(units, still),
        corr_phi=of_populations(units, still),
        corr_x_error=of_populations(units, still),
        corr_phi_error=of_populations(units, still),
        mean_x=of_populations(units, still[:, 0]),
        variance=of_populations(units, still[:, 0]),
        state="quiescent",
        stable=True,
        process=_nothing(units, 0.0),
    )


def failed(units: StatedUnits, status: Status, detail: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason."""
    of = (len(units.sites),) if units.named else ()
    lags = np.array([0.0, 1.0])
    return nothing(units.statement, status, detail, lags=lags, process=_nothing(units, math.nan), of=of)


def _nothing(units: StatedUnits, value: float) -> UnitProcess:
    o, fields = len(units.outputs), len(units.variances)
    still, number = np.full((o, 2), value), np.full(o, value)
    response = np.full((o, fields, 1), math.nan + 0j)
    of_x = np.full(len(units.sites), value)
    none, of_p = np.zeros((o, 0)), np.zeros((len(units.sites), 0))
    return UnitProcess(
        still, still.copy(), number, number.copy(), number.copy(), of_x, none, of_p, np.zeros(1), response
    )


def of_populations(units: StatedUnits, values: FloatArray) -> Any:
    """Return what has an axis of populations as it is, or without it for one without a name."""
    if units.named:
        return values
    return float(values[0]) if values.ndim == 1 else values[0]
