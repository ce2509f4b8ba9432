"""The method for transients of units that are stated by equations: sampled paths, marched together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dmft.models.checks import integer, positive
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.nonstationary.unit_sampling import Sizes, sampled_units
from dmft.theories.stated_units import StatedUnits, units_in_time

_DT, _LARGEST = 0.15, 0.5  # in the shortest time of the units
_MOST_STEPS = 1e9
_LEAST_PATHS = 128


@dataclass(frozen=True)
class UnitPaths:
    """Paths of units stated by equations, marched together in fields of the covariance that they have so far.

    ds_i/dt = F_a(s, eta_1 ... eta_K), <eta_ca(t) eta_ca(t')> = sum_b g_c,ab^2 f_b <o_cb(t) o_cb(t')>, one causal pass
    with nothing iterated [Roy, Biroli, Bunin & Cammarota, J. Phys. A 52, 484001 (2019) iterate whole histories]. Any
    number of populations, mean couplings, biases, spread thresholds; inputs common to a population or private
    (sinusoids of random phase, white and coloured noise). Leaky units too. Lotka-Volterra species are marched in ln x:
    without immigration they age.

    Of the states the first begins at normal numbers (mean, variance) of `init`, the others at 0; abundances at their
    size.

    Parameters
    ----------
    dt : step; None for .15 of the shortest time of the units. Third order.
    paths : of a run, in each population; what they are too few for is a part of the error.
    runs : independent runs, at least 2: their scatter is the error.
    seed : integer or `numpy.random.SeedSequence`.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.

    Notes
    -----
    Accuracy: the exact march of leaky units within the errors, ten seeds (`tests/statistical/test_unit_transients.py`).
    Cost: of T steps runs x paths x T (60 ns + .12 ns T) for an output and a field, 16 paths T bytes.
    """

    dt: float | None = None
    paths: int = 1000
    runs: int = 8
    seed: Any = 0

    def __post_init__(self) -> None:
        if self.dt is not None:
            object.__setattr__(self, "dt", positive("dt", self.dt))
        integer("paths", self.paths, least=_LEAST_PATHS)
        integer("runs", self.runs, least=2)

    def refuses(self, question: Question) -> str | None:
        """Return why not: units without equations, or what acts back on a unit."""
        try:
            units_in_time(question.network)
        except ValueError as reason:
            return str(reason)
        return None

    def solve(self, question: Question) -> NonstationarySolution:
        """March from the initial state on."""
        units = units_in_time(question.network)
        dt = self._step(units)
        n = max(2, math.ceil(min(question.duration / dt, _MOST_STEPS) - 1e-9))
        return sampled_units(units, question, Sizes(dt, n, self.paths, self.runs), self.seed)

    def _step(self, units: StatedUnits) -> float:
        shortest = 1.0 / max(1.0, *(site.equations.fastest for site in units.sites))
        turns = [drive.period for site in units.sites for drive in site.moving if drive.period]
        largest = min([_LARGEST * shortest, *(period / 16.0 for period in turns)])
        if self.dt is None:
            return min(_DT * shortest, largest)
        if self.dt > largest * (1.0 + 1e-12):
            raise ValueError(f"dt must be at most {largest:.4g} for these units and drives, got {self.dt}")
        return self.dt
