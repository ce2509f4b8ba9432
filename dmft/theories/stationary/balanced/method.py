"""`Balanced`: the stationary method of networks with a mean input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.models.checks import positive
from dmft.models.spelt import Spelt
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.balanced.solve import BRANCHES, solve_balanced
from dmft.theories.stationary.memory import with_memory
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True)
class Balanced(Spelt):
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
        return with_memory(question.network)

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


def _exponential(network: Reduction) -> bool:
    """Whether the coloured noise decays as the exponential of its rate."""
    if not network.coloured:
        return True
    lags = np.array([0.3, 1.0, 3.0]) / network.coloured[0].rates[0]
    expected = float(network.private_covariance(0.0)) * np.exp(-lags * network.coloured[0].rates[0])
    return bool(np.allclose(network.private_covariance(lags), expected, rtol=1e-9))
