"""Largest Lyapunov exponent of units that state their equations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.budget import OutOfWorkError, allow, limited
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
_NEARLY = 5e-3  # the same, of one that is not found better, which is a part of the error
_STEPS = 8
_SHORTER_SETS = 4  # for what the window does to perturbations
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
    Accuracy: linear units within four errors (`tests/limits/test_stated_units_exponent.py`). Cost: 2-8 s; half a minute
    and more where slopes hardly change in time, so that many shapes of perturbations grow nearly alike.
    """
    refuse_stateless(solution, "to perturb", of=solution.variance)
    if solution.state == "quiescent":
        raise ValueError("of stated units at rest no exponent is computed: solution.stable says whether they stay")
    units = process.units(solution.network)
    grid = PeriodicGrid(2 * (len(process.omega) - 1), float(solution.lags[1]))
    state = process.state(units, grid)
    paths = integer("paths", paths, least=64)
    children = np.random.SeedSequence(seed).spawn(_SETS)
    found: list[tuple[float, float, float]] = []
    shorter: list[float] = []
    with limited():
        allow(_SECONDS)
        guess, shape = 0.05, None
        for child in children:
            perturbations = Perturbations(units, grid, state, paths, child)
            if shape is not None:  # that of other paths, which theirs is close to
                perturbations.kappa = shape
            try:
                guess, slope, left = _root(perturbations, guess)
            except OutOfWorkError as why:
                raise OutOfWorkError(f"the exponent was not found: {why}; take fewer paths than {paths}") from None
            found.append((guess, slope, left))
            shape = perturbations.kappa
            if len(shorter) < _SHORTER_SETS:
                shorter.append((math.log(perturbations.growth_of_shorter(guess)) - left) / slope)
    rates, slopes, left = np.array(found).T
    # What the shorter window takes off the rate: an endless one adds up to 2.8 times that, .9 to 1.6 times in leaky
    # units under weak noise, where it is known. Once is added, and the rest is within the error.
    beyond = float(np.mean(shorter))
    error = student(_SETS) * float(np.std(rates, ddof=1)) / math.sqrt(_SETS)
    unsure = _SENSITIVITY * solution.convergence.error + _NEAR + float(np.max(np.abs(left)))
    lost = unsure / float(np.min(np.abs(slopes))) + 2.0 * abs(beyond)
    by_set = (tuple(map(float, rates + beyond)),)
    return Value(float(rates.mean()) + beyond, error, "tangent process", by_set, numerical_error=lost)


def _root(perturbations: Perturbations, guess: float) -> tuple[float, float, float]:
    """Return the rate at which perturbations keep their size, by the secant method, the slope of log growth, and what
    is left of that."""
    rates, logs, slope = [guess], [math.log(perturbations.growth(guess))], -2.0
    for _ in range(_STEPS):
        if len(rates) > 1 and rates[-1] != rates[-2]:
            measured = (logs[-1] - logs[-2]) / (rates[-1] - rates[-2])
            slope = min(measured, -0.1) if abs(rates[-1] - rates[-2]) > 1e-3 else slope
        if abs(logs[-1]) < _NEAR and len(rates) > 1:
            return rates[-1], slope, logs[-1]
        rates.append(rates[-1] - max(min(logs[-1] / slope, 0.3), -0.3))
        logs.append(math.log(perturbations.growth(rates[-1])))
    best = int(np.argmin(np.abs(logs)))
    if abs(logs[best]) < _NEARLY:  # shapes that hardly differ in growth take turns in being the largest
        return rates[best], slope, logs[best]
    raise DMFTError(
        f"the exponent was not found: perturbations grow by {math.exp(logs[best]):.4g} at a rate of {rates[best]:.4g}, "
        "as near to 1 as it was met; the state is close to a transition, or paths are too few: take more"
    )
