"""What the two-site theory knows of the pairs of a state, by the kind of its single-site process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.reduction import reduced_or_none
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.process import CentredProcess
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.low_rank.frozen_structure import with_frozen_structure
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.low_rank.under_structure import UnderStructure
from dmft.theories.stationary.populations.process import PopulationProcess
from dmft.theories.stationary.symmetric.process import EchoedProcess
from dmft.theories.stationary.units.process import FilteredProcess
from dmft.theories.two_site.elliptic import EllipticKernel
from dmft.theories.two_site.filters import FilterKernel
from dmft.theories.two_site.pole import PoleKernel
from dmft.theories.two_site.populations import PopulationKernel
from dmft.theories.two_site.solution import Kernel
from dmft.theories.two_site.steps import StepKernel, timescale

_ALLOWED = 1e-8  # residual: lost by the end of the window and by the cut of the frequencies, relative
_ALLOWED_SAMPLED = 0.02  # likewise of a sampled solution, whose response carries an error
_ALLOWED_POPULATIONS = 1e-5  # of several populations, whose sums carry their error
_ALLOWED_FILTERS = 1e-5  # of filters, likewise
_N_LAGS = 33


@dataclass(frozen=True, eq=False)
class Pairs:
    """What the theory of a kind of process knows of pairs.

    Attributes
    ----------
    kernel : sums over pairs.
    timescale : with which cross-covariances decay.
    allowed : how large the residual of the kernel may be.
    error : bound on the relative error of the sum over all pairs; nan where it is not known.
    steps : of time that lags are multiples of; 0 in continuous time.
    """

    kernel: Kernel
    timescale: float
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
    return Pairs(pole, 1.0 / (1.0 - math.sqrt(pole.coupling)), _ALLOWED)


@pairs_of.register
def _(process: EchoedProcess, stationary: StationarySolution) -> Pairs:
    _check_state(stationary, stationary.state)
    elliptic = EllipticKernel(stationary)
    return Pairs(elliptic, 1.0 / max(elliptic.gap, 1e-6), _ALLOWED_SAMPLED)


@pairs_of.register
def _(process: PopulationProcess, stationary: StationarySolution) -> Pairs:
    _check_state(stationary, stationary.state)
    kernel = PopulationKernel(stationary)
    if not kernel.growth < 1.0:
        raise ValueError(f"covariances do not decay: rho(K <phi'|mu>^2) = {kernel.growth:.6g} is not below 1")
    slowest = float(np.max(stationary.blocks.tau)) / (1.0 - math.sqrt(kernel.growth))
    return Pairs(kernel, slowest, _ALLOWED_POPULATIONS, kernel.error("phi"))


@pairs_of.register
def _(process: SteppedProcess, stationary: StationarySolution) -> Pairs:
    _check_state(stationary, stationary.state)
    if np.any(stationary.blocks.private_covariance(np.arange(1.0, 4.0))):
        raise ValueError("stationary must have white noise or none in discrete time: coloured noise is not known here")
    kernel = StepKernel(stationary)
    if not kernel.growth < 1.0:
        raise ValueError(f"covariances do not decay: rho(K <phi'|mu>^2) = {kernel.growth:.6g} is not below 1")
    return Pairs(kernel, timescale(kernel.growth), _ALLOWED, kernel.error("phi"), 1.0)


@pairs_of.register
def _(process: LowRankProcess, stationary: StationarySolution) -> Pairs:
    """A structure that stays is a frozen field; what it adds of its own fluctuations to the sums is of order 1/N."""
    _check_state(stationary, "fixed point" if math.isinf(stationary.decay_rate) else stationary.state)
    alone = with_frozen_structure(stationary)
    return pairs_of(alone.process, alone)


@pairs_of.register
def _(process: FilteredProcess, stationary: StationarySolution) -> Pairs:
    _check_state(stationary, stationary.state)
    if process.amplitudes is not None:
        raise ValueError("pairs of filters are not known under a sinusoid of random phases")
    kernel = FilterKernel(stationary)
    if not kernel.growth < 1.0:
        raise ValueError(
            f"covariances do not decay: max_w sqrt(rho(K <phi'>^2 |H(i w)|^2)) = {kernel.growth:.6g} is not below 1"
        )
    return Pairs(kernel, kernel.timescale, _ALLOWED_FILTERS, kernel.error("phi"))


@pairs_of.register
def _(process: UnderStructure, stationary: StationarySolution) -> Pairs:
    return pairs_of(process.alone, process.without(stationary))


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
