"""Integrators of dy/dt = -y + h(y, t), with one evaluation of h a step (four for Runge-Kutta).

h holds the product with the couplings, which is all of the cost. Adams-Bashforth 4 has the smallest error for a given
number of products; with white noise y is not smooth enough for it, and the exponential method of second order, which
treats the leak exactly, is used instead. Orders of convergence are measured in tests/invariants.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from dmft.models.drive import WhiteNoise
from validation.simulators.arrays import Arrays

Array = NDArray[Any]
_NUMPY = Arrays()


class Field(Protocol):
    """What an integrator needs from the network."""

    def couple(self, state: Array, out: Array) -> None:
        """Write h(state, now) to out."""
        ...

    def advance_input(self, step: float) -> None:
        """Move the time of the input, `now`, by a step."""
        ...


class Integrator(Protocol):
    """One step of a method; `history` holds earlier evaluations, shape (depth, rows, N)."""

    history: Array
    # Largest step times distance from the origin at which a real negative eigenvalue is stable.
    stability: ClassVar[float]

    def step(self, state: Array) -> None:
        """Advance the state by dt, in place."""
        ...


class RungeKutta4:
    """The classical fourth order method; four products a step."""

    stability: ClassVar[float] = 2.78

    def __init__(self, field: Field, shape: tuple[int, ...], dtype: Any, dt: float, arrays: Arrays = _NUMPY) -> None:
        self._field, self._dt = field, dt
        self.history = arrays.empty((0, *shape), dtype)
        self._sum, self._rate, self._probe = (arrays.empty(shape, dtype) for _ in range(3))

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

    def _derivative(self, state: Array, out: Array) -> None:
        self._field.couple(state, out)
        out -= state


class AdamsBashforth4:
    """The explicit four-step method, started by Runge-Kutta."""

    stability: ClassVar[float] = 0.3

    def __init__(self, field: Field, shape: tuple[int, ...], dtype: Any, dt: float, arrays: Arrays = _NUMPY) -> None:
        self._field, self._dt = field, dt
        self.history = arrays.empty((4, *shape), dtype)
        self.history[...] = 0
        self._flat = self.history.reshape(4, -1)
        self._change = arrays.empty((self._flat.shape[1],), dtype)
        newest_first = np.array([55.0, -59.0, 37.0, -9.0]) * (dt / 24.0)
        # Weights by slot of the ring, for each slot that the newest derivative may be in.
        self._weights = [arrays.to_device(newest_first[(slot - np.arange(4)) % 4].astype(dtype)) for slot in range(4)]
        self._start: RungeKutta4 | None = RungeKutta4(field, shape, dtype, dt, arrays)
        self._taken = 0

    def step(self, state: Array) -> None:
        """Advance the state by dt, in place."""
        slot = self._taken % 4
        newest = self.history[slot]
        self._field.couple(state, newest)
        newest -= state
        if self._start is None:
            np.matmul(self._weights[slot], self._flat, out=self._change)
            state += self._change.reshape(state.shape)
            self._field.advance_input(self._dt)
        else:
            self._start.complete(state, newest)
            if self._taken == 2:
                self._start = None
        self._taken += 1


class ExponentialAdamsBashforth2:
    """y <- e^{-dt} y + int_0^dt e^{-(dt-s)} (h_n + (h_n - h_{n-1}) s/dt) ds, started by its predictor-corrector.

    With white noise the input is added exactly (see `inputs`); what remains is the bias of order dt^2 of h, whose
    noise within a step is missed: for linear networks +0.1 % of C(0) at dt = 0.1 and g = 0.5, +0.3 to 0.4 % at g = 0.9
    (tests/invariants/test_simulation_noise_bias.py).
    """

    stability: ClassVar[float] = 1.0

    def __init__(self, field: Field, shape: tuple[int, ...], dtype: Any, dt: float, arrays: Arrays = _NUMPY) -> None:
        self._field, self._dt = field, dt
        self._fade = math.exp(-dt)
        self._flat_weight = -math.expm1(-dt)
        self._ramp_weight = (dt + math.expm1(-dt)) / dt
        self.history = arrays.empty((2, *shape), dtype)
        self.history[...] = 0
        self._scaled = arrays.empty(shape, dtype)
        self._taken = 0

    def step(self, state: Array) -> None:
        """Advance the state by dt, in place."""
        newest = self.history[self._taken % 2]
        oldest = self.history[(self._taken + 1) % 2]
        self._field.couple(state, newest)
        state *= self._fade
        if self._taken == 0:
            np.multiply(newest, self._flat_weight, out=self._scaled)
            state += self._scaled
            self._field.advance_input(self._dt)
            self._field.couple(state, oldest)
            oldest -= newest
            oldest *= self._ramp_weight
            state += oldest
        else:
            np.multiply(newest, self._flat_weight + self._ramp_weight, out=self._scaled)
            state += self._scaled
            np.multiply(oldest, self._ramp_weight, out=self._scaled)
            state -= self._scaled
            self._field.advance_input(self._dt)
        self._taken += 1


INTEGRATORS: dict[str, Callable[..., Integrator]] = {
    "adams-bashforth-4": AdamsBashforth4,
    "runge-kutta-4": RungeKutta4,
    "exponential-adams-bashforth-2": ExponentialAdamsBashforth2,
}


def default_integrator(drive: Any) -> str:
    """Return the name of the method used unless another is asked for."""
    return "exponential-adams-bashforth-2" if isinstance(drive, WhiteNoise) else "adams-bashforth-4"


def check_integrator(integrator: str | None, drive: Any) -> None:
    """Refuse an integrator that there is not, or that does not fit the drive.

    Raises
    ------
    ValueError : saying which ones are allowed.
    """
    if integrator is not None and integrator not in INTEGRATORS:
        raise ValueError(f"integrator must be None or one of {', '.join(INTEGRATORS)}; got {integrator!r}")
    if isinstance(drive, WhiteNoise) and integrator not in (None, "exponential-adams-bashforth-2"):
        raise ValueError(
            f"integrator must be 'exponential-adams-bashforth-2' with white noise (or None), got {integrator!r}"
        )
