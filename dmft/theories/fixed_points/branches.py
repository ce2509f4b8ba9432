"""The stable states of one neuron in a fixed point, x = h + kappa phi(x), kappa = k q, and averages over them.

With the synapses at rest, A = (k/N) phi phi^T, so that a neuron feeds back on itself with kappa = k <phi^2>. For
kappa phi'(0) > 1 there are two stable branches, 1 - kappa phi'(x) > 0, in a range |h| < h_spinodal, and both count. A
sum over branches averaged over h ~ N(0, g^2 q) is an integral over the stable x with dh = (1 - kappa phi') dx. Towards
the spinodal chi = phi'/(1 - kappa phi') diverges, hence the logarithmic variable u = log(|x| - x_spinodal).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray

_DU = 0.05  # step of u at most
_IN_WIDTH = 0.25  # step of x at most, in units of the width g sqrt(q) of the field
_FARTHEST = 45.0  # fields beyond that many widths do not count
_NEAREST = -90.0  # log of the least distance from the spinodal


class StableStates:
    """The stable x > 0 of one neuron (x < 0 is their mirror image) and their weights.

    Attributes
    ----------
    x, phi, slope : state, phi(x), phi'(x); shape (n_node,).
    h : field x - kappa phi(x).
    chi : response dphi/dh = phi'/(1 - kappa phi').
    log_weight : log of N(h; 0, g^2 q) dh, both signs of x together.
    spinodal_x, spinodal_h : where a branch ends: 1 = kappa phi'(x); h there, on the far side (0 if not bistable).
    """

    def __init__(self, nonlinearity: Any, *, g: float, k: float, q: float, coarseness: float = 1.0) -> None:
        self.g, self.k, self.q = g, k, q
        self.kappa = kappa = k * q
        start = _spinodal(nonlinearity, kappa)
        self.spinodal_x = start
        self.spinodal_h = kappa * float(nonlinearity(start)) - start if start > 0 else 0.0
        width = g * math.sqrt(q)
        if self.spinodal_h > _FARTHEST * width:
            # No field reaches the spinodal, and x is where it would be without one, but for the width of the field.
            low, high = (_state(nonlinearity, kappa, start, side * _FARTHEST * width) for side in (-1.0, 1.0))
            distance = np.linspace(low - start, high - start, round(2.0 * _FARTHEST / (0.5 * _IN_WIDTH * coarseness)))
            dx = np.full(len(distance), distance[1] - distance[0])
        else:
            reach = math.log(abs(kappa) + 40.0 * width + 1.0)
            # a state without a feedback that makes it bistable is itself as small as the field: u resolves it
            du = coarseness * (min(_DU, _IN_WIDTH * width / max(kappa, width)) if start > 0 else _DU)
            distance = np.exp(np.arange(_NEAREST if start > 0 else -45.0, reach, du))
            dx = du * distance
        self.x = start + distance
        self.phi = np.asarray(nonlinearity(self.x), dtype=float)
        self.slope = np.asarray(nonlinearity.derivative(self.x), dtype=float)
        stiffness = _stiffness(nonlinearity, kappa, start, distance, self.slope)
        self.chi = self.slope / stiffness
        self.h = self.x - kappa * self.phi
        variance = g * g * q
        self.log_weight = (
            np.log(2.0 * dx * stiffness) - self.h**2 / (2.0 * variance) - 0.5 * math.log(2.0 * math.pi * variance)
        )
        self._square_phi, self._square_chi = self.phi**2, self.chi**2

    def tilted(self, theta: float, mu: float) -> tuple[float, FloatArray]:
        """Return log E_h sum_b exp(theta phi_b^2 + mu chi_b^2), and the normalised weights of the nodes under it."""
        exponent = self.log_weight + theta * self._square_phi + mu * self._square_chi
        top = exponent.max()
        weights = np.exp(exponent - top)
        total = weights.sum()
        return float(top + math.log(total)), weights / total


def _state(nonlinearity: Any, kappa: float, start: float, h: float) -> float:
    """Return the stable x > start with x - kappa phi(x) = h."""
    from scipy.optimize import brentq

    high = start + abs(h) + 2.0 * kappa * abs(float(nonlinearity(start + abs(h) + kappa))) + 1.0
    return float(brentq(lambda x: x - kappa * float(nonlinearity(x)) - h, start, high, xtol=1e-14, rtol=1e-14))


def _spinodal(nonlinearity: Any, kappa: float) -> float:
    """Return x > 0 with kappa phi'(x) = 1, 0 if kappa phi'(0) <= 1."""
    if kappa * float(nonlinearity.derivative(0.0)) <= 1.0:
        return 0.0
    from scipy.optimize import brentq

    def excess(x: float) -> float:
        return kappa * float(nonlinearity.derivative(x)) - 1.0

    high = 1.0
    while excess(high) > 0:
        high *= 2.0
    return float(brentq(excess, 0.0, high, xtol=1e-15, rtol=1e-15))


def _stiffness(nonlinearity: Any, kappa: float, start: float, distance: FloatArray, slope: FloatArray) -> FloatArray:
    """Return 1 - kappa phi'(start + distance) without cancellation near the spinodal."""
    if start == 0.0:
        return 1.0 - kappa * slope
    reference = float(nonlinearity.derivative(start))
    step = 1e-4
    curvature = float(nonlinearity.derivative(start - step) - nonlinearity.derivative(start + step)) / (2.0 * step)
    return kappa * np.where(distance > 1e-6, reference - slope, curvature * distance)
