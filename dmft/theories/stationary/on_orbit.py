"""The route without input or with white noise: the energy orbit, checked on a mesh."""

from __future__ import annotations

import math
from typing import Any

from dmft.models.drive import OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from dmft.models.network import RandomNetwork
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian import averages
from dmft.numerics.spectral_elements import decaying_mesh
from dmft.theories.stationary.lag_equation import LagEquation
from dmft.theories.stationary.orbit import stationary_variance, trace_orbit
from dmft.theories.stationary.problem import REACH, Problem, moving_phase
from dmft.theories.stationary.single_site import gaussian_site
from dmft.theories.stationary.solution import StationarySolution


def solve_on_orbit(problem: Problem, rtol: float, start: float | None) -> StationarySolution:
    """Solve by the energy orbit; the residual comes from the equation on a mesh, which the orbit knows nothing of."""
    network = problem.network

    def at(variance: float) -> Any:
        return averages(network.nonlinearity, variance)

    variance = stationary_variance(network.g, at, problem.intensity, start=start)
    if variance is None:
        return problem.failed(Status.NO_SOLUTION, unbounded(network))
    site = gaussian_site(network.nonlinearity, variance)
    orbit = trace_orbit(network.g, site.averages, problem.intensity)
    mesh = decaying_mesh(orbit.decay_rate, end=REACH / orbit.decay_rate)
    equation = LagEquation(network.g, lambda _: site, network.drive, mesh)
    on_nodes = orbit(mesh.nodes)
    residual = equation.residual(on_nodes)
    # What 8-byte arithmetic leaves of the residual at large variance, and what a cut series has lost.
    allowed = max(rtol, 1e-9, site.averages.missing)
    status = Status.CONVERGED if residual <= allowed else Status.STALLED
    return problem.solution(
        orbit,
        site,
        Convergence(status, residual, 1, (residual,)),
        phase="chaotic"
        if network.drive is None
        else moving_phase(network, mesh, site.corr_slope(on_nodes, mesh.nodes)),
        decay_rate=orbit.decay_rate,
    )


def unbounded(network: RandomNetwork) -> str:
    """Return what is said of a network that has no bounded state."""
    return (
        f"there is no bounded solution: the activity of {network.nonlinearity!r} grows without bound at g = {network.g}"
        "; lower g, or use a nonlinearity that saturates"
    )


def comparable_noise(problem: Problem) -> StationarySolution | None:
    """Return the state under white noise that gives an isolated unit the same variance: where Newton starts."""
    drive = problem.network.drive
    if isinstance(drive, OrnsteinUhlenbeck):
        intensity = 2.0 * drive.variance * drive.correlation_time / (1.0 + drive.correlation_time)
    else:
        assert isinstance(drive, Sinusoid)
        intensity = drive.amplitude**2 / (1.0 + (2.0 * math.pi * drive.frequency) ** 2)
    noisy = problem.network.replace(drive=WhiteNoise(intensity))
    solution = solve_on_orbit(Problem(noisy, None, {}), 1e-6, None)
    return solution if math.isfinite(solution.variance) else None
