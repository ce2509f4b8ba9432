"""`train` of networks under Dale's law."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.errors import AccuracyWarning, warn
from validation.ensemble import checked_count, realization_seed, root_seed
from validation.errors import SimulationError
from validation.training.bounded_rows import Certificate, bounded_rows
from validation.training.course import TRAINING, Course, checked_trials
from validation.training.student import run
from validation.training.tasks import Trial
from validation.training.trained import TrainedNetwork, relative_error
from validation.training.trainers import BalancedTargets

_RTOL = 1e-8
_ASTRAY = 3.0  # largest rates over those of the generator, from which on a student has nothing to teach


def train_balanced(
    trainer: BalancedTargets,
    *,
    size: int,
    seed: Any,
    trials: int = 15,
    settling: int = 10,
    test_trials: int = 20,
    progress: bool = False,
) -> TrainedNetwork:
    """Train a network under Dale's law by `BalancedTargets`, and test it by itself.

    Parameters
    ----------
    trainer : how.
    size : number of units N of student and generator.
    seed : integer >= 0, or a `numpy.random.SeedSequence`.
    trials : rounds of a trial each of the student by itself.
    settling : trials in which the generator settles, >= 4.
    test_trials : with frozen weights, one after the other from where the generator is.
    progress : show a bar.

    Returns
    -------
    TrainedNetwork : with its `certificate`, `violations`, `silent` and `balance`.

    Raises
    ------
    ValueError, TypeError : for arguments out of range.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    SimulationError : if the state of the trained network, or of its generator, is no longer finite.

    Warns
    -----
    AccuracyWarning : if the drawn generator is chaotic, or if rows stopped before their minimum.

    Accuracy
    --------
    Phase-aligned error of N = 100 and 200 below 0.02: tests/statistical/test_balanced_training.py; of spiking ones,
    N = 300, median of ten periods below 0.1: tests/statistical/test_spiking_training.py.

    Cost
    ----
    N = 200, 15 rounds: 5 s of one core; spiking, N = 300: half a minute.
    """
    n, root = checked_count("size", size, least=2), root_seed(seed)
    trials, settling, test_trials = checked_trials(trainer, n, trials, settling, test_trials)
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        rows = _kind_of(trainer)(trainer, n, realization_seed(root, n, 0), settling)
        rows.go(trials, progress)
        return rows.finished(test_trials)


def _kind_of(trainer: BalancedTargets) -> type[Rows]:
    """Return the kind of rows: of rates or of spikes, which builds on this one."""
    from validation.training.spiking import SpikingRows

    return SpikingRows if trainer.spiking else Rows


class Rows(Course):
    """The sums of all that was seen, and the rows that are their minimum."""

    rtol = _RTOL

    def __init__(self, trainer: BalancedTargets, n: int, seed: Any, settling: int) -> None:
        super().__init__(trainer, n, seed, settling)
        self.couplings = np.zeros((n, n))
        self.history: list[float] = []
        self.certificate = Certificate(0.0, 0)
        self._shaking = seed.generators(7)[6]
        self._correlation = np.zeros((n, n))
        self._moments = np.zeros((n, n))
        self._largest = 0.0
        self._spoken = np.zeros((trainer.task.shape[1], n))

    def go(self, trials: int, progress: bool) -> None:
        """See the generator's own rates first, then the student's, round by round."""
        from tqdm import tqdm

        for number in range(self._trainer.forced):
            trial, learned, _ = self.drawn(TRAINING, number)
            rates, targets = self._forced(trial)
            self._largest = max(self._largest, float(np.max(rates)))
            self._see(rates, targets, trial, learned)
        self._minimise()
        for number in tqdm(range(trials), desc="train", leave=None, disable=not progress):
            trial, learned, kicks = self.drawn(TRAINING, self._trainer.forced + number)
            rates, targets = self._alone(trial, kicks, number / trials)
            # What grows away has squares that would drown all others.
            astray = ~(np.max(rates, axis=1) <= _ASTRAY * self._largest)
            learned = learned & ~np.maximum.accumulate(astray)
            self.history.append(relative_error(rates @ self.readout().T, trial.target))
            self._see(rates, targets, trial, learned)
            self._minimise()
        if self.certificate.residual > self.rtol:
            warn(
                f"rows stopped at a residual of {self.certificate.residual:.2g} of their optimality conditions, above "
                f"{self.rtol:g}; raise the ridge",
                AccuracyWarning,
            )

    def finished(self, test_trials: int) -> TrainedNetwork:
        """Freeze the weights, and test them."""
        x = self.generator.x
        return self.tested(self.couplings, self.readout(), x, self.history, test_trials, self.certificate)

    def _forced(self, trial: Trial) -> tuple[FloatArray, FloatArray]:
        """Return rates of the generator, shaken, and what the rows are to say to them, shape (n_step, N) each."""
        states, targets = self.followed(trial)
        shaken = states + self._trainer.jitter * self._shaking.standard_normal(states.shape)
        return np.asarray(self.generator.phi(shaken)), targets

    def _alone(self, trial: Trial, kicks: FloatArray | None, part: float) -> tuple[FloatArray, FloatArray]:
        """Return rates of the student, and what the rows are to say to them, when `part` of the rounds are done."""
        of = self.generator
        start = of.x + self._trainer.jitter * self._shaking.standard_normal(self._n)
        _, rates = run(self.couplings, start, of.phi, of.kept, of.heard(trial), kicks)
        targets, _ = of.targets(trial)
        return rates, targets

    def followed(self, trial: Trial) -> tuple[FloatArray, FloatArray]:
        """Return the states of the generator in a trial, and what it asks for, shape (n_step, N) each."""
        of, start = self.generator, self.generator.x
        targets, _ = of.targets(trial)
        heard, states, x = of.heard(trial), np.empty_like(targets), start
        for k in range(len(trial)):
            states[k] = x
            x = of.kept * x + (1.0 - of.kept) * (targets[k] + heard[k])
        return states, targets

    def _see(self, rates: FloatArray, targets: FloatArray, trial: Trial, learned: Any) -> None:
        r = rates[learned]
        self._correlation += r.T @ r
        self._moments += targets[learned].T @ r
        self._spoken += trial.target[learned].T @ r

    def _penalised(self) -> FloatArray:
        ridge = self._trainer.ridge * np.trace(self._correlation) / self._n
        return np.asarray(self._correlation + ridge * np.eye(self._n))

    def _minimise(self) -> None:
        if not np.any(self._correlation):
            raise SimulationError(
                "no unit was active in any trial, so that nothing can be fitted; take a larger bias, target_amplitude "
                "or size"
            )
        low, high = self._trainer.bounds(self._n)
        self.certificate = bounded_rows(self._penalised(), self._moments, low, high, self.couplings, rtol=self.rtol)

    def readout(self) -> FloatArray:
        """Return the ridge solution of the read-out, shape (n_output, N)."""
        return np.asarray(np.linalg.solve(self._penalised(), self._spoken.T).T)
