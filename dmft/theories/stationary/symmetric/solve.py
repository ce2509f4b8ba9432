"""Stationary theory of partially symmetric couplings: a single-site process with memory, solved by sampling.

    dx/dt = -x + eta(t) + rho g^2 int_0^inf R(u) phi(x(t - u)) du + xi(t),    <eta eta> = g^2 C^phi,
    R(u) = <d phi(t)/d eta(t - u)>,
which is not Gaussian. On a periodic window, with F = 1/(1 + i w) and S the transform of R,
    x(w) = z(w) + rho g^2 F S phi(w),    z = F (eta + xi) Gaussian,   S = F H,   H = <phi z*>/<z z*>  (Novikov),
H taken causal. The random numbers are fixed and their sample spectra exact, so that (C^phi, H) is the fixed point of a
smooth map; the paths are relaxed along with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.budget import MOST, allow
from dmft.cost import check_cost
from dmft.models.checks import integer
from dmft.models.nonlinearity import slope_at_zero
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.sampling_error import sampled
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.nothing import unmoved
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric.groups import GROUPS, STEP_UNSURE, Solved, grid_of, solve_groups
from dmft.theories.stationary.symmetric.process import EchoedProcess, parts
from dmft.theories.stationary.symmetric.sampler import N_QUANTILES, joined, row_of

_WINDOWS = (204.8, 409.6)  # the longer one where the memory needs it
_FORGOTTEN = 0.1  # largest |C^phi| where the taper begins, relative to lag 0
_LEAST = 8  # paths of a group
_SECONDS, _BYTES = 2e-5, 200.0  # of a solve, a path and step
_PATIENCE = 3.0  # times that estimate that a solve may take


@one_blas_thread()
def solve_symmetric(
    network: Reduction,
    solve_independent: Callable[[Reduction], StationarySolution],
    *,
    seed: Any,
    samples: int,
    max_steps: int,
    accuracy: float | None = None,
) -> StationarySolution:
    """Solve by sampling; see `solve_stationary`, and `symmetric_groups` for the errors.

    Parameters
    ----------
    network : with symmetry != 0 and phi odd.
    solve_independent : solves a network of independent couplings, to start from.
    seed : of the random numbers.
    samples : number of paths of 205 tau, in eight independent groups.
    max_steps : largest number of evaluations of the map in a solve.
    accuracy : largest relative error of C(0) that counts as converged; None for any.
    """
    if at_rest(network):
        return _resting(network, seed, samples)
    if _unbounded(network):
        return _without_state(network, seed, samples)
    _check_cost(network, samples)
    independent = solve_independent(_similar(network))
    for window in _WINDOWS:
        grid = grid_of(network, window)
        solved = solve_groups(
            network,
            grid,
            _start(network, independent, grid),
            seed=seed,
            samples=samples,
            max_steps=max_steps,
            forgotten=_FORGOTTEN,
        )
        if solved.remembered <= _FORGOTTEN:
            break
    return _assembled(network, solved, grid, {"seed": seed, "samples": samples}, accuracy)


def _similar(network: Reduction) -> Reduction:
    """Return a network of independent couplings about as far from the transition, to start from."""
    slope = abs(slope_at_zero(network.nonlinearity))
    least = 1.2 / slope if _silent(network) and slope > 0 else 0.0
    return network.replaced(symmetry=0.0, g=max(network.g * (1.0 + network.symmetry), 0.01, least))


def _start(network: Reduction, independent: StationarySolution, grid: PeriodicGrid) -> FloatArray:
    """Return (C^phi, H) of independent couplings; if they have no moving state, of x as large as g."""
    if independent.convergence.converged and independent.variance > 0:
        corr_phi, slope = independent.corr_phi_at(grid.lags), independent.mean_slope
    else:
        x = max(network.g, 1.0) * np.linspace(-1.5, 1.5, 31)
        height = float(np.mean(np.square(network.nonlinearity(x))))
        corr_phi, slope = (
            height * np.exp(-np.square(grid.lags / 3.0)),
            float(np.mean(network.nonlinearity.derivative(x))),
        )
    return joined(corr_phi, np.full(grid.n_omega, slope + 0j))


def _unbounded(network: Reduction) -> bool:
    """Return whether phi grows like c x far out, with c so large that x grows without bound: c g (1 + rho) >= 1."""
    far = np.array([1e4, 2e4, 1e8])
    with np.errstate(over="ignore", invalid="ignore"):
        slopes = np.abs(np.asarray(network.nonlinearity(far), dtype=float)) / far
    linear = bool(np.all(np.isfinite(slopes)) and np.ptp(slopes) < 1e-3 * slopes[-1])
    return linear and network.g * float(slopes[-1]) * (1.0 + network.symmetry) >= 1.0


def _without_state(network: Reduction, seed: Any, samples: int) -> StationarySolution:
    nothing = _resting(network, seed, samples)
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


def _check_cost(network: Reduction, samples: int) -> None:
    n_steps = grid_of(network, _WINDOWS[0]).n_steps
    seconds = _SECONDS * samples * n_steps
    check_cost(
        f"a solve with {samples} paths",
        seconds=seconds,
        memory=_BYTES * samples * n_steps,
        remedy="take fewer paths",
    )
    allow(max(seconds, _PATIENCE * seconds - MOST))


def _assembled(
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
        state="chaotic" if _silent(network) else "driven",
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
    elif solved.remembered > _FORGOTTEN:
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


def check_symmetric(network: Reduction, samples: int, max_steps: int) -> None:
    """Refuse what the sampling solver cannot do.

    Raises
    ------
    ValueError, TypeError : for a sinusoid, phi that is not odd, too few samples, or settings of the wrong kind.
    """
    if network.waves:
        raise ValueError(f"drive must be Gaussian noise or None when symmetry != 0, got {network.wave!r}")
    if not network.odd:
        raise ValueError(f"nonlinearity must be odd when symmetry != 0, got {network.nonlinearity!r}")
    integer("max_steps", max_steps, least=1)
    if integer("paths", samples) < _LEAST * GROUPS or samples % GROUPS:
        raise ValueError(f"paths must be a multiple of {GROUPS}, at least {_LEAST * GROUPS}, got {samples}")


def at_rest(network: Reduction) -> bool:
    """Return whether x = 0 is stable and no input moves it: the edge of the elliptic spectrum of J phi'(0).

    The sign of the slope does not matter: with -phi in place of phi the couplings change theirs, and rho stays.
    """
    return _silent(network) and network.g * abs(slope_at_zero(network.nonlinearity)) * (1.0 + network.symmetry) < 1.0


def _silent(network: Reduction) -> bool:
    return not float(network.filtered(1.0, 0.0)) > 0


def _resting(network: Reduction, seed: Any, samples: int) -> StationarySolution:
    """Return the state x = 0: its response is that of a linear network, S = s F (1 + rho g^2 S^2), s = phi'(0)."""
    grid, slope = grid_of(network, _WINDOWS[0]), slope_at_zero(network.nonlinearity)
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
