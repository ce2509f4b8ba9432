"""`solve_two_site`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.reduction import reduced_or_none
from dmft.theories.solution import OnFailure, delivered
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.process import CentredProcess
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.low_rank.frozen_structure import with_frozen_structure
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.populations.process import PopulationProcess
from dmft.theories.stationary.symmetric.process import EchoedProcess
from dmft.theories.two_site.elliptic import EllipticKernel
from dmft.theories.two_site.pole import PoleKernel
from dmft.theories.two_site.populations import PopulationKernel
from dmft.theories.two_site.solution import Kernel, TwoSiteSolution
from dmft.theories.two_site.steps import StepKernel, timescale

_ALLOWED = 1e-8  # residual: lost by the end of the window and by the cut of the frequencies, relative
_ALLOWED_SAMPLED = 0.02  # likewise of a sampled solution, whose response carries an error
_ALLOWED_POPULATIONS = 1e-5  # of several populations, whose sums carry their error
_N_LAGS = 33
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
    Cost: 0.1 s, 20 MB, at g - 1 = 0.01 as at g = 10; of populations 0.2 s for two, 2 s for 16.
    """
    if lags is not None:
        n_lags = np.size(lags)
        check_cost(f"covariances at {n_lags:.3g} lags", seconds=_SECONDS_A_LAG * n_lags, remedy="take fewer lags")
    if not isinstance(stationary, StationarySolution):
        raise TypeError(f"solve_two_site takes a StationarySolution, got {type(stationary).__name__}")
    pairs = pairs_of(stationary.process, stationary)
    kernel, timescale, residual = pairs.kernel, pairs.timescale, pairs.residual
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
        population_timescale=timescale,
        kernel=kernel,
    )
    return delivered(solution, on_failure)


@dataclass(frozen=True, eq=False)
class Pairs:
    """What the theory of a kind of process knows of pairs.

    Attributes
    ----------
    kernel : sums over pairs.
    timescale : with which cross-covariances decay.
    residual : of the window and of the cut, relative, and how large it may be.
    error : bound on the relative error of the sum over all pairs; nan where it is not known.
    steps : of time that lags are multiples of; 0 in continuous time.
    """

    kernel: Kernel
    timescale: float
    residual: float
    allowed: float
    error: float = math.nan
    steps: float = 0.0

    @property
    def lags(self) -> FloatArray:
        """Lags that show the decay."""
        lags = np.linspace(0.0, 3.0 * self.timescale, _N_LAGS)
        return np.unique(np.round(lags / self.steps)) * self.steps if self.steps else lags


@singledispatch
def pairs_of(process: Any, stationary: StationarySolution) -> Pairs:
    """Return what is known of the pairs of a state, by the kind of its single-site process.

    Raises
    ------
    TypeError, ValueError : for a process or a state of which there is no two-site theory.
    """
    raise TypeError(
        "the two-site theory needs a network of zero mean and static couplings, or a state by "
        f"solve_stationary(..., method=dmft.Populations()), which knows means; got {stationary.network!r}"
    )


@pairs_of.register
def _(process: CentredProcess, stationary: StationarySolution) -> Pairs:
    _check(stationary)
    pole = PoleKernel(stationary)
    return Pairs(pole, 1.0 / (1.0 - math.sqrt(pole.coupling)), pole.residual, _ALLOWED)


@pairs_of.register
def _(process: EchoedProcess, stationary: StationarySolution) -> Pairs:
    _check_state(stationary, stationary.state)
    elliptic = EllipticKernel(stationary)
    return Pairs(elliptic, 1.0 / max(elliptic.gap, 1e-6), elliptic.residual, _ALLOWED_SAMPLED)


@pairs_of.register
def _(process: PopulationProcess, stationary: StationarySolution) -> Pairs:
    _check_state(stationary, stationary.state)
    kernel = PopulationKernel(stationary)
    if not kernel.growth < 1.0:
        raise ValueError(f"covariances do not decay: rho(K <phi'|mu>^2) = {kernel.growth:.6g} is not below 1")
    slowest = float(np.max(stationary.blocks.tau)) / (1.0 - math.sqrt(kernel.growth))
    return Pairs(kernel, slowest, kernel.residual, _ALLOWED_POPULATIONS, kernel.error("phi"))


@pairs_of.register
def _(process: SteppedProcess, stationary: StationarySolution) -> Pairs:
    _check_state(stationary, stationary.state)
    if np.any(stationary.blocks.private_covariance(np.arange(1.0, 4.0))):
        raise ValueError("stationary must have white noise or none in discrete time: coloured noise is not known here")
    kernel = StepKernel(stationary)
    if not kernel.growth < 1.0:
        raise ValueError(f"covariances do not decay: rho(K <phi'|mu>^2) = {kernel.growth:.6g} is not below 1")
    return Pairs(kernel, timescale(kernel.growth), kernel.identity, _ALLOWED, kernel.error("phi"), 1.0)


@pairs_of.register
def _(process: LowRankProcess, stationary: StationarySolution) -> Pairs:
    """A structure that stays is a frozen field; what it adds of its own fluctuations to the sums is of order 1/N."""
    _check_state(stationary, "fixed point" if math.isinf(stationary.decay_rate) else stationary.state)
    alone = with_frozen_structure(stationary)
    return pairs_of(alone.process, alone)


def _check(stationary: StationarySolution) -> None:
    _check_state(stationary, stationary.state if math.isinf(stationary.decay_rate) else "")
    if stationary.reduction.waves:
        raise ValueError("stationary must have Gaussian input or none: a sinusoid makes the linear response periodic")
    static = float(stationary.corr_x_at(40.0 / stationary.decay_rate))
    if abs(static) > 1e-6 * stationary.variance:
        raise ValueError(
            f"stationary must have no static part: C^x(inf) = {static:.3g} for {stationary.reduction.nonlinearity!r}; "
            "this two-site theory is for odd nonlinearities; solve the state by solve_stationary(..., "
            "method=dmft.Populations()) for one that resolves frozen fields"
        )


def _check_state(stationary: StationarySolution, state: str) -> None:
    if not stationary.convergence.converged:
        raise ValueError(f"stationary must have converged, got: {stationary.convergence.message}")
    reduction = reduced_or_none(stationary.network)
    gain = "" if reduction is None else f" at g = {reduction.g}"
    if state in ("quiescent", "fixed point", "none"):
        raise ValueError(f"stationary must fluctuate, got a {state} state{gain}: all covariances are zero")
