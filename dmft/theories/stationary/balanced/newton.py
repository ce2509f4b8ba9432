"""The equations for the covariance on a mesh of lags and the mean, and Newton's method for both together.

    (1 - d^2) c = g^2 <phi phi>(c; c(0), m) + K_I,   m = sqrt(K) (I0 - J0 <phi>)
in weak form. The Jacobian is banded in c at given c(0) and m: these two are a border of two columns and one row.

Where a sinusoid is fast its phase is averaged over at each lag (two scales): c = slow + ripple, and with q_k the
harmonics of <phi phi> in the phase psi of the drive
    (1 - d^2) slow = g^2 q_0,   ripple = sum_k g^2 q_k cos(k psi)/(1 + k^2 w^2),
which is wrong by w^-4 relative to the variance: the next order, w^-3, is odd in psi and does not enter q_0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.stationary.balanced.mean_averages import MeanAverages

FAST = 20.0 * math.pi  # angular frequency above which a drive is averaged over
_ANGLES = 12  # of the fast phase, in [0, pi]
_SMALL = 1e-6  # relative step of the derivatives by c(0) and m: an error that Newton corrects
_SHORTEST = 1e-3  # part of a Newton step below which it is given up


@dataclass(frozen=True, eq=False)
class Point:
    """c and m, with what the averages are there, and the residuals of both equations.

    shape (n,) each: c; q, p = <phi phi>, <phi' phi'>; weak = residual of the equation for c. ripple: c(0) - c[0].
    """

    c: FloatArray
    m: float
    q: FloatArray
    p: FloatArray
    weak: FloatArray
    balance: float
    rise: float
    ripple: float
    residual: float


@dataclass(frozen=True, eq=False)
class Step:
    """A Newton step, and what a relative error of the averages would do to log c(0)."""

    c: FloatArray
    m: float
    sensitivity: float


class Equations:
    """Both equations on a mesh."""

    def __init__(self, site: MeanAverages, mesh: HalfLine) -> None:
        self.site, self.mesh = site, mesh
        self.averaged = site.amplitude > 0 and site.omega > FAST and mesh.length > 2.0 * site.half_period
        self._source = mesh.weights * site.input(mesh.nodes)
        self._source[0] += site.flux
        #: Weights with which the filter of a unit takes each lag into the variance.
        self.felt = mesh.weights * np.exp(-mesh.nodes)

    def at(self, c: FloatArray, m: float) -> Point:
        """Return the residuals at c and m."""
        site, mesh = self.site, self.mesh
        spend(1e-3 + 2e-5 * len(c))
        q, p, ripple = self.pair(c, m, float(c[0]))
        c0 = float(c[0]) + ripple
        f, d = site.rate(c0, m)
        weak = mesh.apply(0.0, c) + mesh.weights * (c - site.gain**2 * q) - self._source
        balance = m - site.excitation + site.inhibition * f
        rise = 1.0 + site.inhibition * d
        # the undamped map's own error: e = c - F(c) solves (1 - d^2) e = weak; that of m is as its equation moves it
        with np.errstate(all="ignore"):
            own = float(np.max(np.abs(mesh.solve(1.0, weak)))) / c0 if np.all(np.isfinite(weak)) else math.inf
        residual = own + abs(balance) / (max(abs(rise), 1e-3) * (math.sqrt(c0) + abs(m)))
        return Point(c, m, q, p, weak, balance, rise, ripple, residual if math.isfinite(residual) else math.inf)

    def pair(self, c: FloatArray, m: float, c0: float) -> tuple[FloatArray, FloatArray, float]:
        """Return <phi phi>, <phi' phi'> and the ripple at lag 0; c0 is the variance without it."""
        site, lags = self.site, self.mesh.nodes
        if not self.averaged:
            return *site.pair(c, c0, m, site.omega * lags, self.felt), 0.0
        # <phi phi> is even in psi with a cusp at psi = 0, lag 0: Gauss nodes on [0, pi]
        n = math.ceil(site.refined * _ANGLES)
        x, part = np.polynomial.legendre.leggauss(n)
        angles, part = 0.5 * math.pi * (1.0 + x), 0.5 * part
        orders = np.arange(n // 2)
        waves = np.cos(orders[:, None] * angles)
        filters = np.where(orders > 0, 2.0 * site.gain**2, 0.0) / (1.0 + (orders * site.omega) ** 2)
        ripples, top = np.zeros((n, len(c))), 0.0
        for _ in range(2):
            both = [site.pair(c + r, c0 + top, m, np.full(len(c), a)) for a, r in zip(angles, ripples, strict=True)]
            q, p = (np.array(x) for x in zip(*both, strict=True))
            harmonics = filters[:, None] * ((waves * part) @ q)
            ripples, top = waves.T @ harmonics, float(harmonics[:, 0].sum())
        # what a fast part of a potential does on average: -V_1^2/(2 w^2) [Kapitza]
        fast = 2.0 * ((waves * part) @ p)[1:]
        slope = part @ p + site.gain**2 * np.sum(fast**2 / (2.0 * (orders[1:, None] * site.omega) ** 2), axis=0)
        return part @ q, slope, top

    def step(self, at: Point) -> Step:
        """Return the Newton step. Raises numpy.linalg.LinAlgError where the Jacobian is singular."""
        site, mesh, g2, w = self.site, self.mesh, self.site.gain**2, self.mesh.weights
        c0 = float(at.c[0])
        by_variance, by_mean = self._columns(at)
        # q depends on c0 = c[0] as a variance too; the part of q(0) that p is, the band holds already
        right = np.stack([-at.weak, -g2 * w * by_variance, -g2 * w * by_mean, g2 * w * at.q], axis=1)
        plain, u, v, moved = mesh.solve(1.0 - g2 * at.p, right).T
        step = _SMALL * c0
        fall = site.inhibition * (site.rate(c0 + at.ripple + step, at.m)[0] - site.rate(c0 + at.ripple, at.m)[0]) / step
        border = np.array([[1.0 + u[0], v[0]], [fall, at.rise]])
        shift, dm = np.linalg.solve(border, [plain[0], -at.balance])
        bent, _ = np.linalg.solve(border, [moved[0], 0.0])
        rate = site.inhibition * site.rate(c0 + at.ripple, at.m)[0]
        other, _ = np.linalg.solve(border, [0.0, rate])
        return Step(plain - u * shift - v * dm, float(dm), (abs(float(bent)) + abs(float(other))) / c0)

    def _columns(self, at: Point) -> tuple[FloatArray, FloatArray]:
        """Return d<phi phi>/dc0 at the covariances held (but c(0), along with it), and d<phi phi>/dm."""
        c0 = float(at.c[0])
        step, dm = _SMALL * c0, _SMALL * (math.sqrt(c0) + abs(at.m))
        shifted = at.c.copy()
        shifted[0] += step
        by_variance = (self.pair(shifted, at.m, c0 + step)[0] - at.q) / step
        by_variance[0] -= at.p[0]
        return by_variance, (self.pair(at.c, at.m + dm, c0)[0] - at.q) / dm


def newton(
    equations: Equations, c: FloatArray, m: float, rtol: float, max_steps: int
) -> tuple[Point, tuple[float, ...]]:
    """Return the best point that damped Newton steps reach, and the residuals on the way."""
    at = equations.at(c, m)
    history = [at.residual]
    for _ in range(max_steps):
        if at.residual <= rtol or not math.isfinite(at.residual):
            break
        try:
            step = equations.step(at)
        except (np.linalg.LinAlgError, ValueError):
            break
        c0 = float(at.c[0])
        part = min(1.0, 0.5 * c0 / max(abs(float(step.c[0])), 1e-300))
        while part > _SHORTEST:
            trial = at.c + part * step.c
            ahead = equations.at(np.clip(trial, -trial[0], trial[0]), at.m + part * step.m) if trial[0] > 0 else None
            if ahead is not None and ahead.residual < at.residual:
                break
            part *= 0.5
        if part <= _SHORTEST or ahead is None:
            break
        at = ahead
        history.append(at.residual)
    return at, tuple(history)
