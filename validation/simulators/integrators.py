"""Integrators of tau dy/dt = -y + h(y, t), with one evaluation of h a step (four for Runge-Kutta).

h holds the product with the couplings, which is all of the cost. Adams-Bashforth 4 has the smallest error for a given
number of products; with white noise y is not smooth enough for it, and the exponential method of second order, which
treats the leak exactly, is used instead. Orders of convergence are measured in tests/invariants.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from validation.simulators.arrays import Arrays

Array = NDArray[Any]
_NUMPY = Arrays()
# Adams-Bashforth of order 1 to 4, newest derivative first.
_ADAMS = np.array(
    [
        [24.0, 0.0, 0.0, 0.0],
        [36.0, -12.0, 0.0, 0.0],
        [46.0, -32.0, 10.0, 0.0],
        [55.0, -59.0, 37.0, -9.0],
    ]
)


class Field(Protocol):
    """What an integrator needs from the network."""

    def couple(self, state: Array, out: Array) -> None:
        """Write h(state, now) to out."""
        ...

    def advance_input(self, step: float) -> None:
        """Move the time of the input, `now`, by a step."""
        ...


class Integrator:
    """One step of a method.

    Attributes
    ----------
    history : earlier evaluations, shape (depth, rows, N); linear in the tangent vectors.
    depth : how many of them.
    stability : largest step times distance from the origin at which a real negative eigenvalue is stable.
    """

    depth: ClassVar[int]
    stability: ClassVar[float]

    def __init__(
        self,
        field: Field,
        shape: tuple[int, ...],
        dtype: Any,
        dt: float,
        arrays: Arrays = _NUMPY,
        *,
        once: bool = False,
        tau: Array | None = None,
    ) -> None:
        """Prepare steps of a field.

        Parameters
        ----------
        once : h is evaluated once in every step, the first ones included.
        tau : time constants of the units, shape (N,); None for 1.
        """
        self._field, self._dt, self._once, self._taken = field, dt, once, 0
        self._tau = tau
        self._leak = None if tau is None else arrays.to_device((1.0 / tau).astype(dtype))
        self.history: Array = arrays.empty((self.depth, *shape), dtype)
        self.history[...] = 0
        self._prepare(arrays, partial(arrays.empty, shape, dtype))

    def _prepare(self, arrays: Arrays, rows: Callable[[], Array]) -> None:
        """Make what else the method needs, from a source of rows that are not filled."""
        raise NotImplementedError

    @property
    def velocity(self) -> Array:
        """The derivative at the start of the last step.

        Raises
        ------
        ValueError : if the method does not keep it.
        """
        raise ValueError("velocities are known with the integrator 'adams-bashforth-4' alone")

    def step(self, state: Array) -> None:
        """Advance the state by dt, in place."""
        raise NotImplementedError

    def restart(self) -> None:
        """Forget the past: the state has been put elsewhere."""
        self._taken = 0

    def _derivative(self, state: Array, out: Array) -> None:
        """Write dy/dt to out."""
        self._field.couple(state, out)
        out -= state
        if self._leak is not None:
            out *= self._leak


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
