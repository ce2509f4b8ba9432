"""The drawn target generator: what it asks of the student, and whether it would say the same again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from validation.ensemble import RealizationSeed
from validation.simulators.discrete_inputs import input_of
from validation.simulators.question import question_of
from validation.simulators.simulator import Simulator
from validation.training.tasks import Trial
from validation.training.trainers import Trainer

# Of a realization: generators of the simulator, of the weights and of the tangent vector.
_STREAMS = 6


class Generator:
    """A network of N units, drawn, with the weights of the signals.

    It is stepped by exponential Euler, x <- e x + (1 - e) (currents), e = exp(-dt/tau): so is the student.

    Parameters
    ----------
    trainer : `FullForce` or `Force`.
    n : number of units.
    seed : of the realization.

    Attributes
    ----------
    couplings : J_D, shape (N, N), float64.
    bias : constant inputs, shape (N,).
    into, out_of, hinted : u_in, u_out, u_hint, shapes (N, n_signal).
    kept : e, shape (N,).
    phi : the nonlinearity.
    x : the state, shape (N,).
    """

    def __init__(self, trainer: Trainer, n: int, seed: RealizationSeed) -> None:
        streams = seed.generators(_STREAMS)
        question = question_of(trainer.generator)
        drawn = Simulator(trainer.generator, n, dt=trainer.dt, dtype=np.float64, generators=streams[:4])
        self.couplings = np.ascontiguousarray(drawn.couplings, dtype=np.float64)
        self.phi: Any = drawn.layout.phi
        self._dt = trainer.dt
        tau = np.ones(n) if drawn.layout.tau is None else drawn.layout.tau
        self.kept = np.exp(-trainer.dt / tau)
        self.bias = np.zeros(n) if drawn.layout.thresholds is None else drawn.layout.thresholds[0].astype(np.float64)
        self._own: list[tuple[slice, Any]] = []
        for units, count, place in zip(question.populations, drawn.layout.counts, drawn.layout.slices, strict=True):
            self.bias[place] += sum(drive.constant for drive in units.drives)
            moving = tuple(drive for drive in units.drives if drive.period != 0.0)
            if moving:
                self._own.append((place, input_of(moving, (1, count), np.float64, streams[2])))
        n_input, n_output, n_hint = trainer.task.shape
        self.into = trainer.drawn((n, n_input), trainer.input_amplitude, streams[4])
        self.out_of = trainer.drawn((n, n_output), trainer.target_amplitude, streams[4])
        self.hinted = trainer.drawn((n, n_hint), trainer.hint_amplitude, streams[4])
        self.x = np.array(drawn.x[:, 0], dtype=np.float64)
        self._tangent = streams[5].standard_normal(n)

    def heard(self, trial: Trial) -> FloatArray:
        """Return what student and generator hear at each step, shape (n_step, N)."""
        return np.asarray(trial.inputs @ self.into.T + self.bias)

    def targets(self, trial: Trial, *, exponent: bool = False) -> tuple[FloatArray, float]:
        """Run one trial; return what J r is to be at each step, shape (n_step, N), and log|dx| gained in all.

        Parameters
        ----------
        trial : its signals.
        exponent : whether a tangent vector is carried along; else the second result is nan.
        """
        told = trial.target @ self.out_of.T + trial.hint @ self.hinted.T
        heard, gained, stretched = self.heard(trial), 1.0 - self.kept, 0.0 if exponent else math.nan
        for k in range(len(trial)):
            rates = self.phi(self.x)
            if exponent:
                both = self.couplings @ np.column_stack([rates, self.phi.derivative(self.x) * self._tangent])
                told[k] += both[:, 0]
                self._tangent = self.kept * self._tangent + gained * both[:, 1]
                size = float(np.linalg.norm(self._tangent))
                stretched += math.log(size) if size > 0.0 else -math.inf
                self._tangent /= size or 1.0
            else:
                told[k] += self.couplings @ rates
            for place, own in self._own:
                told[k, place] += own.z[0]
                own.advance(self._dt)
            self.x = self.kept * self.x + gained * (told[k] + heard[k])
        return told, stretched

    def skip(self, steps: int) -> None:
        """Let the time of the drives go on by so many steps, after the state was put back."""
        for _, own in self._own:
            own.advance(steps * self._dt)
