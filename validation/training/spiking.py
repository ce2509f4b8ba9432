"""Rows of a spiking network under Dale's law: what it hears while it is trained, and afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from validation.training.balanced import Rows
from validation.training.integrate_and_fire import IntegrateAndFire, fire
from validation.training.spikes import Spikes
from validation.training.student import Ran
from validation.training.tasks import Trial
from validation.training.trained import TrainedNetwork

_HELD = (0.5, 0.1)  # part of the currents that the generator holds in the first rounds, and towards the last one


@dataclass(frozen=True, eq=False)
class SpikingUnits:
    """Spiking units in a network: constants, F of shape (N, N), e = exp(-dt/tau) of the filter of inputs, and dt."""

    constants: IntegrateAndFire
    fast: FloatArray = field(repr=False)
    kept: FloatArray = field(repr=False)
    dt: float

    def filtered(self, first: FloatArray, heard: FloatArray, kicks: FloatArray | None) -> FloatArray:
        """Return the current of inputs at the beginning of each step and at the end, shape (n_step + 1, N)."""
        currents = np.empty((len(heard) + 1, len(first)))
        currents[0] = first
        for k in range(len(heard)):
            currents[k + 1] = self.kept * currents[k] + (1.0 - self.kept) * heard[k]
            if kicks is not None:
                currents[k + 1] += kicks[k]
        return currents

    def run(self, couplings: FloatArray, state: FloatArray, heard: FloatArray, kicks: FloatArray | None) -> Ran:
        """Run a trial from a state, rows V, s, f, steps of refractoriness left, current of inputs: shape (5, N)."""
        currents = self.filtered(state[4], heard, kicks)
        ran, spikes = self.under(couplings, state[:4], currents[:-1])
        return Ran(np.vstack([ran.state, currents[-1]]), ran.rates, spikes)

    def under(self, couplings: FloatArray | None, state: FloatArray, currents: FloatArray) -> tuple[Any, Spikes]:
        """Run under given currents; return what was spoken, and its spikes."""
        ran = fire(self.constants, couplings, self.fast, state, currents, self.dt)
        return ran, Spikes(ran.times, ran.units, len(currents) * self.dt, len(self.fast))


class SpikingRows(Rows):
    """The same sums and minima, of spike trains through slow synapses.

    First the units hear the currents of the generator. Then they hear their own, of which a part, which becomes
    smaller from round to round, is still the generator's: spikes are noise, and a network that is left to itself would
    drift in phase, so that the same rates met targets of another time.
    """

    rtol = 1e-6
    _sums = (*Rows._sums, "_state", "_input")

    def __init__(self, trainer: Any, n: int, seed: Any, settling: int) -> None:
        super().__init__(trainer, n, seed, settling)
        of, drawn = self.generator, seed.generators(9)
        fast = trainer.units.fast_couplings(trainer.signs(n), drawn[7])
        self._units = SpikingUnits(trainer.units, fast, of.kept, trainer.dt)
        self._input = of.bias.copy()
        self._state = np.zeros((4, n))
        self._state[0] = -trainer.units.reset * drawn[8].random(n)
        trial = trainer.task.trial(trainer.dt, seed.generators(10)[9])
        self._told(trial)  # spike trains take a trial to forget that there were none

    def _told(self, trial: Trial) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Follow the generator for a trial; return rates, currents of inputs, and what rows are to say."""
        states, _ = self.followed(trial)
        currents = self._units.filtered(self._input, self.generator.heard(trial), None)
        shaken = states + self._trainer.jitter * self._shaking.standard_normal(self._n)
        ran, _ = self._units.under(None, self._state, shaken)
        self._state, self._input = ran.state, currents[-1]
        return ran.rates, currents[:-1], states - currents[:-1]

    def _forced(self, trial: Trial) -> tuple[FloatArray, FloatArray]:
        rates, _, targets = self._told(trial)
        return rates, targets

    def _alone(self, trial: Trial, kicks: FloatArray | None, part: float) -> tuple[FloatArray, FloatArray]:
        start = self._state
        _, currents, targets = self._told(trial)
        if kicks is not None:
            currents = self._units.filtered(currents[0], self.generator.heard(trial), kicks)[:-1]
        held = _HELD[0] + (_HELD[1] - _HELD[0]) * part
        ran, _ = self._units.under((1.0 - held) * self.couplings, start, currents + held * targets)
        return ran.rates, targets

    def finished(self, test_trials: int) -> TrainedNetwork:
        """Freeze the weights, and test them from where the generator is."""
        return self.tested(
            self.couplings,
            self.readout(),
            np.vstack([self._state, self._input]),
            self.history,
            test_trials,
            self.certificate,
            self._units,
            self._units.fast,
        )
