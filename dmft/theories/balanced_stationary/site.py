"""The single-site process of a balanced network: its averages, at given covariance and mean."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dmft.models.balanced import BalancedNetwork
from dmft.models.drive import OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from dmft.models.nonlinearity import ReLU
from dmft.numerics.gaussian.pairs import PairAverages

FloatArray = NDArray[np.float64]


class Site:
    """Averages over the single-site process, as functions of c on nodes and of m.

    gaussian : take the response to a sinusoid for Gaussian noise of its covariance, not conditioned on the phase.
    """

    def __init__(self, network: BalancedNetwork, averages: PairAverages, gaussian: bool = False) -> None:
        self.network = network
        self.averages = averages
        self.gaussian = gaussian
        drive = network.drive
        self.omega = 2.0 * math.pi * drive.frequency if isinstance(drive, Sinusoid) else 0.0
        self.amplitude = drive.amplitude / math.hypot(1.0, self.omega) if isinstance(drive, Sinusoid) else 0.0
        self.flux = 0.5 * drive.intensity if isinstance(drive, WhiteNoise) else 0.0

    @property
    def half_period(self) -> float:
        """Half a period of the drive; 1 without one."""
        return math.pi / self.omega if self.omega else 1.0

    def driven(self, lags: FloatArray) -> FloatArray:
        """Covariance over neurons of the response to a sinusoid."""
        return 0.5 * self.amplitude**2 * np.cos(self.omega * lags)

    def swings(self, variance: float, lags: FloatArray) -> FloatArray:
        """Response to a sinusoid of each phase to average over, shape (n_phase, n_lag).

        Spectral, with more phases the more the sine stands out of the spread of h.
        """
        if self.amplitude == 0.0 or self.gaussian:
            return np.zeros((1, len(lags)))
        n = 24 + 8 * math.ceil(self.amplitude / math.sqrt(max(variance, 1e-12)))
        theta = 2.0 * math.pi * np.arange(n)[:, None] / n
        return self.amplitude * np.sin(theta + self.omega * lags)

    def pair(self, c: FloatArray, c0: float, m: float, lags: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'>."""
        now, later = m + self.swings(c0, np.zeros(1)), m + self.swings(c0, lags)
        if self.gaussian:
            c, c0 = c + self.driven(lags), c0 + 0.5 * self.amplitude**2
        if isinstance(self.network.nonlinearity, ReLU):
            from dmft.numerics.gaussian.relu_row import relu_phases

            return relu_phases(now[:, 0].copy(), np.ascontiguousarray(later), float(c0), np.minimum(c, c0))
        q, p = self.averages.pair(now, c0, later, c0, np.minimum(c, c0))
        return q.mean(axis=0), p.mean(axis=0)

    def rate(self, c0: float, m: float) -> tuple[float, float]:
        """Return <phi> and <phi'>."""
        variance = c0 + 0.5 * self.amplitude**2 if self.gaussian else c0
        f, d = self.averages.first(m + self.swings(c0, np.zeros(1)), variance)
        return float(np.mean(f)), float(np.mean(d))

    def mean(self, c0: float) -> float:
        """Return m of the balance at a variance."""
        from scipy.optimize import brentq

        def excess(m: float) -> float:
            return m - self.network.excitation + self.network.inhibition * self.rate(c0, m)[0]

        low, high = -1.0 - self.amplitude, 1.0 + self.amplitude
        while excess(low) > 0:
            low *= 2.0
        while excess(high) < 0:
            high *= 2.0
        return float(brentq(excess, low, high, xtol=1e-13, rtol=1e-14))

    def input(self, lags: FloatArray) -> FloatArray:
        """Covariance of a private Ornstein-Uhlenbeck input."""
        drive = self.network.drive
        if isinstance(drive, OrnsteinUhlenbeck):
            return drive.variance * np.exp(-lags / drive.correlation_time)
        return np.zeros_like(lags)

    def static_variance(self) -> float:
        """Return c0 of the state that does not move but for the drive: c0 = g^2 <phi^2>, the phase averaged over."""
        from scipy.optimize import brentq

        def growth(log_c: float) -> float:
            c0 = math.exp(log_c)
            q, _ = self.pair(np.array([c0]), c0, self.mean(c0), np.zeros(1))
            return math.log(max(self.network.g**2 * float(q[0]), 1e-300)) - log_c

        top = math.log(self.network.g**2 * (max(self.network.excitation, 1.0) + self.amplitude) ** 2 + 1.0)
        for i in range(40):
            if growth(top - i - 1) > 0 > growth(top - i):
                return math.exp(brentq(growth, top - i - 1, top - i, xtol=1e-6))
        return math.exp(top - 40)
