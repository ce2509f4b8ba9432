"""`train` of recurrent networks: full-FORCE and FORCE."""

from __future__ import annotations

import os
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.sweeps.fingerprint import describe
from dmft.sweeps.log import Log
from validation.ensemble import RealizationSeed, checked_count, realization_seed, root_seed
from validation.packing import packed, unpacked
from validation.training.course import TRAINING, Course, checked_trials
from validation.training.generator import Generator
from validation.training.student import AllRows, ReadoutOnly, learn
from validation.training.trained import TrainedNetwork, check_finite, relative_error
from validation.training.trainers import Force, FullForce, Trainer

_KEPT_EVERY = 10


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


def train_forced(
    trainer: Trainer,
    *,
    size: int,
    seed: Any,
    trials: int = 60,
    settling: int = 10,
    test_trials: int = 20,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> TrainedNetwork:
    """Train a recurrent network by `FullForce` or `Force`, and test it with frozen weights.

    Parameters
    ----------
    trainer : how.
    size : number of units N of student and generator.
    seed : integer >= 0, or a `numpy.random.SeedSequence`: of couplings, weights, trials, learned steps and noise.
    trials : of training.
    settling : trials in which the driven generator settles, >= 4; its exponent is measured in all but the first two.
    test_trials : with frozen weights, each from where the last one ended, the first from the end of training.
    checkpoint : file from which a stopped run goes on, kept every ten trials; None: nothing is kept.
    progress : show a bar.

    Returns
    -------
    TrainedNetwork

    Raises
    ------
    ValueError, TypeError : for arguments out of range.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    SimulationError : if a state is no longer finite.
    CheckpointError, OSError : of the checkpoint.

    Warns
    -----
    AccuracyWarning : if the drawn generator is chaotic while it hears the task: what it asks for then differs from
        trial to trial, and no student can learn it.

    Accuracy
    --------
    `Oscillation`, g = 1.5: full-FORCE succeeds from N = 250 on, FORCE from 600 (tests/statistical/test_full_force.py).

    Cost
    ----
    N = 300, 80 trials of 2000 steps, an update every second one: 10 s of one core.
    """
    n, root = checked_count("size", size, least=2), root_seed(seed)
    trials, settling, test_trials = checked_trials(trainer, n, trials, settling, test_trials)
    own = realization_seed(root, n, 0)
    question = None if checkpoint is None else {"trainer": describe(trainer), "size": n, "seed": own.key}
    # As in simulations: what grows without bound is refused where it is seen, and numpy has nothing to add.
    with Log(checkpoint, "training", question) as log, one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        course = _Fitting(trainer, n, own, settling)
        for _, content in log:
            course.put_back(*unpacked(content, checkpoint))
        course.go(trials, log, progress)
        return course.tested(course.fit.couplings, course.fit.readout, course.x, course.history, test_trials)


class _Fitting(Course):
    """The student and how far it is."""

    def __init__(self, trainer: Trainer, n: int, seed: RealizationSeed, settling: int) -> None:
        super().__init__(trainer, n, seed, settling)
        self.fit = _fit_of(trainer, self.generator)
        self.x = self.generator.x.copy()
        self.history: list[float] = []
        self._steps = 0

    def go(self, trials: int, log: Log, progress: bool) -> None:
        """Train until so many trials are done."""
        from tqdm import tqdm

        generator = self.generator
        done = range(len(self.history), trials)
        with tqdm(done, total=trials, initial=len(self.history), desc="train", leave=None, disable=not progress) as bar:
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
                if (number + 1) % _KEPT_EVERY == 0 and number + 1 < trials:
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

    def put_back(self, header: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Go on from what was kept."""
        squares = self.fit.least_squares
        self.generator.skip(int(header["steps"]) - self._steps)
        self._steps = int(header["steps"])
        self.x, self.generator.x = arrays["x"].copy(), arrays["generator"].copy()
        squares.weights[...], squares.inverse_correlation = arrays["weights"], arrays["inverse_correlation"]
        self.history = arrays["history"].tolist()
