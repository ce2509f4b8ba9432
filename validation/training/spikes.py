"""Spike trains of a network, and how irregular they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dmft.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Spikes:
    """All spikes of a network in some time.

    Attributes
    ----------
    times : in the order of time, in units of tau, shape (n_spike,).
    units : which unit each is of, shape (n_spike,).
    duration : of what was seen, in units of tau.
    size : number of units.
    """

    times: FloatArray = field(repr=False)
    units: IntArray = field(repr=False)
    duration: float
    size: int

    @property
    def rates(self) -> FloatArray:
        """Spikes of each unit per tau, shape (N,)."""
        return np.bincount(self.units, minlength=self.size) / self.duration

    def variation(self, *, local: bool = False, least: int = 10) -> FloatArray:
        """Return the variation of each unit's intervals, sd over mean, shape (N,): 0 of a clock, 1 of a Poisson one.

        Parameters
        ----------
        local : compare each interval with the next one only, CV2 = <2|a - b|/(a + b)>, which slow changes of the rate
            do not enter, 1 of a Poisson process as well [Holt, Softky, Koch & Douglas, J. Neurophysiol. 75, 1806
            (1996)].
        least : intervals that a unit must have; nan for those with fewer.
        """
        found = np.full(self.size, np.nan)
        order = np.argsort(self.units, kind="stable")
        edges = np.searchsorted(self.units[order], np.arange(self.size + 1))
        for unit in range(self.size):
            gaps = np.diff(self.times[order[edges[unit] : edges[unit + 1]]])
            if len(gaps) >= max(least, 2):
                pairs = 2.0 * np.abs(np.diff(gaps)) / (gaps[1:] + gaps[:-1])
                found[unit] = np.mean(pairs) if local else np.std(gaps) / np.mean(gaps)
        return found


def joined(parts: list[Spikes]) -> Spikes | None:
    """Return the spikes of stretches of time that follow each other; None for none."""
    if not parts:
        return None
    begins = np.cumsum([0.0, *(part.duration for part in parts)])
    times = np.concatenate([part.times + begin for part, begin in zip(parts, begins, strict=False)])
    units = np.concatenate([part.units for part in parts])
    return Spikes(times, units, float(begins[-1]), parts[0].size)
