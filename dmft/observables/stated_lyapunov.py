"""Largest Lyapunov exponent of units that state their equations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.budget import allow, limited
from dmft.errors import DMFTError, answering
from dmft.models.checks import integer
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.value import Value
from dmft.observables.lyapunov import exponent_of
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.stated_units.tangent import Perturbations

_SETS = 16  # independent sets of paths: the scatter of few may be small by chance
_NEAR = 5e-4  # |log growth| at which a rate is a root
_STEPS = 8
_SENSITIVITY = 4.0  # largest logarithmic derivative of the growth by the state that is allowed for
_SECONDS = 120.0


@exponent_of.register
@answering
def exponent_of_stated_units(process: UnitProcess, solution: Any, *, paths: int = 1024, seed: Any = 0) -> Value:
    """Return the exponent, the rate at which perturbations of the unit, sampled beside it, keep their size.

    Parameters
    ----------
    paths : of each of sixteen independent sets, whose scatter is the standard error.
    seed : entropy of the random numbers.

    Notes
    -----
    Accuracy: linear units within four errors (`tests/limits/test_stated_units_exponent.py`). Cost: 2-8 s.
    """
    refuse_stateless(solution, "to perturb", of=solution.variance)
    if solution.state == "quiescent":
        raise ValueError("of stated units at rest no exponent is computed: solution.stable says whether they stay")
    units = process.units(solution.network)
    grid = PeriodicGrid(2 * (len(process.omega) - 1), float(solution.lags[1]))
    state = process.state(units, grid)
    paths = integer("paths", paths, least=64)
    children = np.random.SeedSequence(seed).spawn(_SETS)
    found = []
    with limited():
        allow(_SECONDS)
        guess = 0.05
        for child in children:
            guess, slope = _root(Perturbations(units, grid, state, paths, child), guess)
            found.append((guess, slope))
    rates, slopes = np.array(found).T
    error = student(_SETS) * float(np.std(rates, ddof=1)) / math.sqrt(_SETS)
    lost = (_SENSITIVITY * solution.convergence.error + 2.0 * _NEAR) / float(np.min(np.abs(slopes)))
    return Value(float(rates.mean()), error, "tangent process", (tuple(map(float, rates)),), numerical_error=lost)


def _root(perturbations: Perturbations, guess: float) -> tuple[float, float]:
    """Return the rate at which perturbations keep their size, by the secant method, and the slope of log growth."""
    rates, logs, slope = [guess], [math.log(perturbations.growth(guess))], -2.0
    for _ in range(_STEPS):
        if len(rates) > 1 and rates[-1] != rates[-2]:
            measured = (logs[-1] - logs[-2]) / (rates[-1] - rates[-2])
            slope = min(measured, -0.1) if abs(rates[-1] - rates[-2]) > 1e-3 else slope
        if abs(logs[-1]) < _NEAR and len(rates) > 1:
            return rates[-1], slope
        rates.append(rates[-1] - max(min(logs[-1] / slope, 0.3), -0.3))
        logs.append(math.log(perturbations.growth(rates[-1])))
    raise DMFTError(
        f"the exponent was not found: perturbations grow by {math.exp(logs[-1]):.4g} at a rate of {rates[-1]:.4g}; "
        "take more paths"
    )
