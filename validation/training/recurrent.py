"""`train` of recurrent networks."""

from __future__ import annotations

import os
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.blas import one_blas_thread
from dmft.sweeps.fingerprint import describe
from dmft.sweeps.log import Log
from validation.ensemble import checked_count, realization_seed, root_seed
from validation.packing import unpacked
from validation.training.balanced import Rows
from validation.training.course import Course, checked_trials
from validation.training.forced import Fitting
from validation.training.spiking import SpikingRows
from validation.training.trained import TrainedNetwork
from validation.training.trainers import BalancedTargets, Trainer


@singledispatch
def course_of(trainer: Any) -> type[Course]:
    """Return the kind of course by which a trainer trains."""
    return Fitting


@course_of.register
def _(trainer: BalancedTargets) -> type[Course]:
    return SpikingRows if trainer.spiking else Rows


def train_recurrent(
    trainer: Trainer,
    *,
    size: int,
    seed: Any,
    trials: int | None = None,
    settling: int = 10,
    test_trials: int = 20,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> TrainedNetwork:
    """Train a recurrent network by `FullForce`, `Force` or `BalancedTargets`, and test it with frozen weights.

    Parameters
    ----------
    trainer : how.
    size : number of units N of student and generator.
    seed : integer >= 0, or a `numpy.random.SeedSequence`: of couplings, weights, trials, learned steps and noise.
    trials : of training; under Dale's law rounds of a trial each of the student by itself. Default 60, and 15 rounds.
    settling : trials in which the driven generator settles, >= 4; its exponent is measured in all but the first two.
    test_trials : with frozen weights, each from where the last one ended, the first from the end of training; under
        Dale's law from where the generator is.
    checkpoint : file from which a stopped run goes on, kept every ten trials; None: nothing is kept.
    progress : show a bar.

    Returns
    -------
    TrainedNetwork : under Dale's law with its `certificate`, `violations`, `silent` and `balance`.

    Raises
    ------
    ValueError, TypeError : for arguments out of range.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    SimulationError : if a state is no longer finite.
    CheckpointError, OSError : of the checkpoint.

    Warns
    -----
    AccuracyWarning : if the drawn generator is chaotic while it hears the task: what it asks for then differs from
        trial to trial, and no student can learn it; if rows stopped before their minimum.

    Accuracy
    --------
    `Oscillation`, g = 1.5: full-FORCE succeeds from N = 250 on, FORCE from 600 (tests/statistical/test_full_force.py).
    Dale's law: phase-aligned error of N = 100 and 200 below 0.02 (tests/statistical/test_balanced_training.py); of
    spiking ones, N = 300, median of ten periods below 0.1 (tests/statistical/test_spiking_training.py).

    Cost
    ----
    N = 300, 80 trials of 2000 steps, an update every second one: 10 s of one core. Dale's law, N = 200, 15 rounds: 5 s;
    spiking, N = 300: half a minute.
    """
    n, root = checked_count("size", size, least=2), root_seed(seed)
    kind = course_of(trainer)
    asked = kind.trials if trials is None else trials
    trials, settling, test_trials = checked_trials(trainer, n, asked, settling, test_trials)
    own = realization_seed(root, n, 0)
    question = None if checkpoint is None else {"trainer": describe(trainer), "size": n, "seed": own.key}
    # As in simulations: what grows without bound is refused where it is seen, and numpy has nothing to add.
    with Log(checkpoint, "training", question) as log, one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        course = kind(trainer, n, own, settling)
        for _, content in log:
            course.put_back(*unpacked(content, checkpoint))
        course.go(trials, log, progress)
        return course.finished(test_trials)
