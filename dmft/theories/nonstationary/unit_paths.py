"""The method for transients of units that are stated by equations: sampled paths, marched together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import integer, positive
from dmft.models.spelt import Spelt
from dmft.theories.composed import composed
from dmft.theories.nonstationary.grid import CELLS_PER_PERIOD
from dmft.theories.nonstationary.initial import stated_state
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.nonstationary.unit_sampling import Sampling, Sizes
from dmft.theories.nonstationary.unit_site import MarchedSite, marched_site
from dmft.theories.stated_units import StatedUnits, units_in_time

_DT, _LARGEST = 0.15, 0.18  # in the shortest time of the units; twice the largest is marched too
_OF_NOISE = 0.5  # in the correlation time of private noise, whose variance then is .8 % too large in a slow unit
_MOST_STEPS = 1e9
_LEAST_PATHS = 128


@dataclass(frozen=True)
class UnitPaths(Spelt):
    """Paths of units stated by equations, marched together in fields of the covariance that they have so far.

    ds_i/dt = F_a(s, eta_1 ... eta_K), <eta_ca(t) eta_ca(t')> = sum_b g_c,ab^2 f_b <o_cb(t) o_cb(t')>, one causal pass
    with nothing iterated, of independent couplings [Roy, Biroli, Bunin & Cammarota, J. Phys. A 52, 484001 (2019)
    iterate whole histories]. Any number of populations, mean couplings, biases, spread thresholds; inputs common to a
    population or private (sinusoids of random phase, white and coloured noise). Leaky units too. Lotka-Volterra species
    are marched in ln x: without immigration they age.

    Of the states the first begins at normal numbers (mean, variance) of `init`, the others at 0; abundances at their
    size.

    Parameters
    ----------
    dt : step; None for .15 of the shortest time of the units, and at most half the correlation time of private noise.
        Third order, second in such noise.
    paths : of a run, in each population; what they are too few for is a part of the error.
    runs : independent runs, at least 2: their scatter is the error.
    seed : integer or `numpy.random.SeedSequence`.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.

    Notes
    -----
    Accuracy: the exact march of leaky units within the errors, ten seeds (`tests/statistical/test_unit_transients.py`).
    Cost: of T steps runs x paths x T (60 ns + .4 ns T) for an output and a field, 16 paths T bytes.
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
            _marched(question)
        except ValueError as reason:
            return str(reason)
        return None

    def solve(self, question: Question) -> NonstationarySolution:
        """March from the initial state on."""
        units = _marched(question)
        dynamics = [population.dynamics for population in composed(question.network).named.values()]
        sites = tuple(marched_site(site, unit) for site, unit in zip(units.sites, dynamics, strict=True))
        begin = _begin(units, sites, question.init)
        dt = self._step(units, sites, begin[1])
        n = max(2, math.ceil(min(question.duration / dt, _MOST_STEPS) - 1e-9))
        sizes = Sizes(dt, n, self.paths, self.runs)
        return Sampling(units, sites, begin, question, sizes).solved(self.seed)

    def _step(self, units: StatedUnits, sites: tuple[MarchedSite, ...], variance: FloatArray) -> float:
        """Return the step: what the couplings send on the way is foreseen, so that means must not turn too fast."""
        sent = np.where([marched.positive for marched in sites], np.sqrt(variance), 1.0)
        turned = 1.0 + float(np.max(np.abs(units.means) @ sent))
        shortest = 1.0 / (turned * max(1.0, *(marched.fastest for marched in sites)))
        turns = [drive.period for marched in sites for drive in marched.site.moving if drive.period]
        largest = min([_LARGEST * shortest, *(period / CELLS_PER_PERIOD for period in turns)])
        if self.dt is None:
            rates = [rate for marched in sites for drive in marched.site.drives for rate in drive.rates]
            return min([_DT * shortest, largest, *(_OF_NOISE / rate for rate in rates)])
        if self.dt > largest * (1.0 + 1e-12):
            raise ValueError(f"dt must be at most {largest:.4g} for these units and drives, got {self.dt}")
        return self.dt


def _marched(question: Question) -> StatedUnits:
    """Return the units; refuse those that hear their own past."""
    units = units_in_time(question.network)
    if units.feedback:
        raise ValueError("transients of units stated by equations are solved with independent couplings, symmetry=0")
    return units


def _begin(units: StatedUnits, sites: tuple[MarchedSite, ...], init: Any) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of x(0) of each population, shape (P,)."""
    if isinstance(init, NonstationarySolution):
        raise ValueError("sampled transients begin at init=(mean, variance), not at the end of a solution")
    if init is not None:
        return stated_state(units, init)
    variance = np.ones(len(units))
    for p, marched in enumerate(sites):
        if marched.positive:  # a size at which competition does not empty the network at once
            variance[p] = ((1.0 + marched.site.bias) / (1.0 + max(0.0, -float(units.means[p].sum())))) ** 2
    return np.zeros(len(units)), variance
