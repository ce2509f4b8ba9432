"""Sampled states of stated units against whole histories of paths, iterated: CPU time at equal error.

The baseline says no error of its own: it is the deviation from what is known exactly, over seeds, at three numbers of
paths, which the table tells. From the most paths on it is taken to fall as one over the root of the time, at no floor
of steps and iterations. Of the package it is the error that the solution states.
"""

import math
import time

import numpy as np
import pytest
from plain_sampled_paths import rates, solve, species

import dmft

pytestmark = pytest.mark.benchmark

TANH = 0.513178  # C^phi(0) at g = 2, by the exact theory
PATHS, SEEDS = (100, 400, 1600), (4, 4, 6)


def efficiency(run, exact, read):
    """Return squared relative error times CPU seconds of the baseline, of its most paths, and all points."""
    points = []
    for paths, seeds in zip(PATHS, SEEDS, strict=True):
        begin = time.process_time()
        found = np.array([run(paths, np.random.default_rng(seed))[read] for seed in range(seeds)])
        seconds = (time.process_time() - begin) / seeds
        points.append((seconds, math.sqrt(np.mean((found / exact - 1.0) ** 2))))
    return points[-1][0] * points[-1][1] ** 2, points


def told(points):
    return ", ".join(f"{error:.1e} in {seconds:.2g} s" for seconds, error in points)


def test_tanh(record_speed):
    def run(paths, rng):
        settings = {"duration": 45.0, "dt": 0.2, "paths": paths, "iterations": 100, "merged": 0.7}
        return solve(rates, np.tanh, lambda shape, r: r.standard_normal(shape), 2.0, 0.0, rng, **settings)

    theirs, points = efficiency(run, TANH, 1)
    assert points[-1][1] < points[0][1] < 0.05  # it is right, and its error falls
    network = dmft.Network(dmft.Population(dynamics=dmft.Dynamics("-x + h", "tanh(x)")), dmft.Random(2.0))
    assert dmft.solve_stationary(network).corr_phi[0] == pytest.approx(TANH, abs=1e-6)
    dmft.solve_stationary(network, method=dmft.Sampled())
    begin = time.process_time()
    ours = dmft.solve_stationary(network, method=dmft.Sampled(seed=1))
    seconds = time.process_time() - begin
    error = max(ours.convergence.error, abs(ours.corr_phi[0] / TANH - 1.0))
    record_speed(
        f"sampled state of a stated unit, tanh, g=2, error {error:.0e} ({seconds:.2g} s)",
        f"two-time histories iterated, at the same error; measured {told(points)}",
        theirs / (seconds * error**2),
        ">= 100",
    )


def test_species(record_speed):
    """The mean abundance at a fixed point, which has a closed theory; sampled with immigration, which that asks for."""

    def run(paths, rng):
        settings = {"duration": 40.0, "dt": 0.2, "paths": paths, "iterations": 60, "merged": 0.3}
        return solve(species, lambda x: x, lambda s, r: 0.2 * np.abs(r.standard_normal(s)), 0.8, -4.0, rng, **settings)

    dmft.solve_stationary(dmft.LotkaVolterraNetwork(4.0, 0.8))
    begin = time.process_time()
    exact = dmft.solve_stationary(dmft.LotkaVolterraNetwork(4.0, 0.8)).mean_x
    closed = time.process_time() - begin
    assert exact == pytest.approx(0.205076574, rel=1e-8)
    theirs, points = efficiency(run, exact, 0)
    assert points[-1][1] < points[0][1] < 0.1
    seconds, error = min(points, key=lambda point: point[1])
    record_speed(
        f"fixed point of species, mean to 1e-9 ({1e3 * closed:.2g} ms)",
        f"two-time histories iterated, mean to {error:.1e}",
        seconds / closed,
        ">= 100",
    )
    network = dmft.LotkaVolterraNetwork(4.0, 0.8, 0.0, 1e-3)
    known = dmft.solve_stationary(network).mean_x
    dmft.solve_stationary(network, method=dmft.Sampled(), on_failure="ignore")
    begin = time.process_time()
    ours = dmft.solve_stationary(network, method=dmft.Sampled(seed=1), on_failure="ignore")
    seconds = time.process_time() - begin
    error = max(ours.process.mean_errors[0] / known, abs(ours.mean_x / known - 1.0))
    record_speed(
        f"sampled fixed point of species, mean to {error:.0e} ({seconds:.2g} s)",
        f"two-time histories iterated, at the same error; measured {told(points)}",
        theirs / (seconds * error**2),
        "-",
    )
