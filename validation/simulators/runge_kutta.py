"""Runge-Kutta of order 4, which also starts the methods that look back."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from validation.simulators.arrays import Arrays
from validation.simulators.integrator import Array, Integrator


class RungeKutta4(Integrator):
    """The classical fourth order method; four products a step."""

    depth: ClassVar[int] = 0
    stability: ClassVar[float] = 2.78

    def _prepare(self, arrays: Arrays, rows: Callable[[], Array]) -> None:
        self._sum, self._rate, self._probe = rows(), rows(), rows()

    def step(self, state: Array) -> None:
        """Advance the state by dt, in place."""
        self._derivative(state, self._sum)
        self.complete(state, self._sum)

    def complete(self, state: Array, first: Array) -> None:
        """Advance the state, given the derivative at its start; `first` is overwritten if it is this object's."""
        half = 0.5 * self._dt
        total, rate, probe = self._sum, self._rate, self._probe
        if first is not total:
            total[...] = first
        np.multiply(total, half, out=probe)
        probe += state
        self._field.advance_input(half)
        for weight, ahead, moved in ((2.0, half, 0.0), (2.0, self._dt, half)):
            self._derivative(probe, rate)
            np.multiply(rate, ahead, out=probe)
            probe += state
            rate *= weight
            total += rate
            if moved:
                self._field.advance_input(moved)
        self._derivative(probe, rate)
        total += rate
        total *= self._dt / 6.0
        state += total
