"""Where the fixed point of filters about means ends, as all gains grow: max_w rho(K <phi'^2> |H|^2) = 1 at the point
that moves with them."""

from __future__ import annotations

import dataclasses
import math

from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import Static, at_rest
from dmft.theories.stationary.units.resting import at_rest_alike, bulk_growth, shared_growth
from dmft.theories.units import Units

_STEP, _FARTHEST = 0.25, 7.0  # of the logarithm of the factor
_BEFORE = 1e-6  # of the factor, at which shared modes are asked for


def onset_about_means(units: Units) -> tuple[float, float]:
    """Return the factor on all gains at the onset, and the frequency there, in cycles per unit of time.

    Raises
    ------
    ValueError : where there is none, activity grows without bound, or shared modes leave the point before.
    """
    from scipy.optimize import brentq

    sites = Sites(units.blocks.nonlinearities)

    def rest(log_factor: float) -> tuple[Units, Static]:
        scaled = dataclasses.replace(units.blocks, gains=units.blocks.gains * math.exp(2.0 * log_factor))
        there = dataclasses.replace(units, blocks=scaled)
        calm = at_rest(at_rest_alike(there), sites)[-1]
        if not calm.found or calm.unbounded:
            raise ValueError("the fixed point of this network was not found, or activity grows without bound")
        return there, calm

    def surplus(log_factor: float) -> float:
        return math.log(max(bulk_growth(*rest(log_factor)), 1e-300))

    low = high = 0.0
    while surplus(low) >= 0.0 and low > -_FARTHEST:
        low, high = low - _STEP, low
    while surplus(high) < 0.0 and high < _FARTHEST:
        low, high = high, high + _STEP
    if surplus(low) >= 0.0 or surplus(high) < 0.0:
        raise ValueError("the fixed point of this network has no onset at any gain that was looked at")
    found = float(brentq(surplus, low, high, xtol=1e-12))
    if shared_growth(*rest(found - _BEFORE)):
        raise ValueError("means and covariances that all units share leave the fixed point at smaller gains")
    there, calm = rest(found)
    omega = there.fastest_growth(there.K * calm.pair.p[0], 0.0)[1]
    return math.exp(found), omega / (2.0 * math.pi)
