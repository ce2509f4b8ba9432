"""Stationary solutions that are one value: nothing but the reason why there is no state, or what does not move."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.stationary.solution import StationarySolution


def nothing(
    statement: Any,
    status: Status,
    detail: str,
    *,
    lags: FloatArray,
    process: Any,
    of: tuple[int, ...] = (),
    **more: Any,
) -> StationarySolution:
    """Return the solution, all of it nan.

    Parameters
    ----------
    statement : the question as it was given.
    status, detail : the reason.
    lags : shape (n_lag,).
    process : of the kind of the method, holding nothing.
    of : shape of what is one number of each population: (P,) of named ones.
    more : further fields.
    """
    unknown = np.full((*of, len(lags)), math.nan)
    number: Any = np.full(of, math.nan) if of else math.nan
    return StationarySolution(
        network=statement,
        convergence=Convergence(status, math.nan, 0, (), detail),
        lags=lags,
        corr_x=unknown,
        corr_phi=unknown.copy(),
        corr_slope=unknown.copy(),
        mean_x=number,
        variance=number,
        state="none",
        process=process,
        **more,
    )


def unmoved(
    statement: Any, convergence: Convergence, lags: FloatArray, value: float, *, state: str, process: Any, **more: Any
) -> StationarySolution:
    """Return a state that needs no sampling where others are sampled: every correlation and error is one value."""
    same = np.full(len(lags), value)
    return StationarySolution(
        network=statement,
        convergence=convergence,
        lags=lags,
        corr_x=same,
        corr_phi=same.copy(),
        corr_x_error=same.copy(),
        corr_phi_error=same.copy(),
        variance=value,
        state=state,
        process=process,
        **more,
    )
