"""Correlation and mean of any signal over sample paths, with those of a function of a known Gaussian process taken off.

y, the causal linear regression of the signal on all its fields, is Gaussian of known covariance, with a known sinusoid
on top of it where there is one of random phase. So is known that of f(y), a sum of y and of functions of y
(`dmft.numerics.unit_paths.functions`). With b the regression of the signal on these functions, f(y) runs with it, made
of the same random numbers:
    C = sample[signal] - c (sample[f] - known),
with c from the regression of the periodograms, 1 where a part of the fields is frozen. Nothing is asked of the unit.
Hermite polynomials in the place of erf take as much off most samples, but one large excursion of a path among thousands
spoils what they know.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling.control_variate import regression
from dmft.numerics.sampling.periodic_grid import PeriodicGrid, power
from dmft.numerics.unit_paths.fields import Fields
from dmft.numerics.unit_paths.functions import Sines, Steps
from dmft.numerics.unit_paths.kernels import looked_up

_END, _POINTS = 12.0, 8193  # of the table of f: linear between its points to 1e-6
_POINTS_OF_TURN = 8  # of the highest harmonic


@dataclass(frozen=True, eq=False)
class Control:
    """A function f(y) of a Gaussian process that runs with a signal.

    It must come from other paths than those it is used for: fitted to the same ones it takes off a part of what they
    say, and biases C by about 0.1/m.

    Attributes
    ----------
    response : of y to what fluctuates of the fields, shape (K, n_omega); missing frequencies are 0.
    frozen_response : to what does not, shape (K,).
    wave_response : to what turns and does not decay, shape (K, H).
    b : coefficients of f: of y over its deviation, and of the other functions.
    c : part of f that is taken off.
    odd : whether f is.
    """

    response: ComplexArray
    frozen_response: FloatArray
    wave_response: ComplexArray
    b: FloatArray
    c: float
    odd: bool

    def process(self, fields: Fields) -> Controlling | None:
        """Return y in some fields; None where it is 0."""
        n_omega = fields.columns.grid.n_omega
        shared = min(n_omega, self.response.shape[1])
        transfer: ComplexArray = np.zeros((len(self.response), n_omega), dtype=np.complex128)
        transfer[:, :shared] = self.response[:, :shared] * fields.amplitude[:, :shared]
        of_frozen = self.frozen_response * fields.deviation
        of_waves, of_turn = self.wave_response * fields.waves, (self.wave_response * fields.turning).sum(axis=0)[:1]
        n, bins = fields.columns.grid.n_steps, list(fields.columns.bins)
        powers = power(transfer).sum(axis=0)
        powers[bins] += power(of_waves).sum(axis=0)
        moving, frozen = np.fft.irfft(powers, n) / n, float(of_frozen @ of_frozen)
        swing = 2.0 / n * float(np.abs(of_turn).sum())
        size = math.sqrt(max(moving[0] + frozen + 0.5 * swing**2, 0.0))
        if not size > 0.0:
            return None
        correlation = (moving + frozen) / size**2
        return Controlling(
            control=self,
            fields=fields,
            functions=Sines(self.odd, correlation[0], swing / size) if bins else Steps(self.odd),
            transfer=transfer / size,
            of_frozen=of_frozen / size,
            of_waves=of_waves / size,
            of_turn=of_turn / size,
            correlation=correlation,
            frozen_part=frozen / size**2,
        )


@dataclass(frozen=True, eq=False)
class Controlling:
    """y over its deviation, in some fields.

    Attributes
    ----------
    functions : of which f is made.
    transfer, of_frozen, of_waves, of_turn : of the columns, of what is frozen, of what turns, and of a sinusoid.
    correlation : of y without the sinusoid at all lags, shape (n,); frozen_part is what of it does not change.
    """

    control: Control
    fields: Fields
    functions: Sines | Steps
    transfer: ComplexArray
    of_frozen: FloatArray
    of_waves: ComplexArray
    of_turn: ComplexArray
    correlation: FloatArray
    frozen_part: float

    def coefficients(self, block: slice) -> ComplexArray:
        """Return the Fourier coefficients of y, shape (B, n_omega)."""
        columns = self.fields.columns
        rows = columns.rows[:, block, : columns.grid.n_omega]
        transfers = self.transfer.astype(np.complex64)
        y = transfers[0] * rows[0]
        for transfer, row in zip(transfers[1:], rows[1:], strict=True):
            y += transfer * row
        if columns.frozen is not None:
            y[:, 0] += columns.grid.n_steps * (self.of_frozen @ columns.frozen[:, block])
        if columns.bins:
            y[:, list(columns.bins)] += np.einsum("kh,kih->ih", self.of_waves, columns.waves[:, block])
            y[:, columns.bins[0]] += self.of_turn[0] * columns.phases[block]
        return np.asarray(y)

    @cached_property
    def table(self) -> FloatArray:
        """f at equal distances."""
        functions = self.functions.values(np.linspace(-_END, _END, _POINTS))
        return np.asarray(sum(part * f for part, f in zip(self.control.b, functions, strict=True)))

    def made(self, block: slice) -> FloatArray:
        """Return f(y), shape (B, n)."""
        from scipy.fft import irfft

        y = irfft(self.coefficients(block), self.fields.columns.grid.n_steps, axis=-1, overwrite_x=True)
        looked_up(y.reshape(-1), self.table, _END)
        return np.asarray(y)

    def known(self, n_lags: int) -> FloatArray:
        """Return the covariance of f at the first lags."""
        bins = self.fields.columns.bins
        turn = 2.0 * math.pi * (bins[0] if bins else 0) / self.fields.columns.grid.n_steps
        return self._covariance(self.correlation[:n_lags], turn * np.arange(n_lags, dtype=np.float64))

    @property
    def constant(self) -> float:
        """The part of the covariance of f that does not change with the lag: the mean over a turn of what is left."""
        bins = np.array(self.fields.columns.bins)
        if not len(bins):
            return float(self._covariance(np.array([self.frozen_part]), np.zeros(1))[0])
        harmonics = bins // bins[0]
        n = _POINTS_OF_TURN * int(harmonics[-1])
        turns = 2.0 * math.pi / n * np.arange(n, dtype=np.float64)
        sizes = 2.0 * power(self.of_waves).sum(axis=0) / self.fields.columns.grid.n_steps**2
        left = self.frozen_part + sizes @ np.cos(np.multiply.outer(harmonics, turns))
        return float(np.mean(self._covariance(np.asarray(left, dtype=float), turns)))

    def _covariance(self, r: FloatArray, turns: FloatArray) -> FloatArray:
        b = self.control.b
        return np.asarray(np.einsum("j,k,jkt->t", b, b, self.functions.covariances(r, turns)))


@dataclass(eq=False)
class Moments:
    """What is gathered of a signal over paths, about zero: its mean, the product of the means over time of two paths
    of the same frozen fields, and its periodogram."""

    n_omega: int
    mean: float = 0.0
    pair: float = 0.0
    power: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.power = np.zeros(self.n_omega)

    def add(self, coefficients: ComplexArray, n: int, n_paths: int) -> None:
        """Add some of the paths."""
        means = coefficients[:, 0].real / n
        self.mean += float(np.sum(means)) / n_paths
        self.pair += 2.0 * float(means[0::2][: len(means) // 2] @ means[1::2]) / n_paths
        flat = coefficients.view(coefficients.real.dtype)
        self.power += np.einsum("ij,ij->j", flat, flat).reshape(-1, 2).sum(axis=1, dtype=float) / n_paths


@dataclass(frozen=True, eq=False)
class Estimate:
    """Mean of a signal, its covariance over paths and time at the lags of a grid, and what of that is frozen.

    Where there are waves that do not decay the lags are all of the ring, up to its half.
    """

    mean: float
    covariance: FloatArray
    frozen: float


def estimated(
    grid: PeriodicGrid,
    signal: Moments,
    made: Moments | None,
    process: Controlling | None,
    about: float | None,
    waves: bool = False,
) -> Estimate:
    """Return what paths say of a signal, with the sampling error of a function of a Gaussian process taken off.

    Parameters
    ----------
    grid : of the steps.
    signal, made, process : moments of the signal, and of f(y), and y.
    about : what covariances are taken about; None for the mean that comes out, 0 of a signal of mean zero.
    waves : whether there are waves that do not decay.
    """
    n, scale = grid.n_steps, grid.step / grid.n_steps
    c = 0.0 if process is None else process.control.c
    mean = signal.mean - (c * made.mean if made else 0.0)
    centre = mean if about is None else about
    whole, frozen = signal.power.copy(), signal.pair + centre * (centre - 2.0 * signal.mean)
    whole[0] += n * n * centre * (centre - 2.0 * signal.mean)
    lags = n // 2 + 1 if waves else grid.n_lags
    if made is None or process is None:
        return Estimate(mean, _correlation(grid, whole * scale, lags), frozen)
    covariance = _correlation(grid, (whole - c * made.power) * scale, lags) + c * process.known(lags)
    return Estimate(mean, covariance, frozen - c * (made.pair - process.constant))


def _correlation(grid: PeriodicGrid, spectrum: FloatArray, lags: int) -> FloatArray:
    return np.asarray(np.fft.irfft(spectrum, grid.n_steps)[:lags] / grid.step)


def fitted(fields: Fields, values: FloatArray, signal: ComplexArray, *, odd: bool) -> Control:
    """Return the control that runs with a signal: by causal regression, and regressions on f and of periodograms.

    Parameters
    ----------
    fields : of the paths.
    values, signal : of the signal, shape (m, n), and its Fourier coefficients, shape (m, n_omega).
    odd : whether the signal is odd in what it hears.
    """
    from scipy.fft import irfft, rfft

    responses = (fields.responses(signal), fields.frozen_responses(signal), fields.wave_responses(signal))
    control = Control(*responses, np.zeros(0), 0.0, odd)
    process = control.process(fields)
    if process is None:
        return control
    everything = slice(0, fields.columns.n_paths)
    own = process.coefficients(everything)
    y = irfft(own, values.shape[-1], axis=-1).astype(float)
    functions = np.array([part.ravel() for part in process.functions.values(y)])
    moments = functions @ (values - values.mean(dtype=float)).ravel()  # of the same sample as their covariances
    b = np.linalg.lstsq(functions @ functions.T, moments, rcond=1e-9)[0]
    process = replace(process, control=Control(*responses, b, 1.0, odd))
    if fields.columns.frozen is not None or fields.columns.bins:
        return process.control
    looked_up(y.reshape(-1), process.table, _END)
    of_signal, of_f, of_y = (power(part.astype(complex)) for part in (signal, rfft(y, axis=-1), own))
    matched = of_y / np.maximum(of_y.mean(axis=0), 1e-300)
    c = regression(of_signal.T, of_f.T, matched.T)
    return Control(*responses, b, c, odd)
