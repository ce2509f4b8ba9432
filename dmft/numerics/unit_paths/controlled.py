"""Correlation of any signal over sample paths, with that of a function of a known Gaussian process taken off.

y, the causal linear regression of the signal on all its fields, is Gaussian of known covariance. So is known that of
    f(y) = b_0 y + sum_j b_j erf(a_j y),   <erf(a y) erf(a' y')> = (2/pi) asin(2 a a' r/sqrt((1 + 2 a^2)(1 + 2 a'^2))),
r the correlation of y, of variance 1. With b the regression of the signal on these functions, f(y) runs with it, made
of the same random numbers:
    C = sample[signal] - c (sample[f] - known),
with c from the regression of the periodograms. Nothing is asked of the unit. Hermite polynomials in the place of erf
take as much off most samples, but one large excursion of a path among thousands spoils what they know.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling.control_variate import regression
from dmft.numerics.sampling.periodic_grid import power
from dmft.numerics.unit_paths.columns import Columns
from dmft.numerics.unit_paths.kernels import looked_up

_SLOPES = np.array([0.4, 1.0, 2.5])  # a_j; outputs of mean zero are odd in what they hear
_END, _POINTS = 12.0, 8193  # of the table of f: linear between its points to 1e-6
_FLOOR = 1e-7  # squared amplitude of a field, relative to the largest, below which no response is estimated


def responses(columns: Columns, amplitude: FloatArray, signal: ComplexArray) -> ComplexArray:
    """Return the causal regression of a signal on the fields, <signal eta_l*>/<eta_l eta_l*>, shape (K, n_omega).

    Parameters
    ----------
    amplitude : of the fields, shape (K, n_omega) or more.
    signal : Fourier coefficients of the signal, shape (m, n_omega).
    """
    n_omega = columns.grid.n_omega
    a = amplitude[:, :n_omega]
    raw = np.einsum("iw,kiw->kw", signal, columns.rows[:, :, :n_omega].conj()) / columns.n_paths
    raw = raw * a / (a**2 + _FLOOR * np.max(a, axis=1, keepdims=True) ** 2 + 1e-300)
    return np.array([columns.grid.causal(row) for row in raw])


@dataclass(frozen=True, eq=False)
class Control:
    """A function f(y) of a Gaussian process that runs with a signal.

    It must come from other paths than those it is used for: fitted to the same ones it takes off a part of what they
    say, and biases C by about 0.1/m.

    Attributes
    ----------
    response : of y to the fields, shape (K, n_omega); missing frequencies are 0.
    b : coefficients of f, of y over its deviation and of the functions erf, shape (4,).
    c : part of f that is taken off.
    """

    response: ComplexArray
    b: FloatArray
    c: float


def fitted(columns: Columns, amplitude: FloatArray, values: FloatArray, signal: ComplexArray) -> Control:
    """Return the control that runs with a signal: by causal regression, and regressions on f and of periodograms.

    Parameters
    ----------
    columns, amplitude : of the fields.
    values, signal : of the signal, shape (m, n), and its Fourier coefficients, shape (m, n_omega).
    """
    from scipy.fft import rfft

    response = responses(columns, amplitude, signal)
    y, _, coefficients = _gaussian(columns, amplitude, response)
    if y is None:
        return Control(response, np.zeros(1 + len(_SLOPES)), 0.0)
    moments = [np.vdot(values, part) / y.size for part in (y, *(erf(a * y) for a in _SLOPES))]
    b = np.linalg.solve(_covariances(np.ones(1))[..., 0], np.array(moments))
    looked_up(y.reshape(-1), _table(b), _END)
    own = power(coefficients)
    matched = own / np.maximum(own.mean(axis=0), 1e-300)
    return Control(response, b, regression(power(signal).T, power(rfft(y, axis=-1)).T, matched.T))


def controlled(columns: Columns, amplitude: FloatArray, signal: ComplexArray, control: Control) -> FloatArray:
    """Return the correlation function of a signal of mean zero at the kept lags, shape (n_lags,).

    Parameters
    ----------
    columns, amplitude : of the fields.
    signal : Fourier coefficients of the signal, shape (m, n_omega).
    control : of other paths.

    Notes
    -----
    Accuracy: `tests/unit/test_unit_paths.py`. Cost: two transforms of (m, n), and a polynomial.
    """
    from scipy.fft import rfft

    grid = columns.grid
    scale = grid.step / grid.n_steps
    sampled = power(signal).mean(axis=0)
    y, r, _ = _gaussian(columns, amplitude, control.response)
    if y is None:
        return grid.correlation(sampled * scale)
    looked_up(y.reshape(-1), _table(control.b), _END)
    made = power(rfft(y, axis=-1)).mean(axis=0)
    exact = np.einsum("j,k,jkt->t", control.b, control.b, _covariances(r))
    return np.asarray(grid.correlation((sampled - control.c * made) * scale) + control.c * exact)


def _table(b: FloatArray) -> FloatArray:
    y = np.linspace(-_END, _END, _POINTS)
    return np.asarray(b[0] * y + sum(part * erf(a * y) for part, a in zip(b[1:], _SLOPES, strict=True)))


def _covariances(r: FloatArray) -> FloatArray:
    """Return the covariances of y and of erf(a_j y) at correlations r of y, shape (4, 4, len(r))."""
    size = 1.0 + 2.0 * _SLOPES**2
    shared = 2.0 * np.outer(_SLOPES, _SLOPES) / np.sqrt(np.outer(size, size))
    out = np.empty((1 + len(_SLOPES), 1 + len(_SLOPES), len(r)))
    out[0, 0] = r
    out[0, 1:] = out[1:, 0] = (2.0 * _SLOPES / np.sqrt(math.pi * size))[:, None] * r
    out[1:, 1:] = (2.0 / math.pi) * np.arcsin(shared[..., None] * np.clip(r, -1.0, 1.0))
    return out


def _gaussian(
    columns: Columns, amplitude: FloatArray, response: ComplexArray
) -> tuple[FloatArray | None, FloatArray, ComplexArray]:
    """Return y over its deviation, shape (m, n), its correlation at the kept lags, and the coefficients of y; y is None
    where it is 0."""
    from scipy.fft import irfft

    grid = columns.grid
    shared = min(grid.n_omega, response.shape[1])
    transfer = np.zeros((len(response), grid.n_omega), dtype=complex)
    transfer[:, :shared] = response[:, :shared] * amplitude[:, :shared]
    coefficients = np.einsum("kw,kiw->iw", transfer, columns.rows[:, :, : grid.n_omega])
    covariance = np.fft.irfft(power(transfer).sum(axis=0), grid.n_steps) / grid.n_steps
    if not covariance[0] > 0.0:
        return None, np.zeros(grid.n_lags), coefficients
    y = irfft(coefficients, grid.n_steps, axis=-1) / math.sqrt(covariance[0])
    return y, covariance[: grid.n_lags] / covariance[0], coefficients
