"""The route for any input: the equation on a window of lags, by Newton or by iteration."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dmft.models.drive import OrnsteinUhlenbeck, Sinusoid
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Callback, FixedPointMethod
from dmft.numerics.spectral_elements import HalfLine, decaying_mesh
from dmft.theories.stationary.lag_equation import LagEquation
from dmft.theories.stationary.on_orbit import unbounded
from dmft.theories.stationary.problem import REACH, MeshCorrelation, Problem, moving_phase
from dmft.theories.stationary.solution import StationarySolution

FloatArray = NDArray[np.float64]


def solve_on_window(
    problem: Problem,
    start: StationarySolution | None,
    window: float | None,
    method: FixedPointMethod | None,
    rtol: float,
    max_steps: int,
    callback: Callback | None,
) -> StationarySolution:
    """Solve the equation on a window of lags, made longer until the correlation has reached its limit in it."""
    network, drive = problem.network, problem.network.drive
    if start is None:
        return problem.failed(Status.NO_SOLUTION, unbounded(network))
    fold, longest = 0.0, math.inf
    if isinstance(drive, Sinusoid):
        # Half periods, and elements that resolve the averages while x sweeps through the steep part of phi.
        fold = 0.5 / drive.frequency
        longest = fold / math.ceil(1.0 + drive.amplitude / math.hypot(1.0, 2.0 * math.pi * drive.frequency))
    rate = start.decay_rate if math.isfinite(start.decay_rate) else 1.0
    fine = 0.05
    if isinstance(drive, OrnsteinUhlenbeck):
        rate = min(rate, 1.0 / drive.correlation_time)
        fine = min(fine, 0.25 * drive.correlation_time)
    end = window if window is not None else REACH / rate
    site_at = problem.single_sites()
    for _ in range(5):
        if fold > 0:
            end = fold * max(2, round(end / fold))
        mesh = decaying_mesh(rate, end=end, fine=fine, longest=longest)
        equation = LagEquation(network.g, site_at, drive, mesh)
        values = np.asarray(start.correlation(mesh.nodes), dtype=float)
        values, outcome = equation.solve(values, method, rtol=rtol, max_steps=max_steps, callback=callback)
        site = site_at(float(values[0]))
        correlation = MeshCorrelation(mesh, values, fold)
        slope = site.corr_slope(values, mesh.nodes)
        rate = _decay_rate(network.g, mesh, slope, fold)
        if isinstance(drive, OrnsteinUhlenbeck):
            rate = min(rate, 1.0 / drive.correlation_time)
        needed = REACH / rate
        solution = problem.solution(
            correlation,
            site,
            outcome,
            phase="chaotic" if network.drive is None else moving_phase(network, mesh, slope),
            decay_rate=rate,
        )
        if not outcome.converged or end >= 0.75 * needed:
            return solution
        if window is not None:
            break
        end, start = needed, solution
    detail = (
        f"the window is shorter than the memory of the process: got {end:.4g} tau, needed {needed:.4g} tau; "
        f"give window={math.ceil(needed)}"
    )
    short = Convergence(Status.GRID_TOO_SHORT, outcome.residual, outcome.steps, outcome.history, detail)
    return problem.solution(correlation, site, short, phase=solution.phase, decay_rate=rate)


def _decay_rate(gain: float, mesh: HalfLine, slope: FloatArray, fold: float) -> float:
    """Return kappa = sqrt(1 - g^2 <phi' phi'>(inf)); under a periodic limit, of its mean over the last half period."""
    last = mesh.nodes >= mesh.length - max(fold, 1e-9)
    mean = float(np.average(slope[last], weights=mesh.weights[last]))
    return math.sqrt(max(1.0 - gain**2 * mean, 1e-8))
