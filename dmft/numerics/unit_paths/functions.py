"""Functions of a Gaussian process, or of one with a sinusoid on top of it, whose covariances are known in closed form.

Of y of variance 1 and correlation r:
    <erf(a y) erf(a' y')> = (2/pi) asin(2 a a' r/sqrt((1 + 2 a^2)(1 + 2 a'^2))),
    <exp(-e y^2/2) exp(-e' y'^2/2)> = ((1 + e)(1 + e') - e e' r^2)^(-1/2).
Of u = y + D cos(w t), y of covariance r and variance r_0, averaged over the turn, with J_n Bessel functions of k D:
    <sin(k u) sin(k' u')> = E (sinh(k k' r) even + cosh(k k' r) odd),   <cos cos'> = E (cosh even + sinh odd),
    E = exp(-(k^2 + k'^2) r_0/2),  even = J_0 J_0' + 2 sum_2m J_2m J_2m' cos(2m w lag),  odd = 2 sum J_2m+1 J_2m+1' cos.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import erf, jv

from dmft.arrays import FloatArray

_SLOPES = np.array([0.4, 1.0, 2.5])  # a_j
_BELLS = np.array([0.3, 1.2, 5.0])  # e_k; of signals that are not odd in what they hear
_TURNS = np.array([0.8, 1.6, 3.2])  # k
_ORDERS = np.arange(24)  # of Bessel functions; of k D up to 5 the rest is below 1e-10


@dataclass(frozen=True)
class Steps:
    """y, erf(a y), and without oddness bells less their means."""

    odd: bool

    @property
    def count(self) -> int:
        """How many there are."""
        return 1 + len(_SLOPES) + (0 if self.odd else len(_BELLS))

    def values(self, y: FloatArray) -> list[FloatArray]:
        """Return all of them."""
        steps = [y, *(erf(a * y) for a in _SLOPES)]
        return steps if self.odd else [*steps, *(np.exp(-0.5 * e * y * y) - 1.0 / math.sqrt(1.0 + e) for e in _BELLS)]

    def covariances(self, r: FloatArray, turns: FloatArray) -> FloatArray:
        """Return their covariances at correlations r of y, shape (count, count, len(r))."""
        size = 1.0 + 2.0 * _SLOPES**2
        shared = 2.0 * np.outer(_SLOPES, _SLOPES) / np.sqrt(np.outer(size, size))
        n, k, r = 1 + len(_SLOPES), len(_BELLS), np.clip(r, -1.0, 1.0)
        out = np.zeros((n + k, n + k, len(r)))
        out[0, 0] = r
        out[0, 1:n] = out[1:n, 0] = (2.0 * _SLOPES / np.sqrt(math.pi * size))[:, None] * r
        out[1:n, 1:n] = (2.0 / math.pi) * np.arcsin(shared[..., None] * r)
        if not self.odd:
            apart = np.outer(1.0 + _BELLS, 1.0 + _BELLS)[..., None]
            bells = np.outer(_BELLS, _BELLS)[..., None]
            out[n:, n:] = 1.0 / np.sqrt(apart - bells * r**2) - 1.0 / np.sqrt(apart)
        return out[: self.count, : self.count]


@dataclass(frozen=True)
class Sines:
    """u, sin(k u), and without oddness cos(k u) less their means; u is y with a sinusoid.

    Attributes
    ----------
    odd : whether there are no cosines.
    variance, swing : r_0 of y, and D; r_0 + D^2/2 = 1.
    """

    odd: bool
    variance: float
    swing: float

    @property
    def count(self) -> int:
        """How many there are."""
        return 1 + len(_TURNS) * (1 if self.odd else 2)

    def values(self, u: FloatArray) -> list[FloatArray]:
        """Return all of them."""
        sines = [u, *(np.sin(k * u) for k in _TURNS)]
        if self.odd:
            return sines
        return [*sines, *(np.cos(k * u) - mean for k, mean in zip(_TURNS, self._means, strict=True))]

    def covariances(self, r: FloatArray, turns: FloatArray) -> FloatArray:
        """Return their covariances where y has covariance r, at angles w lag, shape (count, count, len(r))."""
        n, r = len(_TURNS), np.clip(r, -self.variance, self.variance)
        bessel = jv(_ORDERS, np.multiply.outer(_TURNS, np.full(1, self.swing)))  # (k, order)
        products = 2.0 * bessel[:, None] * bessel
        products[..., 0] *= 0.5
        waves = np.cos(np.multiply.outer(_ORDERS, turns))
        even, odd = products[..., 0::2] @ waves[0::2], products[..., 1::2] @ waves[1::2]
        squares = _TURNS**2
        weight = np.exp(-0.5 * self.variance * (squares[:, None] + squares))[..., None]
        grown, shrunk = (weight * np.exp(sign * np.outer(_TURNS, _TURNS)[..., None] * r) for sign in (1.0, -1.0))
        up, down = 0.5 * (grown + shrunk), 0.5 * (grown - shrunk)
        out = np.zeros((1 + 2 * n, 1 + 2 * n, len(r)))
        out[0, 0] = r + 0.5 * self.swing**2 * waves[1]
        mixed = np.exp(-0.5 * self.variance * squares)[:, None] * (
            np.multiply.outer(_TURNS * bessel[:, 0], r) + self.swing * np.multiply.outer(bessel[:, 1], waves[1])
        )
        out[0, 1 : n + 1] = out[1 : n + 1, 0] = mixed
        out[1 : n + 1, 1 : n + 1] = down * even + up * odd
        out[n + 1 :, n + 1 :] = up * even + down * odd - np.outer(self._means, self._means)[..., None]
        return out[: self.count, : self.count]

    @property
    def _means(self) -> FloatArray:
        return np.asarray(np.exp(-0.5 * self.variance * _TURNS**2) * jv(0, _TURNS * self.swing))
