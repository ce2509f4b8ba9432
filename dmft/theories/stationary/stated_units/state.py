"""What is iterated, and what is measured: of the outputs of all populations, one after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.periodic_grid import even_spline
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.turns import harmonics, turned


@dataclass(frozen=True, eq=False)
class Outputs:
    """What is known of each output, O of them.

    Attributes
    ----------
    changing : covariance less its frozen part at the kept lags, shape (O, n_lags).
    frozen : what covariances decay to, the variance over units of means over time, shape (O,).
    means : shape (O,).
    waves : v_h of what turns with a sinusoid and does not decay, v_h cos(h w lag), shape (O, H).
    memory : coefficients of the response by which units hear their own past, shape (K,); (0,) where they do not.
    """

    changing: FloatArray
    frozen: FloatArray
    means: FloatArray
    waves: FloatArray
    memory: FloatArray = dataclasses.field(default_factory=lambda: np.zeros(0))

    @property
    def sizes(self) -> FloatArray:
        """Mean squares, shape (O,)."""
        whole = np.abs(self.changing[:, 0]) + self.frozen + self.means**2 + np.abs(self.waves.sum(axis=1))
        return np.asarray(whole)


def packed(outputs: Outputs, units: StatedUnits) -> FloatArray:
    """Return a row; of what is centred the covariances and waves alone, and of units that remember their memory."""
    level = () if units.centred else (outputs.frozen, outputs.means)
    return np.concatenate([outputs.changing.ravel(), outputs.waves.ravel(), *level, outputs.memory])


def parts_of(state: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> Outputs:
    """Return what a row says."""
    n = len(units.outputs)
    end = n * grid.n_lags
    after = end + n * len(kept_of(units))
    changing, waves, rest = state[:end].reshape(n, -1), state[end:after].reshape(n, -1), state[after:]
    if units.centred:
        return Outputs(changing, np.zeros(n), np.zeros(n), waves, rest)
    return Outputs(changing, np.maximum(rest[:n], 0.0), rest[n : 2 * n], waves, rest[2 * n :])


def kept_of(units: StatedUnits) -> tuple[int, ...]:
    """Return which harmonics of a sinusoid are kept."""
    return harmonics(units.turn, units.centred)


def waves_at(waves: FloatArray, units: StatedUnits, lags: FloatArray) -> FloatArray:
    """Return sum_h v_h cos(h w lag) of waves of shape (..., H), shape (..., n_lags)."""
    return np.asarray(waves @ turned(units.turn, kept_of(units), lags))


def scale_of(state: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
    """Return the size of each entry: a mean square of an output, or its root; of the memory its largest coefficient."""
    parts = parts_of(state, units, grid)
    sizes = np.maximum(parts.sizes, 1e-300)
    level = () if units.centred else (sizes, np.sqrt(sizes))
    memory = np.full(len(parts.memory), np.max(np.abs(parts.memory), initial=1e-300))
    of_waves = np.repeat(sizes, len(kept_of(units)))
    return np.concatenate([np.repeat(sizes, grid.n_lags), of_waves, *level, memory])


def begun(units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
    """Return high activity: mean and variance of the outputs at states of size one."""
    means, sizes = [], []
    for p, k in units.outputs:
        site = units.sites[p]
        values = {name: value / 3.0 for name, value in site.equations.points.items()}
        said = np.broadcast_to(np.asarray(site.output(values, k), dtype=float), (len(next(iter(values.values()))),))
        said = np.clip(said[np.isfinite(said)], -10.0, 10.0)
        means.append(float(said.mean()))
        sizes.append(max(float(np.mean(said * said) if units.centred else said.var()), 1e-2))
    covariances = np.outer(sizes, np.exp(-np.square(grid.lags / 3.0)))
    none = np.zeros((len(sizes), len(kept_of(units))))
    memory = np.zeros(0 if units.memory is None else units.memory.count)
    return packed(Outputs(covariances, 0.1 * np.array(sizes), np.array(means), none, memory), units)


def carried(state: FloatArray, units: StatedUnits, grid: PeriodicGrid, other: PeriodicGrid) -> FloatArray:
    """Return a state on another grid; beyond their window covariances are zero."""
    parts = parts_of(state, units, grid)
    moved = [
        np.where(other.lags <= grid.lags[-1], even_spline(grid.lags, part, other.lags), 0.0) for part in parts.changing
    ]
    return packed(dataclasses.replace(parts, changing=np.array(moved)), units)


@dataclass(frozen=True, eq=False)
class Row:
    """What is measured, P populations and O outputs of K fields.

    Attributes
    ----------
    corr_x, outputs : correlations of first states and outputs, means not subtracted, shapes (P, n_lags), (O, n_lags).
    mean_x, frozen_x : means of first states, and the frozen part of their covariance, shape (P,).
    means, frozen : the same of outputs, shape (O,).
    waves_x, waves : what turns and does not decay, v_h of v_h cos(h w lag), shape (P, H), (O, H).
    response : of the outputs to the fields of their population, shape (O, K, n_omega).
    memory : as of `Outputs`.
    """

    corr_x: FloatArray
    outputs: FloatArray
    mean_x: FloatArray
    frozen_x: FloatArray
    means: FloatArray
    frozen: FloatArray
    waves_x: FloatArray
    waves: FloatArray
    response: ComplexArray
    memory: FloatArray


def combined(function: Callable[..., Any], *rows: Row) -> Row:
    """Return a function of rows, number by number; of responses, of real and imaginary parts."""
    made = {}
    for field in dataclasses.fields(Row):
        parts = [getattr(row, field.name) for row in rows]
        if field.name == "response":
            parts = [np.stack([part.real, part.imag]) for part in parts]
        made[field.name] = function(*parts)
    made["response"] = made["response"][0] + 1j * made["response"][1]
    return Row(**made)
