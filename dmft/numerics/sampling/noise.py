"""Stationary Gaussian noise of a given spectrum: random numbers held fixed, sample spectrum exact."""

from __future__ import annotations

import copy
from functools import cached_property

import numpy as np

from dmft.arrays import ComplexArray, FloatArray, IntArray
from dmft.numerics.sampling.periodic_grid import PeriodicGrid, power


class PeriodicNoise:
    """Independent Gaussian Fourier columns, rescaled so that their sample variance at each frequency is exactly 1.

    The columns stay the same for every spectrum asked of them (common random numbers): a self-consistent map built on
    them is a smooth deterministic function. The rescaling (moment matching) makes the sample spectrum of the noise
    exact, which takes away the largest part of the sampling error of a self-consistent solution.

    Parameters
    ----------
    grid : the times.
    n_paths : number of sample paths.
    generator : source of the random numbers. Columns of the lowest frequencies come first: with the same seed, two
        grids of one length and different steps share theirs.
    """

    def __init__(self, grid: PeriodicGrid, n_paths: int, generator: np.random.Generator) -> None:
        self.grid = grid
        self.n_paths = n_paths
        parts = generator.standard_normal((grid.n_omega, 2, n_paths))
        columns = parts[:, 0] + 1j * parts[:, 1]
        columns[0] = columns[0].real  # the mean and the highest frequency of a real signal are real
        columns[-1] = columns[-1].real
        self.columns: ComplexArray = _matched(columns)

    def part(self, kept: IntArray | slice) -> PeriodicNoise:
        """Return the noise of some of the paths only, rescaled anew."""
        new = copy.copy(self)
        new.__dict__.pop("power", None)
        new.columns = _matched(self.columns[:, kept])
        new.n_paths = new.columns.shape[1]
        return new

    def on(self, grid: PeriodicGrid) -> PeriodicNoise:
        """Return the same noise on a grid of the same points, of which other lags are kept."""
        new = copy.copy(self)
        new.grid = grid
        return new

    @cached_property
    def power(self) -> FloatArray:
        """Squared modulus of the columns, of mean 1 over the paths."""
        return power(self.columns)

    def amplitude(self, spectrum: FloatArray) -> FloatArray:
        """Return the root-mean-square Fourier coefficient of a signal of this spectrum, shape (n_omega,)."""
        return np.sqrt(spectrum * (self.grid.n_steps / self.grid.step))

    def coefficients(self, transfer: FloatArray | ComplexArray) -> ComplexArray:
        """Return transfer(omega) times the columns, shape (n_omega, n_paths)."""
        return transfer[:, None] * self.columns

    def paths(self, transfer: FloatArray | ComplexArray) -> FloatArray:
        """Return the signals of these coefficients, shape (n_steps, n_paths)."""
        from scipy.fft import irfft

        return np.asarray(irfft(self.coefficients(transfer), self.grid.n_steps, axis=0))


def _matched(columns: ComplexArray) -> ComplexArray:
    """Return columns whose mean square over the paths is 1 at each frequency."""
    return np.asarray(columns / np.sqrt(power(columns).mean(axis=1))[:, None])
