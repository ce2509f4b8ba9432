"""<phi phi> and its derivatives where each unit hears a sinusoid of a phase of its own.

x = y + A cos(w t + theta), y Gaussian, theta uniform. With a_n(theta) the Hermite coefficients of
phi(A cos(theta) + y), r = c/c0 and hats for their Fourier coefficients over theta,
    <phi phi>(c, lag) = sum_n r^n sum_h |a^_n,h|^2 cos(h w lag),
of phi' likewise, and d/dc0 at given c = sum_n r^n sqrt((n + 1)/c0) sum_h Re(a^_n,h conj(a'^_n+1,h)) cos(h w lag).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.mehler_pairs import LENGTHS, MehlerPairs
from dmft.theories.stationary.units.table import MANY, Tables
from dmft.theories.units import Units

_PHASES, _MOST_PHASES = 32, 256  # in a turn, doubled as needed
_SMALL, _SMALL_SLOPE = 1e-12, 1e-10  # part of <phi^2> and of <phi'^2> that what is left out may have
_CUT = 1e-17  # part of a sum that is left out
_BLOCK = 4096  # lags of one go


class PhasedTables(Tables):
    """Averages of P nonlinearities under sinusoids of random phase, around a mean of 0.

    Parameters
    ----------
    amplitudes : of what an isolated unit makes of its sinusoid, shape (P,).
    omega : angular frequency of all.
    """

    def __init__(self, nonlinearities: tuple[Any, ...], amplitudes: FloatArray, omega: float) -> None:
        super().__init__(nonlinearities)
        self.amplitudes, self.omega = amplitudes, omega
        self._pairs = [MehlerPairs(phi) for phi in nonlinearities]
        self._rough = [MehlerPairs(phi, LENGTHS[0]) for phi in nonlinearities]
        self._phases = _PHASES

    def at(self, c0: FloatArray, points: int, m: FloatArray | None = None) -> Any:
        """Return the averages at variances c0, shape (P,); by at least as many phases as the last harmonics ask for."""
        pairs = self._rough if points < MANY else self._pairs
        while True:
            found = [self._sums(pairs[a], a, float(variance), self._phases) for a, variance in enumerate(c0)]
            lost = max(sums.harmonics for sums in found)
            if lost <= _SMALL or self._phases == _MOST_PHASES:
                return PhasedTable(c0, self.omega, tuple(found))
            self._phases *= 2

    def finest(self, c0: FloatArray, m: FloatArray | None = None) -> Any:
        """Return the averages at variances c0."""
        return self.at(c0, MANY)

    def _sums(self, pairs: MehlerPairs, a: int, variance: float, phases: int) -> PhasedSums:
        theta = 2.0 * math.pi * (np.arange(phases) + 0.5) / phases
        means, held = self.amplitudes[a] * np.cos(theta), max(variance, 1e-300)
        while True:
            tables = pairs.coefficients(means, np.full(phases, held))
            square = np.mean(np.sum(tables**2, axis=1), axis=-1)
            end = np.mean(tables[:, -1] ** 2, axis=-1) / np.maximum(square, 1e-300)
            if np.all(end <= (_SMALL, _SMALL_SLOPE)) or not pairs.lengthened():
                break
        spend(1e-8 * tables.size)
        coefficients = np.fft.rfft(tables, axis=-1) / phases
        double = np.full(phases // 2 + 1, 2.0)
        double[[0, -1]] = 1.0
        f, d = coefficients[0], coefficients[1]
        n = np.sqrt(np.arange(1.0, len(f)) / held)[:, None]
        by_variance = np.zeros(f.shape)
        by_variance[:-2] = (n * (f[:-1] * d[1:].conj()).real)[:-1]  # the last term stands for all that is left out
        rows = np.stack([np.abs(f) ** 2, np.abs(d) ** 2, by_variance]) * double
        last = np.sum(rows[:2, :, -phases // 8 :], axis=(1, 2)) / np.maximum(np.sum(rows[:2], axis=(1, 2)), 1e-300)
        return PhasedSums(rows, float(abs(d[0, 0]) ** 2), float(np.max(end)), float(np.max(last)))

    def slope(self, c0: FloatArray) -> FloatArray:
        """Return <phi'>, shape (P,)."""
        return np.asarray(np.sqrt(self.at(c0, MANY).far), dtype=float)

    def error(self, table: Any) -> float:
        """Return what the ends of the series and of the harmonics leave, relative to <phi^2>."""
        return float(max(max(sums.end, sums.harmonics) for sums in table.sums))

    def checked(self, c0: FloatArray, m: FloatArray | None = None) -> float:
        """Return the relative deviation of twice as many phases, between which these lie."""
        worst, lags = 0.0, np.array([0.0, 0.3, 1.1, 2.5]) / self.omega
        mine = self.at(c0, MANY)
        for a, variance in enumerate(c0):
            other = self._sums(self._pairs[a], a, float(variance), 2 * self._phases)
            c = np.array([1.0, 0.7, -0.3, 0.1]) * variance
            one, two = mine(c, a, lags)[0], other(c / max(float(variance), 1e-300), self.omega * lags)[0]
            worst = max(worst, float(np.max(np.abs(one - two))) / max(float(one[0]), 1e-300))
        return worst


def tables_of(units: Units) -> Tables:
    """Return the averages that units need."""
    if units.wave is None:
        return Tables(units.blocks.nonlinearities, centred=is_centred(units))
    return PhasedTables(units.blocks.nonlinearities, *units.wave)


def is_centred(units: Units) -> bool:
    """Whether nothing moves the mean of x from 0, nor differs from unit to unit for ever."""
    blocks = units.blocks
    stated = np.any(blocks.A) or np.any(blocks.bias) or np.any(blocks.threshold_variance)
    return not stated and Tables(blocks.nonlinearities).odd


@dataclass(frozen=True, eq=False)
class PhasedSums:
    """Coefficients of one population.

    Attributes
    ----------
    rows : of <phi phi>, its derivatives by c and by c0: of r^n cos(h w lag), shape (3, n, h).
    far : <phi'>^2.
    end, harmonics : part of <phi^2> or <phi'^2> that the terms leave, and that is in the last harmonics.
    """

    rows: FloatArray
    far: float
    end: float
    harmonics: float

    def __call__(self, r: FloatArray, turns: FloatArray) -> FloatArray:
        """Return the three sums at r and at angles w lag, shape (3, n_lag)."""
        sizes = np.abs(self.rows)
        total = np.sum(sizes, axis=(1, 2), keepdims=True)
        kept = np.max(sizes / np.maximum(total, 1e-300), axis=0) > _CUT
        terms = int(np.max(np.flatnonzero(np.any(kept, axis=1)), initial=0)) + 1
        harmonics = np.flatnonzero(np.any(kept, axis=0))
        spend(3e-10 * r.size * terms * (3 * len(harmonics) + 9))
        out = np.zeros((3, r.size))
        for begin in range(0, r.size, _BLOCK):
            here = slice(begin, begin + _BLOCK)
            waves = np.cos(np.multiply.outer(harmonics, turns[here]))
            factors = self.rows[:, :terms][:, :, harmonics] @ waves  # (3, terms, n_lag)
            for n in reversed(range(terms)):
                out[:, here] = out[:, here] * r[here] + factors[:, n]
        return out


@dataclass(frozen=True, eq=False)
class PhasedTable:
    """Averages at one set of variances.

    Attributes
    ----------
    c0 : variances of the Gaussian part of x, shape (P,).
    omega : angular frequency.
    sums : of each population.
    """

    c0: FloatArray
    omega: float
    sums: tuple[PhasedSums, ...]

    @property
    def far(self) -> FloatArray:
        """<phi'>^2, shape (P,)."""
        return np.array([sums.far for sums in self.sums])

    def __call__(self, c: FloatArray, a: int, lags: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return <phi phi> of a population, and its derivatives by c and by c0, at covariances c and lags."""
        r = np.clip(c / max(float(self.c0[a]), 1e-300), -1.0, 1.0)
        q, p, by_variance = self.sums[a](np.ravel(r), self.omega * np.ravel(lags)).reshape(3, *np.shape(c))
        return q, p, by_variance
