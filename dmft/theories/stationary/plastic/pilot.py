"""Where the sampled self-consistency of a plastic network starts: grid and guess from a few paths."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.fixed_point import Anderson
from dmft.numerics.sampling import PeriodicGrid, PeriodicNoise
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.plastic.paths import PlasticMap, closure_guess
from dmft.theories.stationary.solution import StationarySolution

SHORTEST_WINDOW, _LONGEST_WINDOW = 204.8, 819.2
_PILOT_PATHS = 64
_HALF_LIVES = 16.0  # the window holds that many half-lives of C^phi
_PLAIN_STEPS, _PLAIN_RTOL = 100, 5e-3  # of the plain iteration that decides, below g = 1, whether there is chaos
QUIESCENT = 1e-5  # C^phi(0) below which the state is called quiescent


def grid_of(init: StationarySolution, window: float | None, step: float | None) -> PeriodicGrid:
    """Return the grid of a neighbouring solution."""
    grid = PeriodicGrid(4 * len(init.lags), init.process.step)
    for name, given, kept in (("window", window, grid.window), ("step", step, grid.step)):
        if given is not None and not math.isclose(given, kept, rel_tol=1e-9):
            raise ValueError(f"init lives on another grid: its {name} is {kept:g}, got {name}={given:g}; leave it out")
    return grid


def make_grid(window: float, step: float) -> PeriodicGrid:
    """Return the grid of a window about this long."""
    # a multiple of 64 steps has only small prime factors for the windows in use
    return PeriodicGrid(64 * max(1, round(window / step / 64)), step)


def pilot(
    network: Reduction,
    window: float | None,
    step: float,
    generator: np.random.Generator,
) -> tuple[PeriodicGrid, FloatArray]:
    """Return the grid and a first guess, from a rough solution with few paths; the window doubles until it fits."""
    length = window or max(SHORTEST_WINDOW, 20.0 * network.p)
    grid = make_grid(length, step)
    guess = closure_guess(network, grid.lags)
    while True:
        rough = PlasticMap(network, PeriodicNoise(grid, _PILOT_PATHS, generator))
        guess = held(rough, guess)
        if not dies_out(network, guess):
            guess = Anderson(depth=6).solve(rough, guess, rtol=3e-3, max_steps=25)[0]
        if dies_out(network, guess) or window is not None or grid.window >= _LONGEST_WINDOW:
            return grid, guess
        if _HALF_LIVES * half_life(grid.lags, guess) <= 1.05 * grid.window:
            return grid, guess
        longer = PeriodicGrid(2 * grid.n_steps, step)
        guess = np.concatenate([grid.tapered(guess), np.zeros(longer.n_lags - grid.n_lags)])
        grid = longer


def held(step_map: PlasticMap, guess: FloatArray) -> FloatArray:
    """Return a guess that plain iteration holds, for g < 1; near x = 0 if it holds none.

    Accelerated steps jump to and fro between the two stable states, chaos and x = 0, or stay where the chaotic one was
    last seen: plain ones decide.
    """
    if step_map.network.g >= 1:
        return guess
    for _ in range(_PLAIN_STEPS):
        # the last iterate, not the one of the least residual: that is the ghost of a state that has just been lost
        last, guess = guess, step_map(guess)
        if dies_out(step_map.network, guess) or np.max(np.abs(guess - last)) < _PLAIN_RTOL * guess[0]:
            break
    return guess


def dies_out(network: Reduction, corr_phi: FloatArray) -> bool:
    """Whether fluctuations this small decay to x = 0: without feedback each iteration multiplies them by g^2 at most.

    For g >= 1 the state x = 0 is unstable, and only a vanishing iterate is taken for it.
    """
    feedback = abs(network.k) * float(corr_phi[0])
    small = corr_phi[0] < 1e-2 and feedback < 0.1 * (1.0 - network.g)
    return bool(corr_phi[0] < QUIESCENT or small)


def half_life(lags: FloatArray, correlation: FloatArray) -> float:
    """Return the lag at which a correlation function has fallen to half for the first time; infinite if it never has.

    Zero for a state without fluctuations.
    """
    if correlation[0] <= QUIESCENT:
        return 0.0
    below = np.flatnonzero(correlation < 0.5 * correlation[0])
    if not len(below):
        return math.inf
    i = below[0]
    upper, lower = correlation[i - 1], correlation[i]
    return float(lags[i - 1] + (lags[i] - lags[i - 1]) * (upper - 0.5 * correlation[0]) / (upper - lower))
