"""Perturbations that all units share: whether the means and covariances of a moving state of filters stay.

With dm_a e^{z t} and dC_a(t, s) = e^{z (t + s)/2} gamma_a(t - s), and q(c; m, c0) = <phi phi>,
    dm_a = H_a(z) sum_b A_ab (<phi'> dm + <phi''> gamma(0)/2)_b,
    gamma_a = H_a(z/2 + i nu) H_a(z/2 - i nu) sum_b K_ab [dq/dc gamma + cosh(z lag/2) (dq/dm dm + dq/dc0 gamma(0))]_b
in Fourier space. Where a part is frozen gamma = D cosh(z lag/2) + what decays, D_a = H_a(z) H_a(0) sum_b K_ab (dq/dc D
+ dq/dm dm + dq/dc0 gamma(0))_b at far lags. What dq/dc at far lags does to what decays is a product in Fourier space,
of no growing mode, and is divided by. By the cosines of lowest frequency the determinant of the rest is that of a
matrix, analytic right of the axis, and its turns along z = i w count the modes that grow.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.stationary.units.equations import Equations, Point
from dmft.theories.stationary.units.turns import growing

_DECAYED = 1e-4  # part of the variance from which on a covariance has come to its end
_ANSWERED = 0.02  # of the largest |H|^2 K dq/dc, below which a frequency is left out
_MOST = 700  # unknowns
_BEGIN = 24  # frequencies


def growing_modes(equations: Equations, point: Point) -> int | None:
    """Return how many modes of means and covariances grow; None where they could not be counted, or are too many."""
    try:
        response = SharedResponse(equations, point)
    except ValueError:
        return None
    poles = np.concatenate([transfer.poles for transfer in equations.units.transfers])
    fast = float(np.max(np.abs(poles)))
    delay = max(transfer.delay for transfer in equations.units.transfers)
    even = np.arange(0.0, 4.0 * fast, 1.0 / delay) if delay > 0.0 else np.zeros(1)
    at = np.concatenate([np.zeros(1), np.geomspace(0.01 * float(np.min(np.abs(poles))), 8.0 * fast, _BEGIN), even])
    return growing(response.determinants, np.unique(np.concatenate([at, np.abs(poles.imag)])))


class SharedResponse:
    """The linear equations of dm, D, gamma(0) and the cosines of what decays.

    Raises
    ------
    ValueError : for more unknowns than are worth a matrix.
    """

    def __init__(self, equations: Equations, point: Point) -> None:
        self._units, self._point = equations.units, point
        grid, c = equations.grid, point.c
        apart = np.max(np.abs(c - c[:, -1:]) / np.maximum(c[:, :1], 1e-300), axis=0)
        end = int(np.max(np.flatnonzero(apart > _DECAYED), initial=0)) + 1
        n = min(max(1 << math.ceil(math.log2(2 * end)), 64), grid.n)
        self._grid = LagGrid(grid.step, n)
        self._limit = [part[:, -1] for part in (point.p, point.by_mean, point.by_variance)]
        parts = [part[:, : n + 1] for part in (point.p, point.by_mean, point.by_variance)]
        self._near = [part - limit[:, None] for part, limit in zip(parts, self._limit, strict=True)]
        strength = np.max(self._units.size(1j * self._grid.omega), axis=0)
        answered = np.flatnonzero(strength > _ANSWERED * np.max(strength))
        self.modes = min(2 * int(answered[-1]) + 16, n // 2)
        if len(self._units) * (self.modes + 3) > _MOST:
            raise ValueError("too many unknowns")
        k = np.arange(self.modes)
        spectrum = self._coefficients(self._near[0], 2 * self.modes)
        self._slopes = 0.5 * (spectrum[:, np.abs(k[:, None] - k)] + spectrum[:, k[:, None] + k])
        self._slopes[:, 1:] *= 2.0  # (P, M, M): the cosine k of dq/dc, less its limit, times the cosine l

    def _coefficients(self, values: FloatArray, most: int) -> FloatArray:
        """Return (1/T) int f cos(nu_k lag) over the window, shape (..., most)."""
        return self._grid.transform(values)[..., :most] / (2.0 * self._grid.window)

    def determinants(self, omega: FloatArray) -> ComplexArray:
        """Return the determinant at frequencies, shape (n,)."""
        return np.array([self._determinant(float(w)) for w in omega], dtype=complex)

    def _determinant(self, w: float) -> complex:
        units, P, M = self._units, len(self._units), self.modes
        size = P * (M + 3)
        spend(2e-9 * size**3 + 1e-7 * P * self._grid.n)
        A, K, one = units.blocks.A, units.K, self._point.table.one
        nu = self._grid.omega[:M]
        answer = units.at(np.array([1j * w]))[:, 0]
        lasting = answer * units.steady
        gain = units.at(1j * (0.5 * w + nu)) * units.at(1j * (0.5 * w - nu))  # (P, M)
        p, by_mean, by_variance = self._limit
        plain = np.moveaxis(gain, 0, -1)[:, :, None] * K  # (M, P, P)
        heard = np.linalg.solve(np.eye(P) - plain * p, plain)
        m, d, top = slice(0, P), slice(P, 2 * P), slice(2 * P, 3 * P)
        matrix = np.eye(size, dtype=complex)
        matrix[m, m] -= answer[:, None] * A * one[1]
        matrix[m, top] -= answer[:, None] * A * one[2]
        matrix[d, m] -= lasting[:, None] * K * by_mean
        matrix[d, d] -= lasting[:, None] * K * p
        matrix[d, top] -= lasting[:, None] * K * by_variance
        matrix[top, d] -= np.eye(P)
        wave = np.cos(0.5 * w * self._grid.lags)
        half = np.ones(M)
        half[1:] = 2.0
        turned = [self._coefficients(wave * part, M) * half for part in self._near]
        for a in range(P):
            rows = slice(3 * P + a * M, 3 * P + (a + 1) * M)
            matrix[2 * P + a, rows] -= 1.0
            for b in range(P):
                columns = slice(3 * P + b * M, 3 * P + (b + 1) * M)
                by = heard[:, a, b]
                matrix[rows, columns] -= by[:, None] * self._slopes[b]
                matrix[rows, P + b] -= by * turned[0][b]
                matrix[rows, b] -= by * turned[1][b]
                matrix[rows, 2 * P + b] -= by * turned[2][b]
        sign, log = np.linalg.slogdet(matrix)
        return complex(sign * np.exp(min(float(log), 600.0)))
