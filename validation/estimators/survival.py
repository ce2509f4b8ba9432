"""The fraction of species that would grow if they were rare: without immigration those that live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.estimators import Accumulator, Measure, Sampling


@dataclass(frozen=True)
class Survival(Measure):
    """P(K + h > 0) over species and time, h what a species hears.

    At a fixed point without immigration K + h = x > 0 of species that live and K + h < 0 of those that die: the sign
    tells them apart at once, where their abundances would do so in the long run.
    """

    word = "survival"

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        return {"survival": ((), "1")}

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return none."""
        return {}

    def start(self, simulator: Any, sampling: Sampling) -> SurvivalSum:
        """Return the accumulator of one realization.

        Raises
        ------
        ValueError : for units that are no species.
        """
        if not hasattr(simulator, "growth_when_rare"):
            raise ValueError('measure="survival" is of species, dmft.LotkaVolterra(...); leave it out')
        return SurvivalSum()


class SurvivalSum(Accumulator):
    """The mean over species and samples."""

    def __init__(self) -> None:
        self._sum, self._samples = 0.0, 0

    def update(self, simulator: Any) -> None:
        """Count who would grow now."""
        self._sum += float(np.mean(simulator.growth_when_rare > 0.0))
        self._samples += 1

    def result(self) -> dict[str, Any]:
        """Return the fraction."""
        return {"survival": self._sum / max(self._samples, 1)}
