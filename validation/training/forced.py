"""Recursive least squares on their way: full-FORCE and FORCE."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.progress import progress_bar
from dmft.sweeps.log import Log
from validation.ensemble import RealizationSeed
from validation.packing import packed
from validation.training.course import KEPT_EVERY, TRAINING, Course
from validation.training.generator import Generator
from validation.training.student import AllRows, ReadoutOnly, learn
from validation.training.trained import TrainedNetwork, check_finite, relative_error
from validation.training.trainers import Force, FullForce, Trainer


@singledispatch
def _fit_of(trainer: Any, generator: Generator) -> Any:
    raise TypeError(f"no rule is known that trains by {trainer!r}")


@_fit_of.register
def _(trainer: FullForce, generator: Generator) -> AllRows:
    first = generator.couplings if trainer.start == "generator" else np.zeros_like(generator.couplings)
    return AllRows(first, generator.out_of.shape[1], trainer.ridge)


@_fit_of.register
def _(trainer: Force, generator: Generator) -> ReadoutOnly:
    return ReadoutOnly(generator.couplings, generator.out_of, trainer.ridge)


class Fitting(Course):
    """The student and how far it is."""

    trials = 60

    def __init__(self, trainer: Trainer, n: int, seed: RealizationSeed, settling: int) -> None:
        super().__init__(trainer, n, seed, settling)
        self.fit = _fit_of(trainer, self.generator)
        self.x = self.generator.x.copy()
        self.history: list[float] = []
        self._steps = 0

    def go(self, trials: int, log: Log, progress: bool) -> None:
        """Train until so many trials are done."""
        generator = self.generator
        done = range(len(self.history), trials)
        with progress_bar(
            done, total=trials, initial=len(self.history), desc="train", leave=None, shown=progress
        ) as bar:
            for number in bar:
                trial, learned, kicks = self.drawn(TRAINING, number)
                targets = self.fit.targets(generator.targets(trial)[0], trial.target)
                self.x, spoken = learn(
                    self.fit, self.x, generator.phi, generator.kept, generator.heard(trial), targets, learned, kicks
                )
                check_finite(self.x, f"training trial {number}")
                self._steps += len(trial)
                said = spoken[:, spoken.shape[1] - trial.target.shape[1] :]
                self.history.append(relative_error(said, trial.target))
                bar.set_postfix(error=f"{self.history[-1]:.2g}")
                if (number + 1) % KEPT_EVERY == 0 and number + 1 < trials:
                    log.add(f"trial-{number + 1}", packed({"steps": self._steps}, self._arrays()))

    def _arrays(self) -> dict[str, FloatArray]:
        squares = self.fit.least_squares
        return {
            "x": self.x,
            "generator": self.generator.x,
            "weights": squares.weights,
            "inverse_correlation": squares.inverse_correlation,
            "history": np.array(self.history),
        }

    def finished(self, test_trials: int) -> TrainedNetwork:
        """Freeze the weights, and test them."""
        return self.tested(self.fit.couplings, self.fit.readout, self.x, self.history, test_trials)

    def put_back(self, header: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Go on from what was kept."""
        squares = self.fit.least_squares
        self.generator.skip(int(header["steps"]) - self._steps)
        self._steps = int(header["steps"])
        self.x, self.generator.x = arrays["x"].copy(), arrays["generator"].copy()
        squares.weights[...], squares.inverse_correlation = arrays["weights"], arrays["inverse_correlation"]
        self.history = arrays["history"].tolist()
