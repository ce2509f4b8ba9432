"""What a sampled solution of a plastic network is off by, besides its scatter: steps, window, and the bias of sampling.

Each is measured on the first set of random numbers by solving it again: at half the step (the random numbers of the
frequencies that both have are the same), with correlation functions led to zero at two thirds of the lag, and in parts
of fewer paths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.sampling import PeriodicNoise
from dmft.numerics.sampling.periodic_grid import even_spline
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.plastic.paths import PlasticMap

_SHORTER = 0.5  # part of the kept lags where the taper of the shorter window begins
_ORDER = 2  # of the step; it is higher, and the extrapolation then goes too far by a third
_UNSURE = 1.0 / 3.0  # part of the extrapolation to no step that is taken for its error
_LEAST = 16  # paths of a part

Solve = Callable[[PlasticMap, FloatArray], FloatArray]


@dataclass(frozen=True)
class Changes:
    """Changes of (C^x, C^phi) at the lags, each of shape (2, n_lag).

    Attributes
    ----------
    steps : from the step to none.
    window : from the window to the shorter one.
    bias : of one set, mean over samples minus the limit of many paths.
    bias_error : its standard error.
    """

    steps: FloatArray
    window: FloatArray
    bias: FloatArray
    bias_error: FloatArray

    @property
    def correction(self) -> FloatArray:
        """What is added to the mean of the sets."""
        return self.steps - self.bias

    def error(self) -> FloatArray:
        """Bound on what is left of the steps and of the window."""
        return _UNSURE * np.abs(self.steps) + np.abs(self.window)


def measured(
    network: Reduction, noise: PeriodicNoise, finer: PeriodicNoise, start: FloatArray, solve: Solve
) -> Changes:
    """Return the changes.

    Parameters
    ----------
    noise : random numbers of the first set.
    finer : the same at half the step.
    start : C^phi of the first set.
    solve : iterates a map from a start to its fixed point.
    """

    def rows(step_map: PlasticMap, guess: FloatArray) -> FloatArray:
        return step_map.correlations(solve(step_map, guess))

    grid = noise.grid
    here = rows(PlasticMap(network, noise), start)
    shorter = noise.on(replace(grid, kept=_SHORTER))
    window = rows(PlasticMap(network, shorter), start) - here
    between = even_spline(grid.lags, start, finer.grid.lags)
    steps = (rows(PlasticMap(network, finer), between)[:, ::2] - here) / (1.0 - 0.5**_ORDER)
    n_parts = min(4, noise.n_paths // _LEAST)
    if n_parts < 2:
        return Changes(steps, window, np.zeros_like(here), np.zeros_like(here))
    size = noise.n_paths // n_parts
    parts = [
        rows(PlasticMap(network, noise.part(slice(index * size, (index + 1) * size))), start)
        for index in range(n_parts)
    ]
    bias = (np.mean(parts, axis=0) - here) / (n_parts - 1)
    return Changes(steps, window, bias, np.abs(bias) * np.sqrt(2.0 / (n_parts - 1)))
