"""Windows of lags: how fast a state decays in one, and the elements that resolve it."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.numerics.spectral_elements import DEGREE, graded_edges
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.newton import FAST
from dmft.theories.stationary.balanced.state import State


def decay_of(state: State) -> float:
    """Return the rate at which c approaches its limit, by the slope at the end of the window."""
    site, mesh = state.site, state.mesh
    last = mesh.nodes >= mesh.length - max(site.half_period, 1e-9) * (1 + 1e-9)
    slope = float(np.average(state.point.p[last], weights=mesh.weights[last]))
    rate = math.sqrt(max(1.0 - site.gain**2 * slope, 1e-4))
    return min(rate, site.noise_rate) if site.noise_variance > 0 else rate


def edges_of(site: MeanAverages, length: float, rate: float, c0: float) -> FloatArray:
    """Return the edges of the elements of a window of this length, at a rate of decay and a variance c0."""
    first, longest = _sizes(site, rate, c0)
    if site.half_period > 0 and site.omega <= FAST:
        length = site.half_period * max(2, round(length / site.half_period))
    nodes = nodes_of(site, length, rate, c0)
    check_cost(
        f"a window of {length:.3g} tau",
        seconds=1e-4 * nodes,
        memory=2000.0 * nodes,
        remedy="give a shorter window",
        longest=600.0,
    )
    return graded_edges(min(first, longest), longest, length)


def _sizes(site: MeanAverages, rate: float, c0: float) -> tuple[float, float]:
    """Return the lengths of the first and of the longest element."""
    first, longest = 0.5, 4.0 / rate
    if site.noisy:
        first = 0.1
    if site.noise_variance > 0:
        first = min(first, 0.25 / site.noise_rate)
    half = site.half_period
    if half > 0 and site.omega <= FAST:
        swing = site.amplitude / math.sqrt(max(c0, 1e-300))
        longest = min(max(2.0, 0.25 * half / (1.0 + swing)), 2.0 * half)
        first = min(first, longest)
    return first, longest


def nodes_of(site: MeanAverages, length: float, rate: float, c0: float) -> float:
    """Return about how many nodes such a window has."""
    first, longest = _sizes(site, rate, c0)
    return DEGREE * (length / longest + math.log(max(longest / first, 1.0) + 1.0) / math.log(1.5) + 2.0)
