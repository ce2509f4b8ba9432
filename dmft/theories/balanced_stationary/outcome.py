"""From a state on a mesh to a solution that says how it ended and how far it may be off."""

from __future__ import annotations

import math

import numpy as np

from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.balanced_stationary.averages_error import averages_error
from dmft.theories.balanced_stationary.branches import EDGE, MOVING
from dmft.theories.balanced_stationary.settle import ROUNDING, State
from dmft.theories.balanced_stationary.site import Site
from dmft.theories.balanced_stationary.solution import BalancedStationarySolution
from dmft.theories.balanced_stationary.static import Static
from dmft.theories.reduction import Reduction

_TOO_SHORT = 100 * EDGE  # mismatch at the end of a window above which it is refused


def solution_of(
    network: Reduction,
    state: State,
    branch: str,
    rtol: float,
    *,
    status: Status | None = None,
    detail: str = "",
    stable: bool | None = None,
    others: int | None = None,
) -> BalancedStationarySolution:
    """Return the solution of a state; `status` and `detail` where another outcome than its numbers' is known."""
    site, mesh, c = state.site, state.mesh, state.c
    response = site.response(mesh.nodes)
    convergence = outcome(state, branch, rtol)
    if status is not None and convergence.converged:
        convergence = Convergence(status, state.residual, convergence.steps, state.history, detail, convergence.error)
    return BalancedStationarySolution(
        network=network.statement,
        convergence=convergence,
        settings={"window": mesh.length, "gaussian_phases": site.gaussian, "rtol": rtol},
        lags=mesh.nodes.copy(),
        cov_h=c + response,
        corr_phi=state.point.q,
        corr_slope=state.point.p,
        conditional=c.copy(),
        mean=float(state.m),
        variance=float(c[0] + state.point.ripple + response[0]),
        rate=site.rate(float(c[0]) + state.point.ripple, state.m)[0],
        branch=branch,
        mesh=mesh,
        stable=stable,
        others=others,
    )


def outcome(state: State, branch: str, rtol: float) -> Convergence:
    """Return how a state ended: residual on other nodes, window, averages, and the bound on all of them."""
    steps, residual = len(state.history), state.residual
    if not residual <= max(rtol, ROUNDING):
        return Convergence(Status.STALLED, residual, steps, state.history)
    of_phi, _ = averages_error(state)
    amplified = max(1.0, state.sensitivity) if math.isfinite(state.sensitivity) else math.inf
    mismatch = 0.0 if branch == "locked" else state.mismatch
    # what is cut off at the end of a window comes back to lag 0 from there, and is small twice
    error = state.error + amplified * (2.0 * of_phi + ROUNDING) + 10.0 * mismatch**2
    if state.averaged:
        error += amplified * abs(state.point.ripple) / float(state.c[0]) / state.site.omega**2
    if mismatch > _TOO_SHORT:
        detail = (
            f"the window of {state.length:.4g} is shorter than the memory: the covariance at its end is {mismatch:.1g} "
            f"of the variance away from its limit; try window={1.7 * state.length:.0f}"
        )
        return Convergence(Status.GRID_TOO_SHORT, mismatch, steps, state.history, detail, float(error))
    if branch == "chaotic" and state.moving <= MOVING:
        detail = (
            f"Newton's method came to a state that does not move on a window of {state.length:.4g}: give a longer one, "
            "or start from a neighbouring point (init=)"
        )
        return Convergence(Status.GRID_TOO_SHORT, residual, steps, state.history, detail, math.inf)
    if of_phi > max(rtol, 10 * ROUNDING):
        detail = (
            f"the averages of {state.site.nonlinearity!r} are wrong by up to {of_phi:.1e}, more than rtol = {rtol:g}; "
            f"give rtol={10.0 ** math.ceil(math.log10(2.0 * of_phi)):.0e}, or a nonlinearity that is less steep"
        )
        return Convergence(Status.UNRESOLVED, residual + of_phi, steps, state.history, detail, float(error))
    return Convergence(Status.CONVERGED, max(residual, 0.0), steps, state.history, "", float(error))


def at_rest(network: Reduction, site: Site, static: Static, others: int | None = None) -> BalancedStationarySolution:
    """Return the state in which no neuron sends anything, and each hears but its constant input (and its sinusoid)."""
    mesh = HalfLine(np.array([0.0, site.half_period or 1.0]))
    zeros = np.zeros(len(mesh.nodes))
    response = site.response(mesh.nodes)
    return BalancedStationarySolution(
        network=network.statement,
        convergence=Convergence(Status.CONVERGED, 0.0, 0, (), "", 0.0),
        settings={"window": mesh.length, "gaussian_phases": site.gaussian},
        lags=mesh.nodes.copy(),
        cov_h=zeros + response,
        corr_phi=zeros,
        corr_slope=np.full(len(zeros), static.spread / site.gain**2),
        conditional=zeros,
        mean=static.m,
        variance=float(response[0]),
        rate=0.0,
        branch="locked",
        mesh=mesh,
        stable=static.stable,
        others=others,
    )


def failed(network: Reduction, status: Status, detail: str, branch: str = "none") -> BalancedStationarySolution:
    """Return a solution that holds nothing but the reason."""
    mesh = HalfLine(np.array([0.0, 1.0]))
    nothing = np.full(len(mesh.nodes), math.nan)
    return BalancedStationarySolution(
        network=network.statement,
        convergence=Convergence(status, math.nan, 0, (), detail),
        settings={},
        lags=mesh.nodes.copy(),
        cov_h=nothing,
        corr_phi=nothing,
        corr_slope=nothing,
        conditional=nothing,
        mean=math.nan,
        variance=math.nan,
        rate=math.nan,
        branch=branch,
        mesh=mesh,
    )
