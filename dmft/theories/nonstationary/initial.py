"""How a march starts: x(0) ~ N(mean, variance) in each population, independent of the couplings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import finite, non_negative
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.grid import check_march, make_grid
from dmft.theories.nonstationary.input import gaussian_blocks
from dmft.theories.nonstationary.marching import March
from dmft.theories.stated_units import StatedUnits

_LONGEST = 600.0  # seconds
_STEPS_DOWN, _AT_ONCE = 60, 12  # variances tried for the fixed point, downwards by factors of two


def march_to_period(statement: Any, *, dt: float | None, window: float, duration: float, init: Any = None) -> March:
    """March towards the state that repeats with the drive, keeping <phi' phi'> of the last period.

    Raises
    ------
    ValueError : if the drive is neither periodic nor constant: there is no state that repeats; if x is not Gaussian.
    TooCostlyError : if the march would take more than ten minutes.
    """
    blocks = gaussian_blocks(statement)
    if blocks.period is None:
        raise ValueError("the drive has no period: there is no asymptotic state to speak of")
    averages = Averages(blocks.nonlinearities)
    grid = make_grid(blocks, duration, dt, window)
    check_march(blocks, averages, grid, keep_band=False, longest=_LONGEST)
    return March(blocks, averages, initial_state(blocks, averages, init), grid, keep_slopes=grid.period)


def initial_state(blocks: Blocks, averages: Averages, init: Any) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of x(0), shape (P,) each: those of `init`, or of the fixed point of one population whose
    mean couplings or constant input move its mean, or 0 and 1.

    Raises
    ------
    TypeError, ValueError : if `init` is not a pair of finite means and variances >= 0; if there is no static state.
    """
    if init is not None:
        return stated_state(blocks, init)
    moved = np.any(blocks.bias) or np.any(blocks.A)
    if len(blocks) > 1 or not moved or np.any(blocks.A > 0.0):
        return np.zeros(len(blocks)), np.ones(len(blocks))
    try:
        mean, variance = balanced_fixed_point(blocks, averages)
    except FloatingPointError as error:
        raise ValueError(f"there is no static state to start from: {error}; give init=(mean, variance)") from None
    return np.array([mean]), np.array([variance])


def stated_pair(init: Any) -> tuple[Any, Any]:
    """Return the mean and the variance that `init` is a pair of.

    Raises
    ------
    TypeError : for what is no pair.
    """
    try:
        mean, variance = init
    except (TypeError, ValueError):
        raise TypeError(f"init must be a pair (mean, variance) of x(0), got {init!r}") from None
    return mean, variance


def stated_numbers(init: Any) -> tuple[float, float]:
    """Return the pair of a finite mean and a variance >= 0 that `init` is, of one population, or refuse it.

    Raises
    ------
    TypeError, ValueError : for what is no such pair.
    """
    mean, variance = stated_pair(init)
    return finite("mean of x(0)", mean), non_negative("variance of x(0)", variance)


def stated_state(blocks: Blocks | StatedUnits, init: Any) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the variance of x(0) of each population, shape (P,), that `init` states, or refuse it.

    Raises
    ------
    TypeError, ValueError : unless it is a pair of numbers, or of one for each population, variances >= 0.
    """
    pair = stated_pair(init)
    if not blocks.named:
        one, other = stated_numbers(pair)
        return np.array([one]), np.array([other])
    mean, variance = (of_each(blocks, f"{name} of x(0)", x) for name, x in zip(("mean", "variance"), pair))
    if np.any(variance < 0.0):
        raise ValueError(f"the variance of x(0) must be >= 0, got {variance.min():g}")
    return mean, variance


def of_each(blocks: Blocks | StatedUnits, name: str, value: ArrayLike) -> FloatArray:
    """Return a number, or one for each population, as an array of them.

    Raises
    ------
    TypeError, ValueError : for anything else, or what is not finite.
    """
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, or one for each population; got {value!r}") from None
    if array.shape not in ((), (len(blocks),)) or not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be a finite number, or one for each of {len(blocks)} populations; got {value!r}")
    return np.broadcast_to(array, (len(blocks),)).copy()


def balanced_fixed_point(blocks: Blocks, averages: Averages) -> tuple[float, float]:
    """Return mean and variance of the static state of one population: m = h + A <phi>, v = K <phi^2> + s, A <= 0.

    Where it has no fluctuations (small g) a small variance is returned: a march needs a seed.
    """
    from scipy.optimize import brentq

    bias, inhibition = float(blocks.bias[0]), -float(blocks.A[0, 0])
    g2, field, of = float(blocks.K[0, 0]), float(blocks.threshold_variance[0]), averages.pairs[0]
    last = np.zeros(1)

    def mean_at(v: FloatArray) -> FloatArray:
        """Solve for m by Newton's method from the last m: the excess rises, and is convex for ReLU."""
        nonlocal last
        m = np.broadcast_to(last, v.shape)
        for _ in range(50):
            rate, slope = of.first(m, v)
            step = (m - bias + inhibition * rate) / (1.0 + inhibition * slope)
            m = m - step
            if np.all(np.abs(step) <= 1e-12 * (1.0 + np.abs(m))):
                last = m[-1:]
                return m
        return np.array([_bracketed(lambda m, u=u: m - bias + inhibition * float(of.first(m, u)[0])) for u in v])

    def growth(log_v: FloatArray) -> FloatArray:
        v = np.exp(log_v)
        m = mean_at(v)
        return np.asarray(np.log(np.maximum(g2 * of.pair(m, v, m, v, v)[0] + field, 1e-300)) - log_v)

    top = math.log(g2 * max(bias, 1.0) ** 2 + field + 1.0)
    for first in range(0, _STEPS_DOWN, _AT_ONCE):
        grid = top - 0.7 * np.arange(first, first + _AT_ONCE + 1, dtype=float)
        values = growth(grid)
        crossed = np.flatnonzero((values[:-1] < 0) & (values[1:] > 0))
        if len(crossed):
            upper, lower = grid[crossed[0]], grid[crossed[0] + 1]
            log_v = brentq(lambda u: float(growth(np.array([u]))[0]), lower, upper, xtol=1e-12)
            v = np.exp([log_v])
            return float(mean_at(v)[0]), float(v[0])
    v = np.array([0.01 * g2])
    return float(mean_at(v)[0]), float(v[0])


def _bracketed(excess: Any) -> float:
    from scipy.optimize import brentq

    low, high = -1.0, 1.0
    while excess(low) > 0:
        low *= 2.0
    while excess(high) < 0:
        high *= 2.0
    return float(brentq(excess, low, high, xtol=1e-12, rtol=1e-14))
