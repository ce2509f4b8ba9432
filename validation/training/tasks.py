"""What a network is to learn: signals in, signals out, and hints, trial by trial.

A task is a frozen statement; `trial` draws one. All times are in units of tau, and of a trial all signals have one
value for each time step: what enters the step from x_k to x_{k+1} is row k.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.checks import finite, non_negative, numbers, positive
from dmft.models.drives import OfTime
from dmft.models.quantities import Quantities, within

DURATION = within(positive, "length of a trial", "tau")
PULSE = within(non_negative, "length of the input that starts a trial", "tau")
FREQUENCY = within(positive, "cycles a trial")
_RESOLVED = 4


@dataclass(frozen=True, eq=False)
class Trial:
    """One trial of n_step steps.

    Attributes
    ----------
    inputs : what the network hears, shape (n_step, n_input).
    target : what its read-out is to say, shape (n_step, n_output).
    hint : what only the target generator hears, shape (n_step, n_hint).
    """

    inputs: FloatArray = field(repr=False)
    target: FloatArray = field(repr=False)
    hint: FloatArray = field(repr=False)

    def __len__(self) -> int:
        return len(self.target)


class Task(Quantities, ABC):
    """What is to be learned; a further task is a class with `shape` and `trial`."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """Numbers of inputs, outputs and hints."""

    @property
    @abstractmethod
    def longest(self) -> float:
        """Length of a trial in units of tau, or what it rarely exceeds."""

    @abstractmethod
    def trial(self, dt: float, rng: np.random.Generator) -> Trial:
        """Draw a trial in steps of dt."""


def steps_of(duration: float, dt: float) -> int:
    """Return the number of steps of a duration, at least one; refuse more than memory holds."""
    count = duration / dt
    check_cost(f"a trial of {count:.3g} steps", memory=64.0 * count, seconds=1e-7 * count, remedy="take a shorter one")
    return max(1, round(count))


@dataclass(frozen=True)
class Repeating:
    """An output, or the pulse, of a task whose trials repeat, as a function of time."""

    task: Any
    pulse: bool = False

    def __call__(self, time: float) -> float:
        """Return its value at a time in units of tau."""
        part = math.fmod(time, self.task.duration) / self.task.duration
        if self.pulse:
            return float(part * self.task.duration < self.task.pulse)
        return float(self.task.output(np.array([part]))[0])


@dataclass(frozen=True)
class Repeated(Task):
    """A task whose trials are all the same: one output of a given period, started by a pulse where there is one.

    A cycle that nothing starts drifts in phase: without a pulse compare by `phase_aligned_error`.

    Parameters
    ----------
    duration : of a trial, in units of tau.
    pulse : length of the input that starts it, of height 1; 0 for none.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    duration: float = field(default=100.0, metadata=DURATION)
    pulse: float = field(default=5.0, metadata=PULSE)

    def check(self) -> None:
        """Refuse a pulse that takes the whole trial."""
        if self.pulse >= self.duration:
            raise ValueError(f"pulse must be shorter than the duration {self.duration:g}, got {self.pulse:g}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """One output, and one input if there is a pulse."""
        return int(self.pulse > 0.0), 1, 0

    @property
    def longest(self) -> float:
        """The duration."""
        return self.duration

    @property
    def signals(self) -> tuple[OfTime, OfTime | None]:
        """The output and the pulse (None without one) as functions of time."""
        pulse = OfTime(Repeating(self, pulse=True), self.duration) if self.pulse else None
        return OfTime(Repeating(self), self.duration), pulse

    @property
    def cycles_a_trial(self) -> float:
        """Of the fastest part of the output: it must be resolved by the time step."""
        return 1.0

    @abstractmethod
    def output(self, part: FloatArray) -> FloatArray:
        """Return the target where a `part` of the trial, in [0, 1), has passed."""

    def trial(self, dt: float, rng: np.random.Generator) -> Trial:
        """Return the trial; nothing is drawn."""
        n = steps_of(self.duration, dt)
        if n < _RESOLVED * self.cycles_a_trial:
            raise ValueError(
                f"dt must resolve the target by {_RESOLVED} steps a cycle: a trial has {n} of {dt:g} and "
                f"{self.cycles_a_trial:g} cycles; take a longer duration, or a smaller dt"
            )
        target = self.output(np.arange(n) / n)[:, None]
        inputs = np.zeros((n, self.shape[0]))
        inputs[: steps_of(self.pulse, dt)] = 1.0
        return Trial(inputs, target, np.zeros((n, 0)))


@dataclass(frozen=True)
class FrequencyModulated(Repeated):
    """A sine whose frequency rises from `slow` to `fast` cycles a trial in the first half, and falls back.

    f = sin(2 pi phi(s)), s the part of the trial that has passed, phi = slow s + (fast - slow) s^2 up to s = 1/2 and
    symmetric about it afterwards.

    Parameters
    ----------
    duration, pulse : as of every `Repeated` task.
    slow, fast : frequencies in cycles a trial, > 0, with a whole mean: the trial ends where it began.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    duration: float = field(default=200.0, metadata=DURATION)
    slow: float = field(default=1.0, metadata=FREQUENCY)
    fast: float = field(default=3.0, metadata=FREQUENCY)

    def check(self) -> None:
        """Refuse a trial that does not end where it began."""
        super().check()
        cycles = 0.5 * (self.slow + self.fast)
        if abs(cycles - round(cycles)) > 1e-9:
            raise ValueError(
                f"slow and fast must have a whole mean, the cycles of a trial; got {self.slow:g} and {self.fast:g}"
            )

    @property
    def cycles_a_trial(self) -> float:
        """At the higher of the two frequencies."""
        return max(self.slow, self.fast)

    def output(self, part: FloatArray) -> FloatArray:
        """Return the sine."""
        cycles = 0.5 * (self.slow + self.fast)
        early = np.minimum(part, 1.0 - part)
        phase = self.slow * early + (self.fast - self.slow) * early**2
        return np.asarray(np.sin(2.0 * math.pi * np.where(part <= 0.5, phase, cycles - phase)))


@dataclass(frozen=True)
class Oscillation(FrequencyModulated):
    """The oscillation of the full-FORCE paper: three cycles a trial, nine in its middle, and back.

    phi(s) = s (6 s + 3) up to s = 1/2, then -3 + s (15 - 6 s) [DePasquale, Cueva, Rajan, Escola & Abbott, PLoS ONE 13,
    e0191527 (2018)]; 2 s at tau = 10 ms. The parameters are those of `FrequencyModulated`.
    """

    slow: float = field(default=3.0, metadata=FREQUENCY)
    fast: float = field(default=9.0, metadata=FREQUENCY)


def _whole(name: str, value: Any) -> tuple[int, ...]:
    cycles = tuple(positive(name, each) for each in np.atleast_1d(numbers(name, value)).tolist())
    if not cycles or any(each != round(each) for each in cycles):
        raise ValueError(f"{name} must be whole numbers: every trial ends where it began; got {value!r}")
    return tuple(round(each) for each in cycles)


def _sizes(name: str, value: Any) -> tuple[float, ...] | None:
    return None if value is None else tuple(finite(name, each) for each in np.atleast_1d(numbers(name, value)).tolist())


@dataclass(frozen=True)
class SumOfSines(Repeated):
    """f = sum_m amplitude_m sin(2 pi m_k s), s the part of the trial that has passed.

    Parameters
    ----------
    duration, pulse : as of every `Repeated` task.
    cycles : cycles a trial of each sine, whole numbers > 0.
    amplitudes : of each; None: all 1.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    cycles: tuple[int, ...] = field(default=(1, 2, 3, 5), metadata=within(_whole, "cycles a trial of each sine"))
    amplitudes: tuple[float, ...] | None = field(default=None, metadata=within(_sizes, "of each sine"))

    def check(self) -> None:
        """Refuse another number of amplitudes than of sines, and a target that is zero."""
        super().check()
        sizes = self.amplitudes
        if sizes is not None and (len(sizes) != len(self.cycles) or not any(sizes)):
            raise ValueError(
                f"amplitudes must be one for each of the {len(self.cycles)} cycles, not all zero; got {sizes}"
            )

    @property
    def cycles_a_trial(self) -> float:
        """Of the fastest sine."""
        return float(max(self.cycles))

    def output(self, part: FloatArray) -> FloatArray:
        """Return the sum."""
        sizes = np.ones(len(self.cycles)) if self.amplitudes is None else np.array(self.amplitudes)
        return np.asarray(np.sin(2.0 * math.pi * np.outer(part, self.cycles)) @ sizes)


def _part(name: str, value: Any) -> float:
    part = positive(name, value)
    if part >= 1.0:
        raise ValueError(f"{name} must be below 1, the whole trial; got {part:g}")
    return part


@dataclass(frozen=True)
class Sawtooth(Repeated):
    """A ramp from -1 to 1 that falls back at the end of the trial.

    Parameters
    ----------
    duration, pulse : as of every `Repeated` task.
    fall : part of the trial that the fall takes, in (0, 1): a jump has no rates that follow it.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    fall: float = field(default=0.1, metadata=within(_part, "part of the trial that the fall takes"))

    def output(self, part: FloatArray) -> FloatArray:
        """Return the ramp, in the middle of its rise where the trial begins."""
        rise = 1.0 - self.fall
        place = np.mod(part + 0.5 * rise, 1.0)
        return np.asarray(np.where(place < rise, -1.0 + 2.0 * place / rise, 1.0 - 2.0 * (place - rise) / self.fall))
