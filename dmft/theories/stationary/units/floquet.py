"""Growth of perturbations of linear units that repeat themselves with a drive: a matrix for each quasi-frequency.

p(lag) = <phi' phi'> has the period of the drive, so that for each q in [0, w/2] alone
    u^_a(q + h w) = |H_a(rate + i (q + h w))|^2 sum_b,h' K_ab p^_b,h-h' u^_b(q + h' w).
The exponent is the rate at which the largest eigenvalue over all q is 1; of resonant units that is not q = 0.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.theories.units import Units

HARMONICS = 64  # lags of a turn, twice the number of harmonics of a matrix
_NODES = 33  # quasi-frequencies among which the largest is looked for


def follows(units: Units) -> bool:
    """Whether a drive is fast enough for its harmonics to cover what units answer to: all that is beyond 16 of them is
    answered by less than .3 of the largest |H|^2."""
    omega = 2.0 * np.pi / units.turn
    poles = np.concatenate([np.abs(transfer.poles) for transfer in units.transfers])
    probes = np.geomspace(1e-2 * float(np.min(poles)), 1e2 * float(np.max(poles)), 400)
    size = units.size(1j * probes)
    answered = probes[np.any(size > 0.3 * np.max(size, axis=1, keepdims=True), axis=0)]
    return bool(HARMONICS / 4 * omega >= answered[-1])


class FloquetGrowth:
    """The matrices of a state.

    Parameters
    ----------
    units : the populations.
    slopes : <phi' phi'> at lags 0, turn/M, ... of one turn, shape (P, M).
    """

    def __init__(self, units: Units, slopes: FloatArray) -> None:
        m = slopes.shape[1]
        self._units, self._omega = units, 2.0 * np.pi / units.turn
        self._h = np.arange(-(m // 4), m // 4 + 1)
        transformed = np.fft.fft(slopes, axis=1).real / m
        self._hops = transformed[:, self._h[:, None] - self._h]  # (P, h, h'), negative indices wrap around

    def __call__(self, rate: float) -> float:
        """Return the largest eigenvalue over all quasi-frequencies."""
        from scipy.optimize import minimize_scalar

        q = np.linspace(0.0, 0.5 * self._omega, _NODES)
        values = self._at(rate, q)
        best = int(np.argmax(values))
        bounds = (q[max(best - 1, 0)], q[min(best + 1, _NODES - 1)])
        found = minimize_scalar(
            lambda at: -float(self._at(rate, np.array([at]))[0]),
            bounds=bounds,
            method="bounded",
            options={"xatol": 1e-8 * self._omega},
        )
        return max(float(values[best]), -float(found.fun))

    def _at(self, rate: float, q: FloatArray) -> FloatArray:
        """Return the largest eigenvalues at some quasi-frequencies."""
        units, n = self._units, len(self._h)
        spend(2e-9 * len(q) * (len(units) * n) ** 3)
        gain = units.size(rate + 1j * (q[:, None] + self._h * self._omega))  # (P, q, h)
        if len(units) == 1:
            root = np.sqrt(gain[0])
            matrices = units.K[0, 0] * root[:, :, None] * self._hops[0] * root[:, None, :]
            return np.asarray(np.linalg.eigvalsh(matrices)[:, -1])
        blocks = np.einsum("aqh,ab,bhk->qahbk", gain, units.K, self._hops)
        size = len(units) * n
        return np.asarray(np.max(np.linalg.eigvals(blocks.reshape(len(q), size, size)).real, axis=-1))

    def rate(self) -> float:
        """Return the rate at which it is 1, right of every pole."""
        from scipy.optimize import brentq

        pole, high = self._units.abscissa, 0.0
        while self(high) > 1.0:
            high = 2.0 * high - pole
        low = pole + 0.5 * (high - pole)
        while self(low) < 1.0:
            high, low = low, pole + 0.3 * (low - pole)
            if low - pole < 1e-9 * abs(pole):
                return pole
        return float(brentq(lambda rate: self(rate) - 1.0, low, high, xtol=1e-13))
