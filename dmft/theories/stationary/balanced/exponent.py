"""The largest exponent of a stationary state by its Hill problem, (1 + lambda)^2 = top of d^2 + g^2 <phi' phi'>."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning
from dmft.numerics.spectral_elements import HalfLine

if TYPE_CHECKING:
    from dmft.theories.stationary.solution import StationarySolution


_WALL = 1e6  # potential on the last node that makes a function vanish there


def ground_level(mesh: HalfLine, potential: FloatArray, *, walled: bool = False) -> float:
    """Return the lowest level of -d^2 + potential over even functions.

    `walled`: of the functions that vanish at the end of the window, not of those with no slope there.
    """
    if not np.all(np.isfinite(potential)):
        return math.nan
    if walled:
        potential = potential.copy()
        potential[-1] = _WALL / mesh.weights[-1]
    return max(mesh.lowest(potential)[0], float(np.min(potential)))  # there is no level below the potential


def exponent_of(level: float) -> float:
    """Return lambda of the lowest level of -d^2 - g^2 <phi' phi'>, which is -(1 + lambda)^2."""
    return -1.0 + math.sqrt(max(-level, 0.0))


def bounded_exponent(solution: StationarySolution) -> tuple[float, float]:
    """Return the exponent of a solution and a bound on its error: of mesh and phases, window, averages and state.

    Mesh and phases by other nodes, twice as many. The window by functions that vanish at its end, whose level lies
    above the true one as that of functions free there lies below; a level at the edge of a continuum, whose functions
    spread, is looked for on a window made longer by lags at which the slopes no longer change.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", AccuracyWarning)  # the averages are measured here
        return _bounded(solution)


def _bounded(solution: StationarySolution) -> tuple[float, float]:
    from dmft.theories.stationary.balanced.averages_error import pair_errors
    from dmft.theories.stationary.balanced.mean_averages import site_of
    from dmft.theories.stationary.balanced.newton import Equations

    mesh, c, g2 = solution.process.mesh, solution.process.conditional, solution.reduction.g**2
    if not np.all(np.isfinite(solution.corr_slope)):
        return math.nan, math.nan
    if not c[0] > 0:
        return exponent_of(-g2 * float(solution.corr_slope[0])), 1e-15
    site = site_of(solution.reduction, bool(solution.settings.get("gaussian_phases", False)))
    fine = mesh.split()
    equations = Equations(site.finer(), fine)
    _, slopes, ripple = equations.pair(np.minimum(mesh.interpolate(c, fine.nodes), c[0]), solution.mean_x, float(c[0]))
    own = -g2 * solution.corr_slope
    level = above = ground_level(mesh, own)
    error = 2.0 * abs(ground_level(fine, -g2 * slopes) - level)
    if solution.process.branch != "locked":
        level, above = _in_longer(mesh, own, periodic=site.amplitude > 0 and not equations.averaged)
    _, of_slope = pair_errors(site, mesh, c, ripple, solution.mean_x)
    state = solution.convergence.error if math.isfinite(solution.convergence.error) else 0.0
    error += abs(above - level) + float(np.max(-own)) * (of_slope + 2.0 * state) + 1e-14
    return exponent_of(level), abs(exponent_of(level - error) - exponent_of(level))


def _in_longer(mesh: HalfLine, potential: FloatArray, periodic: bool) -> tuple[float, float]:
    """Return levels below and above the true one, on a window that is made longer until they are close."""
    level, above = ground_level(mesh, potential), ground_level(mesh, potential, walled=True)
    while not periodic and above - level > 1e-11 and mesh.length < 1e8:
        last = mesh.edges[-1] - mesh.edges[-2]
        longer = HalfLine(np.append(mesh.edges, mesh.edges[-1] + last * np.cumsum(1.5 ** np.arange(1, 11))))
        potential = np.append(potential, np.full(len(longer.nodes) - len(mesh.nodes), potential[-1]))
        mesh = longer
        level, above = ground_level(mesh, potential), ground_level(mesh, potential, walled=True)
    return level, above
