"""States that do not move: the origin, or a fixed point of given variance."""

from __future__ import annotations

import math

from dmft.models.network import RandomNetwork
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian import averages
from dmft.theories.stationary.problem import ConstantCorrelation, Problem
from dmft.theories.stationary.single_site import RestingSite, gaussian_site
from dmft.theories.stationary.solution import StationarySolution

_TINY = 1e-10  # variance that stands for the origin: the slope of a threshold function exists only as this limit


def resting_state(problem: Problem, init: StationarySolution | None) -> StationarySolution | None:
    """Return the state that does not move, if it is stable: x = 0, or (if phi(0) != 0) a fixed point of variance c0.

    Stable means g^2 <phi'^2> < 1: the Jacobian's disc then lies in the left half plane. A moving state that coexists
    with it is reached from `init`.
    """
    network = problem.network
    g2 = network.g**2
    if init is not None and init.phase == "chaotic":
        return None
    origin = averages(network.nonlinearity, _TINY)
    if origin.mean_square <= 1e3 * _TINY:  # phi(0) = 0
        if g2 * origin.mean_square_slope >= 1.0:
            return None
        resting = RestingSite(origin.mean_slope, origin.mean_square_slope)
        return problem.solution(
            ConstantCorrelation(0.0),
            resting,
            Convergence(Status.CONVERGED, 0.0, 0),
            phase="quiescent",
            decay_rate=math.inf,
        )
    variance, residual, steps = _static_variance(network)
    if variance is None:
        return None
    site = gaussian_site(network.nonlinearity, variance)
    if g2 * site.mean_square_slope >= 1.0:
        return None
    outcome = Convergence(Status.CONVERGED, residual, steps)
    return problem.solution(ConstantCorrelation(variance), site, outcome, phase="fixed point", decay_rate=math.inf)


def _static_variance(network: RandomNetwork) -> tuple[float | None, float, int]:
    """Return the smallest c0 = g^2 <phi^2> reached from below, its residual, and the number of iterations."""
    g2 = network.g**2
    c0 = g2 * averages(network.nonlinearity, _TINY).mean_square
    for step in range(1, 2000):
        new = g2 * averages(network.nonlinearity, c0).mean_square
        if new > 1e8 * max(1.0, g2):
            return None, math.inf, step
        change = abs(new - c0) / new
        c0 = new
        if change < 1e-14:
            return c0, change, step
    return c0, change, step
