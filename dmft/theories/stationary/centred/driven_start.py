"""Where the search for a driven state starts: the state under equivalent white noise, by rough averages if need be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.errors import DMFTError
from dmft.numerics.gaussian import is_closed, rough_averages
from dmft.theories.stationary.centred.at_rest import own_scale
from dmft.theories.stationary.centred.energy import moving_variances
from dmft.theories.stationary.centred.on_orbit import equivalent_noise, moving_states, solve_on_orbit
from dmft.theories.stationary.centred.orbit import trace_orbit
from dmft.theories.stationary.centred.problem import Problem
from dmft.theories.stationary.solution import StationarySolution

_PHASES = 48
_POINTS = 96  # of the Gaussian part


@dataclass(frozen=True)
class Start:
    """C_G as a function of the lag, its value at 0, and its decay rate."""

    variance: float
    correlation: Callable[[ArrayLike], FloatArray]
    decay_rate: float


def start_of(solution: StationarySolution) -> Start:
    """Return a solution as a start, of whatever network it is."""
    known = getattr(solution.process, "correlation", None)  # of the Gaussian part alone, in a network of zero mean

    def correlation(lags: ArrayLike) -> FloatArray:
        return np.asarray(solution.corr_x_at(lags) - solution.mean_x**2)

    rate = solution.decay_rate
    return Start(solution.variance, known or correlation, rate if math.isfinite(rate) else 1.0)


def driven_start(problem: Problem) -> Start | None:
    """Return where Newton starts under a drive, or None where activity grows without bound."""
    start = _noisy(problem)
    if start is None or not problem.network.waves:
        return start
    held = _held(problem, start.variance)
    if not 0.0 < held < start.variance:
        return start
    part, correlation = held / start.variance, start.correlation
    return Start(held, lambda lags: part * correlation(lags), start.decay_rate)


def _noisy(problem: Problem) -> Start | None:
    """Return the state of least variance under equivalent white noise."""
    network = problem.network
    phi = network.nonlinearity
    if is_closed(phi) or network.coloured:
        return _comparable(problem)
    noisy = equivalent_noise(problem)
    try:
        roots = moving_variances(
            network.g, lambda variance: rough_averages(phi, variance), noisy.intensity, own_scale(network)
        )
        variance = next(root.x for root in roots if root.rising)
        orbit = trace_orbit(network.g, rough_averages(phi, variance), noisy.intensity)
    except (StopIteration, FloatingPointError, DMFTError, ValueError):
        return _comparable(problem)
    if not (math.isfinite(orbit.decay_rate) and orbit.decay_rate > 0):
        return _comparable(problem)
    return Start(variance, orbit, orbit.decay_rate)


def _comparable(problem: Problem) -> Start | None:
    """Return the same by averages of full accuracy."""
    noisy = equivalent_noise(problem)
    found = [state.x for state in moving_states(noisy) if state.rising]
    return start_of(solve_on_orbit(noisy, 1e-6, found[0])) if found else None


def _held(problem: Problem, variance: float) -> float:
    """Return g^2 <phi^2> of a Gaussian around the sine, iterated: what recurrent input cannot exceed."""
    network = problem.network
    amplitude = sum(wave.response for wave in network.waves)
    z = np.linspace(-6.0, 6.0, _POINTS)
    weight = np.exp(-0.5 * z * z)
    weight /= weight.sum() * _PHASES
    mean = amplitude * np.cos(math.pi * (np.arange(_PHASES) + 0.5) / _PHASES)
    for _ in range(8):
        with np.errstate(all="ignore"):
            phi = np.asarray(network.nonlinearity(mean + math.sqrt(variance) * z[:, None]), dtype=float)
            held = network.g**2 * float(np.sum(weight[:, None] * phi**2))
        if not (math.isfinite(held) and held < 0.99 * variance):
            break
        variance = held
    return variance
