"""`DiscreteTime`: the stationary method of units in steps of time."""

from __future__ import annotations

from dataclasses import dataclass

from dmft.models.spelt import Spelt
from dmft.numerics.convergence import Status
from dmft.theories.stationary.discrete.solve import failed, solve_discrete
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True)
class DiscreteTime(Spelt):
    """Units in steps of time (`dmft.Map()`), any number of populations: what the one-step map settles in.

    The map of means and variances is followed from small and large activity and from means of either sign, and
    Newton's method takes it to a steady state. `others` counts further ones that it settles in. The covariance at
    other lags solves an equation of its own at each lag: it is that of the frozen part as soon as the lag is not 0,
    under white noise or none. `WhiteNoise(intensity)` has the variance `intensity` in every step.

    Source: Molgedey, Schuchhardt & Schuster, PRL 69, 3717 (1992). A deep network of random weights is the same: the
    layers are its times (`dmft.StepByStep`), and the edge of chaos is where the exponent is 0 (`dmft.critical_line`)
    [Poole et al., NeurIPS 2016; Schoenholz et al., ICLR 2017].
    Accuracy: mean, variance and frozen part to 1e-9 of independent numbers
    (`tests/reference/test_discrete_reference.py`); the error is that by other nodes.
    Cost: 10-50 ms for two populations, 0.5 s for 16.
    """

    def refuses(self, question: Question) -> str | None:
        """Return why not: continuous time, or input that changes with time for all or has a random phase."""
        try:
            blocks = question.blocks
        except ValueError as error:
            return str(error)
        if not blocks.discrete:
            return "it is for discrete time, dmft.Map()"
        if blocks.network.couplings.low_rank is not None:
            return "low-rank couplings are solved by LowRankStates or LowRankPopulations: leave method out"
        if blocks.moved:
            return "a drive common to all neurons moves the state with time: use dmft.solve_nonstationary"
        if blocks.phased:
            return "a sinusoid of random phases is not solved in discrete time"
        return None

    def solve(self, question: Question) -> StationarySolution:
        """Return the state."""
        return solve_discrete(question)

    def failed(self, question: Question, status: Status, detail: str) -> StationarySolution:
        """Return a solution that holds nothing but the reason."""
        return failed(question, status, detail)
