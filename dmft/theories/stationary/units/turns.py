"""How many zeros a determinant has right of the imaginary axis, by its turns along it (Nyquist).

1 - (couplings times filters), analytic there, comes to 1 at high frequencies: along w from 0 on it turns by pi for each
zero. Frequencies are added until no two neighbours differ by much of a turn.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.theories.units import Units

_TURN = 0.6  # largest change of the phase, in radians, between two frequencies
_ROUNDS, _MOST = 40, 20000
_LEFT = 0.3  # phase from which the last frequency must be gone


def frequencies(units: Units, rate: float) -> FloatArray:
    """Return frequencies from 0 on, around all poles and in steps of a delay, to where all filters have died out."""
    poles = np.concatenate([transfer.poles for transfer in units.transfers])
    low, high = 1e-3 * float(np.abs(poles).min()), 100.0 * float(np.abs(poles).max())
    widths = np.abs(poles.real - rate) + 1e-12
    around = [np.abs(abs(p.imag) + d * np.sinh(np.linspace(-6.0, 6.0, 31))) for p, d in zip(poles, widths, strict=True)]
    delay = max(transfer.delay for transfer in units.transfers)
    even = np.arange(0.0, 10.0 * float(np.abs(poles).max()), 0.5 / delay) if delay > 0.0 else np.zeros(1)
    return np.unique(np.concatenate([np.zeros(1), np.geomspace(low, high, 120), *around, even[:_MOST]]))


def growing(determinant: Callable[[FloatArray], ComplexArray], omega: FloatArray) -> int | None:
    """Return how many zeros there are.

    Parameters
    ----------
    determinant : at frequencies, shape (n,).
    omega : to begin with, increasing from 0; ever higher ones are added until the determinant is close to 1.

    Returns
    -------
    None where neighbours could not be told apart, or the determinant vanishes.
    """
    values = np.asarray(determinant(omega), dtype=complex)
    for _ in range(_ROUNDS):
        if abs(values[-1] - 1.0) > _LEFT:
            further = omega[-1] * np.array([2.0, 4.0])
            omega, values = np.concatenate([omega, further]), np.concatenate([values, determinant(further)])
        with np.errstate(divide="ignore", invalid="ignore"):
            turned = np.angle(values[1:] / values[:-1])
        if not np.all(np.isfinite(turned)):
            return None
        rough = np.flatnonzero(np.abs(turned) > _TURN)
        if not len(rough) and abs(values[-1] - 1.0) <= _LEFT:
            total = float(np.sum(turned)) - float(np.angle(values[-1]))
            count = abs(total) / np.pi
            return round(count) if abs(count - round(count)) < 0.05 else None
        if len(omega) + len(rough) > _MOST:
            return None
        middle = 0.5 * (omega[rough] + omega[rough + 1])
        order = np.argsort(np.concatenate([omega, middle]))
        values = np.concatenate([values, determinant(middle)] if len(middle) else [values])[order]
        omega = np.concatenate([omega, middle])[order]
    return None
