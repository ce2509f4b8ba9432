"""Training experiments, one network at a time: plain numbers from what one process needs."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning
from validation.training.recurrent import train_recurrent
from validation.training.tasks import Oscillation, SumOfSines
from validation.training.trained import TrainedNetwork
from validation.training.trainers import Force, FullForce

FREQUENCY, STEP = 0.2, 0.05
LEARNED = 0.1  # error below which a task counts as learned
RULES = {"full-FORCE": FullForce, "FORCE": Force}


@dataclass(frozen=True)
class Draw:
    """One network to be trained.

    Attributes
    ----------
    seed : of all that is random.
    size : number of units.
    trials, tests : of training and with frozen weights.
    rule : "full-FORCE" or "FORCE".
    amplitude, phases : of the input to a balanced generator.
    noise : of each unit, in training and test.
    """

    seed: int
    size: int
    trials: int
    tests: int
    rule: str = "full-FORCE"
    amplitude: float = 0.0
    phases: str = "common"
    noise: float = 0.0

    def over(self, n: int, **values: Any) -> list[Draw]:
        """Return n seeds of each of the values of one field."""
        ((name, several),) = values.items()
        return [replace(self, seed=self.seed + i, **{name: value}) for value in several for i in range(n)]


@cache
def oscillation(draw: Draw) -> TrainedNetwork:
    """Return a network that was to learn the oscillation of the full-FORCE paper."""
    trainer = RULES[draw.rule](dmft.RandomNetwork(g=1.5), Oscillation(), noise=draw.noise)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AccuracyWarning)  # what is chaotic is seen in its exponent
        return train_recurrent(
            trainer, size=draw.size, seed=draw.seed, trials=draw.trials, settling=5, test_trials=draw.tests
        )


def oscillation_error(draw: Draw) -> float:
    """Return its test error."""
    return oscillation(draw).test_error


def generator_of(draw: Draw) -> dmft.BalancedNetwork:
    """Return the balanced network whose currents are the targets, g = 2, f = 0.2, as in Engelken et al. (2022)."""
    phases: Any = draw.phases
    return dmft.BalancedNetwork(g=2.0, size=draw.size, drive=dmft.Sinusoid(draw.amplitude, FREQUENCY, phases=phases))


def imitation(draw: Draw) -> tuple[float, float]:
    """Return the exponent of a drawn generator, and the test error of a network that is to do the same unasked.

    Full-FORCE about the couplings of the generator, updates every 0.2 tau on average, 50 periods, tests of 5.
    """
    task = SumOfSines(1.0 / FREQUENCY, pulse=0.0, cycles=(1,))
    settings: dict[str, Any] = {"target_amplitude": 0.0, "start": "generator", "learned": 0.25, "dt": STEP}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AccuracyWarning)  # chaotic generators are what is asked about
        trained = train_recurrent(
            FullForce(generator_of(draw), task, **settings),
            size=draw.size,
            seed=draw.seed,
            trials=draw.trials,
            settling=40,
            test_trials=draw.tests,
        )
    return trained.generator_exponent, trained.test_error


def predicted(draw: Draw) -> float:
    """Return the exponent of that generator by theory."""
    return float(dmft.solve_targets(generator_of(draw)).exponent)


def crossing(amplitudes: FloatArray, values: FloatArray, level: float) -> tuple[float, float]:
    """Return where curves fall through a level for the last time, mean and standard error over networks.

    Parameters
    ----------
    amplitudes : increasing, shape (n,); places are interpolated in their logarithm.
    values : shape (n, n_network).

    Returns
    -------
    (nan, nan) if fewer than two networks cross.
    """
    places = []
    for curve in values.T - level:
        last = np.flatnonzero((curve[:-1] > 0.0) & (curve[1:] <= 0.0))
        if len(last):
            i = int(last[-1])
            part = curve[i] / (curve[i] - curve[i + 1])
            places.append(float(np.exp(np.interp(part, [0.0, 1.0], np.log(amplitudes[i : i + 2])))))
    if len(places) < 2:
        return math.nan, math.nan
    return float(np.mean(places)), float(np.std(places, ddof=1) / np.sqrt(len(places)))
