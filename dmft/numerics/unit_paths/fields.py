"""Gaussian fields of several kinds on one set of random numbers: what fluctuates, what is frozen, a mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.unit_paths.columns import Columns

_FLOOR = 1e-7  # squared amplitude of a field, relative to the largest, below which no response is estimated


def _none() -> FloatArray:
    return np.zeros((1, 0))


@dataclass(frozen=True, eq=False)
class Fields:
    """K fields of m paths.

    Attributes
    ----------
    columns : random numbers.
    amplitude : of what fluctuates, shape (K, n_omega) or more.
    mean, deviation : of what is frozen: the same on all paths, and its deviation over them, shape (K,).
    waves, turning : of what turns and does not decay: root-mean-square coefficients over paths, and coefficients that
        are the same on all but for the phases of the columns, shape (K, H).
    """

    columns: Columns
    amplitude: FloatArray
    mean: FloatArray
    deviation: FloatArray
    waves: FloatArray = field(default_factory=_none)
    turning: FloatArray = field(default_factory=_none)

    def on(self, columns: Columns) -> Fields:
        """Return such fields of other random numbers."""
        return replace(self, columns=columns)

    def block(self, block: slice) -> Any:
        """Return the fields of some paths at half steps, shape (K, 2 n, B)."""
        return self.columns.fields(self.amplitude, block, self._level, self._turned(block))

    def _turned(self, block: slice) -> ComplexArray:
        turning = self.turning[:, None] * self.columns.phases[block, None]
        return np.asarray(self.waves[:, None] * self.columns.waves[:, block] + turning, dtype=complex)

    @property
    def _level(self) -> FloatArray | None:
        frozen = self.columns.frozen
        return None if frozen is None else self.mean[:, None] + self.deviation[:, None] * frozen

    def responses(self, signal: ComplexArray) -> ComplexArray:
        """Return the causal regression of a signal on what fluctuates, <signal eta_l*>/<eta_l eta_l*>, (K, n_omega).

        Parameters
        ----------
        signal : its Fourier coefficients, shape (m, n_omega).
        """
        n_omega = signal.shape[-1]
        rows = self.columns.rows[:, :, :n_omega]
        return self.causal(np.einsum("iw,kiw->kw", signal, rows.conj()) / self.columns.n_paths)

    def causal(self, crossed: ComplexArray) -> ComplexArray:
        """Return responses to the first K fields, causal, from <signal column_l*>, shape (K, n_omega)."""
        a = self.amplitude[: len(crossed), : crossed.shape[-1]]
        raw = crossed * a / (a**2 + _FLOOR * np.max(a, axis=1, keepdims=True) ** 2 + 1e-300)
        return np.array([self.columns.grid.causal(row) for row in raw])

    def frozen_responses(self, signal: ComplexArray) -> FloatArray:
        """Return the regression of a signal on what is frozen, over the deviation, shape (K,)."""
        frozen = self.columns.frozen
        if frozen is None:
            return np.zeros(len(self.mean))
        of_frozen = frozen @ signal[:, 0].real / (self.columns.n_paths * self.columns.grid.n_steps)
        return np.where(self.deviation > 0.0, of_frozen / np.maximum(self.deviation, 1e-300), 0.0)

    def wave_responses(self, signal: ComplexArray) -> ComplexArray:
        """Return the regression of a signal on all that turns and does not decay, shape (K, H)."""
        heard = self._turned(slice(None))
        crossed = np.einsum("ih,kih->kh", signal[:, list(self.columns.bins)], heard.conj())
        size = np.sum(np.abs(heard) ** 2, axis=1)
        return np.where(size > 0.0, crossed / np.maximum(size, 1e-300), 0.0)
