"""Fixed Gaussian columns of several independent fields, one path a row, and fields of given spectra at half steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling.periodic_grid import PeriodicGrid
from dmft.numerics.unit_paths.waves import drawn_waves

_CACHED = 131072  # numbers of a block of fields, which stay in the second-level cache


class Columns:
    """Independent Gaussian Fourier coefficients of K fields, whose sample covariance at each frequency is exactly 1.

    They stay the same for all spectra (common random numbers), and are made white over the paths: sample means are
    zero, sample powers one, and no two fields are correlated. What is left of the sampling error is that of higher
    moments. The transforms run along the contiguous axis, a path a row, in single precision.

    Parameters
    ----------
    grid : the times of the steps; fields are wanted at half steps too.
    n_fields, n_paths : K and m.
    generator : of the random numbers. Those of the lowest frequencies come first: grids of one length and different
        steps share theirs.
    wide : whether there is power above the highest frequency of the steps, up to that of the half steps.
    frozen : whether there are parts of the fields that do not change in time.
    bins : frequencies at which there are waves that do not decay, in turns of the ring.

    Attributes
    ----------
    rows : of the parts that change, shape (K, m, n_omega).
    frozen : of those that do not, normal numbers shared by the paths 2 j and 2 j + 1, shape (K, m): one of each of m/2
        strata of equal probability, so that averages over them are nearly integrals; None without.
    waves : of the waves, shape (K, m, H) (`waves`); shared as what is frozen, where something is.
    phases : exp(i phase) at which a sinusoid of the first bin begins on each path, shape (m,): all of a path is shifted
        in time by as much, one of each of m strata of a turn, so that steps meet all parts of it; 1 without bins.
    """

    def __init__(
        self,
        grid: PeriodicGrid,
        n_fields: int,
        n_paths: int,
        generator: np.random.Generator,
        *,
        wide: bool = False,
        frozen: bool = False,
        bins: tuple[int, ...] = (),
    ) -> None:
        self.grid, self.n_paths, self.bins = grid, n_paths, bins
        self.frozen = _strata(n_fields, n_paths, generator) if frozen else None
        waves = np.zeros((n_fields, n_paths, 0), dtype=complex)
        if bins:
            waves = drawn_waves(n_fields, len(bins), n_paths, 2 if frozen else 1, generator)
            begun = (generator.permutation(n_paths) + generator.random(n_paths)) / n_paths
        n_omega = grid.n_steps + 1 if wide else grid.n_omega
        parts = generator.standard_normal((n_omega, 2, n_fields, n_paths))
        drawn = parts[:, 0] + 1j * parts[:, 1]
        drawn[0] = drawn[0].real  # the mean of a real signal is real, and so is its highest frequency
        if wide:
            drawn[-1] = drawn[-1].real
        drawn -= drawn.mean(axis=-1, keepdims=True)
        if self.frozen is not None:
            drawn[0] -= (drawn[0] @ self.frozen.T / n_paths) @ self.frozen
        for h, at in enumerate(bins):
            drawn[at] -= (drawn[at] @ waves[:, :, h].conj().T / n_paths) @ waves[:, :, h]
        cross = np.einsum("wki,wli->wkl", drawn, drawn.conj()) / n_paths
        drawn = np.linalg.inv(np.linalg.cholesky(cross)) @ drawn  # of few fields faster than solving
        rows = np.moveaxis(drawn, 0, -1)
        self.phases: ComplexArray = np.ones(n_paths, dtype=complex)
        if bins:
            self.phases = np.exp(2j * np.pi * begun)
            waves = waves * np.exp(2j * np.pi * np.multiply.outer(begun, np.array(bins) // bins[0]))
            turned = np.exp(2j * np.pi / bins[0] * np.multiply.outer(begun, np.arange(n_omega)))
            turned[:, -1] = 1.0  # the highest frequency has no phase
            rows = rows * turned
        self.rows = np.ascontiguousarray(rows, dtype=np.complex64)
        self.waves = waves.astype(np.complex64)

    @property
    def blocks(self) -> list[slice]:
        """Paths to be handled together, even numbers of them."""
        size = max(16, min(64, _CACHED // (2 * self.grid.n_steps) // 16 * 16))
        return [slice(start, min(start + size, self.n_paths)) for start in range(0, self.n_paths, size)]

    def amplitude(self, spectra: FloatArray) -> FloatArray:
        """Return the root-mean-square coefficients, on the grid of steps, of signals of spectra (K, n_omega)."""
        return np.sqrt(np.maximum(spectra, 0.0) * (self.grid.n_steps / self.grid.step))

    def fields(
        self,
        amplitude: FloatArray,
        block: slice,
        level: FloatArray | None = None,
        waves: ComplexArray | None = None,
    ) -> Any:
        """Return the fields of some paths at half steps, shape (K, 2 n, B).

        Parameters
        ----------
        amplitude : of the parts that change, shape (K, n_omega).
        level : of those that do not, of all paths, shape (K, m).
        waves : coefficients, on the grid of steps, of those that do not decay, of these paths, shape (K, B, H).
        """
        from scipy.fft import irfft

        n = self.grid.n_steps
        coefficients = (2.0 * amplitude[:, None, :]).astype(np.float32) * self.rows[:, block]
        if coefficients.shape[-1] == self.grid.n_omega:
            coefficients[..., -1] = 0.0  # at half steps it is no highest frequency, and its phase is unknown
        if level is not None:
            coefficients[..., 0] += 2 * n * level[:, block]
        if waves is not None and self.bins:
            coefficients[..., list(self.bins)] += 2.0 * waves
        at_half = irfft(coefficients, 2 * n, axis=-1, overwrite_x=True)
        return np.ascontiguousarray(np.swapaxes(at_half, 1, 2))


def _strata(n_fields: int, n_paths: int, generator: np.random.Generator) -> FloatArray:
    """Return normal numbers, one a stratum and field, in orders that are not correlated, of mean 0 and covariance 1."""
    from scipy.special import ndtri

    n = n_paths // 2
    drawn = ndtri((np.arange(n) + generator.random((n_fields, n))) / n)
    drawn[1:] = generator.permuted(drawn[1:], axis=1)
    drawn -= drawn.mean(axis=1, keepdims=True)
    drawn = np.linalg.solve(np.linalg.cholesky(drawn @ drawn.T / n), drawn)
    return np.repeat(drawn, 2, axis=1)
