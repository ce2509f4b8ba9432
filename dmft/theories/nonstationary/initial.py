"""How a march starts: h(0) ~ N(mean, variance), independent of the couplings."""

from __future__ import annotations

import itertools
import math
from typing import Any

from dmft.models.checks import finite, non_negative
from dmft.numerics.gaussian.pairs import PairAverages, pair_averages
from dmft.theories.nonstationary.grid import check_march, make_grid
from dmft.theories.nonstationary.input import check_gaussian
from dmft.theories.nonstationary.marching import March
from dmft.theories.reduction import Reduction

_LONGEST = 600.0  # seconds


def march_to_period(network: Reduction, *, dt: float | None, window: float, duration: float, init: Any = None) -> March:
    """March towards the state that repeats with the drive, keeping <phi' phi'> of the last period.

    Raises
    ------
    ValueError : if the drive is neither periodic nor constant: there is no state that repeats; if x is not Gaussian.
    TooCostlyError : if the march would take more than ten minutes.
    """
    check_gaussian(network)
    if network.period is None:
        raise ValueError("the drive has no period: there is no asymptotic state to speak of")
    averages = pair_averages(network.nonlinearity)
    grid = make_grid(network, duration, dt, window)
    check_march(network, averages, grid, keep_band=False, longest=_LONGEST)
    return March(network, averages, initial_state(network, averages, init), grid, keep_slopes=grid.period)


def initial_state(network: Reduction, averages: PairAverages, init: Any) -> tuple[float, float]:
    """Return mean and variance of h(0): those of `init`, or of a balanced network's fixed point, or 0 and 1.

    Raises
    ------
    TypeError, ValueError : if `init` is not a pair of a finite mean and a variance >= 0; if there is no static state.
    """
    if init is not None:
        return stated_pair(init)
    if network.centred:
        return 0.0, 1.0
    try:
        return balanced_fixed_point(network, averages)
    except FloatingPointError as error:
        raise ValueError(f"there is no static state to start from: {error}; give init=(mean, variance)") from None


def stated_pair(init: Any) -> tuple[float, float]:
    """Return the pair of a finite mean and a variance >= 0 that `init` is, or refuse it.

    Raises
    ------
    TypeError, ValueError : for what is no such pair.
    """
    try:
        mean, variance = init
    except (TypeError, ValueError):
        raise TypeError(f"init must be a pair (mean, variance) of h(0), got {init!r}") from None
    return finite("mean of h(0)", mean), non_negative("variance of h(0)", variance)


def balanced_fixed_point(network: Reduction, averages: PairAverages) -> tuple[float, float]:
    """Return mean and variance of the static state: m = sqrt(K) (I0 - J0 <phi>), v = g^2 <phi^2>.

    Where it has no fluctuations (small g) a small variance is returned: a march needs a seed.
    """
    from scipy.optimize import brentq

    last = [0.0]

    def mean_at(v: float) -> float:
        """Solve for m by Newton's method from the last m: the excess rises, and is convex for ReLU."""
        m = last[0]
        for _ in range(50):
            rate, slope = averages.first(m, v)
            excess = m - network.bias + network.inhibition * float(rate)
            step = excess / (1.0 + network.inhibition * float(slope))
            m -= step
            if abs(step) <= 1e-12 * (1.0 + abs(m)):
                last[0] = m
                return m
        return _bracketed(network, averages, v)

    def growth(log_v: float) -> float:
        v = math.exp(log_v)
        m = mean_at(v)
        return math.log(max(network.g**2 * float(averages.pair(m, v, m, v, v)[0]), 1e-300)) - log_v

    top = math.log(network.g**2 * max(network.bias, 1.0) ** 2 + 1.0)
    grid = [top - 0.7 * i for i in range(60)]
    values = map(growth, grid)
    for (upper, above), (lower, below) in itertools.pairwise(zip(grid, values, strict=True)):
        if above < 0 < below:
            v = math.exp(brentq(growth, lower, upper, xtol=1e-12))
            return mean_at(v), v
    v = 0.01 * network.g**2
    return mean_at(v), v


def _bracketed(network: Reduction, averages: PairAverages, v: float) -> float:
    from scipy.optimize import brentq

    def excess(m: float) -> float:
        return m - network.bias + network.inhibition * float(averages.first(m, v)[0])

    low, high = -1.0, 1.0
    while excess(low) > 0:
        low *= 2.0
    while excess(high) < 0:
        high *= 2.0
    return float(brentq(excess, low, high, xtol=1e-12, rtol=1e-14))
