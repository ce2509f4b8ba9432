"""Where chaos begins: the moving state next to rest, to lowest order, as a start for Newton's method.

For odd phi, q_b = p_b c + beta_b c^3 + ... at a variance c_b(0), p_b = <phi_b'>^2. To lowest order c_a = A v_a f(lag):
A is where the largest eigenvalue of K_ab p_b(A v_b) is 1, v its vector, u the left one, and
    (u . tau^2 v) f'' = k^2 (f - 2 f^3),   f = sech,   k^2 (u . tau^2 v) = A^2 u . K (beta v^3)/2.
Plain relaxation takes a time of 1/k^2 there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.site import Sites, TwoTimes

NEAR = 1.1  # largest eigenvalue at rest up to which this is tried
_ROUNDS = 60


@dataclass(frozen=True)
class Onset:
    """c_a(lag) = c0_a sech(kappa lag)."""

    c0: FloatArray
    kappa: float

    def __call__(self, lags: FloatArray) -> FloatArray:
        """Return c at lags, shape (n, P)."""
        decay = np.exp(-self.kappa * np.asarray(lags)[:, None])
        return np.asarray(self.c0 * 2.0 * decay / (1.0 + decay**2))


def onset(blocks: Blocks, sites: Sites) -> Onset | None:
    """Return the state next to rest; None where it is not next to it, or does not begin with a small amplitude."""
    low, high = 0.0, 1.0
    vector = _vector(blocks, np.full(len(blocks), 1e-12), sites)[1]
    for _ in range(_ROUNDS):  # by bisection: the eigenvalue falls with the amplitude where chaos begins softly
        amplitude = 0.5 * (low + high) if low > 0.0 or high < 1e-9 else 0.1 * high
        root, ahead = _vector(blocks, amplitude * vector, sites)
        low, high = (amplitude, high) if root > 1.0 else (low, amplitude)
        vector = ahead
        if high - low <= 1e-9 * high:
            break
    c0 = high * vector
    if not np.all(c0 > 0.0) or high > 0.5:
        return None
    half = _pair(0.5 * c0[None], c0, sites)
    slopes = half.one.slope**2
    beta = 0.5 * (half.q - _pair(-0.5 * c0[None], c0, sites).q - slopes * c0)[0] / (0.5 * c0) ** 3
    left = _perron((blocks.K * slopes).T)[1]
    square = float(left @ (blocks.K @ (beta * c0**3))) / (2.0 * float(left @ (blocks.tau**2 * c0)))
    return Onset(c0, math.sqrt(square)) if square > 0.0 else None


def _vector(blocks: Blocks, c0: FloatArray, sites: Sites) -> tuple[float, FloatArray]:
    return _perron(blocks.K * _pair(c0[None], c0, sites).one.slope ** 2)


def _perron(matrix: FloatArray) -> tuple[float, FloatArray]:
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    return float(values[first].real), vector / np.max(vector)


def _pair(c: FloatArray, c0: FloatArray, sites: Sites) -> TwoTimes:
    return sites.two_times(c, np.zeros(len(c0)), c0, np.zeros(c.shape), derivatives=False)
