"""States of sampled units in which nothing moves, and whether a network stays in them.

The iteration for a state may come to a fixed point that a network leaves: small moving parts of the fields are mapped
onto larger ones. Then it is begun again with a moving part that is not small.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.state import Outputs, packed, parts_of
from dmft.theories.stationary.stated_units.tangent import Perturbations

_STILL = 1e-3  # part of a mean square below which an output does not move
_MOVING = 0.5  # of the frozen variance, that is made to move
_PATHS = 512
NEARLY = 0.9  # growth from which a sampled one may be above 1


def is_still(state: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> bool:
    """Whether nothing moves, but for what turns with a sinusoid, in a state that does not stand at zero."""
    if units.noisy or (units.centred and not units.turn):
        return False
    parts = parts_of(state, units, grid)
    return bool(np.all(np.abs(parts.changing[:, 0]) <= _STILL * parts.sizes) and np.any(parts.sizes > 0.0))


def growth(state: FloatArray, units: StatedUnits, grid: PeriodicGrid, sequence: np.random.SeedSequence) -> float:
    """Return by how much a small moving part grows in a turn around the network; above 1 a still state is left."""
    return Perturbations(units, grid, state, _PATHS, sequence).growth(0.0)


def moved(state: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
    """Return the state with a part of what is frozen made to move."""
    parts = parts_of(state, units, grid)
    held = parts.frozen + np.maximum(parts.waves.sum(axis=1), 0.0)
    changing = _MOVING * np.outer(held, np.exp(-np.square(grid.lags / 3.0)))
    return packed(
        Outputs(changing, (1.0 - _MOVING) * parts.frozen, parts.means, (1.0 - _MOVING) * parts.waves), units
    )
