"""Independent sets of paths, solved one after the other: each has a fixed point of its own, so that their scatter holds
what the self-consistency makes of sampling errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.slow_fixed_point import learning, solve_slow
from dmft.theories.stationary.stated_units.pilot import OF_ACCURACY, Pilot
from dmft.theories.stationary.stated_units.sampler import UnitMap
from dmft.theories.stationary.stated_units.state import Row, parts_of, scale_of
from dmft.theories.stationary.stated_units.variations import TOLERANCE, Variations, varied

_PART = 0.02  # of the scatter of sets, at which their iterations stop


@dataclass(frozen=True, eq=False)
class Solved:
    """Solutions on one window.

    Attributes
    ----------
    grid : of all.
    rows : what is measured, one of an independent set of paths.
    variations : of the first.
    distance : what is left of the iterations, relative to C(0), the mean of all sets.
    outcome : of the worst.
    """

    grid: PeriodicGrid
    rows: list[Row]
    variations: Variations
    distance: float
    outcome: Convergence


class Sets:
    """The sets that have been solved; what the iteration of the first learns of the slopes of its map serves all.

    Parameters
    ----------
    found : where to start.
    paths : of each set.
    max_steps : of each iteration.
    accuracy : relative, that is asked for.
    """

    def __init__(self, found: Pilot, paths: int, max_steps: int, accuracy: float) -> None:
        self._found, self._paths, self._max_steps, self._accuracy = found, paths, max_steps, accuracy
        self._scale, self._learned = scale_of(found.state, found.units, found.grid), learning()
        self._first: FloatArray | None = None
        self._least = min(TOLERANCE, OF_ACCURACY * accuracy)
        self._tolerance = self._least
        self._variations: Variations
        self._rows: list[Row] = []
        self._outcomes: list[Convergence] = []

    def solved(self, sequences: Sequence[np.random.SeedSequence]) -> Solved:
        """Return the solutions of the sets of these random numbers; those that are solved are not solved again."""
        for sequence in sequences[len(self._rows) :]:
            self._add(sequence)
        worst = max(self._outcomes, key=lambda ending: (not ending.converged, ending.error))
        distance = float(np.mean([ending.error for ending in self._outcomes]))
        return Solved(self._found.grid, self._rows, self._variations, distance, worst)

    def _add(self, sequence: np.random.SeedSequence) -> None:
        found = self._found
        settings: dict[str, Any] = {"max_steps": self._max_steps, "learned": self._learned}
        sampler = self._sampler(sequence)
        start = found.state if self._first is None else self._first
        state, outcome = solve_slow(sampler, start, self._scale, tolerance=self._tolerance, **settings)
        if found.rests:  # what changes, first in a state, is not heard in the fields
            changing = parts_of(state, found.units, found.grid).changing.ravel()
            left = float(np.max(np.abs(changing) / self._scale[: len(changing)]))
            outcome = replace(outcome, error=outcome.error + left)
        self._outcomes.append(outcome)
        self._rows.append(sampler.measure(state))
        if self._first is None:
            self._first = state
            halved = self._sampler(sequence, 2)
            self._variations = varied(sampler, halved, state, self._rows[0], self._scale, **settings)
        else:
            scatter = float(np.max(np.abs(state - self._first) / self._scale))
            self._tolerance = max(self._least, min(_PART * scatter, OF_ACCURACY * self._accuracy))

    def _sampler(self, sequence: np.random.SeedSequence, finer: int = 1) -> UnitMap:
        found = self._found
        sampler = UnitMap(found.units, found.grid, self._paths, sequence, found.controls, finer=finer)
        return sampler.resting() if found.rests else sampler
