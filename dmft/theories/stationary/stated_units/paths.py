"""Paths of sampled units of one population, with random numbers held fixed, and what is gathered of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.numerics.sampling import PeriodicGrid, fast
from dmft.numerics.unit_paths import Columns, Fields, Marcher
from dmft.numerics.unit_paths.controlled import Control, Controlling, Estimate, Moments, estimated, fitted
from dmft.theories.stated_site import Site
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.remembered import Known, Remembered
from dmft.theories.stationary.stated_units.state import kept_of
from dmft.theories.stationary.stated_units.turns import bins_of

SECONDS = 3e-8  # of a sweep, a path and step


@dataclass(frozen=True, eq=False)
class Gathered:
    """What paths of one population say.

    Attributes
    ----------
    estimates : of the first state and the outputs that differ.
    response : of these outputs to the fields, shape (K', K, n_omega).
    memory : coefficients of the response by which units hear their own past; shape (0,) where they do not.
    known : what that is fitted to (`Remembered.known`).
    """

    estimates: list[Estimate]
    response: ComplexArray
    memory: FloatArray
    known: Known | None


class Paths:
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
        self._memory = None if units.memory is None else Remembered(units.memory, grid)
        self.own = np.zeros((n_fields, self.columns.rows.shape[-1]))
        if site.drives:
            self.own[0] = _input(grid, site.input_covariance)
        if site.white:
            self.own[-1] = _input(grid, site.white_covariance)

    def _with(self, **changed: Any) -> Paths:
        new = object.__new__(Paths)
        new.__dict__.update(self.__dict__ | changed)
        return new

    def of(self, site: Site, units: StatedUnits) -> Paths:
        """Return the same paths of a unit that states its memory otherwise."""
        memory = None if units.memory is None else Remembered(units.memory, self.grid)
        return self._with(site=site, _memory=memory)

    def begun_at(self, size: float) -> Paths:
        """Return the same paths, all states of which begin at a number."""
        return self._with(_begins=size)

    def remembering(self, coefficients: FloatArray) -> Paths:
        """Return the paths of units that hear their own past by this response, shape (K,)."""
        if self._memory is None:
            return self
        parameters = self._memory.basis.parameters(self.site, coefficients)
        return self._with(_march=replace(self._march, parameters=parameters))

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

    def gathered(
        self, fields: Fields, controls: tuple[Control, ...], about: list[float | None], measuring: bool
    ) -> Gathered:
        """Return what all paths say. Without measuring nothing is asked of the first state, and of responses only what
        a memory needs."""
        from scipy.fft import rfft

        grid, columns, n = self.grid, self.columns, self.grid.n_steps
        spend((SECONDS if self._memory is None else 2.0 * SECONDS) * columns.n_paths * n * self.site.n_outputs)
        used = range(0 if measuring else 1, 1 + self.site.n_outputs)
        signals, made = ([Moments(grid.n_omega) for _ in about] for _ in range(2))
        processes: list[Controlling | None] = [control.process(fields) for control in controls] or [None] * len(about)
        crossed = np.zeros((self.site.n_outputs, len(self.site.equations.fields), grid.n_omega), dtype=complex)
        of_frozen = 0.0
        for block in columns.blocks:
            values = self.signals(fields, block)
            for k in used:
                coefficients = rfft(values[k], axis=-1)
                signals[k].add(coefficients, n, columns.n_paths)
                process = processes[k]
                if process is not None:
                    made[k].add(rfft(process.made(block), axis=-1), n, columns.n_paths)
                if k and (measuring or self._memory is not None):
                    rows = columns.rows[: crossed.shape[1], block, : grid.n_omega]
                    crossed[k - 1] += np.einsum("iw,kiw->kw", coefficients, rows.conj()) / columns.n_paths
                if k == 1 and self._memory is not None and columns.frozen is not None:
                    of_frozen += float(columns.frozen[0, block] @ coefficients[:, 0].real) / columns.n_paths
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
        if self._memory is None:
            return Gathered(estimates, response, np.zeros(0), None)
        known = self._memory.known(fields, crossed[0, 0], of_frozen, signals[1])
        return Gathered(estimates, response, self._memory.coefficients(known), known)

    def controls(self, fields: Fields, odd: bool) -> tuple[Control, ...]:
        """Return what runs with the signals."""
        from scipy.fft import rfft

        values = np.concatenate([self.signals(fields, block) for block in self.columns.blocks], axis=1)
        return tuple(fitted(fields, part, rfft(part, axis=-1), odd=odd) for part in values)


def _input(grid: PeriodicGrid, covariance: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return the spectrum of a private input on the ring of half steps: at these it has its full covariance."""
    n, half = 2 * grid.n_steps, 0.5 * grid.step
    lags = half * np.minimum(np.arange(n), n - np.arange(n))
    return np.maximum(half * np.fft.rfft(covariance(lags)).real, 0.0)
