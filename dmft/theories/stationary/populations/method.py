"""`Populations`: the stationary method of several populations."""

from __future__ import annotations

from dataclasses import dataclass

from dmft.numerics.convergence import Status
from dmft.theories.stationary.populations.outcome import failed
from dmft.theories.stationary.populations.solve import solve_populations
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.windowed import Windowed


@dataclass(frozen=True)
class Populations(Windowed):
    """Several populations, their means and covariances together; each with its own phi, tau, bias, spread of thresholds
    and private noise.

    Without noise activity begins at zero and follows its relaxation; if a network does not stay where that ends, and
    under noise, covariances that decay are relaxed from high activity, by steps of implicit Euler that become Newton's,
    on spectral elements that are refined until twice as many nodes confirm them. Averages by Hermite series, made up
    for by graded quadrature where phi is steep.

    Source: Aljadeff, Stern & Sharpee, PRL 114, 088101 (2015); Kadmon & Sompolinsky, PRX 5, 041030 (2015).
    Accuracy: 1e-9 of plain iteration on uniform lags (`tests/reference/test_populations_reference.py`), 1e-10 of the
    other methods for one population (`tests/limits/test_populations_limits.py`).
    Cost: 30 ms for two populations of tanh or erf, 0.3 s for 16; 0.3 s where phi is steep and much is frozen, seconds
    where it is as steep as tanh(50 x).

    Parameters are those of every method on a half line of lags, its length to begin with.
    """

    def refuses(self, question: Question) -> str | None:
        """Return why not: what gives a process a memory, or moves all units alike."""
        try:
            blocks = question.blocks
        except ValueError as error:
            return str(error)
        couplings = blocks.network.couplings
        if couplings.low_rank is not None:
            return "low-rank couplings are solved by LowRankStates or LowRankPopulations: leave method out"
        if blocks.discrete:
            return "this theory is one of continuous time; give Leaky(), not Map()"
        if blocks.moved:
            return (
                "a drive common to all neurons makes the state periodic, not stationary: use dmft.solve_periodic or "
                "dmft.solve_nonstationary"
            )
        if blocks.phased:
            return "between populations a sinusoid of random phases is not solved; give private noise, or none"
        return None

    def solve(self, question: Question) -> StationarySolution:
        """Return the state."""
        return solve_populations(question.blocks, question, self.window)

    def failed(self, question: Question, status: Status, detail: str) -> StationarySolution:
        """Return a solution that holds nothing but the reason."""
        return failed(question.blocks, question, status, detail)
