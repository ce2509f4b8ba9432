"""Solving the sampled theory of partially symmetric couplings: all paths, groups of them, other steps and windows.

Everything that can be wrong with a sampled solution is measured by solving it again:
sampling and its bias by groups of paths, see `dmft.numerics.sampling.sampling_error`;
iteration by groups that start above and below the solution in turn, and by the distance at which each stopped;
steps by one group at half the step, with the same random numbers at the frequencies they share, and extrapolated;
window by all paths, their correlation functions led to zero at two thirds of the lag.

The theory of units that state their equations solves leaky ones too (`dmft.theories.stated_memory`), but no better.
With 1024 paths, relative error of C^x(0) times the root of the seconds, three seeds, here and there: g = 4, rho = -.4
.0024 and .006; g = 3, rho = .3 .002 and .007. Its sampling errors are as small (.0022, .0020; .0018, .0011); steps,
iteration and the basis of its memory are what is larger. Here the leak and the nearest Gaussian process are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling import PeriodicGrid, PeriodicNoise
from dmft.numerics.sampling.periodic_grid import even_spline
from dmft.numerics.slow_fixed_point import solve_slow
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.symmetric.sampler import SymmetricMap, joined, split

GROUPS = 8  # independent sets of paths
_TOLERANCE = 6e-5  # distance from the fixed point, relative to C^phi(0), at which the iteration stops
_OF_GROUPS = 4e-4  # the same, of a group, whose own scatter is larger
_ASIDE = (0.8, 1.25)  # of C^phi, where groups start
_ASTRAY = 0.1  # distance of a solve that has failed: its groups would tell nothing
_PLAIN = 15
_SHORTER = 0.5  # part of the kept lags where the taper of the shorter window begins
_CLOSE = 3e-5  # the same, of solves that are subtracted from each other
_ORDER = 2  # of the step, where white noise makes a cusp in C^phi; higher without
_LEAST_PART = 0.2  # of the change by the shorter window, that the window itself is given
STEP_UNSURE = 1.0 / 6.0  # part of the extrapolation to no step that is taken for its error; a fifth of this is measured


@dataclass(frozen=True)
class Solved:
    """All solutions of one network on one window.

    Attributes
    ----------
    together, groups : rows of what is measured, see `row`, from all paths and from each group, (n,) and (G, n).
    step_change, window_change : what no step at all (extrapolated) and the shorter window change in a row, (n,).
    distance : what is left of the iteration, relative to C^phi(0).
    outcome : of the worst of the solves.
    remembered : |C^phi| where the taper begins, relative to lag 0.
    """

    together: FloatArray
    groups: FloatArray
    step_change: FloatArray
    window_change: FloatArray
    distance: float
    outcome: Convergence
    remembered: float


def grid_of(network: Reduction, window: float) -> PeriodicGrid:
    """Return the window. Without input there is nothing faster than g."""
    step = 0.4 if network.undriven and network.g <= 10.0 else 0.2
    return PeriodicGrid(round(window / step), step)


def solve_groups(
    network: Reduction,
    grid: PeriodicGrid,
    start: FloatArray,
    *,
    seed: Any,
    samples: int,
    max_steps: int,
    forgotten: float,
) -> Solved:
    """Solve with all paths and in groups, from (C^phi, H) of a similar network; only the first if C^phi is not
    `forgotten` within the window."""
    sequence = np.random.SeedSequence(seed)
    height, slope = abs(float(start[0])), float(np.max(np.abs(start[grid.n_lags :])))

    def solve(sampler: SymmetricMap, state: FloatArray, tolerance: float) -> tuple[FloatArray, Convergence]:
        scale = _scale(sampler.grid, height, slope)
        return solve_slow(sampler, state, scale, tolerance=tolerance, max_steps=max_steps)

    everything = sampler_of(network, grid, samples, sequence)
    state, outcome = solve(everything, start, _TOLERANCE)
    outcomes = [outcome]
    found = everything.measure(state)
    remembered = float(abs(split(state, grid.n_lags)[0][grid.tapered_from] / state[0]))
    size = samples // GROUPS
    first, first_state, first_map = slice(0, size), state, everything
    rows: list[FloatArray] = []
    none = np.zeros_like(found)
    if not outcome.converged and outcome.error > _ASTRAY:
        # accelerated steps go astray where nothing is forgotten; plain ones still show that
        state = start
        for _ in range(_PLAIN):
            state = everything(state)
        remembered = float(abs(state[grid.tapered_from] / state[0]))
    if outcome.status is Status.NON_FINITE or remembered > forgotten or not outcome.error <= _ASTRAY:
        return Solved(found, np.array([found] * GROUPS), none, none, outcome.error, outcome, remembered)
    for index in range(GROUPS):
        part = everything.part(slice(index * size, (index + 1) * size))
        corr_phi, h = split(state, grid.n_lags)
        own, outcome = solve(part, joined(_ASIDE[index % 2] * corr_phi, h), _OF_GROUPS)
        outcomes.append(outcome)
        rows.append(part.measure(own))
        if index == 0:
            first_state, first_map = own, part
    shorter = everything.on(replace(grid, kept=_SHORTER))
    # C^phi falls off: the window's own end changes less than the shorter one's, as C^phi there
    late = np.abs(split(state, grid.n_lags)[0][shorter.grid.tapered_from :])
    falls = np.max(late[grid.tapered_from - shorter.grid.tapered_from :]) / np.max(late)
    window_change = max(falls, _LEAST_PART) * (shorter.measure(solve(shorter, state, _TOLERANCE)[0]) - found)
    finer = PeriodicGrid(2 * grid.n_steps, 0.5 * grid.step)
    halved = sampler_of(network, finer, samples, sequence).part(first)
    first_state, _ = solve(first_map, first_state, _CLOSE)
    own, _ = solve(halved, _refined(first_state, grid, finer), _CLOSE)
    step_change = (_coarse(halved.measure(own), grid) - first_map.measure(first_state)) / (1.0 - 0.5**_ORDER)
    worst = max(outcomes, key=lambda ending: (not ending.converged, ending.error))
    return Solved(
        found,
        np.array(rows),
        step_change,
        window_change,
        outcomes[0].error,
        worst,
        remembered,
    )


def sampler_of(network: Reduction, grid: PeriodicGrid, n_paths: int, sequence: np.random.SeedSequence) -> SymmetricMap:
    """Return the map on a grid, with its random numbers."""
    n, step = grid.n_steps, grid.step
    full = step * np.minimum(np.arange(n), n - np.arange(n))
    # From the covariance in time, so that what white noise has above the highest frequency is not lost.
    own = np.maximum(step * np.fft.rfft(network.filtered(1.0, full)).real, 0.0)
    return SymmetricMap(network, PeriodicNoise(grid, n_paths, np.random.default_rng(sequence)), own)


def _scale(grid: PeriodicGrid, height: float, slope: float) -> FloatArray:
    return np.concatenate([np.full(grid.n_lags, height), np.full(2 * grid.n_omega, slope)])


def _refined(state: FloatArray, grid: PeriodicGrid, finer: PeriodicGrid) -> FloatArray:
    """Return a state on the grid of half the step: H goes on as it ends."""
    corr_phi, h = split(state, grid.n_lags)
    beyond = np.full(finer.n_omega - grid.n_omega, h[-1].real + 0j)
    return joined(even_spline(grid.lags, corr_phi, finer.lags), np.concatenate([h, beyond]))


def _coarse(fine: FloatArray, grid: PeriodicGrid) -> FloatArray:
    """Return of a row at half the step what the coarser one has too."""
    n_lags, n_omega = 2 * grid.n_lags, 2 * (grid.n_omega - 1) + 1
    corr_x, corr_phi, real, imaginary, rest = np.split(fine, np.cumsum([n_lags, n_lags, n_omega, n_omega]))
    keep = grid.n_omega
    return np.concatenate([corr_x[::2], corr_phi[::2], real[:keep], imaginary[:keep], rest])
