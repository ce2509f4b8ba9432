"""Tasks whose trials differ: an interval to be told again, and pulses to be added up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dmft.models.checks import positive
from dmft.models.quantities import within
from validation.training.tasks import DURATION, Task, Trial, steps_of

_BASELINE = -0.5
# Of the density of Beta(4, 4), 140 s^3 (1 - s)^3: its largest value.
_HIGHEST = 140.0 / 64.0


@dataclass(frozen=True)
class ReadySetGo(Task):
    """Wait as long as two pulses were apart: ready, D later set, and a bump of the output D after that.

    The output is -1/2, and a bump up to 1, the density of Beta(4, 4), where it goes. The hint, which the target
    generator alone hears, rises from 0 to D/longest between the pulses and falls back to 0 until the bump
    [DePasquale et al., PLoS ONE 13, e0191527 (2018); times at tau = 10 ms].

    Parameters
    ----------
    hint : whether there is one.
    shortest, longest_delay : D is uniform between them, in units of tau.
    pulse : length of ready and set.
    bump : length of the bump.
    pause, mean_pause : between trials, pause + an exponential time of that mean (at most three times as long).

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    hint: bool = True
    shortest: float = field(default=10.0, metadata=within(positive, "shortest delay", "tau"))
    longest_delay: float = field(default=210.0, metadata=within(positive, "longest delay", "tau"))
    pulse: float = field(default=5.0, metadata=within(positive, "length of ready and set", "tau"))
    bump: float = field(default=50.0, metadata=within(positive, "length of the bump", "tau"))
    pause: float = field(default=40.0, metadata=within(positive, "shortest pause between trials", "tau"))
    mean_pause: float = field(default=200.0, metadata=within(positive, "mean of what a pause is longer", "tau"))

    def check(self) -> None:
        """Refuse a delay that does not outlast the pulse, and a hint that is neither there nor not."""
        if not isinstance(self.hint, bool):
            raise TypeError(f"hint must be True or False, got {self.hint!r}")
        if not self.pulse < self.shortest <= self.longest_delay:
            raise ValueError(
                f"shortest must be longer than a pulse, {self.pulse:g}, and at most longest_delay, "
                f"{self.longest_delay:g}; got {self.shortest:g}"
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Ready and set enter by one input each."""
        return 2, 1, int(self.hint)

    @property
    def longest(self) -> float:
        """The longest delay twice, the bump, and the longest pause."""
        return 2.0 * self.longest_delay + self.bump + self.pause + 3.0 * self.mean_pause

    def trial(self, dt: float, rng: np.random.Generator) -> Trial:
        """Draw the delay and the pause after the bump."""
        delay = rng.uniform(self.shortest, self.longest_delay)
        rest = self.pause + min(float(rng.exponential(self.mean_pause)), 3.0 * self.mean_pause)
        wait, pulse, bump = steps_of(delay, dt), steps_of(self.pulse, dt), steps_of(self.bump, dt)
        n = 2 * wait + bump + steps_of(rest, dt)
        inputs, target, hint = np.zeros((n, 2)), np.full((n, 1), _BASELINE), np.zeros((n, 1))
        inputs[:pulse, 0] = inputs[wait : wait + pulse, 1] = 1.0
        s = np.arange(bump) / bump
        target[2 * wait : 2 * wait + bump, 0] += 1.5 * 140.0 * s**3 * (1.0 - s) ** 3 / _HIGHEST
        ramp = np.arange(wait) / wait * delay / self.longest_delay
        hint[:wait, 0], hint[wait : 2 * wait, 0] = ramp, ramp[::-1]
        return Trial(inputs, target, hint[:, : self.shape[2]])


@dataclass(frozen=True)
class Integrator(Task):
    """Add up pulses: the output moves by `step` with each, up or down by its sign, between -1 and 1.

    Every trial begins with a pulse of the second input, that brings the output back to 0.

    Parameters
    ----------
    duration : of a trial, in units of tau.
    interval : mean time between two pulses, which come at random.
    pulse : length of a pulse; the output moves linearly meanwhile.
    step : what a pulse adds.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    duration: float = field(default=200.0, metadata=DURATION)
    interval: float = field(default=40.0, metadata=within(positive, "mean time between two pulses", "tau"))
    pulse: float = field(default=5.0, metadata=within(positive, "length of a pulse", "tau"))
    step: float = field(default=0.5, metadata=within(positive, "what a pulse adds"))

    def check(self) -> None:
        """Refuse pulses that run into each other, and steps that leave the range."""
        if not 2.0 * self.pulse <= min(self.interval, 0.5 * self.duration):
            raise ValueError(
                f"pulse must be at most half of the interval and a quarter of the duration, got {self.pulse:g}"
            )
        if self.step > 1.0:
            raise ValueError(f"step must be at most 1, where the output ends; got {self.step:g}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Pulses and the one that resets, one output."""
        return 2, 1, 0

    @property
    def longest(self) -> float:
        """The duration."""
        return self.duration

    def trial(self, dt: float, rng: np.random.Generator) -> Trial:
        """Draw the times and the signs of the pulses; the first one always comes."""
        n, pulse = steps_of(self.duration, dt), steps_of(self.pulse, dt)
        inputs, moved = np.zeros((n, 2)), np.zeros(n)
        inputs[:pulse, 1] = 1.0
        value, start = 0.0, 2 * pulse
        while start + pulse < n:
            sign = rng.choice([-1.0, 1.0])
            if abs(value + sign * self.step) > 1.0 + 1e-9:
                sign = -sign
            value += sign * self.step
            inputs[start : start + pulse, 0] = sign
            moved[start : start + pulse] = sign * self.step / pulse
            start += pulse + steps_of(self.pulse + rng.exponential(self.interval - self.pulse), dt)
        return Trial(inputs, np.cumsum(moved)[:, None], np.zeros((n, 0)))
