"""Stationary states of what is more than one population of like units in continuous time, by the first method of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dmft.budget import OutOfWorkError, limited
from dmft.models.checks import named
from dmft.numerics.convergence import Status
from dmft.theories.method import Method, chosen_method
from dmft.theories.stationary.discrete.solve import failed, solve_discrete
from dmft.theories.stationary.question import BlockQuestion
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True)
class DiscreteTime:
    """Units in steps of time (`dmft.Map()`), any number of populations: what the one-step map settles in.

    The map of means and variances is followed from small and large activity and from means of either sign, and
    Newton's method takes it to a steady state. `others` counts further ones that it settles in. The covariance at
    other lags solves an equation of its own at each lag: it is that of the frozen part as soon as the lag is not 0,
    under white noise or none.

    Source: Molgedey, Schuchhardt & Schuster, PRL 69, 3717 (1992). A deep network of random weights is the same: the
    layers are its times, the bias variance of a layer is `threshold_variance` [Poole et al. 2016; Schoenholz et al.
    2017].
    Accuracy: mean, variance and frozen part to 1e-9 of independent numbers
    (`tests/reference/test_discrete_reference.py`); the error is that by other nodes.
    Cost: 10-50 ms for two populations, 0.5 s for 16.
    """

    def refuses(self, question: Any) -> str | None:
        """Return why not: continuous time, or input that changes with time for all or has a random phase."""
        if not (isinstance(question, BlockQuestion) and question.blocks.discrete):
            return "it is for discrete time, dmft.Map()"
        if question.blocks.moved:
            return "a drive common to all neurons moves the state with time: use dmft.solve_nonstationary"
        if question.blocks.phased:
            return "a sinusoid of random phases is not solved in discrete time"
        return None

    def solve(self, question: BlockQuestion) -> StationarySolution:
        """Return the state."""
        return solve_discrete(question)


STRUCTURED: tuple[Method, ...] = (DiscreteTime(),)


def solve_structured(question: BlockQuestion, method: Method | None) -> StationarySolution:
    """Return the state by the method asked for, or the first that does not refuse.

    Raises
    ------
    ValueError : if none serves, with all reasons.
    """
    if question.blocks.network.couplings.low_rank is not None:
        raise ValueError(
            "low-rank couplings are not solved between populations or in discrete time; leave low_rank out"
        )
    kinds = {type(known) for known in STRUCTURED}
    if method is not None and callable(getattr(method, "refuses", None)) and type(method) not in kinds:
        raise ValueError(
            f"{type(method).__name__} is a method for one population without thresholds in continuous time; here there "
            f"are {named(kinds)}"
        )
    try:
        with limited():
            solution: StationarySolution = chosen_method(STRUCTURED, question, method).solve(question)
    except OutOfWorkError as error:
        detail = f"stopped: {error}; start from a neighbouring point (init=), or use a less steep nonlinearity"
        solution = failed(question, Status.MAX_STEPS, detail)
    except FloatingPointError as error:
        solution = failed(question, Status.NON_FINITE, f"stopped: {error}")
    return solution
