"""A trained recurrent network, and what it does by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.brief import brief
from dmft.models.checks import non_negative
from validation.ensemble import RealizationSeed, checked_count, root_seed
from validation.errors import SimulationError
from validation.shown import Shown
from validation.training.bounded_rows import Certificate
from validation.training.spikes import Spikes, joined
from validation.training.tasks import Trial


@dataclass(frozen=True, eq=False)
class Performance:
    """What a network said in some trials with frozen weights.

    Attributes
    ----------
    trials : their signals, the targets among them.
    outputs : z of each, shape (n_step, n_output).
    rates : r of each, shape (n_step, N); empty unless asked for.
    errors : sum (z - f)^2/sum f^2 of each trial, shape (n_trial,).
    phase_aligned_errors : the same, the least of all circular shifts of f in time.
    spikes : of all trials, times from the beginning of the first one; None of rate units.
    """

    trials: tuple[Trial, ...] = field(repr=False)
    outputs: tuple[FloatArray, ...] = field(repr=False)
    rates: tuple[FloatArray, ...] = field(repr=False)
    errors: FloatArray
    phase_aligned_errors: FloatArray = field(repr=False)
    spikes: Spikes | None = field(repr=False, default=None)

    @property
    def error(self) -> float:
        """Median of the errors over trials."""
        return float(np.median(self.errors))

    @property
    def phase_aligned_error(self) -> float:
        """Median of the phase-aligned errors over trials."""
        return float(np.median(self.phase_aligned_errors))


@dataclass(frozen=True, eq=False, repr=False)
class TrainedNetwork(Shown):
    """A rate network x' = -x + J r + bias + u_in f_in, r = phi(x), z = w.r, tau = 1, as training left it.

    Of spiking units r are the spike trains through slow synapses, s (`validation.IntegrateAndFire`).

    Attributes
    ----------
    trainer : how it was trained.
    couplings : J, shape (N, N), [i, j] acts from j to i; a feedback of the output is part of it.
    readout : w, shape (n_output, N).
    input_weights : u_in, shape (N, n_input).
    bias : constant inputs, shape (N,).
    start : the state at the end of training, where a run begins, shape (N,); of spiking units (5, N):
        V, s, f, steps of refractoriness that are left, and the current of the inputs.
    history : sum (z - f)^2/sum f^2 of each training trial, before the updates: small long before the frozen network
        is right, as least squares hold z to f. Shape (n_trial,).
    generator_exponent, generator_exponent_error : largest Lyapunov exponent of the drawn generator while it hears the
        task, in 1/tau, with its standard error over trials.
    test : what it did in the test trials.
    certificate : how far rows within bounds are from their minimum; None where there are no bounds.
    fast_couplings : F of fast synapses, drawn and not trained, shape (N, N); None of rate units.
    """

    trainer: Any
    couplings: FloatArray = field(repr=False)
    readout: FloatArray = field(repr=False)
    input_weights: FloatArray = field(repr=False)
    bias: FloatArray = field(repr=False)
    start: FloatArray = field(repr=False)
    history: FloatArray = field(repr=False)
    generator_exponent: float
    generator_exponent_error: float
    test: Performance = field(repr=False)
    certificate: Certificate | None
    _units: Any = field(repr=False)
    fast_couplings: FloatArray | None = field(repr=False, default=None)

    def said(self) -> str:
        """Return what was trained, and how well."""
        told = f"error {self.test.error:.3g} (median of the tests), N={self.size}"
        return f"{type(self).__name__}: {told}, {brief(self.trainer)}"

    @property
    def size(self) -> int:
        """N."""
        return len(self.couplings)

    @property
    def silent(self) -> float:
        """Fraction of couplings that are exactly zero."""
        return float(np.mean(self.couplings == 0.0))

    @property
    def violations(self) -> int:
        """Number of couplings that go against the other couplings of their unit in sign: 0 under Dale's law.

        Of each column the rarer sign is counted.
        """
        positive, negative = np.sum(self.couplings > 0.0, axis=0), np.sum(self.couplings < 0.0, axis=0)
        return int(np.sum(np.minimum(positive, negative)))

    @property
    def test_error(self) -> float:
        """Median over test trials of sum (z - f)^2/sum f^2, with frozen weights."""
        return self.test.error

    @property
    def phase_aligned_error(self) -> float:
        """Median over test trials of the error at the best circular shift: what is left when a phase may drift."""
        return self.test.phase_aligned_error

    def balance(self, *, seed: Any = 0) -> float:
        """Return |net|/excitation, averages over units of their inputs in a trial: 0 where excitation is cancelled.

        Constant inputs are part of both.

        Parameters
        ----------
        seed : of the trial.
        """
        (rates,) = self.run(1, seed=seed, rates=True).rates
        mean = rates.mean(axis=0)
        couplings = self.couplings if self.fast_couplings is None else self.couplings + self.fast_couplings
        excited = np.maximum(couplings, 0.0) @ mean + np.maximum(self.bias, 0.0)
        net = np.abs(couplings @ mean + self.bias)
        return float(np.mean(net) / np.mean(excited)) if np.any(excited) else math.nan

    def run(self, trials: int = 1, *, seed: Any, noise: float | None = None, rates: bool = False) -> Performance:
        """Run it by itself from `start`, and compare with the targets.

        Parameters
        ----------
        trials : how many, one after the other.
        seed : of the trials and of the noise.
        noise : sigma of the increments sigma sqrt(dt) of each unit; None: that of training.
        rates : whether the rates of all units are kept.

        Raises
        ------
        ValueError, TypeError : for arguments out of range.
        SimulationError : if the state is no longer finite.
        """
        sigma = self.trainer.noise if noise is None else non_negative("noise", noise)
        root = root_seed(seed)
        seeds = [RealizationSeed(root.entropy, (*root.spawn_key, i)) for i in range(checked_count("trials", trials))]
        setting = (self.trainer, self.couplings, self.readout, self.input_weights, self.bias, self._units)
        return performed(setting, self.start, seeds, sigma, rates)


def performed(
    setting: tuple[Any, ...], x: FloatArray, seeds: list[RealizationSeed], sigma: float, keep_rates: bool = False
) -> Performance:
    """Run a trial for each seed, with frozen weights, from a state x.

    Parameters
    ----------
    setting : trainer, couplings, readout, input weights, bias, units.
    """
    trainer, couplings, readout, into, bias, units = setting
    trials, outputs, rates, spikes = [], [], [], []
    errors = np.empty((2, len(seeds)))
    for number, seed in enumerate(seeds):
        trial, _, kicks = drawn_trial(trainer, seed, len(couplings), sigma)
        ran = units.run(couplings, x, trial.inputs @ into.T + bias, kicks)
        x, heard = ran.state, ran.rates
        if ran.spikes is not None:
            spikes.append(ran.spikes)
        check_finite(x, f"test trial {number}")
        said = heard @ readout.T
        trials.append(trial)
        outputs.append(said)
        if keep_rates:
            rates.append(heard)
        errors[:, number] = relative_error(said, trial.target), phase_aligned(said, trial.target)
    return Performance(tuple(trials), tuple(outputs), tuple(rates), errors[0], errors[1], joined(spikes))


def drawn_trial(trainer: Any, seed: RealizationSeed, n: int, sigma: float) -> tuple[Trial, Any, FloatArray | None]:
    """Return a trial, which of its steps are learned, and the noise of each step, (n_step, N) or None."""
    of_task, of_steps, of_noise = seed.generators(3)
    trial = trainer.task.trial(trainer.dt, of_task)
    learned = of_steps.random(len(trial)) < trainer.learned
    kicks = sigma * trainer.dt**0.5 * of_noise.standard_normal((len(trial), n)) if sigma else None
    return trial, learned, kicks


def check_finite(x: FloatArray, when: str) -> None:
    """Refuse a state that is not finite, and say when.

    Raises
    ------
    SimulationError : with the remedy.
    """
    if not np.all(np.isfinite(x)) or np.max(np.abs(x)) > 1e100:
        raise SimulationError(
            f"the state grew without bound in {when}: take a smaller dt, or a nonlinearity that saturates"
        )


def relative_error(said: FloatArray, target: FloatArray) -> float:
    """Return sum (z - f)^2/sum f^2."""
    return float(np.sum((said - target) ** 2) / np.sum(target**2))


def phase_aligned(said: FloatArray, target: FloatArray) -> float:
    """Return the least sum (z - f)^2/sum f^2 of all circular shifts of f; all of them at once, by Fourier transforms.

    sum (z - f_s)^2 = sum z^2 + sum f^2 - 2 sum z f_s; the best shift is evaluated again as it is written, which is
    exact where it is small.
    """
    products = np.fft.irfft(np.fft.rfft(said, axis=0) * np.conj(np.fft.rfft(target, axis=0)), len(said), axis=0)
    best = int(np.argmax(np.sum(products, axis=1)))
    return relative_error(said, np.roll(target, best, axis=0))
