"""`AtRest`, `EnergyOrbit`, `LagEquation`: the stationary methods of networks of zero mean, where x is Gaussian."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dmft.models.checks import positive
from dmft.models.spelt import Spelt
from dmft.numerics.convergence import Status
from dmft.numerics.fixed_point import FixedPointMethod
from dmft.numerics.gaussian import averages
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.centred.at_rest import StaticState, own_scale
from dmft.theories.stationary.centred.driven_start import driven_start, start_of
from dmft.theories.stationary.centred.on_orbit import solve_on_orbit, without_state
from dmft.theories.stationary.centred.on_window import Search, solve_on_window
from dmft.theories.stationary.centred.problem import Problem
from dmft.theories.stationary.memory import with_memory
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True)
class AtRest(Spelt):
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
class EnergyOrbit(Spelt):
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
class LagEquation(Spelt):
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


def _not_gaussian(network: Reduction) -> str | None:
    if not network.centred:
        return "the mean input is not zero (mean couplings, bias or constant drive)"
    return with_memory(network)


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
        return without_state(problem)
    return problem.failed(
        Status.STALLED,
        "no stable state was found; look at dmft.branches, or start from a neighbouring point (init=)",
    )
