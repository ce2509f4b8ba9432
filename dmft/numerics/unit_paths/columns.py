"""Fixed Gaussian columns of several independent fields, one path a row, and fields of given spectra at half steps."""

from __future__ import annotations

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling.periodic_grid import PeriodicGrid


class Columns:
    """Independent Gaussian Fourier coefficients of K fields, whose sample covariance at each frequency is exactly 1.

    They stay the same for all spectra (common random numbers), and are made white over the paths: sample means are
    zero, sample powers one, and no two fields are correlated. What is left of the sampling error is that of higher
    moments. The transforms run along the contiguous axis, a path a row.

    Parameters
    ----------
    grid : the times of the steps; fields are wanted at half steps too.
    n_fields, n_paths : K and m.
    generator : of the random numbers. Those of the lowest frequencies come first: grids of one length and different
        steps share theirs.
    wide : whether there is power above the highest frequency of the steps, up to that of the half steps.
    """

    def __init__(
        self, grid: PeriodicGrid, n_fields: int, n_paths: int, generator: np.random.Generator, *, wide: bool = False
    ) -> None:
        self.grid, self.n_paths = grid, n_paths
        n_omega = grid.n_steps + 1 if wide else grid.n_omega
        parts = generator.standard_normal((n_omega, 2, n_fields, n_paths))
        drawn = parts[:, 0] + 1j * parts[:, 1]
        drawn[0] = drawn[0].real  # the mean of a real signal is real, and so is its highest frequency
        if wide:
            drawn[-1] = drawn[-1].real
        drawn -= drawn.mean(axis=-1, keepdims=True)
        cross = np.einsum("wki,wli->wkl", drawn, drawn.conj()) / n_paths
        drawn = np.linalg.solve(np.linalg.cholesky(cross), drawn)
        self.rows: ComplexArray = np.ascontiguousarray(np.moveaxis(drawn, 0, -1))  # (K, m, n_omega)

    def amplitude(self, spectra: FloatArray) -> FloatArray:
        """Return the root-mean-square coefficients, on the grid of steps, of signals of spectra (K, n_omega)."""
        return np.sqrt(np.maximum(spectra, 0.0) * (self.grid.n_steps / self.grid.step))

    def fields(self, amplitude: FloatArray, block: slice) -> FloatArray:
        """Return the fields of some paths at half steps, shape (K, 2 n, B)."""
        from scipy.fft import irfft

        n = self.grid.n_steps
        coefficients = 2.0 * amplitude[:, None, :] * self.rows[:, block]
        if coefficients.shape[-1] == self.grid.n_omega:
            coefficients[..., -1] = 0.0  # at half steps it is no highest frequency, and its phase is unknown
        at_half = irfft(coefficients, 2 * n, axis=-1)
        return np.ascontiguousarray(np.swapaxes(at_half, 1, 2))
