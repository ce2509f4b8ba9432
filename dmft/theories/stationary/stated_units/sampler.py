"""The self-consistent map of units stated by equations, with random numbers held fixed.

Covariances, their frozen parts and means of the outputs -> Gaussian fields -> paths of the units -> covariances, frozen
parts and means of the outputs, their sampling error reduced (`dmft.numerics.unit_paths.controlled`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.numerics.sampling import PeriodicGrid, fast
from dmft.numerics.unit_paths import Columns, Fields, Marcher
from dmft.numerics.unit_paths.controlled import Control, Controlling, Estimate, Moments, estimated, fitted
from dmft.theories.stated_site import Site
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.state import Outputs, Row, kept_of, packed, parts_of, waves_at
from dmft.theories.stationary.stated_units.turns import bins_of, late_waves, turning_fields

SECONDS = 3e-8  # of a sweep, a path and step
_STILL = 1e-5  # part of a mean square below which nothing fluctuates
_FAINT = 1e-2  # the same, below which what fluctuates beside a sinusoid is not told from what turns with it


class UnitMap:
    """The map of what is kept of the outputs (`dmft.theories.stationary.stated_units.state`).

    Parameters
    ----------
    units : what is solved.
    grid : times of the steps, and lags that are kept.
    n_paths : m.
    sequence : of the random numbers.
    controls : of other paths, see `controls`, of each population; without them none are used.
    finer : steps to a step of the grid.
    """

    def __init__(
        self,
        units: StatedUnits,
        grid: PeriodicGrid,
        n_paths: int,
        sequence: np.random.SeedSequence,
        controls: tuple[tuple[Control, ...], ...] = (),
        finer: int = 1,
    ) -> None:
        self.units, self.grid, self.n_paths = units, grid, n_paths
        self._controls = controls
        self._of_means = 1.0 / (1.0 + float(np.max(np.sum(np.abs(units.means), axis=1))))
        self._steps = PeriodicGrid(finer * grid.n_steps, grid.step / finer)
        self._sites = [
            _Paths(site, units, self._steps, n_paths, _own(sequence, p, len(units.sites)))
            for p, site in enumerate(units.sites)
        ]

    def on(self, grid: PeriodicGrid) -> UnitMap:
        """Return the map on a grid of the same points that is led to zero elsewhere."""
        new = object.__new__(UnitMap)
        new.__dict__.update(self.__dict__)
        new.grid = grid
        return new

    def controlled(self, controls: tuple[tuple[Control, ...], ...]) -> UnitMap:
        """Return the map of the same paths with controls of other ones, or with none."""
        new = self.on(self.grid)
        new._controls = controls
        return new

    def begun_at(self, sizes: FloatArray) -> UnitMap:
        """Return the map of the same fields by paths whose states all begin at these sizes, one a population."""
        new = self.on(self.grid)
        new._sites = [paths.begun_at(float(size)) for paths, size in zip(self._sites, sizes, strict=True)]
        return new

    def __call__(self, state: FloatArray) -> FloatArray:
        """Return the new state; covariances are led to zero at the last lags.

        Means go a part of the way only: where couplings inhibit, a whole step would go further beyond each time.
        """
        kept = parts_of(state, self.units, self.grid)
        found = self._estimates(kept)[0]
        outputs = [part for estimates in found for part in estimates[1:]]
        return packed(
            Outputs(
                np.array([self.grid.tapered(self._changing(part)) for part in outputs]),
                np.maximum([part.frozen for part in outputs], 0.0),
                kept.means + (np.array([part.mean for part in outputs]) - kept.means) * self._of_means,
                np.array([self._waves(part) for part in outputs]),
            ),
            self.units,
        )

    def measure(self, state: FloatArray) -> Row:
        """Return all that is reported."""
        found, heard = self._estimates(parts_of(state, self.units, self.grid), measuring=True)
        first = [estimates[0] for estimates in found]
        outputs = [part for estimates in found for part in estimates[1:]]
        return Row(
            corr_x=np.array([self._coarse(part.covariance) + part.mean**2 for part in first]),
            outputs=np.array([self._coarse(part.covariance) + part.mean**2 for part in outputs]),
            mean_x=np.array([part.mean for part in first]),
            frozen_x=np.array([part.frozen for part in first]),
            means=np.array([part.mean for part in outputs]),
            frozen=np.array([part.frozen for part in outputs]),
            waves_x=np.array([self._waves(part) for part in first]),
            waves=np.array([self._waves(part) for part in outputs]),
            response=np.concatenate(heard)[..., : self.grid.n_omega],
        )

    def remembered(self, state: FloatArray) -> float:
        """Return the largest part of an output's covariance that is left where the taper begins, of what changes."""
        grid, worst = self.grid, 0.0
        late = slice(grid.tapered_from - grid.n_lags // 8, grid.tapered_from)
        for estimates in self._estimates(parts_of(state, self.units, grid))[0]:
            for part in estimates[1:]:
                changing = self._changing(part)
                whole = abs(part.covariance[0]) + part.mean**2
                if changing[0] > _STILL * whole:
                    least = _FAINT * whole if self.units.turn else 0.0
                    worst = max(worst, float(np.mean(np.abs(changing[late])) / max(changing[0], least)))
        return worst

    def controls(self, state: FloatArray) -> tuple[tuple[Control, ...], ...]:
        """Return what runs with first states and outputs on these paths, for maps of other ones."""
        heard = self.heard(parts_of(state, self.units, self.grid))
        odd = self.units.centred
        return tuple(paths.controls(fields, odd) for paths, fields in zip(self._sites, heard, strict=True))

    def heard(self, kept: Outputs) -> list[Fields]:
        """Return the fields of every population that the outputs make."""
        return [self._fields(paths, kept, p) for p, paths in enumerate(self._sites)]

    def _fields(self, paths: _Paths, kept: Outputs, p: int) -> Fields:
        units, site = self.units, self.units.sites[p]
        n_fields = len(units.variances)
        spectra = paths.own.copy()
        frozen = np.zeros(len(spectra))
        spectrum = np.array([_spectrum(self.grid, part) for part in kept.changing])
        spectra[:n_fields, : self.grid.n_omega] += units.mixing[p] @ spectrum
        frozen[:n_fields] = units.mixing[p] @ (kept.frozen + kept.means**2)
        frozen[0] += site.threshold_variance
        mean = np.zeros(len(spectra))
        mean[0] = site.bias + units.means[p] @ kept.means[list(units.first)]
        fields = Fields(paths.columns, paths.columns.amplitude(spectra), mean, np.sqrt(frozen))
        if not units.turn:
            return fields
        waves = np.zeros((len(spectra), kept.waves.shape[1]))
        waves[:n_fields] = units.mixing[p] @ kept.waves
        return turning_fields(fields, spectra, waves, site.amplitude)

    def _estimates(self, kept: Outputs, measuring: bool = False) -> tuple[list[list[Estimate]], list[ComplexArray]]:
        """Return of every population what its paths say of the first state and the outputs, and their responses."""
        found, heard, done = [], [], 0
        for p, (paths, fields) in enumerate(zip(self._sites, self.heard(kept), strict=True)):
            controls = self._controls[p] if self._controls else ()
            n = paths.site.n_outputs
            about = [None if measuring else float(mean) for mean in kept.means[done : done + n]]
            if self.units.centred:
                about = [0.0] * n
            known: list[float | None] = [0.0 if self.units.centred else None, *about]
            estimates, response = paths.estimates(fields, controls, known, measuring)
            if self.units.centred:
                estimates = [Estimate(0.0, part.covariance, 0.0) for part in estimates]
            found.append(estimates)
            heard.append(response)
            done += n
        return found, heard

    def _changing(self, part: Estimate) -> FloatArray:
        """Return what decays of a covariance."""
        return self._coarse(part.covariance) - part.frozen - waves_at(self._waves(part), self.units, self.grid.lags)

    def _waves(self, part: Estimate) -> FloatArray:
        """Return what turns with a sinusoid and does not decay, shape (H,)."""
        if not self.units.turn:
            return np.zeros(0)
        return late_waves(self._steps, self.units.turn, kept_of(self.units)) @ part.covariance

    def _coarse(self, covariance: FloatArray) -> FloatArray:
        return covariance[:: self._steps.n_steps // self.grid.n_steps][: self.grid.n_lags]


class _Paths:
    """Paths of one population, and what is gathered of them."""

    def __init__(
        self, site: Site, units: StatedUnits, grid: PeriodicGrid, n_paths: int, sequence: np.random.SeedSequence
    ) -> None:
        self.site, self.grid, self._begins = site, grid, 0.0
        rng = np.random.default_rng(sequence)
        n_fields = len(site.fields)
        bins = bins_of(grid, units.turn, kept_of(units))
        self.columns = Columns(grid, n_fields, n_paths, rng, wide=site.noisy, frozen=not units.centred, bins=bins)
        equations = site.equations
        self._march = Marcher(equations.states, site.fields, site.flow, site.recorded, equations.parameters)
        self.own = np.zeros((n_fields, self.columns.rows.shape[-1]))
        if site.drives:
            self.own[0] = _input(grid, site.input_covariance)
        if site.white:
            self.own[-1] = _input(grid, site.white_covariance)

    def begun_at(self, size: float) -> _Paths:
        """Return the same paths, all states of which begin at a number."""
        new = object.__new__(_Paths)
        new.__dict__.update({**self.__dict__, "_begins": size})
        return new

    def signals(self, fields: Fields, block: slice) -> FloatArray:
        """Run some paths; return the first state and the outputs that differ, shape (S, B, n).

        Raises
        ------
        BlowUpError : where one is not finite.
        """
        site, grid, count = self.site, self.grid, block.stop - block.start
        start = np.full((len(site.equations.states), count), self._begins)
        found = np.ascontiguousarray(
            np.swapaxes(self._march(fields.block(block), start, grid.step, grid.n_steps // 4), 1, 2)
        )
        if site.nonlinearity is None:
            return found
        return np.concatenate([found, fast(site.nonlinearity)(found)])

    def estimates(
        self, fields: Fields, controls: tuple[Control, ...], about: list[float | None], measuring: bool
    ) -> tuple[list[Estimate], ComplexArray]:
        """Return what all paths say of the signals, and the responses of the outputs (K', K, n_omega) when measuring.

        Without measuring nothing is asked of the first state.
        """
        from scipy.fft import rfft

        grid, columns, n = self.grid, self.columns, self.grid.n_steps
        spend(SECONDS * columns.n_paths * n * self.site.n_outputs)
        used = range(0 if measuring else 1, 1 + self.site.n_outputs)
        signals, made = ([Moments(grid.n_omega) for _ in about] for _ in range(2))
        processes: list[Controlling | None] = [control.process(fields) for control in controls] or [None] * len(about)
        crossed = np.zeros((self.site.n_outputs, len(self.site.equations.fields), grid.n_omega), dtype=complex)
        for block in columns.blocks:
            values = self.signals(fields, block)
            for k in used:
                coefficients = rfft(values[k], axis=-1)
                signals[k].add(coefficients, n, columns.n_paths)
                process = processes[k]
                if process is not None:
                    made[k].add(rfft(process.made(block), axis=-1), n, columns.n_paths)
                if measuring and k:
                    rows = columns.rows[: crossed.shape[1], block, : grid.n_omega]
                    crossed[k - 1] += np.einsum("iw,kiw->kw", coefficients, rows.conj()) / columns.n_paths
        estimates = [
            estimated(
                grid,
                signals[k],
                None if processes[k] is None else made[k],
                processes[k],
                about[k],
                waves=bool(columns.bins),
            )
            for k in range(len(about))
        ]
        response = np.array([fields.causal(part) for part in crossed]) if measuring else crossed
        return estimates, response

    def controls(self, fields: Fields, odd: bool) -> tuple[Control, ...]:
        """Return what runs with the signals."""
        from scipy.fft import rfft

        values = np.concatenate([self.signals(fields, block) for block in self.columns.blocks], axis=1)
        return tuple(fitted(fields, part, rfft(part, axis=-1), odd=odd) for part in values)


def _own(sequence: np.random.SeedSequence, p: int, count: int) -> np.random.SeedSequence:
    if count == 1:
        return sequence
    return np.random.SeedSequence(sequence.entropy, spawn_key=(*sequence.spawn_key, p))


def _spectrum(grid: PeriodicGrid, covariance: FloatArray) -> FloatArray:
    """Return the spectrum of a covariance that is led to zero, its value at lag 0 kept."""
    spectrum = grid.spectrum(covariance)
    kept = grid.correlation(spectrum)[0]  # clipping at 0 has added to it
    return spectrum * (max(covariance[0], 0.0) / kept) if kept > 0.0 else np.zeros_like(spectrum)


def _input(grid: PeriodicGrid, covariance: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return the spectrum of a private input on the ring of half steps: at these it has its full covariance."""
    n, half = 2 * grid.n_steps, 0.5 * grid.step
    lags = half * np.minimum(np.arange(n), n - np.arange(n))
    return np.maximum(half * np.fft.rfft(covariance(lags)).real, 0.0)
