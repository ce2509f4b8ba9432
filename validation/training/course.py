"""A training on its way: the generator that has settled, the trials that are drawn, and the test at the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.errors import AccuracyWarning, warn
from dmft.sweeps.log import Log
from validation.ensemble import RealizationSeed, check_memory, checked_count
from validation.training.bounded_rows import Certificate
from validation.training.generator import Generator
from validation.training.student import RateUnits
from validation.training.tasks import Trial
from validation.training.trained import TrainedNetwork, check_finite, drawn_trial, performed
from validation.training.trainers import Trainer

SETTLING, TRAINING, TEST = 1000, 1001, 1002  # beside the streams of the realization, in the tree of its seeds
KEPT_EVERY = 10  # trials
_ALIGNING = 2  # settling trials in which the tangent vector finds its direction
_SECONDS_A_STEP, _SECONDS_A_COUPLING, _SECONDS_A_PLACE = 2e-5, 5e-10, 1e-9


def checked_trials(trainer: Trainer, n: int, trials: Any, settling: Any, test_trials: Any) -> tuple[int, int, int]:
    """Return the three numbers of trials, or refuse them, and what would not fit in memory or a week."""
    trials, settling = checked_count("trials", trials), checked_count("settling", settling, least=_ALIGNING + 2)
    test_trials = checked_count("test_trials", test_trials)
    check_memory(8 * 8 * n * n, n, 1, "a smaller size")
    steps, places = trainer.task.longest / trainer.dt, trainer.places
    check_cost(
        f"{trials + settling + test_trials} trials of {steps:.3g} steps of N = {n}",
        seconds=float(trials + settling + test_trials)
        * steps
        * (_SECONDS_A_STEP + _SECONDS_A_COUPLING * n**2 + _SECONDS_A_PLACE * places * n),
        memory=24.0 * steps * n,
        remedy="take a smaller size, or fewer trials",
    )
    return trials, settling, test_trials


class Course(ABC):
    """A generator that has settled, and a student; kinds of them know how it learns.

    Parameters
    ----------
    trainer : how.
    n : number of units.
    seed : of the realization.
    settling : number of trials before training.

    Attributes
    ----------
    generator : it.
    trials : of training, if none are asked for.
    exponent, exponent_error : its largest Lyapunov exponent while it hears the task, and the standard error over
        trials.

    Warns
    -----
    AccuracyWarning : if it is chaotic.
    """

    trials: int

    def __init__(self, trainer: Any, n: int, seed: RealizationSeed, settling: int) -> None:
        self._trainer, self._n, self._seed = trainer, n, seed
        self.generator = Generator(trainer, n, seed)
        stretched, elapsed = [], []
        for number in range(settling):
            trial, _, _ = self.drawn(SETTLING, number)
            _, logs = self.generator.targets(trial, exponent=True)
            check_finite(self.generator.x, f"settling trial {number}")
            stretched.append(logs)
            elapsed.append(len(trial) * trainer.dt)
        rates = np.array(stretched[_ALIGNING:]) / np.array(elapsed[_ALIGNING:])
        self.exponent = float(np.sum(stretched[_ALIGNING:]) / np.sum(elapsed[_ALIGNING:]))
        self.exponent_error = float(np.std(rates, ddof=1) / len(rates) ** 0.5)
        if self.exponent > 0.0:
            warn(
                f"the generator is chaotic while it hears the task: lambda_1 = {self.exponent:.4f} +- "
                f"{self.exponent_error:.4f} in 1/tau in the drawn network of N = {n}; what it asks for is not the same "
                "in every trial; take a larger target_amplitude or drive, or a smaller g",
                AccuracyWarning,
            )

    @abstractmethod
    def go(self, trials: int, log: Log, progress: bool) -> None:
        """Train until so many trials are done; put into the log what is needed to go on."""

    @abstractmethod
    def put_back(self, header: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Go on from what was kept."""

    @abstractmethod
    def finished(self, test_trials: int) -> TrainedNetwork:
        """Freeze the weights, and test them."""

    def drawn(self, phase: int, number: int) -> tuple[Trial, Any, FloatArray | None]:
        """Return a trial, the steps of it that are learned, and the noise."""
        return drawn_trial(self._trainer, self._own(phase, number), self._n, self._trainer.noise)

    def _own(self, phase: int, number: int) -> RealizationSeed:
        return RealizationSeed(self._seed.entropy, (*self._seed.spawn_key, phase, number))

    def tested(
        self,
        couplings: FloatArray,
        readout: FloatArray,
        start: FloatArray,
        history: list[float],
        trials: int,
        certificate: Certificate | None = None,
        units: Any = None,
        fast_couplings: FloatArray | None = None,
    ) -> TrainedNetwork:
        """Freeze the weights, and test them from a state."""
        of = self.generator
        couplings = np.ascontiguousarray(couplings)
        units = units or RateUnits(of.phi, of.kept)
        setting = (self._trainer, couplings, readout, of.into, of.bias, units)
        return TrainedNetwork(
            trainer=self._trainer,
            couplings=couplings,
            readout=readout,
            input_weights=of.into,
            bias=of.bias,
            start=start,
            history=np.array(history),
            generator_exponent=self.exponent,
            generator_exponent_error=self.exponent_error,
            test=performed(setting, start, [self._own(TEST, i) for i in range(trials)], self._trainer.noise),
            certificate=certificate,
            _units=units,
            fast_couplings=fast_couplings,
        )
