"""What an update does to the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import positive

Step = Callable[[list[FloatArray]], list[FloatArray]]


@dataclass(frozen=True)
class Momentum:
    """Gradient descent with momentum: v <- momentum v - rate update.

    Parameters
    ----------
    rate : of a step.
    momentum : in [0, 1).

    Raises
    ------
    ValueError, TypeError : for values out of range.
    """

    rate: float = 0.02
    momentum: float = 0.9

    def __post_init__(self) -> None:
        positive("rate", self.rate)
        if not 0.0 <= self.momentum < 1.0:
            raise ValueError(f"momentum must be in [0, 1), got {self.momentum!r}")

    def start(self, arrays: list[FloatArray]) -> Step:
        """Return updates -> changes of the arrays, with a memory of its own."""
        memory = [np.zeros_like(array) for array in arrays]

        def step(updates: list[FloatArray]) -> list[FloatArray]:
            for kept, update in zip(memory, updates, strict=True):
                kept *= self.momentum
                update *= self.rate  # the step is its last use
                kept -= update
            return memory

        return step


@dataclass(frozen=True)
class Adam:
    """Steps in units of the root mean square of past updates [Kingma & Ba (2015)]; decays 0.9 and 0.999.

    Parameters
    ----------
    rate : of a step.

    Raises
    ------
    ValueError, TypeError : for a rate that is not positive.
    """

    rate: float = 2e-3

    def __post_init__(self) -> None:
        positive("rate", self.rate)

    def start(self, arrays: list[FloatArray]) -> Step:
        """Return updates -> changes of the arrays, with a memory of its own."""
        mean, square = ([np.zeros_like(array) for array in arrays] for _ in range(2))
        steps = 0

        def step(updates: list[FloatArray]) -> list[FloatArray]:
            nonlocal steps
            steps += 1
            changes = []
            for m, s, update in zip(mean, square, updates, strict=True):
                m *= 0.9
                m += 0.1 * update
                s *= 0.999
                s += 0.001 * update * update
                scale = np.sqrt(s / (1.0 - 0.999**steps)) + 1e-8
                changes.append(-self.rate / (1.0 - 0.9**steps) * m / scale)
            return changes

        return step


@dataclass(frozen=True)
class Manhattan:
    """Steps of one size with the sign of the batch's update [batch Manhattan: Liao, Leibo & Poggio (2016)].

    Parameters
    ----------
    rate : size of a step.

    Raises
    ------
    ValueError, TypeError : for a rate that is not positive.
    """

    rate: float = 3e-4

    def __post_init__(self) -> None:
        positive("rate", self.rate)

    def start(self, arrays: list[FloatArray]) -> Step:
        """Return updates -> changes."""
        return lambda updates: [-self.rate * np.sign(update) for update in updates]


def checked_optimiser(optimiser: Any) -> Any:
    """Return an optimiser, or refuse what is none.

    Raises
    ------
    TypeError
    """
    if isinstance(optimiser, type) or not callable(getattr(optimiser, "start", None)):
        raise TypeError(
            f"optimiser must be validation.Momentum(..), Adam(..), Manhattan(..), or the like; got {optimiser!r}"
        )
    return optimiser
