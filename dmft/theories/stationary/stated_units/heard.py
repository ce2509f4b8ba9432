"""The fields of a state, for paths that are drawn anew."""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Fields
from dmft.theories.stated_site import Site
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.sampler import UnitMap
from dmft.theories.stationary.stated_units.state import parts_of


def fields_of(
    units: StatedUnits, grid: PeriodicGrid, state: FloatArray, sequence: np.random.SeedSequence
) -> list[tuple[Site, Fields, np.random.SeedSequence]]:
    """Return each population with the spectra, means and deviations of its fields, on few paths, and random numbers for
    others.

    Parameters
    ----------
    units, grid : of the state.
    state : what is kept of its outputs (`dmft.theories.stationary.stated_units.state`).
    sequence : of the random numbers.
    """
    parts = parts_of(state, units, grid)
    units = units.with_response(parts.memory)
    children = sequence.spawn(len(units.sites) + 1)
    few = UnitMap(units, grid, 4 * len(units.sites[0].fields) + 4, children[0])  # amplitudes do not ask for paths
    heard = few.heard(parts)
    return list(zip(units.sites, heard, children[1:], strict=True))
