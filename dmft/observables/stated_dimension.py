"""Effective dimension of the activity of units that state their equations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.budget import allow, limited
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.sampling_error import sampled
from dmft.numerics.value import Value
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.stated_units.response import sampled_responses
from dmft.theories.two_site.stated import participation, participation_at

_SETS, _PATHS = 6, 512  # independent sets of paths
_SECONDS = 60.0


def stated_dimension(process: UnitProcess, solution: StationarySolution, of: str, omega: float | None) -> Value:
    """Return PR/N of the outputs, its response sampled anew on independent sets of paths.

    Raises
    ------
    ValueError : for what the theory of pairs of such units does not know, by name.
    """
    units = process.units(solution.network)
    if of != "phi":
        raise ValueError('of units that state their equations pairs are known of what they send alone: take of="phi"')
    if len(units.outputs) > 1 or len(units.variances) > 1 or units.named or not units.centred:
        raise ValueError(
            "pairs of units that state their equations are known of one population without a name that hears one "
            "field, with outputs of mean zero by symmetry"
        )
    if units.turn:
        raise ValueError("pairs are known without a sinusoid of random phase, whose waves single units keep for ever")
    if solution.state in ("quiescent", "none"):
        raise ValueError(f"pairs covary where there is activity; the state is {solution.state!r}")
    gain = math.sqrt(float(units.variances[0, 0, 0]))
    grid = PeriodicGrid(2 * (len(process.omega) - 1), float(solution.lags[1]))
    state, spectrum = process.state(units, grid), grid.spectrum(process.outputs[0])
    with limited():
        allow(_SECONDS)
        children = np.random.SeedSequence(0).spawn(_SETS)
        sets = np.array([sampled_responses(units, grid, state, _PATHS, child)[0, 0] for child in children])

    def number(response: Any, every: int = 1) -> float:
        if omega is None:
            return participation(gain, grid.omega[::every], response[::every], spectrum[::every], units.feedback)
        if omega > grid.omega[-1]:
            raise ValueError(f"frequency must be below the highest of the paths, {grid.omega[-1] / (2 * math.pi):.4g}")
        return participation_at(gain, complex(np.interp(omega, grid.omega, response)), units.feedback)

    whole = number(sets.mean(axis=0))
    found = sampled(whole, [number(part) for part in sets])
    apart = 1.0 - gain**2 * float(np.max(np.abs(sets.mean(axis=0))) ** 2)
    lost = solution.convergence.error * (1.0 + 2.0 / max(apart, 1e-12))
    value = float(found.value)
    coarse = abs(number(sets.mean(axis=0), 2) - whole)
    return Value(value, float(found.error), "Novikov response", numerical_error=abs(value) * lost + coarse)
