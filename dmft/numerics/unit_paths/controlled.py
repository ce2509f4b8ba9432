"""Correlation and mean of any signal over sample paths, with those of a function of a known Gaussian process taken off.

y, the causal linear regression of the signal on all its fields, is Gaussian of known covariance. So is known that of
    f(y) = b_0 y + sum_j b_j erf(a_j y) (+ sum_k b_k exp(-e_k y^2/2)),
    <erf(a y) erf(a' y')> = (2/pi) asin(2 a a' r/sqrt((1 + 2 a^2)(1 + 2 a'^2))),
    <exp(-e y^2/2) exp(-e' y'^2/2)> = ((1 + e)(1 + e') - e e' r^2)^(-1/2),
r the correlation of y, of variance 1. With b the regression of the signal on these functions, f(y) runs with it, made
of the same random numbers:
    C = sample[signal] - c (sample[f] - known),
with c from the regression of the periodograms, 1 where a part of the fields is frozen. Nothing is asked of the unit.
Hermite polynomials in the place of erf take as much off most samples, but one large excursion of a path among thousands
spoils what they know.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.special import erf

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling.control_variate import regression
from dmft.numerics.sampling.periodic_grid import PeriodicGrid, power
from dmft.numerics.unit_paths.fields import Fields
from dmft.numerics.unit_paths.kernels import looked_up

_SLOPES = np.array([0.4, 1.0, 2.5])  # a_j
_BELLS = np.array([0.3, 1.2, 5.0])  # e_k; of signals that are not odd in what they hear
_END, _POINTS = 12.0, 8193  # of the table of f: linear between its points to 1e-6


@dataclass(frozen=True, eq=False)
class Control:
    """A function f(y) of a Gaussian process that runs with a signal.

    It must come from other paths than those it is used for: fitted to the same ones it takes off a part of what they
    say, and biases C by about 0.1/m.

    Attributes
    ----------
    response : of y to what fluctuates of the fields, shape (K, n_omega); missing frequencies are 0.
    frozen_response : to what does not, shape (K,).
    b : coefficients of f: of y over its deviation, of the functions erf, and of bells if there are any.
    c : part of f that is taken off.
    """

    response: ComplexArray
    frozen_response: FloatArray
    b: FloatArray
    c: float

    def process(self, fields: Fields) -> Controlling | None:
        """Return y in some fields; None where it is 0."""
        n_omega = fields.columns.grid.n_omega
        shared = min(n_omega, self.response.shape[1])
        transfer: ComplexArray = np.zeros((len(self.response), n_omega), dtype=np.complex128)
        transfer[:, :shared] = self.response[:, :shared] * fields.amplitude[:, :shared]
        of_frozen = self.frozen_response * fields.deviation
        n = fields.columns.grid.n_steps
        moving, frozen = np.fft.irfft(power(transfer).sum(axis=0), n) / n, float(of_frozen @ of_frozen)
        if not moving[0] + frozen > 0.0:
            return None
        size = math.sqrt(moving[0] + frozen)
        correlation = (moving + frozen) / size**2
        return Controlling(self, fields, transfer / size, of_frozen / size, correlation, frozen / size**2)


@dataclass(frozen=True, eq=False)
class Controlling:
    """y over its deviation, in some fields.

    Attributes
    ----------
    transfer, of_frozen : of the columns, and of what is frozen.
    correlation : of y at all lags, shape (n,); frozen_part is what it decays to.
    """

    control: Control
    fields: Fields
    transfer: ComplexArray
    of_frozen: FloatArray
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
        return np.asarray(y)

    def made(self, block: slice, table: FloatArray) -> FloatArray:
        """Return f(y), shape (B, n)."""
        from scipy.fft import irfft

        y = irfft(self.coefficients(block), self.fields.columns.grid.n_steps, axis=-1, overwrite_x=True)
        looked_up(y.reshape(-1), table, _END)
        return np.asarray(y)

    def known(self, r: FloatArray) -> FloatArray:
        """Return the covariance of f at correlations r of y."""
        b = self.control.b
        return np.asarray(np.einsum("j,k,jkt->t", b, b, _covariances(r)[: len(b), : len(b)]))


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
    """Mean of a signal, its covariance over paths and time at the lags of a grid, and what of that is frozen."""

    mean: float
    covariance: FloatArray
    frozen: float


def estimated(
    grid: PeriodicGrid, signal: Moments, made: Moments | None, process: Controlling | None, about: float | None
) -> Estimate:
    """Return what paths say of a signal, with the sampling error of a function of a Gaussian process taken off.

    Parameters
    ----------
    grid : of the steps.
    signal, made, process : moments of the signal, and of f(y), and y.
    about : what covariances are taken about; None for the mean that comes out, 0 of a signal of mean zero.
    """
    n, scale = grid.n_steps, grid.step / grid.n_steps
    c = 0.0 if process is None else process.control.c
    mean = signal.mean - (c * made.mean if made else 0.0)
    centre = mean if about is None else about
    whole, frozen = signal.power.copy(), signal.pair + centre * (centre - 2.0 * signal.mean)
    whole[0] += n * n * centre * (centre - 2.0 * signal.mean)
    if made is None or process is None:
        return Estimate(mean, grid.correlation(whole * scale), frozen)
    known = process.known(np.append(process.correlation[: grid.n_lags], process.frozen_part))
    covariance = grid.correlation((whole - c * made.power) * scale) + c * known[:-1]
    return Estimate(mean, np.asarray(covariance), frozen - c * (made.pair - known[-1]))


def fitted(fields: Fields, values: FloatArray, signal: ComplexArray, *, odd: bool) -> Control:
    """Return the control that runs with a signal: by causal regression, and regressions on f and of periodograms.

    Parameters
    ----------
    fields : of the paths.
    values, signal : of the signal, shape (m, n), and its Fourier coefficients, shape (m, n_omega).
    odd : whether the signal is odd in what it hears.
    """
    from scipy.fft import irfft, rfft

    n_functions = 1 + len(_SLOPES) + (0 if odd else len(_BELLS))
    control = Control(fields.responses(signal), fields.frozen_responses(signal), np.zeros(n_functions), 0.0)
    process = control.process(fields)
    if process is None:
        return control
    everything = slice(0, fields.columns.n_paths)
    own = process.coefficients(everything)
    y = irfft(own, values.shape[-1], axis=-1).astype(float)
    functions = np.array([part.ravel() for part in _functions(y)[:n_functions]])
    moments = functions @ (values - values.mean(dtype=float)).ravel()  # of the same sample as their covariances
    b = np.linalg.lstsq(functions @ functions.T, moments, rcond=1e-9)[0]
    if fields.columns.frozen is not None:
        return Control(control.response, control.frozen_response, b, 1.0)
    looked_up(y.reshape(-1), table_of(b), _END)
    of_signal, of_f, of_y = (power(part.astype(complex)) for part in (signal, rfft(y, axis=-1), own))
    matched = of_y / np.maximum(of_y.mean(axis=0), 1e-300)
    c = regression(of_signal.T, of_f.T, matched.T)
    return Control(control.response, control.frozen_response, b, c)


def table_of(b: FloatArray) -> FloatArray:
    """Return f at equal distances."""
    functions = _functions(np.linspace(-_END, _END, _POINTS))
    return np.asarray(sum(part * f for part, f in zip(b, functions, strict=False)))


def _functions(y: FloatArray) -> list[FloatArray]:
    odd = [y, *(erf(a * y) for a in _SLOPES)]
    return odd + [np.exp(-0.5 * e * y * y) - 1.0 / math.sqrt(1.0 + e) for e in _BELLS]


def _covariances(r: FloatArray) -> FloatArray:
    """Return the covariances of the functions of y at correlations r of y, shape (7, 7, len(r))."""
    size = 1.0 + 2.0 * _SLOPES**2
    shared = 2.0 * np.outer(_SLOPES, _SLOPES) / np.sqrt(np.outer(size, size))
    n, k, r = 1 + len(_SLOPES), len(_BELLS), np.clip(r, -1.0, 1.0)
    out = np.zeros((n + k, n + k, len(r)))
    out[0, 0] = r
    out[0, 1:n] = out[1:n, 0] = (2.0 * _SLOPES / np.sqrt(math.pi * size))[:, None] * r
    out[1:n, 1:n] = (2.0 / math.pi) * np.arcsin(shared[..., None] * r)
    apart = np.outer(1.0 + _BELLS, 1.0 + _BELLS)[..., None]
    out[n:, n:] = 1.0 / np.sqrt(apart - np.outer(_BELLS, _BELLS)[..., None] * r**2) - 1.0 / np.sqrt(apart)
    return out
