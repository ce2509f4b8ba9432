"""The methods of the stationary theory, in the order in which they are tried."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.models.checks import integer, positive
from dmft.numerics.convergence import Status
from dmft.numerics.fixed_point import FixedPointMethod
from dmft.numerics.gaussian import averages
from dmft.theories.low_rank import has_low_rank
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.balanced.solve import BRANCHES, solve_balanced
from dmft.theories.stationary.centred.at_rest import StaticState, own_scale
from dmft.theories.stationary.centred.driven_start import driven_start, start_of
from dmft.theories.stationary.centred.on_orbit import solve_on_orbit, unbounded
from dmft.theories.stationary.centred.on_window import Search, solve_on_window
from dmft.theories.stationary.centred.problem import Problem
from dmft.theories.stationary.discrete.method import DiscreteTime
from dmft.theories.stationary.low_rank.method import LowRankStates
from dmft.theories.stationary.plastic.process import RememberedProcess
from dmft.theories.stationary.plastic.solve import solve_plastic
from dmft.theories.stationary.populations.method import Populations
from dmft.theories.stationary.question import RTOL, Question
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric.solve import check_symmetric, solve_symmetric


@dataclass(frozen=True)
class AtRest:
    """A state that does not move: x = 0, or a fixed point."""

    def refuses(self, question: Question) -> str | None:
        """Return why not: a drive, or a state that moves."""
        reason = _not_gaussian(question.network)
        if reason is None and not question.network.undriven:
            return "the drive moves every state"
        if reason is None and _static(question) is None:
            return "no static state is stable"
        return reason

    def solve(self, question: Question) -> StationarySolution:
        """Return the state."""
        state = _static(question)
        assert state is not None
        return state.solution(question.problem(), question.rtol, question.others)


@dataclass(frozen=True)
class EnergyOrbit:
    """A moving state without drive or under white noise, by the energy of its correlation function: no window."""

    def refuses(self, question: Question) -> str | None:
        """Return why not: input that has no energy."""
        reason = _not_gaussian(question.network)
        if reason is None and (question.network.coloured or question.network.waves):
            return "only without drive or under white noise the correlation function has an energy"
        if reason is None and _static(question) is not None:
            return "the state does not move"
        return reason

    def solve(self, question: Question) -> StationarySolution:
        """Return the state, or that there is none."""
        states, pick = question.states
        problem = question.problem()
        if not states:
            return _nothing(problem)
        return solve_on_orbit(problem, question.rtol, states[pick][0], question.others)


@dataclass(frozen=True)
class LagEquation:
    """The equation for the correlation function, on a window of lags, for any private input.

    Parameters
    ----------
    window : length of the half line of lags, in units of tau; None for one that is long enough.
    iteration : None for Newton's method (Anderson's where it gets stuck), or `dmft.Anderson(...)`, `dmft.Damped(...)`.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    window: float | None = None
    iteration: FixedPointMethod | None = None

    def __post_init__(self) -> None:
        if self.window is not None:
            object.__setattr__(self, "window", positive("window", self.window))
        if self.iteration is not None and not callable(getattr(self.iteration, "solve", None)):
            raise TypeError(f"iteration must be dmft.Anderson(...), dmft.Damped(...) or None, got {self.iteration!r}")

    def refuses(self, question: Question) -> str | None:
        """Return why not: a process that is not Gaussian around its input, or whose mean is not zero."""
        return _not_gaussian(question.network)

    def solve(self, question: Question) -> StationarySolution:
        """Return the state; one that does not move as it is."""
        network, init = question.network, question.init
        problem = question.problem(window=self.window, method=self.iteration)
        if network.coloured or network.waves:
            given = init is not None and math.isfinite(init.variance)
            start = start_of(init) if given and init is not None else driven_start(problem)
        else:
            static = _static(question)
            if static is not None:
                return static.solution(problem, question.rtol, question.others)
            moving = EnergyOrbit().solve(question)
            if not moving.convergence.converged:
                return moving
            start = start_of(moving)
        search = Search(question.rtol, question.max_steps, self.window, self.iteration, question.callback)
        return solve_on_window(problem, start, search)


@dataclass(frozen=True)
class Balanced:
    """Mean and covariance together: states by their energy without a drive, and followed along a line to it.

    Parameters
    ----------
    branch : None for the state that the network goes to, or "locked" or "chaotic", to ask for that kind.
    window : length of the half line of lags of a moving state, in units of tau; None for one that is long enough.
    gaussian_phases : replace a sinusoid of random phases by Gaussian noise of its covariance, (I1^2/2) cos(w lag): not
        exact, but what a theory of Gaussian h would do; for comparison.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    branch: str | None = None
    window: float | None = None
    gaussian_phases: bool = False

    def __post_init__(self) -> None:
        if self.branch not in BRANCHES:
            raise ValueError(f"branch must be None, 'locked' or 'chaotic', got {self.branch!r}")
        if self.window is not None:
            object.__setattr__(self, "window", positive("window", self.window))

    def refuses(self, question: Question) -> str | None:
        """Return why not: a mean that nothing moves, or a process that is not Gaussian around its input."""
        if question.network.centred:
            return "the mean input is zero: there is nothing to balance"
        if question.network.waves and question.network.noise:
            return "around a mean, private noise and a sinusoid of random phases are not solved together"
        if len({rate for drive in question.network.coloured for rate in drive.rates}) > 1:
            return "around a mean, coloured noises of different correlation times are not solved together"
        if not _exponential(question.network):
            return "around a mean, coloured noise is taken to decay as one exponential, and this does not"
        return _with_memory(question.network)

    def solve(self, question: Question) -> StationarySolution:
        """Return the state."""
        return solve_balanced(
            question.network,
            branch=self.branch,
            window=self.window,
            gaussian_phases=bool(self.gaussian_phases),
            rtol=question.rtol,
            max_steps=question.max_steps,
            init=question.init,
        )


@dataclass(frozen=True)
class Sampled:
    """Sampled paths of a single-site process with memory: partially symmetric or plastic couplings.

    Parameters
    ----------
    paths : number of paths; a multiple of 8 for symmetric couplings; None for 1024 with symmetry, and for the
        default of `solve_plastic` with plasticity, which has more settings.
    seed : entropy of the random numbers.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    paths: int | None = None
    seed: Any = 0

    def __post_init__(self) -> None:
        if self.paths is not None:
            integer("paths", self.paths, least=1)

    def refuses(self, question: Question) -> str | None:
        """Return why not: a process without memory, of which more is known exactly."""
        network = question.network
        if not network.remembers and network.symmetry == 0:
            return "the process has no memory, and is solved without sampling"
        if network.remembers and network.beside_plasticity:
            return f"of the theory of plastic couplings: {network.beside_plasticity}"
        if not network.centred:
            return "the sampled theory knows no mean input (mean couplings, bias, constant drive)"
        return (
            "the arrays of a sampled state are on its own lags: leave lags out" if question.lags is not None else None
        )

    def solve(self, question: Question) -> StationarySolution:
        """Return the state, with its errors."""
        network = question.network
        if network.remembers:
            more: dict[str, Any] = {} if self.paths is None else {"samples": self.paths}
            if question.init is not None and isinstance(question.init.process, RememberedProcess):
                more["init"] = question.init
            return solve_plastic(network, seed=self.seed, on_failure="ignore", **more)
        paths = 1024 if self.paths is None else self.paths
        check_symmetric(network, paths, question.max_steps)
        return solve_symmetric(
            network,
            _independent,
            seed=self.seed,
            samples=paths,
            max_steps=question.max_steps,
            accuracy=None if question.rtol == RTOL else question.rtol,
        )


def _independent(network: Reduction) -> StationarySolution:
    """Return the state of independent couplings, from which the sampling starts."""
    question = Question(network)
    method: Any = next(m for m in (AtRest(), EnergyOrbit(), LagEquation()) if m.refuses(question) is None)
    solution: StationarySolution = method.solve(question)
    return solution


METHODS = (AtRest(), EnergyOrbit(), LagEquation(), Balanced(), Sampled())
SEVERAL = (Populations(), DiscreteTime())


def methods_for(question: Question) -> tuple[Any, ...]:
    """Return the methods to be tried: those of one population first, unless its arrays are to have an axis."""
    if has_low_rank(question.statement):
        return (LowRankStates(),)
    if question.outside is not None:
        return SEVERAL
    return (*SEVERAL, *METHODS) if "" not in question.network.network.named else METHODS


def _exponential(network: Reduction) -> bool:
    """Whether the coloured noise decays as the exponential of its rate."""
    if not network.coloured:
        return True
    lags = np.array([0.3, 1.0, 3.0]) / network.coloured[0].rates[0]
    expected = float(network.private_covariance(0.0)) * np.exp(-lags * network.coloured[0].rates[0])
    return bool(np.allclose(network.private_covariance(lags), expected, rtol=1e-9))


def _with_memory(network: Reduction) -> str | None:
    if network.remembers:
        return "plastic couplings give the process a memory: it is not Gaussian"
    if network.symmetry != 0:
        return "partially symmetric couplings give the process a memory: it is not Gaussian"
    return None


def _not_gaussian(network: Reduction) -> str | None:
    if not network.centred:
        return "the mean input is not zero (mean couplings, bias or constant drive)"
    return _with_memory(network)


def _static(question: Question) -> StaticState | None:
    """Return the static state that is meant, or None."""
    if not question.network.undriven:
        return None
    states, pick = question.states
    return states[pick][1] if states else None


def _nothing(problem: Problem) -> StationarySolution:
    """Return the failure to find a state: activity without bound, or a search that came to nothing."""
    network = problem.network
    high = 4.0 * max(own_scale(network), problem.intensity)
    try:
        held = network.g**2 * averages(network.nonlinearity, high).mean_square
    except FloatingPointError:
        averages(network.nonlinearity, 1e-6 * network.g**2)  # not finite nearby either: that is what is to be said
        held = math.inf
    if held >= high * (1.0 - 1e-9):
        return problem.failed(Status.NO_SOLUTION, unbounded(network))
    return problem.failed(
        Status.STALLED, "no stable state was found; look at dmft.branches, or start from a neighbouring point (init=)"
    )
