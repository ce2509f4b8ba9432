"""What thresholds of a halted plastic network share: its march, and roots in k of what is sampled."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import positive
from dmft.numerics.value import Value
from dmft.theories.plastic_couplings import refuse_other_couplings
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.plastic.process import standard_error

BEFORE, STEP, MAX_RANK = 100.0, 0.2, 1200  # plastic epoch and time step in units of tau, largest basis


def root_of_line(k_values: FloatArray, values: list[float]) -> float:
    """Return the k at which a straight line through values at k crosses 0."""
    slope, level = np.polyfit(k_values, values, 1)
    return float(-level / slope)


def mean_of_sets(values: list[float], method: str) -> Value:
    """Return the mean over independent sets, with its standard error."""
    return Value(float(np.mean(values)), standard_error(np.array(values)), method, tuple(values))


def check_halted(network: Reduction, samples: int) -> None:
    """Refuse a network that does not move without plasticity, or too few paths.

    Raises
    ------
    ValueError : for either.
    """
    refuse_other_couplings(network)
    if positive("g", network.g) <= 1:
        raise ValueError(f"g must be above 1: below, nothing moves at small k; got {network.g:g}")
    if samples < 1000:
        raise ValueError(f"samples must be at least 1000, got {samples}")


def rough_root(excess: Callable[[float], float], start: float, k_max: float) -> float:
    """Return k where a falling function of k crosses 0, to about 3 %: bracketing, then false position."""
    low, high = 0.0, start
    above: float | None = None
    below = excess(high)
    while below > 0:
        low, above, high = high, below, 1.5 * high
        if high > k_max:
            raise ValueError(f"there is no threshold up to k_max = {k_max:g}")
        below = excess(high)
    for _ in range(6):
        if high - low < 0.05 * high:
            break
        fraction = 0.5 if above is None else min(max(above / (above - below), 0.15), 0.85)
        middle = low + fraction * (high - low)
        value = excess(middle)
        if value > 0:
            low, above = middle, value
        else:
            high, below = middle, value
    if above is None or not math.isfinite(above):
        return 0.5 * (low + high)
    return low + above / (above - below) * (high - low)
