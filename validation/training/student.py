"""The student: a trial of it, while it is trained and afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import BoolArray, FloatArray
from validation.training.recursive_least_squares import RecursiveLeastSquares
from validation.training.spikes import Spikes


class AllRows:
    """Of full-FORCE: J above w, shape (N + n_output, N)."""

    def __init__(self, couplings: FloatArray, n_output: int, ridge: float) -> None:
        self._n = len(couplings)
        rows = np.vstack([couplings, np.zeros((n_output, self._n))])
        self.least_squares = RecursiveLeastSquares(rows, ridge)

    def currents(self, rates: FloatArray, said: FloatArray) -> FloatArray:
        """Return what the rows of J say."""
        return said[: self._n]

    def targets(self, currents: FloatArray, target: FloatArray) -> FloatArray:
        """Return what the rows are to say, shape (n_step, n_row)."""
        return np.hstack([currents, target])

    @property
    def couplings(self) -> FloatArray:
        """J, shape (N, N)."""
        return self.least_squares.weights[: self._n].copy()

    @property
    def readout(self) -> FloatArray:
        """w, shape (n_output, N)."""
        return self.least_squares.weights[self._n :].copy()


class ReadoutOnly:
    """Of FORCE: w, shape (n_output, N), whose output is fed back."""

    def __init__(self, couplings: FloatArray, back: FloatArray, ridge: float) -> None:
        self._fixed, self._back = couplings, back
        self.least_squares = RecursiveLeastSquares(np.zeros((back.shape[1], len(couplings))), ridge)

    def currents(self, rates: FloatArray, said: FloatArray) -> FloatArray:
        """Return J_D r + u_out z."""
        return np.asarray(self._fixed @ rates + self._back @ said)

    def targets(self, currents: FloatArray, target: FloatArray) -> FloatArray:
        """Return what the read-out is to say."""
        return target

    @property
    def couplings(self) -> FloatArray:
        """J_D + u_out w^T, shape (N, N)."""
        return self._fixed + self._back @ self.least_squares.weights

    @property
    def readout(self) -> FloatArray:
        """w, shape (n_output, N)."""
        return self.least_squares.weights.copy()


def learn(
    fit: Any,
    x: FloatArray,
    phi: Any,
    kept: FloatArray,
    heard: FloatArray,
    targets: FloatArray,
    learned: BoolArray,
    kicks: FloatArray | None,
) -> tuple[FloatArray, FloatArray]:
    """Run one trial with updates; return the last state, and what the rows said before each step's update.

    Parameters
    ----------
    fit : `AllRows` or `ReadoutOnly`.
    x : state at the start, shape (N,).
    phi, kept : nonlinearity, and e of exponential Euler, shape (N,).
    heard, targets : what is heard, and what the rows are to say, shapes (n_step, N) and (n_step, n_row).
    learned : whether there is an update, shape (n_step,).
    kicks : noise that is added at each step, shape (n_step, N); None for none.
    """
    rows: RecursiveLeastSquares = fit.least_squares
    gained, spoken = 1.0 - kept, np.empty_like(targets)
    for k in range(len(targets)):
        rates = phi(x)
        said = spoken[k]
        np.dot(rows.weights, rates, out=said)
        now = said
        if learned[k]:
            error = said - targets[k]
            # After the update the rows say what they were to say, up to that part of the error which is left.
            now = targets[k] + rows.update(rates, error) * error
        x = kept * x + gained * (fit.currents(rates, now) + heard[k])
        if kicks is not None:
            x += kicks[k]
    return x, spoken


@dataclass(frozen=True, eq=False)
class Ran:
    """What a student did in a trial with frozen couplings.

    Attributes
    ----------
    state : at the end.
    rates : at the beginning of each step, shape (n_step, N).
    spikes : those of the trial; None of rate units.
    """

    state: FloatArray = field(repr=False)
    rates: FloatArray = field(repr=False)
    spikes: Spikes | None = None


@dataclass(frozen=True, eq=False)
class RateUnits:
    """Units with a rate phi(x), stepped by exponential Euler: phi, and e = exp(-dt/tau), shape (N,)."""

    phi: Any
    kept: FloatArray

    def run(self, couplings: FloatArray, state: FloatArray, heard: FloatArray, kicks: FloatArray | None) -> Ran:
        """Run a trial from a state x, shape (N,)."""
        return Ran(*run(couplings, state, self.phi, self.kept, heard, kicks))


def run(
    couplings: FloatArray, x: FloatArray, phi: Any, kept: FloatArray, heard: FloatArray, kicks: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Run a trial with frozen couplings; return the last state, and the rates at each step, shape (n_step, N)."""
    gained, rates = 1.0 - kept, np.empty_like(heard)
    for k in range(len(heard)):
        rates[k] = phi(x)
        x = kept * x + gained * (couplings @ rates[k] + heard[k])
        if kicks is not None:
            x += kicks[k]
    return x, rates
