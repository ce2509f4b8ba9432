"""The self-consistent map of units stated by equations, with random numbers held fixed.

Covariances, their frozen parts and means of the outputs -> Gaussian fields -> paths of the units -> covariances, frozen
parts and means of the outputs, their sampling error reduced (`dmft.numerics.unit_paths.controlled`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Fields
from dmft.numerics.unit_paths.controlled import Control, Estimate
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.paths import Gathered, Paths
from dmft.theories.stationary.stated_units.remembered import Remembered, best_rate
from dmft.theories.stationary.stated_units.state import Outputs, Row, kept_of, packed, parts_of, waves_at
from dmft.theories.stationary.stated_units.turns import late_waves, turning_fields

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
        self._rests = False
        self._of_means = 1.0 / (1.0 + float(np.max(np.sum(np.abs(units.means), axis=1))))
        self._steps = PeriodicGrid(finer * grid.n_steps, grid.step / finer)
        self._sites = [
            Paths(site, units, self._steps, n_paths, _own(sequence, p, len(units.sites)))
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

    def resting(self) -> UnitMap:
        """Return the map of the same paths in fields without what changes: its sampling error would feed itself, since
        no spectrum is negative, where only zero is a solution."""
        new = self.on(self.grid)
        new._rests = True
        return new

    def of(self, units: StatedUnits) -> UnitMap:
        """Return the map of the same random numbers of units that differ in how their memory is stated."""
        new = self.on(self.grid)
        new.units = units
        new._sites = [paths.of(site, units) for paths, site in zip(self._sites, units.sites, strict=True)]
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
        gathered = self._estimates(kept)
        outputs = [part for of in gathered for part in of.estimates[1:]]
        return packed(
            Outputs(
                np.array([self.grid.tapered(self._changing(part)) for part in outputs]),
                np.maximum([part.frozen for part in outputs], 0.0),
                kept.means + (np.array([part.mean for part in outputs]) - kept.means) * self._of_means,
                np.array([self._waves(part) for part in outputs]),
                gathered[0].memory,
            ),
            self.units,
        )

    def measure(self, state: FloatArray) -> Row:
        """Return all that is reported."""
        gathered = self._estimates(parts_of(state, self.units, self.grid), measuring=True)
        first = [of.estimates[0] for of in gathered]
        outputs = [part for of in gathered for part in of.estimates[1:]]
        return Row(
            corr_x=np.array([self._coarse(part.covariance) + part.mean**2 for part in first]),
            outputs=np.array([self._coarse(part.covariance) + part.mean**2 for part in outputs]),
            mean_x=np.array([part.mean for part in first]),
            frozen_x=np.array([part.frozen for part in first]),
            means=np.array([part.mean for part in outputs]),
            frozen=np.array([part.frozen for part in outputs]),
            waves_x=np.array([self._waves(part) for part in first]),
            waves=np.array([self._waves(part) for part in outputs]),
            response=np.concatenate([of.response for of in gathered])[..., : self.grid.n_omega],
            memory=gathered[0].memory,
        )

    def in_basis(
        self, state: FloatArray, rate: float | None = None, count: int | None = None
    ) -> tuple[StatedUnits, FloatArray]:
        """Return units whose memory is stated by functions of another rate, and the state of these.

        Parameters
        ----------
        state : of the units, which have a memory.
        rate, count : of the functions; None for the rate that fits best, and for as many as there are.
        """
        kept = parts_of(state, self.units, self.grid)
        memory, (gathered,) = self.units.memory, self._estimates(kept)
        assert memory is not None
        assert gathered.known is not None
        count = memory.count if count is None else count
        chosen = best_rate(replace(memory, count=count), self._steps, gathered.known) if rate is None else rate
        units = self.units.remembering(chosen, count)
        assert units.memory is not None
        other = Remembered(units.memory, self._steps)
        return units, packed(replace(kept, memory=other.coefficients(gathered.known)), units)

    def remembered(self, state: FloatArray) -> float:
        """Return the largest part of an output's covariance that is left where the taper begins, of what changes."""
        grid, worst = self.grid, 0.0
        late = slice(grid.tapered_from - grid.n_lags // 8, grid.tapered_from)
        for of in self._estimates(parts_of(state, self.units, grid)):
            for part in of.estimates[1:]:
                changing = self._changing(part)
                whole = abs(part.covariance[0]) + part.mean**2
                if changing[0] > _STILL * whole:
                    least = _FAINT * whole if self.units.turn else 0.0
                    worst = max(worst, float(np.mean(np.abs(changing[late])) / max(changing[0], least)))
        return worst

    def controls(self, state: FloatArray) -> tuple[tuple[Control, ...], ...]:
        """Return what runs with first states and outputs on these paths, for maps of other ones."""
        kept, odd = parts_of(state, self.units, self.grid), self.units.centred
        heard = zip(self._sites, self.heard(kept), strict=True)
        return tuple(paths.remembering(kept.memory).controls(fields, odd) for paths, fields in heard)

    def heard(self, kept: Outputs) -> list[Fields]:
        """Return the fields of every population that the outputs make."""
        return [self._fields(paths, kept, p) for p, paths in enumerate(self._sites)]

    def _fields(self, paths: Paths, kept: Outputs, p: int) -> Fields:
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

    def _estimates(self, kept: Outputs, measuring: bool = False) -> list[Gathered]:
        """Return of every population what its paths say."""
        if self._rests:
            kept = replace(kept, changing=np.zeros_like(kept.changing))
        found: list[Gathered] = []
        done = 0
        for p, (paths, fields) in enumerate(zip(self._sites, self.heard(kept), strict=True)):
            controls = self._controls[p] if self._controls else ()
            n = paths.site.n_outputs
            about = [None if measuring else float(mean) for mean in kept.means[done : done + n]]
            if self.units.centred:
                about = [0.0] * n
            known: list[float | None] = [0.0 if self.units.centred else None, *about]
            of = paths.remembering(kept.memory).gathered(fields, controls, known, measuring)
            if self.units.centred:
                of = replace(of, estimates=[Estimate(0.0, part.covariance, 0.0) for part in of.estimates])
            found.append(of)
            done += n
        return found

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


def _own(sequence: np.random.SeedSequence, p: int, count: int) -> np.random.SeedSequence:
    if count == 1:
        return sequence
    return np.random.SeedSequence(sequence.entropy, spawn_key=(*sequence.spawn_key, p))


def _spectrum(grid: PeriodicGrid, covariance: FloatArray) -> FloatArray:
    """Return the spectrum of a covariance that is led to zero, its value at lag 0 kept."""
    spectrum = grid.spectrum(covariance)
    kept = grid.correlation(spectrum)[0]  # clipping at 0 has added to it
    return spectrum * (max(covariance[0], 0.0) / kept) if kept > 0.0 else np.zeros_like(spectrum)
