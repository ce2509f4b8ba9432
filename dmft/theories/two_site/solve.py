"""`solve_two_site`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dmft.cost import check_cost
from dmft.errors import answering
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.solution import OnFailure, delivered
from dmft.theories.stationary import StationarySolution
from dmft.theories.two_site.pairs import pairs_of
from dmft.theories.two_site.solution import TwoSiteSolution

_SECONDS_A_LAG = 1e-3


@answering
def solve_two_site(
    stationary: StationarySolution,
    *,
    lags: ArrayLike | None = None,
    on_failure: OnFailure = "raise",
) -> TwoSiteSolution:
    """Solve the two-site cavity theory on top of a stationary solution: how pairs of neurons covary.

    The fluctuations are those of a linear network with the response S = <phi'>/(1 + i w) and independent sources,
    phi = (1 - S J)^{-1} (xi + S I); averaged over J, with q = g^2 S(w1) S(w2),
        N <C^phi_ij(w1) C^phi_ij(w2)> = (|1 - q|^{-2} - 1) C^phi(w1) C^phi(w2)
        N <C^x_ij(w1) C^x_ij(w2)> = ((2 - |q|^2) |1 - q|^{-2} - 1) C^x(w1) C^x(w2)   (without input)
    [Clark, Abbott & Litwin-Kumar, PRL 131, 118401 (2023); the formulas with input are derived here].

    Of filters the response is <phi'> H(i w), by block of their populations too (`filters`).
    Of several populations, of units with frozen fields (thresholds, means, phi that is not odd) and in discrete time
    the sums go by block (`pair_sums`, `steps`).

    Parameters
    ----------
    stationary : from `solve_stationary`: a state that fluctuates. Of one unnamed population in continuous time about
        zero, without input or with Gaussian noise (with partial symmetry the sums are those of `elliptic`); of named
        ones, by `dmft.Populations`, or in discrete time with any means.
    lags : of the arrays of the solution, in units of tau; by default up to three population time scales. The solution
        can be evaluated at any lag whatever these are.
    on_failure : "raise", "warn" or "ignore".

    Returns
    -------
    TwoSiteSolution : its residual is the larger of |C(T)|/C(0) at the end T of the window and the relative error of
        int C(w) dw/2pi = C(0), for a sampled solution that of C^x(0) rebuilt from the linear equivalent. No window has
        to hold the slow decay of the cross-covariances: it is exact (`pole`).

    Raises
    ------
    TypeError, ValueError : for what is not a stationary solution, one that did not converge or does not fluctuate, a
        static part (phi not odd), or a sinusoidal input.
    NotConvergedError : if the window or the frequencies turn out too short (Status.GRID_TOO_SHORT).

    Notes
    -----
    Accuracy: 1e-8 of the effective dimension (`tests/reference/test_two_site_reference.py`); of a sampled solution, the
    error it carries, 1 % (`tests/statistical/test_symmetric_dimension.py`, `tests/limits/test_two_site_symmetric.py`).
    Of populations 1e-6, of steep units 1e-5, as the error says (`tests/reference/test_blocks_reference.py`,
    `tests/limits/test_blocks_limits.py`).
    Cost: 0.1 s, 20 MB, at g - 1 = 0.01 as at g = 10; of populations 0.2 s for two, 2 s for 16; of filters 0.2 to 2 s,
    10 s of two populations under white noise.
    """
    if lags is not None:
        n_lags = np.size(lags)
        check_cost(f"covariances at {n_lags:.3g} lags", seconds=_SECONDS_A_LAG * n_lags, remedy="take fewer lags")
    if not isinstance(stationary, StationarySolution):
        raise TypeError(f"solve_two_site takes a StationarySolution, got {type(stationary).__name__}")
    pairs = pairs_of(stationary.process, stationary)
    kernel, residual = pairs.kernel, pairs.kernel.residual
    grid = pairs.lags if lags is None else np.array(lags, dtype=float)
    if grid.ndim != 1 or not np.all(np.isfinite(grid)):
        raise ValueError(f"lags must be a one-dimensional array of finite numbers, got shape {grid.shape}")
    status = Status.CONVERGED if residual <= pairs.allowed else Status.GRID_TOO_SHORT
    solution = TwoSiteSolution(
        network=stationary.network,
        convergence=Convergence(status, residual, 1, (residual,), error=pairs.error),
        settings={"lags": None if lags is None else len(grid)},
        stationary=stationary,
        lags=grid,
        psi_phi=kernel.on_diagonal(grid, "phi"),
        psi_x=kernel.on_diagonal(grid, "x"),
        population_timescale=pairs.timescale,
        kernel=kernel,
    )
    return delivered(solution, on_failure)
