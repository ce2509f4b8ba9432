"""What a process under a structure that stays has in common: to x it is a mean and a spread of thresholds, no more."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

from dmft.arrays import FloatArray
from dmft.theories.stationary.solution import StationarySolution

_NAMES = {"chaotic": "structured chaotic", "fixed point": "structured static"}  # of states of the other couplings
_WORDS = {name: alone for alone, name in _NAMES.items()}
_DRIVEN = "structured, "


class UnderStructure(ABC):
    """A process of the other couplings alone, under the input of the structure.

    Attributes
    ----------
    alone : the process of the other couplings.
    """

    alone: Any

    @abstractmethod
    def held(self, solution: StationarySolution) -> Any:
        """Return the network without the structure, whose units hear what it gives them."""

    def without(self, solution: StationarySolution) -> StationarySolution:
        """Return the state as one of that network."""
        state = _WORDS.get(solution.state, solution.state.removeprefix(_DRIVEN))
        return dataclasses.replace(solution, network=self.held(solution), process=self.alone, state=state)

    def cov_x(self, solution: Any, lags: FloatArray) -> Any:
        """Return the covariance of x over units, around its mean."""
        return self.alone.cov_x(self.without(solution), lags)

    def corr_x(self, solution: Any, lags: FloatArray) -> Any:
        """Return C^x."""
        return self.alone.corr_x(self.without(solution), lags)

    def corr_phi(self, solution: Any, lags: FloatArray) -> Any:
        """Return C^phi."""
        return self.alone.corr_phi(self.without(solution), lags)

    def corr_slope(self, solution: Any, lags: FloatArray) -> Any:
        """Return <phi' phi'>."""
        return self.alone.corr_slope(self.without(solution), lags)


def structured_name(alone: str) -> str:
    """Return the name of a state with structure, by that of the other couplings' state under its input."""
    return _NAMES.get(alone, f"{_DRIVEN}{alone}")
