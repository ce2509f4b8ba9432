"""The row march of a network: its state, and the loop."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.pairs import ClosedPairs, PairAverages
from dmft.numerics.two_time.noise import noise_steps
from dmft.numerics.two_time.series import SeriesTable
from dmft.theories.nonstationary.grid import Grid
from dmft.theories.nonstationary.input import offsets, stage_times, substeps
from dmft.theories.nonstationary.series_march import march_series
from dmft.theories.reduction import Reduction


class March:
    """A march under way: it can be continued.

    Attributes
    ----------
    grid : its steps; `n_steps` grows as it goes on.
    m, v, c, r : mean and variance of h over time; covariance and filtered correlation of the last row, over time.
    band : c as [t, lag], if it was asked for.
    offsets : response to a sinusoid of random phase, [t, phase].
    failure : what the nonlinearity did that ended the march; the variance is inf from there on.
    companion : a coarser march beside this one, from which its error is known.
    """

    def __init__(
        self,
        network: Reduction,
        averages: PairAverages,
        state: tuple[float, float],
        grid: Grid,
        *,
        keep_band: bool = False,
        keep_slopes: int = 0,
        progress: bool = False,
    ) -> None:
        self.grid = dataclasses.replace(grid, n_steps=0)
        self.failure = ""
        self.companion: March | None = None
        self.network, self.averages = network, averages
        self._columns = min(grid.width, grid.n_steps) + 1
        self.m, self.v = np.array([state[0]]), np.array([state[1]])
        self._rows = tuple(np.zeros(2) for _ in range(6))  # c, r, r before, and work space
        self._rows[0][0] = state[1]
        self.offsets = offsets(network, np.zeros(1))
        self.band = np.full((1 if keep_band else 0, self._columns), np.nan)
        self._slopes = np.zeros((keep_slopes, self._columns))
        if keep_band:
            self.band[0, 0] = state[1]
        x = state[0] + self.offsets[0]
        try:
            start = float(np.mean(averages.pair(x, state[1], x, state[1], state[1])[0]))
        except FloatingPointError as error:
            self.failure, start = str(error), 0.0
        source = network.g**2 * start
        self._rows[2][0] = -grid.dt * source  # r(0, 0) = 0, and rises at this rate
        self._rows[4][0] = source
        n_phase = self.offsets.shape[1]
        self._tables = np.zeros((n_phase, 0))
        self._coefficients: SeriesTable | None = None
        self.advance(grid.n_steps, progress)

    @property
    def c(self) -> FloatArray:
        """Covariance of the last row, over time."""
        return self._rows[0][: self.grid.n_steps + 1]

    @property
    def slopes(self) -> FloatArray:
        """<phi' phi'> as [t, lag], of the last rows kept, in the order of time."""
        return np.roll(self._slopes, -((self.grid.n_steps + 1) % len(self._slopes)), axis=0)

    def continued(self, n_steps: int, progress: bool = False) -> March:
        """Return a march that has gone on for n_steps more; this one stays as it is."""
        other = copy.copy(self)
        if self.grid.width > self.grid.n_steps:  # no window: the rows grow on
            other.grid = dataclasses.replace(self.grid, width=self.grid.width + n_steps)
            other._columns += n_steps
        other.advance(self.grid.n_steps + n_steps, progress)
        return other

    def tangents(self) -> March:
        """Return a march that has gone on for a period within the window it has, keeping <phi' phi'> and no band."""
        other = copy.copy(self)
        other.companion = None
        other.grid = dataclasses.replace(self.grid, width=min(self.grid.width, self.grid.n_steps))
        other._columns = other.grid.width + 1
        other.band, other._slopes = (np.zeros((rows, other._columns)) for rows in (0, self.grid.period))
        return other.continued(self.grid.period)

    def advance(self, stop: int, progress: bool = False) -> None:
        """March on to the row `stop`."""
        start, h = self.grid.n_steps, self.grid.dt
        extra = stop - start
        self.m, self.v = (np.append(x, np.zeros(extra)) for x in (self.m, self.v))
        self._rows = tuple(np.append(x, np.zeros(extra)) for x in self._rows)
        if isinstance(self.averages, ClosedPairs):
            from dmft.numerics.gaussian.relu_table import length

            more = np.zeros((len(self._tables), length(stop + 1) - self._tables.shape[1]))
            self._tables = np.concatenate([self._tables, more], axis=1)
        stages = stage_times(start * h, h, extra, substeps(h, self.network.inhibition))
        drive, stage_offsets = self.network.common_input(stages), offsets(self.network, stages)
        later = offsets(self.network, h * np.arange(start + 1, stop + 1, dtype=float))
        self.offsets = np.concatenate([self.offsets, later])
        if len(self.band):
            self.band, earlier = np.empty((stop + 1, self._columns)), self.band
            self.band[: self._columns] = np.nan  # later rows are written over their whole width
            self.band[: start + 1, : earlier.shape[1]] = earlier
        self.grid = dataclasses.replace(self.grid, n_steps=stop)
        blocks = np.linspace(start, stop, 51).astype(int) if progress else np.array([start, stop])
        pairs: Any = list(itertools.pairwise(blocks))
        if progress:
            from tqdm import tqdm

            pairs = tqdm(pairs, desc="march")
        for first, last in pairs:
            here = slice(first - start, last - start)
            if not self.failure:
                self._block(first, last, drive[here], stage_offsets[here])
            if self.failure:
                self.v[first + 1 :][~(self.v[first + 1 :] > 0.0)] = np.inf
                break
        if len(self.band):
            self.band[~np.isfinite(self.v)] = np.nan

    def _block(self, start: int, stop: int, drive: FloatArray, stage_offsets: FloatArray) -> None:
        network, grid = self.network, self.grid
        filtered = network.filtered_colour(1.0, grid.dt * np.arange(grid.n_steps + 1, dtype=float))
        noise = noise_steps(grid.dt, filtered, network.intensity)
        arrays = (self.m, self.v, *self._rows, self.band, self._slopes)
        if isinstance(self.averages, ClosedPairs):
            from dmft.numerics.two_time.march import march

            march(
                self.averages.kind,
                start,
                stop,
                grid.dt,
                grid.width,
                grid.period,
                network.g**2,
                network.inhibition,
                noise,
                drive,
                stage_offsets,
                self.offsets,
                *arrays,  # type: ignore[call-arg]
                self._tables,
            )
        else:
            assert isinstance(self.averages, MehlerPairs)
            self._coefficients, self.failure = march_series(
                self.averages,
                network,
                grid,
                (start, stop),
                noise,
                drive,
                stage_offsets,
                self.offsets,
                arrays,
                self._coefficients,
            )
