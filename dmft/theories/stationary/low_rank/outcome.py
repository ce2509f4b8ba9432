"""A state of a network with low-rank couplings as a solution: its arrays, its residual on a mesh, its status."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.low_rank import Structure
from dmft.theories.stationary.centred.orbit import trace_orbit
from dmft.theories.stationary.low_rank.moments import averages_at
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.low_rank.rotating import Rotation
from dmft.theories.stationary.low_rank.state import LowRankState
from dmft.theories.stationary.nothing import nothing
from dmft.theories.stationary.solution import StationarySolution

_REACH = 36.0  # T times the rate: what decays is 2e-16 at the end of the window
_N_LAGS = 401
_PERIODS = 4.0
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked of every outcome: lags of the arrays (None for its own), rtol, and the settings to be told."""

    lags: FloatArray | None
    rtol: float
    settings: Mapping[str, Any]


def solution_of(
    structure: Structure, state: LowRankState, asked: Asked, rotation: Rotation | None
) -> StationarySolution:
    """Return a state as a solution.

    The covariance comes from the energy, and the residual from the equation on a mesh, which knows nothing of that.
    """
    mean = mean_of(structure, state)
    if state.variance == 0.0:
        return _at_rest(structure, state, asked, mean)
    of = averages_at(structure.nonlinearity, mean, state.variance)
    rate, residual = math.inf, state.residual
    if rotation is not None:
        mesh, c = rotation.mesh, rotation.values
        rate, residual = 0.0, max(residual, rotation.residual)
    elif state.moving:
        orbit = trace_orbit(structure.g, of, structure.white, c_inf=state.frozen)
        rate = orbit.decay_rate
        fine = min(0.05, max(0.2 / (1.0 + structure.g**2 * of.mean_square_slope), 3e-3))
        mesh = HalfLine(graded_edges(fine, 4.0 / rate, _REACH / rate))
        c = orbit(mesh.nodes)
        load = mesh.weights * (structure.g**2 * of.corr_phi(c) + structure.static_variance(np.asarray(state.kappa)))
        load[0] += 0.5 * structure.white
        residual += float(np.max(np.abs(mesh.solve(1.0, load, polish=True) - c))) / state.variance
    else:
        mesh = HalfLine(np.array([0.0, 1.0]))
        c = np.full(len(mesh.nodes), state.variance)
    inside = np.clip(c, -state.variance, state.variance)
    half = math.pi / abs(state.omega) if state.omega else 0.0
    process = LowRankProcess(mesh, c, of.corr_phi(inside), of.corr_slope(inside), half, structure.tau)
    lags = asked.lags
    if lags is None:
        longest = max(20.0, 24.0 / rate) if rate > 0.0 else 2.0 * _PERIODS * half
        lags = structure.tau * np.linspace(0.0, longest, _N_LAGS)
    frozen = state.frozen
    if rotation is not None:  # what is left when the rotation is averaged over
        last = mesh.nodes >= mesh.length - half * (1.0 + 1e-9)
        weights = mesh.weights[last]
        frozen = float(weights @ c[last] / weights.sum()) if structure.threshold_variance else 0.0
    return StationarySolution(
        network=structure.statement,
        convergence=_outcome(state, residual, asked.rtol),
        settings=asked.settings,
        lags=lags,
        corr_x=process.at(c, lags) + mean**2,
        corr_phi=process.at(process.phi, lags),
        corr_slope=process.at(process.slope, lags),
        mean_x=mean,
        mean_phi=of.mean,
        mean_slope=of.mean_slope,
        mean_square_slope=of.mean_square_slope,
        variance=state.variance,
        static_variance=frozen,
        decay_rate=rate / structure.tau,
        **order_of(structure, state),
        state=_driven(structure, process, name_of(structure, state)),
        stable=state.stable,
        process=process,
    )


def _driven(structure: Structure, process: LowRankProcess, name: str) -> str:
    """Return the name, with what perturbations do under noise."""
    if structure.white == 0.0:
        return name
    stable = process.mesh.is_positive(1.0 - structure.g**2 * process.slope)
    return f"{name}, {'stable' if stable else 'chaotic'}"


def mean_of(structure: Structure, state: LowRankState) -> float:
    """Return the mean of x over units."""
    if structure.centred or state.omega:
        return 0.0
    return structure.bias + float(structure.mean_left @ np.asarray(state.kappa))


def name_of(structure: Structure, state: LowRankState) -> str:
    """Return the state's name."""
    if state.omega:
        kind = "rotating"
    elif np.any(np.asarray(state.kappa)[: structure.stated]):
        kind = "structured"
    else:
        kind = ""
    if structure.white > 0.0:
        return f"{kind}, driven".strip(", ")
    if state.moving:
        return f"{kind} chaotic".strip()
    if kind == "rotating":
        return kind
    if kind:
        return "structured static"
    resting = state.variance == 0.0 and structure.rests and not np.any(state.kappa)
    return "quiescent" if resting else "fixed point"


def failed(structure: Structure, asked: Asked, status: Status, detail: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason."""
    lags = np.linspace(0.0, 20.0, _N_LAGS) if asked.lags is None else asked.lags
    mesh = HalfLine(np.array([0.0, 1.0]))
    empty = np.full(len(mesh.nodes), math.nan)
    process = LowRankProcess(mesh, empty, empty, empty)
    return nothing(structure.statement, status, detail, lags=lags, process=process, settings=asked.settings)


def order_of(structure: Structure, state: LowRankState) -> dict[str, Any]:
    """Return the order parameters, as a solution holds them."""
    overlaps = np.asarray(state.kappa).real[: structure.stated]
    return {
        "overlaps": np.asarray(overlaps, dtype=float),
        "kappa": state.size if structure.stated == structure.rank else float(np.linalg.norm(overlaps)),
        "kappa_error": state.kappa_error,
        "frequency": abs(state.omega) / (2.0 * math.pi * structure.tau),
    }


def _at_rest(structure: Structure, state: LowRankState, asked: Asked, mean: float) -> StationarySolution:
    """Return x = mean for all units."""
    phi = structure.nonlinearity
    ends = mean + np.array([-1e-290, 0.0, 1e-290])
    slopes = np.broadcast_to(np.asarray(phi.derivative(ends), dtype=float), (3,))[[0, 2]]
    value = float(np.broadcast_to(np.asarray(phi(ends), dtype=float), (3,))[1])
    mesh = HalfLine(np.array([0.0, 1.0]))
    lags = structure.tau * np.linspace(0.0, 20.0, _N_LAGS) if asked.lags is None else asked.lags
    rest = np.zeros(len(mesh.nodes))
    square = float(np.mean(slopes**2))
    process = LowRankProcess(mesh, rest, rest + value**2, rest + square, tau=structure.tau)
    flat = np.ones(len(lags))
    return StationarySolution(
        network=structure.statement,
        convergence=_outcome(state, state.residual, asked.rtol),
        settings=asked.settings,
        lags=lags,
        corr_x=mean**2 * flat,
        corr_phi=value**2 * flat,
        corr_slope=square * flat,
        mean_x=mean,
        mean_phi=value,
        mean_slope=float(np.mean(slopes)),
        mean_square_slope=square,
        variance=0.0,
        static_variance=0.0,
        decay_rate=math.inf,
        **order_of(structure, state),
        state=name_of(structure, state),
        stable=state.stable,
        process=process,
    )


def _outcome(state: LowRankState, residual: float, rtol: float) -> Convergence:
    error = state.error + 4.0 * _EPS
    if residual <= rtol:
        return Convergence(Status.CONVERGED, residual, 1, (residual,), error=error)
    if not math.isfinite(residual):
        return Convergence(Status.NON_FINITE, residual, 1, (residual,))
    unresolved = state.residual > 0.5 * residual
    status = Status.UNRESOLVED if unresolved else Status.STALLED
    cause = "two rules for the averages differ by" if unresolved else "the residual is"
    detail = f"not converged: {cause} {residual:.1e}, and rtol = {rtol:.1e} was asked for; raise rtol"
    return Convergence(status, residual, 1, (residual,), detail, error)
