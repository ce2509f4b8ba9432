"""Rows under Dale's law on their way to their minimum."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning, warn
from dmft.progress import progress_bar
from dmft.sweeps.log import Log
from validation.errors import SimulationError
from validation.packing import packed
from validation.training.bounded_rows import Certificate, bounded_rows
from validation.training.course import KEPT_EVERY, TRAINING, Course
from validation.training.student import run
from validation.training.tasks import Trial
from validation.training.trained import TrainedNetwork, relative_error

_RTOL = 1e-8
_ASTRAY = 3.0  # largest rates over those of the generator, from which on a student has nothing to teach


class Rows(Course):
    """The sums of all that was seen, and the rows that are their minimum."""

    rtol = _RTOL
    trials = 15
    _sums: ClassVar[tuple[str, ...]] = ("couplings", "_correlation", "_moments", "_spoken")

    def __init__(self, trainer: Any, n: int, seed: Any, settling: int) -> None:
        super().__init__(trainer, n, seed, settling)
        self.couplings = np.zeros((n, n))
        self.history: list[float] = []
        self.certificate = Certificate(0.0, 0)
        self._shaking = seed.generators(7)[6]
        self._correlation = np.zeros((n, n))
        self._moments = np.zeros((n, n))
        self._largest = 0.0
        self._spoken = np.zeros((trainer.task.shape[1], n))
        self._steps = 0

    def go(self, trials: int, log: Log, progress: bool) -> None:
        """See the generator's own rates first, then the student's, round by round."""
        if not self._steps:
            for number in range(self._trainer.forced):
                trial, learned, _ = self.drawn(TRAINING, number)
                rates, targets = self._forced(trial)
                self._largest = max(self._largest, float(np.max(rates)))
                self._see(rates, targets, trial, learned)
            self._minimise()
        done = range(len(self.history), trials)
        for number in progress_bar(
            done, total=trials, initial=len(self.history), desc="train", leave=None, shown=progress
        ):
            trial, learned, kicks = self.drawn(TRAINING, self._trainer.forced + number)
            rates, targets = self._alone(trial, kicks, number / trials)
            # What grows away has squares that would drown all others.
            astray = ~(np.max(rates, axis=1) <= _ASTRAY * self._largest)
            learned = learned & ~np.maximum.accumulate(astray)
            self.history.append(relative_error(rates @ self.readout().T, trial.target))
            self._see(rates, targets, trial, learned)
            self._minimise()
            if (number + 1) % KEPT_EVERY == 0 and number + 1 < trials:
                log.add(f"trial-{number + 1}", packed(self._header(), self._arrays()))
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

    def _header(self) -> dict[str, Any]:
        certificate = {"residual": self.certificate.residual, "rounds": self.certificate.rounds}
        shaking = self._shaking.bit_generator.state
        return {"steps": self._steps, "largest": self._largest, "shaking": shaking, "certificate": certificate}

    def _arrays(self) -> dict[str, FloatArray]:
        sums = {name: getattr(self, name) for name in self._sums}
        return {"generator": self.generator.x, "history": np.array(self.history), **sums}

    def put_back(self, header: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Go on from what was kept."""
        self.generator.skip(int(header["steps"]) - self._steps)
        self._steps, self._largest = int(header["steps"]), float(header["largest"])
        self._shaking.bit_generator.state = header["shaking"]
        self.certificate = Certificate(**header["certificate"])
        self.generator.x, self.history = arrays["generator"].copy(), arrays["history"].tolist()
        for name in self._sums:
            setattr(self, name, arrays[name].copy())

    def _see(self, rates: FloatArray, targets: FloatArray, trial: Trial, learned: Any) -> None:
        self._steps += len(trial)
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
