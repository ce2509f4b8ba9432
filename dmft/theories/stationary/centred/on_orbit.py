"""The route without input or with white noise: the energy orbit, checked on a mesh."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian import averages, is_closed, rough_averages
from dmft.numerics.roots import Root
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.stationary.centred.at_rest import own_scale
from dmft.theories.stationary.centred.energy import excess_energy, moving_variances
from dmft.theories.stationary.centred.lag_averages import gaussian_site
from dmft.theories.stationary.centred.lag_equation import EquationOnMesh
from dmft.theories.stationary.centred.orbit import trace_orbit
from dmft.theories.stationary.centred.problem import REACH, Problem, moving_phase
from dmft.theories.stationary.solution import StationarySolution

_STEP = 1e-4  # of log C(0), for the slope of the energy
_ROUNDING = 4.0 * float(np.finfo(float).eps)


def moving_states(problem: Problem, *, dense: bool = False) -> list[Root]:
    """Return C(0) of all moving states, increasing; those at which the energy falls repel."""
    network = problem.network
    phi = network.nonlinearity
    return moving_variances(
        network.g,
        partial(averages, phi),
        problem.intensity,
        own_scale(network),
        dense=dense,
        roughly=None if dense or is_closed(phi) else lambda variance: rough_averages(phi, variance),
    )


def solve_on_orbit(problem: Problem, rtol: float, variance: float, others: int | None = None) -> StationarySolution:
    """Return the state of a variance that `moving_states` found.

    The residual comes from the equation on a mesh, which the orbit knows nothing of, and the averages are held against
    a second rule of other nodes.
    """
    network = problem.network
    at = partial(averages, network.nonlinearity)
    site = gaussian_site(network.nonlinearity, variance)
    orbit = trace_orbit(network.g, site.averages, problem.intensity)
    # The bend at lag 0 asks for short elements; below a few thousandths rounding grows more than it is worth.
    fine = min(0.05, max(0.2 / (1.0 + network.g**2 * site.mean_square_slope), 3e-3))
    mesh = HalfLine(graded_edges(fine, 4.0 / orbit.decay_rate, REACH / orbit.decay_rate))
    equation = EquationOnMesh(network, lambda _: site, mesh)
    on_nodes = orbit(mesh.nodes)
    wrong = site.averages.error + site.averages.disagreement[0]
    residual = equation.residual(on_nodes) + wrong
    ahead, behind = (
        excess_energy(network.g, at(variance * (1.0 + step)), problem.intensity) for step in (_STEP, -_STEP)
    )
    slope = abs(ahead - behind) / (2.0 * _STEP)
    error = (residual + _ROUNDING) * max(1.0, 1.0 / max(slope, _ROUNDING))
    return problem.solution(
        orbit,
        site,
        _outcome(residual, wrong, rtol, error),
        state="chaotic" if network.undriven else moving_phase(network, mesh, site.corr_slope(on_nodes, mesh.nodes)),
        decay_rate=orbit.decay_rate,
        others=others,
    )


def _outcome(residual: float, wrong: float, rtol: float, error: float) -> Convergence:
    if residual <= rtol:
        return Convergence(Status.CONVERGED, residual, 1, (residual,), error=error)
    if not math.isfinite(residual):
        return Convergence(Status.NON_FINITE, residual, 1, (residual,))
    status = Status.UNRESOLVED if wrong > 0.5 * residual else Status.STALLED
    cause = "two rules for the averages differ by" if status is Status.UNRESOLVED else "the residual is"
    detail = f"not converged: {cause} {residual:.1e}, and rtol = {rtol:.1e} was asked for; raise rtol"
    return Convergence(status, residual, 1, (residual,), detail, error)


def without_state(problem: Problem) -> StationarySolution:
    """Return the failure of a network of which no bounded state was found: it may have none, unless phi is bounded."""
    network = problem.network
    with np.errstate(all="ignore"):
        far, further = (np.max(np.abs(network.nonlinearity(np.array([-x, x])))) for x in (1e6, 1e12))
    if np.isfinite(far) and further <= 1.5 * far:
        found_not = "no state was found, though phi is bounded; method=dmft.Populations() may find it"
        return problem.failed(Status.STALLED, found_not)
    return problem.failed(
        Status.NO_SOLUTION,
        f"there is no bounded solution: the activity of {network.nonlinearity!r} grows without bound at g = {network.g}"
        "; lower g, or use a nonlinearity that saturates",
    )


def equivalent_noise(problem: Problem) -> Problem:
    """Return the problem with white noise that gives an isolated unit the same variance as its drive does."""
    network = problem.network
    intensity = 2.0 * float(network.filtered(1.0, 0.0)) + sum(wave.response**2 for wave in network.waves)
    return Problem(network.with_noise(intensity), None, {})
