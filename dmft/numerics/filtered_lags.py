"""Even functions of the lag on a uniform grid, and linear filters of them: products in Fourier space.

f on [0, T] is continued evenly and with the period 2 T, so that its transform is a cosine series (DCT-I). A filter of
squared gain G(w) = |H(i w)|^2 multiplies it. What is smooth, apart from the end of the window, converges faster than
any power of the step. White noise makes a kink at lag 0; then the first, third and fifth derivative at 0+ are carried
by exponentials, whose transforms and filtered forms are known exactly, and only the rest is sampled: order h^7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.fft import dct, dst
from scipy.interpolate import make_interp_spline

from dmft.arrays import FloatArray

_STENCIL = 10  # points from which derivatives at lag 0 are taken
_CARRIED = 3  # odd derivatives: the first, third and fifth


@dataclass(frozen=True)
class LagGrid:
    """Lags 0, step, ..., n step.

    Attributes
    ----------
    step : distance of two lags.
    n : number of intervals; the window is T = n step.
    """

    step: float
    n: int

    @property
    def window(self) -> float:
        """T, half of the period."""
        return self.step * self.n

    @cached_property
    def lags(self) -> FloatArray:
        """Shape (n + 1,)."""
        return np.asarray(self.step * np.arange(self.n + 1), dtype=np.float64)

    @cached_property
    def omega(self) -> FloatArray:
        """Angular frequencies of the cosine series, shape (n + 1,)."""
        return np.asarray(np.arange(self.n + 1) * (np.pi / self.window), dtype=np.float64)

    def transform(self, values: FloatArray) -> FloatArray:
        """Return int f(t) exp(-i w t) dt at the frequencies, of functions along the last axis."""
        return np.asarray(self.step * dct(values, type=1, axis=-1))

    def transform_at(self, values: FloatArray, omega: FloatArray) -> FloatArray:
        """Return it at any frequencies, shape (..., n_omega), by sums; 0 beyond the highest of the series."""
        weighted = np.array(values)
        weighted[..., [0, -1]] *= 0.5
        inside = np.abs(omega) <= self.omega[-1]
        out = np.zeros((*values.shape[:-1], len(omega)))
        for at in np.array_split(np.flatnonzero(inside), 1 + len(omega) // 256):
            out[..., at] = 2.0 * self.step * (weighted @ np.cos(np.multiply.outer(self.lags, omega[at])))
        return out

    def back(self, spectrum: FloatArray) -> FloatArray:
        """Return the function of a spectrum."""
        return np.asarray(dct(spectrum, type=1, axis=-1) / (2.0 * self.window))

    def filtered(self, values: FloatArray, gain: FloatArray) -> FloatArray:
        """Return the transform back of gain times the transform."""
        return self.back(gain * self.transform(values))

    def filtered_odd(self, values: FloatArray, gain: FloatArray) -> FloatArray:
        """Return likewise of odd functions, known at the inner lags, shape (..., n - 1)."""
        return np.asarray(dst(gain[..., 1:-1] * dst(values, type=1, axis=-1), type=1, axis=-1) / (2.0 * self.n))

    def on(self, other: LagGrid, values: FloatArray, *, kinked: bool = False, turn: float = 0.0) -> FloatArray:
        """Return functions on a grid whose step divides this one's, 0 beyond this one's window, or the last turn again
        and again; between the lags band-limited, or of a kink at 0 by splines of degree 7."""
        times = round(self.step / other.step)
        inside = values
        if times > 1 and kinked:
            fine = other.step * np.arange(self.n * times + 1)
            inside = make_interp_spline(self.lags, values, k=7, axis=-1)(np.minimum(fine, self.window))
        elif times > 1:
            spectrum = np.zeros((*values.shape[:-1], self.n * times + 1))
            spectrum[..., : self.n + 1] = self.transform(values)
            spectrum[..., self.n] *= 0.5
            inside = LagGrid(other.step, self.n * times).back(spectrum)
        out = np.zeros((*values.shape[:-1], other.n + 1))
        length = min(inside.shape[-1], other.n + 1)
        out[..., :length] = inside[..., :length]
        if turn > 0.0 and length < other.n + 1:
            steps = round(turn / other.step)
            beyond = np.arange(length, other.n + 1)
            out[..., beyond] = inside[..., length - 1 - steps + (beyond - length + 1) % steps]
        return out

    def coarser(self, times: int) -> LagGrid:
        """Return the grid of every `times`-th lag."""
        return LagGrid(self.step * times, self.n // times)


@dataclass(frozen=True, eq=False)
class KinkedFilter:
    """A filter of functions with a kink at lag 0.

    Attributes
    ----------
    grid : of lags.
    gain : |H(i w)|^2 at its frequencies, shape (n + 1,).
    of_exponential : rate -> the function exp(-rate |t|), filtered, at the lags, exactly.
    rate : a typical one of the unit.
    """

    grid: LagGrid
    gain: FloatArray
    of_exponential: Callable[[float], FloatArray]
    rate: float

    def spectrum(self, values: FloatArray) -> FloatArray:
        """Return the transform of a function with a kink, shape (n + 1,)."""
        rest, carried = self._parted(values, self.grid.omega)
        return np.asarray(self.grid.transform(rest) + carried)

    def spectrum_at(self, values: FloatArray, omega: FloatArray) -> FloatArray:
        """Return it at any frequencies, shape (n_omega,)."""
        rest, carried = self._parted(values, omega)
        return np.asarray(self.grid.transform_at(rest, omega) + carried)

    def _parted(self, values: FloatArray, omega: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what is smooth of a function, and the transform of what carries its kink."""
        sampled, _, to_sizes = self._carriers
        sizes = to_sizes @ values[:_STENCIL]
        rates = self.rate * np.arange(1.0, _CARRIED + 1.0)[:, None]
        return values - sizes @ sampled, sizes @ (2.0 * rates / (rates**2 + omega**2))

    @cached_property
    def _carriers(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the carriers at the lags and filtered, (3, n + 1) each, and the map from f(0..9 h) to their sizes."""
        rates = self.rate * np.arange(1.0, _CARRIED + 1.0)
        sampled = np.exp(-np.multiply.outer(rates, self.grid.lags))
        filtered = np.array([self.of_exponential(rate) for rate in rates])
        odd = 2 * np.arange(_CARRIED) + 1
        # values -> derivatives: the polynomial through the first lags, in units of the step
        points = np.arange(_STENCIL, dtype=float)
        to_taylor = np.linalg.inv(np.vander(points, increasing=True))[odd]
        scaled = rates * self.grid.step
        factorial = np.array([1.0, 6.0, 120.0])
        of_carriers = -(scaled[None, :] ** odd[:, None]) / factorial[:, None]
        return sampled, filtered, np.linalg.solve(of_carriers, to_taylor)

    def __call__(self, values: FloatArray) -> FloatArray:
        """Return a function filtered, shape (n + 1,)."""
        sampled, filtered, to_sizes = self._carriers
        sizes = to_sizes @ values[:_STENCIL]
        return np.asarray(self.grid.filtered(values - sizes @ sampled, self.gain) + sizes @ filtered)


def exponential_filtered(
    realisation: tuple[FloatArray, FloatArray, FloatArray], rate: float, grid: LagGrid
) -> FloatArray:
    """Return exp(-rate |t|) filtered by |c (i w - A)^{-1} b|^2, at the lags: a unit's covariance under such noise."""
    flow, source, read = realisation
    d = len(flow)
    whole = np.zeros((d + 1, d + 1))
    whole[:d, :d], whole[:d, d], whole[d, d] = flow, source, -rate
    drawn, seen = np.zeros(d + 1), np.append(read, 0.0)
    drawn[d] = np.sqrt(2.0 * rate)
    return covariance_of((whole, drawn, seen), grid)


def covariance_of(realisation: tuple[FloatArray, FloatArray, FloatArray], grid: LagGrid) -> FloatArray:
    """Return the covariance of c x, dx/dt = A x + b (white noise of intensity 1), at the lags: c exp(A t) P c^T."""
    from scipy.linalg import expm, solve_continuous_lyapunov

    flow, source, read = realisation
    stationary = solve_continuous_lyapunov(flow, -np.outer(source, source))
    states = (stationary @ read)[:, None]
    length, power = 1, expm(flow * grid.step)
    while length < grid.n + 1:  # doubling: exp(A h m) of all states so far
        states = np.concatenate([states, power @ states], axis=1)
        power, length = power @ power, 2 * length
    return np.asarray(read @ states[:, : grid.n + 1])
