"""States next to an onset: one growing mode of slowly varying amplitude, where they are looked for.

Not far above an onset C_a(t) = u_a x(t) cos(w t), w the frequency and u the direction of the fastest growing mode, as a
weakly nonlinear oscillator is averaged over its turns. With the harmonic of the nonlinearity at w,
    F(x; x0) = (1/pi) int_0^{2 pi} dtheta cos(theta) sum_ab l_a |H_a(i w)|^2 K_ab f_b(u_b x cos(theta); u_b x0),
b of 1/growth(w + v) = (1 + b v^2)/growth(w), the amplitude moves as a particle, b x'' = x - F(x; x0), that starts at
rest at x0 and ends at rest at 0: x0^2/2 = int_0^x0 F dx, and x ~ sech(kappa t) with b kappa^2 = 1 - F'(0; x0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.stationary.units.table import Tables
from dmft.theories.units import Units

_ANGLES = 24  # nodes in a quarter turn
_DECADES = (-7.0, 2.0)  # of the amplitude, relative to 1, between which it is looked for
_STEP = 1e-3  # of a frequency, relative to the width of the slowest pole, for the curvature of the growth


@dataclass(frozen=True, eq=False)
class Mode:
    """A mode of slowly varying amplitude.

    Attributes
    ----------
    sizes : variances, shape (P,).
    omega : angular frequency.
    rate : kappa, at which the amplitude decays.
    """

    sizes: FloatArray
    omega: float
    rate: float

    def __call__(self, lags: FloatArray) -> FloatArray:
        """Return the covariances, shape (P, n)."""
        amplitude = np.cos(self.omega * lags) / np.cosh(np.minimum(self.rate * lags, 300.0))
        return np.asarray(self.sizes[:, None] * amplitude)


def mode_of(units: Units, tables: Tables, omega: float) -> Mode | None:
    """Return the mode that grows fastest from rest, at w = omega; None if it grows without limit, or not at all."""
    from scipy.optimize import brentq

    gains = units.size(1j * np.array([omega]))[:, 0, None] * units.K
    right, left = _directions(gains * units.slopes**2)
    drive = (left @ gains) / (left @ right)
    nodes, weights = np.polynomial.legendre.leggauss(_ANGLES)
    angle, weights = 0.25 * math.pi * (nodes + 1.0), 0.25 * math.pi * weights
    r = np.cos(angle)  # of c = c0 r

    def surplus(decade: float) -> float:
        """Return 1/2 - int_0^x0 F dx/x0^2: below 0 the amplitude grows."""
        x0 = 10.0**decade
        c0 = right * x0
        q = tables.exact(r[:, None] * c0, c0)[0] @ (drive / x0)  # f/x0 at x = x0 r
        return 0.5 - float((weights * _held(angle, omega)) @ q)

    low, high = _DECADES
    if not surplus(low) < 0.0 < surplus(high):
        return None
    x0 = 10.0 ** float(brentq(surplus, low, high, xtol=1e-4))
    c0 = right * x0
    slopes = tables.slope(c0) ** 2
    width = min(-t.abscissa for t in units.transfers)
    step = _STEP * width
    middle, *sides = units.growth(units.K * units.slopes**2, 0.0, np.array([omega, omega + step, abs(omega - step)]))
    curvature = 0.5 * float(middle) * float(np.sum(1.0 / np.array(sides)) - 2.0 / float(middle)) / step**2
    excess = 1.0 - float(drive @ (slopes * right))
    if not (curvature > 0.0 and excess > 0.0):
        return None
    return Mode(c0, omega, math.sqrt(excess / curvature))


def _held(angle: FloatArray, omega: float) -> FloatArray:
    """Return the weight of f(x0 cos(angle)) in int_0^x0 F dx/x0, an integral over the angle of c/x0 in [0, pi/2].

    At rest int f dc = x0 int f sin(angle). Of an oscillation int_0^x0 F dA = (1/pi) int_0^{2 pi} Phi(x0 cos theta),
    with Phi' = f: by parts (4/pi) int f sin(angle) theta, as f at c counts for all theta with x0 cos(theta) > c.
    """
    share = 4.0 / math.pi * angle if omega > 0.0 else 1.0
    return np.asarray(share * np.sin(angle))


def _directions(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the right and the left eigenvector of the largest eigenvalue of a matrix without negative entries."""
    out = []
    for each in (matrix, matrix.T):
        values, vectors = np.linalg.eig(each)
        found = np.abs(vectors[:, int(np.argmax(values.real))].real)
        out.append(found / np.max(found))
    return out[0], out[1]
