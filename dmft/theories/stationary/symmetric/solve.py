"""Stationary theory of partially symmetric couplings: a single-site process with memory, solved by sampling.

    dx/dt = -x + eta(t) + rho g^2 int_0^inf R(u) phi(x(t - u)) du + xi(t),    <eta eta> = g^2 C^phi,
    R(u) = <d phi(t)/d eta(t - u)>,
which is not Gaussian. On a periodic window, with F = 1/(1 + i w) and S the transform of R,
    x(w) = z(w) + rho g^2 F S phi(w),    z = F (eta + xi) Gaussian,   S = F H,   H = <phi z*>/<z z*>  (Novikov),
H taken causal. The random numbers are fixed and their sample spectra exact, so that (C^phi, H) is the fixed point of a
smooth map; the paths are relaxed along with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.budget import MOST, allow
from dmft.cost import check_cost
from dmft.models.checks import integer
from dmft.models.nonlinearity import slope_at_zero
from dmft.numerics.sampling import PeriodicGrid
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric.at_rest import WINDOWS, at_rest, resting, silent, unbounded, without_state
from dmft.theories.stationary.symmetric.groups import GROUPS, grid_of, solve_groups
from dmft.theories.stationary.symmetric.outcome import FORGOTTEN, assembled
from dmft.theories.stationary.symmetric.sampler import joined

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
        return resting(network, seed, samples)
    if unbounded(network):
        return without_state(network, seed, samples)
    _check_cost(network, samples)
    independent = solve_independent(_similar(network))
    for window in WINDOWS:
        grid = grid_of(network, window)
        solved = solve_groups(
            network,
            grid,
            _start(network, independent, grid),
            seed=seed,
            samples=samples,
            max_steps=max_steps,
            forgotten=FORGOTTEN,
        )
        if solved.remembered <= FORGOTTEN:
            break
    return assembled(network, solved, grid, {"seed": seed, "samples": samples}, accuracy)


def _similar(network: Reduction) -> Reduction:
    """Return a network of independent couplings about as far from the transition, to start from."""
    slope = abs(slope_at_zero(network.nonlinearity))
    least = 1.2 / slope if silent(network) and slope > 0 else 0.0
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


def _check_cost(network: Reduction, samples: int) -> None:
    n_steps = grid_of(network, WINDOWS[0]).n_steps
    seconds = _SECONDS * samples * n_steps
    check_cost(
        f"a solve with {samples} paths",
        seconds=seconds,
        memory=_BYTES * samples * n_steps,
        remedy="take fewer paths",
    )
    allow(max(seconds, _PATIENCE * seconds - MOST))


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
