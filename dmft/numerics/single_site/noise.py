"""Stationary Gaussian noise of a given spectrum: random numbers held fixed, sample spectrum exact."""

from __future__ import annotations

import copy
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dmft.numerics.single_site.circle import Circle, ComplexArray, FloatArray, power


class CircularNoise:
    """Independent Gaussian Fourier columns, rescaled so that their sample variance at each frequency is exactly 1.

    The columns stay the same for every spectrum asked of them (common random numbers): a self-consistent map built on
    them is a smooth deterministic function. The rescaling (moment matching) makes the sample spectrum of the noise
    exact, which takes away the largest part of the sampling error of a self-consistent solution.

    Parameters
    ----------
    circle : the periodic window.
    n_paths : number of sample paths.
    generator : source of the random numbers. Columns of the lowest frequencies come first: with the same seed, two
        circles of one length and different steps share theirs.
    """

    def __init__(self, circle: Circle, n_paths: int, generator: np.random.Generator) -> None:
        self.circle = circle
        self.n_paths = n_paths
        parts = generator.standard_normal((circle.n_omega, 2, n_paths))
        columns = parts[:, 0] + 1j * parts[:, 1]
        columns[0] = columns[0].real  # the mean and the highest frequency of a real signal are real
        columns[-1] = columns[-1].real
        self.columns: ComplexArray = _matched(columns)

    def part(self, kept: NDArray[np.intp] | slice) -> CircularNoise:
        """Return the noise of some of the paths only, rescaled anew."""
        new = copy.copy(self)
        new.__dict__.pop("power", None)
        new.columns = _matched(self.columns[:, kept])
        new.n_paths = new.columns.shape[1]
        return new

    def on(self, circle: Circle) -> CircularNoise:
        """Return the same noise on a circle of the same points, of which other lags are kept."""
        new = copy.copy(self)
        new.circle = circle
        return new

    @cached_property
    def power(self) -> FloatArray:
        """Squared modulus of the columns, of mean 1 over the paths."""
        return power(self.columns)

    def amplitude(self, spectrum: FloatArray) -> FloatArray:
        """Return the root-mean-square Fourier coefficient of a signal of this spectrum, shape (n_omega,)."""
        return np.sqrt(spectrum * (self.circle.n_steps / self.circle.step))

    def coefficients(self, transfer: FloatArray | ComplexArray) -> ComplexArray:
        """Return transfer(omega) times the columns, shape (n_omega, n_paths)."""
        return transfer[:, None] * self.columns

    def paths(self, transfer: FloatArray | ComplexArray) -> FloatArray:
        """Return the signals of these coefficients, shape (n_steps, n_paths)."""
        from scipy.fft import irfft

        return irfft(self.coefficients(transfer), self.circle.n_steps, axis=0)


def _matched(columns: ComplexArray) -> ComplexArray:
    """Return columns whose mean square over the paths is 1 at each frequency."""
    return columns / np.sqrt(power(columns).mean(axis=1))[:, None]
