"""The state a march starts from: h(0) ~ N(mean, variance), independent of the couplings."""

from __future__ import annotations

import itertools
import math
from typing import Any

from dmft.models.checks import finite, non_negative
from dmft.numerics.gaussian.pairs import PairAverages
from dmft.theories.reduction import Reduction


def initial_state(network: Reduction, averages: PairAverages, init: Any) -> tuple[float, float]:
    """Return mean and variance of h(0): those of `init`, or of a balanced network's fixed point, or 0 and 1.

    Raises
    ------
    TypeError, ValueError : if `init` is not a pair of a finite mean and a variance >= 0.
    """
    if init is None:
        return balanced_fixed_point(network, averages) if not network.centred else (0.0, 1.0)
    return stated_pair(init)


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
