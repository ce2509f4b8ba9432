"""The self-consistent map of units stated by equations, with random numbers held fixed.

Correlations C_k of the outputs -> fields of spectra g_k^2 S_k (+ that of the private input) -> paths of the unit ->
correlations of the outputs, their sampling error reduced (`dmft.numerics.unit_paths.controlled`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.numerics.sampling import PeriodicGrid, fast
from dmft.numerics.unit_paths import Columns, Marcher
from dmft.numerics.unit_paths.controlled import Control, controlled, fitted, responses
from dmft.theories.stated_units import StatedUnits

_BLOCK = 64  # paths marched together: their states stay in the first-level cache
SECONDS = 8e-8  # of a sweep, a path and step


@dataclass(frozen=True, eq=False)
class Sampled:
    """What the paths of one sweep say.

    Attributes
    ----------
    values, signals : the first state and the outputs that differ, shape (1 + K', m, n), and their coefficients.
    amplitude : of the fields, shape (K, n_omega).
    """

    values: FloatArray
    signals: ComplexArray
    amplitude: FloatArray


class UnitMap:
    """The map of C_k at the kept lags, K' of them one after the other.

    Parameters
    ----------
    units : what is solved.
    grid : times of the steps.
    n_paths : m.
    sequence : of the random numbers.
    controls : of other paths, see `controls`; without them each sweep fits its own, and is biased by some 0.1/m.
    """

    def __init__(
        self,
        units: StatedUnits,
        grid: PeriodicGrid,
        n_paths: int,
        sequence: np.random.SeedSequence,
        controls: tuple[Control, ...] = (),
    ) -> None:
        self.units, self.grid, self._controls = units, grid, controls
        equations = units.equations
        rng = np.random.default_rng(sequence)
        self.columns = Columns(grid, len(equations.fields), n_paths, rng, wide=units.noisy)
        self._march = Marcher(equations.states, equations.fields, equations.flow, units.distinct, equations.parameters)
        self._own = self._input() if units.noisy else np.zeros(grid.n_omega)

    def on(self, grid: PeriodicGrid) -> UnitMap:
        """Return the map on a grid of the same points that is led to zero elsewhere."""
        new = object.__new__(UnitMap)
        new.__dict__.update(self.__dict__)
        new.grid = grid
        return new

    def __call__(self, state: FloatArray) -> FloatArray:
        """Return the new correlations of the outputs, led to zero at the last lags."""
        found = self.sampled(state, first=1)
        return np.concatenate([self.grid.tapered(self.correlation(found, k)) for k in range(1, len(found.values))])

    def measure(self, state: FloatArray) -> FloatArray:
        """Return the correlations of the first state and of the outputs, then Re and Im of the responses of the outputs
        to the fields, in a row."""
        found = self.sampled(state)
        correlations = [self.correlation(found, k) for k in range(len(found.values))]
        heard = [responses(self.columns, found.amplitude, found.signals[k]) for k in range(1, len(found.values))]
        response = np.concatenate([part.ravel() for part in heard])
        return np.concatenate([*correlations, response.real, response.imag])

    def sampled(self, state: FloatArray, first: int = 0) -> Sampled:
        """Run all paths in the fields that correlations of the outputs make; transform the signals from `first` on.

        Raises
        ------
        BlowUpError : where one is not finite.
        """
        from scipy.fft import rfft

        grid, columns, n = self.grid, self.columns, self.grid.n_steps
        spend(SECONDS * columns.n_paths * n * self.units.n_outputs)
        amplitude = columns.amplitude(self.spectra(state))
        values = np.empty((1 + self.units.n_outputs, columns.n_paths, n))
        d = len(self.units.equations.states)
        for start in range(0, columns.n_paths, _BLOCK):
            block = slice(start, min(start + _BLOCK, columns.n_paths))
            eta = columns.fields(amplitude, block)
            found = self._march(eta, np.zeros((d, eta.shape[2])), grid.step, n // 4)
            values[: len(found), block] = np.swapaxes(found, 1, 2)
        if self.units.nonlinearity is not None:
            values[1] = fast(self.units.nonlinearity)(values[0])
        signals = np.zeros((len(values), columns.n_paths, grid.n_omega), dtype=complex)
        signals[first:] = rfft(values[first:], axis=-1)
        return Sampled(values, signals, amplitude)

    def correlation(self, found: Sampled, k: int) -> FloatArray:
        """Return the correlation of the first state (0) or of an output (1, ..) at the kept lags."""
        control = self._controls[k] if self._controls else self._control(found, k)
        return controlled(self.columns, found.amplitude, found.signals[k], control)

    def controls(self, state: FloatArray) -> tuple[Control, ...]:
        """Return what runs with the first state and with the outputs on these paths, for maps of other ones."""
        found = self.sampled(state)
        return tuple(self._control(found, k) for k in range(len(found.values)))

    def _control(self, found: Sampled, k: int) -> Control:
        return fitted(self.columns, found.amplitude, found.values[k], found.signals[k])

    def spectra(self, state: FloatArray) -> FloatArray:
        """Return the spectra of the fields, shape (K, n_omega) or, with an input, up to twice the frequency."""
        grid, units = self.grid, self.units
        parts = state.reshape(units.n_outputs, grid.n_lags)
        spectra = np.zeros((len(units.gains), len(self._own)))
        for k, which in enumerate(units.carried):
            spectrum = grid.spectrum(parts[which])
            kept = grid.correlation(spectrum)[0]  # clipping at 0 has added to it
            if kept > 0.0:
                spectra[k, : grid.n_omega] = units.gains[k] ** 2 * spectrum * (max(parts[which][0], 0.0) / kept)
        spectra[0] += self._own
        return spectra

    def _input(self) -> FloatArray:
        """Return the spectrum of the private input on the ring of half steps: at these it has its full covariance."""
        n, half = 2 * self.grid.n_steps, 0.5 * self.grid.step
        lags = half * np.minimum(np.arange(n), n - np.arange(n))
        return np.maximum(half * np.fft.rfft(self.units.input_covariance(lags)).real, 0.0)


def parts_of(row: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> tuple[FloatArray, FloatArray, ComplexArray]:
    """Return C of the first state (n_lags,), C of the outputs (K', n_lags), and their responses (K', K, n_omega)."""
    n, k = grid.n_lags, units.n_outputs
    corr_x, corr_phi, rest = np.split(row, [n, n * (1 + k)])
    real, imaginary = np.split(rest, 2)
    shape = (k, len(units.gains), grid.n_omega)
    return corr_x, corr_phi.reshape(k, n), (real + 1j * imaginary).reshape(shape)
