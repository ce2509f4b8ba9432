"""Sampled states of partially symmetric couplings as solutions, with all of their errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.sampling_error import sampled
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric.at_rest import silent
from dmft.theories.stationary.symmetric.groups import GROUPS, STEP_UNSURE, Solved
from dmft.theories.stationary.symmetric.process import EchoedProcess, parts
from dmft.theories.stationary.symmetric.sampler import N_QUANTILES

FORGOTTEN = 0.1  # largest |C^phi| where the taper begins, relative to lag 0


def assembled(
    network: Reduction, solved: Solved, grid: PeriodicGrid, settings: dict[str, Any], accuracy: float | None
) -> StationarySolution:
    """Return the solution without its bias, and with all of its errors."""
    numbers = sampled(solved.together + solved.step_change, solved.groups + solved.step_change)
    n = grid.n_lags
    heights = [abs(numbers.value[0]), abs(numbers.value[n]), 0.0, 0.0, 0.0, abs(numbers.value[-1])]
    sizes = [n, n, grid.n_omega, grid.n_omega, N_QUANTILES, 1]
    iteration = solved.distance * np.repeat(heights, sizes)
    steps = STEP_UNSURE * np.abs(solved.step_change)
    error = numbers.error + steps + np.abs(solved.window_change) + iteration
    corr_x, corr_phi, real, imaginary, quantiles, slope = parts(numbers.value, n)
    corr_x_error, corr_phi_error, *_, slope_error = parts(error, n)
    relative = {
        name: float(max(abs(values[0]) / heights[0], abs(values[n]) / heights[1]))
        for name, values in (
            ("sampling", numbers.error),
            ("bias, taken off", numbers.bias),
            ("steps", steps),
            ("window", solved.window_change),
            ("iteration", iteration),
        )
    }
    total = max(corr_x_error[0] / heights[0], corr_phi_error[0] / heights[1])
    return StationarySolution(
        network=network.statement,
        convergence=_outcome(solved, grid, float(total), relative["sampling"], accuracy, settings["samples"]),
        settings={**settings, "window": grid.window, "step": grid.step, "errors": relative},
        lags=grid.lags,
        corr_x=corr_x,
        corr_phi=corr_phi,
        corr_x_error=corr_x_error,
        corr_phi_error=corr_phi_error,
        mean_slope=float(slope[0]),
        variance=float(corr_x[0]),
        state="chaotic" if silent(network) else "driven",
        process=EchoedProcess(
            grid.omega,
            real + 1j * imaginary,
            quantiles,
            float(slope_error[0]),
            solved.groups + solved.step_change,
        ),
    )


def _outcome(
    solved: Solved, grid: PeriodicGrid, error: float, sampling: float, accuracy: float | None, samples: int
) -> Convergence:
    """Return how the solves ended, or what is wrong with all of them."""
    worst = solved.outcome
    # What is left of an iteration may be below what sampling does to it: it is part of the error, and of the scatter of
    # the groups, which is sqrt(GROUPS) times as large.
    near = solved.distance <= 0.5 * sampling and worst.error <= 0.5 * math.sqrt(GROUPS) * sampling
    settled = worst.converged or near
    status, detail = (Status.CONVERGED if settled else worst.status), ""
    if not (np.all(np.isfinite(solved.groups)) and np.all(np.isfinite(solved.together)) and math.isfinite(error)):
        status, error = Status.NON_FINITE, math.inf
    elif solved.remembered > FORGOTTEN:
        status, error = Status.GRID_TOO_SHORT, math.nan
        detail = (
            f"the window is shorter than the memory of the process: C^phi({grid.lags[grid.tapered_from]:g} tau) is "
            f"still {solved.remembered:.2g} of C^phi(0); the state is too close to the transition, or freezes"
        )
    elif not settled:
        error = error if worst.error < 1.0 else math.nan
        detail = (
            f"not converged: after {worst.steps} steps C^phi is still {worst.error:.1g} of C^phi(0) from the solution; "
            "raise max_steps, or paths (close to the transition few paths have no solution)"
        )
    elif accuracy is not None and error > accuracy:
        status = Status.STALLED
        needed = 8.0 * math.ceil(samples * (error / accuracy) ** 2 / 8.0)
        detail = (
            f"the relative error {error:.1e} of C(0) is above rtol={accuracy:.1e}: "
            f"take about dmft.Sampled(paths={needed:.0f}), or a larger rtol"
        )
    return Convergence(status, worst.residual, worst.steps, worst.history, detail, error)
