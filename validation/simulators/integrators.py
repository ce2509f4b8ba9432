"""Integrators of tau dy/dt = -y + h(y, t), with one evaluation of h a step (four for Runge-Kutta).

h holds the product with the couplings, which is all of the cost. Adams-Bashforth 4 has the smallest error for a given
number of products; with white noise y is not smooth enough for it, and the exponential method of second order, which
treats the leak exactly, is used instead. Orders of convergence are measured in tests/invariants.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

from validation.simulators.adams_bashforth import AdamsBashforth4, ExponentialAdamsBashforth2
from validation.simulators.arrays import Arrays
from validation.simulators.integrator import Array, Integrator
from validation.simulators.runge_kutta import RungeKutta4


class OneStepMap(Integrator):
    """Discrete time: y <- h(y), and the input moves by one step."""

    depth: ClassVar[int] = 0
    stability: ClassVar[float] = math.inf

    def _prepare(self, arrays: Arrays, rows: Callable[[], Array]) -> None:
        self._next = rows()

    def step(self, state: Array) -> None:
        """Advance the state by one step, in place."""
        self._field.couple(state, self._next)
        state[...] = self._next
        self._field.advance_input(self._dt)


MAP = "map"
INTEGRATORS: dict[str, type[Integrator]] = {
    "adams-bashforth-4": AdamsBashforth4,
    "runge-kutta-4": RungeKutta4,
    "exponential-adams-bashforth-2": ExponentialAdamsBashforth2,
    MAP: OneStepMap,
}
