"""Largest Lyapunov exponent of states of random plus low-rank couplings."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.numerics.spectral_elements import HalfLine
from dmft.numerics.value import Value
from dmft.observables.low_rank_outliers import kappa_of
from dmft.observables.lyapunov import exponent_of
from dmft.theories.low_rank import Structure, structure_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.low_rank.moments import averages_at, other_averages
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.low_rank.stability import disc_radius, outliers

_EPS = float(np.finfo(float).eps)
_WALL = 1e6  # potential on the last node that makes a function vanish there
_CLOSE = 1e-11
_LONGEST = 1e7
_MOST_ELEMENTS = 2000
_SENSITIVITY = 4.0  # largest logarithmic derivative of <phi'^2> by the variance that is allowed for


@exponent_of.register
@answering
def _(process: LowRankProcess, solution: StationarySolution) -> Value:
    """Return the exponent of a state with low-rank couplings.

    What moves: the lowest even level of -d^2 + 1 - g^2 <phi' phi'>(lag), as without the term. A fixed point: the larger
    of its disc and of the outliers that stand outside of it, along which kappa comes back. A rotation without chaos: 0,
    its phase.
    """
    if not math.isfinite(solution.variance) or solution.state == "none":
        raise ValueError(f"the solution has no state to perturb: {solution.convergence.message}")
    structure = structure_of(solution.network, any_tau=True)
    found = _in_units_of_tau(structure, process, solution)
    return Value(float(found) / structure.tau, 0.0, found.method, found.history, found.numerical_error / structure.tau)


def _in_units_of_tau(structure: Structure, process: LowRankProcess, solution: StationarySolution) -> Value:
    if math.isinf(solution.decay_rate):
        return _fixed(structure, solution)
    level, error = _level(structure, process, solution)
    depth = max(1.0 - level, 0.0)
    root = math.sqrt(depth)
    error = max(error / max(root, math.sqrt(error)), 1e-15)
    if root - 1.0 < 0.0 and process.half_period > 0.0 and structure.white == 0.0:
        return Value(0.0, 0.0, "the phase of the rotation", ((root - 1.0,),), numerical_error=0.0)
    return Value(root - 1.0, 0.0, "spectral elements", ((level,),), numerical_error=error)


def _fixed(structure: Structure, solution: StationarySolution) -> Value:
    radius = disc_radius(structure, solution.variance, solution.mean_x)
    values = outliers(structure, kappa_of(structure, solution), solution.variance, solution.mean_x)
    outside = values[np.abs(values + 1.0) > radius].real
    best = float(np.max(outside, initial=-math.inf))
    state = solution.convergence.error if math.isfinite(solution.convergence.error) else 0.0
    wrong = (_SENSITIVITY * state + 1e-12) * (1.0 + radius + float(np.max(np.abs(values + 1.0), initial=0.0)))
    if best > radius - 1.0:
        return Value(best, 0.0, "outlier of the fixed point", ((radius - 1.0,),), numerical_error=wrong)
    return Value(radius - 1.0, 0.0, "disc of the fixed point", numerical_error=wrong)


def _level(structure: Structure, process: LowRankProcess, solution: StationarySolution) -> tuple[float, float]:
    """Return the lowest level and a bound on its error: of elements, of the window, of averages and of the state."""
    g2, c0, mesh = structure.g**2, float(solution.variance), process.mesh
    of = averages_at(structure.nonlinearity, solution.mean_x, c0)
    other = other_averages(structure.nonlinearity, solution.mean_x, c0)
    own = 1.0 - g2 * process.slope
    level, _ = mesh.lowest(own)
    fine = mesh.split()
    c = np.clip(mesh.interpolate(process.covariance, fine.nodes), -c0, c0)
    finer, _ = fine.lowest(1.0 - g2 * of.corr_slope(c))
    error = 2.0 * abs(finer - level)
    if process.half_period == 0.0 or not solution.state.endswith("rotating"):
        level, above = _on_long_window(process, g2)
        error += above - level
    if other is not None:
        places = c0 * np.array([1.0, 0.99, 0.8, 0.3])
        error += g2 * float(np.max(np.abs(other.corr_slope(places) - of.corr_slope(places))))
    state = solution.convergence.error if math.isfinite(solution.convergence.error) else 0.0
    return level, error + _SENSITIVITY * state * g2 * of.mean_square_slope + 1e-13


def _on_long_window(process: LowRankProcess, g2: float) -> tuple[float, float]:
    """Return levels below and above the true one: of functions free, and fixed, at the end of a window.

    A level at the edge of a continuum has functions that spread: the window is made longer until the two are close.
    """
    edges, half = process.mesh.edges, process.half_period
    while True:
        edges = _lengthened(edges, half)
        longer = HalfLine(edges, process.mesh.degree)
        there = 1.0 - g2 * process.at(process.slope, process.tau * longer.nodes)
        free, _ = longer.lowest(there)
        there[-1] = _WALL / longer.weights[-1]
        fixed, _ = longer.lowest(there)
        done = len(edges) > _MOST_ELEMENTS if half > 0.0 else edges[-1] > _LONGEST
        if abs(fixed - free) < _CLOSE or done:
            return min(free, fixed), max(free, fixed)


def _lengthened(edges: FloatArray, half_period: float) -> FloatArray:
    """Return a window twice as long; what rotates does so on, else elements grow where nothing changes any more."""
    if half_period > 0.0:
        return np.concatenate([edges, 2.0 * edges[-1] - edges[-2::-1]])
    more, last = [edges[-1]], edges[-1] - edges[-2]
    while more[-1] < 2.0 * edges[-1]:
        more.append(more[-1] + last)
        last *= 1.3
    return np.concatenate([edges, more[1:]])
