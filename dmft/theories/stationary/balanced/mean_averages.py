"""The single-site process of a balanced network: its parameters, and its averages at given covariance and mean."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.cost import check_cost
from dmft.models.drives import OrnsteinUhlenbeck
from dmft.models.nonlinearity import ReLU
from dmft.numerics.gaussian.pairs import PairAverages, pair_averages
from dmft.theories.reduction import Reduction, is_erf, is_relu

_PHASES, _MORE_PHASES = 24, 8  # phases averaged over, and how many more for each deviation that the sine spans
_SECONDS, _SERIES = 2e-7, 1e-2  # of an average over a pair at a phase; of a solve by series, at each phase
_HARMONIC_LEFT = 1e-10  # part that a series may miss
_LATE = 2.0 / 3.0  # of r^N that r^n, n > N, lack, averaged over lags and over the terms behind a jump; less for others
_FAR = 1e8  # times 1 - r, below 1 where a series is exact: a state that does not move
_HARMONIC = 1e-16  # relative size of the harmonics that are left out of a series


@dataclass(frozen=True, eq=False)
class MeanAverages:
    """Averages over the single-site process, as functions of c on nodes and of m.

    Every parameter is a number, so that there is a line between any two sites (`between`).

    Attributes
    ----------
    gain, excitation, inhibition : g, sqrt(K) I0, sqrt(K) J0.
    flux : half the intensity of white noise: the slope of c at lag 0+ is minus this.
    noise_variance, noise_rate : of an Ornstein-Uhlenbeck input, and the inverse of its correlation time.
    amplitude, omega : of the response to a sinusoid, I1/sqrt(1 + w^2), and of its phase per tau.
    gaussian : take that response for Gaussian noise of its covariance, not conditioned on the phase.
    refined : factor on the number of phases, to check what the smaller number gave.
    """

    averages: PairAverages
    nonlinearity: Any
    gain: float
    excitation: float
    inhibition: float
    flux: float = 0.0
    noise_variance: float = 0.0
    noise_rate: float = 1.0
    amplitude: float = 0.0
    omega: float = 0.0
    gaussian: bool = False
    refined: float = 1.0

    @property
    def driven(self) -> bool:
        """Whether there is any input but the constant one."""
        return self.flux > 0 or self.noise_variance > 0 or self.amplitude > 0

    @property
    def noisy(self) -> bool:
        """Whether there is a private random input."""
        return self.flux > 0 or self.noise_variance > 0

    @property
    def half_period(self) -> float:
        """Half a period of the drive; 0 without one."""
        return math.pi / self.omega if self.amplitude > 0 else 0.0

    @property
    def closed(self) -> bool:
        """Whether the averages are known in closed form."""
        return is_relu(self.nonlinearity) or is_erf(self.nonlinearity)

    def without_drive(self) -> MeanAverages:
        """Return the site that hears the constant input only."""
        return replace(self, flux=0.0, noise_variance=0.0, amplitude=0.0)

    def finer(self) -> MeanAverages:
        """Return the site with other, and more, phases to average over."""
        return replace(self, refined=1.5 * self.refined)

    def between(self, other: MeanAverages, part: float) -> MeanAverages:
        """Return the site at a part of the line to another.

        Strengths of drives go evenly where they are small against the constant input, and in their logarithms where
        they are large; rates and frequencies in their logarithms. What only one of the two hears keeps its own
        frequency or rate along the line.
        """
        if part >= 1.0:
            return other

        def linear(name: str) -> float:
            return (1.0 - part) * float(getattr(self, name)) + part * float(getattr(other, name))

        def strength(name: str, scale: float) -> float:
            one, two = (math.asinh(float(getattr(site, name)) / scale) for site in (self, other))
            return scale * math.sinh((1.0 - part) * one + part * two)

        def logarithmic(name: str, size: str) -> float:
            one, two = float(getattr(self, name)), float(getattr(other, name))
            if getattr(self, size) == 0.0:
                return two
            return one if getattr(other, size) == 0.0 else one ** (1.0 - part) * two**part

        values: dict[str, Any] = {name: linear(name) for name in ("gain", "excitation", "inhibition")}
        unit = 1.0 + 0.3 * max(abs(self.excitation), abs(other.excitation))
        values["amplitude"] = strength("amplitude", unit)
        values["flux"], values["noise_variance"] = strength("flux", unit**2), strength("noise_variance", unit**2)
        return replace(
            other,
            **values,
            noise_rate=logarithmic("noise_rate", "noise_variance"),
            omega=logarithmic("omega", "amplitude"),
        )

    def response(self, lags: FloatArray) -> FloatArray:
        """Covariance over neurons of the response to a sinusoid."""
        return 0.5 * self.amplitude**2 * np.cos(self.omega * lags)

    def input(self, lags: FloatArray) -> FloatArray:
        """Covariance of a private Ornstein-Uhlenbeck input."""
        return self.noise_variance * np.exp(-self.noise_rate * lags)

    def isolated(self, lags: FloatArray) -> FloatArray:
        """Covariance of a unit that hears nothing but the private random input."""
        coloured = OrnsteinUhlenbeck(self.noise_variance, 1.0 / self.noise_rate)
        return self.flux * np.exp(-lags) + coloured.filtered(1.0, lags)

    def pair(
        self, c: FloatArray, c0: float, m: float, angle: FloatArray, felt: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'> at covariances c, the sinusoid further by `angle` at the later time.

        `felt` are the weights with which the variance feels each, if they are known: see `left_out`.
        """
        if self.gaussian and self.amplitude > 0:
            wave = 0.5 * self.amplitude**2
            c, c0 = c + wave * np.cos(angle), c0 + wave
        c = np.clip(c, -c0, c0)
        if self.gaussian or self.amplitude == 0:
            q, p = self._at_one_mean(c, c0, m, felt)
            return q, p
        n = self._n_phases(c0)
        check_cost(
            "averaging over the phases of the drive",
            seconds=_SECONDS * n * len(c) if self.closed else _SERIES * n,
            memory=8.0 * n * (len(c) if self.closed else 3000.0),
            remedy="lower the amplitude of the drive",
            longest=60.0,
        )
        if self.closed:  # what a series takes is counted where it is made
            spend(_SECONDS * n * len(c))
        theta = 2.0 * math.pi * np.arange(n) / n
        now = m + self.amplitude * np.sin(theta)
        if is_relu(self.nonlinearity):
            from dmft.numerics.gaussian.relu_row import relu_phases

            later = m + self.amplitude * np.sin(theta[:, None] + angle)
            return relu_phases(now, np.ascontiguousarray(later), float(c0), c)
        if hasattr(self.averages, "coefficients"):
            return self._by_harmonics(now, c, c0, angle)
        later = m + self.amplitude * np.sin(theta[:, None] + angle)
        q, p = self.averages.pair(now[:, None], c0, later, c0, c)
        return q.mean(axis=0), p.mean(axis=0)

    def rate(self, c0: float, m: float) -> tuple[float, float]:
        """Return <phi> and <phi'>."""
        if self.gaussian:
            c0 = c0 + 0.5 * self.amplitude**2
        n = 1 if self.gaussian or self.amplitude == 0 else self._n_phases(c0)
        theta = 2.0 * math.pi * np.arange(n) / n
        f, d = self.averages.first(m + (self.amplitude * np.sin(theta) if n > 1 else np.zeros(1)), c0)
        return float(np.mean(f)), float(np.mean(d))

    def balance(self, c0: float, m: float) -> float:
        """Return m - sqrt(K) (I0 - J0 <phi>), which is 0 for the mean of the network."""
        return m - self.excitation + self.inhibition * self.rate(c0, m)[0]

    def left_out(self, c: FloatArray, c0: float, m: float, felt: FloatArray) -> float:
        """Return a bound on what the end of a series does to the variance through <phi phi>, relative to it.

        The terms beyond the last, n > N, are summed as their total times r^N: too much by r^N - r^n where r = c/c0 is
        next to 1, in a stretch of lags that is shorter the longer the series.
        """
        series: Any = self.averages
        if self.amplitude > 0 or not hasattr(series, "coefficients"):
            return 0.0
        terms = series.coefficients(np.array([m]), np.array([c0]))[0]
        return self._late(float(terms[-1, 0] ** 2), len(terms) - 1, c / c0, felt) / c0

    def _late(self, missing: float, n_terms: int, r: FloatArray, felt: FloatArray) -> float:
        inside = np.clip(r, 0.0, 1.0)
        return _LATE * self.gain**2 * missing * float(felt @ (inside**n_terms * np.minimum(1.0, _FAR * (1.0 - inside))))

    def _at_one_mean(
        self, c: FloatArray, c0: float, m: float, felt: FloatArray | None
    ) -> tuple[FloatArray, FloatArray]:
        if is_relu(self.nonlinearity):
            from dmft.numerics.gaussian.relu_row import relu_phases

            return relu_phases(np.array([m]), np.full((1, len(c)), m), float(c0), c)
        if hasattr(self.averages, "coefficients"):  # the series alone; what it leaves is measured at the end
            return self._by_harmonics(np.array([m]), c, c0, np.zeros(len(c)), felt)
        return self.averages.pair(m, c0, m, c0, c)

    def _n_phases(self, c0: float) -> int:
        span = self.amplitude / math.sqrt(max(c0, 1e-12))
        return math.ceil(self.refined * (_PHASES + _MORE_PHASES * math.ceil(min(span, 1e7))))

    def _by_harmonics(
        self, means: FloatArray, c: FloatArray, c0: float, angle: FloatArray, felt: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return the averages from the harmonics alpha_nk of the Hermite coefficients a_n(m + A sin theta).

        <phi phi> = sum_n r^n sum_k |alpha_nk|^2 cos(k angle): no coefficient is needed at an angle of its own.
        """
        r = c / c0
        sums = []
        series: Any = self.averages
        tables = series.coefficients(means, np.full(len(means), c0))
        typical = float(np.median(np.abs(r)))
        typical = typical if typical < 1.0 - 1e-9 else 0.0  # at r = 1 the last term makes up for the others
        while True:  # as many terms as leave nothing at the lags beyond the first few, nor of the first in the variance
            missing = max(float(np.sum(t[-1] ** 2) / max(np.sum(t**2), 1e-300)) for t in tables)
            n_terms = len(tables[0]) - 1
            late = 0.0 if felt is None else self._late(float(tables[0][-1, 0] ** 2), n_terms, r, felt) / c0
            enough = missing * typical**n_terms < _HARMONIC_LEFT or n_terms > (1000 if len(means) == 1 else 200)
            if enough and late < _HARMONIC_LEFT:
                break
            if not getattr(series, "lengthened", bool)():
                break
            tables = series.coefficients(means, np.full(len(means), c0))
        for table in tables:
            power = np.abs(np.fft.rfft(table, axis=1) / len(means)) ** 2
            power[:, 1:] *= 2.0
            mass = power.sum(axis=0)
            last = int(np.flatnonzero(mass > _HARMONIC * mass.sum())[-1]) if mass.sum() > 0 else 0
            spend(2e-8 * len(c) * (last + 1) + 3e-10 * len(c) * len(table) * (last + 1))
            waves = np.cos(np.arange(last + 1)[:, None] * angle)
            total = np.zeros(len(c))
            for row in (power[:, : last + 1] @ waves)[::-1]:
                total = total * r + row
            sums.append(total)
        return sums[0], sums[1]


def site_of(network: Reduction, gaussian: bool = False) -> MeanAverages:
    """Return the site of a network; drives of no strength are none."""
    averages = pair_averages(ReLU() if is_relu(network.nonlinearity) else network.nonlinearity)
    site = MeanAverages(averages, network.nonlinearity, network.g, network.bias, network.inhibition, gaussian=gaussian)
    coloured, wave = network.coloured, network.wave
    return replace(
        site,
        flux=0.5 * network.intensity,
        noise_variance=float(network.private_covariance(0.0)),
        noise_rate=coloured[0].rates[0] if coloured else 1.0,
        amplitude=0.0 if wave is None else wave.response,
        omega=0.0 if wave is None else wave.omega,
    )
