"""Adams-Bashforth methods: of order 4, and exponential of order 2 for white noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from validation.simulators.arrays import Arrays
from validation.simulators.integrator import Array, Integrator
from validation.simulators.runge_kutta import RungeKutta4

# Adams-Bashforth of order 1 to 4, newest derivative first.
_ADAMS = np.array(
    [
        [24.0, 0.0, 0.0, 0.0],
        [36.0, -12.0, 0.0, 0.0],
        [46.0, -32.0, 10.0, 0.0],
        [55.0, -59.0, 37.0, -9.0],
    ]
)


class AdamsBashforth4(Integrator):
    """The explicit four-step method, started by Runge-Kutta, or by the methods of fewer steps."""

    depth: ClassVar[int] = 4
    stability: ClassVar[float] = 0.3

    def _prepare(self, arrays: Arrays, rows: Callable[[], Array]) -> None:
        self._flat, self._change = self.history.reshape(4, -1), rows()
        # By the number of earlier derivatives, and by the slot of the ring that the newest derivative is in.
        newest_first = (_ADAMS * (self._dt / 24.0)).astype(self._change.dtype)
        self._weights = [
            [arrays.to_device(weights[(slot - np.arange(4)) % 4]) for slot in range(4)] for weights in newest_first
        ]
        shape, dtype = self._change.shape, self._change.dtype
        self._start = None if self._once else RungeKutta4(self._field, shape, dtype, self._dt, arrays, tau=self._tau)

    @property
    def velocity(self) -> Array:
        """The derivative at the start of the last step."""
        last: Array = self.history[(self._taken - 1) % 4]
        return last

    def step(self, state: Array) -> None:
        """Advance the state by dt, in place."""
        slot = self._taken % 4
        newest = self.history[slot]
        self._derivative(state, newest)
        if self._start is None:
            np.matmul(self._weights[min(self._taken, 3)][slot], self._flat, out=self._change.reshape(-1))
            state += self._change
            self._field.advance_input(self._dt)
        else:
            self._start.complete(state, newest)
            if self._taken == 2:
                self._start = None
        self._taken += 1


class ExponentialAdamsBashforth2(Integrator):
    """y <- e^{-dt} y + int_0^dt e^{-(dt-s)} (h_n + (h_n - h_{n-1}) s/dt) ds, started by its predictor-corrector.

    Time is in units of tau here, in each unit its own.

    With white noise the input is added exactly (see `inputs`); what remains is the bias of order dt^2 of h, whose
    noise within a step is missed: for linear networks +0.1 % of C(0) at dt = 0.1 and g = 0.5, +0.3 to 0.4 % at g = 0.9
    (tests/invariants/test_simulation_noise_bias.py).
    """

    depth: ClassVar[int] = 2
    stability: ClassVar[float] = 1.0

    def _prepare(self, arrays: Arrays, rows: Callable[[], Array]) -> None:
        self._scaled = rows()
        if self._tau is None:
            self._weights: Any = _exponential_weights(self._dt)
        else:
            own = np.array([_exponential_weights(self._dt / tau) for tau in self._tau.tolist()])
            self._weights = [arrays.to_device(row) for row in own.T.astype(self._scaled.dtype)]

    def step(self, state: Array) -> None:
        """Advance the state by dt, in place."""
        newest = self.history[self._taken % 2]
        oldest = self.history[(self._taken + 1) % 2]
        fade, flat, ramp = self._weights
        self._field.couple(state, newest)
        state *= fade
        if self._taken == 0:
            np.multiply(newest, flat, out=self._scaled)
            state += self._scaled
            self._field.advance_input(self._dt)
            if not self._once:
                self._field.couple(state, oldest)
                oldest -= newest
                oldest *= ramp
                state += oldest
        else:
            np.multiply(newest, flat + ramp, out=self._scaled)
            state += self._scaled
            np.multiply(oldest, ramp, out=self._scaled)
            state -= self._scaled
            self._field.advance_input(self._dt)
        self._taken += 1


def _exponential_weights(dt: float) -> tuple[float, float, float]:
    """Return what is left of y, and the weights of h and of its slope, over a step in units of tau."""
    return math.exp(-dt), -math.expm1(-dt), (dt + math.expm1(-dt)) / dt
