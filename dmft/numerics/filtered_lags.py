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
_ODD = 2 * np.arange(_CARRIED) + 1


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
        """Return it at any frequencies, shape (..., n_omega), of functions along the last axis."""
        rest, carried = self._parted(values, omega)
        return np.asarray(self.grid.transform_at(rest, omega) + carried)

    def _parted(self, values: FloatArray, omega: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what is smooth of a function, and the transform of what carries its kink."""
        sizes = values[..., :_STENCIL] @ self._jumps.T
        rates = self._rates[:, None]
        transforms = self._mixture @ (2.0 * rates / (rates**2 + omega**2))
        return values - sizes @ self._carriers[0], sizes @ transforms

    @property
    def _rates(self) -> FloatArray:
        """Of the exponentials that carriers are made of, shape (3,)."""
        return self.rate * np.arange(1.0, _CARRIED + 1.0)

    @cached_property
    def _mixture(self) -> FloatArray:
        """Exponentials in each carrier, shape (3, 3): one has one odd derivative at 0+ in units of the rate, 1, and the
        other two 0. An error of a high derivative, of rounding over h^5, then makes no kink."""
        odd, of_rates = _ODD[:, None], np.arange(1.0, _CARRIED + 1.0)
        return np.asarray(np.linalg.inv(-(of_rates**odd)).T, dtype=np.float64)

    @cached_property
    def _jumps(self) -> FloatArray:
        """Return the map from f(0..9 h) to odd derivatives, in units of the rate: of the polynomial through them."""
        points = np.arange(_STENCIL, dtype=float)
        to_taylor = np.empty((_STENCIL, _STENCIL))
        for j in range(_STENCIL):
            others = np.delete(points, j)
            to_taylor[:, j] = np.poly(others)[::-1] / np.prod(j - others)  # whole numbers, exact
        factorial = np.array([1.0, 6.0, 120.0])
        scale = factorial / (self.rate * self.grid.step) ** _ODD
        return np.asarray(to_taylor[_ODD] * scale[:, None])

    @cached_property
    def _carriers(self) -> tuple[FloatArray, FloatArray]:
        """Return the carriers at the lags and filtered, (3, n + 1) each."""
        sampled = np.exp(-np.multiply.outer(self._rates, self.grid.lags))
        filtered = np.array([self.of_exponential(rate) for rate in self._rates])
        return self._mixture @ sampled, self._mixture @ filtered

    def __call__(self, values: FloatArray) -> FloatArray:
        """Return a function filtered, shape (n + 1,)."""
        sampled, filtered = self._carriers
        sizes = self._jumps @ values[:_STENCIL]
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
