"""Partially symmetric couplings where nothing has to be sampled: x = 0 is stable, or nothing is bounded."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from dmft.models.nonlinearity import slope_at_zero
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.nothing import unmoved
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric.groups import grid_of
from dmft.theories.stationary.symmetric.process import EchoedProcess
from dmft.theories.stationary.symmetric.sampler import N_QUANTILES, row_of

WINDOWS = (204.8, 409.6)  # the longer one where the memory needs it


def unbounded(network: Reduction) -> bool:
    """Return whether phi grows like c x far out, with c so large that x grows without bound: c g (1 + rho) >= 1."""
    far = np.array([1e4, 2e4, 1e8])
    with np.errstate(over="ignore", invalid="ignore"):
        slopes = np.abs(np.asarray(network.nonlinearity(far), dtype=float)) / far
    linear = bool(np.all(np.isfinite(slopes)) and np.ptp(slopes) < 1e-3 * slopes[-1])
    return linear and network.g * float(slopes[-1]) * (1.0 + network.symmetry) >= 1.0


def without_state(network: Reduction, seed: Any, samples: int) -> StationarySolution:
    """Return the failure: activity without bound."""
    nothing = resting(network, seed, samples)
    names = ("corr_x", "corr_phi", "corr_x_error", "corr_phi_error")
    arrays: dict[str, Any] = {name: np.full_like(nothing.lags, math.nan) for name in names}
    quantiles = np.full_like(nothing.process.quantiles, math.nan)
    detail = (
        "there is no bounded solution: far out phi grows like c x, and g c (1 + symmetry) >= 1; "
        "lower g, or take a phi that saturates"
    )
    return replace(
        nothing,
        **arrays,
        variance=math.nan,
        mean_slope=math.nan,
        state="none",
        process=replace(nothing.process, quantiles=quantiles, mean_slope_error=math.nan),
        convergence=Convergence(Status.NO_SOLUTION, math.inf, 0, detail=detail),
    )


def at_rest(network: Reduction) -> bool:
    """Return whether x = 0 is stable and no input moves it: the edge of the elliptic spectrum of J phi'(0).

    The sign of the slope does not matter: with -phi in place of phi the couplings change theirs, and rho stays.
    """
    return silent(network) and network.g * abs(slope_at_zero(network.nonlinearity)) * (1.0 + network.symmetry) < 1.0


def silent(network: Reduction) -> bool:
    """Whether no input moves x."""
    return not float(network.filtered(1.0, 0.0)) > 0


def resting(network: Reduction, seed: Any, samples: int) -> StationarySolution:
    """Return the state x = 0: its response is that of a linear network, S = s F (1 + rho g^2 S^2), s = phi'(0)."""
    grid, slope = grid_of(network, WINDOWS[0]), slope_at_zero(network.nonlinearity)
    echo = 4.0 * network.symmetry * (network.g * slope / (1.0 + 1j * grid.omega)) ** 2
    h = 2.0 * slope / (1.0 + np.sqrt(1.0 - echo))
    none = np.zeros(grid.n_lags)
    row = row_of(none, none, h, np.zeros(N_QUANTILES), slope)
    return unmoved(
        network.statement,
        Convergence(Status.CONVERGED, 0.0, 0, error=0.0),
        grid.lags,
        0.0,
        state="quiescent",
        process=EchoedProcess(grid.omega, h, np.zeros(N_QUANTILES), 0.0, np.array([row, row])),
        settings={"seed": seed, "samples": samples, "window": grid.window, "step": grid.step},
        mean_slope=slope,
    )
