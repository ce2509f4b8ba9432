"""The march towards the state that repeats with the drive."""

from __future__ import annotations

from typing import Any

from dmft.numerics.gaussian.pairs import pair_averages
from dmft.theories.nonstationary.grid import check_march, make_grid
from dmft.theories.nonstationary.initial import initial_state
from dmft.theories.nonstationary.marching import March
from dmft.theories.reduction import Reduction

_LONGEST = 600.0  # seconds


def march_to_period(network: Reduction, *, dt: float | None, window: float, duration: float, init: Any = None) -> March:
    """March for `duration`, keeping <phi' phi'> of the last period.

    Raises
    ------
    ValueError : if the drive is neither periodic nor constant: there is no state that repeats.
    TooCostlyError : if the march would take more than ten minutes.
    """
    if network.period is None:
        raise ValueError("the drive has no period: there is no asymptotic state to speak of")
    averages = pair_averages(network.nonlinearity)
    grid = make_grid(network, duration, dt, window)
    check_march(network, averages, grid, keep_band=False, longest=_LONGEST)
    return March(network, averages, initial_state(network, averages, init), grid, keep_slopes=grid.period)
