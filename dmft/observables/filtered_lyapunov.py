"""Largest Lyapunov exponent of linear units, delays included."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dmft.budget import limited
from dmft.errors import answering
from dmft.numerics.filtered_lags import LagGrid
from dmft.numerics.value import Value
from dmft.observables.lyapunov import exponent_of
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary.units.perturbations import Growth
from dmft.theories.stationary.units.process import FilteredProcess
from dmft.theories.units import Units, units_of

_SENSITIVITY = 4.0  # largest logarithmic derivative of <phi' phi'> by the variance that is allowed for
_STEP = 1e-4  # of a rate, for the derivative of mu
_XTOL = 1e-12
_CORRECTIONS = 3


@exponent_of.register
@answering
def exponent_of_filters(process: FilteredProcess, solution: Any) -> Value:
    """Return the exponent, where the largest eigenvalue of |H_a(lambda + i w)|^2 sum_b K_ab <phi_b' phi_b'> is 1.

    The root on the grid of the state is corrected on one of half the step; under noise, where <phi' phi'> has a kink at
    lag 0, mu is extrapolated to step 0. What that moves is the error.
    """
    units = units_of(solution.network)
    with limited():
        if solution.state == "quiescent":
            return _of_rest(units, process)
        refuse_stateless(solution, "to perturb", of=process.covariance)
        return _of_state(units, process, solution)


def _of_rest(units: Units, process: FilteredProcess) -> Value:
    gains = units.K * units.slopes**2
    if not np.any(gains):
        return Value(units.abscissa, 0.0, "no couplings", numerical_error=0.0)
    rate = root_of_growth(lambda r: units.fastest_growth(gains, r)[0], units)
    return Value(rate, 0.0, "constant potential", numerical_error=1e-11)


def _of_state(units: Units, process: FilteredProcess, solution: Any) -> Value:
    """Return the larger of the exponents of even and of odd functions of the lag; the former, as far as is known."""
    even = _of_parity(units, process, solution, odd=False)
    ahead = _growth(units, process, 1.0)(float(even), odd=True)
    return even if ahead <= 1.0 + _XTOL else max(even, _of_parity(units, process, solution, odd=True), key=float)


def _of_parity(units: Units, process: FilteredProcess, solution: Any, *, odd: bool) -> Value:
    kink = units.blocks.noisy
    steps = (2.0, 1.0, 0.5) if kink else (1.0, 0.5)  # in units of that of the state
    growths = [partial(_growth(units, process, step), odd=odd) for step in steps]
    rate = root_of_growth(growths[0], units)
    slope = (growths[0](rate + _STEP) - growths[0](rate - _STEP)) / (2.0 * _STEP)
    history, error = [rate], math.inf
    for _ in range(_CORRECTIONS):
        found = np.array([growth(rate) for growth in growths])
        best, other = found[-1], found[-2]
        if kink:  # an error of the order of the square of the step
            best, other = best + (best - other) / 3.0, other + (other - found[0]) / 3.0
        moved = -(best - 1.0) / slope
        rate += moved
        history.append(rate)
        error = abs((best - other) / slope) + (moved / units.abscissa) ** 2
        if abs(moved) < 1e-9:
            break
    state = solution.convergence.error
    lost = _SENSITIVITY * (state if math.isfinite(state) else 1.0) + process.averages_error
    return Value(rate, 0.0, "largest eigenvalue", tuple(history), numerical_error=error + abs(lost / slope) + 1e-12)


def _growth(units: Units, process: FilteredProcess, step: float) -> Growth:
    """Return the growth of perturbations on a grid of so many steps of the state's."""
    grid, kink = LagGrid(process.grid.step * step, round(process.grid.n / step)), units.blocks.noisy
    c = process.covariance[:, :: round(step)] if step >= 1.0 else process.grid.on(grid, process.covariance, kinked=kink)
    return Growth(units, grid, process.averages_of(units, c)[1])


def root_of_growth(growth: Callable[[float], float], units: Units) -> float:
    """Return the rate at which a growth that falls with it is 1; it lies right of every pole."""
    from scipy.optimize import brentq

    pole, scale = units.abscissa, -units.abscissa
    high = 0.0
    while growth(high) > 1.0:
        high += scale
    low = high - scale if high > 0.0 else 0.5 * pole
    while low > pole and growth(low) < 1.0:
        high, low = low, pole + 0.3 * (low - pole)
        if low - pole < 1e-9 * scale:
            return pole  # nothing outlives the unit itself
    return float(brentq(lambda rate: growth(rate) - 1.0, low, high, xtol=_XTOL))
