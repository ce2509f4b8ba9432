"""From a state on a mesh to a solution that says how it ended and how far it may be off."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.balanced.averages_error import averages_error
from dmft.theories.stationary.balanced.branches import EDGE, MOVING
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.newton import Equations
from dmft.theories.stationary.balanced.process import BalancedProcess, state_of
from dmft.theories.stationary.balanced.settle import ROUNDING
from dmft.theories.stationary.balanced.state import State
from dmft.theories.stationary.balanced.static import Static
from dmft.theories.stationary.nothing import nothing
from dmft.theories.stationary.solution import StationarySolution

_LOOSE = 3.0  # the bound on what the end of a series does is about so many times what it does
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
) -> StationarySolution:
    """Return the solution of a state; `status` and `detail` where another outcome than its numbers' is known."""
    site, mesh, c = state.site, state.mesh, state.c
    convergence = outcome(state, branch, rtol)
    if status is not None and convergence.converged:
        convergence = Convergence(status, state.residual, convergence.steps, state.history, detail, convergence.error)
    ripple = state.point.ripple
    return _assembled(
        network,
        site,
        BalancedProcess(mesh, c.copy(), branch),
        convergence,
        rtol=rtol,
        corr_phi=state.point.q,
        corr_slope=state.point.p,
        mean_x=float(state.m),
        variance=float(c[0] + ripple + site.response(mesh.nodes[:1])[0]),
        static_variance=math.nan if network.waves else float(c[-1]),
        mean_phi=site.rate(float(c[0]) + ripple, state.m)[0],
        stable=stable,
        others=others,
    )


def _assembled(
    network: Reduction,
    site: MeanAverages,
    process: BalancedProcess,
    convergence: Convergence,
    *,
    rtol: float,
    **fields: Any,
) -> StationarySolution:
    """Return a solution: what follows from its process is added."""
    mesh, mean = process.mesh, fields["mean_x"]
    return StationarySolution(
        network=network.statement,
        convergence=convergence,
        settings={"window": mesh.length, "gaussian_phases": site.gaussian, "rtol": rtol},
        lags=mesh.nodes.copy(),
        corr_x=process.conditional + site.response(mesh.nodes) + mean**2,
        state=state_of(process, site.driven, fields["variance"], site.gain**2 * fields["corr_slope"]),
        process=process,
        **fields,
    )


def outcome(state: State, branch: str, rtol: float) -> Convergence:
    """Return how a state ended: residual on other nodes, window, averages, and the bound on all of them."""
    steps, residual = len(state.history), state.residual
    if not residual <= max(rtol, ROUNDING):
        return Convergence(Status.STALLED, residual, steps, state.history)
    of_phi, _ = averages_error(state)
    late = state.site.left_out(state.c, float(state.c[0]), state.m, Equations(state.site, state.mesh).felt)
    amplified = max(1.0, state.sensitivity) if math.isfinite(state.sensitivity) else math.inf
    mismatch = 0.0 if branch == "locked" else state.mismatch
    # what is cut off at the end of a window comes back to lag 0 from there, and is small twice
    error = state.error + amplified * (2.0 * (of_phi + late) + ROUNDING) + 10.0 * mismatch**2
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
    of_phi += late / _LOOSE
    if of_phi > max(rtol, 10 * ROUNDING):
        detail = (
            f"the averages of {state.site.nonlinearity!r} are wrong by up to {of_phi:.1e}, more than rtol = {rtol:g}; "
            f"give rtol={10.0 ** math.ceil(math.log10(2.0 * of_phi)):.0e}, or a nonlinearity that is less steep"
        )
        return Convergence(Status.UNRESOLVED, residual + of_phi, steps, state.history, detail, float(error))
    return Convergence(Status.CONVERGED, max(residual, 0.0), steps, state.history, "", float(error))


def at_rest(network: Reduction, site: MeanAverages, static: Static, others: int | None = None) -> StationarySolution:
    """Return the state in which no neuron sends anything, and each hears but its constant input (and its sinusoid)."""
    mesh = HalfLine(np.array([0.0, site.half_period or 1.0]))
    zeros = np.zeros(len(mesh.nodes))
    return _assembled(
        network,
        site,
        BalancedProcess(mesh, zeros, "locked"),
        Convergence(Status.CONVERGED, 0.0, 0, (), "", 0.0),
        rtol=ROUNDING,
        corr_phi=zeros.copy(),
        corr_slope=np.full(len(zeros), static.spread / site.gain**2),
        mean_x=static.m,
        variance=float(site.response(mesh.nodes[:1])[0]),
        mean_phi=0.0,
        stable=static.stable,
        others=others,
    )


def failed(network: Reduction, status: Status, detail: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason."""
    mesh = HalfLine(np.array([0.0, 1.0]))
    process = BalancedProcess(mesh, np.full(len(mesh.nodes), math.nan), "none")
    return nothing(network.statement, status, detail, lags=mesh.nodes.copy(), process=process)
