"""Covariances of a stationary state on a mesh of lags, less what does not decay: what observables integrate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.observables.states import refuse_other
from dmft.theories.stated_units import stated_units_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.balanced.process import BalancedProcess
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.low_rank.under_structure import UnderStructure
from dmft.theories.stationary.populations.process import PopulationProcess
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.units.process import FilteredProcess

_REACH = 36.0  # decay rates, at which exp(-kappa T) is 2e-16
_FINE = 0.05  # first element, in units of tau
_SLOW = 1e-6  # part of the variance that may be left at the end of a window
KINDS = ("x", "phi")


@dataclass(frozen=True, eq=False)
class LagFunctions:
    """The covariance of each population, less its limit.

    Attributes
    ----------
    mesh : of lags; in discrete time None.
    lags : its nodes, or the steps, shape (n,).
    moving : C(lag) - C(inf), shape (P, n).
    limit : C(inf), shape (P,).
    left : largest |C(T) - C(inf)|/C(0), an estimate of what the window leaves out.
    tail : bound on the integral of what a sampled window tapers off and leaves out, shape (P,); 0 of others.
    """

    mesh: HalfLine | None
    lags: FloatArray
    moving: FloatArray
    limit: FloatArray
    left: float
    tail: Any = 0.0


def moving_part(solution: StationarySolution, of: str, *, finer: bool = False) -> LagFunctions:
    """Return the covariance of x or phi on a mesh that resolves it; `finer`: with elements half as long.

    Raises
    ------
    TypeError : for what is no stationary solution.
    ValueError : without a state, or of one that oscillates for ever (a sinusoid, a rotation).
    """
    refuse_other(solution)
    return _of_process(solution.process, solution, of, finer)


@singledispatch
def _of_process(process: Any, solution: StationarySolution, of: str, finer: bool) -> LagFunctions:
    if solution.reduction.waves:
        raise ValueError(
            "under a sinusoid the covariance oscillates for ever: it has lines at multiples of its frequency"
        )
    if solution.sampled:
        mesh = HalfLine(np.union1d(solution.lags[::8], solution.lags[[-1]]))
        return _on(mesh, solution, of, finer, 0.0)
    if math.isinf(solution.decay_rate):
        return _still(solution, of)
    if not math.isfinite(solution.decay_rate):
        raise ValueError("it is not known how fast the covariance of this state decays")
    steep = _FINE / max(1.0, solution.reduction.g / 4.0)
    mesh = HalfLine(graded_edges(steep, 4.0 / solution.decay_rate, _REACH / solution.decay_rate))
    return _on(mesh, solution, of, finer, None)


@_of_process.register
def _(process: BalancedProcess, solution: StationarySolution, of: str, finer: bool) -> LagFunctions:
    if solution.reduction.waves:
        raise ValueError(
            "under a sinusoid the covariance oscillates for ever: it has lines at multiples of its frequency"
        )
    if solution.state in ("quiescent", "fixed point"):
        return _still(solution, of)
    return _by_its_end(_on(process.mesh, solution, of, finer, None))


@_of_process.register
def _(process: PopulationProcess, solution: StationarySolution, of: str, finer: bool) -> LagFunctions:
    if math.isinf(solution.decay_rate):
        return _still(solution, of)
    found = _on(process.mesh.split(), solution, of, finer, None)
    decades = solution.decay_rate * process.mesh.length
    # Two equal rates decay as lag exp(-kappa lag).
    return LagFunctions(found.mesh, found.lags, found.moving, found.limit, 2.0 * (1.0 + decades) * math.exp(-decades))


@_of_process.register
def _(process: FilteredProcess, solution: StationarySolution, of: str, finer: bool) -> LagFunctions:
    if process.amplitudes is not None:
        raise ValueError(
            "under a sinusoid the covariance oscillates for ever: it has lines at multiples of its frequency"
        )
    if math.isinf(solution.decay_rate):
        return _still(solution, of)
    elements = max(process.grid.n // 6, 1)
    mesh = HalfLine(np.linspace(0.0, process.grid.window, elements + 1))
    if process.frozen is None:
        return _on(mesh, solution, of, finer, 0.0)
    return _by_its_end(_on(mesh, solution, of, finer, None))


@_of_process.register
def _(process: UnitProcess, solution: StationarySolution, of: str, finer: bool) -> LagFunctions:
    if np.any(process.waves_x):
        raise ValueError(
            "under a sinusoid the covariance oscillates for ever: it has lines at multiples of its frequency"
        )
    mesh = HalfLine(np.union1d(solution.lags[::8], solution.lags[[-1]]))
    used = mesh.split() if finer else mesh
    first = list(stated_units_of(solution.network).first)
    still = process.frozen[first] if of == "phi" else np.nan_to_num(np.atleast_1d(solution.static_variance))
    values = _covariance(solution, used.nodes, of)
    limit = np.broadcast_to(still, len(values)).copy()
    values = values - limit[:, None]
    left = float(np.max(np.abs(values[:, -1]) / np.maximum(np.abs(values[:, 0]), 1e-300)))
    return LagFunctions(used, used.nodes, values, limit, left, _tails(used.nodes, values))


@_of_process.register
def _(process: LowRankProcess, solution: StationarySolution, of: str, finer: bool) -> LagFunctions:
    if process.half_period > 0.0:
        raise ValueError("in a rotating state the covariance oscillates for ever: it has a line at sol.frequency")
    if math.isinf(solution.decay_rate):
        return _still(solution, of)
    mesh = HalfLine(process.tau * process.mesh.edges, process.mesh.degree)
    return _on(mesh, solution, of, finer, None)


@_of_process.register
def _(process: SteppedProcess, solution: StationarySolution, of: str, finer: bool) -> LagFunctions:
    blocks = solution.blocks
    rates = [rate for drives in blocks.drives for drive in drives for rate in drive.rates]
    n = 2 + math.ceil((72.0 if finer else 36.0) / min(rates)) if rates else 2
    return _with_limit(None, np.arange(float(n)), solution, of, np.array([1e9]) if not rates else None)


@_of_process.register
def _(process: UnderStructure, solution: StationarySolution, of: str, finer: bool) -> LagFunctions:
    return _of_process(process.alone, process.without(solution), of, finer)


def _tails(lags: FloatArray, values: FloatArray) -> FloatArray:
    """Return a bound on the integrals beyond three quarters of a window, whose end is tapered, by how C falls there."""
    half, late = (int(np.searchsorted(lags, part * lags[-1])) for part in (0.5, 0.75))
    # The largest of what follows each of them: an oscillation may pass zero there.
    before, after = (np.max(np.abs(values[:, at : at + max(late - half, 1)]), axis=1) for at in (half, late))
    fall = np.log(np.maximum(before, 1e-300) / np.maximum(after, 1e-300)) / (lags[late] - lags[half])
    rate = np.maximum(fall, 1.0 / lags[-1])
    return np.asarray(np.minimum(after, before) / rate)


def _on(mesh: HalfLine, solution: StationarySolution, of: str, finer: bool, limit: float | None) -> LagFunctions:
    used = mesh.split() if finer else mesh
    if limit is not None:
        values = _covariance(solution, used.nodes, of)
        size = np.maximum(np.abs(values[:, 0]), 1e-300)
        left = float(np.max(np.abs(values[:, -1]) / size))
        return LagFunctions(used, used.nodes, values, np.zeros(len(values)), left)
    return _with_limit(used, used.nodes, solution, of, None)


def _by_its_end(found: LagFunctions) -> LagFunctions:
    """Return functions whose limit is the end of the window: what has not decayed by three quarters of it stands for
    what has not by then."""
    before = found.moving[:, np.searchsorted(found.lags, 0.75 * found.lags[-1])]
    left = float(np.max(np.abs(before) / np.maximum(found.moving[:, 0], 1e-300)))
    return LagFunctions(found.mesh, found.lags, found.moving, found.limit, left)


def _with_limit(
    mesh: HalfLine | None, lags: FloatArray, solution: StationarySolution, of: str, beyond: FloatArray | None
) -> LagFunctions:
    values = _covariance(solution, lags, of)
    limit = values[:, -1] if beyond is None else _covariance(solution, beyond, of)[:, 0]
    return LagFunctions(mesh, lags, values - limit[:, None], limit, 0.0)


def _still(solution: StationarySolution, of: str) -> LagFunctions:
    mesh = HalfLine(np.array([0.0, 1.0]))
    values = _covariance(solution, mesh.nodes, of)
    return LagFunctions(mesh, mesh.nodes, np.zeros(values.shape), values[:, 0], 0.0)


def _covariance(solution: StationarySolution, lags: FloatArray, of: str) -> FloatArray:
    """Return the covariance around the mean, shape (P, n)."""
    axis = solution.axis
    if of == "x":
        return axis.populated(solution.cov_x_at(lags))
    values = np.asarray(axis.populated(solution.corr_phi_at(lags)), dtype=float)
    mean = np.broadcast_to(np.nan_to_num(np.atleast_1d(solution.mean_phi)), len(values))
    return np.asarray(values - mean[:, None] ** 2, dtype=float)
