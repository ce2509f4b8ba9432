"""A task of one's own, as arrays."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import numbers, positive
from validation.training.tasks import Task, Trial


@dataclass(frozen=True, eq=False)
class Signals(Task):
    """Signals of one's own: every trial is these arrays.

    Parameters
    ----------
    target : shape (n_step,) or (n_step, n_output).
    inputs, hint : None, or of as many steps, shape (n_step,) or (n_step, n_input).
    dt : time between two values, in units of tau; it is the time step of the network.

    Raises
    ------
    ValueError, TypeError : for arrays of different lengths, values that are not finite, a target that is zero.
    """

    target: Any = field(repr=False)
    _: KW_ONLY
    inputs: Any = field(default=None, repr=False)
    hint: Any = field(default=None, repr=False)
    dt: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "dt", positive("dt", self.dt))
        target = _columns("target", self.target)
        object.__setattr__(self, "target", target)
        if not np.any(target):
            raise ValueError("target must not be zero throughout: there is nothing to compare with")
        for name in ("inputs", "hint"):
            given = getattr(self, name)
            columns = np.zeros((len(target), 0)) if given is None else _columns(name, given)
            if len(columns) != len(target):
                raise ValueError(f"{name} must have the {len(target)} steps of the target, got {len(columns)}")
            object.__setattr__(self, name, columns)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of columns."""
        return self.inputs.shape[1], self.target.shape[1], self.hint.shape[1]

    @property
    def longest(self) -> float:
        """Length of the arrays."""
        return len(self.target) * self.dt

    def trial(self, dt: float, rng: np.random.Generator) -> Trial:
        """Return the arrays; refuse another time step than theirs."""
        if abs(dt / self.dt - 1.0) > 1e-9:
            raise ValueError(f"dt must be that of the signals, {self.dt:g}, got {dt:g}")
        return Trial(self.inputs, self.target, self.hint)


def _columns(name: str, given: Any) -> FloatArray:
    array = numbers(name, given)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must have shape (n_step,) or (n_step, n), got {np.shape(given)}")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    if np.max(np.abs(array)) > 1e6:
        raise ValueError(f"{name} must be at most 1e6 in size, got {np.max(np.abs(array)):g}; rescale it")
    array.flags.writeable = False
    return array
