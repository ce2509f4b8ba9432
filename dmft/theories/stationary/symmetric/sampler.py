"""The single-site process with memory of partially symmetric couplings, sampled: its map of (C^phi, H) to itself.

What is sampled is only the difference of phi(x) from phi(y), y the Gaussian process nearest to x, of the same noise.

The gap D(w) = 1 - g^2 |S|^2, which is small at low frequencies and decides the dimension, would inherit the sampling
error of S divided by D. But it is also the part of C^phi that the noise does not explain,
    <|phi - H z|^2> = C^phi - |H|^2 <|z|^2>,
and the relative error of this power does not grow as D becomes small. `measure` fits H to both.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian import averages_within, is_closed
from dmft.numerics.sampling import (
    CONTROL,
    CausalBasis,
    PeriodicGrid,
    PeriodicNoise,
    controlled_correlation,
    fast,
    mean_slope,
)
from dmft.numerics.sampling.periodic_grid import power
from dmft.numerics.sampling.response import least_squares
from dmft.theories.reduction import Reduction

_SWEEPS = 60  # of the relaxation of the paths, at most
_CUSP_STEPS = 4  # the height of the cusp is nearly independent of what it changes
_RELAXED = (1e-6, 1e-3)  # change of the paths in a sweep, relative, at which they count as relaxed: at least, at most
_FOLLOWED = 0.01  # the same, relative to the last change of the state
_FLOOR = 1e-6  # power of z, relative to the largest, below which a frequency says nothing of the response
_HELD = 1e-3
_QUICK, _SLOW = 3e-8, 1.2e-7  # seconds a step and path, of built-in phi and of others
_GAUSS_NEWTON = 4
_COUNT = 8  # Laguerre functions of what a response differs by from that of the nearest Gaussian process
N_QUANTILES = 256


def response_rate(symmetry: float) -> float:
    """Return the rate of the Laguerre functions: an echo of the same sign is remembered longer."""
    return 1.5 if symmetry < 0 else 0.6


@dataclass(frozen=True)
class _Evaluated:
    """One evaluation of the map, with what `measure` needs of it."""

    corr_phi: FloatArray
    response: ComplexArray
    slope: float
    x: FloatArray
    signal: ComplexArray  # phi(x)
    control: ComplexArray  # phi(y)
    control_response: ComplexArray  # <phi(y) z*>/<z z*>, exact
    corr_y: FloatArray  # on the whole grid
    estimate: ComplexArray  # of H, at each frequency by itself
    weight: FloatArray  # <|z|^2>/(power of phi that z does not explain)
    power_z: FloatArray
    amplitude: FloatArray


class SymmetricMap:
    """(C^phi, H) -> (C^phi, H) of the process that they drive: a smooth function, as the random numbers stay fixed.

    The paths are relaxed at each evaluation, from those of the last, until they follow the state: stopped short of it
    they would lag behind, and the map would not be a function of the state.

    Parameters
    ----------
    network : with symmetry != 0.
    noise : columns of the Gaussian part z.
    own : spectrum of an isolated unit that hears only the input, shape (n_omega,).
    """

    def __init__(self, network: Reduction, noise: PeriodicNoise, own: FloatArray) -> None:
        self.network, self.noise, self.grid, self.own = network, noise, noise.grid, own
        self.leak: ComplexArray = np.asarray(1.0 / (1.0 + 1j * self.grid.omega), dtype=np.complex128)
        self.basis = CausalBasis(self.grid, response_rate(network.symmetry), _COUNT)
        self.paths: ComplexArray | None = None
        # White noise makes a cusp ~ exp(-|lag|) in C^phi, of height intensity <phi'^2>/2. Filtered by the leak it is
        # smooth: sampled in time like that, not as the product of two spectra that the step has cut.
        lags = self.grid.lags
        self._intensity = network.intensity
        cusp = self.grid.spectrum(np.exp(-lags))
        filtered = self.grid.spectrum(0.5 * (1.0 + lags) * np.exp(-lags))
        self._correction: FloatArray = network.g**2 * (filtered - power(self.leak) * cusp)
        self._cusp = 0.0
        self.residual = 1.0  # of the last state; paths need not follow a state that is far from the solution closely
        self._signal: ComplexArray  # phi of the paths

    def __call__(self, state: FloatArray) -> FloatArray:
        """Return the new state."""
        found = self._evaluate(state)
        new = joined(found.corr_phi, found.response)
        self.residual = float(np.max(np.abs(new - state)) / max(np.max(np.abs(state)), np.finfo(float).tiny))
        return new

    def part(self, kept: Any) -> SymmetricMap:
        """Return the map of some of the paths only, which begin where these are."""
        new = copy.copy(self)
        new.noise = self.noise.part(kept)
        if self.paths is not None:
            new.paths, new._signal = self.paths[:, kept].copy(), self._signal[:, kept].copy()
        return new

    def on(self, grid: PeriodicGrid) -> SymmetricMap:
        """Return the map on a grid of the same points that is led to zero elsewhere."""
        return SymmetricMap(self.network, self.noise.on(grid), self.own)

    def measure(self, state: FloatArray) -> FloatArray:
        """Return what the paths say at a fixed point: a row, see `row_of`."""
        found = self._evaluate(state)
        assert self.paths is not None
        probabilities = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
        return row_of(
            self.grid.correlation(self.grid.sample_spectrum(self.paths)),
            self.grid.tapered(found.corr_phi),
            self._refined(found),
            np.quantile(np.abs(found.x), probabilities),
            found.slope,
        )

    def _evaluate(self, state: FloatArray) -> _Evaluated:
        from scipy.fft import irfft, rfft

        from dmft.numerics.sampling.kernels import relax

        grid, noise, n = self.grid, self.noise, self.grid.n_steps
        nonlinearity = self.network.nonlinearity
        seconds = (_QUICK if is_closed(nonlinearity) else _SLOW) * n * noise.n_paths  # of a sweep
        spend(1e-3 + 2.5 * seconds)
        phi = fast(nonlinearity)
        corr_phi, h = split(state, grid.n_lags)
        spectrum = grid.spectrum(corr_phi)
        g2 = self.network.g**2
        memory = self.network.symmetry * g2 * self.leak**2 * h
        # y = (1 + memory H) z, of which <phi(y) z*>/<z z*> = <phi'(y)> (1 + memory H).
        transfer = 1.0 + memory * h
        for _ in range(_CUSP_STEPS if self._intensity > 0 else 1):
            power_z = power(self.leak) * g2 * spectrum + self._cusp * self._correction + self.own
            corr_y = np.fft.irfft(power(transfer) * power_z, n) / grid.step
            exact = averages_within(nonlinearity, float(corr_y[0]), CONTROL)
            self._cusp = 0.5 * self._intensity * exact.mean_square_slope
        amplitude = noise.amplitude(np.maximum(power_z, 0.0))
        exact_slope = exact.mean_slope
        ahead = 1.0 / (1.0 - exact_slope * memory)  # relaxation with the linear part of the memory taken exactly
        if self.paths is None:
            self.paths = noise.coefficients(amplitude.astype(np.complex128))
            self._signal = rfft(phi(irfft(self.paths, n, axis=0)), axis=0)
        enough = min(max(_FOLLOWED * self.residual, _RELAXED[0]), _RELAXED[1])
        for _ in range(_SWEEPS):
            spend(seconds)
            moved, size = relax(self.paths, self._signal, noise.columns, amplitude, memory, ahead)
            x = irfft(self.paths, n, axis=0)
            phi_x = phi(x)
            self._signal = signal = rfft(phi_x, axis=0)
            if not moved > enough**2 * size:
                break
        y = noise.paths(transfer * amplitude)
        phi_y = phi(y)
        control = rfft(phi_y, axis=0)
        excess = mean_slope(nonlinearity, x, phi_x) - mean_slope(nonlinearity, y, phi_y)
        heard = power_z / (power_z + _FLOOR * np.max(power_z))
        difference = np.einsum("wi,wi->w", signal - control, noise.columns.conj()) / noise.n_paths
        difference = heard * (difference / np.where(amplitude > 0, amplitude, 1.0) - excess)
        unexplained = np.maximum(spectrum - power(h) * power_z, 0.01 * spectrum) + 1e-9 * np.max(spectrum)
        weight = heard * power_z / unexplained
        # Where nothing is heard the fit is held at zero: it would be free there, and the iteration would never end.
        held = weight + _HELD * np.max(weight) * (1.0 - heard)
        known = exact_slope * transfer + excess
        corr_phi = controlled_correlation(
            noise, amplitude, signal, response=transfer, nonlinearity=nonlinearity, control=control
        )
        return _Evaluated(
            corr_phi=corr_phi,
            response=self._closed(exact_slope, exact_slope + excess + self.basis.fit(difference, held)),
            slope=exact_slope + excess,
            x=x,
            signal=signal,
            control=control,
            control_response=exact_slope * transfer,
            corr_y=corr_y,
            estimate=known + difference,
            weight=weight,
            power_z=power_z,
            amplitude=amplitude,
        )

    def _closed(self, slope: float, own: ComplexArray) -> ComplexArray:
        """Return the H that solves H = own + slope rho g^2 F^2 H^2, of which slope (1 + memory H) is the known part.

        Iterated instead of solved it would oscillate where phi is steep and rho < 0, and slow everything down.
        """
        echo = slope * self.network.symmetry * self.network.g**2 * self.leak**2
        return np.asarray(2.0 * own / (1.0 + np.sqrt(1.0 - 4.0 * echo * own)))

    def _refined(self, found: _Evaluated) -> ComplexArray:
        """Return H fitted to the cross-spectra and to the power that they leave unexplained, by Gauss-Newton.

        Both are weighted as the likelihood of Gaussian residuals would: of n paths, the squared errors of the estimate
        and of the power are 1/(n weight) and (power)^2/n.
        """
        grid, noise, p = self.grid, self.noise, found.power_z
        scale = grid.step / grid.n_steps
        z = noise.coefficients(found.amplitude)
        spectrum = grid.spectrum(found.corr_phi)
        unexplained = np.where(found.weight > 0, p / np.where(found.weight > 0, found.weight, 1.0), 1.0)
        start = found.response
        left = power(found.signal - start[:, None] * z) * scale
        left_y = power(found.control - found.control_response[:, None] * z) * scale
        exact_y = (
            grid.step
            * np.fft.rfft(
                averages_within(self.network.nonlinearity, float(found.corr_y[0]), CONTROL).corr_phi(found.corr_y)
            ).real
            - power(found.control_response) * p
        )
        used = found.weight > 1e-2 * np.max(found.weight)
        coefficient = _slope(left, left_y, used)
        measured = left.mean(axis=1) - coefficient * (left_y.mean(axis=1) - exact_y)
        raw = np.einsum("wi,wi->w", found.signal, noise.columns.conj()) / noise.n_paths
        raw = np.where(used, raw / np.where(used, found.amplitude, 1.0), 0.0)
        functions, multiplicity = self.basis.functions, self.basis.multiplicity
        of_cross = np.sqrt(found.weight * multiplicity)
        of_power = np.sqrt(multiplicity / 2.0) * used / unexplained
        c = np.zeros(len(functions))
        for _ in range(_GAUSS_NEWTON):
            h = start + c @ functions
            power_left = measured - 2.0 * np.real((h - start).conj() * raw) * p + (power(h) - power(start)) * p
            mismatch = power_left - (spectrum - power(h) * p)
            slope = 2.0 * np.real(functions * h.conj()) * p
            c = c + least_squares(
                [
                    (functions * of_cross, (found.estimate - h) * of_cross),
                    ((slope * of_power).astype(np.complex128), (-mismatch * of_power).astype(np.complex128)),
                ]
            )
        return start + c @ functions


def _slope(target: FloatArray, control: FloatArray, used: np.ndarray) -> float:
    """Return the regression coefficient of two powers over the paths, pooled over frequencies."""
    t, c = target[used], control[used]
    mean = t.mean(axis=1, keepdims=True)
    t, c = t / mean - 1.0, (c - c.mean(axis=1, keepdims=True)) / mean
    return float(np.vdot(t, c) / np.vdot(c, c))


def row_of(
    corr_x: FloatArray, corr_phi: FloatArray, response: ComplexArray, quantiles: FloatArray, slope: float
) -> FloatArray:
    """Return C^x and C^phi at the kept lags, Re H, Im H, quantiles of |x| at equal steps of probability and <phi'>, one
    after the other."""
    return np.concatenate([corr_x, corr_phi, response.real, response.imag, quantiles, [slope]])


def joined(corr_phi: FloatArray, response: ComplexArray) -> FloatArray:
    """Return the state of the iteration."""
    return np.concatenate([corr_phi, response.real, response.imag])


def split(state: FloatArray, n_lags: int) -> tuple[FloatArray, ComplexArray]:
    """Return C^phi and H of a state."""
    real, imaginary = np.split(state[n_lags:], 2)
    return state[:n_lags], real + 1j * imaginary
