"""Largest Lyapunov exponent of linear units, delays included."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dmft.budget import limited
from dmft.errors import answering
from dmft.numerics.filtered_lags import LagGrid
from dmft.numerics.value import Value
from dmft.observables.lyapunov import exponent_of
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary.units.floquet import HARMONICS, FloquetGrowth
from dmft.theories.stationary.units.perturbations import Grown, Growth, far_rate
from dmft.theories.stationary.units.process import FilteredProcess
from dmft.theories.stationary.units.resting import rightmost_shared, still_at
from dmft.theories.units import Units, units_of

_SENSITIVITY = 4.0  # largest logarithmic derivative of <phi' phi'> by the variance that is allowed for
_CORRECTIONS = 3
_ENOUGH = 1e-8  # of the distance to far lags, from which on a step of Newton's method is the last
_STEPS = 40
_FARTHEST = 1.5  # step of the logarithm of that distance
_LEAST = 1e-11  # distance, in units of the first
_ROUNDING = 1e-3  # step of that logarithm that may be no smaller than half the one before
_SHORT = 1e-9  # what twice the window may move, of the rate of far lags
_FLOQUET_STEP = 1e-4  # of a rate, relative to the distance to the slowest pole
_LOCAL = 1e-5  # part of a perturbation that may be left at the end of the window under a sinusoid
_LARGEST = 2**17  # lags
_STEP = 1e-6
_SHARED = 1e-8  # of the rate of a shared mode


@exponent_of.register
@answering
def exponent_of_filters(process: FilteredProcess, solution: Any) -> Value:
    """Return the exponent, where the largest eigenvalue of |H_a(lambda + i w)|^2 sum_b K_ab <phi_b' phi_b'> is 1.

    The root on the grid of the state is corrected on one of half the step; under noise, where <phi' phi'> has a kink at
    lag 0, the eigenvalue is extrapolated to step 0. What that moves is the error.
    """
    units = units_of(solution.network)
    with limited():
        refuse_stateless(solution, "to perturb", of=process.covariance)
        if math.isinf(solution.decay_rate):
            return _of_rest(units, process, solution)
        return _of_state(units, process, solution)


def _of_rest(units: Units, process: FilteredProcess, solution: Any) -> Value:
    """Return it where nothing moves: the edge of what is independent between units, or a mode that all share."""
    gains = units.K * np.atleast_1d(np.asarray(solution.mean_square_slope, dtype=float))
    if not np.any(gains) and process.means is None:
        return Value(units.abscissa, 0.0, "no couplings", numerical_error=0.0)
    edge = far_rate(units, gains) if np.any(gains) else units.abscissa
    state = solution.convergence.error if math.isfinite(solution.convergence.error) else 1.0
    moved = far_rate(units, gains * (1.0 + _STEP)) - edge if np.any(gains) else 0.0
    error = 1e-11 + _SENSITIVITY * state * abs(moved) / _STEP
    if process.means is not None and np.any(units.blocks.A):
        still = still_at(units, process.means, process.covariance[:, 0])
        shared = rightmost_shared(units, still, edge)
        if shared is not None:
            return Value(shared, 0.0, "mode that all units share", ((edge,),), numerical_error=error + _SHARED)
    return Value(edge, 0.0, "constant potential", numerical_error=error)


def _of_state(units: Units, process: FilteredProcess, solution: Any) -> Value:
    """Return it by Newton's method on one grid, its window grown until it does not matter, corrected on finer."""
    kink, state = units.blocks.noisy, solution.convergence.error
    lost = _SENSITIVITY * (state if math.isfinite(state) else 1.0) + process.averages_error
    if process.repeats(units):
        return _of_repetition(units, process, lost)
    coarse = _growth(units, process, 2.0 if kink else 1.0, 1.0 if kink else 0.5)
    floor = coarse.slowest
    scale = -floor if floor < 0.0 else -units.abscissa
    rate, slope, by_coupling = root_of_growth(coarse.at, floor, scale)
    window, short = 1.0, 0.0
    while kink and math.isfinite(slope):  # what is bound weakly reaches far
        longer = _growth(units, process, 2.0, 2.0 * window, coarse)
        short = 2.0 * abs((longer(rate) - 1.0) / slope)
        if short <= _SHORT * scale or longer.size > _LARGEST:
            break
        coarse, window = longer, 2.0 * window
        rate, slope, by_coupling = root_of_growth(coarse.at, floor, rate - floor)
    if not math.isfinite(slope):
        moved = far_rate(units, units.K * coarse.far * (1.0 + _STEP)) - floor
        error = lost * moved / _STEP + _LEAST * scale + 1e-12
        return Value(floor, 0.0, "edge of the continuum", numerical_error=error)
    growths = [coarse]
    for step in (1.0, 0.5) if kink else (0.5,):
        growths.append(_growth(units, process, step, window, growths[-1]))
    distance, history, error = rate - floor, [rate], math.inf
    for _ in range(_CORRECTIONS):
        found = np.array([growth(rate) for growth in growths])
        best, other = found[-1], found[-2]
        if kink:  # an error of the order of the square of the step
            best, other = best + (best - other) / 3.0, other + (other - found[0]) / 3.0
        moved = -(best - 1.0) / slope
        rate += moved
        history.append(rate)
        error = abs((best - other) / slope) + moved**2 / distance
        if abs(moved) < 1e-9 * min(1.0, distance / -units.abscissa):
            break
    if units.turn > 0.0 and not growths[-1].reach < _LOCAL:
        raise ValueError(
            "perturbations of this state reach beyond its window: under a sinusoid with noise its exponent is not known"
        )
    error += short + abs(lost * by_coupling / slope) + 1e-12
    return Value(rate, 0.0, "largest eigenvalue", tuple(history), numerical_error=error)


def _of_repetition(units: Units, process: FilteredProcess, lost: float) -> Value:
    """Return it of a state that repeats itself, with twice as many harmonics for the error."""
    one, other = (FloquetGrowth(units, process.slopes_of_a_turn(units, k * HARMONICS)) for k in (1, 2))
    rate = other.rate()
    step = _FLOQUET_STEP * (rate - units.abscissa)
    slope = (other(rate + step) - other(rate - step)) / (2.0 * step)
    error = abs((other(rate) - one(rate)) / slope) + abs(lost / slope) + 1e-11
    return Value(rate, 0.0, "largest Floquet exponent", numerical_error=error)


def _growth(units: Units, process: FilteredProcess, step: float, window: float, start: Growth | None = None) -> Growth:
    """Return the growth of perturbations on a grid of so many steps and windows of the state's."""
    grid, kink = LagGrid(process.grid.step * step, round(process.grid.n * window / step)), units.blocks.noisy
    c = process.covariance[:, :: max(round(step), 1)]
    frozen = 0.0 if process.frozen is None else process.frozen[:, None]
    c = LagGrid(process.grid.step * max(step, 1.0), c.shape[1] - 1).on(grid, c - frozen, kinked=kink, turn=units.turn)
    c = c + frozen  # beyond the window of the state
    return Growth(units, grid, process.averages_of(units, c, grid.lags)[1], process.far(units), start)


def root_of_growth(at: Callable[[float], Grown], floor: float, distance: float) -> tuple[float, float, float]:
    """Return the rate above the floor at which a growth, infinite at the floor and falling, is 1, with its derivatives
    there: Newton's method in the logarithms of the growth and of the distance to the floor, from one distance.

    Where nothing grows so close to the floor that they can be told apart, that is the floor, with infinite derivative.

    Raises
    ------
    ValueError : if that ends nowhere.
    """
    least, last = _LEAST * distance, math.inf
    for _ in range(_STEPS):
        now = at(floor + distance)
        if now.size < math.inf and (now.size <= 0.0 or distance < least):
            return floor, -math.inf, 0.0
        step = -math.log(now.size) / (now.by_rate * distance) if now.size < math.inf else _FARTHEST
        distance *= math.exp(min(max(step, -_FARTHEST), _FARTHEST))
        if abs(step) < _ENOUGH or (abs(step) < _ROUNDING and abs(step) > 0.5 * last):
            return floor + distance, now.by_rate, now.by_coupling
        last = abs(step)
    raise ValueError("the growth of perturbations was not resolved: the state is too close to where chaos begins")
