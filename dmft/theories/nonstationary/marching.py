"""The row march of a network: its state, and the loop."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.two_time.noise import noise_steps
from dmft.progress import progress_bar
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.grid import Grid, a_cell
from dmft.theories.nonstationary.input import balance, offsets, stage_times, substeps
from dmft.theories.nonstationary.stepped_march import march_stepped


class March:
    """A march under way: it can be continued. Arrays have an axis of populations first.

    Attributes
    ----------
    blocks : the populations, P of them.
    grid : its steps; `n_steps` grows as it goes on.
    m, v : mean and variance of x over time, shape (P, n_time).
    band : covariances as [population, t, lag], if they were asked for.
    offsets : responses to sinusoids of random phase, [population, t, phase].
    failure : what the nonlinearity did that ended the march; the variance is inf from there on.
    companion : a coarser march beside this one, from which its error is known.
    shifted : the same march with phases between its own, from which the error of the phases is known.
    """

    def __init__(
        self,
        blocks: Blocks,
        averages: Averages,
        state: tuple[FloatArray, FloatArray],
        grid: Grid,
        *,
        keep_band: bool = False,
        keep_slopes: int = 0,
        progress: bool = False,
    ) -> None:
        self.grid = dataclasses.replace(grid, n_steps=0)
        self.failure = ""
        self.companion: March | None = None
        self.shifted: March | None = None
        self.blocks, self.averages = blocks, averages
        self._columns = min(grid.width, grid.n_steps) + 1
        size, (mean, variance) = len(blocks), state
        self.m, self.v = mean[:, None].copy(), variance[:, None].copy()
        self._rows = tuple(np.zeros((size, 2)) for _ in range(6))  # c, r, r before, and work space
        self._rows[0][:, 0] = variance
        self.offsets = offsets(blocks, np.zeros(1), grid.phases, grid.shift)
        self.band = np.full((size, 1 if keep_band else 0, self._columns), np.nan)
        self._slopes = np.zeros((size, keep_slopes, self._columns))
        if keep_band:
            self.band[:, 0, 0] = variance
        try:
            squares = averages.square(mean[:, None] + self.offsets[:, 0], variance)
        except FloatingPointError as error:
            self.failure, squares = str(error), np.zeros(size)
        source = blocks.K @ squares + blocks.threshold_variance
        self._rows[2][:, 0] = -grid.dt / blocks.tau * source  # r(0, 0) = 0, and rises at this rate
        self._rows[4][:, 0] = source
        self._tables = np.zeros((self.offsets.shape[2], 0))
        self._known: list[Any] | None = None
        self.advance(grid.n_steps, progress)

    @property
    def c(self) -> FloatArray:
        """Covariances of the last row, over time, shape (P, n_time)."""
        return self._rows[0][:, : self.grid.n_steps + 1]

    @property
    def slopes(self) -> FloatArray:
        """<phi' phi'> as [population, t, lag], of the last rows kept, in the order of time."""
        return np.roll(self._slopes, -((self.grid.n_steps + 1) % self._slopes.shape[1]), axis=1)

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
        other.companion = other.shifted = None
        other.grid = dataclasses.replace(self.grid, width=min(self.grid.width, self.grid.n_steps))
        other._columns = other.grid.width + 1
        sizes = ((len(self.blocks), rows, other._columns) for rows in (0, self.grid.period))
        other.band, other._slopes = map(np.zeros, sizes)
        return other.continued(self.grid.period)

    def advance(self, stop: int, progress: bool = False) -> None:
        """March on to the row `stop`."""
        start, h = self.grid.n_steps, self.grid.dt
        extra = stop - start
        self.m, self.v, *rows = (_lengthened(x, extra) for x in (self.m, self.v, *self._rows))
        self._rows = tuple(rows)
        if self.averages.kind is not None:
            from dmft.numerics.gaussian.relu_table import length

            self._tables = _lengthened(self._tables, length(stop + 1) - self._tables.shape[1])
        stages = stage_times(start * h, h, extra, substeps(h, self.blocks, self.grid.substeps))
        phases = self.grid.phases, self.grid.shift
        drive, stage_offsets = self.blocks.common_input(stages), offsets(self.blocks, stages, *phases)
        later = offsets(self.blocks, h * np.arange(start + 1, stop + 1, dtype=float), *phases)
        self.offsets = np.concatenate([self.offsets, later], axis=1)
        if self.band.shape[1]:
            self.band, earlier = np.empty((len(self.blocks), stop + 1, self._columns)), self.band
            self.band[:, : self._columns] = np.nan  # later rows are written over their whole width
            self.band[:, : start + 1, : earlier.shape[2]] = earlier
        self.grid = dataclasses.replace(self.grid, n_steps=stop)
        parts = np.linspace(start, stop, 51).astype(int) if progress else np.array([start, stop])
        pairs: Any = list(itertools.pairwise(parts))
        if progress:
            pairs = progress_bar(pairs, desc="march")
        for first, last in pairs:
            here = slice(first - start, last - start)
            if not self.failure:
                self._part(first, last, drive[:, here], stage_offsets[:, here])
            if self.failure:
                self.v[:, first + 1 :][~(self.v[:, first + 1 :] > 0.0)] = np.inf
                break
        if self.band.shape[1]:
            self.band[:, ~np.all(np.isfinite(self.v), axis=0)] = np.nan

    def _part(self, start: int, stop: int, drive: FloatArray, stage_offsets: FloatArray) -> None:
        blocks, grid = self.blocks, self.grid
        filtered = blocks.filtered_colour(grid.dt * np.arange(grid.n_steps + 1, dtype=float))
        of = zip(grid.dt / blocks.tau, filtered, blocks.white / blocks.tau, strict=True)
        noise = [noise_steps(h, colour, white) for h, colour, white in of]  # in units of the time constants
        arrays = (self.m, self.v, *self._rows, self.band, self._slopes)
        kind = self.averages.kind
        if kind is not None and not self._general:
            from dmft.numerics.two_time.march import march

            rows = (stop - start) * min(grid.width, 0.5 * (start + stop))
            spend(0.5 * a_cell(kind) * rows * grid.phases)  # from below: an idle machine takes half
            march(
                kind,
                start,
                stop,
                grid.dt / float(blocks.tau[0]),
                grid.width,
                grid.period,
                float(blocks.K[0, 0]),
                balance(blocks),
                noise[0],
                drive[0],
                stage_offsets[0],
                self.offsets[0],
                *(x[0] for x in arrays),  # type: ignore[call-arg]
                self._tables,
            )
        else:
            self._known, self.failure = march_stepped(
                self.averages,
                blocks,
                grid,
                (start, stop),
                noise,
                drive,
                stage_offsets,
                self.offsets,
                arrays,
                self._known,
            )

    @property
    def _general(self) -> bool:
        """Whether a single population has what the compiled march does not know: thresholds, or a positive mean."""
        return bool(self.blocks.threshold_variance[0] > 0.0 or self.blocks.A[0, 0] > 0.0)


def _lengthened(x: FloatArray, extra: int) -> FloatArray:
    """Return an array with zeros behind its last axis."""
    return np.concatenate([x, np.zeros((*x.shape[:-1], extra))], axis=-1)
